"""Two implementations of BPG that share no code agree: one's draws, enumerated, are the other one's fractions."""

from __future__ import annotations

import functools
import json
import math
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcloud.gateway.dice import Dice, seeded
from localcloud.gateway.errors import StartFailureError
from localcloud.gateway.profile import Profile
from localcloud.gateway.start import bind
from mwaa_operator.gateway.bpg.answer import Answer, Choice, Stage
from mwaa_operator.gateway.bpg.bind import bind as bind_product
from mwaa_operator.gateway.bpg.config import StartFailure
from mwaa_operator.gateway.bpg.profile import Profile as ProductProfile
from mwaa_operator.gateway.bpg.request import Pod, Request
from mwaa_operator.gateway.bpg.simulate import simulate
from tests.support.bpg import bound, cluster, document, jwt
from tests.support.bpg_by_hand import every_throw
from tests.support.gatewaystand import NOW, landed, standing

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
PROFILES = st.sampled_from(list(Profile))
URL = "https://{}.example:6443"


def mostly(*usual: Any, rarely: tuple[Any, ...], odds: int = 4) -> st.SearchStrategy[Any]:
    """Return a strategy for one of some values: `odds` to one for the usual ones."""
    return st.sampled_from([*(value for value in usual for _ in range(odds * len(rarely))), *rarely * len(usual)])


