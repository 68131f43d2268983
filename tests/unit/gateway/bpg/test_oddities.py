"""What an answer warns of: each oddity where it is due, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.gateway.bpg.oddities import RULES
from mwaa_operator.gateway.bpg.request import Pod
from tests.support.bpg import CURRENT, PINNED, ask, cluster, document, landscape


def codes(*args: Any, **request: Any) -> list[str]:
    return [warning.code for warning in ask(*args, **request).warnings]


def only(**more: Any) -> dict[str, Any]:
    """Return a file with one queue q, whose entry has more members, on one cluster a."""
    return document(clusters=[cluster("a", 1, ["3.5"], ["q"])], queues=[{"name": "q", **more}])


@pytest.mark.parametrize("profile", [CURRENT, PINNED])
def test_an_ordinary_job_is_not_odd(profile: Any) -> None:
    assert codes(landscape(), profile, queue="phi", token=["phi"]) == []
    assert codes(landscape(), profile, user="u1") == []


CASES: dict[str, tuple[dict[str, Any], Any, dict[str, Any], str]] = {
    "DoubleDraw": (
        document(
            clusters=[cluster("a", 1, ["3.5"], ["p", "q"])],
            queues=[{"name": "p", "users": ["u"]}, {"name": "q", "users": ["U"]}],
        ),
        CURRENT,
        {"user": "u"},
        "u is a default user of 2 queues (p, q): each draw takes any of them, so labels and limits may be those of one "
        "queue and the cluster that of another",
    ),
    "UndeclaredQueue": (
        landscape(),
        PINNED,
        {"queue": "phi.night"},
        "the queue phi.night is not declared; phi demands a token, and this did not",
    ),
    "QueueCase": (
        landscape(),
        CURRENT,
        {"queue": "DEV"},
        "DEV is not dev: the job loses node labels, zones, buffers and the limit of its time",
    ),
    "FallbackQueue": (
        document(clusters=[cluster("a", 1, ["3.5"], ["poc"])], queues=[{"name": "poc"}]),
        CURRENT,
        {},
        "no queue is named and x is no default user of one, so the job goes to poc",
    ),
    "NamedCluster": (
        landscape(),
        CURRENT,
        {"queue": "dev", "cluster_id": "a"},
        "a does not serve dev: a cluster that is named takes any job",
    ),
    "LostJob": (
        document(clusters=[cluster("a-b", 1, ["3.5"], ["q"])], queues=[{"name": "q"}]),
        CURRENT,
        {"queue": "q"},
        "the id a-b has a hyphen: the status of its jobs is an error, and so are log and deletion",
    ),
    "LongName": (
        document(clusters=[cluster("x" * 31, 1, ["3.5"], ["q"])], queues=[{"name": "q"}]),
        CURRENT,
        {"queue": "q"},
        f"names of jobs on {'x' * 31} have 64 characters, more than a label of theirs may have",
    ),
    "TypeCase": (
        landscape(),
        CURRENT,
        {"queue": "dev", "type": "python"},
        "the type python is none of Java, Scala, Python, R, which the cluster's CRD may refuse",
    ),
    "SpotLabels": (
        only(executorNodeLabelValues=["x"]),
        CURRENT,
        {"queue": "q", "spot_instance": True},
        "q has no labels for spot instances: executors may run on any node",
    ),
    "Zones": (
        only(allowedZones=["z1"]),
        CURRENT,
        {"queue": "q"},
        "the request has no sparkConf, so the zones of q do not count",
    ),
    "NoCores": (
        only(driverCPUBufferRatio=0.4),
        CURRENT,
        {"queue": "q"},
        "the buffer of q leaves its driver no core, which the cluster's CRD refuses",
    ),
}


def test_every_rule_has_a_case() -> None:
    assert CASES.keys() == RULES.keys()


@pytest.mark.parametrize(("code", "case"), CASES.items(), ids=CASES)
def test_it_is_told_in_one_sentence(code: str, case: tuple[dict[str, Any], Any, dict[str, Any], str]) -> None:
    body, profile, request, message = case
    assert [(warning.code, warning.message) for warning in ask(body, profile, **request).warnings] == [(code, message)]


@pytest.mark.parametrize(
    ("body", "request_"),
    [
        (CASES["DoubleDraw"][0], {"user": "u", "queue": "p"}),
        (CASES["Zones"][0], {"queue": "q", "spark_conf": {}}),
        (CASES["Zones"][0], {"queue": "q", "spark_conf": {}, "spot_instance": True}),
        (CASES["NoCores"][0], {"queue": "q", "driver": Pod(cores=2)}),
        (only(executorNodeLabelValues=["x"], executorSpotNodeLabelValues=["y"]), {"queue": "q", "spot_instance": True}),
        (CASES["SpotLabels"][0], {"queue": "q"}),
    ],
)
def test_it_is_not_told_where_it_does_not_matter(body: dict[str, Any], request_: dict[str, Any]) -> None:
    assert codes(body, **request_) == []


def test_a_named_cluster_without_weight_is_told() -> None:
    (warning,) = ask(landscape(), queue="dev", cluster_id="d").warnings
    assert warning.message == "d has weight 0, but a cluster that is named takes any job"


def test_an_undeclared_queue_without_a_secure_parent_is_told() -> None:
    (warning,) = ask(landscape(), PINNED, queue="dev.x").warnings
    assert warning.message == "the queue dev.x is not declared"


def test_the_later_one_of_two_ids_is_told() -> None:
    clusters = [cluster("a", 1, ["3.5"], ["q"]), cluster("a", 1, ["3.5"], ["q"])]
    (warning,) = ask(document(clusters=clusters, queues=[{"name": "q"}]), queue="q").warnings
    assert warning.message == "another cluster before it has the id a: the jobs of the later one cannot be found"
