"""A token starts at most one run of a workflow, ever: whoever gives it, and whatever happened to status in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.meta import RUN_REQUESTED_AT
from mwaa_operator.workflow.actions import StartRun
from mwaa_operator.workflow.live import Version
from mwaa_operator.workflow.plan.polling import IDLE_MANUAL
from mwaa_operator.workflow.plan.runs import Step, failed, forgo, started, step
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.wish import client_token
from mwaa_operator.workflow.reasons import RunReason
from mwaa_operator.workflow.status import HANDLED_TOKENS
from tests.support.workflows import ARN, NOW, VERSION, live, run, situation, stored, with_runs

LOOKED: dict[str, Any] = {"activeRuns": 0}
FACTS = {"RunId": "run1", "Status": "STARTING", "StartedAt": NOW}


def asked(name: str = "t1", **more: Any) -> dict[str, Any]:
    return {"run": {"token": name, **more}}


def annotated(token: str) -> dict[str, str]:
    return {RUN_REQUESTED_AT: token}


def starts(result: Step) -> list[StartRun]:
    return [item for item in result.actions if isinstance(item, StartRun)]


def done(s: Situation, facts: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the status after the step of `s` was carried out."""
    result = step(s)
    told = started(s, facts or FACTS) if starts(result) else {}
    return stored(s, {**result.changes, **told}, result.conditions)


def test_a_new_token_starts_a_run_after_its_intent() -> None:
    result = step(with_runs(status=LOOKED, spec=asked(parameters={"day": "mon"})))
    assert result.actions == (StartRun(ARN, client_token(ARN, "t1"), {"day": "mon"}, None),)
    assert result.intent is not None
    assert result.intent["run"].state == "Requested"
    assert result.intent["run"].run_id is None
    assert result.intent["operation"].type == "StartRun"
    assert len(result.intent["handled_run_tokens"]) == 1
    assert [item.reason for item in result.notices] == ["RunStarted"]


def test_the_answer_of_aws_is_remembered_by_the_token() -> None:
    status = done(with_runs(status=LOOKED, spec=asked()))
    assert (status["run"]["runId"], status["run"]["state"], status["run"]["token"]) == ("run1", "STARTING", "t1")
    assert status["run"]["startedAt"].startswith("2026-11-18T12:00:00")
    assert "operation" not in status


def test_the_same_token_again_does_nothing() -> None:
    status = done(with_runs(status=LOOKED, spec=asked()))
    for runs in [(run(),), (run(state="SUCCESS"),), ()]:
        s = with_runs(*runs, tasks={"run1": []}, status=status, spec=asked(), generation=7)
        assert starts(step(s)) == []
        assert step(s).changes["run"].token == "t1"


def test_other_parameters_without_another_token_do_nothing() -> None:
    status = done(with_runs(status=LOOKED, spec=asked()))
    assert starts(step(with_runs(run(), status=status, spec=asked(parameters={"day": "tue"})))) == []


def test_another_token_starts_another_run_and_the_old_one_never_again() -> None:
    first = done(with_runs(status=LOOKED, spec=asked("t1")))
    second = done(with_runs(run(), status=first, spec=asked("t2")), FACTS | {"RunId": "run2"})
    assert second["run"]["runId"] == "run2"
    ended = (run("run2", "SUCCESS", made=10, lasted=5), run("run1", "SUCCESS", made=60))
    back = step(with_runs(*ended, tasks={"run1": [], "run2": []}, status=second, spec=asked("t1")))
    assert starts(back) == []
    assert (back.changes["run"].token, back.changes["run"].reason) == ("t1", RunReason.ALREADY_RAN)
    assert "RunRejected" in [item.reason for item in back.notices]


def test_going_back_to_an_old_token_is_told_once_and_not_while_the_other_run_is_under_way() -> None:
    first = done(with_runs(status=LOOKED, spec=asked("t1")))
    second = done(with_runs(run(), status=first, spec=asked("t2")), FACTS | {"RunId": "run2"})
    under_way = step(with_runs(run("run2", made=10), run(), status=second, spec=asked("t1")))
    assert (under_way.changes["run"].token, under_way.notices) == ("t2", ())
    ended = (run("run2", "STOPPED", made=10), run("run1", "STOPPED"))
    told = done(with_runs(*ended, status=second, spec=asked("t1")))
    assert step(with_runs(*ended, status=told, spec=asked("t1"))).notices == ()


