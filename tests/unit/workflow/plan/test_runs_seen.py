"""What is seen of runs: status, conditions and Events follow them, each end is looked into and told once."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.api.conditions import find
from mwaa_operator.workflow.live_runs import Run, Task
from mwaa_operator.workflow.plan.history import TOLD
from mwaa_operator.workflow.plan.runs import Step, step
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.reasons import DetailReason
from mwaa_operator.workflow.status import DEFINITION_VALID, LAST_RUN_SUCCEEDED
from tests.support.workflows import LOG_GROUP, live, run, situation, stored, task, with_runs

LOOKED: dict[str, Any] = {"activeRuns": 0}
"""The status of a workflow whose runs were looked at before, when there were none."""
FAILED = run(state="FAILED", error="Workflow execution failed")


def word(result: Step, type_: str = LAST_RUN_SUCCEEDED) -> tuple[str, str] | None:
    found = find(result.conditions, type_)
    return None if found is None else (found.status, found.reason)


def events(result: Step) -> list[str]:
    return [item.reason for item in result.notices]


def seen(s: Situation) -> tuple[Step, dict[str, Any]]:
    result = step(s)
    assert result.needs == frozenset()
    return result, stored(s, result.changes, result.conditions)


def test_runs_are_looked_at_first() -> None:
    assert step(situation(live())).needs == {"runs"}


def test_a_run_under_way_is_shown_and_its_tasks_are_not_looked_at() -> None:
    result, status = seen(
        with_runs(
            run(), run("run0", "SUCCESS", made=900), status=LOOKED | {"lastRun": {"runId": "run0", "state": "SUCCESS"}}
        )
    )
    assert status["activeRuns"] == 1
    assert status["lastRun"]["state"] == "RUNNING"
    assert [item["runId"] for item in status["recentRuns"]] == ["run1", "run0"]
    assert events(result) == []
    assert result.conditions == ()


@pytest.mark.parametrize("state", ["STARTING", "QUEUED", "STOPPING", "SOMETHING_NEW"])
def test_every_word_that_is_no_end_counts_as_under_way(state: str) -> None:
    _, status = seen(with_runs(run(state=state), status=LOOKED))
    assert (status["activeRuns"], status["lastRun"]["state"]) == (1, state)


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_recent_runs_are_the_newest_within_the_limit(limit: int) -> None:
    runs = [run(f"run{index}", made=60.0 * index) for index in range(1, 6)]
    _, status = seen(with_runs(*runs, spec={"runHistoryLimit": limit}, status=LOOKED))
    assert [item["runId"] for item in status.get("recentRuns", [])] == [f"run{index}" for index in range(1, limit + 1)]


def test_a_run_that_ended_is_looked_into_once() -> None:
    s = with_runs(FAILED, status=LOOKED)
    assert step(s).needs == {"tasks:run1"}
    result, status = seen(with_runs(FAILED, tasks={"run1": [task(error="boom")]}, status=LOOKED))
    assert word(result) == ("False", DetailReason.TASK_FAILED)
    assert events(result) == ["RunFailed", "TaskFailed"]
    again = with_runs(FAILED, status=status)
    result, unchanged = seen(again)
    assert (result.notices, result.conditions) == ((), ())
    assert unchanged == status


def test_the_failed_tasks_stand_in_the_last_run_with_their_logs() -> None:
    _, status = seen(with_runs(FAILED, tasks={"run1": [task(attempt=3, error="boom")]}, status=LOOKED))
    assert status["lastRun"]["message"] == "Workflow execution failed"
    assert status["lastRun"]["durationSeconds"] == 30
    (failed,) = status["lastRun"]["failedTasks"]
    assert (failed["taskId"], failed["attempt"], failed["message"]) == ("load", 3, "boom")
    assert failed["logGroup"] == LOG_GROUP
    assert failed["logStream"].endswith("attempt=3.log")


@pytest.mark.parametrize(
    ("ended", "tasks", "condition", "told", "warns"),
    [
        (run(state="SUCCESS"), [], ("True", "RunSucceeded"), ["RunSucceeded"], False),
        (run(state="SUCCESS"), [task()], ("False", "MaskedTaskFailure"), ["MaskedTaskFailure"], True),
        (run(state="TIMEOUT"), [], ("False", "TimedOut"), ["RunTimedOut"], True),
        (run(state="STOPPED"), [], ("False", "Stopped"), ["RunStopped"], False),
        (run(state="FAILED", error="bad"), [], ("False", "DefinitionErrorAtRun"), ["RunFailed"], True),
        (run(state="FAILED"), [], ("False", "RunFailed"), ["RunFailed"], True),
    ],
    ids=lambda value: value.state if isinstance(value, Run) else None,
)
def test_each_end_has_its_event(
    ended: Run, tasks: list[Task], condition: tuple[str, str], told: list[str], warns: bool
) -> None:
    result, status = seen(with_runs(ended, tasks={"run1": tasks}, status=LOOKED))
    assert word(result) == condition
    assert events(result) == told
    assert {item.type for item in result.notices} == {"Warning" if warns else "Normal"}
    assert ("lastSuccessfulRun" in status) == (condition[0] == "True")


def test_a_masked_failure_is_not_the_last_success() -> None:
    before = LOOKED | {"lastSuccessfulRun": {"runId": "run0"}}
    _, status = seen(with_runs(run(state="SUCCESS"), tasks={"run1": [task()]}, status=before))
    assert status["lastSuccessfulRun"]["runId"] == "run0"


def test_a_green_run_needs_no_look_at_its_tasks_if_its_state_is_what_counts() -> None:
    s = with_runs(run(state="SUCCESS"), spec={"successPolicy": "RunState"}, status=LOOKED)
    assert step(s).needs == frozenset()
    assert word(step(s)) == ("True", DetailReason.RUN_SUCCEEDED)


def test_several_runs_that_ended_between_two_looks_each_get_their_event_and_the_last_end_counts() -> None:
    runs = [
        run("run3", "SUCCESS", made=60, lasted=10),
        run("run2", "FAILED", made=120, lasted=110),
        run("run1", "STOPPED", made=180, lasted=10),
    ]
    result, _ = seen(with_runs(*runs, tasks={"run3": [], "run2": [task()]}, status=LOOKED))
    assert events(result) == ["RunStopped", "RunSucceeded", "RunFailed", "TaskFailed"]
    assert word(result) == ("False", DetailReason.TASK_FAILED)


def test_after_a_long_absence_only_the_newest_ends_are_looked_into() -> None:
    runs = [run(f"run{index}", "SUCCESS", made=60.0 * index) for index in range(1, 40)]
    assert step(with_runs(*runs, status=LOOKED)).needs == {f"tasks:run{index}" for index in range(1, TOLD + 1)}


def test_an_older_run_that_ends_after_a_newer_one_is_told_even_if_no_history_is_kept() -> None:
    none_kept: dict[str, Any] = {"spec": {"runHistoryLimit": 0}}
    _, status = seen(with_runs(run("new", made=60), run("old", made=600), status=LOOKED, **none_kept))
    ended = (run("new", "SUCCESS", made=60), run("old", made=600))
    result, status = seen(with_runs(*ended, tasks={"new": []}, status=status, **none_kept))
    assert events(result) == ["RunSucceeded"]
    both = (ended[0], run("old", "FAILED", made=600, lasted=590))
    result, status = seen(with_runs(*both, tasks={"old": [task()]}, status=status, **none_kept))
    assert events(result) == ["RunFailed", "TaskFailed"]
    assert word(result) == ("False", DetailReason.TASK_FAILED)
    assert status["lastRun"]["runId"] == "new"
    assert step(with_runs(*both, status=status, **none_kept)).notices == ()


def test_a_history_that_was_there_before_the_first_look_is_no_news() -> None:
    runs = [run("run2", "FAILED", made=60), run("run1", "FAILED", made=600)]
    assert step(with_runs(*runs)).needs == {"tasks:run2"}
    result, status = seen(with_runs(*runs, tasks={"run2": [task()]}))
    assert events(result) == []
    assert word(result) == ("False", DetailReason.TASK_FAILED)
    assert status["lastRun"]["failedTasks"]


def test_runs_that_went_with_their_version_bring_no_old_ones_back_as_news() -> None:
    runs = [run("run2", "SUCCESS", made=60), run("run1", "FAILED", made=600)]
    _, status = seen(with_runs(*runs, tasks={"run2": [], "run1": []}, status=LOOKED))
    result, after = seen(with_runs(runs[1], status=status))
    assert events(result) == []
    assert after["lastRun"]["runId"] == "run2"


def test_a_list_that_lags_does_not_take_the_last_run_back() -> None:
    _, status = seen(with_runs(run("run2", made=60), run("run1", made=600), status=LOOKED))
    _, after = seen(with_runs(run("run1", made=600), status=status))
    assert after["lastRun"]["runId"] == "run2"
    _, after = seen(with_runs(status=status))
    assert after["lastRun"]["runId"] == "run2"


def test_a_definition_that_a_run_could_not_read_is_invalid_as_long_as_its_version_is_live() -> None:
    unread = run(state="FAILED", error="bad template")
    result, status = seen(with_runs(unread, tasks={"run1": []}, status=LOOKED))
    assert word(result, DEFINITION_VALID) == ("False", DetailReason.DEFINITION_ERROR_AT_RUN)
    again = step(with_runs(unread, status=status))
    assert word(again, DEFINITION_VALID) == ("False", DetailReason.DEFINITION_ERROR_AT_RUN)
    assert find(again.conditions, DEFINITION_VALID) == find(result.conditions, DEFINITION_VALID)
    newer = live(WorkflowVersion="w" * 32)
    assert step(with_runs(unread, aws=newer, status=status)).conditions == ()
    assert step(with_runs(run("run2", made=5), unread, status=status)).conditions == ()


def test_words_of_aws_that_are_too_long_are_cut_and_no_crash() -> None:
    odd = run(state="X" * 300, type_="Y" * 300, version="v" * 2000, error="e" * 2000)
    _, status = seen(with_runs(odd, status=LOOKED))
    assert len(status["lastRun"]["state"]) == 64


def test_events_fit_their_bound() -> None:
    tasks = [task("t" * 250 + str(index), error="x" * 255, log_stream="s" * 512) for index in range(10)]
    long = run("r" * 255, "FAILED", error="e" * 255)
    result, _ = seen(with_runs(long, tasks={long.run_id: tasks}, status=LOOKED))
    assert [len(item.note) <= 1024 for item in result.notices] == [True, True]
