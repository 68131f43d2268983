"""One rule, two judges: the same sentence as CEL for the API server and as Python for the models.

A rule is written once so that a manifest gets the same verdict at admission and in the operator (which also reads
objects that were stored before a rule existed). Rules hold no state and read nothing but the object.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from pydantic import GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from mwaa_operator.api.fields import seconds
from mwaa_operator.api.meta import ApiModel, attribute_of

Reason = Literal["FieldValueInvalid", "FieldValueRequired", "FieldValueForbidden"]


@dataclass(frozen=True)
class Rule:
    """A sentence that must hold for an object.

    Attributes:
        cel: The sentence for the API server; `self` is the model that carries the rule.
        message: Names the field and the rule, and says what to do instead.
        field: The wire name of the field to blame, below the model; empty blames the model itself.
        holds: The sentence for Python; None for transition rules, which only the API server can judge.
        reason: What Kubernetes calls the mistake.
    """

    cel: str
    message: str
    field: str = ""
    holds: Callable[[Any], bool] | None = None
    reason: Reason = "FieldValueInvalid"

    @property
    def transition(self) -> bool:
        """Whether the rule compares with the stored object, so that it is judged on updates only."""
        return self.holds is None

    def schema(self) -> dict[str, str]:
        """Return the entry of `x-kubernetes-validations`, without the reason that is the default."""
        entry = {"rule": self.cel, "message": self.message}
        if self.reason != "FieldValueInvalid":
            entry["reason"] = self.reason
        if self.field:
            entry["fieldPath"] = f".{self.field}"
        return entry


class Ruled(ApiModel):
    """A model with rules: they are checked after its fields, and travel into its schema."""

    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="after")
    def _rules_hold(self) -> Self:
        broken = [rule.message for rule in self.rules if rule.holds is not None and not rule.holds(self)]
        if broken:
            raise ValueError("; ".join(broken))
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add the rules to the JSON schema, where the CRD emitter finds them."""
        result = handler.resolve_ref_schema(handler(schema))
        if cls.rules:
            result["x-kubernetes-validations"] = [rule.schema() for rule in cls.rules]
        return result


def cel_text(text: str) -> str:
    """Return `text` as a CEL string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def given(field: str, *, cel: str, holds: Callable[[Any], bool], message: str) -> Rule:
    """Return a rule about the value of one optional field; it holds where the field is not set.

    Args:
        field: The wire name.
        cel: The condition on `self.<field>`.
        holds: The same condition on the value.
        message: See `Rule`.
    """
    attribute = attribute_of(field)
    return Rule(
        cel=f"!has(self.{field}) || {cel}",
        holds=lambda model: getattr(model, attribute) is None or holds(getattr(model, attribute)),
        message=message,
        field=field,
    )


def shaped(field: str, *, pattern: str, message: str) -> Rule:
    """Return a rule that an optional text field has the whole of `pattern` (RE2, without anchors).

    A rule and not a schema pattern where people go wrong often: the server answers a pattern with the pattern alone.
    """
    compiled = re.compile(pattern)
    return given(
        field,
        cel=f"self.{field}.matches({cel_text(f'^{pattern}$')})",
        holds=lambda value: compiled.fullmatch(value) is not None,
        message=message,
    )


def lasting(field: str, *, least: str, most: str, of: str) -> Rule:
    """Return the rule that a required or defaulted `Duration` is neither too short nor too long.

    Args:
        field: The wire name.
        least: Shortest duration, such as 1m.
        most: Longest duration, such as 24h.
        of: What the model is called in the spec, for the message.
    """
    attribute = attribute_of(field)
    return Rule(
        cel=f"duration(self.{field}) >= duration('{least}') && duration(self.{field}) <= duration('{most}')",
        holds=lambda model: seconds(least) <= seconds(getattr(model, attribute)) <= seconds(most),
        message=f"{of}.{field} must be from {least} to {most}: choose a time between them",
        field=field,
    )


def exactly_one(*fields: str, of: str, step: str) -> Rule:
    """Return the rule that one, and only one, of several optional fields is set.

    Args:
        fields: Wire names.
        of: What the model is called in the spec, for the message.
        step: What a person should do who set none or several.
    """
    attributes = [attribute_of(field) for field in fields]
    named = f"{', '.join(fields[:-1])} and {fields[-1]}"
    return Rule(
        cel="[" + ", ".join(f"has(self.{field})" for field in fields) + "].exists_one(given, given)",
        holds=lambda model: sum(getattr(model, attribute) is not None for attribute in attributes) == 1,
        message=f"{of} must have exactly one of {named}: {step}",
    )


def immutable(path: str, *, message: str, always: bool = False, unless: str = "") -> Rule:
    """Return the transition rule that a field neither changes nor appears nor disappears.

    Args:
        path: Wire path below the model, at most two members deep; each may be absent.
        message: See `Rule`.
        always: The field is required or defaulted, so that it cannot be absent.
        unless: CEL of the one case in which the field may change.
    """
    if always:
        return Rule(cel=f"self.{path} == oldSelf.{path}", message=message, field=path, reason="FieldValueForbidden")
    # Not `self.?x == oldSelf.?x`: the API server cannot price the comparison of two optionals.
    parent = path.rpartition(".")[0]
    same = f"has(self.{path}) == has(oldSelf.{path}) && (!has(self.{path}) || self.{path} == oldSelf.{path})"
    if parent:
        neither = f"!has(self.{parent}) && !has(oldSelf.{parent})"
        same = f"{neither} || has(self.{parent}) && has(oldSelf.{parent}) && {same}"
    cel = f"{unless} || {same}" if unless else same
    return Rule(cel=cel, message=message, field=path, reason="FieldValueForbidden")
