"""An argument as text with gaps, and which texts may stand in an ARN."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.workflow.definition.model import Parameter
from mwaa_operator.workflow.role.arguments import MOST_VALUES, Gapped, is_set, joined, read_argument
from mwaa_operator.workflow.role.shapes import SHAPES

PARAMS = {
    "bucket": Parameter("acme-raw"),
    "count": Parameter(7),
    "flag": Parameter(True),
    "nothing": Parameter(None),
    "empty": Parameter(""),
    "asked": Parameter(required=True),
    "many": Parameter(["a", "b"]),
    "nested": Parameter("x-{{ params.bucket }}"),
    "shape": Parameter({"a": 1}),
}
READ: list[tuple[str, Any, tuple[Gapped, ...]]] = [
    ("a literal", "acme", (("acme",),)),
    ("a number", 12, (("12",),)),
    ("a parameter", "{{ params.bucket }}", (("acme-raw",),)),
    ("a parameter without spaces", "{{params.bucket}}", (("acme-raw",),)),
    ("a parameter by its key", "{{ params['bucket'] }}-{{ params[\"count\"] }}", (("acme-raw-7",),)),
    ("with signs that trim", "a{{- params.bucket -}}b", (("aacme-rawb",),)),
    ("a parameter in a text", "{{ params.bucket }}/in", (("acme-raw/in",),)),
    ("a list of a parameter", "{{ params.many }}", (("a",), ("b",))),
    ("a template that a run fills", "{{ ds }}", ((None,),)),
    ("a template in a text", "a/{{ ds }}/b", (("a/", None, "/b"),)),
    ("templates side by side", "{{ ds }}{{ ts }}", ((None,),)),
    ("a filter", "{{ params.bucket | upper }}", ((None,),)),
    ("a call", "{{ ti.xcom_pull('a') }}", ((None,),)),
    ("a block", "{% raw %}x{% endraw %}", ((None, "x", None),)),
    ("a comment", "a{# no #}b", (("a", None, "b"),)),
    ("a parameter that nobody has", "{{ params.other }}", ((None,),)),
    ("a parameter without default", "{{ params.asked }}", ((None,),)),
    ("a parameter that is null", "{{ params.nothing }}", ((None,),)),
    ("a parameter that is a truth", "{{ params.flag }}", ((None,),)),
    ("a parameter that is a mapping", "{{ params.shape }}", ((None,),)),
    ("a list in a text", "a-{{ params.many }}", (("a-", None),)),
    ("a default is not rendered again", "{{ params.nested }}", (("x-{{ params.bucket }}",),)),
    ("a mark that is not closed", "a{{ params.bucket", (("a{{ params.bucket",),)),
    ("values of a list", ["a", "{{ params.bucket }}"], (("a",), ("acme-raw",))),
    ("empty ones are left out", ["", None, "a"], (("a",),)),
    ("a parameter that is empty", "{{ params.empty }}", ()),
    ("null", None, ()),
    ("empty", "", ()),
]


@pytest.mark.parametrize(("value", "expected"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_an_argument_is_read(value: Any, expected: tuple[Gapped, ...]) -> None:
    argument = read_argument({"x": value}, "x", PARAMS)
    assert (argument.values, argument.problem) == (expected, "")


@pytest.mark.parametrize("value", [True, 1.5, {"a": 1}, [["a"]], [{"a": 1}], ["a"] * (MOST_VALUES + 1)])
def test_what_is_no_text_is_a_problem_and_has_no_value(value: Any) -> None:
    argument = read_argument({"x": value}, "x", PARAMS)
    assert argument.values == ()
    assert argument.problem


def test_a_nested_argument_is_found_by_its_path() -> None:
    arguments = {"config": {"Endpoint": {"EndpointName": "e"}}, "flat": "x"}
    assert read_argument(arguments, "config.Endpoint.EndpointName", {}).values == (("e",),)
    assert read_argument(arguments, "config.Model.ModelName", {}).values == ()
    assert read_argument(arguments, "flat.deeper", {}).values == ()


@pytest.mark.parametrize("value", [None, False, "", [], {}, True, "x", ["x"], 1])
def test_an_argument_is_set_if_it_says_anything(value: Any) -> None:
    assert is_set({"x": value}, ["x"]) is bool(value)
    assert not is_set({}, ["x"])
    assert not is_set({"x": value}, [])


def test_a_text_of_marks_takes_no_time_that_grows_with_its_square() -> None:
    # Were it searched anew from every mark, this would be 10^10 steps and hit the time-out of the tests.
    text = "{{" * 100_000
    assert read_argument({"x": text}, "x", {}).values == ((text,),)
    assert len(read_argument({"x": "{{ a }}" * 100_000}, "x", {}).values) == 1


FITS: list[tuple[str, str, str | None]] = [
    ("name", "load-orders_1.2", "load-orders_1.2"),
    ("name", "a/b", None),
    ("name", "a:b", None),
    ("name", "-a", None),
    ("name", "a" * 256, None),
    ("lower", "Train-1", "train-1"),
    ("path", "/aws/batch/job", "/aws/batch/job"),
    ("colons", "machine:run-1", "machine:run-1"),
    ("revision", "family", "family:*"),
    ("revision", "family:7", "family:7"),
    ("revision", "family:*", None),
    ("revision", "family:latest", None),
    ("role", "service/glue+x=1@b", "service/glue+x=1@b"),
    ("role", "a//b", None),
    ("role", "/a", None),
    ("bucket", "acme.raw-1", "acme.raw-1"),
    ("bucket", "Acme", None),
    ("bucket", "acme/other", None),
    ("bucket", "ac", None),
    ("bucket", "-acme", None),
    ("key", "in/a b(1)/x=1.csv", "in/a b(1)/x=1.csv"),
    ("key", "in/*", None),
    ("key", "s3://acme/in", None),
    ("folder", "in", "in/"),
    ("folder", "in/", "in/"),
    ("prefix", "in/*.csv", "in/"),
    ("prefix", "*.csv", ""),
    ("prefix", "in/[ab].csv", "in/"),
    ("prefix", "in/$x", None),
    ("s3", "s3://acme-raw/in/a", "acme-raw/in/a"),
    ("s3", "s3a://acme-raw/in/a", "acme-raw/in/a"),
    ("s3", "s3://acme-raw", None),
    ("s3", "acme-raw/in/a", None),
    ("s3", "s3:///in/a", None),
    ("s3", "s3://acme*/in", None),
    ("s3folder", "s3://acme-raw", "acme-raw/"),
    ("s3folder", "s3://acme-raw/out", "acme-raw/out/"),
    ("s3bucket", "s3://acme-raw/in/*.csv", "acme-raw"),
    ("s3bucket", "s3://acme*/in", None),
    ("s3bucket", "https://acme-raw/in", None),
    ("s3prefix", "s3://acme-raw/in/*.csv", "in/"),
    ("s3prefix", "s3://acme-raw", ""),
    ("queue", "orders.fifo", "orders.fifo"),
    ("queue", "https://sqs.eu-central-1.amazonaws.com/123456789012/orders", "orders"),
    ("queue", "https://sqs.eu-central-1.amazonaws.com/210987654321/orders", None),
    ("queue", "https://sqs.us-east-1.amazonaws.com/123456789012/orders", None),
    ("id", "arn:aws:x:::name", None),
    ("id", "name", "*"),
    ("id", "na*me", None),
]


def fit(shape: str, value: Gapped) -> str | None:
    heads = [
        text.replace("{region}", "eu-central-1").replace("{account}", "123456789012") for text in SHAPES[shape].heads
    ]
    found = SHAPES[shape].fit(value, tuple(heads))
    return None if found is None else "".join("*" if piece is None else piece for piece in found)


@pytest.mark.parametrize(("shape", "text", "expected"), FITS)
def test_a_literal_stands_in_an_arn_or_does_not(shape: str, text: str, expected: str | None) -> None:
    assert fit(shape, (text,)) == expected


@pytest.mark.parametrize(
    ("shape", "value", "expected"),
    [
        ("name", ("a-", None), "a-*"),
        ("name", ("a*", None), None),
        ("bucket", (None, "-raw"), "*-raw"),
        ("bucket", ("acme/", None), None),
        ("s3", ("s3://acme/in/", None), "acme/in/*"),
        ("s3", (None,), "*"),
        ("s3", ("acme/in/", None), None),
        ("s3folder", ("s3://acme/out", None), "acme/out*/"),
        ("s3bucket", ("s3://acme/", None), "acme"),
        ("s3bucket", ("s3://", None, "/in"), "*"),
        ("s3prefix", ("s3://acme/in/", None), "in/*"),
        ("s3prefix", ("s3://", None), "*"),
        ("prefix", ("in/", None, "/*.csv"), "in/*/"),
        ("revision", ("family-", None), "family-*:*"),
        ("role", ("admin", None), "admin*"),
    ],
)
def test_a_gap_is_a_star_in_its_own_place(shape: str, value: Gapped, expected: str | None) -> None:
    assert fit(shape, value) == expected


@given(st.sampled_from(sorted(SHAPES)), st.lists(st.one_of(st.none(), st.text(max_size=12)), min_size=1, max_size=4))
def test_nothing_that_iam_reads_as_more_than_itself_ever_fits(shape: str, pieces: list[str | None]) -> None:
    value = joined(pieces)
    if not value:
        return
    found = SHAPES[shape].fit(value, ("s3://",))
    if found is None:
        return
    text = "".join(piece.removesuffix(":*") if shape == "revision" and piece else piece or "" for piece in found)
    assert text.isascii()
    assert text.isprintable()
    assert not set(text) & set('*?${}[]"\\<>%`|^~#')
    assert None not in found or None in value or shape == "id"
