"""A pod's status follows from its containers, as the kubelet writes it; so do the waits between their starts."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.kubelet.backoff import BackOff
from localcloud.kubelet.hooks import sleeping
from localcloud.kubelet.status import ContainerState, pod_status, running, terminated, waiting

THEN, NOW = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"


def ended(code: int) -> dict[str, Any]:
    return terminated(code, since=THEN, until=NOW)


NEW = ContainerState("c", "image")
RUNS = ContainerState("c", "image", running(THEN), started=True)
READY = ContainerState("c", "image", running(THEN), started=True, ready=True)
CRASHED = ContainerState("c", "image", waiting("CrashLoopBackOff"), last=ended(1), restarts=3)
DONE = ContainerState("c", "image", ended(0), over=True)
BROKEN = ContainerState("c", "image", ended(3), over=True)


def status(*containers: ContainerState, previous: Any = ()) -> dict[str, Any]:
    return pod_status(containers, ip="127.0.9.1", started=THEN, previous=previous, now=NOW)


def conditions(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {condition["type"]: condition for condition in body["conditions"]}


@pytest.mark.parametrize(
    ("containers", "phase", "ready", "reason"),
    [
        ((NEW,), "Pending", "False", "ContainersNotReady"),
        ((READY, NEW), "Pending", "False", "ContainersNotReady"),
        ((RUNS,), "Running", "False", "ContainersNotReady"),
        ((READY,), "Running", "True", None),
        ((READY, CRASHED), "Running", "False", "ContainersNotReady"),
        ((CRASHED,), "Running", "False", "ContainersNotReady"),
        ((DONE,), "Succeeded", "False", "PodCompleted"),
        ((DONE, BROKEN), "Failed", "False", "PodFailed"),
        ((READY, DONE), "Running", "False", "ContainersNotReady"),
    ],
)
def test_phase_and_readiness_follow_from_the_containers(
    containers: tuple[ContainerState, ...], phase: str, ready: str, reason: str | None
) -> None:
    body = status(*containers)
    assert body["phase"] == phase
    for kind in ("Ready", "ContainersReady"):
        assert (conditions(body)[kind]["status"], conditions(body)[kind]["reason"]) == (ready, reason)
    assert conditions(body)["PodScheduled"]["status"] == "True"


def test_a_transition_time_stays_while_the_status_does() -> None:
    before = [{"type": "Ready", "status": "True", "lastTransitionTime": THEN}]
    assert conditions(status(READY, previous=before))["Ready"]["lastTransitionTime"] == THEN
    assert conditions(status(RUNS, previous=before))["Ready"]["lastTransitionTime"] == NOW


@pytest.mark.parametrize(
    ("code", "shown", "reason"), [(0, 0, "Completed"), (3, 3, "Error"), (-9, 137, "Error"), (-15, 143, "Error")]
)
def test_an_end_is_told_with_its_code_as_shells_tell_it(code: int, shown: int, reason: str) -> None:
    body = ended(code)["terminated"]
    assert (body["exitCode"], body["reason"]) == (shown, reason)


@pytest.mark.parametrize("container", [NEW, CRASHED, DONE, BROKEN])
def test_a_container_that_does_not_run_is_never_told_to_be_ready(container: ContainerState) -> None:
    told = ContainerState("c", "image", container.state, ready=True, started=True).told()
    assert (told["ready"], told["started"]) == (False, False)


def test_the_first_restart_is_immediate_and_the_next_ones_wait_ever_longer() -> None:
    waits = BackOff(1)
    assert [waits.next() for _ in range(8)] == [0, 10, 20, 40, 80, 160, 300, 300]


def test_a_failed_pull_waits_from_the_beginning() -> None:
    waits = BackOff(1, patient=True)
    assert [waits.next() for _ in range(3)] == [10, 20, 40]


def test_a_long_run_forgets_the_crashes_before_it() -> None:
    waits = BackOff(10)
    assert [waits.next(), waits.next(), waits.next(lasted=59), waits.next(lasted=60)] == [0, 1, 2, 0]


@pytest.mark.parametrize(
    ("command", "seconds"),
    [
        (["sleep", "5"], 5),
        (["/bin/sleep", "0.5"], 0.5),
        (["sh", "-c", "sleep 5"], 5),
        (["/bin/bash", "-c", " sleep  7 "], 7),
        (["sh", "-c", "sleep 5; echo"], None),
        (["sleep", "5m"], None),
        (["sleep"], None),
        (["echo", "5"], None),
        ([], None),
    ],
)
def test_a_command_that_only_sleeps_is_known(command: list[str], seconds: float | None) -> None:
    assert sleeping(command) == seconds
