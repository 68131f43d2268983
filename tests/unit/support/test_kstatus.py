"""The readers of status are themselves right: each rule of kstatus, Flux and Argo CD, broken once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.kstatus import argo_health, flux_at_rest, flux_in_progress, flux_warnings, kstatus


def body(
    *,
    generation: int = 2,
    observed: int | None = 2,
    of: int | None = None,
    deleting: bool = False,
    suspend: bool = False,
    **conditions: str,
) -> dict[str, Any]:
    """Return an object whose conditions all are `of` a generation: the observed one unless told otherwise."""
    metadata: dict[str, Any] = {"name": "one", "generation": generation}
    if deleting:
        metadata["deletionTimestamp"] = "2026-11-21T12:00:00Z"
    listed = [
        {"type": name, "status": value, "observedGeneration": of or observed or 0} for name, value in conditions.items()
    ]
    status: dict[str, Any] = {"conditions": listed} | ({} if observed is None else {"observedGeneration": observed})
    return {"metadata": metadata, "spec": {"suspend": suspend}, "status": status}


READINGS = {
    "nothing written at all counts as current": (body(observed=None), "Current"),
    "the schema's default keeps a fresh object in progress": (body(generation=1, observed=-1), "InProgress"),
    "an edit is in progress until it is observed": (body(observed=1, Ready="True"), "InProgress"),
    "ready": (body(Ready="True"), "Current"),
    "not ready": (body(Ready="False"), "InProgress"),
    "unknown": (body(Ready="Unknown"), "InProgress"),
    "reconciling beats ready": (body(Ready="True", Reconciling="True"), "InProgress"),
    "stalled": (body(Ready="False", Stalled="True"), "Failed"),
    "the first of the two in the list decides": (body(Stalled="True", Reconciling="True"), "Failed"),
    "false ones are no news": (body(Ready="True", Stalled="False", Reconciling="False"), "Current"),
    "deleting beats all": (body(deleting=True, Ready="False", Stalled="True"), "Terminating"),
}


@pytest.mark.parametrize(("obj", "expected"), READINGS.values(), ids=READINGS.keys())
def test_kstatus_reads_as_cli_utils_does(obj: dict[str, Any], expected: str) -> None:
    assert kstatus(obj) == expected


def test_kstatus_of_an_object_without_status_is_current() -> None:
    assert kstatus({"metadata": {"name": "one", "generation": 1}}) == "Current"


HEALTH = {
    "a fresh object": (body(generation=1, observed=-1), "Progressing"),
    "deleting": (body(deleting=True, Ready="True"), "Progressing"),
    "an edit not observed yet": (body(observed=1, Ready="True"), "Progressing"),
    "stalled": (body(Ready="False", Stalled="True"), "Degraded"),
    "stalled and suspended": (body(Ready="False", Stalled="True", suspend=True), "Degraded"),
    "ready and suspended": (body(Ready="True", suspend=True), "Healthy"),
    "suspended before it was ready": (body(Ready="False", suspend=True), "Suspended"),
    "working": (body(Ready="False", Reconciling="True"), "Progressing"),
}


@pytest.mark.parametrize(("obj", "expected"), HEALTH.values(), ids=HEALTH.keys())
def test_argo_shows_the_health(obj: dict[str, Any], expected: str) -> None:
    assert argo_health(obj) == expected


AT_REST = {
    "FAIL0001": body(Ready="True", EndpointsRequired="True"),
    "FAIL0002": body(Synced="True"),
    "FAIL0003": body(Ready="Unknown", Reconciling="True"),
    "FAIL0004": body(Ready="Unknown", Stalled="True"),
    "FAIL0005": body(Ready="False", Stalled="True", Reconciling="False"),
    "FAIL0006": body(observed=3, Ready="False"),
    "FAIL0007": body(observed=1, Ready="True"),
    "FAIL0008": body(of=1, Ready="True"),
    "FAIL0009": body(of=3, Ready="True"),
}


@pytest.mark.parametrize(("code", "obj"), AT_REST.items(), ids=AT_REST.keys())
def test_flux_finds_the_fault_at_rest(code: str, obj: dict[str, Any]) -> None:
    found = flux_at_rest(obj, abnormal=frozenset({"EndpointsRequired"}))
    assert code in [finding.split()[0] for finding in found]


IN_PROGRESS = {
    "FAIL0002": body(Reconciling="True"),
    "FAIL0004": body(Ready="Unknown", Stalled="True"),
    "FAIL0005": body(Ready="False", Stalled="True", Reconciling="True"),
    "FAIL0006": body(observed=3, Ready="False"),
    "FAIL0011": body(Ready="Unknown"),
}


@pytest.mark.parametrize(("code", "obj"), IN_PROGRESS.items(), ids=IN_PROGRESS.keys())
def test_flux_finds_the_fault_in_progress(code: str, obj: dict[str, Any]) -> None:
    assert code in [finding.split()[0] for finding in flux_in_progress(obj)]


@pytest.mark.parametrize(
    "obj",
    [body(Ready="True", Synced="True"), body(Ready="False", Reconciling="True"), body(Ready="False", Stalled="True")],
    ids=["ready", "reconciling", "stalled"],
)
def test_flux_has_nothing_to_say_of_a_good_status(obj: dict[str, Any]) -> None:
    assert flux_at_rest(obj) == flux_warnings(obj) == []


def test_unknown_while_reconciling_is_good_in_progress_but_not_at_rest() -> None:
    obj = body(Ready="Unknown", Reconciling="True")
    assert flux_in_progress(obj) == []
    assert flux_at_rest(obj) != []


@pytest.mark.parametrize(
    ("code", "obj"),
    [
        ("WARN0003", body(Ready="True", Reconciling="False")),
        ("WARN0004", body(Ready="True", Stalled="False")),
        ("WARN0005", body(observed=0, Ready="False")),
    ],
)
def test_flux_warns(code: str, obj: dict[str, Any]) -> None:
    assert [finding.split()[0] for finding in flux_warnings(obj)] == [code]
