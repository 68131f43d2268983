"""Builds a document from YAML events and counts what it costs, so that no alias or depth can make it explode. Pure.

PyYAML's own composer is not used: it writes merge keys out without a limit and forgets keys that come twice. Scalars
are resolved by PyYAML as the service's parser resolves them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml import events

from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, error, pointer, shown

MAX_DEPTH = 64
MAX_ALIASES = 1_000
MAX_NODES = 50_000
"""Values with aliases written out. A text of 50 KB without aliases has at most half as many."""
MAX_FINDINGS = 200
MAX_NUMBER = 100
"""Characters of a number: Python takes quadratic time for long ones."""

_MERGE = "tag:yaml.org,2002:merge"
_TEXT = "tag:yaml.org,2002:str"
_FIRSTS = frozenset(key for key in yaml.SafeLoader.yaml_implicit_resolvers if key)
"""First characters of plain scalars that may be something other than text."""


class TreeError(Exception):
    """Nothing more is read."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class _Merge:
    """Stands for the key `<<`."""


_MERGE_KEY = _Merge()


@dataclass(frozen=True)
class _Node:
    """A finished value, the values in it with aliases written out, and the levels below it."""

    value: Any
    size: int = 1
    height: int = 0


@dataclass
class _Open:
    """A mapping or list whose end has not come yet."""

    container: dict[Any, Any] | list[Any]
    anchor: str | None
    merges: list[Any] = field(default_factory=list)
    key: Any = None
    awaits_value: bool = False
    size: int = 1
    height: int = 0


