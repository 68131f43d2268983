"""What only a call could tell, put into the status that the pass leaves behind. Pure.

The planner writes that status before the call; ARN, version and warnings of AWS come with the answer. They are stored
at once, because a list that should show them later may lag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mwaa_operator.api.conditions import shorten
from mwaa_operator.api.plan import Notice
from mwaa_operator.workflow.fit import fitted
from mwaa_operator.workflow.plan.runs import started
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.reasons import EventReason
from mwaa_operator.workflow.status import (
    MAX_VERSIONS,
    ServerlessWorkflowStatus,
    StoredDefinition,
    StoredObject,
)

MOST_WARNINGS = 10
"""Warnings of AWS that status keeps."""


@dataclass(frozen=True)
class Sent:
    """A create or update that AWS took.

    Attributes:
        arn: The workflow's.
        version: The version that it made; empty where AWS did not say.
        definition: `Bucket`, `ObjectKey`, `VersionId` as AWS was told.
        definition_digest: SHA-256 of our own upload; None for somebody else's file.
        code: As `definition`; None without code.
        code_digest: As `definition_digest`.
        warnings: AWS's, about what it ignores.
    """

    arn: str
    version: str
    definition: Mapping[str, Any]
    definition_digest: str | None = None
    code: Mapping[str, Any] | None = None
    code_digest: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What the calls of one pass told.

    Attributes:
        sent: By CreateWorkflow or UpdateWorkflow.
        run: By StartWorkflowRun: `RunId`, and `Status` and `StartedAt` where AWS gives them.
        left_roles: Roles that were to be deleted and do not carry our tag (any more).
    """

    sent: Sent | None = None
    run: Mapping[str, Any] | None = field(default=None, repr=False)
    left_roles: tuple[str, ...] = ()


def closed(s: Situation, status: dict[str, Any], facts: Facts) -> dict[str, Any]:
    """Return a plan's closing status with what the calls told.

    Args:
        s: The situation that was planned on.
        status: As wire JSON.
        facts: What the calls told.
    """
    if facts == Facts():
        return status
    model = ServerlessWorkflowStatus.model_validate(status)
    changes: dict[str, Any] = {}
    if facts.sent is not None:
        changes |= _made(model, facts.sent)
    if facts.run is not None:
        changes |= started(s, facts.run)
    return fitted(model.model_copy(update=changes).wire())


def notices(s: Situation, facts: Facts) -> tuple[Notice, ...]:
    """Return the Events about what AWS ignores of the definition, if it was not told before, and about roles that
    stay."""
    return (*_warned(s, facts), *(_left(name) for name in facts.left_roles))


def _left(role: str) -> Notice:
    note = f"Role {role} does not carry this object's tag (any more) and stays in AWS."
    return Notice(EventReason.ROLE_NOT_OWNED, note, action="DeleteRole", type="Warning")


def _warned(s: Situation, facts: Facts) -> tuple[Notice, ...]:
    texts = [] if facts.sent is None else _kept(facts.sent.warnings)
    before = s.status.definition.service_warnings if s.status.definition is not None else []
    if not texts or texts == before:
        return ()
    note = shorten("AWS took the definition, with warnings: " + " ".join(texts))
    return (Notice(EventReason.DEFINITION_WARNINGS, note, action="Validate"),)


def _made(status: ServerlessWorkflowStatus, sent: Sent) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "workflow_arn": sent.arn,
        "definition": _definition(status.definition or StoredDefinition(), sent),
        "code": None if sent.code is None else StoredObject.model_validate(_place(sent.code, sent.code_digest)),
    }
    if sent.version:
        own = [name for name in status.own_versions if name != sent.version]
        changes |= {"version": sent.version, "own_versions": [*own, sent.version][-MAX_VERSIONS:]}
        changes["answered_version"] = sent.version
    return changes


def _definition(before: StoredDefinition, sent: Sent) -> StoredDefinition:
    """Return status.definition with the file that AWS has read now; what was found in checking it stays."""
    checked = before.model_dump(by_alias=True, include={"checked_digest", "errors", "warnings"}, exclude_none=True)
    warned = {"serviceWarnings": _kept(sent.warnings)}
    return StoredDefinition.model_validate(checked | warned | _place(sent.definition, sent.definition_digest))


def _place(location: Mapping[str, Any], digest: str | None) -> dict[str, Any]:
    place = {"bucket": location["Bucket"], "key": location["ObjectKey"], "versionId": location.get("VersionId")}
    return {name: value for name, value in (place | {"digest": digest}).items() if value is not None}


def _kept(warnings: tuple[str, ...]) -> list[str]:
    """Return AWS's warnings as status keeps them."""
    return [shorten(text, 256) for text in warnings[:MOST_WARNINGS]]
