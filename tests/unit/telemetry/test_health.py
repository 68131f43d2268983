"""The pages as a person or a probe reads them, and the heartbeat."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from mwaa_operator.engine.health import Problem
from mwaa_operator.telemetry.health import Answer, Check, Heartbeat, Site
from tests.support.clock import FakeClock


def fine() -> list[str]:
    return []


def broken() -> list[Problem]:
    return [Problem("leader", "stands still"), Problem("queue/Widget", "is stuck")]


def site(*, live: dict[str, Check] | None = None, ready: dict[str, Check] | None = None) -> Site:
    return Site(
        live=live or {"engine": fine, "loop": fine},
        ready=ready or {"cache": fine},
        metrics=lambda accept: (b"metrics " + accept.encode(), "text/metrics"),
    )


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_all_well_is_ok(path: str) -> None:
    assert site().answer(path) == Answer(HTTPStatus.OK, b"ok")


def test_verbose_lists_the_checks_that_passed() -> None:
    answer = site().answer("/livez?verbose")
    assert (answer.status, answer.body) == (HTTPStatus.OK, b"[+]engine ok\n[+]loop ok\nlivez check passed\n")


@pytest.mark.parametrize("target", ["/livez", "/livez?verbose", "/livez?verbose=1"])
def test_a_failure_is_explained_without_being_asked(target: str) -> None:
    answer = site(live={"engine": broken, "loop": fine}).answer(target)
    assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.body.decode().splitlines() == [
        "[-]engine failed: leader: stands still; queue/Widget: is stuck",
        "[+]loop ok",
        "livez check failed",
    ]


def test_not_ready_is_not_dead() -> None:
    found = site(ready={"cache": broken})
    assert found.answer("/readyz").status == HTTPStatus.SERVICE_UNAVAILABLE
    assert found.answer("/livez").status == HTTPStatus.OK


def test_metrics_come_in_the_form_that_was_asked_for() -> None:
    assert site().answer("/metrics", "openmetrics") == Answer(HTTPStatus.OK, b"metrics openmetrics", "text/metrics")


@pytest.mark.parametrize("target", ["/", "/metrics/", "/livez/engine", "/../livez", ""])
def test_there_is_nothing_else(target: str) -> None:
    assert site().answer(target).status == HTTPStatus.NOT_FOUND


def test_a_loop_that_beats_is_alive_and_one_that_does_not_is_not() -> None:
    clock = FakeClock()
    heart = Heartbeat(limit=15, monotonic=clock.monotonic)
    clock.advance(15)
    assert heart.problems() == []
    clock.advance(1)
    assert heart.problems() == ["the event loop has not turned for 16 s"]
    heart.beat()
    assert heart.problems() == []