class Tree:
    """Takes events one after the other.

    Attributes:
        document: The value, once the document's end was added.
        filled: Whether there was any document.
        findings: What is wrong and did not end the reading.
    """

    def __init__(self) -> None:
        self.document: Any = None
        self.filled = False
        self.findings: list[Finding] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, _Node | None] = {}
        self._aliases = 0
        self._spent = 0
        self._scalars = yaml.SafeLoader("")
        self._resolve: Callable[..., str] = self._scalars.resolve

    def add(self, event: events.Event) -> None:
        """Take the next event.

        Raises:
            TreeError: A limit is reached, or a second document begins.
        """
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def _start_document(self, event: events.Event) -> None:
        if self.filled:
            raise TreeError(
                error(
                    Code.MULTIPLE_DOCUMENTS,
                    "",
                    f"{_place(event)}: a second document begins",
                    "Keep one workflow in one file, without `---` between parts.",
                )
            )

    def _start_container(self, event: Any) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise TreeError(self._too_deep(event))
        self._spend(1, event)
        self._refuse_tag(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        container: dict[Any, Any] | list[Any] = {} if isinstance(event, events.MappingStartEvent) else []
        self._open.append(_Open(container, event.anchor))

    def _end_container(self, event: events.Event) -> None:
        done = self._open.pop()
        node = _Node(_merged(done), done.size, done.height + 1)
        if done.anchor is not None:
            self._anchors[done.anchor] = node
        self._place_node(node, event)

    def _scalar(self, event: events.ScalarEvent) -> None:
        self._spend(1, event)
        node = _Node(self._value(event))
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        self._place_node(node, event)

    def _alias(self, event: events.AliasEvent) -> None:
        anchor = event.anchor or ""
        node = self._anchors.get(anchor, _Node(None))
        self._aliases += 1
        if node is None or self._aliases > MAX_ALIASES:
            cause = "stands inside of its own anchor" if node is None else f"is one of more than {MAX_ALIASES:,}"
            raise TreeError(
                error(
                    Code.TOO_MANY_ALIASES,
                    self._path(),
                    f"{_place(event)}: the alias {shown(anchor)} {cause}",
                    "Write the value out instead of using an alias.",
                )
            )
        if anchor not in self._anchors:
            self._note(Code.SYNTAX, event, f"no anchor {shown(anchor)}", "Define the anchor before its alias.")
        if len(self._open) + node.height > MAX_DEPTH:
            raise TreeError(self._too_deep(event))
        self._spend(node.size, event)
        self._place_node(node, event)

    def _value(self, event: events.ScalarEvent) -> Any:
        text = event.value
        self._refuse_tag(event)
        if not event.implicit[0] or (text and text[0] not in _FIRSTS):
            return self._text(event, text)
        tag = _TEXT if event.tag is not None else self._resolve(yaml.ScalarNode, text, event.implicit)
        if tag == _TEXT:
            return self._text(event, text)
        if tag == _MERGE:
            expects_key = bool(self._open) and isinstance(self._open[-1].container, dict)
            is_key = expects_key and not self._open[-1].awaits_value
            return _MERGE_KEY if is_key else self._unreadable(event, text)
        if len(text) > MAX_NUMBER:
            return self._unreadable(event, text)
        try:
            return self._scalars.construct_object(yaml.ScalarNode(tag, text))
        except (ValueError, OverflowError, yaml.YAMLError):
            return self._unreadable(event, text)

    def _text(self, event: events.ScalarEvent, text: str) -> str:
        lone_surrogate = not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)
        return self._unreadable(event, text) if lone_surrogate else text

    def _unreadable(self, event: events.ScalarEvent, text: str) -> str:
        self._note(Code.INVALID_VALUE, event, f"{shown(text)} cannot be read", "Put it in quotes, or correct it.")
        return text.encode("utf-8", "replace").decode()

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            self._note(
                Code.TAG_NOT_ALLOWED,
                event,
                f"the tag {shown(event.tag)}",
                "Leave the tag out; for durations and dates use {__type__: datetime.timedelta, minutes: 5}.",
            )

    def _place_node(self, node: _Node, event: events.Event) -> None:
        """Put a finished value where it belongs: the document, the list, the key or the value of a mapping."""
        if not self._open:
            self.document, self.filled = node.value, True
            return
        parent = self._open[-1]
        parent.size += node.size
        parent.height = max(parent.height, node.height)
        if isinstance(parent.container, list):
            parent.container.append(node.value)
        elif parent.awaits_value:
            self._put(parent, parent.container, node.value, event)
            parent.awaits_value = False
        else:
            parent.key, parent.awaits_value = self._key(node, event), True

    def _key(self, node: _Node, event: events.Event) -> Any:
        if not isinstance(node.value, dict | list):
            return node.value
        self._note(Code.INVALID_KEY, event, "a key is a list or a mapping", "Use a plain word as the key.")
        return "?"

    def _put(self, parent: _Open, container: dict[Any, Any], value: Any, event: events.Event) -> None:
        if parent.key is _MERGE_KEY:
            parent.merges.append(self._mergeable(value, event))
        elif parent.key in container:
            self._note(
                Code.DUPLICATE_KEY, event, f"the key {shown(parent.key)} comes twice", "Remove or rename one of them."
            )
        else:
            container[parent.key] = value

    def _mergeable(self, value: Any, event: events.Event) -> dict[Any, Any]:
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            self._note(Code.INVALID_KEY, event, "`<<` merges something that is no mapping", "Merge mappings only.")
            return {}
        found: dict[Any, Any] = {}
        for part in reversed(parts):
            found |= part
        return found

    def _spend(self, nodes: int, event: events.Event) -> None:
        self._spent += nodes
        if self._spent > MAX_NODES:
            raise TreeError(
                error(
                    Code.TOO_MANY_NODES,
                    self._path(),
                    f"{_place(event)}: more than {MAX_NODES:,} values once aliases are written out",
                    "Use fewer aliases and merge keys, or split the workflow.",
                )
            )

    def _too_deep(self, event: events.Event) -> Finding:
        message = f"{_place(event)}: more than {MAX_DEPTH} levels of nesting"
        return error(Code.TOO_DEEP, self._path(), message, "Flatten the value, or pass it to the operator as text.")

    def _note(self, code: Code, event: events.Event, message: str, hint: str) -> None:
        finding = error(code, self._path(), f"{_place(event)}: {message}", hint)
        if len(self.findings) >= MAX_FINDINGS:
            raise TreeError(finding)
        self.findings.append(finding)

    def _path(self) -> str:
        """Return where the reading is."""
        parts: list[object] = []
        for step in self._open:
            if isinstance(step.container, list):
                parts.append(len(step.container))
            elif step.awaits_value:
                parts.append("<<" if step.key is _MERGE_KEY else step.key)
        return pointer(*parts)


def _merged(done: _Open) -> Any:
    """Return a container with its merge keys written out: own keys win, then the earlier merge."""
    if not done.merges or isinstance(done.container, list):
        return done.container
    found: dict[Any, Any] = {}
    for part in reversed(done.merges):
        found |= part
    return found | done.container


def _place(event: events.Event) -> str:
    mark = event.start_mark
    return "somewhere" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"


_HANDLERS: dict[type[events.Event], Callable[[Tree, Any], None]] = {
    events.DocumentStartEvent: Tree._start_document,
    events.MappingStartEvent: Tree._start_container,
    events.SequenceStartEvent: Tree._start_container,
    events.MappingEndEvent: Tree._end_container,
    events.SequenceEndEvent: Tree._end_container,
    events.ScalarEvent: Tree._scalar,
    events.AliasEvent: Tree._alias,
}
