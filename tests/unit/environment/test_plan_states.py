"""Every state of AWS and every wall before it, as a table: what Ready says and what is done."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.environment.plan import plan_environment
from mwaa_operator.environment.plan.situation import Admission
from tests.support.environments import NOW, actions, after, live, message, situation, word

SERVED = {
    "firstAvailableTime": "2026-11-16T13:00:00Z",
    "arn": "arn:aws:airflow:eu-central-1:123456789012:environment/etl",
}


@pytest.mark.parametrize(
    ("state", "ready", "reconciling", "stalled", "available"),
    [
        ("CREATING", ("False", "Creating"), True, False, "False"),
        ("PENDING", ("False", "Pending"), True, False, "False"),
        ("UPDATING", ("False", "Updating"), True, False, "True"),
        ("CREATING_SNAPSHOT", ("False", "CreatingSnapshot"), True, False, "False"),
        ("ROLLING_BACK", ("False", "RollingBack"), True, False, "False"),
        ("DELETING", ("False", "Deleting"), True, False, "False"),
        ("SOMETHING_NEW", ("False", "SomethingNew"), True, False, "False"),
        ("AVAILABLE", ("True", "Succeeded"), False, False, "True"),
        ("UPDATE_FAILED", ("True", "Succeeded"), False, False, "True"),
        ("MAINTENANCE", ("True", "Maintenance"), False, False, "True"),
        ("CREATE_FAILED", ("False", "CreateFailed"), False, True, "False"),
        ("UNAVAILABLE", ("False", "Unavailable"), False, True, "False"),
    ],
)
def test_each_state_of_aws_has_its_word(
    state: str, ready: tuple[str, str], reconciling: bool, stalled: bool, available: str
) -> None:
    plan = plan_environment(situation(live(Status=state)))
    assert word(plan) == ready
    assert (word(plan, "Reconciling") is not None, word(plan, "Stalled") is not None) == (reconciling, stalled)
    assert (word(plan, "Available") or ("",))[0] == available
    assert actions(plan) == []
    assert plan.status["state"] == state


def test_an_absent_environment_is_created_once_the_preflight_was_looked_at() -> None:
    first = plan_environment(situation(observed={"preflight": None}))
    assert first.needs == {"preflight"}
    plan = plan_environment(situation(finalizer=False))
    assert actions(plan) == ["AddFinalizer", "CreateEnvironment"]
    assert word(plan) == ("False", "Creating")


def test_an_accepted_create_that_does_not_show_is_not_sent_again() -> None:
    created = plan_environment(situation())
    again = plan_environment(situation(status=after(created)))
    assert actions(again) == []
    assert word(again) == ("False", "Creating")


@pytest.mark.parametrize(
    ("admission", "ready", "stalled"),
    [
        (Admission("Missing", ("There is no AwsAccount default.",)), ("False", "DependencyNotReady"), False),
        (Admission("Refused", ("It does not admit region.",)), ("False", "NotPermitted"), True),
    ],
)
def test_without_the_accounts_word_nothing_is_done(admission: Admission, ready: tuple[str, str], stalled: bool) -> None:
    plan = plan_environment(situation(observed={"admission": admission}))
    assert word(plan) == ready
    assert (word(plan, "Stalled") is not None) == stalled
    assert actions(plan) == []
    assert message(plan) == admission.messages[0]


def test_a_missing_account_stalls_after_half_an_hour() -> None:
    admission = {"admission": Admission("Missing", ("none",))}
    waiting = {"waiting": {"reason": "DependencyNotReady", "since": "2026-11-18T11:29:00Z"}}
    plan = plan_environment(situation(observed=admission, status=waiting))
    assert word(plan, "Stalled") == ("True", "DependencyNotReady")
    assert word(plan, "Reconciling") is None


def test_a_record_of_another_account_is_a_wall() -> None:
    arn = "arn:aws:airflow:eu-central-1:999999999999:environment/etl"
    plan = plan_environment(situation(live(), status={"arn": arn}))
    assert word(plan) == ("False", "AccountChanged")
    assert actions(plan) == []


@pytest.mark.parametrize(
    ("minutes", "ready", "synced"),
    [
        (1, None, None),
        (11, ("True", "Succeeded"), ("Unknown", "AwsUnavailable")),
        (61, ("False", "AwsUnavailable"), None),
    ],
)
def test_failing_reads_fade_the_truth_slowly(minutes: int, ready: Any, synced: Any) -> None:
    settled = after(plan_environment(situation(live())))
    failure = Failure(FailureKind.UNAVAILABLE, "mwaa:GetEnvironment", "503", "try later")
    since = NOW.replace(hour=11) if minutes > 60 else NOW.replace(hour=11, minute=60 - minutes)
    plan = plan_environment(situation(status=settled, observed={"failure": failure, "failing_since": since}))
    assert actions(plan) == []
    if ready is None:
        assert plan.status == settled
        assert plan.retry
    else:
        assert word(plan) == ready
        assert synced is None or word(plan, "Synced") == synced


def test_reads_that_fail_while_aws_works_are_said_at_once() -> None:
    failure = Failure(FailureKind.THROTTLED, "mwaa:GetEnvironment", "ThrottlingException", "slow down")
    plan = plan_environment(situation(observed={"failure": failure, "failing_since": NOW}))
    assert word(plan) == ("False", "AwsUnavailable")
    assert word(plan, "Reconciling") == ("True", "ProgressingWithRetry")
    assert actions(plan) == []


def test_what_served_and_vanished_is_looked_for_twice_and_never_made_again_by_itself() -> None:
    settled = after(plan_environment(situation(live()))) | SERVED
    doubt = plan_environment(situation(status=settled))
    assert word(doubt) == ("True", "Succeeded")
    assert actions(doubt) == []
    sure = plan_environment(situation(status=after(doubt), now=NOW.replace(minute=2)))
    assert word(sure) == ("False", "ExternallyDeleted")
    assert word(sure, "Stalled") == ("True", "ExternallyDeleted")
    still = plan_environment(situation(status=after(sure), now=NOW.replace(minute=30)))
    assert actions(still) == []
    annotated = {"mwaa-operator.io/recreate": SERVED["arn"]}
    again = plan_environment(situation(status=after(sure), now=NOW.replace(minute=30), annotations=annotated))
    assert actions(again) == ["CreateEnvironment"]
    assert again.actions[0].request["AirflowVersion"] == "2.10.3"


def test_pending_names_the_endpoint_services() -> None:
    services = {"DatabaseVpcEndpointService": "vpce-db", "WebserverVpcEndpointService": "vpce-web"}
    plan = plan_environment(situation(live(Status="PENDING", **services)))
    assert word(plan, "EndpointsRequired") == ("True", "CustomerEndpoints")
    assert "vpce-db, vpce-web" in message(plan, "EndpointsRequired")


def test_a_suspended_object_creates_nothing() -> None:
    plan = plan_environment(situation(spec={"suspend": True}))
    assert word(plan) == ("False", "Suspended")
    assert actions(plan) == []


@pytest.mark.parametrize("tries", [0, 1, 2])
def test_a_failed_creation_is_made_again_at_most_twice_by_policy(tries: int) -> None:
    plan = plan_environment(
        situation(live(Status="CREATE_FAILED"), spec={"createFailurePolicy": "Recreate"}, status={"recreations": tries})
    )
    assert actions(plan) == (["DeleteEnvironment"] if tries < 2 else [])


def test_the_retry_annotation_makes_a_failed_creation_again_once() -> None:
    annotations = {"mwaa-operator.io/retry-requested-at": "now"}
    plan = plan_environment(situation(live(Status="CREATE_FAILED"), annotations=annotations))
    assert actions(plan) == ["DeleteEnvironment"]
    later = plan_environment(situation(live(Status="CREATE_FAILED"), annotations=annotations, status=after(plan)))
    assert actions(later) == []
    gone = plan_environment(situation(annotations=annotations, status=after(plan)))
    assert actions(gone) == ["CreateEnvironment"]


def test_what_has_served_is_never_deleted_to_be_made_again() -> None:
    plan = plan_environment(
        situation(live(Status="CREATE_FAILED"), spec={"createFailurePolicy": "Recreate"}, status=SERVED)
    )
    assert actions(plan) == []
