"""The table of whose environment it is, row by row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mwaa_operator.api.meta import OWNER_TAG, UID_TAG, ObjectKey
from mwaa_operator.environment.plan import plan_environment
from mwaa_operator.environment.plan.situation import Admission, Rival
from tests.support.environments import ACCOUNT, ARN, CLUSTER, NOW, UID, actions, after, live, situation, word

OURS = {UID_TAG: UID, OWNER_TAG: f"{CLUSTER}/data/etl"}
CLOSED = Admission("Admitted", account_id=ACCOUNT)


@pytest.mark.parametrize(
    ("tags", "spec", "status", "expected", "reason"),
    [
        (OURS, {}, {}, [], "Succeeded"),
        ({UID_TAG: "old", OWNER_TAG: f"{CLUSTER}/data/etl"}, {}, {}, ["TagResource"], "TakingOver"),
        ({UID_TAG: "old", OWNER_TAG: "old-cluster/data/etl"}, {}, {}, ["TagResource"], "TakingOver"),
        ({UID_TAG: "old", OWNER_TAG: "old-cluster/other/etl"}, {}, {}, [], "NotOwned"),
        ({UID_TAG: "old", OWNER_TAG: "third-cluster/data/etl"}, {}, {}, [], "NotOwned"),
        ({UID_TAG: "old", OWNER_TAG: f"{CLUSTER}/other/etl"}, {"adoptionPolicy": "AdoptOrCreate"}, {}, [], "NotOwned"),
        ({}, {}, {"arn": ARN}, ["TagResource"], "TakingOver"),
        ({}, {}, {}, [], "NotOwned"),
        ({"org": "x"}, {"adoptionPolicy": "AdoptOrCreate"}, {}, ["TagResource"], "Adopting"),
        ({}, {"adoptionPolicy": "AdoptExisting"}, {}, ["TagResource"], "Adopting"),
        ({}, {"adoptionPolicy": "AdoptExisting", "suspend": True}, {}, [], "NotOwned"),
    ],
)
def test_what_is_found_decides(
    tags: dict[str, str], spec: dict[str, Any], status: dict[str, Any], expected: list[str], reason: str
) -> None:
    plan = plan_environment(situation(live(Tags=tags), spec=spec, status=status))
    assert actions(plan) == expected
    assert (word(plan) or ("", ""))[1] == reason


def test_adoption_needs_the_accounts_word_too() -> None:
    spec = {"adoptionPolicy": "AdoptOrCreate"}
    plan = plan_environment(situation(live(Tags={}), spec=spec, observed={"admission": CLOSED}))
    assert word(plan) == ("False", "NotOwned")
    assert actions(plan) == []


def test_a_young_environment_without_tags_is_waited_for() -> None:
    aws = live(Tags={}, Status="CREATING", CreatedAt=NOW - timedelta(seconds=3))
    plan = plan_environment(situation(aws))
    assert word(plan) == ("False", "Creating")
    assert word(plan, "Stalled") is None


def test_adopt_existing_never_creates() -> None:
    plan = plan_environment(situation(spec={"adoptionPolicy": "AdoptExisting"}))
    assert actions(plan) == []
    assert word(plan) == ("False", "EnvironmentNotFound")


def test_of_two_objects_for_one_name_the_older_creates() -> None:
    key = ObjectKey("MwaaEnvironment", "data", "other")
    older = Rival(key=key, created=NOW - timedelta(days=9))
    younger = Rival(key=key, created=NOW)
    assert word(plan_environment(situation(observed={"rivals": (older,)}))) == ("False", "NameConflict")
    assert actions(plan_environment(situation(observed={"rivals": (younger,)}))) == ["CreateEnvironment"]


def test_what_is_not_ours_leaves_no_trace_that_could_prove_ownership_later() -> None:
    refused = plan_environment(situation(live(Tags={})))
    assert word(refused) == ("False", "NotOwned")
    again = plan_environment(situation(live(Tags={}), status=after(refused)))
    assert word(again) == ("False", "NotOwned")
    assert actions(again) == []


def test_observing_an_environment_is_no_claim_to_it() -> None:
    observed = plan_environment(situation(live(Tags={}), spec={"managementPolicy": "Observe"}, finalizer=False))
    assert observed.status["arn"] == ARN
    plan = plan_environment(situation(live(Tags={}), status=after(observed), finalizer=False))
    assert word(plan) == ("False", "NotOwned")
    assert actions(plan) == []
