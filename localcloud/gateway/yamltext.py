"""From BPG's file to a document, the way Jackson reads YAML 1.1: `yes` is true, `010` is eight, `3.10` is 3.1.

Dates and `12:30` stay texts, an alias is the name of its anchor, of two equal keys the last one counts. Sources:
jackson-dataformat-yaml, YAMLParser; SnakeYAML, Resolver.
"""

from __future__ import annotations

import json
import re
from typing import Any, cast

import yaml

from localcloud.gateway.errors import StartFailureError

MAX_CODE_POINTS = 3 * 1024 * 1024
"""SnakeYAML's limit."""

_INTEGER = re.compile(r"([-+]?)(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)")
_REAL = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9][0-9_]*)")
_WORDS: dict[str, bool | None] = {
    **{form: True for word in ("yes", "true", "on") for form in (word, word.title(), word.upper())},
    **{form: False for word in ("no", "false", "off") for form in (word, word.title(), word.upper())},
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}


class _Loader(yaml.SafeLoader):
    """Composes nodes; an alias becomes the text of its name."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = cast(Any, self).get_event()
            return yaml.ScalarNode("", str(event.anchor), style='"')
        return super().compose_node(parent, index)


def parse(text: str) -> Any:
    """Return the first document of a text; None for an empty one.

    Raises:
        StartFailureError: It is no YAML.
    """
    if len(text) > MAX_CODE_POINTS:
        raise StartFailureError("", f"The incoming YAML document exceeds the limit: {MAX_CODE_POINTS} code points.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _composed(text)


def _composed(text: str) -> Any:
    loader: Any = _Loader(text)
    try:
        loader.get_event()
        if not loader.check_event(yaml.DocumentStartEvent):
            return None
        return _value(loader.compose_document())
    except (yaml.YAMLError, RecursionError) as refusal:
        raise StartFailureError("", f"Malformed YAML; {' '.join(str(refusal).split())}") from refusal
    finally:
        loader.dispose()


def _value(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {_key(key): _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    if node is None:
        return None
    return _scalar(str(node.value)) if getattr(node, "style", None) is None else node.value


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise yaml.YAMLError("Expected a field name (Scalar value in YAML), got this instead")
    return str(node.value)


def _scalar(word: str) -> Any:
    if word in _WORDS:
        return _WORDS[word]
    if found := _INTEGER.fullmatch(word):
        return _integer(word, found[1], found[2].replace("_", ""))
    return float(word.replace("_", "")) if _REAL.fullmatch(word) else word


def _integer(word: str, sign: str, digits: str) -> Any:
    base = {"0b": 2, "0x": 16}.get(digits[:2], 8 if digits.startswith("0") and digits != "0" else 10)
    bare = digits[2:] if base in (2, 16) else digits
    if not bare or len(bare) > 4000:
        return word
    return int(bare, base) * (-1 if sign == "-" else 1)
