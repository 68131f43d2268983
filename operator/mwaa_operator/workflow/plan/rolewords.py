"""What RoleReady and Ready say about the managed role: what it lacks, what it is wider in, what nobody can tell. Pure.

What keeps a definition from being sent is told apart from what is only told: a role that cannot have what the tasks
need would make them fail, a role that is wider than the tasks need works.
"""

from __future__ import annotations

from collections.abc import Iterable

from mwaa_operator.api.conditions import Condition, condition, find, shorten
from mwaa_operator.api.failure import Failure
from mwaa_operator.api.meta import UID_TAG
from mwaa_operator.api.plan import Notice
from mwaa_operator.api.words import counted
from mwaa_operator.workflow.definition.validate import Verdict as Judgement
from mwaa_operator.workflow.plan.managed import Gap, Unwritable, Wanted, gap_of, is_ours, wanted_role
from mwaa_operator.workflow.plan.rolefacts import is_managed, managed_name
from mwaa_operator.workflow.plan.situation import Situation, WrittenRole
from mwaa_operator.workflow.reasons import DetailReason, EventReason
from mwaa_operator.workflow.status import ROLE_READY

TOLD = 6
"""Findings that a message lists."""
COMMANDS = 3
"""Commands that a message has whole, long ARNs included."""


def managed_condition(s: Situation, judgement: Judgement | None) -> Condition | None:
    """Return RoleReady for a managed role; None where it was not looked at, or there is no definition to ask."""
    look = s.observed.managed_role
    if not is_managed(s) or look is None:
        return None
    wanted = wanted_role(s, judgement)
    if wanted is None:
        return None
    text = refusal(s, wanted)
    if text or isinstance(wanted, Unwritable):
        return condition(ROLE_READY, "False", DetailReason.POLICY_SCOPE_WIDENED, text)
    if look.failure is not None:
        return condition(ROLE_READY, "Unknown", DetailReason.NOT_CHECKED, unread(s, look.failure))
    if look.role is None:
        return _absent(s)
    if not is_ours(s, look.role):
        return condition(ROLE_READY, "False", DetailReason.ROLE_NOT_OWNED, not_ours(s))
    return _differing(s, wanted, look.role) or _with_attached(_sufficient(wanted), look.role)


def refusal(s: Situation, wanted: Wanted | Unwritable) -> str:
    """Return why the definition gets no role that is enough for it; empty where it gets one."""
    account = s.spec.account_ref.name
    if isinstance(wanted, Unwritable):
        return f"No role can be written for the definition: {wanted.message}"
    found = [
        f"{_tasks(item.task_ids)} needs {item.value}, which {item.limit} of AwsAccount {account} does not admit"
        for item in wanted.generated.missing
    ]
    found += [f"{_task(item.task_id, item.argument)}: {item.why}" for item in wanted.generated.withheld]
    if not found:
        return ""
    return f"The managed role may not have all that the definition needs: {_listed(found)}"


def unread(s: Situation, failure: Failure) -> str:
    """Return what is said of a role that could not be looked at."""
    return f"Role {managed_name(s)} could not be looked at: {failure.operation}: {failure.code}: {failure.message}"


def not_ours(s: Situation) -> str:
    """Return what is said of a role that does not carry this object's tag."""
    return (
        f"Role {managed_name(s)} does not carry the tag {UID_TAG} with the value {s.resource.metadata.uid}, so it is "
        "not touched and no version is made with it: put the tag back, or delete the role to have another one written."
    )


def changed_by_others(s: Situation, gap: Gap) -> str:
    """Return what is said of a role that somebody changed."""
    return f"Somebody changed role {managed_name(s)}: {gap.names}; driftPolicy is Report."


def widened(s: Situation, told: Iterable[Condition]) -> tuple[Notice, ...]:
    """Return the Event about a role that is wider than its tasks need, or would be, or that others attached policies
    to; once for each text."""
    told = tuple(told)
    by_us = _news(s, told, DetailReason.POLICY_SCOPE_WIDENED, EventReason.POLICY_SCOPE_WIDENED)
    return by_us or _news(s, told, DetailReason.POLICY_ATTACHED, EventReason.POLICY_ATTACHED)


def unassumable(s: Situation, told: Iterable[Condition]) -> tuple[Notice, ...]:
    """Return the Event about a role of spec.role.arn that the service cannot assume; once for each text."""
    return _news(s, told, DetailReason.ROLE_NOT_ASSUMABLE, EventReason.ROLE_NOT_ASSUMABLE)


def same_text(stored: str, now: str) -> bool:
    """Whether a stored message is this one, or what was left of it when the status had to become smaller."""
    return stored == now or (stored.endswith("…") and now.startswith(stored[:-1]))


