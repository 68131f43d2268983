"""Ways in which a tenant could try to widen the role: each ends with nothing granted, or with itself and no more.

The limits admit everything, so that it is the generator that keeps the role narrow and not the account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.workflow.definition.model import Task
from mwaa_operator.workflow.role.arguments import MOST_VALUES
from mwaa_operator.workflow.role.generate import BASE_POLICY, GeneratedRole
from mwaa_operator.workflow.role.permissions import Needs
from mwaa_operator.workflow.role.templates import Placeholder
from tests.support.roles import (
    ACCOUNT,
    ALL_ROLES,
    REGION,
    allowing,
    granted,
    listed,
    permissions,
    permits,
    role_of,
    statements_of,
    task,
    texts_in,
)

HERE = f"{REGION}:{ACCOUNT}"
FOREIGN = "210987654321"

HOSTILE: dict[str, Any] = {
    "everything": "*",
    "any one character": "?",
    "a wildcard at the end": "acme-*",
    "a wildcard at the start": "*-raw",
    "a wildcard in the middle": "ac?me*raw",
    "a policy variable": "${aws:username}",
    "a tag as a variable": "acme-${aws:PrincipalTag/team}",
    "an escaped wildcard": "${*}",
    "a variable of the environment": "$BUCKET",
    "a variable of a template of ours": "{account}",
    "a gap of a template of ours": "{}",
    "all buckets": "arn:aws:s3:::*",
    "a bucket of another partition": "arn:aws-cn:s3:::acme",
    "everything in an ARN": "arn:aws:glue:*:*:*",
    "a job of another account": f"arn:aws:glue:{REGION}:{FOREIGN}:job/x",
    "a job of another Region": f"arn:aws:glue:us-east-1:{ACCOUNT}:job/x",
    "a queue of another account": f"https://sqs.{REGION}.amazonaws.com/{FOREIGN}/x",
    "a queue at somebody else's": f"https://evil.example/{ACCOUNT}/x",
    "an administrator": f"arn:aws:iam::{FOREIGN}:role/admin",
    "an access point": f"arn:aws:s3:{REGION}:{FOREIGN}:accesspoint/x",
    "the end of the text": '"],"Action":"*","Resource":["*',
    "the end of the statement": '"}]}',
    "a backslash": "acme\\u002a",
    "a line": "acme\n*",
    "a line at the end": "acme-raw\n",
    "a NUL": "acme\x00raw",
    "a tabulator": "acme\traw",
    "a space that is none": "acme\u00a0raw",
    "a wide asterisk": "acme\uff0a",
    "a Cyrillic letter": "\u0430cme-raw",
    "a letter with a hidden joiner": "acme\u200draw",
    "the other direction": "\u202ewar-emca",
    "a percent sign": "acme%2a",
    "a URL with a wildcard for its bucket": "s3://*/x",
    "a URL with a wildcard in its bucket": "s3://acme-*/x",
    "a URL without bucket": "s3:///x",
    "a wildcard behind a parameter": "{{ params.star }}",
    "a variable behind a parameter": "{{ params.variable }}",
    "a wildcard behind two parameters": "{{ params.once }}",
    "a wildcard in parts": "{{ params.empty }}*{{ params.empty }}",
    "a wildcard in a raw block": "{% raw %}*{% endraw %}",
    "a wildcard beside a template": "*{{ ds }}",
    "a template that is not closed": "acme-{{ params.star",
    "a list of wildcards": ["*", "*"],
    "a wildcard among good ones": ["acme-raw", "*"],
    "a list of a parameter": "{{ params.stars }}",
    "a list in a list": [["*"]],
    "a mapping": {"Ref": "*"},
    "a truth": True,
    "a very long text": "a" * 5000,
    "very many": [f"acme-{number}" for number in range(MOST_VALUES + 1)],
}
PARAMS: dict[str, Any] = {
    "star": "*",
    "variable": "${aws:username}",
    "once": "{{ params.star }}",
    "empty": "",
    "stars": ["*"],
    "mine": "acme-raw",
}
"""Of the definition, as hostile as the arguments."""

SAFE_ARN = re.compile(
    rf"arn:aws:(?P<service>[a-z0-9-]+):({REGION})?:({ACCOUNT})?:[A-Za-z0-9/!_.'()=+@,&;: *-]+",
)
"""What every resource looks like: partition, Region and account are the workflow's, or none."""


