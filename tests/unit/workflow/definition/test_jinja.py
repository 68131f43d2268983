"""What is read out of a template: the short way and Jinja's parser agree, and nothing is ever rendered."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from mwaa_operator.workflow.definition import jinja
from mwaa_operator.workflow.definition.jinja import Usage, environment, usage

PARSER = environment()
NAMES = st.sampled_from(["ds", "params", "ti", "macros", "range", "loop", "x_1", "if", "none", "task_instance"])
PARTS = st.one_of(
    NAMES.map("{{{{ {} }}}}".format),
    st.tuples(NAMES, NAMES).map(lambda pair: "{{{{{}.{} }}}}".format(*pair)),
    st.sampled_from(
        [
            "{{ ti.xcom_pull(task_ids='a.b-c') }}",
            '{{ task_instance.xcom_pull("a")["k"][0] }}',
            "{{ ti.xcom_pull('a')['k'] }}",
            "text",
            "}}",
            "{ {",
            "{",
            "\n",
        ]
    ),
)


@given(st.lists(PARTS, max_size=5).map("".join))
@example("{{{ ds }}")
@settings(deadline=None)
def test_the_short_way_says_what_the_parser_says(text: str) -> None:
    short = jinja._simple(text)
    assert short is None or short == jinja._parsed(text, PARSER)


def test_the_short_way_is_taken_for_what_definitions_are_full_of() -> None:
    for text in ("{{ ds }}", "{{ params.a }}/{{ ds_nodash }}", "{{ ti.xcom_pull(task_ids='a')['b'][0] }}"):
        assert jinja._simple(text) is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ a.b | f(c) }}", Usage(names=frozenset("ac"), filters=frozenset("f"))),
        ("{% set a = b %}{{ a }}", Usage(names=frozenset("b"))),
        ("{% macro m(x) %}{{ x }}{% endmacro %}{{ m(1) }}", Usage()),
        ("{{ params['a'] ~ params.b }}", Usage(names=frozenset({"params"}), params=frozenset("ab"))),
        ("{{ x.xcom_pull('a') }}", Usage(names=frozenset("x"))),
        ("{{ ti.xcom_pull(key='k', task_ids=('a', 'b')) }}", Usage(names=frozenset({"ti"}), pulls=frozenset("ab"))),
    ],
)
def test_a_template_uses(text: str, expected: Usage) -> None:
    assert usage(text, PARSER) == expected


def test_a_long_chain_of_members_is_read() -> None:
    assert usage("{{ a" + ".b" * 20_000 + " }}", PARSER).names == {"a"}


@given(st.text(alphabet="{}%#ab('[.|\n \\\"", max_size=60))
@settings(deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    found = usage(text, PARSER)
    assert found.refusal.isprintable()


def test_nothing_is_compiled_or_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("this is the door to rendering")

    for name in ("compile", "from_string", "_generate", "get_template"):
        monkeypatch.setattr(Environment, name, refuse)
    assert usage("{{ 'a' * 10 ** 10 }}{{ ''.__class__ }}", environment()).refusal == ""
