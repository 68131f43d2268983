"""The fault script, the ledger, the throttle and the shape checks of the simulated AWS, without any server."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.aws.faults import HTML_502, THROTTLED, Call, FaultScript, Rule
from localcloud.aws.ledger import CLOSED, Ledger
from localcloud.aws.mwaa.windows import WEEK, next_window
from localcloud.aws.shapes import Shapes
from localcloud.aws.signing import scope_of
from localcloud.aws.throttle import Throttle
from localcloud.aws.wire import service_model

CREATE = Call("mwaa", "CreateEnvironment", "one", "123456789012", "eu-central-1", "AKIA")
GET = Call("mwaa", "GetEnvironment", "one", "123456789012", "eu-central-1", "AKIA")
PUT = Call("s3", "PutObject", "bucket", "123456789012", "eu-central-1", "AKIA")
LIST = Call("s3", "ListObjectsV2", "bucket", "123456789012", "eu-central-1", "AKIA")

RULES = st.builds(
    Rule,
    operation=st.sampled_from(["*", "Create*", "GetEnvironment"]),
    skip=st.integers(0, 3),
    times=st.none() | st.integers(1, 3),
    when=st.sampled_from(["before", "after", "instead"]),
    error=st.none() | st.just(THROTTLED),
    delay=st.floats(0, 1),
    drop=st.booleans(),
    cut=st.booleans(),
    body=st.none() | st.binary(max_size=9),
    hold=st.none() | st.just("x"),
)


@given(RULES)
def test_a_rule_survives_its_json_form(rule: Rule) -> None:
    assert Rule.from_json(rule.to_json()) == rule


def test_the_json_form_takes_plain_errors_and_text() -> None:
    rule = Rule.from_json({"error": {"status": 500, "code": "X"}, "body": HTML_502.decode()})

    assert rule.error is not None
    assert (rule.error.message, rule.body) == ("", HTML_502)


@given(skip=st.integers(0, 5), times=st.integers(1, 5), calls=st.integers(0, 15))
def test_a_rule_acts_on_exactly_the_calls_after_skip(skip: int, times: int, calls: int) -> None:
    script = FaultScript()
    script.add(Rule(operation="Create*", skip=skip, times=times))

    hits = []
    for number in range(calls):
        assert script.match(GET) is None
        if script.match(CREATE):
            hits.append(number)

    assert hits == [number for number in range(skip, skip + times) if number < calls]
    assert bool(script.rules) == (calls < skip + times)


def test_the_oldest_rule_that_fits_acts_and_a_skipping_one_lets_the_next_act() -> None:
    script = FaultScript()
    script.add(Rule(service="mwaa", skip=1, error=THROTTLED))
    script.add(Rule(times=None, drop=True))

    matched = [script.match(CREATE) for _ in range(3)]

    assert [rule.error for rule in matched if rule] == [None, THROTTLED, None]
    assert script.match(LIST) == Rule(times=None, drop=True)


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        (Rule(service="s3"), False),
        (Rule(resource="on*"), True),
        (Rule(resource="ONE"), False),
        (Rule(account="1234*"), True),
        (Rule(region="us-*"), False),
        (Rule(principal="AK[IJ]A"), True),
    ],
)
def test_patterns_are_globs_that_mind_case(rule: Rule, fits: bool) -> None:
    assert rule.matches(CREATE) == fits


def test_clearing_forwards_what_is_held() -> None:
    script = FaultScript()
    held = script.hold("x", CREATE)

    script.clear()

    assert held.future.result(0) is True
    assert script.held == []


def test_releasing_lets_all_of_a_name_go_and_nobody_else() -> None:
    script = FaultScript()
    first, second, other = script.hold("x", CREATE), script.hold("x", GET), script.hold("y", GET)

    assert script.release("x", forward=False) == 2

    assert (first.future.result(0), second.future.result(0)) == (False, False)
    assert not other.future.done()
    assert script.wait_held("y", timeout=0) == GET
    script.abandon(other)
    with pytest.raises(TimeoutError, match="'y'"):
        script.wait_held("y", timeout=0)


def test_each_limited_rule_acts_once_whatever_the_threads() -> None:
    script = FaultScript()
    script.add(Rule(times=100))
    hits: list[Rule] = []
    together = threading.Barrier(4)

    def work() -> None:
        together.wait(10)
        hits.extend(rule for _ in range(50) if (rule := script.match(CREATE)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len(hits) == 100


def test_the_ledger_counts_more_than_it_keeps() -> None:
    ledger = Ledger(keep=2)
    for call in (CREATE, GET, LIST):
        ledger.record(call, 200)
    ledger.record(CREATE, 0)

    assert [entry.call for entry in ledger.calls] == [LIST, CREATE]
    assert ledger.totals() == {"mwaa:CreateEnvironment": 2, "mwaa:GetEnvironment": 1, "s3:ListObjectsV2": 1}
    assert ledger.count(service="mwaa") == 3
    assert (ledger.count(code=None), ledger.count(code="?*"), ledger.count(code=CLOSED)) == (3, 1, 1)
    assert [entry.call for entry in ledger.mutations("mwaa")] == [CREATE]
    ledger.reset()
    assert (ledger.calls, ledger.totals()) == ([], {})


def test_mutations_are_told_by_service() -> None:
    ledger = Ledger()
    for call in (CREATE, PUT, GET, LIST):
        ledger.record(call, 200)

    assert [entry.call for entry in ledger.mutations()] == [CREATE, PUT]
    assert [entry.call for entry in ledger.mutations("s3")] == [PUT]


def test_waiting_for_calls_ends_with_what_was_seen() -> None:
    ledger = Ledger()
    ledger.record(GET, 200)

    with pytest.raises(TimeoutError, match="mwaa:GetEnvironment"):
        ledger.wait_for(lambda it: it.count() > 1, timeout=0)
    ledger.wait_for(lambda it: it.count() == 1, timeout=0)


def test_a_throttle_lets_its_burst_and_its_rate_pass() -> None:
    now = [0.0]
    throttle = Throttle(2.0, 3.0, lambda: now[0])

    assert [throttle.passes() for _ in range(4)] == [True, True, True, False]
    now[0] = 1.0
    assert [throttle.passes() for _ in range(3)] == [True, True, False]
    now[0] = 100.0
    assert sum(throttle.passes() for _ in range(10)) == 3
    assert all(Throttle(None, 0, lambda: 0.0).passes() for _ in range(10))


def test_the_scope_of_a_signature_is_read() -> None:
    header = "AWS4-HMAC-SHA256 Credential=AKIA/20270115/eu-west-1/airflow/aws4_request, SignedHeaders=a;b, Signature=c"

    assert scope_of(header) == ("AKIA", "eu-west-1", "airflow")
    assert scope_of("Bearer x") is None


@given(
    day=st.sampled_from(["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]),
    hour=st.integers(0, 23),
    minute=st.sampled_from([0, 30]),
    now=st.floats(0, 4e9),
)
def test_the_next_window_opens_within_a_week_on_its_weekday(day: str, hour: int, minute: int, now: float) -> None:
    opens = next_window(f"{day}:{hour:02}:{minute:02}", now)

    assert now < opens <= now + WEEK
    at = datetime.fromtimestamp(round(opens), UTC)
    assert (at.strftime("%a").upper(), at.hour, at.minute, at.second) == (day, hour, minute, 0)


@pytest.mark.parametrize("service", ["mwaa", "mwaa-serverless", "dynamodb", "emr-containers"])
def test_every_shape_of_a_model_can_be_checked(service: str) -> None:
    """DynamoDB's shapes contain themselves, EMR's have every kind of type."""
    strict, lax = Shapes(strict=True), Shapes(strict=False)
    model = service_model(service)

    for name in model.operation_names:
        operation = model.operation_model(name)
        required = [] if operation.input_shape is None else operation.input_shape.metadata.get("required", [])
        assert len(strict.problems(operation.input_shape, {})) == len(required)
        lax.problems(operation.output_shape, {"Surprise": 1})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"S": "a"}, None),
        ({"L": [{"M": {"k": {"N": "1"}}}]}, None),
        ({"L": [{"M": {"k": {"N": 1}}}]}, "l.1.member.m.k.n"),
        ({"BOOL": 1}, "must be a boolean"),
        ({"B": "text"}, "must be a blob"),
        ({"X": "a"}, "Unknown member 'x'"),
        ("text", "must be a structure"),
    ],
)
def test_values_are_checked_at_any_depth(value: Any, words: str | None) -> None:
    problems = Shapes(strict=True).problems(service_model("dynamodb").shape_for("AttributeValue"), value)

    assert bool(problems) == (words is not None)
    if words:
        assert words in problems[0]


@pytest.mark.parametrize(
    ("shape", "value", "strict", "words"),
    [
        ("EnvironmentName", "a" * 80, True, None),
        ("EnvironmentName", "a" * 81, True, "less than or equal to 80"),
        ("EnvironmentName", "a" * 81, False, None),
        ("EnvironmentName", "", True, "greater than or equal to 1"),
        ("EnvironmentName", "-a", True, "regular expression"),
        ("EnvironmentName", "-a", False, None),
        ("MaxWorkers", 1, True, None),
        ("MaxWorkers", 0, True, "greater than or equal to 1"),
        ("Schedulers", 5, True, None),
        ("Schedulers", 6, True, "less than or equal to 5"),
        ("SubnetList", ["subnet-1"], True, "have length greater than or equal to 2"),
        ("SubnetList", ["subnet-1"], False, None),
        ("TagMap", {"ключ ç/=+-@": "1"}, True, None),
        ("TagMap", {"a": "semi;colon"}, True, "regular expression"),
        ("EnvironmentStatus", "RESTING", True, "enum value set"),
        ("EnvironmentStatus", "RESTING", False, "enum value set"),
    ],
)
def test_limits_bind_requests_and_enums_bind_answers_too(
    shape: str, value: Any, strict: bool, words: str | None
) -> None:
    problems = Shapes(strict=strict).problems(service_model("mwaa").shape_for(shape), value)

    assert bool(problems) == (words is not None)
    if words:
        assert any(words in problem for problem in problems)


def test_a_boolean_is_no_number() -> None:
    shape = service_model("mwaa").shape_for("MaxWorkers")

    assert Shapes(strict=True).problems(shape, True)
    assert not Shapes(strict=True).problems(shape, 3)
