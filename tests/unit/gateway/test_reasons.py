"""The reasons of gateways and routes: a text says where it stands and what to do, and both kinds speak alike."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from mwaa_operator.api.reasons import meanings
from mwaa_operator.gateway import reasons as gateway
from mwaa_operator.gateway import status as gateway_status
from mwaa_operator.route import reasons as route
from mwaa_operator.route import status as route_status
from mwaa_operator.workflow.reasons import Reason as WorkflowReason

COMMON = {
    WorkflowReason.SUCCEEDED,
    WorkflowReason.PROGRESSING,
    WorkflowReason.SUSPENDED,
    WorkflowReason.DEPENDENCY_NOT_READY,
    WorkflowReason.NOT_PERMITTED,
    WorkflowReason.INVALID_SPEC,
}
"""What every kind can say is said in the same word."""
DETAILS = [
    *((word, gateway.DetailReason, gateway_status) for word in gateway.DetailReason),
    *((word, route.DetailReason, route_status) for word in route.DetailReason),
]


@pytest.mark.parametrize("words", [gateway.Reason, route.Reason])
def test_every_kind_says_the_same_in_the_same_word(words: type[StrEnum]) -> None:
    assert {str(word) for word in COMMON} <= {str(word) for word in words}


@pytest.mark.parametrize(("word", "words", "status"), DETAILS)
def test_a_detail_says_on_which_condition_it_stands(word: StrEnum, words: type[StrEnum], status: object) -> None:
    types = "|".join((*gateway_status.NORMAL, *gateway_status.ABNORMAL, *route_status.NORMAL))
    named = re.match(rf"({types})\b", meanings(words)[word])
    assert named
    assert named[1] in {*getattr(status, "NORMAL"), *getattr(status, "ABNORMAL")}  # noqa: B009  of either module


@pytest.mark.parametrize("text", [*meanings(gateway.Reason).values(), *meanings(route.Reason).values()])
def test_a_reason_says_what_to_do_or_that_waiting_is_enough(text: str) -> None:
    assert re.search(r": |; (retried|looked)", text), text


def test_what_both_kinds_say_of_a_cluster_is_one_word() -> None:
    shared = {"ClusterUnreachable", "TokenRejected", "SparkOperatorMissing", "UndeclaredSubQueues"}
    assert shared <= {str(word) for word in gateway.DetailReason}
    assert shared <= {str(word) for word in route.DetailReason}
