"""How a run ended: the ways to fail are told apart by what AWS says of the run and of its tasks."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mwaa_operator.workflow.live_runs import Run, Task
from mwaa_operator.workflow.plan.outcomes import MAX_FAILED, failed_tasks, judge, last_failures, told, wants_tasks
from mwaa_operator.workflow.reasons import DetailReason
from tests.support.workflows import LOG_GROUP, ago, run, task

GENERIC = "Workflow execution failed"
PARSER = "expected token 'end of print statement', got 'x'"
DONE = task("list", "SUCCESS")

CASES: tuple[tuple[str, Run, Sequence[Task], DetailReason], ...] = (
    ("all is well", run(state="SUCCESS"), (DONE,), DetailReason.RUN_SUCCEEDED),
    ("a green run without tasks", run(state="SUCCESS"), (), DetailReason.RUN_SUCCEEDED),
    ("a task failed in a green run", run(state="SUCCESS"), (DONE, task()), DetailReason.MASKED_TASK_FAILURE),
    (
        "a task was late in a green run",
        run(state="SUCCESS"),
        (task(state="TIMEOUT"),),
        DetailReason.MASKED_TASK_FAILURE,
    ),
    ("a task failed", run(state="FAILED", error=GENERIC), (DONE, task(error="boom")), DetailReason.TASK_FAILED),
    ("the run was late", run(state="TIMEOUT"), (), DetailReason.TIMED_OUT),
    (
        "the only failed task was late",
        run(state="FAILED", error=GENERIC),
        (task(state="TIMEOUT"),),
        DetailReason.TIMED_OUT,
    ),
    (
        "one was late, one failed",
        run(state="FAILED"),
        (task("a", "TIMEOUT"), task("b")),
        DetailReason.TASK_FAILED,
    ),
    ("somebody stopped it", run(state="STOPPED"), (task(state="CANCELLED"),), DetailReason.STOPPED),
    ("the definition could not be read", run(state="FAILED", error=PARSER), (), DetailReason.DEFINITION_ERROR_AT_RUN),
    (
        "the definition could not be read, placeholders stand for its tasks",
        run(state="FAILED", error=PARSER, task_instances=("ex_0_load_0",)),
        (task(state="UPSTREAM_FAILED", attempt=0),),
        DetailReason.DEFINITION_ERROR_AT_RUN,
    ),
    ("a module is missing", run(state="FAILED", error="No module named 'main'"), (), DetailReason.CODE_PACKAGE_ERROR),
    (
        "the code cannot be unpacked",
        run(state="FAILED", error="Failed to extract the code package etl.zip: File is not a zip file"),
        (),
        DetailReason.CODE_PACKAGE_ERROR,
    ),
    (
        "each failed task misses a module",
        run(state="FAILED", error=GENERIC),
        (task(error="ModuleNotFoundError: No module named 'pandas'"),),
        DetailReason.CODE_PACKAGE_ERROR,
    ),
    (
        "one task misses a module, another fails",
        run(state="FAILED", error=GENERIC),
        (task("a", error="No module named 'x'"), task("b", error="boom")),
        DetailReason.TASK_FAILED,
    ),
    ("AWS says nothing", run(state="FAILED"), (), DetailReason.RUN_FAILED),
    ("AWS says nothing in particular", run(state="FAILED", error=GENERIC), (), DetailReason.RUN_FAILED),
    ("the role is gone", run(state="FAILED", error="The role cannot be assumed"), (), DetailReason.RUN_FAILED),
    ("a task ran and none failed", run(state="FAILED", error=PARSER), (DONE,), DetailReason.RUN_FAILED),
    (
        "a task ran, as only the run itself says",
        run(state="FAILED", error=PARSER, task_instances=("ex_0_load_1",)),
        (),
        DetailReason.RUN_FAILED,
    ),
)


@pytest.mark.parametrize(("name", "ended", "tasks", "reason"), CASES, ids=[case[0] for case in CASES])
def test_each_way_to_end_has_its_word(name: str, ended: Run, tasks: Sequence[Task], reason: DetailReason) -> None:
    outcome = judge(ended, tasks, policy="AllTasks")
    assert outcome.reason is reason
    assert outcome.succeeded == (reason is DetailReason.RUN_SUCCEEDED)
    assert told(ended, outcome, LOG_GROUP).startswith("Run run1 ")


def test_every_ending_stands_in_the_table() -> None:
    endings = {word for word in DetailReason if word.name.startswith(("RUN_", "TASK_", "MASKED", "TIMED", "STOPPED"))}
    assert endings | {DetailReason.DEFINITION_ERROR_AT_RUN, DetailReason.CODE_PACKAGE_ERROR} == {
        row[3] for row in CASES
    }


def test_the_run_state_alone_counts_if_success_policy_says_so() -> None:
    assert judge(run(state="SUCCESS"), (task(),), policy="RunState").succeeded
    assert not judge(run(state="FAILED"), (task(),), policy="RunState").succeeded


@pytest.mark.parametrize(
    ("state", "all_tasks", "run_state"),
    [("SUCCESS", True, False), ("FAILED", True, True), ("TIMEOUT", True, True), ("STOPPED", False, False)],
)
def test_tasks_are_looked_at_only_where_they_decide(state: str, all_tasks: bool, run_state: bool) -> None:
    assert wants_tasks(run(state=state), "AllTasks") == all_tasks
    assert wants_tasks(run(state=state), "RunState") == run_state


def test_only_the_last_attempt_counts() -> None:
    healed = (task("a", attempt=1), task("a", "SUCCESS", attempt=2))
    assert last_failures(healed) == ()
    again = (task("a", attempt=2, error="second"), task("a", attempt=1, error="first"))
    assert [item.error for item in last_failures(again)] == ["second"]


def test_a_later_attempt_that_was_not_looked_at_alone_counts_too() -> None:
    listed = Task("ex_0000-1111_a_10", "SUCCESS")
    assert last_failures((task("a", attempt=9), listed)) == ()


def test_a_task_whose_name_ends_in_a_number_is_no_later_attempt() -> None:
    other = Task("ex_0000-1111_a_2_1", "SUCCESS")
    assert len(last_failures((task("a", attempt=1), other))) == 1


def test_placeholders_are_no_failures() -> None:
    assert last_failures((task(attempt=0, instance_id="ex_0_load_0"),)) == ()


def test_tasks_that_only_follow_a_failure_are_not_named() -> None:
    tasks = (task("a"), task("b", "UPSTREAM_FAILED"))
    assert [item.task_id for item in last_failures(tasks)] == ["a"]


def test_the_first_failure_is_named_first() -> None:
    tasks = (task("a", ended_at=ago(10)), task("b", ended_at=ago(20)), task("c"))
    assert [item.task_id for item in last_failures(tasks)] == ["b", "a", "c"]


def test_at_most_ten_failed_tasks_are_shown_once_each_with_their_messages_cut() -> None:
    tasks = [task(f"t{index:02}", error="x" * 600, attempt=2) for index in range(12)]
    shown = failed_tasks(judge(run(state="FAILED"), [*tasks, tasks[0]], policy="AllTasks"), LOG_GROUP)
    assert len(shown) == MAX_FAILED
    assert len({item.task_id for item in shown}) == MAX_FAILED
    assert all(len(item.message or "") == 512 and item.attempt == 2 for item in shown)
    assert shown[0].log_group == LOG_GROUP
    assert shown[0].log_stream is not None


def test_a_failed_task_that_aws_tells_nothing_more_of_is_shown_by_its_instance() -> None:
    shown = failed_tasks(judge(run(state="FAILED"), [Task("ex_0_a_1", "FAILED")], policy="AllTasks"), LOG_GROUP)
    assert [(item.task_id, item.attempt) for item in shown] == [("ex_0_a_1", None)]


def test_the_sentence_names_task_attempt_error_and_log_stream() -> None:
    ended = run(state="FAILED", error=GENERIC)
    tasks = [task(f"t{index}", attempt=3, error=f"error {index}") for index in range(5)]
    text = told(ended, judge(ended, tasks, policy="AllTasks"), LOG_GROUP)
    assert "Task t0 (attempt 3): error 0." in text
    assert "…and 2 more tasks." in text
    assert text.endswith(f"Log: {LOG_GROUP} {tasks[0].log_stream}")
