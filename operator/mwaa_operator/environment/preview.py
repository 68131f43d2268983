"""What a manifest would do to AWS, field by field, before anybody applies it. Reads AWS, writes nothing anywhere.

It asks the same planner that the operator asks, so that what is shown is what would be done. The object need not exist:
an environment of that name is taken for the object's own, and whose it is said beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from mwaa_operator.api.meta import OWNER_TAG, UID_TAG
from mwaa_operator.api.plan import Plan
from mwaa_operator.api.timing import Timings
from mwaa_operator.environment.actions import CreateEnvironment, TagResource, UntagResource, UpdateEnvironment
from mwaa_operator.environment.api import MwaaEnvironment
from mwaa_operator.environment.knowledge import Knowledge
from mwaa_operator.environment.live import Live
from mwaa_operator.environment.observe import Look
from mwaa_operator.environment.plan import Situation, plan_environment
from mwaa_operator.environment.plan.fields import REPLACEMENT
from mwaa_operator.environment.status import PendingChange

PREVIEW_UID = "00000000-0000-0000-0000-000000000000"


class Verdict(StrEnum):
    """What applying the manifest would lead to."""

    NOTHING = "Nothing"
    CREATE = "Create"
    UPDATE = "Update"
    HELD = "Held"
    REPLACEMENT_REQUIRED = "ReplacementRequired"
    REFUSED = "Refused"


FUTURE = {
    Verdict.CREATE: "There is no such environment; applying creates it, which takes about half an hour.",
    Verdict.UPDATE: "Applying sends these changes; the effect says what each does to the environment.",
}
"""Where the condition would speak of what was done, the preview speaks of what will be."""


@dataclass(frozen=True)
class Preview:
    """The answer for one manifest.

    Attributes:
        name: The environment's name in AWS.
        verdict: What would follow.
        reason: The reason that Ready would carry.
        message: What it would say.
        owner: Who owns the environment that is there now; empty if there is none or nobody does.
        changes: For an update: field, from, to and effect. For a create: every member that would be sent.
    """

    name: str
    verdict: Verdict
    reason: str
    message: str
    owner: str
    changes: tuple[PendingChange, ...]


def preview(
    resource: MwaaEnvironment,
    *,
    look: Callable[[MwaaEnvironment], Look],
    extend: Callable[[MwaaEnvironment, Look, frozenset[str]], Look],
    knowledge: Knowledge,
    now: datetime,
) -> Preview:
    """Return what applying a manifest would do.

    Args:
        resource: The object as the manifest has it.
        look: As `Observer.look`.
        extend: As `Observer.extend`.
        knowledge: Rows about MWAA.
        now: UTC.
    """
    metadata = resource.metadata.model_copy(update={"uid": PREVIEW_UID, "generation": 1})
    resource = resource.model_copy(update={"metadata": metadata})
    seen = look(resource)
    owner = (seen.observed.live.owner or "") if seen.observed.live is not None else ""
    seen = _as_ours(seen)
    plan = Plan(needs=frozenset({"first"}))
    while plan.needs:
        situation = Situation(
            resource=resource, observed=seen.observed, now=now, timings=Timings(), knowledge=knowledge
        )
        plan = plan_environment(situation)
        if plan.needs:
            seen = extend(resource, seen, plan.needs)
    return _told(resource.aws_name, plan, owner)


def _as_ours(look: Look) -> Look:
    """Return the look with the environment's tags saying that it is the manifest's own."""
    live = look.observed.live
    if live is None:
        return look
    tags = {**live.tags, UID_TAG: PREVIEW_UID, OWNER_TAG: ""}
    return replace(look, observed=replace(look.observed, live=Live({**live.members, "Tags": tags})))


def _told(name: str, plan: Plan, owner: str) -> Preview:
    ready: dict[str, Any] = next(item for item in plan.status["conditions"] if item["type"] == "Ready")
    changes = tuple(PendingChange.model_validate(item) for item in plan.status.get("pendingChanges", []))
    creates = [action for action in plan.actions if isinstance(action, CreateEnvironment)]
    if creates:
        changes = _created(creates[0])
    verdict = _verdict(plan, changes, ready)
    return Preview(
        name=name,
        verdict=verdict,
        reason=ready["reason"],
        message=FUTURE.get(verdict, ready["message"]),
        owner=owner,
        changes=changes,
    )


def _verdict(plan: Plan, changes: tuple[PendingChange, ...], ready: dict[str, Any]) -> Verdict:
    if any(isinstance(action, CreateEnvironment) for action in plan.actions):
        return Verdict.CREATE
    if any(isinstance(action, UpdateEnvironment | TagResource | UntagResource) for action in plan.actions):
        return Verdict.UPDATE
    if any(change.effect == REPLACEMENT for change in changes):
        return Verdict.REPLACEMENT_REQUIRED
    if any(item["type"] == "Stalled" for item in plan.status["conditions"]):
        return Verdict.REFUSED
    if changes or ready["status"] != "True":
        return Verdict.HELD
    return Verdict.NOTHING


def _created(action: CreateEnvironment) -> tuple[PendingChange, ...]:
    """Return every member of a create; option values are not shown."""
    shown = {name: value for name, value in action.request.items() if name not in ("Name", "Tags")}
    options = sorted([*shown.pop("AirflowConfigurationOptions", {}), *action.secrets])
    if options:
        shown["AirflowConfigurationOptions"] = ", ".join(options)
    return tuple(
        PendingChange(field=field, to=text, effect="Create")
        for name, value in sorted(shown.items())
        for field, text in _flat(name[0].lower() + name[1:], value)
    )


def _flat(field: str, value: Any) -> list[tuple[str, str]]:
    """Return a member, or each member of a structure, as text."""
    if isinstance(value, dict):
        return [pair for name, part in value.items() for pair in _flat(f"{field}.{name[0].lower()}{name[1:]}", part)]
    return [(field, ", ".join(value) if isinstance(value, list) else str(value))]
