"""Workflows, versions, runs and tasks as AWS tells them: whatever is missing or new, they can be read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.api.meta import OWNER_TAG, UID_TAG
from mwaa_operator.workflow.live import Live, Summary, summary_of, trigger_mode, version_of
from mwaa_operator.workflow.live_runs import ENDED, Task, run_of, task_of

ARN = "arn:aws:airflow-serverless:eu-central-1:123456789012:workflow/orders.daily-a1b2c3d4e5"
MADE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        ("scheduled", "scheduled"),
        ("SCHEDULED", "scheduled"),
        ("Manual", "manual_only"),
        ("MANUAL_ONLY", "manual_only"),
        ("disabled", "disabled"),
        ("Something_New", "something_new"),
        ("", ""),
    ],
)
def test_a_trigger_mode_has_one_spelling(word: str, mode: str) -> None:
    assert trigger_mode(word) == mode
    assert Live({"TriggerMode": word}).trigger_mode == mode
    assert summary_of({"TriggerMode": word}).trigger_mode == mode
    assert version_of({"TriggerMode": word}).trigger_mode == mode


def test_the_log_group_is_the_one_that_was_given_or_that_aws_derives() -> None:
    given_group = {"LoggingConfiguration": {"LogGroupName": "/teams/orders"}}
    assert Live({"WorkflowArn": ARN}).log_group == "/aws/mwaa-serverless/orders.daily-a1b2c3d4e5/"
    assert Live({"WorkflowArn": ARN, **given_group}).log_group == "/teams/orders"


def test_tags_that_were_not_asked_for_name_nobody() -> None:
    assert (Live({}).uid, Live({}).owner) == (None, None)
    tagged = Live({}, tags={UID_TAG: "u", OWNER_TAG: "c/ns/n"})
    assert (tagged.uid, tagged.owner) == ("u", "c/ns/n")


def test_a_summary_tells_what_a_change_would_show() -> None:
    members = {
        "WorkflowArn": ARN,
        "Name": "orders.daily",
        "WorkflowVersion": "v1",
        "WorkflowStatus": "READY",
        "TriggerMode": "disabled",
        "ModifiedAt": MADE,
    }
    assert summary_of(members) == Summary(ARN, "orders.daily", "v1", "READY", "disabled", MADE)


def test_a_version_tells_what_it_was_made_of() -> None:
    members = {
        "WorkflowVersion": "v1",
        "IsLatestVersion": True,
        "CreatedAt": MADE,
        "DefinitionS3Location": {"Bucket": "b", "ObjectKey": "k", "VersionId": "o"},
        "ScheduleConfiguration": {"CronExpression": "0 3 * * *"},
    }
    version = version_of(members)
    assert (version.version, version.latest, version.created_at) == ("v1", True, MADE)
    assert (version.definition["ObjectKey"], version.schedule) == ("k", "0 3 * * *")


@pytest.mark.parametrize("state", ["STARTING", "QUEUED", "RUNNING", "STOPPING", "NEW_WORD", ""])
def test_a_run_in_a_state_that_is_no_end_is_live(state: str) -> None:
    assert not run_of({"RunId": "r", "Status": state}).ended


@pytest.mark.parametrize("state", sorted(ENDED))
def test_a_run_that_ended_is_over(state: str) -> None:
    assert run_of({"RunId": "r", "Status": state}).ended


@pytest.mark.parametrize(("instance", "placeholder"), [("ex_1_load_0", True), ("ex_1_load_1", False), ("x_10", False)])
def test_an_instance_of_no_attempt_is_a_placeholder(instance: str, placeholder: bool) -> None:
    assert task_of({"TaskInstanceId": instance}).placeholder is placeholder


def test_a_task_that_only_follows_a_failed_one_has_not_failed_itself() -> None:
    states = {state: Task("t", state).failed for state in ("FAILED", "TIMEOUT", "UPSTREAM_FAILED", "SUCCESS")}
    assert states == {"FAILED": True, "TIMEOUT": True, "UPSTREAM_FAILED": False, "SUCCESS": False}


NAMES = ["WorkflowArn", "WorkflowStatus", "Status", "RunId", "TaskId", "AttemptNumber", "TaskInstances", "ErrorMessage"]


@given(st.dictionaries(st.sampled_from(NAMES), st.none()))
def test_whatever_is_missing_everything_can_be_read(members: dict[str, Any]) -> None:
    live = Live(members)
    assert isinstance(live.log_group, str)
    assert (live.definition, live.code, live.variables, live.schedule) == ({}, {}, {}, "")
    assert run_of(members).task_instances == ()
    assert task_of(members).attempt == 0


def test_a_definition_does_not_stand_in_what_is_logged() -> None:
    assert "hunter2" not in repr(Live({"WorkflowDefinition": "password: hunter2"}))
