"""The model that the planner is checked in: one object, one simulated environment, time in ticks, and interference.

A state is frozen and canonical: every time in it is an age in ticks, cut where no rule can tell older from old, and the
times that are only compared for equality are replaced by their order. AWS is the simulator's own state machine. What is
left out: messages, transition times, and everything that only the wire can do.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from localcloud.aws.mwaa.laws import BadValue, Durations, Habits, Laws
from localcloud.aws.mwaa.machine import advance, apply
from localcloud.aws.mwaa.render import render
from localcloud.aws.mwaa.states import Environment, World
from localcloud.aws.mwaa.texts import Refusal
from mwaa_operator.api.meta import FINALIZER, OWNER_TAG, UID_TAG, ObjectMeta
from mwaa_operator.api.timing import Timings
from mwaa_operator.environment.api import MwaaEnvironment
from mwaa_operator.environment.live import Live
from mwaa_operator.environment.plan.situation import Admission, Observed, Situation, parse_time, print_time
from mwaa_operator.environment.status import MwaaEnvironmentStatus
from tests.support.environments import ACCOUNT, CLUSTER, KNOWLEDGE, REGION, SPEC, UID, body

NOW = 1_000_000
"""The present in every canonical state, epoch seconds; one tick is one second."""
OLD = 8
"""The age from which on no rule can tell a difference."""

SPECS: dict[str, dict[str, Any]] = {"A": {"maxWorkers": 10}, "B": {"maxWorkers": 12}, "BAD": {"maxWorkers": 13}}

TIMINGS = replace(
    Timings().scaled(1e9),
    poll_min=1.0,
    poll_max=1.0,
    update_settle=3.0,
    create_settle=3.0,
    absence_confirm=2.0,
    propagation=3.0,
    propagation_retry=0.5,
    dependency=4.0,
    settled=5.0,
    stalled=5.0,
    deletion_blocked=4.0,
)
"""The order of the durations is the product's; the numbers are as small as that allows."""

DURATIONS = replace(
    Durations().scaled(1e9),
    create=2.0,
    create_failure=2.0,
    update=2.0,
    update_failure=2.0,
    rollback=1.0,
    delete=2.0,
    deleted_readable=1.0,
    maintenance=2.0,
    version_update=2.0,
    endpoints_timeout=4.0,
)


@dataclass(frozen=True)
class Settings:
    """What is held constant within a walk.

    Attributes:
        spec: Members of spec beside maxWorkers.
        habits: Readings of AWS's behaviour.
        create_invisible: Ticks for which a new environment does not show.
        update_invisible: Ticks for which an accepted update does not show.
        existing: Whether an environment that nobody owns is there at the beginning.
    """

    spec: tuple[tuple[str, Any], ...] = (("deletionPolicy", "Delete"),)
    habits: Habits = field(default_factory=Habits)
    create_invisible: float = 0.0
    update_invisible: float = 0.0
    existing: bool = False

    def laws(self) -> Laws:
        """Return the simulator's settings."""
        durations = replace(DURATIONS, create_invisible=self.create_invisible, update_invisible=self.update_invisible)
        return Laws(durations=durations, habits=self.habits, bad_values=(BadValue("MaxWorkers", 13),))


@dataclass(frozen=True)
class State:
    """One state of the model.

    Attributes:
        aws: The environment in AWS.
        spec: Key of SPECS.
        status: The stored status, canonical JSON.
        finalizer: Whether ours is on the object.
        deleting: For how many ticks the object has been deleted; None: it is not.
        gone: Whether the object is gone.
        served: Ghost: the environment was available once.
        mine: Ghost: the environment was made by the operator.
        failed: Ghost: the update to BAD has failed and none has succeeded since.
        external: Ghost: somebody else deleted the environment.
        faults, edits, meddling: How much more may go wrong.
    """

    aws: Environment | None
    spec: str = "A"
    status: str = '{"observedGeneration": -1}'
    finalizer: bool = False
    deleting: int | None = None
    gone: bool = False
    served: bool = False
    mine: bool = False
    failed: bool = False
    external: bool = False
    faults: int = 1
    edits: int = 2
    meddling: int = 1


