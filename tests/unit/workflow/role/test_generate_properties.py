"""For any definition that the validator accepts, and any limits, the role keeps the rules. Read back from its texts."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mwaa_operator.account.admit import admitted
from mwaa_operator.workflow.definition.load import load_operators
from mwaa_operator.workflow.definition.model import Definition
from mwaa_operator.workflow.definition.validate import validate_bytes
from mwaa_operator.workflow.role.facts import RoleLimits
from mwaa_operator.workflow.role.generate import BASE_ACTIONS, GeneratedRole, Refused, generate
from mwaa_operator.workflow.role.permissions import is_destructive, only_reads
from tests.support.roles import ACCOUNT, ALL_ROLES, BOUNDARY, FACTS, REGION, listed, permissions, texts_in
from tests.unit.workflow.role.test_abuse import HOSTILE, names_of

KNOWLEDGE = load_operators()
PYTHON = "airflow.providers.standard.operators.python.PythonOperator"

NAMES = ("acme-raw", "orders", "a/b/c.csv", "s3://acme-raw/in/x.csv", "s3://acme-raw", "Job_1", "j-2ABC", "x:1")
ARNS = (
    f"arn:aws:iam::{ACCOUNT}:role/glue",
    f"arn:aws:sns:{REGION}:{ACCOUNT}:topic",
    f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m",
    "arn:aws:iam::210987654321:role/admin",
)
TEMPLATES = ("{{ ds }}", "a-{{ ds }}", "s3://acme/{{ ts }}/x", "{{ params.p }}", "{{ params['q'] }}/{{ ds_nodash }}")
ANY_CHARACTER = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("*?${}:/\"'"), max_size=20)

SCALARS = st.one_of(
    st.sampled_from(NAMES + ARNS + TEMPLATES),
    st.sampled_from([value for value in HOSTILE.values() if isinstance(value, str) and len(value) < 100]),
    ANY_CHARACTER,
    st.integers(-5, 5),
    st.booleans(),
    st.none(),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(st.sampled_from(NAMES), SCALARS, max_size=2))
ARGUMENTS = {
    operator: sorted({*names_of(needs), *(name for grant in needs.grants for name in (*grant.when, *grant.unless))})
    for operator, needs in permissions().needs.items()
}


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Any]:
    """Draw one task whose operator has a row, or has none."""
    operator = draw(st.sampled_from([*sorted(ARGUMENTS), PYTHON, "acme.operators.Own"]))
    task: dict[str, Any] = {"operator": operator}
    for name in ARGUMENTS.get(operator, ["python_callable"]):
        if not draw(st.integers(0, 9)):
            continue
        *path, last = name.split(".")
        inner = task
        for key in path:
            inner[key] = inner[key] if isinstance(inner.get(key), dict) else {}
            inner = inner[key]
        inner[last] = draw(VALUES)
    if draw(st.booleans()):
        task["params"] = draw(st.dictionaries(st.sampled_from(["p", "q"]), SCALARS, max_size=2))
    return task


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """Draw a definition that the validator accepts."""
    document = {
        "orders": {
            "params": draw(st.dictionaries(st.sampled_from(["p", "q"]), VALUES, max_size=2)),
            "tasks": {f"t{number}": draw(tasks()) for number in range(draw(st.integers(1, 4)))},
        }
    }
    verdict = validate_bytes(
        json.dumps(document).encode(), knowledge=KNOWLEDGE, has_code=True, code_file="code.zip", strict=False
    )
    assume(verdict.definition is not None)
    assert verdict.definition is not None
    return verdict.definition


@st.composite
def limits(draw: st.DrawFn) -> RoleLimits:
    """Draw what an account allows, from nothing to everything."""
    actions = st.sampled_from(["*", "s3:*", "glue:*", "s3:Get*", "s3:DeleteObject", "ec2:*", *permissions().actions()])
    roles = st.sampled_from(["*", ALL_ROLES, f"arn:aws:iam::{ACCOUNT}:role/glue*"])
    return RoleLimits(
        BOUNDARY, "/", tuple(draw(st.lists(actions, max_size=4))), tuple(draw(st.lists(roles, max_size=2)))
    )


ROLES = settings(max_examples=200, deadline=None)


def role_for(definition: Definition, allowed: RoleLimits) -> GeneratedRole:
    found = generate(definition, facts=FACTS, limits=allowed, permissions=permissions())
    assume(not isinstance(found, Refused))
    assert isinstance(found, GeneratedRole)
    return found


def statements(role: GeneratedRole) -> list[dict[str, Any]]:
    return [statement for _, text in role.policies for statement in json.loads(text)["Statement"]]


@ROLES
@given(definitions(), limits())
def test_every_action_is_allowed_by_the_account_or_of_the_base(definition: Definition, allowed: RoleLimits) -> None:
    role = role_for(definition, allowed)
    for statement in json.loads(dict(role.policies).get("mwaa-operator-tasks", '{"Statement":[]}'))["Statement"]:
        assert statement["Effect"] == "Allow"
        for action in listed(statement["Action"]):
            assert action == "iam:PassRole" or admitted(allowed.allowed_actions, action)
            assert "*" not in action
    base = json.loads(dict(role.policies)["mwaa-operator-base"])["Statement"]
    granted = {action for one in base if one["Effect"] == "Allow" for action in listed(one["Action"])}
    assert granted <= BASE_ACTIONS


@ROLES
@given(definitions(), limits())
def test_every_resource_is_of_the_workflow_s_partition_and_account(definition: Definition, allowed: RoleLimits) -> None:
    for statement in statements(role_for(definition, allowed)):
        for arn in listed(statement["Resource"]):
            if arn == "*":
                assert statement["Sid"].startswith(("Unscopable", "Destructive"))
                assert statement["Condition"]["StringEquals"]["aws:RequestedRegion"] == REGION
                continue
            _, partition, service, region, account, _ = arn.split(":", 5)
            assert partition == "aws"
            assert region in (("", REGION) if service in ("s3", "iam") else (REGION,))
            assert account == ACCOUNT or service in ("s3", "bedrock", "ec2")
            if service == "s3" and statement["Sid"].startswith(("Scoped", "Widened")):
                assert statement["Action"] == "s3:CreateBucket" or "aws:ResourceAccount" in str(statement["Condition"])


@ROLES
@given(definitions(), limits())
def test_nothing_is_a_policy_variable_or_more_than_it_says(definition: Definition, allowed: RoleLimits) -> None:
    for text in texts_in(statements(role_for(definition, allowed))):
        assert text.isascii()
        assert text.isprintable()
        assert not set(text) & set('$?{}[]"\\')


@ROLES
@given(definitions(), limits())
def test_what_changes_something_is_on_one_named_resource_or_reported(
    definition: Definition, allowed: RoleLimits
) -> None:
    role = role_for(definition, allowed)
    for statement in json.loads(dict(role.policies).get("mwaa-operator-tasks", '{"Statement":[]}'))["Statement"]:
        changing = [action for action in listed(statement["Action"]) if not only_reads(action)]
        for arn in (arn for arn in listed(statement["Resource"]) if "*" in arn):
            for action in changing:
                told = any(action in one.why and (arn in one.why or arn == "*") for one in role.widened)
                assert told or (is_below_a_name(arn) and statement["Sid"].startswith(("Scoped", "Destructive")))


def is_below_a_name(arn: str) -> bool:
    """Return whether a wildcard of an ARN only stands for what belongs to one named resource."""
    service, resource = arn.split(":", 5)[2], arn.split(":", 5)[5]
    named = [part for part in re.split("[:/]", resource.partition("*")[0]) if part]
    return "/" in resource.partition("*")[0] if service == "s3" else len(named) >= 2


@ROLES
@given(definitions(), limits())
def test_a_deletion_stands_alone_and_on_what_is_named_unless_the_account_names_it(
    definition: Definition, allowed: RoleLimits
) -> None:
    for statement in statements(role_for(definition, allowed)):
        if statement["Effect"] == "Deny":
            continue
        destructive = [action for action in listed(statement["Action"]) if is_destructive(action)]
        assert destructive in ([], listed(statement["Action"]))
        assert bool(destructive) == statement["Sid"].startswith("Destructive")
        for arn in listed(statement["Resource"]):
            if destructive and "*" in arn and not is_below_a_name(arn):
                assert set(destructive) <= set(allowed.allowed_actions)


@ROLES
@given(definitions(), limits())
def test_a_role_is_passed_by_name_to_one_service_within_the_account_s_list(
    definition: Definition, allowed: RoleLimits
) -> None:
    for statement in statements(role_for(definition, allowed)):
        if "iam:PassRole" not in listed(statement["Action"]):
            continue
        assert listed(statement["Action"]) == ["iam:PassRole"]
        for arn in listed(statement["Resource"]):
            assert re.fullmatch(rf"arn:aws:iam::{ACCOUNT}:role/[\w+=,.@/-]+", arn, re.ASCII)
            assert admitted(allowed.pass_role_arns, arn)
        (service,) = listed(statement["Condition"]["StringEquals"]["iam:PassedToService"])
        assert service.endswith(".amazonaws.com")
        assert service != "cloudformation.amazonaws.com"


@ROLES
@given(definitions(), limits(), st.randoms(use_true_random=False))
def test_the_same_workflow_gives_the_same_bytes(definition: Definition, allowed: RoleLimits, random: Any) -> None:
    order = list(definition.tasks)
    random.shuffle(order)
    other = Definition("orders", None, {name: definition.tasks[name] for name in order}, params=definition.params)
    assert role_for(definition, allowed) == role_for(other, allowed)
    assert sum(len(text) for _, text in role_for(definition, allowed).policies) <= 10_240