def test_no_number_of_later_tokens_makes_one_that_still_stands_new_again() -> None:
    status = done(with_runs(status=LOOKED, spec=asked("t1")))
    for index in range(2 * HANDLED_TOKENS):
        s = with_runs(status=status, spec=asked("t1"), annotations=annotated(f"a{index}"))
        assert len(starts(step(s))) == 1
        status = done(s, FACTS | {"RunId": f"other{index}", "Status": "SUCCESS"})
        assert len(status["handledRunTokens"]) <= HANDLED_TOKENS
    assert starts(step(with_runs(status=status, spec=asked("t1")))) == []


def test_as_many_tokens_are_remembered() -> None:
    status: dict[str, Any] = LOOKED
    for index in range(HANDLED_TOKENS):
        status = done(with_runs(status=status, spec=asked(f"t{index}")), FACTS | {"Status": "SUCCESS"})
    for index in range(HANDLED_TOKENS):
        assert starts(step(with_runs(status=status, spec=asked(f"t{index}")))) == []


def test_the_annotation_starts_a_run_without_parameters() -> None:
    s = with_runs(status=LOOKED, annotations=annotated("2026-11-18 noon, by hand"))
    (action,) = starts(step(s))
    assert action == StartRun(ARN, client_token(ARN, "2026-11-18 noon, by hand"))
    assert starts(step(with_runs(run(), status=done(s), annotations=annotated("2026-11-18 noon, by hand")))) == []


def test_an_empty_annotation_asks_for_nothing() -> None:
    assert step(with_runs(status=LOOKED, annotations=annotated(""))).actions == ()


def test_a_long_annotation_is_told_apart_by_its_end_too() -> None:
    status = done(with_runs(status=LOOKED, annotations=annotated("x" * 300)))
    assert len(status["run"]["token"]) == 256
    assert len(starts(step(with_runs(run(), status=status, annotations=annotated("x" * 300 + "y"))))) == 1


def test_the_same_token_in_spec_and_annotation_is_one_run() -> None:
    s = with_runs(status=LOOKED, spec=asked("t1", version=VERSION), annotations=annotated("t1"))
    (action,) = starts(step(s))
    assert action.version == VERSION
    assert starts(step(with_runs(run(), status=done(s), spec=asked("t1"), annotations=annotated("t1")))) == []


def test_of_two_new_tokens_the_one_in_spec_starts_first_and_the_other_is_not_lost() -> None:
    both: dict[str, Any] = {"spec": asked("t1"), "annotations": annotated("a1")}
    s = with_runs(status=LOOKED, **both)
    assert [item.token for item in starts(step(s))] == [client_token(ARN, "t1")]
    later = with_runs(run(), status=done(s), **both)
    assert [item.token for item in starts(step(later))] == [client_token(ARN, "a1")]
    after = done(later, FACTS | {"RunId": "run2"})
    settled = step(with_runs(run("run2", made=5), run(), status=after, **both))
    assert settled.actions == ()
    assert settled.changes["run"].token == "a1"


def test_parameters_and_version_go_with_the_run() -> None:
    versions = (Version(VERSION, latest=True, created_at=None, definition={}, schedule="", trigger_mode=""),)
    s = with_runs(observed={"versions": versions}, status=LOOKED, spec=asked(parameters={"n": 1}, version=VERSION))
    (action,) = starts(step(s))
    assert (action.parameters, action.version) == ({"n": 1}, VERSION)


def test_a_version_that_aws_does_not_have_is_told_and_the_token_is_used_up() -> None:
    versions = (Version(VERSION, latest=True, created_at=None, definition={}, schedule="", trigger_mode=""),)
    s = with_runs(observed={"versions": versions}, status=LOOKED, spec=asked(version="gone"))
    result = step(s)
    assert result.actions == ()
    assert result.changes["run"].reason == RunReason.VERSION_NOT_FOUND
    assert [item.reason for item in result.notices] == ["RunRejected"]
    again = step(with_runs(status=done(s), spec=asked(version=VERSION)))
    assert (again.actions, again.notices) == ((), ())


def test_an_object_that_takes_a_workflow_over_starts_nothing_for_the_tokens_that_it_has() -> None:
    both: dict[str, Any] = {"spec": asked("t1"), "annotations": annotated("a1")}
    s = situation(**both)
    status = stored(s, forgo(s))
    assert (status["run"]["token"], status["run"]["reason"]) == ("t1", RunReason.ALREADY_RAN)
    after = step(with_runs(run(), status=status, **both))
    assert (after.actions, after.notices) == ((), ())
    assert after.changes["run"].reason == RunReason.ALREADY_RAN
    assert len(starts(step(with_runs(status=done(with_runs(status=status, **both)), spec=asked("t2"))))) == 1


