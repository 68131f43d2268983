"""What an AwsAccount says of itself, and when its finalizer comes and goes. One test or table for each rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.account.plan import AddFinalizer, Observed, RemoveFinalizer, plan_account
from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.meta import FINALIZER, ObjectKey
from mwaa_operator.api.plan import Plan
from mwaa_operator.api.timing import Timings
from tests.support.accounts import ACCOUNT, account, account_body
from tests.support.kstatus import argo_health, flux_at_rest, kstatus

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TIMINGS = Timings()
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/session-1"
USER = ObjectKey("MwaaEnvironment", "team-a", "one")
SEEN = Observed(caller_arn=CALLER)


def failure(kind: FailureKind, code: str = "Code", message: str = "what AWS said") -> Failure:
    return Failure(kind, "sts:AssumeRole", code, message)


def failing(kind: FailureKind, code: str = "Code", *, hours: float = 0.0) -> Observed:
    return Observed(failure=failure(kind, code), failing_since=NOW - timedelta(hours=hours))


def planned(observed: Observed, *, after: Plan | None = None, now: datetime = NOW, **changes: Any) -> Plan:
    return plan_account(account(status=after.status if after else None, **changes), observed, now, TIMINGS)


def conditions(plan: Plan) -> dict[str, tuple[str, str]]:
    return {item["type"]: (item["status"], item["reason"]) for item in plan.status["conditions"]}


def message(plan: Plan) -> str:
    return str(plan.status["conditions"][0]["message"])


VERIFIED = planned(SEEN)


def test_an_account_that_aws_confirms_is_ready() -> None:
    assert conditions(VERIFIED) == {"Ready": ("True", "Verified")}
    assert VERIFIED.status["callerArn"] == CALLER
    assert VERIFIED.status["observedGeneration"] == 1
    assert VERIFIED.status["references"] == 0
    assert (VERIFIED.requeue_after, VERIFIED.retry) == (TIMINGS.maintenance, False)
    assert [(notice.reason, notice.type) for notice in VERIFIED.notices] == [("Verified", "Normal")]


def test_a_second_look_that_sees_the_same_changes_nothing_and_tells_nothing() -> None:
    again = planned(SEEN, after=VERIFIED, now=NOW + timedelta(hours=1))
    assert again.status == VERIFIED.status
    assert (again.actions, again.notices) == ((), ())


def test_a_new_name_of_the_same_session_is_no_change() -> None:
    renewed = Observed(caller_arn=CALLER.replace("session-1", "session-2"))
    assert planned(renewed, after=VERIFIED).status == VERIFIED.status


def test_another_role_is_a_change() -> None:
    other = Observed(caller_arn=CALLER.replace("operator", "other"))
    assert planned(other, after=VERIFIED).status["callerArn"] == other.caller_arn


def test_a_user_of_iam_has_no_session_to_ignore() -> None:
    before = planned(Observed(caller_arn=f"arn:aws:iam::{ACCOUNT}:user/one"))
    after = planned(Observed(caller_arn=f"arn:aws:iam::{ACCOUNT}:user/two"), after=before)
    assert after.status["callerArn"].endswith("user/two")


def test_credentials_of_another_account_only_a_person_can_help() -> None:
    plan = planned(failing(FailureKind.INVALID, "AccountMismatch"), after=VERIFIED)
    assert conditions(plan) == {"Ready": ("False", "AccountMismatch"), "Stalled": ("True", "AccountMismatch")}
    assert "callerArn" not in plan.status
    assert plan.requeue_after == TIMINGS.stalled
    assert [(notice.reason, notice.type) for notice in plan.notices] == [("AccountMismatch", "Warning")]


REFUSALS = [
    (FailureKind.CREDENTIALS, "AccessDenied", "AccessDenied"),
    (FailureKind.ACCESS_DENIED, "AccessDenied", "AccessDenied"),
    (FailureKind.CREDENTIALS, "NoCredentialsError", "CredentialsFailed"),
    (FailureKind.CREDENTIALS, "ExpiredToken", "CredentialsFailed"),
    (FailureKind.REFUSED, "Novel", "Refused"),
]


@pytest.mark.parametrize(("kind", "code", "reason"), REFUSALS)
def test_a_refusal_is_told_at_once_with_its_cause_and_retried(kind: FailureKind, code: str, reason: str) -> None:
    plan = planned(failing(kind, code), after=VERIFIED)
    assert conditions(plan) == {"Ready": ("False", reason), "Reconciling": ("True", "ProgressingWithRetry")}
    assert message(plan) == f"sts:AssumeRole: {code}: what AWS said"
    assert (plan.requeue_after, plan.retry) == (None, True)
    assert [notice.type for notice in plan.notices] == ["Warning"]


@pytest.mark.parametrize(("kind", "code", "reason"), REFUSALS)
def test_a_refusal_that_lasts_half_an_hour_is_stalled(kind: FailureKind, code: str, reason: str) -> None:
    first = planned(failing(kind, code), after=VERIFIED)
    later = planned(failing(kind, code), after=first, now=NOW + timedelta(minutes=30))
    assert conditions(later) == {"Ready": ("False", reason), "Stalled": ("True", reason)}
    assert later.requeue_after == TIMINGS.stalled
    assert later.notices == ()


def test_a_refusal_that_is_over_makes_the_account_ready_again() -> None:
    refused = planned(failing(FailureKind.CREDENTIALS), after=VERIFIED)
    assert conditions(planned(SEEN, after=refused)) == {"Ready": ("True", "Verified")}


SILENCE = [FailureKind.UNAVAILABLE, FailureKind.THROTTLED]


@pytest.mark.parametrize("kind", SILENCE)
def test_silence_leaves_a_confirmed_account_ready_for_an_hour(kind: FailureKind) -> None:
    plan = planned(failing(kind, hours=0.9), after=VERIFIED)
    assert plan.status == VERIFIED.status
    assert (plan.retry, plan.notices) == (True, ())


@pytest.mark.parametrize("kind", SILENCE)
def test_silence_of_more_than_an_hour_is_told(kind: FailureKind) -> None:
    plan = planned(failing(kind, hours=1.0), after=VERIFIED)
    assert conditions(plan) == {"Ready": ("False", "AwsUnavailable"), "Reconciling": ("True", "ProgressingWithRetry")}
    assert plan.retry


@pytest.mark.parametrize("kind", SILENCE)
def test_silence_never_stalls(kind: FailureKind) -> None:
    first = planned(failing(kind))
    later = planned(failing(kind, hours=48), after=first, now=NOW + timedelta(hours=48))
    assert "Stalled" not in conditions(later)


def test_an_account_that_was_never_confirmed_is_not_ready_in_silence() -> None:
    assert conditions(planned(failing(FailureKind.UNAVAILABLE)))["Ready"] == ("False", "AwsUnavailable")


def test_an_edited_account_is_not_ready_by_what_was_confirmed_before() -> None:
    plan = planned(failing(FailureKind.UNAVAILABLE), after=VERIFIED, generation=2)
    assert conditions(plan)["Ready"] == ("False", "AwsUnavailable")
    assert plan.status["observedGeneration"] == 2


def test_a_used_account_is_held_and_counts_its_users() -> None:
    used = Observed(references=(USER,), caller_arn=CALLER)
    assert planned(used).actions == (AddFinalizer(),)
    assert planned(used).status["references"] == 1
    assert planned(used, finalizers=[FINALIZER]).actions == ()


def test_an_account_that_nobody_uses_any_more_is_let_go() -> None:
    assert planned(SEEN, finalizers=[FINALIZER, "theirs"]).actions == (RemoveFinalizer(),)
    assert planned(SEEN, finalizers=["theirs"]).actions == ()


def test_a_used_account_is_held_also_while_aws_refuses_us() -> None:
    refused = Observed(references=(USER,), failure=failure(FailureKind.CREDENTIALS))
    assert planned(refused).actions == (AddFinalizer(),)


def deleting(references: int, *, minutes: float = 0.0, after: Plan | None = None) -> Plan:
    users = tuple(ObjectKey("MwaaEnvironment", "team-a", f"env-{number:02}") for number in range(references))
    begun = (NOW - timedelta(minutes=minutes)).isoformat()
    return planned(Observed(references=users), after=after, deletionTimestamp=begun, finalizers=[FINALIZER])


def test_a_deleted_account_that_nobody_uses_goes_at_once() -> None:
    plan = deleting(0)
    assert (plan.actions, plan.status) == ((RemoveFinalizer(),), {})


def test_a_deleted_account_without_our_finalizer_is_none_of_our_business() -> None:
    plan = planned(Observed(), deletionTimestamp=NOW.isoformat(), finalizers=["theirs"])
    assert (plan.actions, plan.status) == ((), {})


def test_a_deleted_account_that_is_used_says_by_whom_and_stays() -> None:
    plan = deleting(2)
    assert conditions(plan) == {"Ready": ("False", "InUse"), "Reconciling": ("True", "InUse")}
    assert "MwaaEnvironment/team-a/env-00, MwaaEnvironment/team-a/env-01:" in message(plan)
    assert (plan.actions, plan.requeue_after) == ((), TIMINGS.poll_min)
    assert [(notice.reason, notice.type) for notice in plan.notices] == [("InUse", "Warning")]
    assert deleting(2, after=plan).notices == ()


def test_at_most_ten_users_are_named() -> None:
    text = message(deleting(13))
    assert text.count("MwaaEnvironment/") == 10
    assert "and 3 more" in text


def test_a_deletion_that_is_blocked_for_half_an_hour_says_so() -> None:
    plan = deleting(1, minutes=30)
    assert conditions(plan) == {"Ready": ("False", "InUse"), "Stalled": ("True", "DeletionBlocked")}


def test_a_request_to_look_again_is_answered_and_the_answer_is_kept() -> None:
    asked = planned(SEEN, after=VERIFIED, annotations={"mwaa-operator.io/reconcile-requested-at": "x" * 300})
    assert asked.status["lastHandledReconcileAt"] == "x" * 256
    assert planned(SEEN, after=asked).status["lastHandledReconcileAt"] == "x" * 256


observations = st.builds(
    Observed,
    references=st.lists(st.builds(ObjectKey, st.just("MwaaEnvironment"), st.just("ns"), st.text())).map(tuple),
    caller_arn=st.just(CALLER),
    failure=st.one_of(st.none(), st.builds(failure, st.sampled_from(FailureKind), st.text(max_size=20))),
    failing_since=st.one_of(st.none(), st.just(NOW - timedelta(hours=2)), st.just(NOW)),
)


@given(st.lists(st.tuples(observations, st.booleans(), st.integers(0, 7200)), min_size=1, max_size=6))
def test_every_status_left_behind_is_one_that_other_tools_can_read(
    history: list[tuple[Observed, bool, int]],
) -> None:
    """kstatus, Flux and Argo CD agree with Ready; a pass that sees the same again leaves the same."""
    status: dict[str, Any] | None = None
    now = NOW
    for observed, held, seconds in history:
        now += timedelta(seconds=seconds)
        changes: dict[str, Any] = {"finalizers": [FINALIZER] if held else []}
        plan = plan_account(account(status=status, **changes), observed, now, TIMINGS)
        body = account_body(status=plan.status, **changes)
        assert flux_at_rest(body) == []
        ready = conditions(plan)["Ready"][0] == "True"
        assert (kstatus(body) == "Current") is ready
        assert (argo_health(body) == "Healthy") is ready
        assert plan_account(account(status=plan.status, **changes), observed, now, TIMINGS).status == plan.status
        status = plan.status
