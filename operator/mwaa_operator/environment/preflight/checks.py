"""All checks of preflight in the order in which people want to read them. Pure."""

from __future__ import annotations

from datetime import datetime

from mwaa_operator.environment.api import MwaaEnvironmentSpec
from mwaa_operator.environment.knowledge import Knowledge
from mwaa_operator.environment.preflight import acls, artifacts, bucket, groups, key, limits, role, routes, subnets
from mwaa_operator.environment.preflight.case import Case
from mwaa_operator.environment.preflight.facts import PreflightFacts
from mwaa_operator.environment.preflight.results import Check, CheckResult
from mwaa_operator.environment.preflight.rows import Rows

CHECKS: tuple[Check, ...] = (
    *bucket.CHECKS,
    *artifacts.CHECKS,
    *subnets.CHECKS,
    *routes.CHECKS,
    *groups.CHECKS,
    *acls.CHECKS,
    *role.CHECKS,
    *key.CHECKS,
    *limits.CHECKS,
)
"""Their names are a public contract: people write them into spec.preflight.skip."""


def judge(
    spec: MwaaEnvironmentSpec, facts: PreflightFacts, now: datetime, *, knowledge: Knowledge, rows: Rows
) -> tuple[CheckResult, ...]:
    """Return the answer of every check that applies to the spec and is not skipped.

    Args:
        spec: What is to be created.
        facts: What was read for it.
        now: UTC; end of support is a matter of days.
        knowledge: Airflow versions.
        rows: Endpoints and permissions.
    """
    case = Case(spec, facts, now.date(), knowledge, rows)
    skipped = set(spec.preflight.skip)
    return tuple(check.result(case) for check in CHECKS if check.name not in skipped and check.applies(case))
