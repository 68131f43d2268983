"""Probes: what they ask, what counts, and what the node's time factor does to them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.kubelet.probes import LIVENESS, READINESS, STARTUP, Probe, Tally, http_url, port_of, verdicts

CONTAINER = {"name": "web", "ports": [{"name": "http", "containerPort": 8080}, {"containerPort": 9}]}


def probe(name: str, factor: float = 1.0, **fields: Any) -> Probe:
    found = Probe.of({name: {"httpGet": {"port": 1}, **fields}}, name, time_factor=factor)
    assert found is not None
    return found


def test_what_a_probe_does_not_say_is_the_apis_default() -> None:
    found = probe(READINESS)
    assert (found.delay, found.period, found.timeout, found.successes, found.failures) == (0, 10, 1, 1, 3)
    assert Probe.of({}, READINESS, time_factor=1) is None


@pytest.mark.parametrize(
    ("factor", "period", "eager", "delay"),
    [(1, 10, 10, 5), (2, 5, 5, 2.5), (20, 0.5, 0.5, 0.25), (100, 0.5, 0.2, 0.05)],
)
def test_readiness_is_asked_sooner_but_not_for_ever_more_often(
    factor: float, period: float, eager: float, delay: float
) -> None:
    found = probe(READINESS, factor, periodSeconds=10, initialDelaySeconds=5, timeoutSeconds=3)
    assert (found.period, found.eager, found.delay, found.timeout) == (period, eager, delay, 3)
    assert found.failures == 3


@pytest.mark.parametrize("factor", [1, 7, 20, 1000])
def test_a_start_may_take_as_long_as_ever(factor: float) -> None:
    found = probe(STARTUP, factor, periodSeconds=2, failureThreshold=30)
    assert 60 <= found.failures * found.eager < 62


def test_liveness_is_asked_in_real_time() -> None:
    found = probe(LIVENESS, 60, periodSeconds=10, initialDelaySeconds=5)
    assert (found.period, found.eager, found.delay, found.failures) == (10, 10, 5, 3)


@pytest.mark.parametrize("action", ["exec", "grpc"])
def test_an_action_that_nobody_does_here_is_refused(action: str) -> None:
    with pytest.raises(ValueError, match=f"readinessProbe has \\['{action}'\\]"):
        Probe.of({READINESS: {action: {}}}, READINESS, time_factor=1)


def test_a_port_is_found_by_its_name_or_taken_as_it_is() -> None:
    assert (port_of(CONTAINER, "http"), port_of(CONTAINER, 77)) == (8080, 77)
    with pytest.raises(ValueError, match="container web has no port named other"):
        port_of(CONTAINER, "other")


@pytest.mark.parametrize(
    ("wanted", "url"),
    [
        ({"port": "http", "path": "/a?b=c"}, "http://127.0.9.1:8080/a?b=c"),
        ({"port": 1}, "http://127.0.9.1:1/"),
        ({"port": 1, "path": "a", "scheme": "HTTPS", "host": "h"}, "https://h:1/a"),
    ],
)
def test_an_http_probe_asks_its_pod(wanted: dict[str, Any], url: str) -> None:
    assert http_url(wanted, CONTAINER, "127.0.9.1") == url


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ("+", [True]),
        ("+++", [True]),
        ("--", []),
        ("---", [False]),
        ("--+---", [True, False]),
        ("+--+--+", [True]),
        ("+---+", [True, False, True]),
    ],
)
def test_a_verdict_changes_after_enough_answers_in_a_row(answers: str, told: list[bool]) -> None:
    tally = Tally(1, 3)
    verdicts_told = [tally.count(good=answer == "+") for answer in answers]
    assert [verdict for verdict in verdicts_told if verdict is not None] == told


@given(st.lists(st.booleans()), st.integers(1, 4), st.integers(1, 4))
def test_verdicts_alternate_and_each_is_earned(answers: list[bool], successes: int, failures: int) -> None:
    tally = Tally(successes, failures)
    last: bool | None = None
    for at, good in enumerate(answers):
        verdict = tally.count(good=good)
        needed = successes if good else failures
        row = answers[max(0, at + 1 - needed) : at + 1]
        earned = len(row) == needed and all(answer == good for answer in row)
        assert verdict == (good if earned and good != last else None)
        last = last if verdict is None else verdict


def test_a_probe_asks_until_nobody_listens() -> None:
    answers = iter([False, True, True, False, False, True])

    async def check() -> bool:
        return next(answers)

    async def told() -> Sequence[bool]:
        asks = Probe(delay=0, period=0, eager=0, timeout=1, successes=2, failures=2, action={})
        async with aclosing(verdicts(asks, check)) as found:
            return [await anext(found), await anext(found)]

    assert asyncio.run(told()) == [True, False]
    assert list(answers) == [True]
