"""The start of a run that was asked for: at most one for each workflow and token, whatever is lost on the way. Pure.

Status says that AWS is about to be asked before it is asked. After a crash the same client token tells AWS that it is
the same request, but not for ever: later the runs in AWS are looked through, and in doubt nothing is started.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mwaa_operator.api.plan import Notice
from mwaa_operator.api.words import counted
from mwaa_operator.workflow.actions import StartRun, StopRun
from mwaa_operator.workflow.live import DISABLED
from mwaa_operator.workflow.live_runs import ON_DEMAND, STOPPING, Run
from mwaa_operator.workflow.plan.history import made, printed, unseen
from mwaa_operator.workflow.plan.polling import IDLE_MANUAL, live_look, scaled
from mwaa_operator.workflow.plan.requests import (
    PENDING,
    REQUESTED,
    UNKNOWN,
    Request,
    changed,
    described,
    first_new,
    followed,
    in_flight,
    remembered,
    request_in_flight,
    stands,
    under_way,
)
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.statuses import print_time
from mwaa_operator.workflow.plan.turn import Turn
from mwaa_operator.workflow.plan.wish import client_token
from mwaa_operator.workflow.reasons import EventReason, RunReason
from mwaa_operator.workflow.status import Operation, RequestedRun

RESEND = 240.0
"""How long after the intent the same client token is sent again. AWS does not say how long it remembers one of
StartWorkflowRun; five minutes is the shortest such memory of any of its services that is documented (SQS FIFO queues),
and four are enough for a restart, a new leader and a few throttled tries."""
STRANGE = 2 * IDLE_MANUAL
"""Age from which on an on-demand run that status does not know means that status is an old one: runs are looked at
at least twice in that time. AWS's memory of client tokens covers younger ones."""
SKEW = timedelta(seconds=5)
"""By how much AWS's clock may be behind ours."""


def start(s: Situation, *, may_start: bool) -> Turn | None:
    """Return what is done for the request that is in flight, or else for the first new one; None without one."""
    if in_flight(s) is not None:
        return _again(s, may_start=may_start)
    request = first_new(s)
    if request is None:
        return None
    return (
        _forgone(s, request)
        or _held(s, request, may_start=may_start)
        or _no_version(s, request)
        or _strange(s, request)
        or _concurrent(s, request)
        or send(s, request)
    )


def sending(s: Situation) -> Request | None:
    """Return the request that a StartRun planned on this situation is for."""
    return request_in_flight(s) if in_flight(s) is not None else first_new(s)


