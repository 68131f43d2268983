"""Rule on the keys that make the service's parser build objects, wherever in a definition they stand. Pure.

dag-factory imports what `__type__` names and calls it while it parses, so anything but dates, times, durations and
lists would run code of whoever wrote the definition.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mwaa_operator.workflow.definition.case import Case
from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, error, listed, shown, warning
from mwaa_operator.workflow.definition.typed import (
    ALLOWED_TYPES,
    DURATION,
    MOMENT,
    RESERVED_KEYS,
    TYPE,
    TypedValueError,
    read_duration,
    read_moment,
)


def typed_values(case: Case) -> Iterator[Finding]:
    """Tell every `__type__` that is not allowed or makes no value, and every other key that the parser replaces."""
    for parts, value in mappings(case.dag):
        if TYPE in value:
            yield from _typed(case.path(*parts), value)
        elif found := sorted(RESERVED_KEYS & value.keys()):
            hint = "Write the value out; the operator would never see this mapping."
            yield warning(Code.RESERVED_KEY, case.path(*parts, found[0]), f"the parser replaces {listed(found)}", hint)


def mappings(root: Any) -> Iterator[tuple[tuple[object, ...], dict[Any, Any]]]:
    """Yield every mapping in a value with the way to it, the value itself first."""
    waiting: list[tuple[tuple[object, ...], Any]] = [((), root)]
    while waiting:
        parts, value = waiting.pop()
        if isinstance(value, dict):
            yield parts, value
            waiting += [((*parts, key), item) for key, item in value.items() if isinstance(item, dict | list)]
        elif isinstance(value, list):
            waiting += [((*parts, place), item) for place, item in enumerate(value) if isinstance(item, dict | list)]


def _typed(path: str, value: dict[str, Any]) -> Iterator[Finding]:
    kind = value[TYPE]
    if not isinstance(kind, str) or kind not in ALLOWED_TYPES:
        hint = f"Write the value itself; allowed are {listed(sorted(ALLOWED_TYPES))}."
        yield error(Code.TYPE_NOT_ALLOWED, path, f"{shown(kind)} is not allowed as a type", hint)
        return
    try:
        if kind == DURATION:
            read_duration(value)
        elif kind == MOMENT:
            read_moment(value)
    except TypedValueError as refusal:
        hint = "Write such as {__type__: datetime.timedelta, minutes: 5}."
        yield error(Code.INVALID_TYPED_VALUE, path, f"{kind}: {refusal}", hint)
