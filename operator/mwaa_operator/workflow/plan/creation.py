"""There is no workflow (any more): make it, or say why not. Pure.

A create needs no intent: its token and the uid tag make sure that there is never a second workflow of this object.
"""

from __future__ import annotations

from typing import Any

from mwaa_operator.api.conditions import Condition, shorten
from mwaa_operator.api.meta import RETRY_REQUESTED_AT
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.api.words import counted
from mwaa_operator.workflow.actions import CreateWorkflow
from mwaa_operator.workflow.definition.validate import Verdict as Judgement
from mwaa_operator.workflow.plan import rolework
from mwaa_operator.workflow.plan.checks import (
    definition_condition,
    is_told,
    judge,
    refusing,
    role_condition,
    stored_definition,
)
from mwaa_operator.workflow.plan.comparison import about_to_send
from mwaa_operator.workflow.plan.rolefacts import is_managed
from mwaa_operator.workflow.plan.rolewords import managed_condition, unassumable
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.statuses import (
    FORGOTTEN,
    Verdict,
    conclude,
    finalizer,
    print_time,
    stalled_after,
    waiting_for,
)
from mwaa_operator.workflow.plan.wish import Wish, create_request, make_wish
from mwaa_operator.workflow.reasons import EventReason, Reason
from mwaa_operator.workflow.status import LastFailure, Operation


def absent(s: Situation) -> Plan | None:
    """AWS has no such workflow: believe it only when it is sure, then create."""
    if s.live is not None:
        return None
    return _vanished(s) or _held(s) or _create(s)


def looks(s: Situation) -> set[str]:
    """Return the observations that a request cannot be made without."""
    needs = set()
    if s.observed.definition is None and s.spec.definition is not None:
        needs.add("definition")
    if s.observed.code is None and s.spec.code is not None:
        needs.add("code")
    if s.observed.variables is None and any(item.value_from is not None for item in s.spec.environment):
        needs.add("variables")
    return needs


def role_looks(s: Situation) -> set[str]:
    """Return `role` or `managed_role` where the role was not looked at; one of somebody else's is left alone while an
    earlier look at the workflow serves, so that a role which is not well costs no calls of IAM at rest."""
    if is_managed(s):
        return {"managed_role"} if s.observed.managed_role is None else set()
    named = s.spec.role is not None and s.spec.role.arn is not None and s.observed.seen_at is None
    return {"role"} if named and s.observed.role is None else set()


def details(s: Situation, judgement: Judgement | None) -> tuple[Condition, ...]:
    """Return DefinitionValid and RoleReady as far as this pass looked."""
    found = (definition_condition(s, judgement), role_condition(s), managed_condition(s, judgement))
    return tuple(item for item in found if item is not None)


def external(s: Situation) -> bool:
    """Whether what is sent can change without an edit of the object: then it is looked at as often as one at rest."""
    definition, code = s.spec.definition, s.spec.code
    named = definition is not None and (definition.config_map_key_ref is not None or definition.s3 is not None)
    return named or code is not None or any(item.value_from is not None for item in s.spec.environment)


def until_mended(s: Situation) -> float:
    """Return the seconds until the next look at what only a person can mend."""
    return s.timings.settled if external(s) else s.timings.stalled


def unresolved(s: Situation, problems: tuple[str, ...], **changes: Any) -> Plan | None:
    """A ConfigMap, Secret, file or store that the request needs does not exist (yet)."""
    if not problems:
        return None
    verdict = Verdict("False", Reason.DEPENDENCY_NOT_READY, " ".join(problems))
    return _waiting(s, verdict, details=details(s, None), **changes)


def invalid(s: Situation, wish: Wish, judgement: Judgement | None, **changes: Any) -> Plan | None:
    """The definition is wrong: nothing is sent, and what is live stays."""
    errors = refusing(s, judgement)
    if not errors:
        return None
    stands = s.live is not None
    first = errors[0]
    kept = "The version before stays live. " if stands else ""
    text = (
        f"The definition has {counted(len(errors), 'error')} and is not sent. {kept}First: {first.path or '/'}: "
        f"{first.message}. {first.hint}"
    )
    verdict = Verdict("False", Reason.DEFINITION_INVALID, text, stalled=True)
    notice = Notice(EventReason.DEFINITION_INVALID, shorten(text), action="Validate", type="Warning")
    return conclude(
        s,
        verdict,
        requeue=until_mended(s),
        notices=() if is_told(s, wish.definition) else (notice,),
        details=details(s, judgement),
        definition=stored_definition(s, wish.definition, judgement, live=False),
        **changes,
    )


def role_unfit(s: Situation, judgement: Judgement | None, **changes: Any) -> Plan | None:
    """AWS would refuse the role, so it is not asked; the statement to paste stands in RoleReady."""
    look = s.observed.role
    if look is not None and look.verdict == "NotOwned":
        walled = Verdict("False", Reason.NOT_PERMITTED, look.message, stalled=True)
        return conclude(s, walled, requeue=s.timings.stalled, details=details(s, judgement), **changes)
    if look is None or look.verdict not in ("NotAssumable", "NotFound"):
        return None
    verdict, told = Verdict("False", Reason.ROLE_NOT_ASSUMABLE, look.message), details(s, judgement)
    return _waiting(s, verdict, details=told, **changes, notices=unassumable(s, told))


