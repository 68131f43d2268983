"""The moves of the environment's model: every pass and fault, every tick and interference; what must never happen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from localcloud.aws.mwaa import pokes
from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.plan import Plan
from mwaa_operator.environment.actions import (
    AddFinalizer,
    CreateEnvironment,
    DeleteEnvironment,
    RemoveFinalizer,
    TagResource,
    UntagResource,
    UpdateEnvironment,
)
from mwaa_operator.environment.plan import Situation, plan_environment, plan_failure
from tests.model.explore import Broken, Report, Rest, check_conditions, explore
from tests.model.world import NOW, OURS, Settings, State, call, canonical, existing, situation, tick


def walk(settings: Settings, *, faults: int = 1, edits: int = 2, meddling: int = 1, most: int = 200_000) -> Report:
    """Visit every state that can be reached; raise `Broken` where a rule does not hold.

    Args:
        settings: What is held constant.
        faults: How many calls or writes may fail or be cut off by a crash on one way.
        edits: How many times the user may change spec or delete the object.
        meddling: How many times somebody else may interfere.
        most: States after which the walk is cut.
    """
    first = replace(existing(settings), faults=faults, edits=edits, meddling=meddling)
    rest = Rest(
        calm=lambda state: replace(state, faults=0, edits=0, meddling=0),
        following=lambda state: following(state, settings),
        judge=lambda state: judge(state, settings),
    )
    return explore(first, lambda state: moves(state, settings), rest, most=most)


def moves(state: State, settings: Settings) -> Iterator[tuple[str, State]]:
    """Yield every move out of a state with its label."""
    if state.gone:
        return
    yield "tick", tick(state, settings)
    yield from passes(state, settings)
    if state.edits and state.deleting is None:
        for name in ("A", "B", "BAD"):
            if name != state.spec:
                yield f"edit {name}", replace(state, spec=name, edits=state.edits - 1)
        yield "delete", replace(state, deleting=0, edits=0)
    if state.meddling:
        yield from meddle(replace(state, meddling=state.meddling - 1))


def meddle(state: State) -> Iterator[tuple[str, State]]:
    """Yield what others may do."""
    yield "status lost", replace(state, status='{"observedGeneration": -1}')
    if state.finalizer and state.deleting is None:
        yield "finalizer lost", replace(state, finalizer=False)
    if state.aws is None or state.aws.hidden:
        return
    if state.aws.status == "AVAILABLE":
        yield "drift", replace(state, aws=pokes.drift(state.aws, {"MaxWorkers": 20}))
        yield "untagged", replace(state, aws=pokes.drift(state.aws, {"Tags": {}}))
        yield "deleted outside", canonical(replace(state, aws=None, external=True, mine=False))
        yield "unknown state", replace(state, aws=replace(state.aws, status="UPGRADING", steps=_back(state)))


def _back(state: State):  # type: ignore[no-untyped-def]  # the simulator's own step
    from localcloud.aws.mwaa.states import Step

    return (Step(NOW + 1.0, "AVAILABLE"),)


def passes(state: State, settings: Settings) -> Iterator[tuple[str, State]]:
    """Yield every outcome of one pass: undisturbed, crashed before each write, each call failed or its answer lost."""
    s = situation(state, settings)
    plan = plan_environment(s)
    if plan.needs:
        raise Broken(f"asks for {plan.needs} although all was given")
    yield "pass", run(state, settings, s, plan)
    if not state.faults:
        return
    weak = replace(state, faults=state.faults - 1)
    if plan.intent is not None:
        yield "crash after intent", store(weak, plan.intent)
    for index, action in enumerate(plan.actions):
        name = type(action).__name__
        yield f"crash after {name}", run(weak, settings, s, plan, stop=index + 1)
        if not isinstance(action, AddFinalizer | RemoveFinalizer):
            yield f"{name} throttled", run(weak, settings, s, plan, throttle=index)
            yield f"{name} answer lost", run(weak, settings, s, plan, lose=index)


def run(
    state: State,
    settings: Settings,
    s: Situation,
    plan: Plan,
    *,
    stop: int | None = None,
    throttle: int | None = None,
    lose: int | None = None,
) -> State:
    """Carry out a plan up to a crash, or with one call that fails; return the state afterwards."""
    check_status(plan)
    if plan.intent is not None:
        state = store(state, plan.intent)
    facts: dict[str, str] = {}
    for index, action in enumerate(plan.actions):
        if stop == index:
            return state
        if throttle == index:
            failure = Failure(FailureKind.THROTTLED, "mwaa:x", "ThrottlingException", "slow down")
            return close(state, plan_failure(s, plan, action, failure), {})
        state, refused = perform(state, settings, action, facts)
        if state.gone:
            return state
        if lose == index:
            failure = Failure(FailureKind.UNAVAILABLE, "mwaa:x", "ReadTimeoutError", "lost", may_have_happened=True)
            return close(state, plan_failure(s, plan, action, failure), {})
        if refused is not None:
            return close(state, plan_failure(s, plan, action, refused), {})
    if stop == len(plan.actions):
        return state
    return close(state, plan, facts)


def close(state: State, plan: Plan, facts: dict[str, str]) -> State:
    """Store the closing status of a plan."""
    check_status(plan)
    return store(state, plan.status | facts)


def store(state: State, status: dict[str, object]) -> State:
    """Store a status, canonical."""
    return canonical(replace(state, status=json.dumps(status)))


def perform(state: State, settings: Settings, action: object, facts: dict[str, str]) -> tuple[State, Failure | None]:
    """Do one action in the model; check what must hold when AWS accepts it."""
    match action:
        case AddFinalizer():
            if state.deleting is not None:
                raise Broken("a finalizer is added to an object that is being deleted")
            return replace(state, finalizer=True), None
        case RemoveFinalizer():
            return removed(state, settings), None
        case CreateEnvironment():
            after, refusal = call(state, settings, "CreateEnvironment", dict(action.request))
            if refusal is None:
                facts["arn"] = after.aws.arn if after.aws else ""
                check_create(state, settings)
                after = replace(after, mine=True)
        case UpdateEnvironment():
            params = {"Name": "etl", **action.changes}
            after, refusal = call(state, settings, "UpdateEnvironment", params)
            check_owned(state, "changed")
            if refusal is None and state.failed and action.changes.get("MaxWorkers") == 13:
                raise Broken("a failed update is sent again")
        case DeleteEnvironment():
            if (state.deleting is None) != action.recreate:
                raise Broken("a delete that nobody asked for")
            if state.aws is not None and dict(state.aws.tags).get(next(iter(OURS))) is None:
                return state, Failure(FailureKind.UNAVAILABLE, "mwaa:GetEnvironment", "Outdated", "not our tag")
            check_owned(state, "deleted")
            after, refusal = call(state, settings, "DeleteEnvironment", {"Name": "etl"})
        case TagResource():
            if not state.mine and "adoptionPolicy" not in dict(settings.spec):
                raise Broken("what nobody owns is tagged without adoption")
            members = {"ResourceArn": action.arn, "Tags": dict(action.tags)}
            after, refusal = call(state, settings, "TagResource", members)
        case UntagResource():
            after, refusal = call(
                state, settings, "UntagResource", {"ResourceArn": action.arn, "tagKeys": list(action.keys)}
            )
        case _:
            return state, None
    return after, None if refusal is None else Failure(kind(refusal.message), "mwaa:x", refusal.code, refusal.message)


def kind(text: str) -> FailureKind:
    """Return what a refusal of the simulator means, by the words that the operator's own table looks for."""
    lower = text.lower()
    if "already exists" in lower or "in use" in lower:
        return FailureKind.NAME_IN_USE
    if "not found" in lower:
        return FailureKind.NOT_FOUND
    if "status" in lower or "state" in lower:
        return FailureKind.WRONG_STATE
    return FailureKind.REFUSED


