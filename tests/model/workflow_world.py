"""The model that the workflow's planner is checked in: one object, one workflow of the simulator, time in ticks.

A state is frozen and canonical: the present is always `NOW`, and every time is an age, exact while a rule can tell a
difference and only in its order beyond. AWS is the simulator's own state machine. Left out: messages, schedules, tasks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from localcloud.aws.serverless.laws import Durations, Habits, Laws
from localcloud.aws.serverless.states import Remembered, Workflow, World
from mwaa_operator.api.meta import FINALIZER, OWNER_TAG, RUN_REQUESTED_AT, UID_TAG, ObjectMeta
from mwaa_operator.workflow.api import ServerlessWorkflow
from mwaa_operator.workflow.definition.canonical import digest
from mwaa_operator.workflow.status import ServerlessWorkflowStatus
from tests.support.serverless import dag, task
from tests.support.workflows import ACCOUNT, CLUSTER, REGION, body

NAME = "data-etl"
NOW = 1_800_000_000.0
"""The present in every canonical state, epoch seconds."""
TICK = 60.0
"""Seconds; all durations of the product are its own. Two passes at the same time are nearer than a tick."""
DAY = 100_000.0
"""Seconds of a long absence: AWS has forgotten every client token, everything is older than any rule asks for."""

DEFINITIONS: Mapping[str, bytes] = {
    "A": dag(),
    "B": dag({"only": task(retries=2)}),
    "BROKEN": dag({"only": task("nobody")}),
    "REFUSED": dag({"only": task(retries=3)}),
}
"""What spec may hold; the operator sees that BROKEN is wrong, AWS alone that REFUSED is."""
BY_DIGEST = {digest(text): name for name, text in DEFINITIONS.items()}

FRESH = '{"observedGeneration": -1}'
DURATIONS = replace(
    Durations(),
    run_starting=TICK,
    run_queued=0.0,
    task_scheduled=0.0,
    task_queued=0.0,
    task=TICK,
    stop=TICK,
    delete=TICK,
)
LAGGING = {"create_invisible": TICK - 1, "list_invisible": TICK - 1, "update_invisible": 85.0, "run_invisible": 85.0}
"""How late reads may be: less than two looks are apart that prove an absence, or the guard of an update lasts."""


@dataclass(frozen=True)
class Settings:
    """What is held constant within a walk.

    Attributes:
        spec: Members of spec beside definition and run.
        specs: Keys of DEFINITIONS that the user writes.
        tokens: Run tokens that the user writes, into spec.run and into the annotation.
        edits: What else the user does: `annotate`, `stop`, `suspend`, `delete`, `apply again`.
        meddling: What others do, see `workflow_walk.meddle`.
        lag: Whether reads may be late.
        between: What may happen in the middle of a pass: `tick`, `leader`, `user`, `others`.
        memory: Seconds for which AWS remembers client tokens.
        live: Whether the walk begins with a workflow at rest.
        existing: Whether a workflow that nobody owns is there at the beginning.
    """

    spec: tuple[tuple[str, Any], ...] = ()
    specs: tuple[str, ...] = ("A", "B", "BROKEN", "REFUSED")
    tokens: tuple[str, ...] = ()
    edits: frozenset[str] = frozenset({"delete"})
    meddling: frozenset[str] = frozenset()
    lag: bool = False
    between: frozenset[str] = frozenset()
    memory: float = 86_400.0
    live: bool = False
    existing: bool = False

    @property
    def wants(self) -> dict[str, Any]:
        """`spec` as a dict."""
        return dict(self.spec)


@dataclass(frozen=True)
class Thing:
    """The object in Kubernetes.

    Attributes:
        spec: Key of DEFINITIONS.
        token: spec.run.token.
        stop: spec.run.stop.
        asked: The annotation run-requested-at.
        suspend: spec.suspend.
        status: The stored status, canonical JSON.
        finalizer: Whether ours is on it.
        deleted: When it was deleted, epoch seconds; None: it is not.
        life: Counts applications after a deletion: each has a uid of its own.
        writes: Since the state was canonical: what resourceVersion stands for.
        edits: Likewise, those of people: what generation stands for.
    """

    spec: str = "A"
    token: str | None = None
    stop: bool = False
    asked: str | None = None
    suspend: bool = False
    status: str = FRESH
    finalizer: bool = False
    deleted: float | None = None
    life: int = 1
    writes: int = 0
    edits: int = 0

    @property
    def uid(self) -> str:
        """metadata.uid."""
        return f"{self.life}1111111-2222-3333-4444-555555555555"


@dataclass(frozen=True)
class State:
    """One state of the model.

    Attributes:
        thing: The object; None: it is gone.
        workflow: In AWS.
        tokens: Client tokens that AWS remembers.
        births: How many workflows there ever were.
        named: What the process remembers: the ARN that AWS said has the name.
        minted: Ghost: versions of the workflow that the operator made.
        started: Ghost: (ARN, token) of runs that AWS started for us.
        sent: Ghost: the wish that AWS took last, if nobody else has changed the workflow since.
        refused: Ghost: the wish that AWS refused last.
        calm: Ghost: nothing has gone wrong yet, and nobody has interfered.
        faults, edits, meddling: How much more may happen.
    """

    thing: Thing | None = field(default_factory=Thing)
    workflow: Workflow | None = None
    tokens: tuple[Remembered, ...] = ()
    births: int = 0
    named: str | None = None
    minted: frozenset[str] = frozenset()
    started: frozenset[tuple[str, str]] = frozenset()
    sent: str = ""
    refused: str = ""
    calm: bool = True
    faults: int = 1
    edits: int = 2
    meddling: int = 1

    @property
    def there(self) -> Thing:
        """The object, where there is one."""
        assert self.thing is not None
        return self.thing

    @property
    def status(self) -> dict[str, Any]:
        """The stored status."""
        stored: dict[str, Any] = json.loads(self.there.status)
        return stored

    @property
    def ours(self) -> bool:
        """Whether there is a workflow that carries the object's uid."""
        tags = dict(self.workflow.tags) if self.workflow is not None else {}
        return self.thing is not None and tags.get(UID_TAG) == self.thing.uid


