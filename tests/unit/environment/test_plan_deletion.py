"""Deletion: retained, waited for, done once, and never of what is not ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.meta import OWNER_TAG, UID_TAG
from mwaa_operator.environment.plan import plan_environment, plan_failure
from mwaa_operator.environment.plan.situation import Admission
from tests.support.environments import ARN, CLUSTER, NOW, actions, after, live, message, situation, word

DELETE = {"deletionPolicy": "Delete"}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("AVAILABLE", ["DeleteEnvironment"]),
        ("UPDATE_FAILED", ["DeleteEnvironment"]),
        ("CREATE_FAILED", ["DeleteEnvironment"]),
        ("UNAVAILABLE", ["DeleteEnvironment"]),
        ("PENDING", ["DeleteEnvironment"]),
        ("CREATING", []),
        ("UPDATING", []),
        ("ROLLING_BACK", []),
        ("DELETING", []),
        ("SOMETHING_NEW", []),
        ("DELETED", ["RemoveFinalizer"]),
    ],
)
def test_each_state_is_deleted_or_waited_for(state: str, expected: list[str]) -> None:
    plan = plan_environment(situation(live(Status=state), spec=DELETE, deleting=1))
    assert actions(plan) == expected
    if state != "DELETED":
        assert word(plan) == ("False", "Deleting")


@pytest.mark.parametrize(
    ("spec", "observed"),
    [({}, {}), ({"deletionPolicy": "Retain"}, {}), (DELETE | {"suspend": True}, {}), (DELETE, {"crd_removing": True})],
)
def test_retaining_lets_the_object_go_without_touching_aws(spec: dict[str, Any], observed: dict[str, Any]) -> None:
    plan = plan_environment(situation(live(), spec=spec, observed=observed, deleting=1))
    assert actions(plan) == ["RemoveFinalizer"]
    assert plan.notices[0].reason == ("RetainedOnCRDRemoval" if observed else "Retained")


def test_one_not_found_is_not_believed() -> None:
    doubt = plan_environment(situation(spec=DELETE, deleting=1))
    assert actions(doubt) == []
    still = plan_environment(situation(spec=DELETE, deleting=1, status=after(doubt), now=NOW + timedelta(seconds=30)))
    assert actions(still) == []
    sure = plan_environment(situation(spec=DELETE, deleting=1, status=after(doubt), now=NOW + timedelta(seconds=61)))
    assert actions(sure) == ["RemoveFinalizer"]


def test_after_deleting_was_seen_one_not_found_is_enough() -> None:
    sent = plan_environment(situation(live(), spec=DELETE, deleting=1))
    plan = plan_environment(situation(spec=DELETE | {"deleteLogGroups": True}, deleting=1, status=after(sent)))
    assert actions(plan) == ["DeleteLogGroups", "RemoveFinalizer"]


def test_what_is_not_ours_stays() -> None:
    tags = {UID_TAG: "other", OWNER_TAG: f"{CLUSTER}/other/etl"}
    plan = plan_environment(situation(live(Tags=tags), spec=DELETE, deleting=1))
    assert actions(plan) == ["RemoveFinalizer"]
    assert plan.notices[0].reason == "NotOwned"


def test_stripped_tags_are_restored_before_the_delete() -> None:
    status = {"arn": ARN}
    plan = plan_environment(situation(live(Tags={}), spec=DELETE, deleting=1, status=status))
    assert actions(plan) == ["TagResource"]


@pytest.mark.parametrize(("minutes", "stalled"), [(1, False), (31, True)])
def test_a_failed_read_never_lets_the_object_go(minutes: int, stalled: bool) -> None:
    failure = Failure(FailureKind.ACCESS_DENIED, "mwaa:GetEnvironment", "AccessDeniedException", "no")
    plan = plan_environment(situation(spec=DELETE, deleting=minutes * 60, observed={"failure": failure}))
    assert actions(plan) == []
    assert (word(plan, "Stalled") == ("True", "DeletionBlocked")) == stalled
    assert (word(plan, "Reconciling") is None) == stalled
    assert not stalled or "deletionPolicy to Retain" in message(plan)


def test_a_missing_account_blocks_a_delete() -> None:
    plan = plan_environment(
        situation(spec=DELETE, deleting=60, observed={"admission": Admission("Missing", ("none",))})
    )
    assert actions(plan) == []


def test_a_delete_that_aws_refuses_in_this_state_is_sent_again_later() -> None:
    first = situation(live(Status="PENDING"), spec=DELETE, deleting=1)
    plan = plan_environment(first)
    told = plan_failure(
        first, plan, plan.actions[0], Failure(FailureKind.WRONG_STATE, "mwaa:DeleteEnvironment", "V", "busy")
    )
    assert word(told) == ("False", "Deleting")
    again = plan_environment(situation(live(Status="PENDING"), spec=DELETE, deleting=1, status=after(told)))
    assert actions(again) == ["DeleteEnvironment"]


def test_without_our_finalizer_nothing_is_done() -> None:
    plan = plan_environment(situation(live(), spec=DELETE, deleting=1, finalizer=False))
    assert actions(plan) == []
