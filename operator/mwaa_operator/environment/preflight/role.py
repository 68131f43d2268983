"""Verdicts on the execution role. Pure: each returns what is wrong, or None.

Source: Amazon MWAA user guide, "Amazon MWAA execution role". In China both spellings of the service principals occur,
with and without the partition's suffix; either is taken.
"""

from __future__ import annotations

from mwaa_operator.api.resourcepolicies import Answer, Request, answer
from mwaa_operator.environment.preflight.case import Case
from mwaa_operator.environment.preflight.facts import CannotTell, need
from mwaa_operator.environment.preflight.results import Check

_FIELD = "executionRoleArn"
PRINCIPALS = ("airflow.amazonaws.com", "airflow-env.amazonaws.com")
"""Both assume the role: the service at creation, the environment later."""


def _named(case: Case) -> bool:
    return case.spec.execution_role_arn is not None


def _arn(case: Case) -> str:
    return case.spec.execution_role_arn or ""


def _exists(case: Case) -> str | None:
    wanted, account = _arn(case), case.facts.account_id
    if wanted.split(":")[4] != account:
        return f"{_FIELD}: the role is in another account than {account}. Name a role of the environment's account."
    found = need(case.facts.role.arn)
    if found is None:
        return f"{_FIELD}: there is no role {wanted.rpartition('/')[2]}. Create it, or correct the ARN."
    if found != wanted:
        return f"{_FIELD}: the role's ARN is {found}. Write it with its path."
    return None


def _trusts(case: Case) -> str | None:
    if need(case.facts.role.arn) is None:
        raise CannotTell("the role does not exist")
    context = {"aws:sourcearn": case.environment_arn, "aws:sourceaccount": case.facts.account_id}
    answers = {
        name: answer(
            case.facts.role.trust, Request(frozenset({name, f"{name}.cn"}), action="sts:AssumeRole", context=context)
        )
        for name in PRINCIPALS
    }
    refused = [name for name, said in answers.items() if said is Answer.NO]
    if refused:
        return (
            f"{_FIELD}: the role's trust policy does not let {' and '.join(refused)} assume it for "
            f"{case.environment_arn}. Allow both of MWAA's principals sts:AssumeRole."
        )
    if Answer.UNSURE in answers.values():
        raise CannotTell("the role's trust policy has conditions that only AWS can judge")
    return None


def _permitted(case: Case) -> str | None:
    denied = need(case.facts.role.denied)
    if not denied:
        return None
    parts = [f"to {purpose}: {', '.join(actions)}" for purpose, actions in denied.items()]
    return f"{_FIELD}: the role's policies do not allow it {'; '.join(parts)}. Add what is missing."


CHECKS = (
    Check("ExecutionRoleExists", "Block", _exists, _named),
    Check("ExecutionRoleTrust", "Block", _trusts, _named),
    Check("ExecutionRolePermissions", "Warn", _permitted, _named),
)