def check_owned(state: State, what: str) -> None:
    """What does not carry our tags is never touched."""
    if state.aws is not None and not dict(state.aws.tags).items() >= OURS.items():
        raise Broken(f"an environment that is not ours is {what}")


def check_create(state: State, settings: Settings) -> None:
    """What has served is never made again by itself, and nothing is made for an object that is being deleted."""
    if state.deleting is not None:
        raise Broken("an environment is created for an object that is being deleted")
    if dict(settings.spec).get("managementPolicy") == "Observe" or dict(settings.spec).get("suspend"):
        raise Broken("an environment is created although the object observes or is suspended")
    known = json.loads(state.status).get("firstAvailableTime") is not None
    if state.served and known:
        raise Broken("an environment that served is created again")


def removed(state: State, settings: Settings) -> State:
    """Let the object go; with deletionPolicy Delete nothing of ours may be left."""
    if state.deleting is None:
        raise Broken("the finalizer is removed from an object that is not being deleted")
    wants = dict(settings.spec)
    deletes = wants.get("deletionPolicy") == "Delete" and not wants.get("suspend") and "managementPolicy" not in wants
    ours = state.aws is not None and state.aws.status != "DELETED" and dict(state.aws.tags).items() >= OURS.items()
    if deletes and ours:
        raise Broken("the object goes and its environment stays")
    return replace(state, gone=True, finalizer=False)


def check_status(plan: Plan) -> None:
    """Hold what a plan writes against the rules that every status is read by."""
    for status in (plan.intent, plan.status):
        check_conditions(status or {})


def following(state: State, settings: Settings) -> State:
    """Return the state after a pass and a tick in which nothing goes wrong."""
    if state.gone:
        return state
    s = situation(state, settings)
    return tick(run(state, settings, s, plan_environment(s)), settings)


def judge(state: State, settings: Settings) -> str:
    """A state at rest is gone, ready, waiting on purpose, or says that a person must help."""
    if state.gone:
        return "gone"
    if state.deleting is not None and state.finalizer:
        raise Broken("a deletion comes to rest before the object is gone")
    if state.deleting is not None:
        return "released"
    conditions = {item["type"]: item for item in json.loads(state.status).get("conditions", [])}
    if not conditions:
        raise Broken("at rest without conditions")
    ready = conditions["Ready"]
    held = dict(settings.spec).get("suspend") or dict(settings.spec).get("managementPolicy")
    if ready["status"] != "True" and "Stalled" not in conditions and not held:
        raise Broken(f"at rest as {ready['reason']} without saying who must help")
    if ready["reason"] == "Succeeded" and state.aws is not None:
        wanted = {"A": 10, "B": 12, "BAD": 13}[state.spec]
        if state.aws.config.max_workers != wanted:
            raise Broken("says Succeeded, but AWS has something else")
    return str(ready["reason"])