def role_unready(s: Situation, judgement: Judgement | None, *, reason: Reason, **changes: Any) -> Plan | None:
    """The managed role is written first; what it may not have holds everything back."""
    if not is_managed(s):
        return None
    told, mended = details(s, judgement), until_mended(s)
    return rolework.prepared(s, judgement, told, reason=reason, mended=mended, **changes)


def _vanished(s: Situation) -> Plan | None:
    """It was there before: one "not found" is doubtful; after the second it is made again."""
    if s.status.workflow_arn is None or s.status.state == "DELETING":
        return None
    if s.since(s.status.absent_since) >= s.timings.absence_confirm:
        return None
    since = s.status.absent_since or print_time(s)
    if s.status.observed_generation != s.resource.metadata.generation:
        text = "AWS does not find the workflow; looking once more before it is made again."
        verdict = Verdict("False", Reason.CREATING, text, reconciling=True)
        return conclude(s, verdict, requeue=s.timings.absence_confirm, absent_since=since)
    return Plan(
        status=s.status.model_copy(update={"absent_since": since}).wire(), requeue_after=s.timings.absence_confirm
    )


def _held(s: Situation) -> Plan | None:
    if s.spec.suspend:
        text = "spec.suspend is true: the workflow is not created."
        return conclude(s, Verdict("False", Reason.SUSPENDED, text), requeue=s.timings.settled)
    if s.spec.adoption_policy == "AdoptExisting":
        text = f"adoptionPolicy is AdoptExisting, but there is no workflow {s.name} in AWS to adopt."
        return _waiting(s, Verdict("False", Reason.WORKFLOW_NOT_FOUND, text))
    if unlimited := rolework.unlimited(s):
        return unlimited
    meta = s.resource.metadata
    own = (meta.creation_timestamp, f"ServerlessWorkflow/{meta.namespace}/{meta.name}")
    older = [rival for rival in s.observed.rivals if (rival.created, str(rival.key)) < own]
    if older:
        text = f"{older[0].key} is older and names the same workflow {s.name}. Choose another spec.name."
        return conclude(s, Verdict("False", Reason.NAME_CONFLICT, text, stalled=True), requeue=s.timings.stalled)
    return None


def _create(s: Situation) -> Plan:
    if needs := looks(s) | role_looks(s):
        return Plan(needs=frozenset(needs))
    if confined := rolework.confined(s):
        return confined
    wish, judgement = make_wish(s), judge(s)
    return (
        unresolved(s, (*wish.gaps, *wish.absent))
        or invalid(s, wish, judgement)
        or _refused(s, wish)
        or role_unfit(s, judgement)
        or role_unready(s, judgement, reason=Reason.CREATING)
        or _send(s, wish, judgement)
    )


def _refused(s: Situation, wish: Wish) -> Plan | None:
    """AWS refused exactly this: nothing is sent until something changes or somebody asks."""
    failure = s.status.last_failure
    if failure is None or failure.operation != "Create" or failure.hash != wish.hash or s.retry is not None:
        return None
    verdict = Verdict("False", Reason.REJECTED_BY_SERVICE, refused_text(failure, created=True), stalled=True)
    return conclude(s, verdict, requeue=until_mended(s))


def refused_text(failure: LastFailure, *, created: bool) -> str:
    """Return what is said of a request that AWS refused, when it does and for as long as it is not sent again."""
    what = "the workflow" if created else "the update, and the version before stays live"
    return (
        f"AWS refuses {what}: {failure.code}: {failure.message} Mend it, or annotate with {RETRY_REQUESTED_AT} to send "
        "it once more."
    )


def _send(s: Situation, wish: Wish, judgement: Judgement | None) -> Plan:
    action = CreateWorkflow(
        request=create_request(s, wish),
        definition=wish.definition.upload if wish.definition else None,
        code=wish.code.upload if wish.code else None,
    )
    again = s.status.workflow_arn is not None
    reason = EventReason.RECREATED if again else EventReason.WORKFLOW_CREATED
    notice = Notice(reason, f"Workflow {s.name} was created in AWS.", action="CreateWorkflow")
    verdict = Verdict("False", Reason.CREATING, "AWS took the workflow; it is looked at once more.", reconciling=True)
    forgotten = {name: value for name, value in FORGOTTEN.items() if name != "applied_fields"}
    return conclude(
        s,
        verdict,
        requeue=s.timings.poll_min / 5,
        actions=(*finalizer(s), action),
        notices=(notice,),
        details=details(s, judgement),
        definition=stored_definition(s, wish.definition, judgement, live=False),
        workflow_arn=None,
        applied_fields=about_to_send(wish, tags=s.spec.tags),
        **forgotten | {"operation": Operation(type="Create", hash=wish.hash, started_at=print_time(s))},
    )


def _waiting(s: Situation, verdict: Verdict, *, details: tuple[Condition, ...] = (), **changes: Any) -> Plan:
    verdict = stalled_after(s, verdict, seconds=s.timings.dependency)
    return conclude(
        s,
        verdict,
        requeue=s.timings.stalled if verdict.stalled else None,
        details=details,
        **{"waiting": waiting_for(s, verdict.reason)} | changes,
    )
