"""The reasons of a workflow: every way to fail has its own word, and every text says where it stands.

That each is used and explained in the reference is tested for all kinds in tests/unit/api/test_reasons.py.
"""

from __future__ import annotations

import re

import pytest

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.api.reasons import meanings
from mwaa_operator.environment.reasons import Reason as EnvironmentReason
from mwaa_operator.workflow.reasons import DetailReason, Reason, RunReason
from mwaa_operator.workflow.status import ABNORMAL, NORMAL

CONDITION = re.compile(rf"\b({'|'.join((*NORMAL, *ABNORMAL))})\b")
COMMON = {
    EnvironmentReason.SUCCEEDED,
    EnvironmentReason.PROGRESSING,
    EnvironmentReason.AWAITING_APPROVAL,
    EnvironmentReason.DRIFTED,
    EnvironmentReason.OBSERVE,
    EnvironmentReason.SUSPENDED,
    EnvironmentReason.CREATING,
    EnvironmentReason.UPDATING,
    EnvironmentReason.DELETING,
    EnvironmentReason.DEPENDENCY_NOT_READY,
    EnvironmentReason.NOT_PERMITTED,
    EnvironmentReason.NOT_OWNED,
    EnvironmentReason.NAME_CONFLICT,
    EnvironmentReason.ACCOUNT_CHANGED,
    EnvironmentReason.INVALID_SPEC,
    EnvironmentReason.ACCESS_DENIED,
    EnvironmentReason.CREDENTIALS_FAILED,
    EnvironmentReason.IAM_PROPAGATION,
    EnvironmentReason.QUOTA_EXCEEDED,
    EnvironmentReason.AWS_UNAVAILABLE,
}
"""What both kinds can say is said in the same word."""

RUN_ENDINGS = {
    "the text could not be read": DetailReason.DEFINITION_ERROR_AT_RUN,
    "a task failed": DetailReason.TASK_FAILED,
    "a task failed in a green run": DetailReason.MASKED_TASK_FAILURE,
    "it took too long": DetailReason.TIMED_OUT,
    "somebody stopped it": DetailReason.STOPPED,
    "the code is broken": DetailReason.CODE_PACKAGE_ERROR,
    "AWS does not say why": DetailReason.RUN_FAILED,
}


def test_both_kinds_say_the_same_in_the_same_word() -> None:
    assert {str(word) for word in COMMON} <= {str(word) for word in Reason}


@pytest.mark.parametrize("word", DetailReason)
def test_a_detail_says_on_which_condition_it_stands(word: DetailReason) -> None:
    text = meanings(DetailReason)[word]
    assert CONDITION.match(text), "it begins with the condition"


@pytest.mark.parametrize(("ending", "word"), RUN_ENDINGS.items(), ids=RUN_ENDINGS.keys())
def test_every_way_to_end_badly_is_told_apart(ending: str, word: DetailReason) -> None:
    assert "LastRunSucceeded" in meanings(DetailReason)[word], ending
    assert list(RUN_ENDINGS.values()).count(word) == 1
    assert word.value not in {str(other) for other in Reason}, "a run never makes the workflow un-Ready"


@pytest.mark.parametrize("text", [*meanings(Reason).values(), *meanings(RunReason).values()])
def test_a_reason_says_what_to_do_or_that_waiting_is_enough(text: str) -> None:
    """After the colon comes the next step; what AWS or the operator does by itself says so."""
    assert re.search(r": |; (retried|looked)|retried|\btold\b", text), text


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_of_a_call_can_be_told(kind: FailureKind) -> None:
    words = {kind.value, *SPELT_OTHERWISE.get(kind, ())}
    assert words & {str(word) for word in (*Reason, *DetailReason, *RunReason)}


SPELT_OTHERWISE = {
    FailureKind.UNAVAILABLE: {"AwsUnavailable"},
    FailureKind.CREDENTIALS: {"CredentialsFailed"},
    FailureKind.PROPAGATION: {"IamPropagation"},
    FailureKind.INVALID: {"InvalidSpec"},
}
