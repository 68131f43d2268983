"""Pods and Deployments as the planner sees them."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.gateway.looks.pods import deployment_look, fleet, life
from mwaa_operator.gateway.names import PROOF, REVISION_LABEL, ROLE_LABEL, SERVING


def pod(name: str = "p", role: str = SERVING, *, ready: bool = True, leaving: bool = False, **status: Any) -> Any:
    metadata = {
        "name": name,
        "uid": f"u-{name}",
        "creationTimestamp": "2026-11-21T12:00:00Z",
        "labels": {ROLE_LABEL: role, REVISION_LABEL: "r1"},
    }
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {
        "metadata": metadata | ({"deletionTimestamp": "2026-11-21T12:01:00Z"} if leaving else {}),
        "status": {"podIP": "10.0.0.1", "conditions": conditions} | status,
    }


def running(*, replicas: int = 1, **status: Any) -> dict[str, Any]:
    counts = {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1}
    return {
        "metadata": {"resourceVersion": "7", "generation": 2},
        "spec": {"replicas": replicas, "template": {"metadata": {"labels": {REVISION_LABEL: "r1"}}}},
        "status": counts | status,
    }


def test_serving_pods_and_those_of_proofs_are_told_apart_by_their_label() -> None:
    found = fleet([pod("b"), pod("a", leaving=True), pod("c", PROOF), pod("d", PROOF, leaving=True), pod("e", "")])
    assert [(item.name, item.leaving) for item in found.serving] == [("a", True), ("b", False)]
    assert [item.name for item in found.proofs] == ["c"]
    assert found.addresses["c"] == "10.0.0.1"


def test_a_pod_that_ended_serves_nobody() -> None:
    assert fleet([pod(phase="Failed")]).serving == ()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            {"containerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull", "message": "no x"}}}]},
            "ErrImagePull: no x",
        ),
        (
            {
                "containerStatuses": [
                    {
                        "state": {"waiting": {"reason": "ContainerCreating"}},
                        "lastState": {"terminated": {"reason": "Error", "exitCode": 1}},
                    }
                ]
            },
            "Error with exit code 1",
        ),
        (
            {
                "containerStatuses": [
                    {
                        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
                        "lastState": {"terminated": {"reason": "StartError", "exitCode": 128, "message": "no java"}},
                    }
                ]
            },
            "StartError with exit code 128: no java",
        ),
        ({"containerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}, ""),
        (
            {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "full"}]},
            "Unschedulable: full",
        ),
        ({}, ""),
    ],
)
def test_why_a_proof_does_not_start_is_told(status: dict[str, Any], words: str) -> None:
    assert fleet([pod(role=PROOF, ready=False, **status)]).proofs[0].trouble == words


def test_what_a_pod_says_is_told_without_the_keys_of_its_file_however_it_is_cut() -> None:
    key = "k" * 43
    for filling in (0, 230):
        ended = {"reason": "Error", "message": "x" * filling + key}
        body = pod(role=PROOF, ready=False, containerStatuses=[{"state": {"terminated": ended}}])
        told = fleet([body], secrets=[key]).proofs[0].trouble
        assert "****" in told
        assert "kk" not in told


def test_a_container_that_was_started_anew_is_another_life() -> None:
    assert life(pod()) != life(pod(containerStatuses=[{"restartCount": 1}]))


def test_a_deployment_is_complete_when_all_replicas_run_its_template_and_nothing_else_runs() -> None:
    pods = fleet([pod()]).serving
    assert deployment_look(running(), pods).complete
    assert deployment_look(running(), pods).revision == "r1"


@pytest.mark.parametrize(
    ("body", "pods"),
    [
        (running(observedGeneration=1), [pod()]),
        (running(replicas=2), [pod()]),
        (running(readyReplicas=0), [pod()]),
        (running(replicas=2, replicas_=2, updatedReplicas=1), [pod()]),
        (running(), [pod(), pod("old", leaving=True)]),
    ],
)
def test_a_deployment_under_way_is_not_complete(body: dict[str, Any], pods: list[Any]) -> None:
    assert not deployment_look(body, fleet(pods).serving).complete