def started(s: Situation, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the changes of status after AWS took a StartRun.

    Args:
        s: The situation that was planned on.
        facts: `RunId`, and `Status` and `StartedAt` where AWS gives them.
    """
    request = sending(s)
    if request is None:
        return {}
    run = changed(
        _intended(s, request),
        run_id=str(facts["RunId"]),
        state=str(facts.get("Status") or "STARTING")[:64],
        started_at=_text(facts.get("StartedAt")) or print_time(s),
    )
    return {"run": run, "operation": None, "handled_run_tokens": remembered(s, request)}


def send(s: Situation, request: Request) -> Turn:
    """Ask AWS, after the intent; a repetition carries the time of the first one."""
    run, repeated = _intended(s, request), in_flight(s) is not None
    operation = s.status.operation if repeated else None
    operation = operation or Operation(type="StartRun", hash=request.hash, started_at=print_time(s))
    changes = {"run": run, "operation": operation, "handled_run_tokens": remembered(s, request)}
    arn = s.there.arn
    action = StartRun(arn, client_token(arn, request.token), request.parameters, request.version)
    text = f"Asked AWS for a run for token {request.shown}."
    notice = Notice(EventReason.RUN_STARTED, text, action="StartWorkflowRun")
    return Turn((action,), changes, writes_ahead=True, notices=(notice,), requeue=live_look(s))


def pending(s: Situation, request: Request, reason: RunReason, text: str, requeue: float | None = None) -> Turn:
    """The run waits; nothing was sent, so the token is not handled.

    A run that is under way keeps its place in status as long as its token stands: else it could not be stopped.
    """
    before = s.status.run
    if before is not None and before.token != request.shown and under_way(before) and stands(s, before):
        run = changed(followed(s, before), reason=reason, message=f"Token {request.shown} waits. {text}")
    else:
        suspect = printed(_suspect_since(s, request))
        run = changed(described(s, request, PENDING, reason, text), suspect_since=suspect)
    changes = {
        "run": run,
        **_no_start(s),
        "handled_run_tokens": [mark for mark in s.status.handled_run_tokens if mark != request.mark],
    }
    return Turn(changes=changes, requeue=requeue)


def rejected(s: Situation, request: Request, reason: RunReason, text: str) -> Turn:
    """The run does not start, now or later, and the token is handled."""
    changes = {
        "run": described(s, request, UNKNOWN if reason is RunReason.OUTCOME_UNKNOWN else None, reason, text),
        **_no_start(s),
        "handled_run_tokens": remembered(s, request),
    }
    notice = Notice(EventReason.RUN_REJECTED, f"{reason}: {text}", action="StartWorkflowRun", type="Warning")
    return Turn(changes=changes, notices=(notice,))


def _intended(s: Situation, request: Request) -> RequestedRun:
    return described(s, request, REQUESTED)


def _again(s: Situation, *, may_start: bool) -> Turn | None:
    """The answer to a start is not known: ask once more, or find the run, or give up; never risk a second one."""
    run, request = in_flight(s), request_in_flight(s)
    if run is None:
        return None
    since = _sent_at(s, run)
    young = (s.now - since).total_seconds() < scaled(s, RESEND)
    if young and request is not None and not request.stop and _held(s, request, may_start=may_start) is None:
        return send(s, request)
    if found := _unexplained(s, since):
        return _taken(s, run, found)
    if young:
        return Turn(changes={"run": run}, requeue=live_look(s))
    text = "The answer of AWS was lost, and no run shows that could be this one. Look in AWS; give a new token."
    lost = changed(run, state=UNKNOWN, reason=RunReason.OUTCOME_UNKNOWN, message=text)
    note = f"{RunReason.OUTCOME_UNKNOWN}: {text}"
    notice = Notice(EventReason.RUN_REJECTED, note, action="StartWorkflowRun", type="Warning")
    return Turn(changes={"run": lost, **_no_start(s)}, notices=(notice,))


def _taken(s: Situation, run: RequestedRun, found: Run) -> Turn:
    taken = changed(run, run_id=found.run_id, state=found.state[:64], started_at=printed(found.created_at))
    text = f"Run {found.run_id} was started for token {run.token}; its answer was lost, and it was found in AWS."
    notice = Notice(EventReason.RUN_STARTED, text, action="StartWorkflowRun")
    return Turn(changes={"run": taken, **_no_start(s)}, notices=(notice,))


def _unexplained(s: Situation, since: datetime) -> Run | None:
    """Return the first on-demand run that was made after the intent; just before it only if it was not there then."""
    new = {run.run_id for run in unseen(s)}
    found = [
        run
        for run in s.observed.runs or ()
        if run.type == ON_DEMAND and (made(run) >= since or (made(run) >= since - SKEW and run.run_id in new))
    ]
    return min(found, key=made, default=None)


def _sent_at(s: Situation, run: RequestedRun) -> datetime:
    operation = s.status.operation
    sent = operation.started_at if operation is not None and operation.type == "StartRun" else run.requested_at
    return datetime.fromisoformat(sent) if sent else s.now


def _forgone(s: Situation, request: Request) -> Turn | None:
    """A new token that comes with stop starts none, and never will."""
    if not request.stop:
        return None
    run = described(s, request, None, None, "spec.run.stop was true before the run began: none was started.")
    return Turn(changes={"run": run, "handled_run_tokens": remembered(s, request)})


def _held(s: Situation, request: Request, *, may_start: bool) -> Turn | None:
    """What keeps every run from starting; each is cured by an edit, which is looked at at once."""
    if s.spec.suspend:
        text = "spec.suspend is true: nothing is started. Set it to false."
        return pending(s, request, RunReason.SUSPENDED, text)
    if s.spec.management_policy == "Observe":
        text = "managementPolicy is Observe: nothing is started. Set it to Manage."
        return pending(s, request, RunReason.WORKFLOW_NOT_READY, text)
    if s.spec.trigger_mode == "Disabled" or s.there.trigger_mode == DISABLED:
        text = "triggerMode is Disabled, so AWS starts no run: change it, or drop the token."
        return pending(s, request, RunReason.TRIGGER_DISABLED, text)
    if not may_start:
        text = (
            "The workflow is not yet as spec says (see condition Synced), or is being given what makes no version: "
            "tags, rights, log retention. The run starts when that is done."
        )
        return pending(s, request, RunReason.WORKFLOW_NOT_READY, text)
    return None


def _no_version(s: Situation, request: Request) -> Turn | None:
    versions = s.observed.versions
    if request.version is None or versions is None or request.version in {item.version for item in versions}:
        return None
    text = f"AWS has no version {request.version}: correct spec.run.version and give a new token."
    return rejected(s, request, RunReason.VERSION_NOT_FOUND, text)


def _strange(s: Situation, request: Request) -> Turn | None:
    """Old on-demand runs that status never saw: it was restored, and one of them may have been for this token."""
    since = _suspect_since(s, request)
    if since is None or not _is_old(s, since):
        return None
    text = (
        f"AWS has on-demand runs that this object never saw, one of {printed(since)}: status may have been restored, "
        "and one of them may have been started for this token. Look in AWS; give a new token."
    )
    return rejected(s, request, RunReason.OUTCOME_UNKNOWN, text)


def _suspect_since(s: Situation, request: Request) -> datetime | None:
    """Return when the oldest run was made that may have been for this token; None where there is none.

    Remembered while the token waits: what the first pass after a loss of status saw, the next one knows already.
    """
    before = s.status.run
    if before is not None and before.token == request.shown and before.suspect_since is not None:
        return datetime.fromisoformat(before.suspect_since)
    lost = s.status.active_runs is None
    times = [made(run) for run in unseen(s) if run.type == ON_DEMAND]
    return min((time for time in times if lost or _is_old(s, time)), default=None)


def _is_old(s: Situation, moment: datetime) -> bool:
    return moment < s.now - timedelta(seconds=scaled(s, STRANGE))


def _concurrent(s: Situation, request: Request) -> Turn | None:
    """What concurrencyPolicy makes of runs that are under way, those among them that do not show yet."""
    policy = s.spec.concurrency_policy
    active = [run for run in s.observed.runs or () if not run.ended]
    ids = [run.run_id for run in active] + _hidden(s)
    if policy == "Allow" or not ids:
        return None
    several = counted(len(ids), "run is", "runs are")
    if policy == "Forbid":
        text = f"{several} active and concurrencyPolicy is Forbid: it starts once none is."
        return pending(s, request, RunReason.RUN_PENDING, text)
    text = f"{several} stopped, as concurrencyPolicy is Replace: it starts when that is done."
    waiting = pending(s, request, RunReason.RUN_PENDING, text, live_look(s))
    stopping = {run.run_id for run in active if run.state == STOPPING}
    stops = tuple(StopRun(s.there.arn, run_id) for run_id in ids if run_id not in stopping)
    return Turn(stops, waiting.changes, requeue=waiting.requeue)


def _hidden(s: Situation) -> list[str]:
    """Return the id of the run that was started last if lists do not show it yet."""
    run = s.status.run
    if run is None or run.run_id is None or not under_way(run) or s.since(run.started_at) >= s.timings.update_settle:
        return []
    return [] if any(item.run_id == run.run_id for item in s.observed.runs or ()) else [run.run_id]


def _text(moment: Any) -> str | None:
    return printed(moment) if isinstance(moment, datetime) else moment


def _no_start(s: Situation) -> dict[str, Any]:
    """Return the change that ends the intent of a start; other intents are not ours."""
    operation = s.status.operation
    return {"operation": None} if operation is not None and operation.type == "StartRun" else {}
