"""Runs that somebody asks for: the tokens on the object, and what is remembered of those that were handled. Pure.

A token is remembered by a hash of it alone, whatever workflow it was used on, and before AWS is asked: so an object
never uses one twice, not even on a workflow that was made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mwaa_operator.api.meta import RUN_REQUESTED_AT
from mwaa_operator.workflow.live_runs import ENDED
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.statuses import print_time
from mwaa_operator.workflow.plan.wish import hash_of
from mwaa_operator.workflow.reasons import RunReason
from mwaa_operator.workflow.status import HANDLED_TOKENS, RequestedRun

PENDING = "Pending"
REQUESTED = "Requested"
UNKNOWN = "Unknown"
"""What status.run.state says before there is a word of AWS, see there."""


@dataclass(frozen=True)
class Request:
    """A run that is asked for.

    Attributes:
        token: Whole, as it was given.
        parameters: Override the definition's params.
        version: None: the latest.
        stop: Whether it is to be stopped, or not to be started at all.
    """

    token: str
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    version: str | None = None
    stop: bool = False

    @property
    def mark(self) -> str:
        """The hash by which the token is remembered."""
        return hash_of(self.token)[:12]

    @property
    def hash(self) -> str:
        """Hash of what AWS would be asked: a client token must never come with anything else."""
        return hash_of([self.token, self.parameters, self.version])

    @property
    def shown(self) -> str:
        """The token as status keeps it."""
        return self.token[:256]


def requests(s: Situation) -> tuple[Request, ...]:
    """Return what is asked for now, handled or not: spec.run before the annotation.

    Neither is lost where both are new: spec's run, which was reviewed and has parameters, starts first, the
    annotation's in a later pass. The same token in both is one request.
    """
    found, spec = [], s.spec.run
    if spec is not None:
        found.append(Request(spec.token, spec.parameters or {}, spec.version, spec.stop))
    asked = s.resource.metadata.annotations.get(RUN_REQUESTED_AT)
    if asked and (spec is None or asked != spec.token):
        found.append(Request(asked))
    return tuple(found)


def first_new(s: Situation) -> Request | None:
    """Return the request that was not handled yet, if any."""
    return next((item for item in requests(s) if item.mark not in s.status.handled_run_tokens), None)


def in_flight(s: Situation) -> RequestedRun | None:
    """Return the run whose start was about to be asked for, and of which no answer is known."""
    run = s.status.run
    return run if run is not None and run.state == REQUESTED and run.run_id is None else None


def request_in_flight(s: Situation) -> Request | None:
    """Return the request behind `in_flight`, if it still stands unchanged: only then may it be sent again."""
    run, operation = in_flight(s), s.status.operation
    if run is None or operation is None or operation.type != "StartRun":
        return None
    return next((item for item in requests(s) if item.hash == operation.hash), None)


def remembered(s: Situation, *added: Request) -> list[str]:
    """Return status.handledRunTokens with these; a token that still stands on the object is never the one that goes."""
    present = {item.mark for item in requests(s)}
    before = s.status.handled_run_tokens
    marks = [item.mark for item in added]
    kept = [mark for mark in before if mark not in marks]
    order = [mark for mark in kept if mark not in present] + [mark for mark in kept if mark in present] + marks
    return order[-HANDLED_TOKENS:]


def stands(s: Situation, run: RequestedRun) -> bool:
    """Whether the token of status.run still stands on the object."""
    return any(item.shown == run.token for item in requests(s))


def under_way(run: RequestedRun) -> bool:
    """Whether status.run has a run that may still change."""
    return run.run_id is not None and run.state not in ENDED | {UNKNOWN}


def followed(s: Situation, run: RequestedRun) -> RequestedRun:
    """Return status.run with its run's present state; one that no list shows, though it is not new, is Unknown."""
    found = next((item for item in s.observed.runs or () if item.run_id == run.run_id), None)
    if found is not None:
        return changed(run, state=found.state[:64], reason=None, message=None)
    if under_way(run) and s.since(run.started_at) >= s.timings.update_settle:
        return changed(run, state=UNKNOWN, reason=None, message=None)
    return changed(run, reason=None, message=None) if run.run_id is not None else run


def changed(run: RequestedRun, **members: Any) -> RequestedRun:
    """Return status.run with some members changed, cut to their bounds."""
    return RequestedRun.model_validate(run.model_dump() | members)


def described(
    s: Situation, request: Request, state: str | None, reason: RunReason | None = None, message: str | None = None
) -> RequestedRun:
    """Return status.run for a request that has no run (yet); when it was first seen stays."""
    before = s.status.run
    seen = before.requested_at if before is not None and before.token == request.shown else None
    return RequestedRun(
        token=request.shown, state=state, reason=reason, message=message, requested_at=seen or print_time(s)
    )


def forgo(s: Situation) -> Mapping[str, Any]:
    """Return the changes of status by which the tokens that stand on the object count as handled, without a run.

    For the pass that takes a workflow over or adopts it: whoever had it before may have run for the same tokens. Store
    them before the tags are written: afterwards the workflow is ours, and nothing tells any more that it was not.
    """
    asked = requests(s)
    new = [item for item in asked if item.mark not in s.status.handled_run_tokens]
    if not new:
        return {}
    text = "The workflow existed before this object had it, so a run for this token may have been started: none is now."
    run = s.status.run if in_flight(s) else described(s, new[0], None, RunReason.ALREADY_RAN, text)
    return {"handled_run_tokens": remembered(s, *new), "run": run}
