"""The status of a workflow: what it keeps, and that it stays small whatever is written into it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.api.emit import root_schema
from mwaa_operator.workflow.api import DEFINITION, ServerlessWorkflowStatus
from mwaa_operator.workflow.fit import CUTS, MAX_BYTES, fitted, size
from mwaa_operator.workflow.status import (
    ABNORMAL,
    NORMAL,
    FailedTask,
    LastRun,
    PendingChange,
    RequestedRun,
)
from tests.support.workflow_status import largest

WIDE = "\N{ROCKET}"
"""Four bytes in UTF-8."""

REMEMBERED = (
    "workflowArn",
    "createdAt",
    "adopted",
    "version",
    "ownVersions",
    "recentUpdates",
    "operation",
    "handledRunTokens",
    "watchedRuns",
    "appliedFields",
    "answeredVersion",
    "pendingChangesHash",
    "lastHandledRetryAt",
    "managedRole",
    "formerRoles",
    "rolesMade",
    "waiting",
)
"""What the planner decides by: never cut."""


def test_the_largest_status_leaves_no_member_out() -> None:
    members = root_schema(DEFINITION)["properties"]["status"]["properties"]
    assert set(largest("x")) == set(members)


@pytest.mark.parametrize(
    ("text", "annotation"),
    [("x", ""), ("ü", ""), ("€", ""), (WIDE, ""), ("<", "x"), ("\x01", "x")],
    ids=["1 byte", "2 bytes", "3 bytes", "4 bytes", "6 bytes, as Go writes it", "6 bytes, as everybody writes it"],
)
def test_the_largest_status_is_brought_within_its_limit(text: str, annotation: str) -> None:
    whole = largest(text, annotation=annotation)
    assert size(whole) > 2 * MAX_BYTES, "else this test shows nothing"
    assert size(fitted(whole)) <= MAX_BYTES


@pytest.mark.parametrize("text", ["x", WIDE])
def test_nothing_is_cut_that_the_planner_remembers_by(text: str) -> None:
    whole = largest(text)
    cut = fitted(whole)
    for name in REMEMBERED:
        assert cut[name] == whole[name], name
    for part, names in {
        "run": ("token", "runId", "state", "requestedAt"),
        "lastFailure": ("operation", "hash", "retry"),
        "definition": ("digest", "checkedDigest", "versionId", "latestVersionId", "latestSeenTime"),
        "code": ("digest", "versionId", "latestVersionId", "latestSeenTime"),
        "lastRun": ("runId", "state", "version"),
    }.items():
        assert {name: cut[part][name] for name in names} == {name: whole[part][name] for name in names}
    assert [item["reason"] for item in cut["conditions"]] == [item["reason"] for item in whole["conditions"]]


def test_a_run_that_failed_in_ten_tasks_keeps_all_of_them_where_the_rest_is_as_usual() -> None:
    whole = largest("x")
    usual = {name: whole[name] for name in ("workflowArn", "version", "lastRun", "ownVersions", "handledRunTokens")}
    assert len(fitted(usual)["lastRun"]["failedTasks"]) == 10


def test_a_status_that_fits_is_left_as_it_is() -> None:
    small = {"observedGeneration": 1, "recentRuns": [{"runId": "a"}]}
    assert fitted(small) == small


@given(
    text=st.sampled_from(["x", WIDE]),
    kept=st.sets(st.sampled_from(sorted(largest("x")))),
)
def test_whatever_is_left_fits_is_valid_and_is_not_cut_again(text: str, kept: set[str]) -> None:
    status = {name: value for name, value in largest(text).items() if name in kept}
    cut = fitted(status)
    assert size(cut) <= MAX_BYTES
    assert ServerlessWorkflowStatus.model_validate(cut).wire() == cut
    assert fitted(cut) == cut


def test_every_cut_is_about_a_member_that_there_is() -> None:
    status = root_schema(DEFINITION)["properties"]["status"]
    for path, _ in CUTS:
        node = status
        for name in path.split("."):
            node = node["items"] if name == "[]" else node["properties"][name]


def test_the_polarity_of_every_condition_is_declared_once() -> None:
    assert len({*NORMAL, *ABNORMAL}) == len(NORMAL) + len(ABNORMAL)
    assert set(ABNORMAL) == {"Reconciling", "Stalled"}


def test_texts_of_aws_are_cut_and_not_refused() -> None:
    long = "x" * 5000
    task = FailedTask(task_id="a", message=long, log_stream=long)
    assert (len(task.message or ""), len(task.log_stream or "")) == (512, 512)
    assert len(LastRun(run_id="a", message=long).message or "") == 512
    assert len(PendingChange(field="description", to=long).to) == 256
    assert len(RequestedRun(token=long).token) == 256


def test_a_status_that_a_newer_operator_wrote_is_read_all_the_same() -> None:
    read = ServerlessWorkflowStatus.model_validate(
        {"version": "v", "mood": "good", "lastRun": {"runId": "a", "new": 1}}
    )
    assert read.wire() == {"version": "v", "lastRun": {"runId": "a"}}