def by_others(s: Situation, wanted: Wanted) -> bool:
    """Whether what differs was not committed: everything had been written as it is wanted now."""
    recorded = s.status.managed_role
    return recorded is not None and recorded.policy_hash == wanted.hash


def _news(s: Situation, told: Iterable[Condition], word: DetailReason, event: EventReason) -> tuple[Notice, ...]:
    now = next((item for item in told if item.type == ROLE_READY), None)
    if now is None or now.reason != word:
        return ()
    before = find(s.status.conditions, ROLE_READY)
    if before is not None and before.reason == now.reason and same_text(before.message, now.message):
        return ()
    return (Notice(event, shorten(now.message), action="Reconcile", type="Warning"),)


def _absent(s: Situation) -> Condition:
    name, recorded = managed_name(s), s.status.managed_role
    if recorded is not None and recorded.policy_hash is not None:
        text = f"Role {name} is gone from IAM."
        if s.spec.drift_policy == "Report":
            text += " driftPolicy is Report: set it to Correct to have another one written."
        return condition(ROLE_READY, "False", DetailReason.ROLE_NOT_FOUND, text)
    return condition(ROLE_READY, "Unknown", DetailReason.NOT_CHECKED, f"Role {name} is not written yet.")


def _differing(s: Situation, wanted: Wanted, there: WrittenRole) -> Condition | None:
    gap = gap_of(s, wanted, there)
    if not gap.names:
        return None
    if by_others(s, wanted) and s.spec.drift_policy == "Report":
        return condition(ROLE_READY, "False", DetailReason.DRIFTED, changed_by_others(s, gap))
    text = f"Role {wanted.name} is not yet as the definition needs it: {gap.names}."
    return condition(ROLE_READY, "Unknown", DetailReason.NOT_CHECKED, text)


def _sufficient(wanted: Wanted) -> Condition:
    made = wanted.generated
    wider = [f"{_task(item.task_id, item.argument)}: {item.why}" for item in made.widened]
    if made.unknown:
        found = [f"{_tasks(item.task_ids)} ({item.operator}): {item.why}" for item in made.unknown]
        text = f"Nothing was granted for {_listed(found + wider)}"
        return condition(ROLE_READY, "Unknown", DetailReason.NOT_CHECKED, text)
    if wider:
        text = f"The role reaches further than the tasks need: {_listed(wider)}"
        return condition(ROLE_READY, "True", DetailReason.POLICY_SCOPE_WIDENED, text)
    if made.notes:
        notes = [f"{_task(item.task_id, '')}: {item.text}" for item in made.notes]
        text = f"Role {wanted.name} may do what arguments tell of the definition's needs. Beside it: {_listed(notes)}"
    else:
        text = f"Role {wanted.name} may do what the definition needs."
    return condition(ROLE_READY, "True", DetailReason.SUCCEEDED, text)


def _with_attached(told: Condition, there: WrittenRole) -> Condition:
    """Nothing is detached: a policy that denies is among those that others attach for safety, and the boundary bounds
    what the rest allows."""
    if there.attached is None:
        text = "Whether others attached policies to it is not known: the operator may not iam:ListAttachedRolePolicies."
        return condition(ROLE_READY, told.status, told.reason, f"{told.message} {text}")
    if not there.attached:
        return told
    name = there.arn.rpartition("/")[2]
    named, rest = there.attached[:COMMANDS], len(there.attached) - COMMANDS
    commands = " && ".join(f"aws iam detach-role-policy --role-name {name} --policy-arn {arn}" for arn in named)
    others = f" and likewise {rest} more" if rest > 0 else ""
    text = (
        f"Others attached {counted(len(there.attached), 'policy', 'policies')} to role {name}, and the operator "
        f"detaches none: what they say counts within boundary {there.boundary_arn}, and the role cannot be deleted "
        f"while it has any. If that is not meant: `{commands}`{others}. Beside that: {told.message}"
    )
    return condition(ROLE_READY, told.status, DetailReason.POLICY_ATTACHED, text)


def _task(task_id: str, argument: str) -> str:
    return f"task {task_id}, {argument}" if argument else f"task {task_id}"


def _tasks(ids: tuple[str, ...]) -> str:
    named = ", ".join(ids[:4]) + (f" and {len(ids) - 4} more" if len(ids) > 4 else "")
    return f"task {named}" if len(ids) == 1 else f"tasks {named}"


def _listed(found: list[str]) -> str:
    more = f"; and {len(found) - TOLD} more" if len(found) > TOLD else ""
    return "; ".join(text.rstrip(".") for text in found[:TOLD]) + f"{more}."