def names_of(needs: Needs) -> Iterator[str]:
    """Yield the arguments that fill the ARNs of a row."""
    for grant in needs.grants:
        for choice in grant.choices:
            for template in choice:
                yield from (part.argument for part in template.parts if isinstance(part, Placeholder) and part.argument)
        if grant.prefix:
            yield grant.prefix.partition(":")[0]
        if grant.role:
            yield grant.role.argument
    yield from (handed.argument for handed in needs.passes)


def with_argument(one: Task, name: str, value: Any) -> Task:
    """Return a task with one more argument, nested where its name is a path."""
    *path, last = name.split(".")
    arguments = json.loads(json.dumps(dict(one.arguments)))
    inner = arguments
    for key in path:
        inner[key] = inner[key] if isinstance(inner.get(key), dict) else {}
        inner = inner[key]
    inner[last] = value
    return replace(one, arguments=arguments)


def benign(operator: str, needs: Needs) -> Task:
    """Return a task that switches on whatever its row can grant, with harmless values."""
    one = Task("task", operator)
    for grant in needs.grants:
        for name in grant.when:
            one = with_argument(one, name, True)
    for name in sorted(set(names_of(needs))):
        one = with_argument(one, name, "acme-raw")
    return one


def reach(role: GeneratedRole) -> set[tuple[str, str]]:
    """Return (action, resource) of all that the tasks are granted."""
    return {(action, arn) for action, arns in granted(role).items() for arn in arns}


@pytest.mark.parametrize("way", HOSTILE)
def test_no_argument_of_any_operator_reaches_further_with_a_hostile_value(way: str) -> None:
    for operator, needs in permissions().needs.items():
        harmless = benign(operator, needs)
        most = reach(role_of(harmless))
        for name in sorted(set(names_of(needs))):
            role = role_of(with_argument(harmless, name, HOSTILE[way]), params=PARAMS)
            assert reach(role) <= most, (operator, name)
            for statement in statements_of(role):
                check_is_safe(statement, role)


def check_is_safe(statement: dict[str, Any], role: GeneratedRole) -> None:
    assert statement["Effect"] == "Allow"
    assert not any("${" in text or "?" in text for text in texts_in(statement))
    assert role.widened or not any("*" in text for text in texts_in(statement.get("Condition", {})))
    kind = statement["Sid"].rstrip("0123456789")
    for arn in statement["Resource"]:
        if arn == "*":
            assert kind in ("Unscopable", "Destructive")
            assert statement["Condition"]["StringEquals"]["aws:RequestedRegion"] == REGION
        else:
            assert SAFE_ARN.fullmatch(arn), arn
    if kind == "Widened":
        assert role.widened
    if kind == "PassRole":
        assert not any("*" in arn for arn in statement["Resource"])


@pytest.mark.parametrize("way", HOSTILE)
def test_a_hostile_bucket_grants_nothing_at_all_and_is_reported(way: str) -> None:
    one = task("operators.s3.S3CreateObjectOperator", s3_bucket=HOSTILE[way], s3_key="a/b", data="x")
    role = role_of(one, params=PARAMS)
    assert [name for name, _ in role.policies] == [BASE_POLICY]
    assert {found.argument for found in role.withheld} == {"s3_bucket"}


def test_a_bucket_with_a_slash_is_no_bucket_and_a_key() -> None:
    role = role_of(task("operators.s3.S3CreateObjectOperator", s3_bucket="acme/other", s3_key="x", data=""))
    assert granted(role) == {}


