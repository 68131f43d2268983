"""The simulator against a second implementation, and what holds for any file and any request."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mwaa_operator.gateway.bpg.answer import Answer, Choice, Stage
from mwaa_operator.gateway.bpg.bind import bind
from mwaa_operator.gateway.bpg.config import Config, StartFailure
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.bpg.request import Claims, Pod, Request
from mwaa_operator.gateway.bpg.simulate import simulate
from mwaa_operator.gateway.bpg.text import read
from tests.support.bpg import PINNED, bound, cluster
from tests.support.bpg_by_hand import every_throw, submit

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
PROFILES = st.sampled_from(list(Profile))


def mostly(*usual: Any, rarely: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Return a strategy for one of some values, four times out of five one of the usual ones."""
    return st.sampled_from([*(value for value in usual for _ in range(4 * len(rarely))), *rarely * len(usual)])


def sometimes(strategy: st.SearchStrategy[Any], otherwise: Any = None) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(otherwise), strategy)


QUEUES = mostly("p", "q", "p.x", rarely=("P", "P.x", "q.y.z", "poc", "r", "..p.", "q..y.z", "..."))
DECLARED = mostly("p", "q", "p.x", rarely=("P", "q.y.z", "poc", "r"))
VERSIONS = mostly("3.5", rarely=("3.4", "3.5.1", "x", "X"))
USERS = st.sampled_from(["u", "U", "v", "w"])
CLUSTERS = st.builds(
    cluster,
    st.sampled_from(["a", "b", "c", "d"]),
    mostly(1, 2, 3, rarely=(0, -1, 7)),
    mostly(["3.5"], ["3.4", "3.5"], rarely=([], ["x"], ["X", "3.5"])),
    mostly(["p"], ["q"], ["p", "q"], rarely=([], ["P"], ["r"], ["poc"])),
)
ENTRIES = st.builds(
    lambda name, secure, users, most: {"name": name, "secure": secure, "users": users, "maxExecutorInstances": most},
    DECLARED,
    mostly(False, rarely=(True, None)),
    mostly(["u"], ["u", "v"], rarely=([], ["w"])),
    mostly(None, 3, rarely=(1,)),
)
IMAGES = [
    {"name": "i", "types": ["Java", "python"], "version": "3.5"},
    {"name": "j", "types": ["Python"], "version": "x"},
    {"name": "j", "types": ["Python"], "version": "3.4"},
]


@st.composite
def files(draw: st.DrawFn, *, nulls: bool) -> dict[str, Any]:
    """Return a file whose fields have the right types, now and then with a null among its entries if so wished."""
    file: dict[str, Any] = {
        "sparkClusters": draw(st.lists(CLUSTERS, min_size=1, max_size=6)),
        "queues": draw(st.lists(ENTRIES, min_size=1, max_size=5)),
        "sparkImages": draw(mostly(IMAGES, rarely=(IMAGES[1:],))),
        "allowedUsers": ["*"],
        "queueTokenSOPS": {"secrets": ["k"]},
    }
    if nulls and (field := draw(mostly(None, rarely=("sparkClusters", "queues")))):
        file[field].insert(draw(st.integers(0, len(file[field]))), None)
    return file


JOBS = st.fixed_dictionaries(
    {"type": mostly("Java", "Python", rarely=("__probe__",)), "version": mostly("3.5", rarely=("3.4", "X", None))},
    optional={
        "queue": mostly("", None, "p", "q", rarely=("P", "P.x", "p.x", "q.y.z", "poc", "r", "..p.", "q..y.z", "...")),
        "clusterId": mostly("", rarely=("a", "b", "A")),
        "token": st.lists(st.sampled_from(["p", "P", "q", "p.x", "q.y.z", "poc"]), max_size=6),
        "instances": mostly(1, 2, rarely=(4, 5001)),
    },
)


def asked(job: dict[str, Any], user: str) -> Request:
    """Return a body as the second implementation reads it, as a request."""
    token = None if job.get("token") is None else Claims("airflow", tuple(job["token"]))
    return Request(
        user=user,
        type=job["type"],
        spark_version=job["version"],
        queue=job.get("queue"),
        cluster_id=job.get("clusterId"),
        queue_token=token,
        executor=Pod(instances=job["instances"]) if "instances" in job else None,
    )


def comparable(answer: Answer) -> dict[Any, Fraction]:
    """Return an answer in the second implementation's words."""
    sums: dict[Any, Fraction] = {}
    for one in answer.outcomes:
        if isinstance(one.result, Choice):
            key: tuple[Any, ...] = (one.result.cluster, one.result.queue)
        else:
            key = (one.result.status, one.result.message if one.result.exact else None)
        sums[key] = sums.get(key, Fraction(0)) + one.probability
    return sums


def test_two_implementations_agree() -> None:
    """And the files are such that every kind of answer comes up often enough to mean something."""
    seen: Counter[str] = Counter()

    @settings(RELAXED, max_examples=600)
    @given(file=files(nulls=True), job=JOBS, user=USERS, profile=PROFILES)
    def compare(file: dict[str, Any], job: dict[str, Any], user: str, profile: Profile) -> None:
        by_hand = every_throw(lambda dice: submit(file, job, user, old=profile is PINNED, dice=dice))
        answer = simulate(bound(file, profile), asked(job, user))
        assert comparable(answer) == by_hand
        seen["certain"] += answer.accepted == 1 and len(answer.choices) == 1
        seen["drawn"] += len(answer.clusters) > 1
        seen["mixed"] += 0 < answer.accepted < 1
        seen["mismatched"] += len({choice.queue for choice, _ in answer.choices}) > 1
        seen.update({str(refusal.stage) for refusal, _ in answer.refusals})

    compare()
    for kind in ("certain", "drawn", "mixed", "mismatched", Stage.QUEUE, Stage.LIMITS, Stage.CLUSTER, Stage.IMAGE):
        assert seen[kind] >= 3, (kind, seen)


