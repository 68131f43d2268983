"""From bytes to a document: what is read, what is refused, and that hostile texts cost no more than others."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from mwaa_operator.workflow.definition import tree
from mwaa_operator.workflow.definition.findings import Finding, bounded
from mwaa_operator.workflow.definition.text import MAX_BYTES, parse
from tests.support.definitions import told

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + number)}: &{chr(98 + number)} [{', '.join(['*' + chr(97 + number)] * 9)}]\n" for number in range(9)
)
MERGES = "b0: &b0 {k: 1}\n" + "".join(
    f"b{number}: &b{number} {{<<: [*b{number - 1}, *b{number - 1}]}}\n" for number in range(1, 400)
)
CHAIN = "b0: &b0 [1]\n" + "".join(f"b{number}: &b{number} [*b{number - 1}]\n" for number in range(1, 200))

READ: list[tuple[str, Any]] = [
    ("a: 1", {"a": 1}),
    ("\ufeffa: 1", {"a": 1}),
    ("{a: [1, 2.5, yes, null, ~, 'x', 2026-01-01]}", {"a": [1, 2.5, True, None, None, "x", date(2026, 1, 1)]}),
    ("schedule: None", {"schedule": "None"}),
    ("a: '017'\nb: 017\nc: 1:30", {"a": "017", "b": 15, "c": 90}),
    ("a: &x {k: 1}\nb: *x", {"a": {"k": 1}, "b": {"k": 1}}),
    ("a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}", {"a": {"k": 1, "l": 2}, "b": {"k": 1, "l": 3}}),
    (
        "a: &x {k: 1}\nc: &y {k: 2, m: 3}\nb: {<<: [*x, *y]}",
        {"a": {"k": 1}, "c": {"k": 2, "m": 3}, "b": {"k": 1, "m": 3}},
    ),
    ("a: {k: 1, <<: {k: 2, l: 3}}", {"a": {"k": 1, "l": 3}}),
    ("a: '<<'\n'<<': 1", {"a": "<<", "<<": 1}),
    ("? k\n: v", {"k": "v"}),
    ("~", None),
    ("text", "text"),
    ("a:\n  - 1\n  -\n  - - 2", {"a": [1, None, [2]]}),
]

REFUSED: list[tuple[str, str | bytes, tuple[str, ...]]] = [
    ("one byte too many", b"#" * (MAX_BYTES + 1), ("Error TooLarge",)),
    ("Latin-1", "a: ä".encode("latin-1"), ("Error NotUtf8",)),
    ("UTF-16", "a: 1".encode("utf-16"), ("Error NotUtf8",)),
    ("nothing", "", ("Error EmptyDefinition",)),
    ("a comment", "# a: 1", ("Error EmptyDefinition",)),
    ("a tab", "a:\n\t- 1", ("Error Syntax",)),
    ("an open quote", "a: 'b", ("Error Syntax",)),
    ("a NUL", "a: \0", ("Error Syntax",)),
    ("no such anchor", "a: *x", ("Error Syntax /a",)),
    ("two documents", "a: 1\n---\nb: 1", ("Error MultipleDocuments",)),
    ("a key twice", "a: {b: 1, b: 2}", ("Error DuplicateKey /a/b",)),
    (
        "keys twice in a list",
        "[{a: 1, a: 2}, {c: {d: 1, d: 1}}]",
        ("Error DuplicateKey /0/a", "Error DuplicateKey /1/c/d"),
    ),
    ("yes is True, which is 1", "{yes: a, 1: b}", ("Error DuplicateKey /1",)),
    ("a mapping as a key", "{{a: 1}: 2}", ("Error InvalidKey",)),
    ("a merge of text", "a: {<<: b}", ("Error InvalidKey /a/<<",)),
    ("no such day", "a: 2026-02-30", ("Error InvalidValue /a",)),
    ("a very long number", f"a: {'9' * 5000}", ("Error InvalidValue /a",)),
    ("a very long sexagesimal", f"a: 1{':59' * 5000}", ("Error InvalidValue /a",)),
    ("a merge that is no key", "a: <<", ("Error InvalidValue /a",)),
    ("an empty number", "a: 0b_", ("Error InvalidValue /a",)),
    ("a value that YAML reserves", "a: =", ("Error InvalidValue /a",)),
    ("an object", "a: !!python/object/apply:os.system [id]", ("Error TagNotAllowed /a",)),
    ("a name", "a: !!python/name:os.system ''", ("Error TagNotAllowed /a",)),
    ("a harmless tag", "a: !!str 5", ("Error TagNotAllowed /a",)),
    ("a tag of one's own", "a: !include x.yaml", ("Error TagNotAllowed /a",)),
    ("a tag on a key", "!!str a: 1", ("Error TagNotAllowed",)),
    ("an anchor in itself", "a: &x [*x]", ("Error TooManyAliases /a/0",)),
    ("billion laughs", LAUGHS, ("Error TooManyNodes /e/5",)),
    ("billion laughs by merge keys", MERGES, ("Error TooManyNodes /b13/<</0",)),
    ("depth by aliases", CHAIN, ("Error TooDeep /b63/0",)),
    ("too many aliases", "a: &x 1\nb: [" + "*x, " * 1001 + "]", ("Error TooManyAliases /b/1000",)),
    ("depth", "[" * 65, (f"Error TooDeep {'/0' * 64}",)),
]


def findings(text: str | bytes) -> tuple[Finding, ...]:
    return parse(text.encode() if isinstance(text, str) else text).findings


@pytest.mark.parametrize(("text", "document"), READ, ids=[text[:30] for text, _ in READ])
def test_a_text_is_read(text: str, document: Any) -> None:
    parsed = parse(text.encode())
    assert parsed.findings == ()
    assert parsed.document == document


@pytest.mark.parametrize(("text", "document"), READ, ids=[text[:30] for text, _ in READ])
def test_it_is_read_as_pyyaml_reads_it(text: str, document: Any) -> None:
    assert yaml.safe_load(text.removeprefix("\ufeff")) == document


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_text_is_refused(text: str | bytes, expected: tuple[str, ...]) -> None:
    assert tuple(map(told, bounded(findings(text)))) == expected


@pytest.mark.parametrize("text", [case[1] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_the_loader_without_libyaml_says_the_same(text: str | bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [finding.code for finding in findings(text)]
    monkeypatch.setattr("mwaa_operator.workflow.definition.text._LOADER", yaml.SafeLoader)
    assert [finding.code for finding in findings(text)] == said


def test_a_syntax_error_names_line_and_column() -> None:
    (finding,) = findings("a: 1\nb: 'c\n")
    assert finding.message.startswith("line 3, column 1: ")


def test_what_is_wrong_in_the_text_names_its_line() -> None:
    (finding,) = findings("a: 1\na: 2")
    assert finding.message.startswith("line 2, column 4: ")


def test_fifty_kilobytes_are_taken() -> None:
    assert findings(b"a: " + b"x" * (MAX_BYTES - 3)) == ()


def test_the_value_of_a_key_that_comes_twice_is_the_first() -> None:
    assert parse(b"{a: 1, a: 2}").document == {"a": 1}


HOSTILE = {
    "brackets": b"[",
    "braces": b"{",
    "dashes": b"- ",
    "questions": b"? ",
    "flow questions": b"{?,",
    "anchors": b"&a ",
    "tags": b"!a ",
    "quotes": b"'",
    "double quotes": b'"\\x',
    "colons": b":",
    "flow colons": b"[:,",
    "pipes": b"|\n",
    "comments": b"# ",
    "duplicates": b"a: 1\n",
    "documents": b"---\n",
    "directives": b"%YAML 1.1\n",
    "aliases": b"- *a\n",
    "merges": b"<<: {}\n",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_makes_no_more_findings_than_its_bound(piece: bytes) -> None:
    data = piece * (MAX_BYTES // len(piece))
    assert len(parse(data).findings) <= tree.MAX_FINDINGS + 1


def test_aliases_are_not_written_out() -> None:
    """The document of a text with aliases shares its parts: what is counted is never built."""
    document = parse(b"a: &x [" + b"1, " * 1000 + b"]\nb: [" + b"*x, " * 40 + b"]").document
    assert len(document["b"]) == 40
    assert len({id(part) for part in document["b"]} | {id(document["a"])}) == 1


def test_the_work_is_bounded_by_the_limit_of_nodes() -> None:
    """Every value that is placed was paid for, so a text can cost at most MAX_NODES steps."""
    paid = 0

    class Counting(tree.Tree):
        def _spend(self, nodes: int, event: Any) -> None:
            nonlocal paid
            paid += nodes
            super()._spend(nodes, event)

    counted = Counting()

    def read() -> None:
        for event in yaml.parse(MERGES, Loader=yaml.SafeLoader):
            counted.add(event)

    with pytest.raises(tree.TreeError):
        read()
    assert paid <= 2 * tree.MAX_NODES


def test_a_lone_surrogate_which_only_pyyamls_own_loader_lets_through_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mwaa_operator.workflow.definition.text._LOADER", yaml.SafeLoader)
    (finding,) = findings('a: "\\ud800"')
    assert told(finding) == "Error InvalidValue /a"
    assert finding.message.isprintable()