def test_a_folder_without_slash_does_not_reach_the_buckets_that_begin_like_it() -> None:
    role = role_of(task("operators.athena.AthenaOperator", query="q", database="d", output_location="s3://acme"))
    assert permits(role, "s3:PutObject", "arn:aws:s3:::acme/results/1.csv")
    assert not permits(role, "s3:PutObject", "arn:aws:s3:::acme-other/results/1.csv")


def with_key(key: str) -> GeneratedRole:
    return role_of(task("operators.s3.S3CreateObjectOperator", s3_bucket="acme", s3_key=key, data=""))


def test_a_key_with_commas_and_quotes_stays_one_key() -> None:
    key = "a','Resource':'arn:aws:s3---x"
    assert granted(with_key("a','b"))["s3:PutObject"] == {"arn:aws:s3:::acme/a','b"}
    assert "s3:PutObject" not in granted(with_key(key))


def test_two_lists_do_not_multiply() -> None:
    many = [f"t-{number}" for number in range(10)]
    role = role_of(
        task("sensors.glue_catalog_partition.GlueCatalogPartitionSensor", database_name=many, table_name=many)
    )
    assert "is a second list in one ARN" in role.withheld[0].why
    assert not any(":table/" in arn for arn in granted(role).get("glue:GetPartition", ()))


def test_a_listing_is_not_widened_by_a_prefix_that_cannot_stand_in_a_policy() -> None:
    for prefix in ("${aws:username}/", "a\n", "\uff0a"):
        role = role_of(task("operators.s3.S3ListOperator", bucket="acme", prefix=prefix))
        assert granted(role) == {}
        assert role.withheld[0].argument == "prefix"


ROLES: dict[str, Any] = {
    "every role": f"arn:aws:iam::{ACCOUNT}:role/*",
    "roles by a wildcard": f"arn:aws:iam::{ACCOUNT}:role/glue-*",
    "a wildcard as a name": "*",
    "a role of another account": f"arn:aws:iam::{FOREIGN}:role/glue",
    "a role of another partition": f"arn:aws-cn:iam::{ACCOUNT}:role/glue",
    "a user": f"arn:aws:iam::{ACCOUNT}:user/glue",
    "a policy": f"arn:aws:iam::{ACCOUNT}:policy/glue",
    "the root": f"arn:aws:iam::{ACCOUNT}:root",
    "a session": f"arn:aws:sts::{ACCOUNT}:assumed-role/glue/x",
    "a variable": f"arn:aws:iam::{ACCOUNT}:role/${{aws:username}}",
    "a template": "{{ ti.xcom_pull('role') }}",
    "a name with a template": f"arn:aws:iam::{ACCOUNT}:role/glue-{{{{ ds }}}}",
    "a wildcard behind a parameter": "{{ params.star }}",
    "a line": f"arn:aws:iam::{ACCOUNT}:role/glue\n",
}
HANDING = [
    (operator, handed.argument) for operator, needs in sorted(permissions().needs.items()) for handed in needs.passes
]


@pytest.mark.parametrize("way", ROLES)
def test_a_role_is_passed_by_its_own_arn_or_not_at_all(way: str) -> None:
    for operator, argument in HANDING:
        role = role_of(with_argument(Task("task", operator), argument, ROLES[way]), params=PARAMS)
        assert "iam:PassRole" not in granted(role), (operator, argument)
        assert argument in {found.argument for found in role.withheld}


def test_a_role_is_only_passed_to_the_services_of_the_rows() -> None:
    services = set()
    for operator, argument in HANDING:
        role = role_of(with_argument(Task("task", operator), argument, "glue"))
        (passed,) = (one for one in statements_of(role) if one["Action"] == ["iam:PassRole"])
        services.update(listed(passed["Condition"]["StringEquals"]["iam:PassedToService"]))
    assert "cloudformation.amazonaws.com" not in services
    assert all(service.endswith(".amazonaws.com") and "*" not in service for service in services)


