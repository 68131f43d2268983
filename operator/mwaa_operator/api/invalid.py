"""The status of an object that does not fit its kind any more, stored before a rule existed that it breaks. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from mwaa_operator.api.conditions import READY, STALLED, Condition, condition, shorten, transition


def invalid_status(body: dict[str, Any], error: ValidationError, *, reason: str, now: datetime) -> dict[str, Any]:
    """Return the stored status with Ready and Stalled saying what is wrong; nothing else of it changes.

    Args:
        body: The object as the API server sent it.
        error: Why it could not be read; values of the object are not repeated.
        reason: The kind's word for it.
        now: UTC.
    """
    meta, old = body["metadata"], body.get("status") or {}
    faults = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
    text = shorten(f"The object does not fit its kind any more: {faults}. Correct it.")
    desired = [condition(READY, "False", reason, text), condition(STALLED, "True", reason, text)]
    previous = [Condition.model_validate(item) for item in old.get("conditions", [])]
    conditions = transition(previous=previous, desired=desired, generation=meta["generation"], now=now)
    return {**old, "observedGeneration": meta["generation"], "conditions": [item.wire() for item in conditions]}
