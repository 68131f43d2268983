"""A start whose answer was lost, or that AWS refused: asked again, looked for, or given up, but never doubled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.workflow.actions import StartRun, StopRun
from mwaa_operator.workflow.live_runs import Run
from mwaa_operator.workflow.plan.polling import IDLE_MANUAL
from mwaa_operator.workflow.plan.runs import Step, failed, started, step
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.starting import RESEND
from mwaa_operator.workflow.reasons import RunReason
from tests.support.workflows import ARN, NOW, run, stored, task, with_runs

LOOKED: dict[str, Any] = {"activeRuns": 0}
ASKED: dict[str, Any] = {"run": {"token": "t1", "parameters": {"n": 1}}}
FACTS = {"RunId": "run1", "Status": "STARTING"}


def failure(kind: FailureKind, message: str = "no", **more: Any) -> Failure:
    return Failure(kind, "mwaa-serverless:StartWorkflowRun", "SomeException", message, **more)


def crashed(s: Situation) -> dict[str, Any]:
    """Return the status after a crash right after the intent of `s` was stored."""
    result = step(s)
    assert result.intent is not None
    return stored(s, result.intent, result.conditions)


INTENT = crashed(with_runs(status=LOOKED, spec=ASKED))


def later(seconds: float, *runs: Run, spec: dict[str, Any] | None = None, **changes: Any) -> Situation:
    now = NOW + timedelta(seconds=seconds)
    return with_runs(*runs, now=now, spec=ASKED if spec is None else spec, **{"status": INTENT} | changes)


def refused(s: Situation, why: Failure) -> Step:
    (action,) = step(s).actions
    assert isinstance(action, StartRun | StopRun)
    return failed(s, action, why)


def test_after_a_crash_the_same_request_is_sent_again_with_the_same_token() -> None:
    first = step(with_runs(status=LOOKED, spec=ASKED))
    again = step(later(RESEND - 1))
    assert again.actions == first.actions
    assert again.intent is not None
    assert again.intent["operation"] == first.changes["operation"]


@pytest.mark.parametrize("seconds", [30, RESEND + 60])
def test_an_intent_that_is_not_of_a_run_is_left_to_whoever_it_is_of(seconds: float) -> None:
    """The workflow went and was made again between the intent of the start and its call."""
    other = INTENT | {"operation": {"type": "Create", "hash": "0" * 24, "startedAt": "2026-11-18T12:00:00Z"}}
    result = step(later(seconds, status=other))
    assert result.actions == ()
    assert "operation" not in result.changes


def test_the_answer_to_a_repetition_is_remembered_like_any_other() -> None:
    s = later(30)
    status = stored(s, {**step(s).changes, **started(s, FACTS)})
    assert status["run"]["runId"] == "run1"
    assert step(with_runs(run(), status=status, spec=ASKED)).actions == ()


@pytest.mark.parametrize("policy", ["Forbid", "Replace"])
def test_a_repetition_does_not_wait_for_its_own_run(policy: str) -> None:
    again = step(later(30, run(made=-1), spec=ASKED | {"concurrencyPolicy": policy}))
    assert [type(item) for item in again.actions] == [StartRun]


def test_when_aws_may_have_forgotten_the_token_the_run_is_looked_for() -> None:
    result = step(later(RESEND, run("found", made=-2)))
    assert result.actions == ()
    assert (result.changes["run"].run_id, result.changes["run"].state) == ("found", "RUNNING")
    assert result.changes["operation"] is None
    assert [item.reason for item in result.notices] == ["RunStarted"]


@pytest.mark.parametrize(
    "other",
    [run("before", "SUCCESS", made=60), run("scheduled", made=-2, type_="SCHEDULED"), None],
    ids=["an older run", "a scheduled run", "no run"],
)
def test_without_such_a_run_nothing_is_started_and_that_is_said(other: Run | None) -> None:
    s = later(RESEND, *([other] if other else []), tasks={"before": []})
    result = step(s)
    assert result.actions == ()
    assert (result.changes["run"].state, result.changes["run"].reason) == ("Unknown", RunReason.OUTCOME_UNKNOWN)
    assert "RunRejected" in [item.reason for item in result.notices]
    after = step(with_runs(status=stored(s, result.changes), spec=ASKED, now=s.now + timedelta(days=1)))
    assert (after.actions, after.notices) == ((), ())


def test_a_clock_of_aws_that_is_a_little_behind_does_not_hide_the_run() -> None:
    assert step(later(RESEND, run("found", made=3))).changes["run"].run_id == "found"
    known = run("known", made=3)
    status = crashed(with_runs(known, status=LOOKED, spec=ASKED))
    assert step(later(RESEND, known, status=status)).changes["run"].run_id is None


def test_of_several_runs_the_first_after_the_intent_is_taken() -> None:
    runs = (run("third", made=-90), run("second", made=-60), run("first", made=-2))
    assert step(later(RESEND, *runs)).changes["run"].run_id == "first"


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"run": {"token": "t2"}},
        {"run": {"token": "t1", "parameters": {"n": 2}}},
        {"run": {**ASKED["run"], "stop": True}},
    ],
    ids=["no token", "another token", "other parameters", "stop"],
)
def test_a_request_that_was_edited_is_not_sent_again_but_looked_for(spec: dict[str, Any]) -> None:
    waiting = step(later(30, spec=spec))
    assert waiting.actions == ()
    assert waiting.changes["run"].state == "Requested"
    assert waiting.requeue == 15
    assert step(later(30, run("found", made=-2), spec=spec)).changes["run"].run_id == "found"
    assert step(later(RESEND, spec=spec)).changes["run"].reason == RunReason.OUTCOME_UNKNOWN


def test_the_next_token_starts_once_the_lost_one_is_settled() -> None:
    spec = {"run": {"token": "t2"}}
    s = later(RESEND, spec=spec)
    status = stored(s, step(s).changes)
    assert len(step(later(RESEND + 1, spec=spec, status=status)).actions) == 1


@pytest.mark.parametrize(
    ("spec", "may_start"),
    [(ASKED | {"suspend": True}, True), (ASKED | {"triggerMode": "Disabled"}, True), (ASKED, False)],
)
def test_a_workflow_that_is_held_back_sends_nothing_again(spec: dict[str, Any], may_start: bool) -> None:
    result = step(later(30, spec=spec), may_start=may_start)
    assert result.actions == ()
    assert result.changes["run"].state == "Requested"


def test_an_intent_that_lost_its_operation_is_looked_for_from_the_time_of_its_token() -> None:
    status = {name: value for name, value in INTENT.items() if name != "operation"}
    assert step(later(30, status=status)).actions == ()
    assert step(later(30, run("found", made=-2), status=status)).changes["run"].run_id == "found"


def test_the_ends_that_were_seen_with_an_intent_are_not_seen_again() -> None:
    ended = run("run0", "FAILED")
    first = with_runs(ended, tasks={"run0": [task()]}, status=LOOKED, spec=ASKED)
    status = crashed(first)
    assert status["lastRun"]["failedTasks"]
    assert [item["reason"] for item in status["conditions"]] == ["TaskFailed"]
    again = step(later(30, ended, status=status))
    assert again.needs == frozenset()
    assert [item.reason for item in again.notices] == ["RunStarted"]


@pytest.mark.parametrize("kind", [FailureKind.UNAVAILABLE, FailureKind.THROTTLED])
def test_a_start_that_may_have_happened_stays_requested(kind: FailureKind) -> None:
    s = with_runs(status=LOOKED, spec=ASKED)
    result = refused(s, failure(kind, may_have_happened=True))
    assert stored(s, result.changes) == INTENT
    assert result.requeue == 15
    assert result.notices == ()


@pytest.mark.parametrize(
    ("kind", "reason", "requeue"),
    [
        (FailureKind.QUOTA, RunReason.QUOTA_EXCEEDED, 120),
        (FailureKind.THROTTLED, RunReason.START_FAILED, 15),
        (FailureKind.UNAVAILABLE, RunReason.START_FAILED, 15),
        (FailureKind.CREDENTIALS, RunReason.START_FAILED, 15),
        (FailureKind.PROPAGATION, RunReason.START_FAILED, 15),
        (FailureKind.WRONG_STATE, RunReason.START_FAILED, 15),
        (FailureKind.REFUSED, RunReason.START_FAILED, 15),
        (FailureKind.NOT_FOUND, RunReason.START_FAILED, 15),
        (FailureKind.ACCESS_DENIED, RunReason.START_FAILED, 300),
    ],
)
def test_what_passes_or_can_be_cured_is_tried_again(kind: FailureKind, reason: RunReason, requeue: float) -> None:
    s = with_runs(status=LOOKED, spec=ASKED)
    result = refused(s, failure(kind))
    assert (result.changes["run"].state, result.changes["run"].reason) == ("Pending", reason)
    assert "no" in result.changes["run"].message
    assert result.requeue == requeue
    assert result.notices == ()
    again = step(with_runs(status=stored(s, result.changes), spec=ASKED))
    assert [type(item) for item in again.actions] == [StartRun]


def test_aws_is_left_alone_for_as_long_as_it_asks() -> None:
    s = with_runs(status=LOOKED, spec=ASKED)
    assert refused(s, failure(FailureKind.THROTTLED, retry_after=90)).requeue == 90


def test_a_refusal_that_nobody_knows_becomes_slow_but_never_final() -> None:
    s = with_runs(status=LOOKED, spec=ASKED)
    status = stored(s, refused(s, failure(FailureKind.REFUSED)).changes)
    old = with_runs(status=status, spec=ASKED, now=NOW + timedelta(minutes=11))
    (action,) = step(old).actions
    assert isinstance(action, StartRun)
    slow = failed(old, action, failure(FailureKind.REFUSED))
    assert slow.changes["run"].state == "Pending"
    assert slow.requeue == min(old.timings.stalled, IDLE_MANUAL)


@pytest.mark.parametrize(
    ("kind", "message", "version", "reason"),
    [
        (FailureKind.INVALID, "bad parameters", None, RunReason.REJECTED_BY_SERVICE),
        (FailureKind.NOT_FOUND, "gone", "old", RunReason.VERSION_NOT_FOUND),
        (FailureKind.WRONG_STATE, "The client token was already used", None, RunReason.ALREADY_RAN),
    ],
)
def test_what_cannot_be_cured_uses_the_token_up(
    kind: FailureKind, message: str, version: str | None, reason: RunReason
) -> None:
    spec = {"run": {"token": "t1"} | ({"version": version} if version else {})}
    s = with_runs(status=LOOKED, spec=spec)
    result = refused(s, failure(kind, message))
    assert (result.changes["run"].state, result.changes["run"].reason) == (None, reason)
    assert message in result.changes["run"].message
    assert [item.reason for item in result.notices] == ["RunRejected"]
    after = step(with_runs(status=stored(s, result.changes), spec=spec))
    assert (after.actions, after.notices) == ((), ())


@pytest.mark.parametrize("kind", [item for item in FailureKind if item is not FailureKind.INVALID])
def test_no_failure_of_a_repetition_proves_that_the_first_did_not_arrive(kind: FailureKind) -> None:
    s = later(30)
    result = refused(s, failure(kind))
    assert result.changes["run"].state == "Requested"
    assert stored(s, result.changes)["operation"] == INTENT["operation"]


def test_what_was_seen_of_runs_is_told_although_the_call_failed() -> None:
    ended = run("run0", "FAILED")
    s = with_runs(ended, tasks={"run0": [task()]}, status=LOOKED, spec=ASKED)
    result = refused(s, failure(FailureKind.QUOTA))
    assert [item.reason for item in result.notices] == ["RunFailed", "TaskFailed"]
    assert result.changes["last_run"].failed_tasks
    assert result.conditions


def test_a_stop_that_failed_is_told_and_tried_again() -> None:
    status = LOOKED | {"run": {"token": "t1", "runId": "run1", "state": "RUNNING"}, "handledRunTokens": []}
    spec = {"run": {"token": "t1", "stop": True}}
    s = with_runs(run(), status=status, spec=spec)
    assert step(s).actions == (StopRun(ARN, "run1"),)
    result = refused(s, Failure(FailureKind.ACCESS_DENIED, "mwaa-serverless:StopWorkflowRun", "AccessDenied", "denied"))
    assert "denied" in result.changes["run"].message
    assert result.requeue == 15
    again = with_runs(run(), status=stored(s, result.changes), spec=spec)
    assert step(again).actions == (StopRun(ARN, "run1"),)
