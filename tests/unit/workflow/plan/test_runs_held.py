"""What keeps a run from starting, what stops one, and what concurrencyPolicy makes of others that are under way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mwaa_operator.api.meta import RUN_REQUESTED_AT
from mwaa_operator.workflow.actions import StartRun, StopRun
from mwaa_operator.workflow.live_runs import Run
from mwaa_operator.workflow.plan.polling import IDLE_MANUAL
from mwaa_operator.workflow.plan.runs import started, step
from mwaa_operator.workflow.reasons import RunReason
from tests.support.workflows import ARN, NOW, live, run, stored, with_runs

LOOKED: dict[str, Any] = {"activeRuns": 0}
ASKED: dict[str, Any] = {"run": {"token": "t1"}}
OURS: dict[str, Any] = {
    "activeRuns": 1,
    "run": {"token": "t1", "runId": "run1", "state": "RUNNING", "startedAt": "2026-11-18T11:59:00Z"},
}
SCHEDULED = run("nightly", type_="SCHEDULED")


def handled(name: str = "t1") -> dict[str, Any]:
    """Return the status after a run for the token `name` was started a minute ago."""
    s = with_runs(status=LOOKED, spec={"run": {"token": name}}, now=NOW - timedelta(minutes=1))
    return stored(s, {**step(s).changes, **started(s, {"RunId": "run1", "Status": "STARTING"})})


@pytest.mark.parametrize(
    ("changes", "may_start", "reason"),
    [
        ({"spec": ASKED | {"suspend": True}}, True, RunReason.SUSPENDED),
        ({"spec": ASKED | {"triggerMode": "Disabled"}}, True, RunReason.TRIGGER_DISABLED),
        ({"spec": ASKED, "aws": live(TriggerMode="DISABLED")}, True, RunReason.TRIGGER_DISABLED),
        ({"spec": ASKED | {"managementPolicy": "Observe"}}, True, RunReason.WORKFLOW_NOT_READY),
        ({"spec": ASKED}, False, RunReason.WORKFLOW_NOT_READY),
    ],
)
def test_a_run_that_is_held_back_waits_and_starts_later(
    changes: dict[str, Any], may_start: bool, reason: RunReason
) -> None:
    s = with_runs(status=LOOKED, **changes)
    result = step(s, may_start=may_start)
    assert (result.actions, result.intent, result.notices) == ((), None, ())
    assert (result.changes["run"].state, result.changes["run"].reason) == ("Pending", reason)
    status = stored(s, result.changes)
    later = with_runs(status=status, now=NOW + timedelta(hours=2), **changes)
    assert stored(later, step(later, may_start=may_start).changes) == status
    assert [type(item) for item in step(with_runs(status=status, spec=ASKED)).actions] == [StartRun]


def test_a_run_that_waited_and_is_not_asked_for_any_more_is_forgotten() -> None:
    s = with_runs(status=LOOKED, spec=ASKED | {"suspend": True})
    status = stored(s, step(s).changes)
    assert step(with_runs(status=status)).changes["run"] is None


def test_a_workflow_that_is_held_back_is_watched_all_the_same() -> None:
    result = step(with_runs(run(state="SUCCESS"), tasks={"run1": []}, status=LOOKED), may_start=False)
    assert [item.reason for item in result.notices] == ["RunSucceeded"]


def test_allow_starts_beside_others() -> None:
    assert [type(item) for item in step(with_runs(SCHEDULED, status=LOOKED, spec=ASKED)).actions] == [StartRun]


@pytest.mark.parametrize("other", [run(), SCHEDULED, run(state="STOPPING"), run(state="SOMETHING_NEW")])
def test_forbid_waits_until_no_run_is_active(other: Run) -> None:
    forbid = ASKED | {"concurrencyPolicy": "Forbid"}
    s = with_runs(other, status=LOOKED, spec=forbid)
    result = step(s)
    assert result.actions == ()
    assert result.changes["run"].reason == RunReason.RUN_PENDING
    assert result.requeue == 15
    status = stored(s, result.changes)
    ended = run(other.run_id, "SUCCESS")
    now_free = step(with_runs(ended, tasks={ended.run_id: []}, status=status, spec=forbid))
    assert [type(item) for item in now_free.actions] == [StartRun]


def test_replace_stops_all_that_run_waits_for_their_end_and_then_starts() -> None:
    replace = ASKED | {"concurrencyPolicy": "Replace"}
    runs = (run("a"), SCHEDULED, run("b", "STOPPING"))
    s = with_runs(*runs, status=LOOKED, spec=replace)
    result = step(s)
    assert result.actions == (StopRun(ARN, "a"), StopRun(ARN, "nightly"))
    assert result.intent is None
    assert result.changes["run"].reason == RunReason.RUN_PENDING
    status = stored(s, result.changes)
    stopping = [run(item.run_id, "STOPPING", type_=item.type) for item in runs]
    assert step(with_runs(*stopping, status=status, spec=replace)).actions == ()
    stopped = [run(item.run_id, "STOPPED", type_=item.type) for item in runs]
    free = step(with_runs(*stopped, status=status, spec=replace))
    assert [type(item) for item in free.actions] == [StartRun]


@pytest.mark.parametrize(("policy", "action"), [("Forbid", []), ("Replace", [StopRun(ARN, "run1")])])
def test_a_run_that_was_just_started_counts_though_no_list_shows_it(policy: str, action: list[StopRun]) -> None:
    spec = {"run": {"token": "t2"}, "concurrencyPolicy": policy}
    assert list(step(with_runs(status=handled(), spec=spec)).actions) == action
    much_later = with_runs(status=handled(), spec=spec, now=NOW + timedelta(minutes=5))
    assert [type(item) for item in step(much_later).actions] == [StartRun]


def test_a_pending_annotation_does_not_take_the_place_of_the_run_that_could_be_stopped() -> None:
    spec = ASKED | {"concurrencyPolicy": "Forbid"}
    s = with_runs(run(), status=handled(), spec=spec, annotations={RUN_REQUESTED_AT: "a1"})
    shown = step(s).changes["run"]
    assert (shown.token, shown.run_id, shown.reason) == ("t1", "run1", RunReason.RUN_PENDING)
    assert "a1" in shown.message
    stop = {"run": {"token": "t1", "stop": True}, "concurrencyPolicy": "Forbid"}
    status = stored(s, step(s).changes)
    stopped = with_runs(run(), status=status, spec=stop, annotations={RUN_REQUESTED_AT: "a1"})
    assert step(stopped).actions == (StopRun(ARN, "run1"),)


def test_stop_ends_the_run_of_the_token_once() -> None:
    stop = {"run": {"token": "t1", "stop": True}}
    assert step(with_runs(run(), status=handled(), spec=stop)).actions == (StopRun(ARN, "run1"),)
    assert step(with_runs(status=handled(), spec=stop)).actions == (StopRun(ARN, "run1"),)
    for state in ("STOPPING", "STOPPED", "SUCCESS"):
        result = step(with_runs(run(state=state), tasks={"run1": []}, status=handled(), spec=stop))
        assert result.actions == ()
        assert result.changes["run"].state == state


def test_stop_touches_no_run_of_another_token() -> None:
    assert step(with_runs(run(), status=handled("t0"), spec={"run": {"token": "t1", "stop": True}})).actions == ()


def test_stop_on_a_new_token_starts_none_ever() -> None:
    s = with_runs(status=LOOKED, spec={"run": {"token": "t1", "stop": True}})
    result = step(s)
    assert (result.actions, result.changes["run"].state) == ((), None)
    assert step(with_runs(status=stored(s, result.changes), spec=ASKED)).actions == ()


@pytest.mark.parametrize("member", [{"suspend": True}, {"managementPolicy": "Observe"}])
def test_nothing_is_stopped_where_nothing_may_be_changed(member: dict[str, Any]) -> None:
    result = step(with_runs(run(), status=handled(), spec={"run": {"token": "t1", "stop": True}} | member))
    assert result.actions == ()
    assert "goes on" in result.changes["run"].message


def test_the_run_that_was_asked_for_is_followed_to_its_end() -> None:
    status = handled()
    for state in ("QUEUED", "RUNNING", "SUCCESS"):
        s = with_runs(run(state=state), tasks={"run1": []}, status=status, spec=ASKED)
        result = step(s)
        assert result.changes["run"].state == state
        status = stored(s, result.changes)
    assert [item.reason for item in result.notices] == ["RunSucceeded"]


def test_a_run_that_no_list_shows_is_watched_for_a_while_and_then_unknown() -> None:
    soon = step(with_runs(status=handled(), spec=ASKED))
    assert (soon.changes["run"].state, soon.requeue) == ("STARTING", 15)
    late = step(with_runs(status=handled(), spec=ASKED, now=NOW + timedelta(minutes=5)))
    assert late.changes["run"].state == "Unknown"
    assert late.requeue == IDLE_MANUAL


def test_an_intent_of_another_kind_is_left_alone() -> None:
    update = {"type": "Update", "hash": "h", "startedAt": "2026-11-18T11:59:00Z"}
    result = step(with_runs(status=LOOKED | {"operation": update}, spec=ASKED), may_start=False)
    assert "operation" not in result.changes
