"""Verdicts on the account's limits, its service-linked role and the Airflow version. Pure: what is wrong, or None.

Sources: Amazon MWAA user guide, "Amazon MWAA quotas", "Service-linked role for Amazon MWAA" and "Apache Airflow
versions"; quotas are found by name, because AWS publishes no codes.
"""

from __future__ import annotations

from mwaa_operator.environment.preflight.case import Case
from mwaa_operator.environment.preflight.facts import CannotTell, need
from mwaa_operator.environment.preflight.results import Check
from mwaa_operator.environment.preflight.rows import SERVICE_LINKED_ROLE


def _quota(case: Case, word: str) -> float:
    quotas = need(case.facts.limits.quotas)
    for name, value in quotas.items():
        if name.lower().startswith(word):
            return value
    raise CannotTell(f"AWS lists no quota of MWAA for {word}")


def _room(case: Case) -> str | None:
    used, quota = need(case.facts.limits.environments), _quota(case, "environments")
    if used < quota:
        return None
    return (
        f"region: the account has {used} of {quota:.0f} environments in {case.spec.region}. Ask AWS for a higher quota."
    )


def _workers(case: Case) -> str | None:
    quota = _quota(case, "workers")
    if case.max_workers <= quota:
        return None
    return f"maxWorkers: {case.max_workers} is above the account's quota of {quota:.0f}. Lower it, or ask AWS for more."


def _service_linked_role(case: Case) -> str | None:
    if need(case.facts.limits.service_linked_role):
        return None
    return (
        f"accountRef: the account has no role {SERVICE_LINKED_ROLE} yet. AWS makes it with the first environment if "
        "the operator may call iam:CreateServiceLinkedRole; else create it once."
    )


def _has_version(case: Case) -> bool:
    return case.spec.airflow_version is not None


def _supported(case: Case) -> str | None:
    version = case.spec.airflow_version or ""
    if not case.knowledge.ended(version, case.today):
        return None
    return f"airflowVersion: AWS no longer supports {version}. Choose a newer version."


def _known(case: Case) -> str | None:
    version = case.spec.airflow_version or ""
    if version in case.knowledge.versions or not case.knowledge.versions:
        return None
    return f"airflowVersion: the operator does not know {version}. Check it, or update the operator."


CHECKS = (
    Check("EnvironmentQuota", "Warn", _room),
    Check("WorkerQuota", "Warn", _workers),
    Check("ServiceLinkedRole", "Warn", _service_linked_role),
    Check("AirflowVersionSupported", "Block", _supported, _has_version),
    Check("AirflowVersionKnown", "Warn", _known, _has_version),
)
