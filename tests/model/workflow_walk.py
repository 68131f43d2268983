"""The moves of the workflow's model: every pass with every trouble at every step, every tick, every interference.

What must never happen is judged in `workflow_rules`; here is only what may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest

from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless import pokes
from localcloud.aws.serverless.machine import advance, apply, put
from localcloud.aws.serverless.states import Workflow
from mwaa_operator.api.meta import OWNER_TAG, UID_TAG
from mwaa_operator.workflow.definition.validate import Verdict, validate_bytes
from mwaa_operator.workflow.plan import checks
from tests.model import workflow_rules as rules
from tests.model.explore import Broken, Report, Rest, explore
from tests.model.workflow_canonical import canonical
from tests.model.workflow_look import decided, unreadable
from tests.model.workflow_pass import Pass, Trouble
from tests.model.workflow_world import (
    DAY,
    FRESH,
    NAME,
    NOW,
    TICK,
    Settings,
    State,
    Thing,
    edited,
    laws,
    taken,
    world,
)
from tests.support.serverless import ROLE

SOON = 600.0
"""Seconds that a plan asks for from which on it means: at rest."""
Move = tuple[str, State]


def walk(settings: Settings, *, faults: int = 1, edits: int = 1, meddling: int = 1, most: int = 200_000) -> Report:
    """Visit every state that can be reached; raise `Broken` where a rule does not hold.

    Args:
        settings: What is held constant.
        faults: How many troubles there may be on one way: a crash, a failed call, a lost answer, somebody between.
        edits: How many times the user may change the object.
        meddling: How many times somebody else may interfere.
        most: States after which the walk is cut.
    """
    rest = Rest(
        calm=free, following=lambda state: following(state, settings), judge=lambda s: rules.resting(s, settings)
    )
    first = beginning(settings)
    if settings.live:
        first = rest.end(first)
    first = replace(first, faults=faults, edits=edits, meddling=meddling)

    def check(state: State) -> None:
        if state.calm:
            rules.undisturbed(rest.end(state), settings)

    with remembering():
        return explore(first, lambda state: moves(state, settings), rest, most=most, check=check)


@contextmanager
def remembering() -> Iterator[None]:
    """The validator is pure, and a walk has four definitions: it is asked once for each."""
    validate, known = validate_bytes, dict[bytes, Verdict]()

    def once(data: bytes, **how: Any) -> Verdict:
        if data not in known:
            known[data] = validate(data, **how)
        return known[data]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "validate_bytes", once)
        yield


def beginning(settings: Settings) -> State:
    """Return an object that was just applied, and what is there already."""
    state = State(thing=Thing(spec=settings.specs[0]))
    if settings.existing:
        place = {"Bucket": "somebody", "ObjectKey": "theirs.yaml"}
        request = {"Name": NAME, "RoleArn": ROLE, "DefinitionS3Location": place}
        after, answer = apply(world(state, settings), "CreateWorkflow", request, now=NOW - DAY)
        assert not isinstance(answer, Refusal)
        state = replace(taken(state, after), births=0)
    return canonical(state)


def free(state: State) -> State:
    """Return a state from which on nothing goes wrong."""
    return replace(state, faults=0, edits=0, meddling=0)


def bare(state: State) -> State:
    """Return a state as a pass sees it: without what is only counted."""
    return replace(free(state), minted=frozenset(), started=frozenset(), sent="", refused="", calm=True)


def following(state: State, settings: Settings) -> State:
    """Return the state after an undisturbed pass, and the time that it asked to wait."""
    if state.thing is None:
        return state
    after, wait, _ = undisturbed(state, settings)
    if after.thing is None:
        return after
    if wait is None or wait >= SOON:
        return later(after, settings, DAY)
    for _ in range(max(1, round(wait / TICK))):
        after = later(after, settings)
    return after


def undisturbed(state: State, settings: Settings, *, late: bool = False) -> tuple[State, float | None, tuple[str, ...]]:
    """Return the state after a pass, what it asked to wait, and its steps."""
    after, wait, steps = quiet(bare(state), settings, late=late)
    if set(steps) <= {"write"}:
        return replace(state, thing=after.thing, named=after.named), wait, steps
    made = Pass(state, settings)
    after = made.run(*decided(bare(state), settings, late=late))
    return after, made.requeue, tuple(made.steps)


@lru_cache(maxsize=200_000)
def quiet(state: State, settings: Settings, *, late: bool) -> tuple[State, float | None, tuple[str, ...]]:
    """Return the state after an undisturbed pass over a bare state, what it asked to wait, and its steps."""
    made = Pass(state, settings)
    try:
        return made.run(*decided(state, settings, late=late)), made.requeue, tuple(made.steps)
    except Broken:
        # The ghosts that it is judged by are not there: whoever made the pass judges it with them.
        return state, None, ("judged",)


def later(state: State, settings: Settings, seconds: float = TICK) -> State:
    """Let time pass: AWS moves on, everything gets older."""
    now = NOW + seconds
    return canonical(taken(state, advance(world(state, settings), now=now)), now=now)


def moves(state: State, settings: Settings) -> Iterator[Move]:
    """Yield every move out of a state with its label."""
    if state.thing is None:
        yield from again(state, settings)
        return
    yield "tick", later(state, settings)
    if state.named is not None:
        yield "restart", replace(state, named=None)
    yield from passes(state, settings)
    yield from edit(state, settings)
    yield from meddle(state, settings)


def passes(state: State, settings: Settings) -> Iterator[Move]:
    """Yield every outcome of one pass."""
    yield from _troubled(state, settings, late=False)
    if settings.lag and decided(bare(state), settings, late=True)[1] != decided(bare(state), settings)[1]:
        yield from _troubled(state, settings, late=True)
    if state.faults:
        weak = replace(state, faults=state.faults - 1, calm=False)
        yield "no answer", Pass(weak, settings).run(*unreadable(state, settings))


def _troubled(state: State, settings: Settings, *, late: bool) -> Iterator[Move]:
    s, plan = decided(bare(state), settings, late=late)
    name = "late pass" if late else "pass"
    after, _, steps = undisturbed(state, settings, late=late)
    yield name, after
    if not state.faults:
        return
    weak = replace(state, faults=state.faults - 1, calm=False)
    for label, trouble in troubles(weak, settings, steps):
        with_it = Pass(weak, settings, trouble, nested=lambda inner: undisturbed(inner, settings)[0])
        yield f"{name}, {label}", with_it.run(s, plan)
        if "tick" in settings.between and trouble.kind == "crash after":
            slow = Pass(weak, settings, replace(trouble, kind="slow"))
            yield f"{name}, slow before {steps[trouble.step]}", slow.run(s, plan)


def troubles(state: State, settings: Settings, steps: Sequence[str]) -> Iterator[tuple[str, Trouble]]:
    """Yield everything that can go wrong in a pass of these steps."""
    for index, step in enumerate(steps):
        yield f"crash after {step}", Trouble(index, "crash after")
        if step != "write":
            for kind in ("throttled", "lost before", "lost after"):
                yield f"{step} {kind}", Trouble(index, kind)
        elif "leader" in settings.between:
            yield f"another leader before {step} {index}", Trouble(index, "leader")
        for label, act in between(state, settings):
            yield f"{label} before {step} {index}", Trouble(index, "act", act)


def between(state: State, settings: Settings) -> Iterator[tuple[str, Callable[[State], State]]]:
    """Yield what may happen in the middle of a pass, as something to be done to the state as it is then."""
    found: list[tuple[str, str]] = []
    if "user" in settings.between:
        found += [("edit", label) for label, _ in edit(state, settings)]
    if "others" in settings.between:
        found += [("meddle", label) for label, _ in meddle(state, settings)]
    for kind, label in found:
        yield label, _again(edit if kind == "edit" else meddle, label, settings)


def _again(source: Callable[[State, Settings], Iterator[Move]], label: str, settings: Settings) -> Any:
    def act(state: State) -> State:
        if state.thing is None:
            return state
        return next((after for name, after in source(state, settings) if name == label), state)

    return act


def edit(state: State, settings: Settings) -> Iterator[Move]:
    """Yield what the user may do to the object."""
    thing = state.there
    if not state.edits or thing.deleted is not None:
        return
    left = replace(state, edits=state.edits - 1)

    def changed(**changes: Any) -> State:
        return replace(left, thing=edited(thing, **changes))

    for name in settings.specs:
        if name != thing.spec:
            yield f"edit {name}", changed(spec=name)
    for token in settings.tokens:
        if token != thing.token:
            yield f"token {token}", changed(token=token, stop=False)
        if "annotate" in settings.edits and token != thing.asked:
            yield f"annotate {token}", replace(left, thing=replace(thing, asked=token, writes=thing.writes + 1))
    if "stop" in settings.edits and thing.token is not None and not thing.stop:
        yield "stop", changed(stop=True)
    if "suspend" in settings.edits:
        yield "resume" if thing.suspend else "suspend", changed(suspend=not thing.suspend)
    if "delete" in settings.edits:
        yield "delete", changed(deleted=NOW) if thing.finalizer else replace(left, thing=None, named=None)


def again(state: State, settings: Settings) -> Iterator[Move]:
    """Yield the object applied again from the same manifest, once."""
    if "apply again" in settings.edits and state.edits:
        for spec in settings.specs[:1]:
            for token in settings.tokens[:1] or (None,):
                thing = Thing(spec=spec, token=token, status=FRESH, life=2)
                yield "apply again", replace(state, thing=thing, edits=0)


def meddle(state: State, settings: Settings) -> Iterator[Move]:
    """Yield what others may do, as far as the walk knows them by name."""
    if not state.meddling:
        return
    left = replace(state, meddling=state.meddling - 1, calm=False)
    if "status lost" in settings.meddling:
        yield "status lost", replace(left, thing=replace(state.there, status=FRESH, writes=state.there.writes + 1))
    if "a day" in settings.meddling:
        yield "a day", later(left, settings, DAY)
    if state.workflow is None:
        return
    for name, poke in POKES.items():
        if name in settings.meddling and (workflow := poke(state.workflow, settings)) is not state.workflow:
            yield name, replace(left, **_put(left, workflow, settings), sent="")
    if "removed" in settings.meddling:
        yield "removed", replace(left, workflow=None, minted=frozenset(), sent="")


def _put(state: State, workflow: Workflow, settings: Settings) -> dict[str, Any]:
    return {"workflow": put(world(state, settings), NAME, workflow).find(NAME)}


def _updated(workflow: Workflow, settings: Settings) -> Workflow:
    return pokes.drift(workflow, {"TriggerMode": "disabled"}, now=NOW, laws=laws(settings, late=False))


def _untagged(workflow: Workflow, settings: Settings) -> Workflow:
    return pokes.retag(workflow, {}) if workflow.tags else workflow


def _taken(workflow: Workflow, settings: Settings) -> Workflow:
    theirs = {UID_TAG: "somebody", OWNER_TAG: "another/cluster/etl"}
    return pokes.retag(workflow, theirs)


def _started(workflow: Workflow, settings: Settings) -> Workflow:
    return pokes.start(workflow, kind="ON_DEMAND", now=NOW, laws=laws(settings, late=False))[0]


POKES: dict[str, Callable[[Workflow, Settings], Workflow]] = {
    "updated": _updated,
    "untagged": _untagged,
    "taken": _taken,
    "run": _started,
}
"""What somebody else does to the workflow in AWS."""
