"""`metav1.Condition`, and the two rules of its life.

`lastTransitionTime` moves only with `status`; a message is stable, so that a pass that changes nothing writes nothing.
How kstatus, Flux and Argo CD read conditions is tested in tests/support/kstatus.py against every status that we write.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from mwaa_operator.api.meta import ApiModel

ConditionStatus = Literal["True", "False", "Unknown"]

READY = "Ready"
RECONCILING = "Reconciling"
STALLED = "Stalled"
SYNCED = "Synced"

MAX_MESSAGE = 1024


class Condition(ApiModel):
    """One observation about the object, in the shape of metav1.Condition."""

    type: Annotated[str, Field(max_length=316)]
    """What is observed, for example Ready."""
    status: ConditionStatus
    """True, False or Unknown."""
    observed_generation: Annotated[int, Field(ge=-1, le=2**53 - 1)] | None = None
    """The metadata.generation that this condition was derived from."""
    last_transition_time: Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"})]
    """When status last changed, in UTC."""
    reason: Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")]
    """A CamelCase word for programs; the reference documentation lists all of them."""
    message: Annotated[str, Field(max_length=MAX_MESSAGE)]
    """A sentence for people that says what to do next."""


def rfc3339(moment: datetime) -> str:
    """Return a UTC datetime as the API server prints it: whole seconds and `Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(type_: str, status: ConditionStatus, reason: str, message: str = "") -> Condition:
    """Return a condition that has not met its predecessor yet: `transition` gives it its time and generation."""
    return Condition(type=type_, status=status, reason=reason, message=shorten(message), last_transition_time="")


def shorten(message: str, limit: int = MAX_MESSAGE) -> str:
    """Return `message` cut to what a condition may hold, with an ellipsis where it was cut."""
    return message if len(message) <= limit else message[: limit - 1] + "…"


def transition(
    *, previous: Iterable[Condition], desired: Iterable[Condition], generation: int, now: datetime
) -> list[Condition]:
    """Give the desired conditions their times and generation; a condition that is not desired any more is dropped.

    Args:
        previous: The conditions of the stored status.
        desired: What is true now, made by `condition`; at most one for each type.
        generation: The metadata.generation that was planned on.
        now: The time of a transition, UTC.

    Returns:
        The conditions to store, in the order of `desired`.
    """
    before = {old.type: old for old in previous}
    stored = []
    for new in desired:
        old = before.get(new.type)
        same = old is not None and old.status == new.status
        since = old.last_transition_time if old is not None and same else rfc3339(now)
        stored.append(new.model_copy(update={"last_transition_time": since, "observed_generation": generation}))
    return stored


def find(conditions: Iterable[Condition], type_: str) -> Condition | None:
    """Return the condition of a type, or None."""
    return next((item for item in conditions if item.type == type_), None)
