"""What stops a job that has a cluster: sizes, configuration, credentials, time; and broken parts of the file."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.gateway.bpg.answer import Stage
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.bpg.request import Claims, Pod, probe
from mwaa_operator.gateway.bpg.simulate import simulate
from tests.support.bpg import CURRENT, PINNED, ask, bound, cluster, document, landscape, shares, told

EACH = pytest.mark.parametrize("profile", list(Profile))


def only(**more: Any) -> dict[str, Any]:
    """Return a file with one queue q on one cluster a, whose entry has more members."""
    return document(clusters=[cluster("a", 1, ["3.5"], ["q"], **more)], queues=[{"name": "q"}])


def with_queue(**more: Any) -> dict[str, Any]:
    return document(clusters=[cluster("a", 1, ["3.5"], ["q"])], queues=[{"name": "q", **more}])


@EACH
class TestSizes:
    @pytest.mark.parametrize(
        ("pod", "message"),
        [
            (Pod(core_limit="1200m"), 'java.lang.NumberFormatException: For input string: "1200m"'),
            (Pod(core_limit="1.5"), 'java.lang.NumberFormatException: For input string: "1.5"'),
            (Pod(memory="1024"), "java.lang.StringIndexOutOfBoundsException: begin 0, end -1, length 4"),
            (Pod(memory=""), "java.lang.StringIndexOutOfBoundsException: begin 0, end -1, length 0"),
            (Pod(memory="g"), "java.lang.NumberFormatException: empty String"),
            (Pod(memory="1.2.3g"), "java.lang.NumberFormatException: multiple points"),
            (Pod(memory=".g"), 'java.lang.NumberFormatException: For input string: "."'),
        ],
    )
    def test_what_cannot_be_read_breaks_the_submission(self, profile: Profile, pod: Pod, message: str) -> None:
        for member in ("driver", "executor"):
            sizes: dict[str, Any] = {member: pod}
            refusal = ask(only(), profile, queue="q", **sizes).refusal
            assert refusal is not None
            assert refusal.body(profile) == {"code": 500, "message": message}
            assert refusal.exact

    @pytest.mark.parametrize(
        "pod", [Pod(), Pod(core_limit="2"), Pod(core_limit=""), Pod(memory="1.5g"), Pod(cores=4, memory="512m")]
    )
    def test_what_can_be_read_passes(self, profile: Profile, pod: Pod) -> None:
        assert ask(only(), profile, queue="q", driver=pod, executor=pod).split == shares(a=1)


class TestLimits:
    def test_of_the_current_revision(self) -> None:
        body = with_queue(maxExecutorInstances=7)
        message = "Executor instances in Spark config (8) exceeds limit (7)"
        assert told(ask(body, queue="q", executor=Pod(instances=8))) == (400, message)
        assert told(ask(body, queue="q", executor=Pod(instances=7))) is None
        assert told(ask(body, queue="q", spark_conf={"spark.executor.instances": "7"})) is None
        for value, words in (("8", message), ("x", "Invalid value (x) for Spark config: (spark.executor.instances)")):
            assert told(ask(body, queue="q", spark_conf={"spark.executor.instances": value})) == (400, words)
        assert told(ask(body, queue="q", spark_conf={"spark.executor.instances": None})) is None

    def test_of_the_pinned_revision(self) -> None:
        body = with_queue(maxExecutorInstances=7)
        assert told(ask(body, PINNED, queue="q", executor=Pod(instances=5000))) is None
        for value, words in (
            ("5001", "Executor instances in Spark config (5001) exceeds limit 5000)"),
            ("x", "Invalid value (x) for Spark config: spark.executor.instances)"),
        ):
            assert told(ask(body, PINNED, queue="q", spark_conf={"spark.executor.instances": value})) == (400, words)

    def test_the_limit_of_executors_holds_in_any_case(self) -> None:
        refused = told(ask(with_queue(maxExecutorInstances=7), queue="Q", executor=Pod(instances=8)))
        assert refused == (400, "Executor instances in Spark config (8) exceeds limit (7)")

    @EACH
    @pytest.mark.parametrize(
        ("value", "queue", "message"),
        [
            ("43200001", "q", "maxRunningMillis 43200001 is too large than allowed 60000 for queue q"),
            ("60001", "q", "maxRunningMillis 60001 is too large than allowed 60000 for queue q"),
            ("60000", "q", None),
            ("60001", "Q", None),
            ("43200001", "Q", "maxRunningMillis 43200001 is too large than allowed 43200000 for queue Q"),
            ("1h", "q", "Invalid value for config bpg.maxRunningMillis: 1h"),
            ("", "q", None),
            (None, "q", None),
        ],
    )
    def test_running_time(self, profile: Profile, value: str | None, queue: str, message: str | None) -> None:
        body = with_queue(maxRunningMillis=60000)
        refused = told(ask(body, profile, queue=queue, spark_conf={"bpg.maxRunningMillis": value}))
        assert refused == (None if message is None else (400, message))


@EACH
class TestCredentials:
    @pytest.mark.parametrize(
        ("more", "status"),
        [
            ({"userTokenSOPS": None}, 500),
            ({"userTokenSOPS": "123456789"}, 500),
            ({"userTokenSOPS": "plaintext:123456789"}, 500),
            ({"userTokenSOPS": "plaintext:1234567890"}, None),
            ({"userTokenSOPS": "localhost:env:T"}, None),
            ({"caCertDataSOPS": None}, 500),
            ({"caCertDataSOPS": ""}, None),
        ],
    )
    def test_missing_ones_break_jobs_and_not_the_start(
        self, profile: Profile, more: dict[str, Any], status: int | None
    ) -> None:
        refusal = ask(only(**more), profile, queue="q").refusal
        assert (refusal and (refusal.stage, refusal.status)) == (status and (Stage.CLIENT, status))

    def test_they_are_looked_at_after_the_image(self, profile: Profile) -> None:
        asked = probe(user="x", queue="q", spark_version="3.5")
        refusal = simulate(bound(only(userTokenSOPS=None), profile), asked).refusal
        assert refusal is not None
        assert refusal.stage is Stage.IMAGE


BROKEN: dict[str, tuple[Any, ...]] = {
    "no queues": ({"queues": None}, {"queue": "q"}, Stage.LIMITS, Stage.SPEC),
    "empty queues": ({"queues": []}, {"queue": "q"}, Stage.LIMITS, None),
    "no clusters": ({"sparkClusters": None}, {"queue": "q"}, Stage.CLUSTER, Stage.CLUSTER),
    "empty clusters": ({"sparkClusters": []}, {"queue": "q"}, Stage.CLUSTER, Stage.CLUSTER),
    "a null cluster": ({"sparkClusters": [None]}, {"queue": "q"}, Stage.CLUSTER, Stage.CLUSTER),
    "a null cluster, by name": ({"sparkClusters": [None]}, {"queue": "q", "cluster_id": "a"}, *[Stage.CLUSTER] * 2),
    "a null cluster behind": (
        {"sparkClusters": [cluster("a", 1, ["3.5"], ["q"]), None]},
        {"queue": "q"},
        *[Stage.CLUSTER] * 2,
    ),
    "a null cluster behind the one that is named": (
        {"sparkClusters": [cluster("a", 1, ["3.5"], ["q"]), None]},
        {"queue": "q", "cluster_id": "a"},
        None,
        None,
    ),
    "a null queue": ({"queues": [None, {"name": "q"}]}, {"queue": "q"}, Stage.QUEUE, Stage.QUEUE),
    "a queue without a name": ({"queues": [{}, {"name": "q"}]}, {"queue": "q"}, Stage.QUEUE, Stage.QUEUE),
    "a null queue behind": ({"queues": [{"name": "q"}, None]}, {"queue": "q"}, Stage.LIMITS, None),
    "a null user": ({"queues": [{"name": "q", "users": [None]}]}, {"user": "u"}, Stage.QUEUE, Stage.QUEUE),
    "a null user, with a queue": ({"queues": [{"name": "q", "users": [None]}]}, {"queue": "q"}, None, None),
    "a null user behind": ({"queues": [{"name": "q", "users": ["u", None]}]}, {"user": "u"}, None, None),
    "a null in a cluster's queues": (
        {"sparkClusters": [cluster("a", 1, ["3.5"], [None])]},
        {"queue": "q"},
        *[Stage.CLUSTER] * 2,
    ),
    "a null in a cluster's queues, by name": (
        {"sparkClusters": [cluster("a", 1, ["3.5"], [None])]},
        {"queue": "q", "cluster_id": "a"},
        None,
        None,
    ),
    "a null in a cluster's versions, by name": (
        {"sparkClusters": [cluster("a", 1, [None, "3.5"], ["q"])]},
        {"queue": "q", "cluster_id": "a"},
        *[Stage.CLUSTER] * 2,
    ),
    "a null in the default configuration": (
        {"defaultSparkConf": {"a": None}},
        {"queue": "q"},
        *[Stage.SPARK_CONF] * 2,
    ),
    "a null in the fixed configuration": ({"fixedSparkConf": {"a": None}}, {"queue": "q"}, None, None),
    "a null in a cluster's configuration": (
        {"sparkClusters": [cluster("a", 1, ["3.5"], ["q"], sparkConf={"a": None})]},
        {"queue": "q"},
        None,
        None,
    ),
    "a null annotation": (
        {"sparkClusters": [cluster("a", 1, ["3.5"], ["q"], sparkUIOptions={"ingressAnnotations": {"a": None}})]},
        {"queue": "q"},
        *[Stage.SPARK_CONF] * 2,
    ),
    "TLS without hosts": (
        {"sparkClusters": [cluster("a", 1, ["3.5"], ["q"], sparkUIOptions={"ingressTLS": [{"secretName": "s"}]})]},
        {"queue": "q"},
        *[Stage.SPARK_CONF] * 2,
    ),
    "a null image": ({"sparkImages": [None]}, {"queue": "q"}, Stage.IMAGE, Stage.IMAGE),
    "a null image, with one of its own": ({"sparkImages": [None]}, {"queue": "q", "image": "i"}, None, None),
    "an empty zone": (
        {"queues": [{"name": "q", "allowedZones": ["z", ""]}]},
        {"queue": "q"},
        Stage.SPEC,
        None,
    ),
    "a null zone, in another case": (
        {"queues": [{"name": "q", "allowedZones": [None]}]},
        {"queue": "Q"},
        None,
        None,
    ),
}


@pytest.mark.parametrize(("parts", "request_", "current", "pinned"), BROKEN.values(), ids=BROKEN)
def test_broken_parts_start_and_break_those_who_meet_them(
    parts: dict[str, Any], request_: dict[str, Any], current: Stage | None, pinned: Stage | None
) -> None:
    for profile, expected in ((CURRENT, current), (Profile.HEAD, current), (PINNED, pinned)):
        refusal = ask(only() | parts, profile, **request_).refusal
        assert (refusal and refusal.stage) == expected, profile


@EACH
def test_steps_are_taken_in_the_order_of_bpg(profile: Profile) -> None:
    """Everything is wrong at once; each repair shows what BPG looks at next."""
    body = only(userTokenSOPS=None) | {"defaultSparkConf": {"a": None}}
    body["queues"] = [{"name": "q", "maxRunningMillis": 5, "secure": True}]
    job: dict[str, Any] = {
        "queue": "q",
        "spark_version": "9",
        "type": "R",
        "driver": Pod(memory="1"),
        "spark_conf": {"bpg.maxRunningMillis": "6"},
        "user": "a b",
    }
    repairs: list[tuple[dict[str, Any], dict[str, Any], Stage]] = [
        ({}, {"spark_version": "3.5"}, Stage.CLUSTER if profile is PINNED else Stage.QUEUE),
        ({}, {"queue_token": Claims("airflow", ("q",))}, Stage.QUEUE),
        ({}, {"driver": Pod()}, Stage.SPEC),
        ({}, {"type": "Java"}, Stage.IMAGE),
        ({"defaultSparkConf": {}}, {}, Stage.SPARK_CONF),
        ({"sparkClusters": only()["sparkClusters"]}, {}, Stage.CLIENT),
        ({}, {"spark_conf": {}}, Stage.RUNNING_TIME),
        ({}, {"user": "u"}, Stage.CREATE),
    ]
    for file, request, stage in repairs:
        refusal = ask(body, profile, **job).refusal
        assert (refusal and refusal.stage) == stage
        body, job = body | file, job | request
    assert ask(body, profile, **job).refusal is None


def test_what_breaks_without_words_of_bpg_says_so() -> None:
    refusal = ask(only() | {"queues": [None]}, queue="q").refusal
    assert refusal is not None
    assert (refusal.status, refusal.exception, refusal.exact) == (500, "java.lang.NullPointerException", False)


def test_the_switch_of_ranger_keeps_a_null_that_nobody_reads() -> None:
    body = only() | {"defaultSparkConf": {"spark.sql.extensions": None}}
    assert ask(body, queue="q").refusal is not None
    assert ask(body, queue="q", image="mine").refusal is None
    body["defaultSparkConf"]["RangerOnCustomImage"] = "on"
    assert ask(body, queue="q", image="mine").refusal is not None


@pytest.mark.parametrize(("profile", "package"), [(PINNED, "javax"), (CURRENT, "javax"), (Profile.HEAD, "jakarta")])
def test_bodies_name_the_exception_of_their_revision(profile: Profile, package: str) -> None:
    refusal = ask(landscape(), profile, queue="dev", spark_version="9").refusal
    assert refusal is not None
    message = f"{package}.ws.rs.WebApplicationException: Spark version not supported: 9"
    assert refusal.body(profile) == {"code": 400, "message": message}