def test_a_pattern_of_the_account_does_not_reach_into_a_path_or_another_account() -> None:
    limits = allowing("glue:*", roles=(f"arn:aws:iam::{ACCOUNT}:role/glue-*",))
    for arn in (f"arn:aws:iam::{ACCOUNT}:role/glue-x/admin", f"arn:aws:iam::{ACCOUNT}:role/admin/glue-x"):
        role = role_of(task("operators.glue.GlueJobOperator", job_name="j", iam_role_arn=arn), limits=limits)
        assert "iam:PassRole" not in granted(role)
        assert [found.value for found in role.missing] == [arn]


@pytest.mark.parametrize(
    "operator",
    [
        "airflow.providers.amazon.aws.operators.s3.S3ListOperator ",
        "airflow.providers.amazon.aws.operators.s3.s3listoperator",
        "airflow.providers.amazon.aws.operators.s3.*",
        "airflow.providers.amazon.aws.operators.s3.S3L\u0456stOperator",
        "operators.s3.S3ListOperator",
    ],
)
def test_an_operator_that_only_looks_like_one_gets_nothing(operator: str) -> None:
    role = role_of(Task("task", operator, {"bucket": "acme"}))
    assert granted(role) == {}
    assert [found.operator for found in role.unknown] == [operator]


@pytest.mark.parametrize(
    "member", ["policy", "extraStatements", "Statement", "actions", "role", "iam_policy", "resources", "permissions"]
)
def test_no_argument_is_a_policy(member: str) -> None:
    policy = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    plain = task("operators.s3.S3ListOperator", bucket="acme")
    assert role_of(with_argument(plain, member, policy)).policies == role_of(plain).policies


def test_the_definitions_of_others_cannot_be_written() -> None:
    key = "mwaa/cluster-1/other/victim/definition-1.yaml"
    targets: list[dict[str, Any]] = [
        {"s3_bucket": "definitions", "s3_key": key},
        {"s3_key": "s3://{{ ti.xcom_pull('x') }}"},
    ]
    for target in targets:
        role = role_of(task("operators.s3.S3CreateObjectOperator", data="x", replace=True, **target))
        assert "s3:PutObject" in granted(role)
        assert not permits(role, "s3:PutObject", f"arn:aws:s3:::definitions/{key}")
    erase = role_of(task("operators.s3.S3DeleteBucketOperator", bucket_name="definitions", force_delete=True))
    assert not permits(erase, "s3:DeleteObject", f"arn:aws:s3:::definitions/{key}")
    assert not permits(erase, "s3:DeleteBucket", "arn:aws:s3:::definitions")


def test_every_grant_in_s3_is_kept_to_buckets_of_the_account() -> None:
    for operator, needs in permissions().needs.items():
        for statement in statements_of(role_of(benign(operator, needs))):
            foreign = {action for action in statement["Action"] if action.startswith("s3:")} - {"s3:CreateBucket"}
            if foreign:
                assert statement["Condition"]["StringEquals"]["aws:ResourceAccount"] == ACCOUNT


def test_secrets_are_never_granted_on_what_only_a_run_knows() -> None:
    plain = task("operators.redshift_data.RedshiftDataOperator", sql="select 1", database="d", cluster_identifier="c")
    for name, value in (("secret_arn", "{{ params.secret }}"), ("db_user", "{{ ti.xcom_pull('u') }}")):
        role = role_of(with_argument(plain, name, value))
        assert "secretsmanager:GetSecretValue" not in granted(role)
        assert not any(":dbuser:" in arn for arns in granted(role).values() for arn in arns)
        assert role.withheld


def test_the_limits_of_the_account_are_the_limits_whatever_is_written() -> None:
    limits = allowing("s3:ListBucket", roles=())
    for operator, needs in permissions().needs.items():
        role = role_of(benign(operator, needs), limits=limits)
        assert set(granted(role)) <= {"s3:ListBucket"}, operator


def test_all_roles_of_the_account_are_not_every_role() -> None:
    limits = allowing("glue:*", roles=(ALL_ROLES,))
    path = f"arn:aws:iam::{ACCOUNT}:role/platform/admin"
    role = role_of(task("operators.glue.GlueJobOperator", job_name="j", iam_role_arn=path), limits=limits)
    assert "iam:PassRole" not in granted(role)
