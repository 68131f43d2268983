"""The managed role once AWS has the version that spec asks for: drift, rights that go, roles that nobody uses. Pure.

None of it makes a version. Rights of older versions go when the new one is live and no run of an older one is under
way; so do the roles that were used before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.workflow.actions import Action, DeleteRole
from mwaa_operator.workflow.definition.validate import Verdict as Judgement
from mwaa_operator.workflow.plan.managed import Gap, Unwritable, Wanted, gap_of, is_ours, too_large, wanted_role
from mwaa_operator.workflow.plan.rolefacts import is_managed, written_roles
from mwaa_operator.workflow.plan.rolewords import by_others, changed_by_others, not_ours, refusal
from mwaa_operator.workflow.plan.rolework import FRESH, Told, absent, filling, replaced, seen
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.statuses import Verdict
from mwaa_operator.workflow.reasons import EventReason, Reason
from mwaa_operator.workflow.status import ManagedRole

RUNS = frozenset({"runs"})


@dataclass(frozen=True)
class Upkeep:
    """What is to be done about roles, none of which is in the way of the workflow.

    Attributes:
        actions: At most one WriteRole, and DeleteRoles.
        notices: Events.
        changes: Members of status if every action succeeds.
    """

    actions: tuple[Action, ...] = ()
    notices: tuple[Notice, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)


def upkeep(s: Situation, judgement: Judgement | None, told: Told) -> Plan | Upkeep:
    """Return what is to be done about roles once AWS has the workflow as spec says.

    Returns:
        A plan where something has to be looked at first, or the role has to be replaced.
    """
    spares = spare(s)
    if spares and s.observed.runs is None:
        return Plan(needs=RUNS)
    kept = _kept(s, judgement, told) if is_managed(s) else Upkeep()
    if isinstance(kept, Plan) or not spares or older_runs(s):
        return kept
    deletions = tuple(DeleteRole(name, s.there.arn) for name in spares)
    text = f"Deleted {', '.join(spares)}, which nothing uses any more."
    notice = Notice(EventReason.ROLE_DELETED, text, action="DeleteRole")
    return Upkeep((*kept.actions, *deletions), (*kept.notices, notice), {**_without(s, spares), **kept.changes})


def remembered(s: Situation, judgement: Judgement | None) -> dict[str, Any]:
    """Return what status remembers of a managed role that was seen as it was written."""
    look = s.observed.managed_role
    wanted = wanted_role(s, judgement) if is_managed(s) else None
    if not isinstance(wanted, Wanted) or look is None or look.role is None or not is_ours(s, look.role):
        return {}
    if gap_of(s, wanted, look.role).names and not by_others(s, wanted):
        return {}
    return {"managed_role": ManagedRole(name=wanted.name, policy_hash=wanted.hash)}


def resting(s: Situation, judgement: Judgement | None) -> Verdict | None:
    """Return what Ready says of a workflow that is as spec says while its managed role is not; None: nothing."""
    look = s.observed.managed_role
    wanted = wanted_role(s, judgement) if is_managed(s) and not s.spec.suspend else None
    if wanted is None or look is None or look.failure is not None:
        return None
    text = refusal(s, wanted)
    if text or isinstance(wanted, Unwritable):
        return Verdict("False", Reason.POLICY_SCOPE_WIDENED, text, stalled=True)
    if look.role is None:
        text = f"The workflow is in AWS as spec says, but its role {wanted.name} is gone; driftPolicy is Report."
        return Verdict("True", Reason.DRIFTED, text) if s.spec.drift_policy == "Report" else None
    if not is_ours(s, look.role):
        return Verdict("True", Reason.DRIFTED, not_ours(s))
    gap = gap_of(s, wanted, look.role)
    if gap.names and by_others(s, wanted) and s.spec.drift_policy == "Report":
        return Verdict("True", Reason.DRIFTED, changed_by_others(s, gap))
    return None


def spare(s: Situation) -> tuple[str, ...]:
    """Return the roles that this object made and that its live version does not use."""
    names = s.status.former_roles if is_managed(s) else written_roles(s)
    used = s.there.role_arn.rpartition("/")[2]
    return tuple(name for name in names if name != used)


def older_runs(s: Situation) -> bool:
    """Whether a run of another version than the live one is under way; one that AWS names no version of may be."""
    return any(not run.ended and run.version != s.there.version for run in s.observed.runs or ())


def _without(s: Situation, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the members of status that remember roles, without these."""
    recorded = s.status.managed_role
    return {
        "former_roles": [name for name in s.status.former_roles if name not in names],
        "managed_role": None if recorded is None or recorded.name in names else recorded,
    }


def _kept(s: Situation, judgement: Judgement | None, told: Told) -> Plan | Upkeep:
    wanted, look = wanted_role(s, judgement), seen(s)
    if not isinstance(wanted, Wanted) or look.failure is not None:
        return Upkeep()
    correct = s.spec.drift_policy == "Correct"
    there = look.role
    if there is None:
        if not correct:
            return Upkeep()
        return absent(s, wanted, told, reason=Reason.UPDATING) if look.fresh else Plan(needs=FRESH)
    if not is_ours(s, there):
        return Upkeep() if look.fresh else Plan(needs=FRESH)
    if there.arn != wanted.arn:
        return replaced(s, told, reason=Reason.UPDATING) if look.fresh else Plan(needs=FRESH)
    gap = gap_of(s, wanted, there)
    if not (gap.names or gap.older):
        return Upkeep()
    if gap.older and s.observed.runs is None:
        return Plan(needs=RUNS)
    if not look.fresh:
        return Plan(needs=FRESH)
    if too_large(gap, there):
        return replaced(s, told, reason=Reason.UPDATING)
    return _rewritten(s, wanted, gap)


def _rewritten(s: Situation, wanted: Wanted, gap: Gap) -> Upkeep:
    """Drift is left to itself where driftPolicy says so; our own older policies are no drift."""
    drift, report = by_others(s, wanted), s.spec.drift_policy == "Report"
    gone = () if older_runs(s) else gap.older
    if drift and report:
        gap = Gap()
    action = filling(wanted, gap, delete=gone if report else (*gone, *gap.foreign), untag=gap.untag)
    if not (gap.names or gone):
        return Upkeep()
    reason = EventReason.DRIFT_CORRECTED if drift and gap.names else EventReason.ROLE_UPDATED
    what = gap.names or "policies of older versions were deleted"
    notice = Notice(reason, f"Role {wanted.name} was written: {what}.", action="WriteRole")
    return Upkeep((action,), (notice,), {"managed_role": ManagedRole(name=wanted.name, policy_hash=wanted.hash)})
