"""Whatever comes in, the validator answers: no exception, bounded, printable, and the same every time."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mwaa_operator.workflow.definition.canonical import canonical
from mwaa_operator.workflow.definition.findings import LIMIT, POINTER, Finding, Severity
from mwaa_operator.workflow.definition.model import Definition
from mwaa_operator.workflow.definition.typed import ALLOWED_TYPES
from tests.support.definitions import EMPTY, KNOWLEDGE, LIST, PYTHON, SENSOR, judge, judge_text

WORDS = st.sampled_from(
    [
        *sorted(KNOWLEDGE.tasks.taken | KNOWLEDGE.workflow.taken | KNOWLEDGE.default_args.taken),
        *("__type__", "__args__", "datetime.timedelta", "os.system", "minutes", "bucket", "t", "a", "default", "type"),
        *(
            EMPTY,
            LIST,
            PYTHON,
            SENSOR,
            "None",
            "@daily",
            "rate(1 hour)",
            "0 0 1 * MON",
            "cron(0 0 ? * L *)",
            "2026-01-01",
        ),
        *("{{ ds }}", "{{ ti.xcom_pull('a') }}", "{{ params.a", "$A ${B}", "./run.sh", "module.function", "all_done"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS
KEYS = st.text(max_size=5) | WORDS
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=30
)
TASKS = st.dictionaries(KEYS, st.dictionaries(KEYS, JSON, max_size=6) | JSON, max_size=4)
DOCUMENTS = JSON | st.dictionaries(
    st.just("w"),
    st.fixed_dictionaries(
        {"tasks": TASKS}, optional={str(k): JSON for k in sorted(KNOWLEDGE.workflow.taken - {"tasks"})}
    ),
    min_size=1,
)
PIECES = st.lists(
    st.sampled_from(
        [
            "w:\n",
            " tasks:\n",
            "  t:\n",
            "   operator: ",
            EMPTY,
            "\n",
            "&a ",
            "*a",
            "[",
            "]",
            "{",
            "}",
            ": ",
            "- ",
            "? ",
            ", ",
            "<<",
            "!!x ",
            "'",
            '"',
            "|\n",
            "#",
            "%",
            "---\n",
            "\t",
            " ",
            "1",
            "2026-02-31",
            "\\ud800",
            "~",
            "a",
        ]
    ),
    max_size=40,
).map("".join)
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(findings: list[Finding] | tuple[Finding, ...]) -> None:
    """Hold every promise that holds for any findings."""
    assert len(findings) <= LIMIT + 1
    assert len(set(findings)) == len(findings)
    severities = [finding.severity for finding in findings[:LIMIT]]
    assert severities == sorted(severities)
    for finding in findings:
        assert len(finding.path) <= POINTER
        assert finding.message.isprintable()
        assert finding.hint


@given(st.binary(max_size=300))
@SLOW
def test_any_bytes_have_a_verdict(data: bytes) -> None:
    verdict = judge_text(data)
    check(verdict.findings)
    assert (verdict.definition is None) == any(item.severity is Severity.ERROR for item in verdict.findings)


@given(PIECES)
@SLOW
def test_any_text_that_looks_like_yaml_has_a_verdict(text: str) -> None:
    check(judge_text(text).findings)


@given(DOCUMENTS, st.booleans(), st.booleans())
@SLOW
def test_any_document_has_findings(document: Any, strict: bool, has_code: bool) -> None:
    found = judge(document, strict=strict, has_code=has_code, code_file="a.py" if has_code else None)
    check(found)
    assert found == judge(document, strict=strict, has_code=has_code, code_file="a.py" if has_code else None)


@given(DOCUMENTS)
@SLOW
def test_strictness_only_adds_errors(document: Any) -> None:
    lax, strict = judge(document), judge(document, strict=True)
    assert {(item.code, item.path, item.message) for item in lax} == {
        (item.code, item.path, item.message) for item in strict
    }
    assert sum(item.severity is Severity.ERROR for item in lax) <= sum(
        item.severity is Severity.ERROR for item in strict
    )


@given(
    JSON,
    st.lists(st.sampled_from(["a", "b", 0]), max_size=5),
    st.text(min_size=1).filter(lambda kind: kind not in ALLOWED_TYPES),
)
@SLOW
def test_a_type_that_is_not_allowed_is_found_wherever_it_stands(value: Any, way: list[str | int], kind: str) -> None:
    hidden: Any = {"__type__": kind, "value": value}
    for step in way:
        hidden = [hidden] if step == 0 else {step: hidden}
    found = judge({"w": {"tasks": {"t": {"operator": EMPTY, "x": hidden}}}})
    assert any(item.code == "TypeNotAllowed" and item.severity is Severity.ERROR for item in found)


@given(DOCUMENTS.filter(lambda document: isinstance(document, dict)))
@SLOW
def test_an_object_and_its_canonical_bytes_have_the_same_verdict(document: dict[str, Any]) -> None:
    """But for the schedule, of which canonical bytes know one spelling, and for what no YAML can say."""
    verdict = judge_text(canonical(document))
    if verdict.document is None:
        return
    codes = {(item.code, item.path) for item in judge(document)}
    assert {(item.code, item.path) for item in verdict.findings} == codes


@given(DOCUMENTS.filter(lambda document: isinstance(document, dict)))
@SLOW
def test_canonical_bytes_do_not_depend_on_the_order_of_keys(document: dict[str, Any]) -> None:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(item) for key, item in reversed(value.items())}
        return [turned(item) for item in value] if isinstance(value, list) else value

    assert canonical(document) == canonical(turned(document))


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3), min_size=1))
@SLOW
def test_a_definition_without_errors_is_a_graph_without_circles(edges: dict[str, list[str]]) -> None:
    tasks = {name: {"operator": EMPTY, "dependencies": upstream} for name, upstream in edges.items()}
    definition = judge_text(json.dumps({"w": {"tasks": tasks}})).definition
    if definition is None:
        assert _circular(edges) or any(set(upstream) - edges.keys() for upstream in edges.values())
    else:
        assert not _circular(edges)
        assert _whole(definition)


def _circular(edges: dict[str, list[str]]) -> bool:
    """Whether tasks remain when those that wait for nothing are taken away again and again."""
    left = {name: set(upstream) & edges.keys() for name, upstream in edges.items()}
    while ready := {name for name, upstream in left.items() if not upstream}:
        left = {name: upstream - ready for name, upstream in left.items() if name not in ready}
    return bool(left)


def _whole(definition: Definition) -> bool:
    return all(name in definition.tasks for task in definition.tasks.values() for name in task.dependencies)
