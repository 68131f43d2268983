"""The managed role before a version is made that uses it: within the limits, made, and given what is missing. Pure.

Rights are added before the version that needs them is sent, and nothing that the live version may need is taken away
here: that is done in rolekeeping.py once the new one is live. The operator waits a little after each change, because
IAM tells others about it with a delay.
"""

from __future__ import annotations

from typing import Any

from mwaa_operator.api.conditions import Condition
from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.workflow.actions import CreateRole, WriteRole
from mwaa_operator.workflow.definition.validate import Verdict as Judgement
from mwaa_operator.workflow.plan.managed import (
    Gap,
    Unwritable,
    Wanted,
    beyond,
    gap_of,
    is_ours,
    policy_name,
    too_large,
    wanted_role,
)
from mwaa_operator.workflow.plan.rolefacts import is_managed, limits_of, managed_name
from mwaa_operator.workflow.plan.rolewords import not_ours, refusal, unread, widened
from mwaa_operator.workflow.plan.situation import ManagedLook, Situation, WrittenRole
from mwaa_operator.workflow.plan.statuses import Verdict, close, conclude, finalizer, print_time
from mwaa_operator.workflow.reasons import EventReason, Reason
from mwaa_operator.workflow.role.generate import TASKS_POLICY
from mwaa_operator.workflow.status import FORMER_ROLES, ManagedRole

FRESH = frozenset({"managed_role:fresh"})
Told = tuple[Condition, ...]


def unlimited(s: Situation) -> Plan | None:
    """Without the account's word on managed roles none is written, and without a role there is no request."""
    if not is_managed(s) or s.observed.admission.limits is not None:
        return None
    account = s.spec.account_ref.name
    text = (
        f"spec.role.managed needs spec.managedRoles of AwsAccount {account}, which has none: ask its owner for it, or "
        "name a role of yours in spec.role.arn."
    )
    return conclude(s, Verdict("False", Reason.NOT_PERMITTED, text, stalled=True), requeue=s.timings.stalled)


def confined(s: Situation) -> Plan | None:
    """What the account took back is taken out of the role at once, and its boundary is set, whatever spec says.

    This comes before everything else, so that neither a definition that is held back nor driftPolicy keeps a right.
    """
    if not is_managed(s) or s.spec.suspend:
        return None
    look, limits = seen(s), limits_of(s)
    there = look.role
    if there is None or not is_ours(s, there):
        return None
    cut = beyond(there, limits)
    boundary = None if there.boundary_arn == limits.boundary_arn else limits.boundary_arn
    if not cut and boundary is None:
        return None
    if not look.fresh:
        return Plan(needs=FRESH)
    kept = {policy_name(TASKS_POLICY, document): document for document in cut.values() if document is not None}
    action = WriteRole(managed_name(s), boundary_arn=boundary, put=kept, delete=tuple(cut))
    text = f"Role {managed_name(s)} is brought within what AwsAccount {s.spec.account_ref.name} allows."
    notice = Notice(EventReason.ROLE_UPDATED, text, action="WriteRole")
    verdict = Verdict("False", Reason.UPDATING, text, reconciling=True)
    actions = (*finalizer(s), action)
    return conclude(s, verdict, requeue=s.timings.poll_min / 5, actions=actions, notices=(notice,))


def prepared(
    s: Situation, judgement: Judgement | None, told: Told, *, reason: Reason, mended: float, **changes: Any
) -> Plan | None:
    """The managed role may do what the definition needs, before anything is sent that uses it.

    Args:
        s: The situation.
        judgement: What the validator says of the definition.
        told: DefinitionValid and RoleReady.
        reason: What Ready says while the role is written: Creating or Updating.
        mended: Seconds until the next look at what only a person can mend.
        changes: Members of status.
    """
    wanted = wanted_role(s, judgement) if is_managed(s) else None
    if wanted is None:
        return None
    text = refusal(s, wanted)
    if text or isinstance(wanted, Unwritable):
        verdict = Verdict("False", Reason.POLICY_SCOPE_WIDENED, text, stalled=True)
        return conclude(s, verdict, requeue=mended, notices=widened(s, told), details=told, **changes)
    look = seen(s)
    if not look.fresh:
        return Plan(needs=FRESH)
    if look.failure is not None:
        return _unread(s, look.failure, told, **changes)
    there = look.role
    if there is not None and is_ours(s, there) and there.arn == wanted.arn:
        return _written(s, wanted, there, told, reason=reason, **changes)
    if there is None:
        return absent(s, wanted, told, reason=reason, **changes)
    if not is_ours(s, there):
        verdict = Verdict("False", Reason.NOT_OWNED, not_ours(s), stalled=True)
        return conclude(s, verdict, requeue=mended, details=told, **changes)
    return replaced(s, told, reason=reason, **changes)


