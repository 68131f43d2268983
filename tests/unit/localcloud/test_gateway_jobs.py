"""Jobs on a simulated Spark cluster: states by age, retries, logs, scripts; and as BPG shows them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.gateway import joblog
from localcloud.gateway.sparkjobs import Rule, Script, script_of, status_at, timeline
from localcloud.gateway.sparkoperator import SparkOperator
from localcloud.gateway.sparkstates import TERMINAL, State
from tests.support.bpg import landscape
from tests.support.gatewaystand import NOW, URL, Standing, standing

SHORT = Script(submit_seconds=1, start_seconds=2, run_seconds=10, log=("one", "two"))


def at(age: float, script: Script = SHORT, retries: int = 0) -> dict[str, Any]:
    return status_at("a-1", script, retries, began=NOW, now=NOW + age, factor=1) or {}


def state(age: float, script: Script = SHORT, retries: int = 0) -> str:
    return str(at(age, script, retries).get("applicationState", {}).get("state"))


@pytest.mark.parametrize(
    ("age", "expected", "log"),
    [
        (0.5, "None", None),
        (1, "SUBMITTED", None),
        (3, "RUNNING", ["one"]),
        (12.9, "RUNNING", ["one"]),
        (13, "COMPLETED", ["one", "two"]),
    ],
)
def test_a_job_that_completes(age: float, expected: str, log: list[str] | None) -> None:
    assert (state(age), at(age).get("driverLog")) == (expected, log)


def test_a_job_that_ends_says_when_and_why() -> None:
    failed = at(99, Script(1, 2, 10, State.FAILED, "out of memory"))
    assert failed["applicationState"] == {"state": "FAILED", "errorMessage": "out of memory"}
    assert failed["terminationTime"] > failed["lastSubmissionAttemptTime"]
    never = at(99, Script(outcome=State.SUBMISSION_FAILED))
    assert never["applicationState"]["state"] == "SUBMISSION_FAILED"
    assert "driverInfo" not in never


def test_a_job_may_begin_again_as_often_as_its_policy_says() -> None:
    flaky = Script(1, 2, 10, failures=2)
    states = [(step.state, step.attempt) for step in timeline(flaky, 3) if step.state != State.SUBMITTED]
    assert states == [
        (State.RUNNING, 1),
        (State.PENDING_RERUN, 1),
        (State.RUNNING, 2),
        (State.PENDING_RERUN, 2),
        (State.RUNNING, 3),
        (State.COMPLETED, 3),
    ]
    assert timeline(flaky, 1)[-1].state == State.FAILED


@given(
    script=st.builds(
        Script,
        st.floats(0, 5),
        st.floats(0, 5),
        st.floats(0, 50),
        st.sampled_from(sorted(TERMINAL)),
        failures=st.integers(0, 3),
    ),
    retries=st.integers(0, 3),
    ages=st.lists(st.floats(0, 500), min_size=2, max_size=8),
)
def test_no_job_goes_back_and_none_leaves_its_end(script: Script, retries: int, ages: list[float]) -> None:
    steps = [(step.at, step.attempt) for step in timeline(script, retries)]
    assert steps == sorted(steps)
    logs: dict[int, int] = {}
    for age in sorted(ages):
        found = at(age, script, retries)
        attempt = found.get("executionAttempts", 0)
        assert len(found.get("driverLog", ())) >= logs.get(attempt, 0)
        logs = {attempt: len(found.get("driverLog", ()))}
    assert state(10_000, script, retries) in TERMINAL


def test_scripts_by_rule_and_by_the_job_itself() -> None:
    app = {
        "metadata": {"name": "a-1", "labels": {"queue": "root.phi.night", "proxyUser": "u"}},
        "spec": {"sparkConf": {"localcloud.seconds": "5", "localcloud.outcome": "FAILED", "other": "x"}},
    }
    rules = [Rule(Script(failures=9), queue="dev"), Rule(Script(run_seconds=7, failures=3), queue="phi.*", user="u")]
    found = script_of(app, rules, Script())
    assert (found.run_seconds, found.outcome, found.failures) == (5.0, State.FAILED, 3)


def running() -> tuple[Standing, SparkOperator, str]:
    """Return a gateway, the operator of its cluster, and a job that runs."""
    stand = standing(landscape(statusCacheExpireMillis=0))
    spark = SparkOperator(stand.clusters.by_url[URL], default=SHORT, factor=10, now=stand.clock)
    submission = stand.submit(queue="dev")[1]["submissionId"]
    spark.walk()
    stand.clock.seconds += 0.4
    spark.walk()
    return stand, spark, submission


def test_the_gateway_shows_what_the_operator_walks() -> None:
    stand, spark, submission = running()
    assert stand.told("GET", f"/spark/{submission}/status")[1]["applicationState"] == "RUNNING"
    assert stand.told("GET", f"/spark/{submission}/driver")[1]["podName"] == f"{submission}-driver"
    stand.clock.seconds += 1
    assert spark.walk() == 1
    status = stand.told("GET", f"/spark/{submission}/status")[1]
    assert (status["applicationState"], status["executionAttempts"]) == ("COMPLETED", 1)
    assert spark.walk() == 0


def test_another_operator_goes_on_where_the_job_is() -> None:
    stand, _, submission = running()
    stand.clock.seconds += 2
    SparkOperator(stand.clusters.by_url[URL], default=SHORT, factor=10, now=stand.clock).walk()
    assert stand.told("GET", f"/spark/{submission}/status")[1]["applicationState"] == "COMPLETED"


def test_a_log_is_followed_to_the_end_of_its_job() -> None:
    stand, spark, submission = running()
    stream = stand.ask("GET", f"/log?subId={submission}").stream
    assert stream is not None
    assert next(stream) == b"one\n"
    stand.clock.seconds += 1
    spark.walk()
    assert b"".join(stream) == b"two\n\n"


@pytest.mark.parametrize("deleted", [True, False])
def test_a_log_ends_when_its_job_goes_away_or_the_gateway_stops(deleted: bool) -> None:
    stand, _, submission = running()
    stream = stand.ask("GET", f"/log?subId={submission}").stream
    assert stream is not None
    assert next(stream) == b"one\n"
    if deleted:
        stand.ask("DELETE", f"/spark/{submission}")
    else:
        stand.gateway.closing.set()
    assert list(stream) == [b"\n"]


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("?subId=short", 400), (f"?appId={'x' * 40}", 400), (f"?subId={'x' * 40}", 200)]
)
def test_what_a_log_is_asked_by(query: str, status: int) -> None:
    answer = standing(landscape()).ask("GET", f"/log{query}")
    assert answer.status == status
    assert status != 200 or answer.body.decode() == joblog.NO_LOG
