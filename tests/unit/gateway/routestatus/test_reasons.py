"""Which situation makes a route say which word: every word of the reference is said by somebody, and by whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

import pytest

from mwaa_operator.api.conditions import ConditionStatus
from mwaa_operator.gateway.plan import Situation, plan_rollout
from mwaa_operator.gateway.plan.situation import ClusterTrouble
from mwaa_operator.gateway.tokens.told import TokensOf
from mwaa_operator.route.reasons import DetailReason, EventReason, Reason
from mwaa_operator.route.status import TokenStatus
from tests.support.kstatus import flux_at_rest, flux_warnings
from tests.support.rollout import LIBRARY, USUAL, Setup
from tests.support.routewatch import Watched, begun, body, reports, seen, settled
from tests.support.sparkscene import candidate, target

Scene = Callable[[], Situation]

ELSEWHERE: Final[tuple[tuple[StrEnum, str], ...]] = (
    (Reason.INVALID_SPEC, "route/controller.py, of a route that does not fit its kind any more"),
    (DetailReason.CONNECTION_REFUSED, "whoever writes connections into Airflow"),
)
"""Words that no pass over a gateway says, and who does."""

TOKEN: Final[dict[str, Any]] = {"secure": True, "tokens": [{"name": "mwaa", "secretName": "t"}]}
SECURE = Setup(route={"access": TOKEN})


def served(setup: Setup = USUAL, **routes: str) -> Scene:
    """Return a gateway that serves these routes."""
    return lambda: seen(begun(setup, **routes))


def asked(**members: Any) -> Scene:
    """Return a gateway that was asked for a route with these members of spec beside an older one."""

    def made() -> Situation:
        watched = settled(Watched().with_forms(old=OLD))
        return seen(watched.with_forms(new=candidate("new", **members)))

    return made


OLD = candidate(
    "old",
    age=40,
    queue={"name": "old", "default": True},
    access={"secure": False, "defaultForUsers": ["u"]},
)


def where(scene: Scene, **members: Any) -> Scene:
    """Return a scene in which something else is observed."""

    def made() -> Situation:
        s = scene()
        return replace(s, observed=replace(s.observed, **members))

    return made


def down(**changes: Any) -> Scene:
    """Return a route whose only cluster is otherwise than it was."""

    def made() -> Situation:
        s = seen(begun(one="a"))
        clusters = {**s.observed.clusters, "a": replace(s.observed.clusters["a"], healthy=False, **changes)}
        return replace(s, observed=replace(s.observed, clusters=clusters))

    return made


def leaving(*, jobs: bool = True, counted: bool = True, minutes: int = 1440) -> Scene:
    """Return a route that was deleted an hour ago, whose entries take no jobs any more."""

    def made() -> Situation:
        watched = begun(one="a", two="b")
        assert watched.world.deployment is not None
        ids = LIBRARY[watched.world.deployment[0]].routed
        s = seen(settled(watched.with_world(jobs=ids).edited(one=None)).with_world(jobs=ids if jobs else frozenset()))
        route = s.observed.attached["data/one"]
        drain = route.spec.drain.model_copy(update={"timeout": f"{minutes}m"})
        late = route.model_copy(update={"spec": route.spec.model_copy(update={"drain": drain})})
        return replace(
            s,
            observed=replace(
                s.observed,
                jobs=s.observed.jobs if counted else {},
                leaving=tuple(replace(item, timeout=60.0 * minutes) for item in s.observed.leaving),
                attached={**s.observed.attached, "data/one": late},
            ),
        )

    return made


def failed_over() -> Situation:
    """Return a gateway with one of two clusters dead, whose share went to the other."""
    return seen(settled(begun(one="ab").with_world(down=frozenset("a"))))


def large() -> Situation:
    """Return a gateway that was asked for a route which no file has room for."""
    conf = {f"spark.k{index}": "x" * 2048 for index in range(64)}
    targets = [target(f"t{index}", cluster="abc"[index % 3]) for index in range(9)]
    return asked(targets=targets, job={"sparkConf": conf})()


TABLE: Final[tuple[tuple[StrEnum, Scene], ...]] = (
    (Reason.SUCCEEDED, served(one="a")),
    (Reason.PROGRESSING, where(lambda: seen(Watched().edited(one="a")), candidates=())),
    (Reason.STAGED, lambda: seen(begun(one="a").edited(one="b"))),
    (Reason.SUSPENDED, lambda: seen(begun(one="a").suspend("one"))),
    (Reason.DRAINING, leaving()),
    (Reason.DELETING, lambda: seen(begun(one="a", two="b").edited(one=None))),
    (
        Reason.DEPENDENCY_NOT_READY,
        where(
            lambda: seen(Watched().edited(one="a")),
            clusters={},
            troubles={"a": ClusterTrouble("AccessDenied", "not allowed: allow it")},
        ),
    ),
    (
        Reason.GATEWAY_NOT_READY,
        lambda: seen(replace(begun(one="a"), setup=Setup(spec={"suspend": True})).edited(one="b")),
    ),
    (Reason.NOT_PERMITTED, asked(targets=[target(serviceAccount="root")])),
    (Reason.DATA_CLASS_MISMATCH, asked(dataClass="phi", access=TOKEN)),
    (Reason.UNSUPPORTED_BY_PROFILE, asked(limits={"maxExecutorInstances": 3})),
    (Reason.QUEUE_CONFLICT, asked(queue={"name": "old"})),
    (Reason.USER_CONFLICT, asked(access={"secure": False, "defaultForUsers": ["U"]})),
    (Reason.DEFAULT_QUEUE_CONFLICT, asked(queue={"name": "new", "default": True})),
    (Reason.ISOLATION_CONFLICT, where(asked(), places={("https://a", "spark"): "phi"})),
    (Reason.FILE_TOO_LARGE, large),
    (Reason.SET_ASIDE, lambda: seen(settled(begun(one="a").edited(two="bad")))),
    (Reason.REFUSED_BY_GATEWAY, served(Setup(spec={"access": {"users": []}}), one="a")),
    (Reason.NO_HEALTHY_TARGET, down(reachable=False, reason="ClusterUnreachable")),
    (
        Reason.NO_ROUTABLE_TARGET,
        lambda: seen(settled(Watched().with_forms(one=candidate("one", targets=[target(weight=0)])))),
    ),
    (DetailReason.SUCCEEDED, served(one="a")),
    (DetailReason.TARGET_UNHEALTHY, down(reason="", message="odd")),
    (DetailReason.CLUSTER_UNREACHABLE, down(reachable=False, reason="ClusterUnreachable")),
    (DetailReason.TOKEN_REJECTED, down(reachable=False, reason="TokenRejected")),
    (DetailReason.SPARK_OPERATOR_MISSING, down(reason="SparkOperatorMissing")),
    (DetailReason.FAILED_OVER, failed_over),
    (DetailReason.NOT_CHECKED, where(lambda: seen(Watched().edited(one="a")), clusters={})),
    (DetailReason.OPEN_QUEUE, served(one="a")),
    (DetailReason.UNDECLARED_SUB_QUEUES, served(SECURE, one="a")),
    (DetailReason.TOKEN_PENDING, served(SECURE, one="a")),
    (DetailReason.SECRET_NOT_OWNED, served(SECURE, one="a")),
    (DetailReason.JOBS_RUNNING, leaving()),
    (DetailReason.DRAIN_TIMED_OUT, leaving(minutes=30)),
    (DetailReason.PROGRESSING_WITH_RETRY, down(reason="SparkOperatorMissing")),
    (DetailReason.DELETION_BLOCKED, leaving(counted=False)),
    (EventReason.STAGED, lambda: seen(begun(one="a").edited(one="b"))),
    (EventReason.ACTIVATED, lambda: replace_status(seen(begun(one="a")))),
    (EventReason.READY, lambda: replace_status(seen(begun(one="a")))),
    (EventReason.FAILED_OVER, lambda: replace_status(failed_over())),
    (EventReason.RECOVERED, lambda: replace_status(seen(begun(one="ab")), over="FailedOver")),
    (EventReason.NO_HEALTHY_TARGET, down(reason="SparkOperatorMissing")),
    (EventReason.REFUSED, asked(targets=[target(serviceAccount="root")])),
    (EventReason.CONFLICT, asked(queue={"name": "old"})),
    (EventReason.SET_ASIDE, lambda: replace_status(seen(settled(begun(one="a").edited(two="bad"))))),
    (EventReason.DRAINED, leaving(jobs=False)),
    (EventReason.DRAIN_TIMED_OUT, leaving(minutes=30)),
    (EventReason.TOKEN_ISSUED, served(SECURE, one="a")),
    (EventReason.DELETED, leaving(jobs=False)),
)
"""Every word, and a situation in which a route says it; equal words stand in several places."""


def replace_status(s: Situation, *, over: str = "") -> Situation:
    """Return a situation in which nothing was said of routes yet, or only how targets were."""
    condition = {
        "type": "TargetsHealthy",
        "status": "False",
        "reason": over or "NotChecked",
        "message": "",
        "lastTransitionTime": "2026-11-21T11:00:00Z",
    }
    attached = {
        key: type(route).model_validate(
            route.model_dump(by_alias=True) | {"status": {"conditions": [condition] if over else []}}
        )
        for key, route in s.observed.attached.items()
    }
    return replace(s, observed=replace(s.observed, attached=attached))


def words(s: Situation, word: StrEnum) -> tuple[set[str], list[dict[str, Any]]]:
    """Return what all routes of a scene say where such a word stands, and their bodies."""
    ready, reason = TOKENS.get(word, ("True", DetailReason.SUCCEEDED))
    issued = TokenStatus(name="mwaa", secret_name="t", issued_at="2026-11-21T12:00:00Z")
    tokens = TokensOf((issued,), ready, reason, "It says so.", 60.0)
    said = reports(s, plan_rollout(s), tokens={} if word is DetailReason.TOKEN_PENDING else {"data/one": tokens})
    bodies = [body(s.observed.attached[key], report.status) for key, report in said.items()]
    if isinstance(word, EventReason):
        return {str(item.reason) for report in said.values() for item in report.notices}, bodies
    conditions = [item for each in bodies for item in each["status"]["conditions"]]
    return {item["reason"] for item in conditions if (item["type"] == "Ready") == isinstance(word, Reason)}, bodies


TOKENS: Final[Mapping[StrEnum, tuple[ConditionStatus, DetailReason]]] = {
    DetailReason.SECRET_NOT_OWNED: ("False", DetailReason.SECRET_NOT_OWNED)
}


@pytest.mark.parametrize(("word", "scene"), TABLE, ids=[f"{type(word).__name__} {word}" for word, _ in TABLE])
def test_a_situation_says_its_word_and_what_is_said_is_well_formed(word: StrEnum, scene: Scene) -> None:
    found, bodies = words(scene(), word)
    assert str(word) in found
    for each in bodies:
        assert flux_at_rest(each) == []
        assert flux_warnings(each) == []


def test_every_word_is_in_the_table_or_said_elsewhere() -> None:
    said = [f"{type(word).__name__} {word}" for word, _ in (*TABLE, *ELSEWHERE)]
    assert sorted(said) == sorted(f"{type(word).__name__} {word}" for word in (*Reason, *DetailReason, *EventReason))


@pytest.mark.parametrize(("word", "scene"), [row for row in TABLE if isinstance(row[0], Reason)])
def test_what_ready_says_tells_what_to_do_or_is_no_trouble(word: Reason, scene: Scene) -> None:
    _, bodies = words(scene(), word)
    conditions = [item for each in bodies for item in each["status"]["conditions"] if item["type"] == "Ready"]
    found = [item["message"] for item in conditions if item["reason"] == word]
    assert found
    for message in found:
        assert message.endswith((".", "…"))
        assert word is Reason.SUCCEEDED or ": " in message
