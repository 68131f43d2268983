"""The bytes of a definition as they are uploaded, and their digest: the same content always gives the same. Pure.

A definition given as text is uploaded as it is. One given as an object has no bytes of its own: Kubernetes keeps
neither the order of its keys nor its comments, so it is written here in one way.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import yaml

from mwaa_operator.workflow.definition.schedule import ScheduleError, parse_schedule

_NUMERIC = frozenset("0123456789+-.")
_BREAKS = frozenset("\x85\u2028\u2029")
"""Line breaks of YAML 1.1 beside the usual ones: PyYAML folds them in every style but one."""


def canonical(source: Mapping[str, Any] | str | bytes) -> bytes:
    """Return what is uploaded.

    Args:
        source: An object (`inline`): written as YAML with sorted keys, `schedule: None` as null; text or bytes
            (`yaml`, a ConfigMap, S3): as given.

    Raises:
        ValueError: An object is nested too deeply to be written.
    """
    if isinstance(source, bytes):
        return source
    if isinstance(source, str):
        return _encoded(source)
    try:
        # The writer in Python and not libyaml's: what it writes must not depend on how PyYAML was built.
        text = yaml.dump(
            {dag_id: _without_none(dag) for dag_id, dag in source.items()},
            Dumper=_Writer,
            allow_unicode=True,
            default_flow_style=False,
            sort_keys=True,
            width=2**31,
        )
    except RecursionError as refusal:
        raise ValueError("the definition is nested too deeply") from refusal
    return _encoded(text)


def _encoded(text: str) -> bytes:
    """Return UTF-8; a lone surrogate, which no UTF-8 has, is left for the validator to tell."""
    return text.encode("utf-8", "surrogatepass")


def digest(data: bytes) -> str:
    """Return the SHA-256 of what is uploaded, as 64 hexadecimal digits."""
    return sha256(data).hexdigest()


def _without_none(dag: Any) -> Any:
    """Return a workflow whose schedule, where it means none, is null."""
    if not isinstance(dag, Mapping) or "schedule" not in dag:
        return dag
    try:
        schedule = parse_schedule(dag["schedule"])
    except ScheduleError:
        return dag
    return {**dag, "schedule": None} if schedule is None else dag


class _Writer(yaml.SafeDumper):
    """Writes every value out: an alias would only come from objects that happen to be the same."""

    def ignore_aliases(self, data: Any) -> bool:
        """Whether a value is written again where it comes again: always."""
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """Return a text, in quotes where it looks like a number: readers of YAML 1.2 know more numbers than PyYAML."""
        style = '"' if _BREAKS & set(data) else "'" if data[:1] in _NUMERIC else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)


_Writer.add_representer(str, _Writer.represent_str)
