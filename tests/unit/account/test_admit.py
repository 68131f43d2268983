"""What an AwsAccount admits: nothing that is not named, and every refusal says which field to change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.account.admit import Denial, Named, Request, admits, admits_takeover, admitted
from mwaa_operator.account.api import AwsAccountSpec
from tests.support.manifests import BUCKET, KEY, ROLE

ASKED = Request(
    region="eu-central-1",
    execution_role_arn=ROLE,
    source_bucket_arn=BUCKET,
    kms_key=KEY,
    subnet_ids=("subnet-a1", "subnet-b2"),
    security_group_ids=("sg-a1",),
    environment_class="mw1.small",
    max_workers=10,
)
LISTS: dict[str, Any] = {
    "namespaces": {"from": "Names", "names": ["team-a"]},
    "regions": ["eu-central-1"],
    "executionRoles": [ROLE],
    "buckets": ["airflow-dags"],
    "kmsKeys": [KEY],
    "subnets": ["subnet-a1", "subnet-b2"],
    "securityGroups": ["sg-*"],
    "environmentClasses": ["mw1.small"],
    "maxWorkers": 10,
}
FIELDS = {
    "namespaces": "metadata.namespace",
    "regions": "spec.region",
    "executionRoles": "spec.executionRoleArn",
    "buckets": "spec.sourceBucketArn",
    "kmsKeys": "spec.kmsKey",
    "subnets": "spec.networkConfiguration.subnetIds",
    "securityGroups": "spec.networkConfiguration.securityGroupIds",
    "environmentClasses": "spec.environmentClass",
}


def account(**members: Any) -> AwsAccountSpec:
    """Return an account that admits ASKED from team-a, with these members changed; None removes one."""
    spec = {"accountId": "123456789012"} | LISTS | members
    return AwsAccountSpec.model_validate({name: value for name, value in spec.items() if value is not None})


def denials(
    spec: AwsAccountSpec, request: Request = ASKED, namespace: str = "team-a", **labels: str
) -> tuple[Denial, ...]:
    return admits(spec, account="default", namespace=namespace, namespace_labels=labels, request=request)


def test_what_is_named_is_admitted() -> None:
    assert denials(account()) == ()


@pytest.mark.parametrize(("account_field", "field"), FIELDS.items())
def test_an_empty_list_admits_nothing_and_the_refusal_names_both_sides(account_field: str, field: str) -> None:
    found = denials(account(**{account_field: None}))
    assert {(denial.account_field, denial.field) for denial in found} == {(f"spec.{account_field}", field)}
    for denial in found:
        assert denial.message.startswith("AwsAccount default does not admit ")
        assert denial.message.endswith(f": add it to spec.{account_field}")


@pytest.mark.parametrize("account_field", [name for name in FIELDS if name != "namespaces"])
def test_a_star_admits_all(account_field: str) -> None:
    assert denials(account(**{account_field: ["*"]})) == ()


def test_the_message_names_the_value() -> None:
    (denial,) = denials(account(executionRoles=[]))
    assert denial.message == (
        f"AwsAccount default does not admit executionRoleArn {ROLE}: add it to spec.executionRoles"
    )


def test_every_refusal_is_told_at_once() -> None:
    found = denials(AwsAccountSpec(account_id="123456789012"))
    assert {denial.field for denial in found} == set(FIELDS.values())
    assert len([denial for denial in found if denial.account_field == "spec.subnets"]) == 2


def test_what_is_not_named_needs_nobodys_admission() -> None:
    assert denials(account(kmsKeys=None), Request(region="eu-central-1")) == ()


def test_a_bucket_may_be_listed_by_its_arn() -> None:
    assert denials(account(buckets=[BUCKET])) == ()


@pytest.mark.parametrize(("limit", "refused"), [(9, True), (10, False), (None, False)])
def test_workers_are_bounded_where_the_account_says_so(limit: int | None, refused: bool) -> None:
    found = denials(account(maxWorkers=limit))
    assert [denial.account_field for denial in found] == (["spec.maxWorkers"] if refused else [])


@pytest.mark.parametrize(
    ("namespaces", "admitted_"),
    [
        ({"from": "All"}, True),
        ({"from": "Names", "names": ["team-a"]}, True),
        ({"from": "Names", "names": ["team-b", "team"]}, False),
        ({"from": "Names", "names": ["team-ab"]}, False),
        ({"from": "Selector", "selector": {"matchLabels": {"mwaa": "yes"}}}, True),
        ({"from": "Selector", "selector": {"matchLabels": {"mwaa": "no"}}}, False),
        (None, False),
    ],
)
def test_which_namespaces_may_use_the_account(namespaces: Any, admitted_: bool) -> None:
    assert (denials(account(namespaces=namespaces), mwaa="yes") == ()) is admitted_


def test_a_takeover_is_for_listed_clusters_only() -> None:
    spec = account(adoption={"allowed": True, "fromClusters": ["1b2c"]})
    assert admits_takeover(spec, cluster_id="1b2c")
    assert not admits_takeover(spec, cluster_id="other")


HERE = "arn:aws:iam::123456789012:role/"


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        (f"{HERE}airflow", f"{HERE}airflow", True),
        (f"{HERE}airflow", f"{HERE}airflow2", False),
        (f"{HERE}airflow-*", f"{HERE}airflow-a", True),
        (f"{HERE}airflow-*", f"{HERE}airflow-", True),
        (f"{HERE}*-a", f"{HERE}airflow-a", True),
        (f"{HERE}*", f"{HERE}team/airflow", False),
        (f"{HERE}team/*", f"{HERE}team/airflow", True),
        (f"{HERE}team/*", f"{HERE}team/sub/airflow", False),
        (f"{HERE}team-*", f"{HERE}team-a/../admin", False),
        ("arn:aws:iam::*:role/airflow", f"{HERE}airflow", True),
        ("arn:aws:iam::*", f"{HERE}airflow", False),
        ("arn:*", f"{HERE}airflow", False),
        ("**", f"{HERE}airflow", False),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c", False),
        ("a*b*c", "abc", True),
        ("ab*ba", "aba", False),
        ("a.c", "abc", False),
        ("[a]", "a", False),
        ("a?", "ab", False),
        ("MW1.small", "mw1.small", False),
        ("*", "anything:at/all", True),
    ],
)
def test_a_pattern_reaches_no_further_than_its_part(pattern: str, value: str, expected: bool) -> None:
    assert admitted([pattern], value) is expected


@given(st.text(alphabet="ab:/*", max_size=8), st.text(alphabet="ab:/", max_size=8))
def test_a_pattern_never_reaches_over_a_separator(pattern: str, value: str) -> None:
    if pattern != "*" and admitted([pattern], value):
        assert [char for char in pattern if char in ":/"] == [char for char in value if char in ":/"]


@given(st.text(alphabet="ab:/", min_size=1, max_size=12), st.data())
def test_a_value_with_one_piece_replaced_by_a_star_still_matches(value: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, len(value)))
    if not set(value[start:end]) & {":", "/"}:
        assert admitted([f"{value[:start]}*{value[end:]}"], value)


NAMED = (
    Named("executionRoles", "role.arn", ROLE),
    Named("buckets", "definition.s3.bucket", "airflow-dags"),
    Named("buckets", "code.s3.bucket", "airflow-dags"),
    Named("kmsKeys", "encryption.kmsKeyArn", KEY),
    Named("subnets", "network.subnetIds", "subnet-a1"),
    Named("securityGroups", "network.securityGroupIds", "sg-a1"),
)


def test_what_a_kind_names_in_fields_of_its_own_is_admitted_by_the_same_lists() -> None:
    assert denials(account(), Request(region="eu-central-1", named=NAMED)) == ()


@pytest.mark.parametrize("item", NAMED, ids=lambda item: item.field)
def test_a_refusal_of_such_a_field_names_it_and_the_list(item: Named) -> None:
    (denial,) = denials(account(**{item.account_field: []}), Request(region="eu-central-1", named=(item,)))
    assert (denial.account_field, denial.field) == (f"spec.{item.account_field}", f"spec.{item.field}")
    assert f"does not admit {item.field} {item.value}" in denial.message


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_bucket_that_is_named_without_its_arn_is_admitted_by_it(partition: str) -> None:
    named = Request(named=(Named("buckets", "definition.s3.bucket", "airflow-dags"),))
    assert denials(account(buckets=[f"arn:{partition}:s3:::airflow-*"]), named) == ()
    assert denials(account(buckets=[f"arn:{partition}:s3:::airflow"]), named) != ()


def test_a_managed_role_needs_an_account_that_says_what_it_may_be_like() -> None:
    (denial,) = denials(account(), Request(managed_role=True))
    assert (denial.account_field, denial.field) == ("spec.managedRoles", "spec.role.managed")
    boundary = {"permissionsBoundaryArn": "arn:aws:iam::123456789012:policy/boundary"}
    assert denials(account(managedRoles=boundary), Request(managed_role=True)) == ()