def test_taking_over_changes_nothing_for_tokens_that_were_handled_or_none() -> None:
    assert forgo(situation()) == {}
    status = done(with_runs(status=LOOKED, spec=asked()))
    assert forgo(situation(status=status, spec=asked())) == {}


def test_old_runs_that_status_never_saw_mean_that_it_was_restored_and_nothing_is_started() -> None:
    older = {"activeRuns": 0, "lastRun": {"runId": "run0", "state": "SUCCESS", "startedAt": "2026-11-17T12:00:00Z"}}
    strange = run("run9", "SUCCESS", made=2 * IDLE_MANUAL + 60)
    s = with_runs(strange, tasks={"run9": []}, status=older, spec=asked())
    result = step(s)
    assert result.actions == ()
    assert result.changes["run"].reason == RunReason.OUTCOME_UNKNOWN
    assert "this object never saw" in result.changes["run"].message
    status = done(s)
    assert starts(step(with_runs(strange, status=status, spec=asked()))) == []
    assert len(starts(step(with_runs(strange, status=status, spec=asked("t2"))))) == 1


@pytest.mark.parametrize("held", [{"suspend": True}, {"concurrencyPolicy": "Forbid"}], ids=str)
@pytest.mark.parametrize("later", [60.0, 86_400.0])
def test_a_token_that_waits_after_status_was_lost_is_not_used_once_aws_may_have_forgotten_it(
    held: dict[str, Any], later: float
) -> None:
    strange = run("run9", "RUNNING" if "concurrencyPolicy" in held else "SUCCESS", made=60)
    waiting = done(with_runs(strange, tasks={"run9": []}, spec=asked() | held))
    assert waiting["run"]["state"] == "Pending"
    ended = run("run9", "SUCCESS", made=60)
    s = with_runs(ended, tasks={"run9": []}, status=waiting, spec=asked(), now=NOW + timedelta(seconds=later))
    result = step(s)
    assert len(starts(result)) == (1 if later == 60 else 0), "while AWS knows the token it answers the same run"
    if later > 60:
        assert result.changes["run"].reason == RunReason.OUTCOME_UNKNOWN


def test_a_token_that_is_throttled_after_status_was_lost_is_not_used_once_aws_may_have_forgotten_it() -> None:
    before = run("run9", "SUCCESS", made=60)
    s = with_runs(before, tasks={"run9": []}, spec=asked())
    (action,) = starts(step(s))
    slow = Failure(FailureKind.THROTTLED, "mwaa-serverless:StartWorkflowRun", "ThrottlingException", "slow down")
    result = failed(s, action, slow)
    waiting = stored(s, result.changes, result.conditions)
    later = with_runs(before, tasks={"run9": []}, status=waiting, spec=asked(), now=NOW + timedelta(days=1))
    assert starts(step(later)) == []
    assert step(later).changes["run"].reason == RunReason.OUTCOME_UNKNOWN


def test_a_token_that_waits_beside_a_run_that_somebody_started_a_moment_ago_is_used_in_the_end() -> None:
    theirs = run("run9", "RUNNING", made=60)
    waiting = done(with_runs(theirs, status=LOOKED, spec=asked() | {"concurrencyPolicy": "Forbid"}))
    assert waiting["run"]["state"] == "Pending"
    ended = run("run9", "SUCCESS", made=60)
    later = NOW + timedelta(days=1)
    assert len(starts(step(with_runs(ended, tasks={"run9": []}, status=waiting, spec=asked(), now=later)))) == 1


@pytest.mark.parametrize(
    "known",
    [
        run("run9", "SUCCESS", made=2 * IDLE_MANUAL + 60, type_="SCHEDULED"),
        run("run9", "SUCCESS", made=2 * IDLE_MANUAL - 60),
    ],
    ids=["scheduled", "somebody's own, young"],
)
def test_runs_that_explain_nothing_do_not_keep_a_token_from_starting(known: Any) -> None:
    assert len(starts(step(with_runs(known, tasks={"run9": []}, status=LOOKED, spec=asked())))) == 1


def test_a_workflow_that_was_made_again_does_not_run_again_for_an_old_token() -> None:
    status = done(with_runs(status=LOOKED, spec=asked()))
    again = live(WorkflowArn=ARN.replace("0123456789", "9876543210"))
    assert starts(step(with_runs(aws=again, status=status, spec=asked(), now=NOW + timedelta(hours=1)))) == []