def absent(s: Situation, wanted: Wanted, told: Told, *, reason: Reason, **changes: Any) -> Plan:
    """There is no role: make it; one that was there before is given up once its absence is sure."""
    recorded = s.status.managed_role
    if recorded is None or recorded.policy_hash is None:
        return _created(s, wanted, told, reason=reason, **changes)
    since = recorded.absent_since or print_time(s)
    if s.since(recorded.absent_since) >= s.timings.absence_confirm:
        return replaced(s, told, reason=reason, gone=True, **changes)
    verdict = Verdict("False", reason, f"IAM does not find role {recorded.name}; looking once more.", reconciling=True)
    kept = {"managed_role": recorded.model_copy(update={"absent_since": since})}
    return conclude(s, verdict, requeue=s.timings.absence_confirm, details=told, **changes | kept)


def replaced(s: Situation, told: Told, *, reason: Reason, gone: bool = False, **changes: Any) -> Plan:
    """The role cannot serve any longer, and another one takes its place: AWS takes no name of a role that was deleted,
    and neither a role's path nor the size of its policies can be changed."""
    name = managed_name(s)
    former = [] if gone else [name]
    kept = {"managed_role": None, "former_roles": [*s.status.former_roles, *former][-FORMER_ROLES:]}
    text = f"Role {name} is gone" if gone else f"Role {name} is replaced, for its path or the size of its policies"
    verdict = Verdict("False", reason, f"{text}: another one is written.", reconciling=True)
    return conclude(s, verdict, requeue=s.timings.poll_min / 5, details=told, **changes | kept)


def seen(s: Situation) -> ManagedLook:
    """Return what was seen of the role, for rules that run only after the look.

    Raises:
        LookupError: Nobody looked; the rule ran where it must not.
    """
    if s.observed.managed_role is None:
        raise LookupError("the managed role was not looked at")
    return s.observed.managed_role


def filling(wanted: Wanted, gap: Gap, *, delete: tuple[str, ...] = (), untag: tuple[str, ...] = ()) -> WriteRole:
    """Return the action that gives a role what it lacks."""
    return WriteRole(
        wanted.name,
        boundary_arn=wanted.generated.boundary_arn if gap.boundary else None,
        trust=wanted.trust if gap.trust else None,
        tags=gap.tags,
        untag=untag,
        put=gap.put,
        delete=delete,
    )


def _unread(s: Situation, failure: Failure, told: Told, **changes: Any) -> Plan:
    denied = failure.kind is FailureKind.ACCESS_DENIED
    reason = Reason.ACCESS_DENIED if denied else Reason.AWS_UNAVAILABLE
    verdict = Verdict("False", reason, unread(s, failure), reconciling=True, retrying=True)
    after = s.timings.access_denied if denied else None
    return conclude(s, verdict, requeue=after, details=told, **changes)


def _created(s: Situation, wanted: Wanted, told: Told, *, reason: Reason, **changes: Any) -> Plan:
    """Its name is stored before it is made: what becomes of the answer, the deletion knows of it."""
    another = 1 if s.status.managed_role is None else 0
    made = (s.status.roles_made or 0) + another
    named: dict[str, Any] = {"managed_role": ManagedRole(name=wanted.name), "roles_made": made}
    meta = s.resource.metadata
    action = CreateRole(
        name=wanted.name,
        path=wanted.generated.path,
        trust=wanted.trust,
        boundary_arn=wanted.generated.boundary_arn,
        tags=wanted.tags,
        description=f"MWAA Serverless workflow {s.name}, ServerlessWorkflow {meta.namespace}/{meta.name}",
    )
    text = f"Role {wanted.name} was made; its policies follow, then the workflow."
    about = f"About to make role {wanted.name}."
    planned = Verdict("Unknown", Reason.PROGRESSING, about, reconciling=True, synced="Unknown")
    return conclude(
        s,
        Verdict("False", reason, text, reconciling=True),
        requeue=s.timings.poll_min / 5,
        actions=(*finalizer(s), action),
        intent=close(s, planned, details=told, **changes | named),
        notices=(Notice(EventReason.ROLE_CREATED, f"Role {wanted.name} was made in IAM.", action="CreateRole"),),
        details=told,
        **changes | named,
    )


def _written(
    s: Situation, wanted: Wanted, there: WrittenRole, told: Told, *, reason: Reason, **changes: Any
) -> Plan | None:
    gap = gap_of(s, wanted, there)
    if not gap.lacks:
        return None
    if too_large(gap, there):
        # Beside what the live version may need it does not fit: it goes into a role of its own.
        return replaced(s, told, reason=reason, **changes)
    text = f"Role {wanted.name} was given what the definition needs ({gap.names}); IAM is left a moment to tell it."
    notice = Notice(EventReason.ROLE_UPDATED, f"Role {wanted.name} was written: {gap.names}.", action="WriteRole")
    recorded = s.status.managed_role
    first = recorded is None or recorded.policy_hash is None
    kept = {"managed_role": ManagedRole(name=wanted.name, policy_hash=wanted.hash)}
    return conclude(
        s,
        Verdict("False", reason, text, reconciling=True),
        requeue=s.timings.poll_min,
        actions=(*finalizer(s), filling(wanted, gap)),
        notices=() if first else (notice,),
        details=told,
        **changes | kept,
    )