def moment(seconds: float) -> datetime:
    """Return model time as a UTC datetime."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def world(state: State, settings: Settings) -> World:
    """Return the simulator's world of a state."""
    environments = () if state.aws is None else (state.aws,)
    return World(account=ACCOUNT, region=REGION, laws=settings.laws(), environments=environments)


@lru_cache(maxsize=64)
def _object(spec: str, settings: Settings) -> MwaaEnvironment:
    members = dict(settings.spec) | SPECS[spec]
    if "updatePolicy" in members:
        members["updatePolicy"] = {"when": members["updatePolicy"]}
    return MwaaEnvironment.from_body(body(spec=members))


@lru_cache(maxsize=200_000)
def _status(text: str) -> MwaaEnvironmentStatus:
    return MwaaEnvironmentStatus.model_validate(json.loads(text), extra="ignore")


def situation(state: State, settings: Settings) -> Situation:
    """Return what the planner sees in a state; every look that it could ask for is given."""
    meta = ObjectMeta(
        name="etl",
        namespace="data",
        uid=UID,
        generation=1,
        creation_timestamp=moment(NOW - 100),
        deletion_timestamp=None if state.deleting is None else moment(NOW - state.deleting),
        finalizers=(FINALIZER,) if state.finalizer else (),
    )
    update = {"metadata": meta, "status": _status(state.status)}
    visible = state.aws is not None and not state.aws.hidden
    return Situation(
        resource=_object(state.spec, settings).model_copy(update=update),
        observed=Observed(
            cluster_id=CLUSTER,
            admission=Admission("Admitted", account_id=ACCOUNT, adoption_allowed=True),
            live=Live(render(state.aws, settings.habits)) if visible and state.aws is not None else None,
            artifacts={},
            options=(),
            preflight=(),
        ),
        now=moment(NOW),
        timings=TIMINGS,
        knowledge=KNOWLEDGE,
    )


def call(state: State, settings: Settings, operation: str, params: dict[str, Any]) -> tuple[State, Refusal | None]:
    """Make one call to AWS; return the state afterwards and why it was refused, if it was."""
    after, answer = apply(world(state, settings), operation, params, now=NOW)
    refusal = answer if isinstance(answer, Refusal) else None
    return replace(state, aws=after.find("etl")), refusal


def tick(state: State, settings: Settings) -> State:
    """Let one tick pass: AWS moves on, everything gets older."""
    after = advance(world(state, settings), now=NOW + 1).find("etl")
    older = None if state.deleting is None else min(state.deleting + 1, OLD)
    served = state.served or (after is not None and after.status == "AVAILABLE")
    failed = state.failed
    if state.aws is not None and after is not None and after.status != state.aws.status:
        if after.status == "ROLLING_BACK":
            failed = True
        elif after.status == "AVAILABLE" and state.aws.status == "UPDATING":
            failed = False
    return canonical(replace(state, aws=after, deleting=older, served=served, failed=failed), passed=1)


def canonical(state: State, *, passed: int = 0) -> State:
    """Return the state with its present moved to NOW and everything that no rule can tell apart made equal."""
    status = json.loads(state.status)
    marks = _marks(state, status)
    order = {value: index for index, value in enumerate(sorted(marks))}
    aws = None if state.aws is None else _environment(state.aws, order, passed)
    return replace(state, aws=aws, status=json.dumps(_plain(status, order, passed), sort_keys=True))


