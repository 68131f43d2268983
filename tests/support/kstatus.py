"""How others read our status: kstatus (Flux, Helm, cli-utils), Flux's own condition checker, and Argo CD.

Written from their rules (sigs.k8s.io/cli-utils kstatus, fluxcd/pkg runtime/conditions/check, Argo CD's health states),
not from ours: a test that feeds every status that we write through them tells what a user's tool will say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Health = Literal["Healthy", "Progressing", "Degraded", "Suspended"]
Kstatus = Literal["Current", "InProgress", "Failed", "Terminating"]

ABNORMAL = frozenset({"Reconciling", "Stalled"})
"""Conditions that every kind has and that are bad news when True."""


@dataclass(frozen=True)
class Reading:
    """An object as the checkers see it."""

    body: Mapping[str, Any]
    abnormal: frozenset[str]

    @property
    def generation(self) -> int:
        """metadata.generation."""
        return int(self.body["metadata"].get("generation", 0))

    @property
    def observed(self) -> int:
        """status.observedGeneration; 0 where it is absent, as Go reads it."""
        return int(self._status.get("observedGeneration", 0))

    @property
    def conditions(self) -> list[Mapping[str, Any]]:
        """status.conditions."""
        return list(self._status.get("conditions", ()))

    @property
    def _status(self) -> Mapping[str, Any]:
        status: Mapping[str, Any] = self.body.get("status", {})
        return status

    def status(self, type_: str) -> str | None:
        """Return the status of a condition, or None."""
        return next((str(item["status"]) for item in self.conditions if item["type"] == type_), None)

    @property
    def ready(self) -> bool:
        """Ready, and neither under way nor stuck: what Flux calls ready."""
        return self.status("Ready") == "True" and "True" not in (self.status("Reconciling"), self.status("Stalled"))


Check = Callable[[Reading], bool]


def kstatus(body: Mapping[str, Any]) -> Kstatus:
    """Return what kstatus computes for a custom resource."""
    reading = Reading(body, ABNORMAL)
    if body["metadata"].get("deletionTimestamp"):
        return "Terminating"
    observed = body.get("status", {}).get("observedGeneration")
    if "generation" in body["metadata"] and observed is not None and observed != reading.generation:
        return "InProgress"
    for item in reading.conditions:  # whichever of the two is first in the list decides
        if item["status"] == "True" and item["type"] == "Reconciling":
            return "InProgress"
        if item["status"] == "True" and item["type"] == "Stalled":
            return "Failed"
    ready = reading.status("Ready")
    return "InProgress" if ready in ("False", "Unknown") else "Current"


def argo_health(body: Mapping[str, Any]) -> Health:
    """Return the health that Argo CD shows with a health script for our kinds."""
    reading = Reading(body, ABNORMAL)
    if body["metadata"].get("deletionTimestamp") or reading.observed != reading.generation:
        return "Progressing"
    if reading.status("Stalled") == "True":
        return "Degraded"
    if reading.status("Ready") == "True":
        return "Healthy"
    return "Suspended" if body.get("spec", {}).get("suspend") else "Progressing"


def flux_at_rest(body: Mapping[str, Any], *, abnormal: frozenset[str] = ABNORMAL) -> list[str]:
    """Return what Flux's checker says of an object that a pass has left behind; empty is good.

    Args:
        body: The object as stored.
        abnormal: All of the kind's conditions that are bad news when True.
    """
    return _broken(AT_REST, Reading(body, abnormal | ABNORMAL))


def flux_in_progress(body: Mapping[str, Any], *, abnormal: frozenset[str] = ABNORMAL) -> list[str]:
    """Return what Flux's checker says of an object in the middle of a pass; empty is good."""
    return _broken(IN_PROGRESS, Reading(body, abnormal | ABNORMAL))


def flux_warnings(body: Mapping[str, Any]) -> list[str]:
    """Return what Flux's checker would rather not see at rest."""
    return _broken(WARNINGS, Reading(body, ABNORMAL))


def _broken(checks: Mapping[str, Check], reading: Reading) -> list[str]:
    return [name for name, holds in checks.items() if not holds(reading)]


def _nothing_abnormal_while_ready(it: Reading) -> bool:
    return it.status("Ready") != "True" or all(it.status(name) != "True" for name in it.abnormal)


def _ready_is_present(it: Reading) -> bool:
    return it.status("Ready") is not None


def _ready_false_while_reconciling(it: Reading) -> bool:
    return it.status("Reconciling") != "True" or it.status("Ready") in ("False", None)


def _ready_false_while_stalled(it: Reading) -> bool:
    return it.status("Stalled") != "True" or it.status("Ready") in ("False", None)


def _not_both(it: Reading) -> bool:
    return it.status("Reconciling") is None or it.status("Stalled") is None


def _nothing_from_the_future(it: Reading) -> bool:
    return it.observed <= it.generation


def _not_ready_for_an_older_generation(it: Reading) -> bool:
    return it.observed >= it.generation or not it.ready


def _conditions_are_of_this_generation(it: Reading) -> bool:
    return not it.ready or all(item.get("observedGeneration", 0) >= it.generation for item in it.conditions)


def _conditions_agree_with_the_root(it: Reading) -> bool:
    return not it.ready or all(item.get("observedGeneration", 0) == it.observed for item in it.conditions)


def _unknown_only_while_reconciling(it: Reading) -> bool:
    return it.status("Ready") != "Unknown" or it.status("Reconciling") == "True"


AT_REST: Mapping[str, Check] = {
    "FAIL0001 an abnormal condition is True while Ready is True": _nothing_abnormal_while_ready,
    "FAIL0002 Ready is absent": _ready_is_present,
    "FAIL0003 Ready is not False while Reconciling is True": _ready_false_while_reconciling,
    "FAIL0004 Ready is not False while Stalled is True": _ready_false_while_stalled,
    "FAIL0005 Reconciling and Stalled are both present": _not_both,
    "FAIL0006 observedGeneration is greater than generation": _nothing_from_the_future,
    "FAIL0007 Ready is True for an older generation": _not_ready_for_an_older_generation,
    "FAIL0008 Ready is True with a condition of an older generation": _conditions_are_of_this_generation,
    "FAIL0009 Ready is True with a condition of another generation than the root": _conditions_agree_with_the_root,
}
IN_PROGRESS: Mapping[str, Check] = {
    "FAIL0002 Ready is absent": _ready_is_present,
    "FAIL0004 Ready is not False while Stalled is True": _ready_false_while_stalled,
    "FAIL0005 Reconciling and Stalled are both present": _not_both,
    "FAIL0006 observedGeneration is greater than generation": _nothing_from_the_future,
    "FAIL0011 Ready is Unknown without Reconciling": _unknown_only_while_reconciling,
}
WARNINGS: Mapping[str, Check] = {
    "WARN0003 Reconciling is present and False": lambda it: it.status("Reconciling") != "False",
    "WARN0004 Stalled is present and False": lambda it: it.status("Stalled") != "False",
    "WARN0005 a condition has no observedGeneration": lambda it: all(
        item.get("observedGeneration", 0) >= 1 for item in it.conditions
    ),
}
