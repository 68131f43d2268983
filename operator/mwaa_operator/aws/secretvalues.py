"""Values of requests and answers that nobody may see: kept as SecretStr, opened for the call, taken out of its failure.

It knows no operation: a port says which members are sensitive. It logs nothing and keeps nothing. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import SecretStr

from mwaa_operator.api.failure import Failure
from mwaa_operator.aws.scrub import CUT, scrub

STARS = "****"
SHORTEST_SECRET = 4
"""Characters; shorter values stand in any text by chance."""


def revealed(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request with every SecretStr in it opened; it lives only as long as the call."""
    return {name: _open(value) for name, value in members.items()}


def masked(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer whose `Environment.Variables` are SecretStr."""
    variables = (members.get("Environment") or {}).get("Variables")
    if variables is None:
        return dict(members)
    return {**members, "Environment": {"Variables": {name: SecretStr(value) for name, value in variables.items()}}}


def secret_texts(members: Any) -> frozenset[str]:
    """Return the texts and numbers in a value, in the forms in which a failure may quote them; names are no secret."""
    found: set[str] = set()
    for value in _leaves(members):
        forms = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
        found |= forms | {scrub(form) for form in forms}
    return frozenset(value for value in found if len(value) >= SHORTEST_SECRET)


def withheld(failure: Failure, values: Iterable[str]) -> Failure:
    """Return a failure in whose texts stars stand for `values`, also for one that was cut off at the end."""
    ordered = sorted(values, key=len, reverse=True)
    if not ordered:
        return failure
    fields = tuple(replace(field, message=_starred(field.message, ordered)) for field in failure.fields)
    return replace(failure, message=_starred(failure.message, ordered), fields=fields)


def _starred(text: str, values: Iterable[str]) -> str:
    for value in values:
        text = text.replace(value, STARS)
    if not text.endswith(CUT):
        return text
    body = text.removesuffix(CUT)
    begun = (value[:length] for value in values for length in range(len(value) - 1, SHORTEST_SECRET - 1, -1))
    return next((body.removesuffix(part) + STARS for part in begun if body.endswith(part)), body) + CUT


def _open(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Mapping):
        return revealed(value)
    if isinstance(value, (list, tuple)):
        return [_open(item) for item in value]
    return value


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(value)