def _marks(state: State, status: dict[str, Any]) -> set[float]:
    """Return the times that are only compared with each other: when AWS accepted creates and updates."""
    found = [status.get("createdAt"), (status.get("lastUpdate") or {}).get("createdAt")]
    found += [(status.get(name) or {}).get("lastUpdateCreatedAt") for name in ("operation", "lastFailure")]
    times = {parse_time(text).timestamp() for text in found if text}
    if state.aws is not None:
        times.add(state.aws.created_at)
        for update in (state.aws.last_update, state.aws.stale.last_update if state.aws.stale else None):
            if update is not None:
                times.add(update.created_at)
    return times


def _mark(value: float, order: dict[float, int]) -> float:
    return NOW - 1000.0 + order[value]


def _environment(aws: Environment, order: dict[float, int], passed: int) -> Environment:
    update, stale = aws.last_update, aws.stale
    if update is not None:
        update = replace(update, created_at=_mark(update.created_at, order))
    if stale is not None:
        last = stale.last_update
        last = None if last is None else replace(last, created_at=_mark(last.created_at, order))
        stale = stale._replace(until=stale.until - passed, last_update=last)
    return replace(
        aws,
        created_at=_mark(aws.created_at, order),
        last_update=update,
        steps=tuple(step._replace(at=step.at - passed) for step in aws.steps),
        hidden_until=aws.hidden_until - passed if aws.hidden_until > NOW else aws.hidden_until,
        unlisted_until=0.0,
        stale=stale,
    )


def _plain(status: dict[str, Any], order: dict[float, int], passed: int) -> dict[str, Any]:
    def age(text: str) -> str:
        back = min(NOW + passed - parse_time(text).timestamp(), OLD)
        return print_time(moment(NOW - back))

    def mark(text: str) -> str:
        return print_time(moment(_mark(parse_time(text).timestamp(), order)))

    kept = {name: value for name, value in status.items() if name not in ("preflight", "effective", "webserverUrl")}
    kept["conditions"] = [
        {**item, "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"} for item in status.get("conditions", [])
    ]
    for name in ("firstAvailableTime", "pendingSince"):
        if name in kept:
            kept[name] = print_time(moment(NOW - OLD))
    if "absentSince" in kept:
        kept["absentSince"] = age(kept["absentSince"])
    if "waiting" in kept:
        kept["waiting"] = kept["waiting"] | {"since": age(kept["waiting"]["since"])}
    if "createdAt" in kept:
        kept["createdAt"] = mark(kept["createdAt"])
    if "lastUpdate" in kept and "createdAt" in kept["lastUpdate"]:
        kept["lastUpdate"] = {"createdAt": mark(kept["lastUpdate"]["createdAt"])}
    for name in ("operation", "lastFailure"):
        if name in kept:
            kept[name] = {key: value for key, value in kept[name].items() if key != "message"}
            if "lastUpdateCreatedAt" in kept[name]:
                kept[name]["lastUpdateCreatedAt"] = mark(kept[name]["lastUpdateCreatedAt"])
            if "startedAt" in kept[name]:
                kept[name]["startedAt"] = age(kept[name]["startedAt"])
    return kept


def existing(settings: Settings) -> State:
    """Return the beginning of a walk: an object that was just applied, and what is there already."""
    state = State(aws=None)
    if not settings.existing:
        return canonical(state)
    members = {"Name": "etl", "MaxWorkers": 12, "NetworkConfiguration": SPEC["networkConfiguration"]}
    params = {
        "Name": "etl",
        "ExecutionRoleArn": SPEC["executionRoleArn"],
        "SourceBucketArn": SPEC["sourceBucketArn"],
        "DagS3Path": "dags",
        "MaxWorkers": members["MaxWorkers"],
        "NetworkConfiguration": {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
    }
    state, refusal = call(state, settings, "CreateEnvironment", params)
    if refusal is not None:
        raise ValueError(refusal)
    for _ in range(4):
        state = tick(state, settings)
    return state


OURS = {UID_TAG: UID, OWNER_TAG: f"{CLUSTER}/data/etl"}
AGE = timedelta(seconds=OLD)
