"""What the root objects and the status of every kind have in common, and how a kind presents itself in kubectl."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from mwaa_operator.api.conditions import Condition
from mwaa_operator.api.fields import Generation, ListType, Token
from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.meta import ApiModel, ObjectMeta
from mwaa_operator.api.reasons import Reasons
from mwaa_operator.api.rules import Ruled

CATEGORY = "mwaa-operator"

MAX_NAME = 63
"""Bound of metadata.name in every CRD, so that `<cluster-id>/<namespace>/<name>` fits a tag value of AWS."""


class StatusModel(ApiModel):
    """Base of everything in a status.

    Unknown members are dropped, not refused: after a downgrade the operator reads what a newer one wrote.
    """

    model_config = ConfigDict(extra="ignore")

    def wire(self) -> dict[str, Any]:
        """Return the JSON form without members that are None, and without empty lists and maps."""
        kept: dict[str, Any] = _without_empty(super().wire())
        return kept


class Status(StatusModel):
    """The part of status that every kind has."""

    observed_generation: Generation | None = None
    """The metadata.generation of the last look; -1 until the first one, so that a fresh object is never current."""
    conditions: Annotated[list[Condition], ListType("map", most=32, keys=("type",))] = Field(default_factory=list)
    """Observations, one for each type; Ready sums them up."""
    last_handled_reconcile_at: Token | None = None
    """The value of the annotation mwaa-operator.io/reconcile-requested-at that was answered last (first 256
    characters)."""


class Resource(Ruled):
    """Base of the root model of a kind; each kind adds spec and status."""

    api_version: Literal["mwaa-operator.io/v1alpha1"] = "mwaa-operator.io/v1alpha1"
    """Always mwaa-operator.io/v1alpha1."""
    kind: str
    """The name of the kind."""
    metadata: ObjectMeta
    """Standard object metadata; the name is at most 63 characters."""

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> Self:
        """Return the object that the API server sent; members that this version does not know are dropped.

        Raises:
            pydantic.ValidationError: The object was stored before a rule existed that it breaks.
        """
        return cls.model_validate(body, extra="ignore")

    @model_validator(mode="after")
    def _name_fits_a_tag(self) -> Self:
        if len(self.metadata.name) > MAX_NAME:
            raise ValueError(f"metadata.name must have at most {MAX_NAME} characters: rename the object")
        return self


@dataclass(frozen=True)
class Column:
    """A column of `kubectl get`.

    Attributes:
        name: Its heading.
        path: JSONPath from the root; never of anything that may be secret.
        type: OpenAPI type; `date` prints an age.
        wide: Shown with `-o wide` only.
    """

    name: str
    path: str
    type: str = "string"
    wide: bool = False


@dataclass(frozen=True)
class Definition:
    """Everything that the CRD and the reference page of a kind are made from.

    Attributes:
        info: Names and scope.
        model: The root model.
        columns: For `kubectl get`, in order.
        selectable: JSONPaths of spec that field selectors may use; at most eight.
        reasons: Every reason of its conditions and Events; for the reference page.
    """

    info: KindInfo
    model: type[Resource]
    columns: tuple[Column, ...]
    selectable: tuple[str, ...] = ()
    reasons: tuple[Reasons, ...] = ()


def condition_column(name: str, type_: str, member: str = "status", *, wide: bool = False) -> Column:
    """Return a column that shows a member of one condition."""
    return Column(name, f'.status.conditions[?(@.type=="{type_}")].{member}', wide=wide)


READY_COLUMN = condition_column("Ready", "Ready")
REASON_COLUMN = condition_column("Reason", "Ready", "reason")
MESSAGE_COLUMN = condition_column("Message", "Ready", "message", wide=True)
AGE_COLUMN = Column("Age", ".metadata.creationTimestamp", type="date")


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {key: _without_empty(member) for key, member in value.items()}
        return {key: member for key, member in inner.items() if member not in ({}, [])}
    if isinstance(value, list):
        return [_without_empty(item) for item in value]
    return value
