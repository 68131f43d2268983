"""A plan: what one pass will do and what it leaves behind. Data only; each kind defines its own actions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from mwaa_operator.api.conditions import READY
from mwaa_operator.api.result import Done, RequeueAfter, Result, Wait


@dataclass(frozen=True)
class Notice:
    """An Event to record: a change of state, told once.

    Attributes:
        reason: CamelCase constant, at most 128 characters.
        note: At most 1,024 characters; everything in it is also in status, because Events expire.
        action: What the operator did or was about to do, CamelCase.
        type: Warning only for what needs a person.
    """

    reason: str
    note: str
    action: str = "Reconcile"
    type: Literal["Normal", "Warning"] = "Normal"


@dataclass(frozen=True)
class Plan:
    """The decision for one object.

    Attributes:
        status: The complete status to leave behind if every action succeeds, as wire JSON (camelCase).
        actions: What to do, in order; at most one slow mutation. Frozen dataclasses of the kind's own module.
        intent: Where not None, a complete status that must be stored (under the resourceVersion that was planned on)
            before the first action that AWS does not de-duplicate; a conflict means: plan again, nothing was sent.
        requeue_after: Seconds until the next look; None means no look of its own (resync and events only).
        retry: Look again by the key's exponential back-off; only without `requeue_after`.
        notices: Events to record after the status was written.
        needs: Names of observations that the decision is missing. Not empty means: observe these and plan again;
            everything else in the plan is then void.
    """

    status: dict[str, Any] = field(default_factory=dict)
    actions: tuple[Any, ...] = ()
    intent: dict[str, Any] | None = None
    requeue_after: float | None = None
    retry: bool = False
    notices: tuple[Notice, ...] = ()
    needs: frozenset[str] = frozenset()


def result_of(plan: Plan) -> Result:
    """Return what a pass answers to the engine after its plan was carried out.

    Raises:
        Wait: The plan asks for the key's exponential back-off; reason and message are those of Ready.
    """
    if plan.requeue_after is not None:
        return RequeueAfter(plan.requeue_after)
    if plan.retry:
        ready: dict[str, Any] = next((item for item in plan.status.get("conditions", []) if item["type"] == READY), {})
        raise Wait(ready.get("reason", "Retrying"), ready.get("message", ""))
    return Done()