@RELAXED
@given(file=files(nulls=False), job=JOBS, user=USERS, profile=PROFILES, seed=st.randoms(use_true_random=False))
def test_the_order_of_clusters_changes_no_probability(
    file: dict[str, Any], job: dict[str, Any], user: str, profile: Profile, seed: random.Random
) -> None:
    unique = [*{entry["id"]: entry for entry in file["sparkClusters"]}.values()]
    one, other = (
        simulate(bound(file | {"sparkClusters": order}, profile), asked(job, user))
        for order in (unique, seed.sample(unique, len(unique)))
    )
    assert one.split == other.split
    assert set(one.refusals) == set(other.refusals)


@RELAXED
@given(file=files(nulls=False), job=JOBS, user=USERS, profile=PROFILES)
def test_weights_count_in_proportion_only(
    file: dict[str, Any], job: dict[str, Any], user: str, profile: Profile
) -> None:
    heavier = [entry | {"weight": 7 * entry["weight"]} for entry in file["sparkClusters"]]
    one, other = (
        simulate(bound(file | {"sparkClusters": clusters}, profile), asked(job, user))
        for clusters in (file["sparkClusters"], heavier)
    )
    assert one.outcomes == other.outcomes


TEXTS = st.one_of(
    st.text(max_size=8), QUEUES, VERSIONS, USERS, st.sampled_from(["a", ".", "İ", "ß", "root\n", "\ud800"])
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
FIELDS = [
    "sparkClusters",
    "queues",
    "sparkImages",
    "allowedUsers",
    "queueTokenSOPS",
    "dbStorageSOPS",
    "health",
    "server",
]
FIELDS += ["defaultSparkConf", "fixedSparkConf", "statusCacheExpireMillis", "memoryMbSecondCost", "logging"]
MEMBERS = ["id", "weight", "queues", "sparkVersions", "userTokenSOPS", "caCertDataSOPS", "sparkConf", "sparkUIOptions"]
MEMBERS += [
    "name",
    "secure",
    "users",
    "maxRunningMillis",
    "maxExecutorInstances",
    "driverCPUBufferRatio",
    "allowedZones",
]
MEMBERS += ["types", "version", "secrets", "dbName", "volumes", "driver", "ttlSeconds"]
PARTS = st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=8)
WILD = st.dictionaries(
    st.sampled_from(FIELDS), st.one_of(JSON, PARTS, st.lists(st.one_of(PARTS, st.none()), max_size=4))
)
CONFS = st.dictionaries(
    st.sampled_from(["spark.executor.instances", "bpg.maxRunningMillis", "a"]), sometimes(TEXTS), max_size=3
)
PODS = st.builds(Pod, sometimes(st.integers()), sometimes(TEXTS), sometimes(TEXTS), sometimes(st.integers()))
REQUESTS = st.builds(
    Request,
    user=sometimes(TEXTS, "u"),
    basic_user=sometimes(TEXTS),
    dag_user=TEXTS,
    queue=sometimes(TEXTS),
    queue_token=sometimes(st.one_of(TEXTS, st.builds(Claims, sometimes(TEXTS), st.lists(TEXTS).map(tuple)))),
    spark_version=sometimes(TEXTS, "3.5"),
    type=sometimes(TEXTS),
    main_class=sometimes(TEXTS),
    image=sometimes(TEXTS, "i"),
    cluster_id=sometimes(TEXTS),
    spot_instance=st.booleans(),
    submission_id_suffix=sometimes(TEXTS),
    spark_conf=sometimes(CONFS),
    driver=sometimes(PODS),
    executor=sometimes(PODS),
)


def check_whole(answer: Answer) -> None:
    """An answer is whole: its probabilities are positive and sum to one, no result stands twice."""
    assert sum(one.probability for one in answer.outcomes) == 1
    assert all(one.probability > 0 for one in answer.outcomes)
    assert len({one.result for one in answer.outcomes}) == len(answer.outcomes)
    assert answer.accepted + sum(share for _, share in answer.refusals) == 1
    assert len(set(answer.warnings)) == len(answer.warnings)


@settings(RELAXED, max_examples=300)
@given(document=st.one_of(JSON, WILD, WILD), request=REQUESTS, profile=PROFILES, now=sometimes(st.floats(0, 4e9)))
def test_any_document_is_a_configuration_or_a_start_failure(
    document: Any, request: Request, profile: Profile, now: float | None
) -> None:
    config = bind(document, profile=profile)
    assert isinstance(config, Config | StartFailure)
    if isinstance(config, Config):
        check_whole(simulate(config, request, now=now))


@RELAXED
@given(file=files(nulls=True), request=REQUESTS, profile=PROFILES)
def test_any_request_has_a_whole_answer(file: dict[str, Any], request: Request, profile: Profile) -> None:
    check_whole(simulate(bound(file, profile), request))


@RELAXED
@given(text=st.one_of(st.text(), st.text(alphabet="ab:[]{}&*!|>-? \n'\"#,01.")))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(bind(read(text), profile=PINNED), Config | StartFailure)
