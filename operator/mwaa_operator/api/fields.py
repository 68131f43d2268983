"""Field types with the bounds that a CRD needs: lengths, list types, patterns.

The API server prices CEL rules by these bounds and refuses a kind whose lists, maps or texts are open-ended.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from mwaa_operator.api.conditions import shorten
from mwaa_operator.api.meta import attribute_of

SAFE_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly."""

DNS_NAME = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"


@dataclass(frozen=True)
class ListType:
    """Annotates a list with its bounds and with how server-side apply merges it.

    Attributes:
        kind: `set` (no duplicates), `map` (members told apart by `keys`) or `atomic`.
        most: Upper bound of the number of items.
        least: Lower bound.
        keys: For `map`: the wire names of the members that tell two items apart.
    """

    kind: Literal["set", "map", "atomic"]
    most: int
    least: int = 0
    keys: tuple[str, ...] = ()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check bounds and duplicates after the items, as the API server does."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add bounds and list type."""
        result = handler(schema) | {"maxItems": self.most, "x-kubernetes-list-type": self.kind}
        if self.least:
            result["minItems"] = self.least
        if self.keys:
            result["x-kubernetes-list-map-keys"] = list(self.keys)
        return result

    def _check(self, items: Sequence[Any]) -> Sequence[Any]:
        if not self.least <= len(items) <= self.most:
            raise ValueError(f"must have {self.least} to {self.most} items, not {len(items)}")
        seen = [tuple(getattr(item, attribute_of(key)) for key in self.keys) if self.keys else item for item in items]
        if self.kind != "atomic" and any(item in seen[:index] for index, item in enumerate(seen)):
            raise ValueError("must not have two equal items" + (f" (by {', '.join(self.keys)})" if self.keys else ""))
        return items


@dataclass(frozen=True)
class OpenObject:
    """Annotates a dict whose members are for somebody else to judge: the API server keeps them as they are.

    Attributes:
        most: Upper bound of the number of members at its top; what is below has no bound but the API server's own.
    """

    most: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the bound."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Say that the members are kept."""
        return {"type": "object", "maxProperties": self.most, "x-kubernetes-preserve-unknown-fields": True}

    def _check(self, members: dict[str, Any]) -> dict[str, Any]:
        if len(members) > self.most:
            raise ValueError(f"must have at most {self.most} members, not {len(members)}")
        return members


def clipped(limit: int) -> BeforeValidator:
    """Return a validator that cuts a text of foreign length (an AWS message) instead of refusing it."""
    return BeforeValidator(lambda value: shorten(value, limit) if isinstance(value, str) else value)


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number, not a boolean")
    return value


Number = BeforeValidator(_no_boolean)
"""Annotates a Literal of numbers: Python takes True for 1, and so does pydantic there even when it is strict."""

Word = Annotated[str, Field(max_length=64)]
"""A state, a reason, a version: one word of ours or of AWS."""
Text = Annotated[str, Field(max_length=1024)]
"""A short text, such as a key in S3."""
Message = Annotated[str, Field(max_length=1024), clipped(1024)]
"""A sentence for people; cut where it is too long."""
Token = Annotated[str, Field(max_length=256), clipped(256)]
"""The value of an annotation, compared after the same cut."""
Arn = Annotated[str, Field(min_length=1, max_length=1224)]
"""An ARN, or what AWS allows in its place."""
Time = Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"})]
"""RFC 3339, UTC."""
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""How many of something."""
Generation = Annotated[int, Field(ge=-1, le=SAFE_INTEGER)]
"""A metadata.generation; -1 before the first look."""
Name = Annotated[str, Field(min_length=1, max_length=63, pattern=DNS_NAME)]
"""The name of one of our objects."""

_DURATION = re.compile(r"(?:([0-9]{1,4})h)?(?:([0-9]{1,4})m)?(?:([0-9]{1,4})s)?")
Duration = Annotated[str, Field(min_length=2, max_length=16, pattern=r"^([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,4}s)?$")]
"""Hours, minutes and seconds, such as 1h30m or 90s."""


def seconds(duration: str) -> int:
    """Return a `Duration` in seconds.

    Raises:
        ValueError: The text is not a duration such as 1h30m.
    """
    match = _DURATION.fullmatch(duration)
    if match is None or not duration:
        raise ValueError(f"{duration!r} is not a duration such as 1h30m or 90s")
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + rest
