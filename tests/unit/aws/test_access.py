"""What AWS is told about who acts, and what distinguishes two sets of credentials."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.aws.access import Access
from mwaa_operator.aws.credentials import assume_role_request

ROLE = "arn:aws:iam::123456789012:role/mwaa-operator"
TENANT = Access("default", "123456789012", ROLE, "ext", "team-a", "eu-west-1", "cluster-uid")
AMBIENT = replace(TENANT, assume_role_arn=None, external_id=None)


def test_a_tenants_role_is_assumed_with_external_id_session_name_and_tags() -> None:
    assert assume_role_request(TENANT) == {
        "RoleArn": ROLE,
        "RoleSessionName": "mwaa-operator-team-a",
        "ExternalId": "ext",
        "Tags": [
            {"Key": "mwaa-operator.io/cluster", "Value": "cluster-uid"},
            {"Key": "mwaa-operator.io/namespace", "Value": "team-a"},
        ],
    }


def test_work_that_belongs_to_no_tenant_carries_no_tags() -> None:
    request = assume_role_request(replace(TENANT, namespace="", external_id=None))
    assert request == {"RoleArn": ROLE, "RoleSessionName": "mwaa-operator"}


@given(st.text(max_size=300))
def test_a_session_name_is_always_one_that_sts_takes(namespace: str) -> None:
    name = replace(TENANT, namespace=namespace).session_name
    assert re.fullmatch(r"[\w+=,.@-]{2,64}", name, re.ASCII)


@pytest.mark.parametrize(
    "other",
    [
        replace(TENANT, namespace="team-b"),
        replace(TENANT, external_id="other"),
        replace(TENANT, external_id=None),
        replace(TENANT, assume_role_arn=f"{ROLE}2"),
        replace(TENANT, account_id="210987654321"),
        replace(TENANT, cluster_id="other"),
        AMBIENT,
    ],
)
def test_whoever_differs_to_aws_has_credentials_of_their_own(other: Access) -> None:
    assert other.identity != TENANT.identity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TENANT, replace(TENANT, region="us-east-1")),
        (TENANT, replace(TENANT, account_name="second-name")),
        (AMBIENT, replace(AMBIENT, namespace="team-b")),
    ],
)
def test_whoever_is_the_same_to_aws_shares_credentials(one: Access, other: Access) -> None:
    assert one.identity == other.identity
