"""The runs of a workflow that is ours: what is seen of them, and what is started or stopped as it was asked for. Pure.

Asked by the planner whenever it knows the live workflow; a workflow that is held back is watched all the same. How a
run ends never changes what the workflow itself is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mwaa_operator.api.conditions import Condition
from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.plan import Notice
from mwaa_operator.workflow.actions import StartRun, StopRun
from mwaa_operator.workflow.live_runs import STOPPING
from mwaa_operator.workflow.plan.history import Seen, look
from mwaa_operator.workflow.plan.polling import due, live_look, next_look, scaled
from mwaa_operator.workflow.plan.requests import (
    PENDING,
    Request,
    changed,
    followed,
    forgo,
    in_flight,
    requests,
    stands,
    under_way,
)
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.starting import pending, rejected, send, sending, start, started
from mwaa_operator.workflow.plan.turn import Turn
from mwaa_operator.workflow.reasons import RunReason
from mwaa_operator.workflow.status import RequestedRun

__all__ = ["Step", "failed", "forgo", "seen", "started", "step"]

QUOTA_RETRY = 120.0
"""Until a start is tried again that AWS refused because too many runs are active: they take minutes."""


@dataclass(frozen=True)
class Step:
    """What one pass does about runs.

    Attributes:
        needs: `runs` (the newest runs), `tasks:<run id>` (that run looked at alone, in its place in `runs`, and all its
            task instances, the failed ones looked at alone); where not empty, everything else is void.
        actions: At most one StartRun, or some StopRun.
        intent: Changes of status that must be stored before the actions, together with `conditions`; None: nothing.
        changes: Changes of status if every action succeeds; after a StartRun those of `started` go on top.
        conditions: LastRunSucceeded where it moves, and DefinitionValid where a run could not read the definition,
            which is stronger than what the check of the text says.
        notices: Events.
        requeue: Seconds until the runs are to be looked at again; None: no wish of its own.
    """

    needs: frozenset[str] = frozenset()
    actions: tuple[StartRun | StopRun, ...] = ()
    intent: Mapping[str, Any] | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
    notices: tuple[Notice, ...] = ()
    requeue: float | None = None


def step(s: Situation, *, may_start: bool = True) -> Step:
    """Decide about runs.

    Args:
        s: The situation; the workflow is live and ours, or only observed.
        may_start: Whether the workflow is as spec says, so that what starts is what was asked for.
    """
    if s.observed.runs is None or due(s):
        return Step(needs=frozenset({"runs"}))
    news = look(s)
    if news.needs:
        return Step(needs=news.needs)
    turn = _stop(s) or start(s, may_start=may_start) or _already_ran(s) or _watched(s)
    return _put_together(s, news, turn)


def seen(s: Situation) -> Step:
    """Return what is seen of runs where nothing is done about them; not asked before `step` has all that it needs."""
    return _put_together(s, look(s), _watched(s))


def failed(s: Situation, action: StartRun | StopRun, failure: Failure) -> Step:
    """Decide what follows from a call that failed; what was seen of the runs is told all the same.

    Args:
        s: The situation that was planned on.
        action: The action whose call failed.
        failure: How it failed.
    """
    request = sending(s)
    if isinstance(action, StopRun):
        turn = _stop_failed(s, failure)
    elif request is None:
        turn = _watched(s)
    else:
        turn = _start_failed(s, request, failure)
    return _put_together(s, look(s), turn)


def _put_together(s: Situation, seen: Seen, turn: Turn) -> Step:
    changes = {**seen.changes, **turn.changes}
    waits = [next_look(s, s.observed.runs or ())] + ([] if turn.requeue is None else [turn.requeue])
    return Step(
        actions=turn.actions,
        intent=changes if turn.writes_ahead else None,
        changes=changes,
        conditions=seen.conditions,
        notices=(*seen.notices, *turn.notices),
        requeue=min(waits),
    )


def _watched(s: Situation) -> Turn:
    """Nothing is asked: status.run follows its run."""
    before = s.status.run
    if before is None or (before.state == PENDING and not stands(s, before)):
        return Turn(changes={"run": None})
    run = followed(s, before)
    return Turn(changes={"run": run}, requeue=live_look(s) if under_way(run) else None)


def _stop(s: Situation) -> Turn | None:
    """spec.run.stop ends the run that the token started; a run that has ended stays as it is."""
    asked, before = s.spec.run, s.status.run
    if asked is None or not asked.stop or before is None or before.token != asked.token:
        return None
    run, run_id = followed(s, before), before.run_id
    if run_id is None or not under_way(run) or run.state == STOPPING:
        return None
    if s.spec.suspend or s.spec.management_policy == "Observe":
        text = "spec.run.stop is true, but spec.suspend or managementPolicy says to change nothing in AWS: it goes on."
        run = changed(run, reason=RunReason.SUSPENDED if s.spec.suspend else None, message=text)
        return Turn(changes={"run": run})
    return Turn((StopRun(s.there.arn, run_id),), {"run": run}, requeue=live_look(s))


def _already_ran(s: Situation) -> Turn | None:
    """All tokens on the object were handled, and status.run is of none of them: somebody went back to an old one."""
    asked, run = requests(s), s.status.run
    if not asked or (run is not None and (stands(s, run) or under_way(followed(s, run)))):
        return None
    text = f"Token {asked[0].shown} was handled before: nothing is started. Give a new token."
    return rejected(s, asked[0], RunReason.ALREADY_RAN, text)


def _start_failed(s: Situation, request: Request, failure: Failure) -> Turn:
    text = f"{failure.operation}: {failure.code}: {failure.message}"
    lost = failure.may_have_happened or in_flight(s) is not None
    match failure.kind:
        case FailureKind.INVALID:
            return rejected(s, request, RunReason.REJECTED_BY_SERVICE, text)
        case _ if lost:
            return Turn(changes=send(s, request).changes, requeue=_soon(s, failure))
        case FailureKind.QUOTA:
            return pending(s, request, RunReason.QUOTA_EXCEEDED, text, scaled(s, QUOTA_RETRY))
        case FailureKind.NOT_FOUND if request.version is not None:
            return rejected(s, request, RunReason.VERSION_NOT_FOUND, text)
        case FailureKind.WRONG_STATE if "token" in failure.message.lower():
            used = f"AWS knows the token from another request, so a run was started for it before. {text}"
            return rejected(s, request, RunReason.ALREADY_RAN, used)
        case FailureKind.ACCESS_DENIED:
            return pending(s, request, RunReason.START_FAILED, text, s.timings.access_denied)
        case FailureKind.WRONG_STATE | FailureKind.REFUSED | FailureKind.PROPAGATION if _tried_long(s, request):
            return pending(s, request, RunReason.START_FAILED, text, s.timings.stalled)
        case _:
            return pending(s, request, RunReason.START_FAILED, text, _soon(s, failure))


def _stop_failed(s: Situation, failure: Failure) -> Turn:
    """The run goes on, and the next look tries again; why stands beside it."""
    after = s.timings.access_denied if failure.kind is FailureKind.ACCESS_DENIED else _soon(s, failure)
    text = f"It was not stopped: {failure.operation}: {failure.code}: {failure.message}"
    planned = _stop(s) or start(s, may_start=True) or _watched(s)
    run: RequestedRun | None = planned.changes.get("run")
    changes = {} if run is None else {**planned.changes, "run": changed(run, message=text)}
    return Turn(changes=changes, requeue=after)


def _soon(s: Situation, failure: Failure) -> float:
    return max(live_look(s), float(failure.retry_after or 0))


def _tried_long(s: Situation, request: Request) -> bool:
    """Whether the start failed before too, and the token is old enough for what passes by itself to have passed."""
    run = s.status.run
    if run is None or run.token != request.shown or run.reason != RunReason.START_FAILED:
        return False
    return s.since(run.requested_at) >= s.timings.propagation