def owner_tags(thing: Thing) -> dict[str, str]:
    """Return the tags of a workflow that is the object's."""
    return {UID_TAG: thing.uid, OWNER_TAG: f"{CLUSTER}/data/etl"}


def moment(seconds: float) -> datetime:
    """Return model time as a UTC datetime."""
    return datetime.fromtimestamp(seconds, tz=UTC)


@lru_cache(maxsize=8)
def laws(settings: Settings, *, late: bool) -> Laws:
    """Return the simulator's settings; `late`: reads show what was."""
    durations = replace(DURATIONS, token=settings.memory, **(LAGGING if late else {}))
    return Laws(durations=durations, habits=Habits(order="newest"))


def world(state: State, settings: Settings, *, late: bool = False) -> World:
    """Return the simulator's world of a state."""
    workflows = () if state.workflow is None else (state.workflow,)
    return World(ACCOUNT, REGION, laws(settings, late=late), workflows, state.tokens, state.births)


def taken(state: State, after: World) -> State:
    """Return the state with what the simulator made of its world."""
    return replace(state, workflow=after.find(NAME), tokens=after.tokens, births=after.births)


def spec_of(thing: Thing, settings: Settings) -> dict[str, Any]:
    """Return spec as the user wrote it."""
    spec = settings.wants | {"definition": {"yaml": DEFINITIONS[thing.spec].decode()}}
    if thing.token is not None:
        spec["run"] = {"token": thing.token} | ({"stop": True} if thing.stop else {})
    return spec | ({"suspend": True} if thing.suspend else {})


GENERATION = 2
"""Every object's; a status of an earlier spec says 1."""


@lru_cache(maxsize=1024)
def _parsed(thing: Thing, settings: Settings) -> ServerlessWorkflow:
    return ServerlessWorkflow.from_body(body(spec=spec_of(thing, settings)))


@lru_cache(maxsize=100_000)
def _status(text: str) -> ServerlessWorkflowStatus:
    return ServerlessWorkflowStatus.model_validate(json.loads(text), extra="ignore")


def resource(thing: Thing, settings: Settings) -> ServerlessWorkflow:
    """Return the object as the planner sees it."""
    meta = ObjectMeta(
        name="etl",
        namespace="data",
        uid=thing.uid,
        generation=GENERATION,
        creation_timestamp=moment(NOW - DAY),
        deletion_timestamp=None if thing.deleted is None else moment(thing.deleted),
        finalizers=(FINALIZER,) if thing.finalizer else (),
        annotations={} if thing.asked is None else {RUN_REQUESTED_AT: thing.asked},
    )
    plain = Thing(spec=thing.spec, token=thing.token, stop=thing.stop, suspend=thing.suspend)
    return _parsed(plain, settings).model_copy(update={"metadata": meta, "status": _status(thing.status)})


def edited(thing: Thing, **changes: Any) -> Thing:
    """Return the object after an edit of spec, or a deletion."""
    status = re.sub(r'"observedGeneration": 2', '"observedGeneration": 1', thing.status)
    return replace(thing, status=status, writes=thing.writes + 1, edits=thing.edits + 1, **changes)
