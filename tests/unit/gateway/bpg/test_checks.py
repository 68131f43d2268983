"""Checks of a configuration: each rule where it is due, and nothing in a file as the product would write it."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.gateway.bpg.checks import LARGE_BYTES, MAX_BYTES, RULES, check, check_size
from mwaa_operator.gateway.bpg.findings import Severity
from mwaa_operator.gateway.bpg.queuechecks import is_queue
from tests.support.bpg import bound, cluster, document


def good(id_: str = "clini4k7q2m9xwa", /, **more: Any) -> dict[str, Any]:
    kept = {"ttlSeconds": 3600, "eksCluster": "analytics", "timeoutMillis": 4500}
    return cluster(id_, 1000, ["3.5", "3.5.1"], ["clinical"]) | kept | more


def file(*clusters: Any, queues: Any = (), **more: Any) -> dict[str, Any]:
    """Return a good file; clusters take the place of its one, queues stand beside its own."""
    own = [
        {"name": "clinical", "secure": True, "users": ["svc-mwaa"]},
        {"name": "clinical.nightly", "secure": True},
        {"name": "poc", "secure": True},
    ]
    return document(clusters=list(clusters) or [good()], queues=[*own, *queues], **more)


def found(body: Any) -> list[tuple[str, str]]:
    return [(finding.code, f"{finding.path} {finding.message}") for finding in check(bound(body))]


def test_a_good_file_has_nothing() -> None:
    assert found(file()) == []


CASES: list[tuple[str, dict[str, Any], str]] = [
    ("NullElement", file(good(), None), "sparkClusters has a null among its elements"),
    ("NullElement", file(defaultSparkConf={"a": None}), "defaultSparkConf has a null among its elements"),
    ("NullElement", file(sparkImages=[None]), "sparkImages has a null among its elements"),
    (
        "NullElement",
        file(queues=[{"name": "q", "users": ["u", None]}]),
        "queues.[3].users has a null among its elements",
    ),
    (
        "NullElement",
        file(good(sparkVersions=[None, "3.5"])),
        "sparkClusters.[0].sparkVersions has a null among its elements",
    ),
    (
        "InvalidId",
        file(good("spark-a")),
        "sparkClusters.[0].id 'spark-a' is not a letter and 1 to 16 letters or digits, all in lower case",
    ),
    (
        "InvalidId",
        file(good("a" * 18)),
        f"sparkClusters.[0].id '{'a' * 18}' is not a letter and 1 to 16 letters or digits, all in lower case",
    ),
    (
        "InvalidQueue",
        file(queues=[{"name": "Upper"}]),
        "queues.[3].name 'Upper' is no name in lower case with at most 58 characters",
    ),
    (
        "OpenSubQueue",
        file(queues=[{"name": "clinical.adhoc"}]),
        "queues.[3] 'clinical.adhoc' asks for no token, and 'clinical' does",
    ),
    (
        "SharedUser",
        file(queues=[{"name": "q", "users": ["SVC-mwaa"]}]),
        "queues 'svc-mwaa' is a default user of 2 queues: clinical, q",
    ),
    (
        "InvalidUser",
        file(allowedUsers=["a@b.c"]),
        "allowedUsers 'a@b.c' makes no label: letters, digits and . _ - within, at most 63",
    ),
    (
        "InvalidVersion",
        file(good(sparkVersions=["three"])),
        "sparkClusters.[0].sparkVersions 'three' is no version of Spark",
    ),
    (
        "Credentials",
        file(good(userTokenSOPS="short")),
        "sparkClusters.[0].userTokenSOPS is not there, or has less than 10 characters",
    ),
    (
        "Credentials",
        file(good(caCertDataSOPS=None)),
        "sparkClusters.[0].caCertDataSOPS is not there; an empty text is the trust store of the JVM",
    ),
    (
        "Credentials",
        file(good(sparkApplicationNamespace="")),
        "sparkClusters.[0].sparkApplicationNamespace is not there",
    ),
    (
        "NoCores",
        file(queues=[{"name": "q", "executorCPUBufferRatio": 0.25}]),
        "queues.[3].executorCPUBufferRatio 0.25 leaves a pod of one core none",
    ),
    (
        "UndeclaredQueue",
        file(good(queues=["clinical", "gone"])),
        "sparkClusters.[0].queues 'gone' is not among the queues of the file",
    ),
    (
        "Weightless",
        file(good(weight=0)),
        "sparkClusters.[0].weight 0 still lets jobs name 'clini4k7q2m9xwa': leave it without queues and versions",
    ),
    (
        "KeepsForever",
        file(good(ttlSeconds=None)),
        "sparkClusters.[0].ttlSeconds is not there, so Spark applications are never removed",
    ),
    (
        "Untagged",
        file(good(eksCluster=None)),
        "sparkClusters.[0].eksCluster is not there, which ends the metrics about queues",
    ),
    ("Patient", file(good(timeoutMillis=180000)), "sparkClusters.[0].timeoutMillis is 180,000: callers give up first"),
    (
        "Patient",
        file(good(timeoutMillis=None)),
        "sparkClusters.[0].timeoutMillis is not there, which is 30 seconds: callers give up first",
    ),
]


@pytest.mark.parametrize(
    ("code", "body", "message"), CASES, ids=[f"{code}-{index}" for index, (code, *_) in enumerate(CASES)]
)
def test_one_thing_is_wrong(code: str, body: dict[str, Any], message: str) -> None:
    assert found(body) == [(code, message)]


def test_two_of_a_kind_are_both_named() -> None:
    assert [code for code, _ in found(file(good("a1"), good("a1")))] == ["DuplicateId"] * 2
    twice = found(file(queues=[{"name": "clinical", "secure": True}]))
    assert twice == [
        ("DuplicateQueue", "queues.[0].name 'clinical' is there 2 times"),
        ("DuplicateQueue", "queues.[3].name 'clinical' is there 2 times"),
    ]


def test_secure_queues_need_keys_and_the_fallback_does_not() -> None:
    assert found(file(queueTokenSOPS=None)) == [
        ("MissingKeys", "queues.[0] 'clinical' is secure, and there are no keys"),
        ("MissingKeys", "queues.[1] 'clinical.nightly' is secure, and there are no keys"),
    ]


def test_an_open_fallback_is_told() -> None:
    body = file()
    body["queues"].pop()
    assert [code for code, _ in found(body)] == ["OpenFallback"]


def test_every_rule_has_a_case() -> None:
    own = {"DuplicateId", "DuplicateQueue", "MissingKeys", "OpenFallback"}
    assert {code for code, *_ in CASES} | own == RULES.keys()


def test_a_file_without_anything_is_not_taken_for_good() -> None:
    assert [(finding.code, finding.severity) for finding in check(bound({}))] == [("OpenFallback", Severity.WARNING)]


@pytest.mark.parametrize(
    ("name", "fits"),
    [("q", True), ("q.night", True), ("q.a.b", True), ("a" * 58, True), ("a" * 59, False)]
    + [(name, False) for name in ("", "Q", "q.", ".q", "q..a", "-q", "q-", "\u0430", "q\n", "q a")],
)
def test_names_of_queues(name: str, fits: bool) -> None:
    assert is_queue(name) is fits


@pytest.mark.parametrize(
    ("size", "codes"),
    [(LARGE_BYTES, []), (LARGE_BYTES + 1, ["Large"]), (MAX_BYTES, ["Large"]), (MAX_BYTES + 1, ["TooLarge"])],
)
def test_sizes(size: int, codes: list[str]) -> None:
    assert [finding.code for finding in check_size("x" * size)] == codes


def test_sizes_are_bytes() -> None:
    assert [finding.code for finding in check_size("\u20ac" * (MAX_BYTES // 3 + 1))] == ["TooLarge"]
