"""Differences, and when they are sent: once, with only what changed, and never again after a failure."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.environment.plan import plan_environment, plan_failure
from mwaa_operator.environment.plan.situation import ArtifactLook, OptionLook
from tests.support.environments import MEMBERS, NOW, actions, after, live, message, situation, word


def failed(minutes: float = 5, *, state: str = "UPDATE_FAILED", **members: Any) -> Any:
    error = {"ErrorCode": "INCORRECT_CONFIGURATION", "ErrorMessage": "requirements do not install"}
    update = {"Status": "FAILED", "CreatedAt": NOW - timedelta(minutes=minutes), "Error": error}
    return live(Status=state, LastUpdate=update, **members)


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"dagS3Path": "dags"},
        {"maxWorkers": 10},
        {"loggingConfiguration": {"taskLogs": {"enabled": True, "logLevel": "INFO"}}},
        {"loggingConfiguration": {"schedulerLogs": {"enabled": False, "logLevel": "DEBUG"}}},
        {"networkConfiguration": {"subnetIds": ["subnet-2", "subnet-1"], "securityGroupIds": ["sg-1"]}},
        {"endpointManagement": "SERVICE"},
    ],
)
def test_defaults_order_and_spelling_are_never_a_difference(spec: dict[str, Any]) -> None:
    plan = plan_environment(situation(live(), spec=spec))
    assert actions(plan) == []
    assert word(plan) == ("True", "Succeeded")
    again = plan_environment(situation(live(), spec=spec, status=after(plan), now=NOW + timedelta(hours=1)))
    assert again.status == plan.status


@pytest.mark.parametrize(
    ("spec", "changes"),
    [
        ({"maxWorkers": 12}, {"MaxWorkers": 12}),
        ({"environmentClass": "mw1.medium", "maxWorkers": 12}, {"EnvironmentClass": "mw1.medium", "MaxWorkers": 12}),
        (
            {"environmentClass": "mw1.micro"},
            {"EnvironmentClass": "mw1.micro", "MaxWorkers": 1, "Schedulers": 1, "MinWebservers": 1, "MaxWebservers": 1},
        ),
        (
            {"loggingConfiguration": {"schedulerLogs": {"enabled": True, "logLevel": "DEBUG"}}},
            {"LoggingConfiguration": {"SchedulerLogs": {"Enabled": True, "LogLevel": "DEBUG"}}},
        ),
        (
            {"networkConfiguration": {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-2"]}},
            {"NetworkConfiguration": {"SecurityGroupIds": ["sg-2"]}},
        ),
        (
            {"airflowConfigurationOptions": {"core.parallelism": "8"}},
            {"AirflowConfigurationOptions": {"core.parallelism": "8"}},
        ),
    ],
)
def test_an_update_carries_only_what_changed(spec: dict[str, Any], changes: dict[str, Any]) -> None:
    plan = plan_environment(situation(live(), spec=spec))
    assert actions(plan) == ["UpdateEnvironment"]
    assert plan.actions[0].changes == changes | {"WorkerReplacementStrategy": "GRACEFUL"}
    assert plan.intent is not None
    assert plan.intent["operation"] == plan.status["operation"]
    assert word(plan) == ("False", "Updating")


def test_an_update_in_flight_is_not_sent_twice() -> None:
    spec = {"maxWorkers": 12}
    sent = plan_environment(situation(live(), spec=spec))
    for seconds, expected in ((5, []), (60, []), (120, ["UpdateEnvironment"])):
        later = situation(live(), spec=spec, status=after(sent), now=NOW + timedelta(seconds=seconds))
        assert actions(plan_environment(later)) == expected, f"after {seconds} s"


@pytest.mark.parametrize("state", ["UPDATE_FAILED", "AVAILABLE"])
def test_a_failed_update_is_not_resent_for_the_same_wish_but_once_by_the_retry_annotation(state: str) -> None:
    spec = {"maxWorkers": 12}
    sent = plan_environment(situation(live(), spec=spec))
    aws = failed(-1, state=state)
    told = plan_environment(situation(aws, spec=spec, status=after(sent), now=NOW + timedelta(minutes=2)))
    assert word(told) == ("False", "UpdateFailed")
    assert word(told, "Stalled") == ("True", "UpdateFailed")
    assert word(told, "Available") is not None
    assert "requirements do not install" in message(told)
    assert actions(told) == []
    for minutes in (10, 60, 600):
        now = NOW + timedelta(minutes=minutes)
        again = plan_environment(situation(aws, spec=spec, status=after(told), now=now))
        assert actions(again) == []
        assert again.status == told.status
    annotations = {"mwaa-operator.io/retry-requested-at": "1"}
    retried = plan_environment(situation(aws, spec=spec, status=after(told), annotations=annotations))
    assert actions(retried) == ["UpdateEnvironment"]
    refailed = failed(-30, state=state)
    now = NOW + timedelta(minutes=40)
    final = plan_environment(situation(refailed, spec=spec, status=after(retried), annotations=annotations, now=now))
    assert actions(final) == []
    assert word(final) == ("False", "UpdateFailed")


def test_a_failed_update_accepts_a_new_spec() -> None:
    sent = plan_environment(situation(live(), spec={"maxWorkers": 12}))
    told = plan_environment(situation(failed(-1), spec={"maxWorkers": 12}, status=after(sent)))
    plan = plan_environment(situation(failed(-1), spec={"maxWorkers": 13}, status=after(told), generation=2))
    assert actions(plan) == ["UpdateEnvironment"]


def test_a_failed_update_with_a_difference_and_no_record_is_reported_and_not_sent() -> None:
    plan = plan_environment(situation(failed(), spec={"maxWorkers": 12}))
    assert word(plan) == ("False", "UpdateFailed")
    assert actions(plan) == []


def test_going_back_to_what_runs_heals_a_failed_update() -> None:
    sent = plan_environment(situation(live(), spec={"maxWorkers": 12}))
    told = plan_environment(situation(failed(-1), spec={"maxWorkers": 12}, status=after(sent)))
    plan = plan_environment(situation(failed(-1), spec={"maxWorkers": 10}, status=after(told), generation=2))
    assert word(plan) == ("True", "Succeeded")


@pytest.mark.parametrize(("policy", "expected"), [("Report", []), ("Correct", ["UpdateEnvironment"])])
def test_drift_is_reported_or_corrected_by_policy(policy: str, expected: list[str]) -> None:
    spec = {"maxWorkers": 10, "driftPolicy": policy}
    settled = plan_environment(situation(live(), spec=spec))
    plan = plan_environment(situation(live(MaxWorkers=20), spec=spec, status=after(settled)))
    assert actions(plan) == expected
    assert [item["field"] for item in plan.status["pendingChanges"]] == ["maxWorkers"]
    if not expected:
        assert word(plan) == ("True", "Drifted")
        assert word(plan, "Synced") == ("False", "Drifted")


def test_an_edit_is_sent_although_drift_elsewhere_is_only_reported() -> None:
    spec = {"maxWorkers": 10}
    settled = plan_environment(situation(live(), spec=spec))
    edited = spec | {"minWorkers": 2}
    plan = plan_environment(situation(live(MaxWorkers=20), spec=edited, status=after(settled), generation=2))
    assert plan.actions[0].changes == {"MinWorkers": 2, "WorkerReplacementStrategy": "GRACEFUL"}


def test_approval_lets_exactly_the_shown_changes_through() -> None:
    spec = {"maxWorkers": 12, "updatePolicy": {"when": "Approval"}}
    held = plan_environment(situation(live(), spec=spec))
    assert word(held) == ("True", "AwaitingApproval")
    assert actions(held) == []
    annotations = {"mwaa-operator.io/approve-changes": held.status["pendingChangesHash"]}
    other = plan_environment(situation(live(), spec=spec | {"maxWorkers": 13}, annotations=annotations))
    assert actions(other) == []
    plan = plan_environment(situation(live(), spec=spec, status=after(held), annotations=annotations))
    assert actions(plan) == ["UpdateEnvironment"]


def test_the_first_change_of_an_adopted_environment_waits_for_approval() -> None:
    spec = {"maxWorkers": 12, "adoptionPolicy": "AdoptOrCreate"}
    adopted = plan_environment(situation(live(Tags={}), spec=spec))
    assert actions(adopted) == ["TagResource"]
    held = plan_environment(situation(live(), spec=spec, status=after(adopted)))
    assert word(held) == ("True", "AwaitingApproval")
    still = plan_environment(situation(live(), spec=spec, status=after(held), now=NOW + timedelta(hours=1)))
    assert actions(still) == []
    annotations = {"mwaa-operator.io/approve-changes": held.status["pendingChangesHash"]}
    plan = plan_environment(situation(live(), spec=spec, status=after(held), annotations=annotations))
    assert actions(plan) == ["UpdateEnvironment"]


@pytest.mark.parametrize(("hour", "expected"), [(12, []), (2, ["UpdateEnvironment"])])
def test_changes_wait_for_the_window(hour: int, expected: list[str]) -> None:
    window = {"schedule": "0 2 * * *", "duration": "2h", "timeZone": "UTC"}
    spec = {"maxWorkers": 12, "updatePolicy": {"when": "Window", "window": window}}
    plan = plan_environment(situation(live(), spec=spec, now=NOW.replace(hour=hour), observed={"zone": UTC}))
    assert actions(plan) == expected
    if not expected:
        assert word(plan) == ("True", "AwaitingWindow")


@pytest.mark.parametrize(
    ("window", "zone", "word_of_it"),
    [
        ({"schedule": "0 0 31 2 *", "duration": "2h"}, UTC, "schedule"),
        ({"schedule": "0 5-1 * * *", "duration": "2h"}, UTC, "schedule"),
        ({"schedule": "0 2 * * *", "duration": "2h", "timeZone": "Mars/Olympus"}, None, "timeZone"),
    ],
)
def test_a_window_that_never_opens_is_an_invalid_spec(window: dict[str, Any], zone: Any, word_of_it: str) -> None:
    spec = {"maxWorkers": 12, "updatePolicy": {"when": "Window", "window": window}}
    plan = plan_environment(situation(live(), spec=spec, observed={"zone": zone}))
    assert word(plan) == ("False", "InvalidSpec")
    assert word_of_it in message(plan)


def test_nothing_is_sent_in_the_hour_before_aws_maintenance() -> None:
    aws = live(WeeklyMaintenanceWindowStart="WED:12:30")
    plan = plan_environment(situation(aws, spec={"maxWorkers": 12}))
    assert word(plan) == ("True", "AwaitingMaintenance")
    assert actions(plan) == []


def test_nothing_is_sent_in_maintenance() -> None:
    plan = plan_environment(situation(live(Status="MAINTENANCE"), spec={"maxWorkers": 12}))
    assert word(plan) == ("True", "Maintenance")
    assert word(plan, "Synced") == ("False", "Maintenance")
    assert actions(plan) == []


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"networkConfiguration": {"subnetIds": ["subnet-1", "subnet-9"], "securityGroupIds": ["sg-1"]}}, "subnetIds"),
        ({"endpointManagement": "CUSTOMER"}, "endpointManagement"),
        ({"kmsKey": "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"}, "kmsKey"),
    ],
)
def test_immutable_differences_need_a_replacement(spec: dict[str, Any], field: str) -> None:
    plan = plan_environment(situation(live(), spec=spec))
    assert word(plan) == ("False", "ReplacementRequired")
    assert field in message(plan)
    assert actions(plan) == []


def test_a_key_id_and_its_arn_are_the_same_key() -> None:
    spec = {"kmsKey": "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"}
    assert word(plan_environment(situation(live(KmsKey="11111111-2222-3333-4444-555555555555"), spec=spec))) == (
        "True",
        "Succeeded",
    )


@pytest.mark.parametrize(
    ("wanted", "policy", "reason"),
    [
        ("2.11.2", {}, "Updating"),
        ("3.2.1", {}, "InvalidSpec"),
        ("2.9.2", {}, "InvalidSpec"),
        ("2.9.2", {"allowDowngrade": True}, "Updating"),
        ("2.5.1", {"allowDowngrade": True}, "InvalidSpec"),
        ("2.12.7", {}, "Updating"),
    ],
)
def test_versions_move_only_along_the_allowed_paths(wanted: str, policy: dict[str, Any], reason: str) -> None:
    plan = plan_environment(situation(live(), spec={"airflowVersion": wanted, "updatePolicy": policy}))
    assert (word(plan) or ("", ""))[1] == reason


def test_blocked_options_are_refused_by_name() -> None:
    plan = plan_environment(situation(live(), spec={"airflowConfigurationOptions": {"core.fernet_key": "x"}}))
    assert word(plan) == ("False", "InvalidSpec")
    assert "core.fernet_key" in message(plan)


def test_removing_the_options_clears_them() -> None:
    options = {"core.parallelism": "8"}
    aws = live(AirflowConfigurationOptions=options)
    settled = plan_environment(situation(aws, spec={"airflowConfigurationOptions": options}))
    assert word(settled) == ("True", "Succeeded")
    plan = plan_environment(situation(aws, status=after(settled), generation=2))
    assert plan.actions[0].changes["AirflowConfigurationOptions"] == {}
    cleared = plan_environment(situation(live(), status=after(plan), now=NOW + timedelta(minutes=30)))
    assert word(cleared) == ("True", "Succeeded")


def secret(value: str, digest: str) -> dict[str, Any]:
    look = OptionLook(name="smtp.smtp_password", value=SecretStr(value), digest=digest)
    return {"options": (look,), "key_id": "k1"}


SECRET_SPEC = {
    "airflowConfigurationOptionsFrom": [
        {"name": "smtp.smtp_password", "valueFrom": {"secretKeyRef": {"name": "smtp", "key": "password"}}}
    ]
}


def test_a_secret_option_is_sent_beside_the_plan_and_never_in_it() -> None:
    plan = plan_environment(situation(live(), spec=SECRET_SPEC, observed=secret("canary-7d1f", "d1")))
    assert plan.actions[0].secrets["smtp.smtp_password"].get_secret_value() == "canary-7d1f"
    assert "canary-7d1f" not in repr(plan)


def test_a_masked_secret_option_is_compared_by_its_digest() -> None:
    aws = live(AirflowConfigurationOptions={"smtp.smtp_password": "canary-7d1f"})
    settled = plan_environment(situation(aws, spec=SECRET_SPEC, observed=secret("canary-7d1f", "d1")))
    masked = live(AirflowConfigurationOptions={"smtp.smtp_password": "****"})
    same = plan_environment(
        situation(masked, spec=SECRET_SPEC, observed=secret("canary-7d1f", "d1"), status=after(settled))
    )
    assert actions(same) == []
    rotated = plan_environment(
        situation(masked, spec=SECRET_SPEC, observed=secret("canary-new", "d2"), status=after(settled))
    )
    assert actions(rotated) == ["UpdateEnvironment"]
    other_key = secret("canary-7d1f", "other") | {"key_id": "k2"}
    rekeyed = plan_environment(situation(masked, spec=SECRET_SPEC, observed=other_key, status=after(settled)))
    assert actions(rekeyed) == []
    assert rekeyed.status["secretHashes"]["keyId"] == "k2"


def test_a_missing_secret_is_a_dependency() -> None:
    look = OptionLook(name="smtp.smtp_password", problem="there is no Secret smtp")
    plan = plan_environment(situation(spec=SECRET_SPEC, observed={"options": (look,)}))
    assert word(plan) == ("False", "DependencyNotReady")
    assert actions(plan) == []


def test_a_secret_that_vanished_is_told_even_where_aws_shows_no_difference() -> None:
    look = OptionLook(name="smtp.smtp_password", problem="there is no Secret smtp")
    plan = plan_environment(situation(live(), spec=SECRET_SPEC, observed={"options": (look,)}))
    assert word(plan) == ("False", "DependencyNotReady")
    assert actions(plan) == []


REQUIREMENTS = {"requirementsS3Path": "requirements.txt"}
PINNED = MEMBERS | {"RequirementsS3Path": "requirements.txt", "RequirementsS3ObjectVersion": "v1"}


def newest(version: str) -> dict[str, Any]:
    return {"artifacts": {"requirements": ArtifactLook(version)}}


def test_a_pinned_artefact_stays_and_the_newer_version_is_shown() -> None:
    settled = plan_environment(situation(live(**PINNED), spec=REQUIREMENTS, observed=newest("v1")))
    plan = plan_environment(situation(live(**PINNED), spec=REQUIREMENTS, observed=newest("v2"), status=after(settled)))
    assert actions(plan) == []
    assert word(plan, "ArtifactsCurrent") == ("False", "NewerVersion")


def test_a_pinned_artefact_that_is_gone_from_s3_holds_no_other_change_back() -> None:
    settled = plan_environment(situation(live(**PINNED), spec=REQUIREMENTS, observed=newest("v1")))
    gone = {"artifacts": {"requirements": ArtifactLook(None)}}
    spec = REQUIREMENTS | {"maxWorkers": 12}
    plan = plan_environment(situation(live(**PINNED), spec=spec, observed=gone, status=after(settled), generation=2))
    assert plan.actions[0].changes == {"MaxWorkers": 12, "WorkerReplacementStrategy": "GRACEFUL"}
    moved = plan_environment(
        situation(live(**PINNED), spec={"requirementsS3Path": "new.txt"}, observed=gone, status=after(settled))
    )
    assert word(moved) == ("False", "DependencyNotReady")
    assert "new.txt" in message(moved)


def test_a_followed_artefact_is_rolled_out_after_the_debounce() -> None:
    spec = REQUIREMENTS | {"artifactPolicy": "Follow"}
    settled = plan_environment(situation(live(**PINNED), spec=spec, observed=newest("v1")))
    seen = plan_environment(situation(live(**PINNED), spec=spec, observed=newest("v2"), status=after(settled)))
    assert actions(seen) == []
    assert seen.requeue_after == 120
    now = NOW + timedelta(seconds=121)
    plan = plan_environment(situation(live(**PINNED), spec=spec, observed=newest("v2"), status=after(seen), now=now))
    assert plan.actions[0].changes == {
        "RequirementsS3Path": "requirements.txt",
        "RequirementsS3ObjectVersion": "v2",
        "WorkerReplacementStrategy": "GRACEFUL",
    }


def test_tags_are_set_and_removed_without_an_update_and_foreign_ones_left() -> None:
    tags = MEMBERS["Tags"] | {"org": "theirs"}
    plan = plan_environment(situation(live(Tags=tags), spec={"tags": {"team": "data"}}))
    assert actions(plan) == ["TagResource"]
    settled = plan_environment(situation(live(Tags=tags | {"team": "data"}), spec={"tags": {"team": "data"}}))
    removed = plan_environment(situation(live(Tags=tags | {"team": "data"}), status=after(settled), generation=2))
    assert actions(removed) == ["UntagResource"]
    assert removed.actions[0].keys == ("team",)


def test_observe_reports_differences_and_sends_nothing() -> None:
    spec = {"maxWorkers": 12, "managementPolicy": "Observe"}
    plan = plan_environment(situation(live(Tags={}), spec=spec, finalizer=False))
    assert actions(plan) == []
    assert word(plan) == ("True", "Observe")


def test_a_refused_graceful_replacement_waits_for_approval_and_is_then_forced() -> None:
    spec = {"maxWorkers": 12}
    first = situation(live(), spec=spec)
    plan = plan_environment(first)
    failure = Failure(FailureKind.INVALID, "mwaa:UpdateEnvironment", "ValidationException", "GRACEFUL is not available")
    refused = plan_failure(first, plan, plan.actions[0], failure)
    held = plan_environment(situation(live(), spec=spec, status=after(refused)))
    assert word(held) == ("True", "AwaitingApproval")
    annotations = {"mwaa-operator.io/approve-changes": held.status["pendingChangesHash"]}
    forced = plan_environment(situation(live(), spec=spec, status=after(held), annotations=annotations))
    assert forced.actions[0].changes["WorkerReplacementStrategy"] == "FORCED"


@pytest.mark.parametrize(
    ("kind", "maybe", "keeps"),
    [
        (FailureKind.UNAVAILABLE, True, True),
        (FailureKind.THROTTLED, False, False),
        (FailureKind.WRONG_STATE, False, False),
    ],
)
def test_only_an_update_that_may_have_happened_stays_in_flight(kind: FailureKind, maybe: bool, keeps: bool) -> None:
    first = situation(live(), spec={"maxWorkers": 12})
    plan = plan_environment(first)
    told = plan_failure(first, plan, plan.actions[-1], Failure(kind, "mwaa:UpdateEnvironment", "x", "y", maybe))
    assert ("operation" in told.status) == keeps
    assert word(told, "Stalled") is None


def test_an_invalid_update_is_not_sent_again() -> None:
    first = situation(live(), spec={"maxWorkers": 12})
    plan = plan_environment(first)
    told = plan_failure(
        first, plan, plan.actions[-1], Failure(FailureKind.INVALID, "mwaa:UpdateEnvironment", "V", "no")
    )
    assert word(told) == ("False", "UpdateFailed")
    again = plan_environment(situation(live(), spec={"maxWorkers": 12}, status=after(told)))
    assert actions(again) == []
    assert word(again) == ("False", "UpdateFailed")