def hardly(*usual: Any, ever: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Return a strategy that gives something out of the way so seldom that the rest of a file still counts."""
    return mostly(*usual, rarely=ever, odds=40)


NAMES = mostly("p", "q", "p.x", rarely=("P", "P.x", "q.y.z", "poc", "r"))
CLUSTERS = st.builds(
    cluster,
    hardly("a", "b", "c", ever=("A", "a-b", "", None)),
    mostly(1, 2, 3, rarely=(0, -1, 7, "2", 1.9)),
    hardly(["3.5"], ["3.4", "3.5"], ever=([], ["x"], ["X", "3.5"], [3.5], [None, "3.5"], None)),
    hardly(["p"], ["q"], ["p", "q"], ever=([], ["P"], ["r"], ["poc"], [None], ["p", None], None)),
    userTokenSOPS=hardly("a-token-that-is-long", ever=("short", None, "plaintext:1234567890")),
    caCertDataSOPS=hardly("Q0E=", ever=("", None)),
    sparkConf=mostly(None, rarely=({"a": None}, {"a": "b"})),
    sparkUIOptions=hardly(None, ever=({"ingressAnnotations": {"a": None}}, {"ingressTLS": [{"secretName": "s"}]}, {})),
)
QUEUES = st.fixed_dictionaries(
    {"name": NAMES, "users": hardly(["u"], ["u", "v"], ever=([], ["w"], [None], ["u", None]))},
    optional={
        "secure": mostly(False, rarely=(True, None, "true", 1)),
        "maxExecutorInstances": mostly(None, 3, rarely=(1, "2")),
        "maxRunningMillis": mostly(60_000, rarely=(None, 5)),
        "driverCPUBufferRatio": mostly(1.5, rarely=("2", 0.1)),
        "allowedZones": hardly(["z"], ever=([], ["z", ""], [None])),
    },
)
IMAGES = [
    {"name": "i", "types": ["Java", "python"], "version": "3.5"},
    {"name": "j", "types": ["Python"], "version": "x"},
    {"name": "k", "types": ["Python"], "version": "3.4"},
]


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """Return a file from which BPG starts, with a null among its entries now and then."""
    entries = draw(st.lists(CLUSTERS, min_size=1, max_size=5))
    file: dict[str, Any] = {
        "sparkClusters": [entry | {"masterUrl": URL.format(index)} for index, entry in enumerate(entries)],
        "queues": draw(st.lists(QUEUES, min_size=1, max_size=5)),
        "sparkImages": draw(hardly(IMAGES, ever=(IMAGES[1:], [None], None))),
        "allowedUsers": draw(hardly(["*"], ever=(["u"], None))),
        "blockedUsers": draw(hardly(None, ever=(["v"],))),
        "queueTokenSOPS": draw(hardly({"secrets": ["k"]}, ever=(None, {}, {"secrets": ["new", "k", ""]}))),
        "defaultSparkConf": draw(hardly(None, ever=({"a": None}, {"spark.sql.extensions": None}, {"a": "b"}))),
        "fixedSparkConf": draw(hardly(None, ever=({"a": None},))),
    }
    for field in draw(hardly((), ever=(("queues",), ("sparkClusters",)))):
        place = draw(st.integers(0, len(file[field])))
        file[field] = [*file[field][:place], None, *file[field][place:]]
    for field in draw(hardly((), ever=(("queues",), ("sparkClusters",)))):
        file[field] = draw(st.sampled_from([None, []]))
    return file


CLAIMS = st.fixed_dictionaries(
    {"iss": mostly("airflow", rarely=("ADMIN", "me", "")), "allowedQueues": st.lists(NAMES, max_size=6)},
    optional={"exp": mostly(int(NOW) + 60, rarely=(int(NOW) - 60,)), "nbf": mostly(0, rarely=(int(NOW) + 60,))},
)
TOKENS = st.builds(jwt, CLAIMS, key=mostly("k", rarely=("other",)))
PODS = st.fixed_dictionaries(
    {},
    optional={
        "cores": st.integers(1, 4),
        "coreLimit": mostly("2", rarely=("1200m", "1.5", "")),
        "memory": hardly("1g", "1.5g", ever=("1024", "", "g", ".g", "1.2.3g", ".", "2")),
        "instances": mostly(1, 2, rarely=(4, 5001), odds=10),
    },
)
CONFS = st.fixed_dictionaries(
    {},
    optional={
        "spark.executor.instances": mostly("2", rarely=("4", "x", "5001", "+2", None), odds=10),
        "bpg.maxRunningMillis": mostly("5", rarely=("60001", "43200001", "1h", "", None), odds=10),
    },
)
JOBS = st.fixed_dictionaries(
    {"sparkVersion": hardly("3.5", ever=("3.4", "X", "3.5.1", None))},
    optional={
        "queue": mostly("", None, "p", "q", rarely=("P", "P.x", "p.x", "q.y.z", "poc", "r", "..p.", "q..y.z", "...")),
        "queueToken": TOKENS,
        "type": mostly("Java", "Python", rarely=("__probe__", "")),
        "mainClass": hardly("", ever=("Main",)),
        "image": mostly("", rarely=("mine",), odds=10),
        "clusterId": mostly("", rarely=("a", "b", "A", "zz"), odds=10),
        "spotInstance": st.booleans(),
        "submissionIdSuffix": mostly("s", rarely=("S", "a_b"), odds=10),
        "sparkConf": CONFS,
        "driver": PODS,
        "executor": PODS,
    },
)
USERS = mostly("u", "U", "v", "w", rarely=("a b", "u@x", None), odds=10)


def pod(members: Any) -> Pod | None:
    if members is None:
        return None
    return Pod(members.get("cores"), members.get("coreLimit"), members.get("memory"), members.get("instances"))


def asked(job: dict[str, Any], user: str | None) -> Request:
    """Return a body as the simulator takes it."""
    return Request(
        user=user,
        queue=job.get("queue"),
        queue_token=job.get("queueToken"),
        spark_version=job.get("sparkVersion"),
        type=job.get("type"),
        main_class=job.get("mainClass"),
        image=job.get("image"),
        cluster_id=job.get("clusterId"),
        spot_instance=job.get("spotInstance", False),
        submission_id_suffix=job.get("submissionIdSuffix"),
        spark_conf=job.get("sparkConf"),
        driver=pod(job.get("driver")),
        executor=pod(job.get("executor")),
    )


def play(file: dict[str, Any], profile: Profile, job: dict[str, Any], user: str | None, dice: Dice) -> tuple[Any, ...]:
    """Return where one submission to the stand-in ended: URL and queue, or status and body of the refusal."""
    stand = standing(file, profile, dice=dice)
    answer = stand.ask("POST", "/spark", job, user=user)
    if answer.status == 200:
        return landed(stand)[0]
    return answer.status, json.loads(answer.body)["message"]


def comparable(answer: Answer, profile: Profile) -> dict[Any, Fraction]:
    """Return the simulator's answer in the same words; where they are not BPG's, only the exception."""
    sums: dict[Any, Fraction] = {}
    for one in answer.outcomes:
        if isinstance(one.result, Choice):
            key: tuple[Any, ...] = (URL.format(one.result.cluster), one.result.queue)
        else:
            words = str(one.result.body(ProductProfile(profile))["message"])
            key = (one.result.status, words if one.result.exact else None)
        sums[key] = sums.get(key, Fraction(0)) + one.probability
    return sums


def without_inexact(found: dict[Any, Fraction], known: dict[Any, Fraction]) -> dict[Any, Fraction]:
    """Return the stand-in's outcomes with those words gone that the simulator does not claim to know."""
    exact = set(known)
    sums: dict[Any, Fraction] = {}
    for key, share in found.items():
        plain = key if key in exact or isinstance(key[0], str) else (key[0], None)
        sums[plain] = sums.get(plain, Fraction(0)) + share
    return sums


def test_enumerated_draws_are_the_simulators_fractions() -> None:
    """And the files are such that every kind of answer comes up often enough to mean something."""
    seen: Counter[str] = Counter()

    @settings(RELAXED, max_examples=500)
    @given(file=files(), job=JOBS, user=USERS, profile=PROFILES)
    def compare(file: dict[str, Any], job: dict[str, Any], user: str | None, profile: Profile) -> None:
        answer = simulate(bound(file, ProductProfile(profile)), asked(job, user), now=NOW)
        known = comparable(answer, profile)
        found = every_throw(lambda dice: play(file, profile, job, user, lambda weights: dice([*weights])))
        assert without_inexact(found, known) == known
        seen["certain"] += answer.accepted == 1 and len(answer.choices) == 1
        seen["drawn"] += len(answer.clusters) > 1
        seen["mixed"] += 0 < answer.accepted < 1
        seen.update({str(refusal.stage) for refusal, _ in answer.refusals})

    compare()
    kinds = ("certain", "drawn", "mixed", Stage.AUTHENTICATION, Stage.QUEUE, Stage.LIMITS, Stage.CLUSTER, Stage.IMAGE)
    for kind in (*kinds, Stage.SPEC):
        assert seen[kind] >= 1, (kind, seen)


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("weights", [(90, 10), (1, 1000), (80, 20, 50)])
def test_seeded_draws_come_close_to_the_simulators_fractions(profile: Profile, weights: tuple[int, ...]) -> None:
    entries = [cluster(f"c{index}", weight, ["3.5"], ["dev"]) for index, weight in enumerate(weights)]
    file = document(clusters=entries, queues=[{"name": "dev"}])
    expected = simulate(bound(file, ProductProfile(profile)), Request(user="x", queue="dev", spark_version="3.5")).split
    stand = standing(file, profile, dice=seeded(42))
    draws = 1_000
    counted = Counter(stand.submit(queue="dev")[1]["submissionId"].partition("-")[0] for _ in range(draws))
    for name, share in expected.items():
        deviation = math.sqrt(draws * share * (1 - share))
        assert abs(counted[name] - draws * share) <= 5 * deviation + 1, (counted, expected)


def test_a_user_of_two_queues_is_drawn_twice() -> None:
    """One queue labels the job, another one chooses its cluster: half of the jobs are nowhere near their label."""
    entries = [
        cluster("a", 1, ["3.5"], ["p"], masterUrl=URL.format(0)),
        cluster("b", 1, ["3.5"], ["q"], masterUrl=URL.format(1)),
    ]
    queues = [{"name": "p", "users": ["u"]}, {"name": "q", "users": ["u"]}]
    file = document(clusters=entries, queues=queues)
    job = {"sparkVersion": "3.5"}
    for profile in Profile:
        ends = every_throw(functools.partial(play, file, profile, job, "u"))
        assert ends == {(URL.format(index), queue): Fraction(1, 4) for index in (0, 1) for queue in ("p", "q")}


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 2**33), st.floats(), st.sampled_from(["", "x", "1", "true"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "name", "id"]), inner, max_size=3)
    ),
    max_leaves=5,
)
MEMBERS = "id weight queues sparkVersions sparkConf sparkUIOptions volumes driver ttlSeconds timeoutMillis name secure"
QUEUE_MEMBERS = "users maxRunningMillis maxExecutorInstances driverCPUBufferRatio allowedZones types version secrets"
BLOCKS = "type level frequency healthChecks tasks shutdownWaitPeriod nope applicationConnectors"
PARTS = st.dictionaries(st.sampled_from([*MEMBERS.split(), *QUEUE_MEMBERS.split(), *BLOCKS.split()]), JSON, max_size=4)
TOP = "sparkClusters queues sparkImages allowedUsers queueTokenSOPS defaultSparkConf statusCacheExpireMillis"
WILD = st.dictionaries(
    st.sampled_from([*TOP.split(), "fixedSparkConf", "logging", "metrics", "admin", "memoryMbSecondCost", "other"]),
    st.one_of(JSON, PARTS, st.lists(st.one_of(PARTS, st.none()), max_size=3)),
    max_size=5,
)


@settings(RELAXED, max_examples=400)
@given(body=st.one_of(JSON, WILD, WILD, WILD), profile=PROFILES)
def test_both_start_from_the_same_files(body: Any, profile: Profile) -> None:
    known = bind_product(body, profile=ProductProfile(profile))
    # With several culprits each may name another one first.
    assert (culprit(body, profile) is None) == (not isinstance(known, StartFailure)), known


def culprit(body: Any, profile: Profile) -> str | None:
    """Return the path of what keeps the stand-in from starting; None when it starts."""
    try:
        bind(body, profile)
    except StartFailureError as failure:
        return failure.path
    return None
