"""Every preflight check passes on healthy facts, and fails on the one broken thing that it is for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mwaa_operator.environment.preflight.checks import CHECKS
from mwaa_operator.environment.preflight.facts import (
    Encryption,
    ObjectFacts,
    Permission,
    Route,
    SecurityGroup,
)
from tests.support.preflight import (
    BLOCKING,
    DENIED,
    ENDPOINTS,
    EVERYTHING,
    KEY,
    MEMBERS,
    NAMES,
    ONE,
    OTHER_ACCOUNT,
    OUT,
    REGION,
    TWO,
    acl,
    constraints,
    entry,
    failing,
    group,
    judged,
    key,
    key_policy,
    make_facts,
    make_spec,
    objects,
    requirements,
    subnets,
    table,
    trust,
)


@dataclass(frozen=True)
class Broken:
    """One thing that is wrong, the only check that it fails, and words of the message."""

    check: str
    says: tuple[str, ...]
    spec: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


FLAGS = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)

CASES = [
    Broken("BucketReachable", ("sourceBucketArn", "no bucket"), facts={"bucket": {"region": None}}),
    Broken("BucketReachable", ("us-east-1", REGION), facts={"bucket": {"region": "us-east-1"}}),
    Broken("BucketVersioning", ("suspended", "Turn it on"), facts={"bucket": {"versioning": "Suspended"}}),
    Broken("BucketVersioning", ("off",), facts={"bucket": {"versioning": ""}}),
    Broken(
        "BucketPublicAccessBlock",
        ("BlockPublicPolicy",),
        facts={"bucket": {"public_access": {**FLAGS, "BlockPublicPolicy": False}}},
    ),
    Broken(
        "BucketPublicAccessRestriction",
        ("IgnorePublicAcls and RestrictPublicBuckets",),
        facts={"bucket": {"public_access": {"BlockPublicAcls": True, "BlockPublicPolicy": True}}},
    ),
    Broken(
        "BucketEncryption",
        ("kmsKey", "another key"),
        facts={"bucket": {"encryption": Encryption("aws:kms", "other-key")}},
    ),
    Broken(
        "BucketEncryption",
        ("Set kmsKey",),
        spec={"kmsKey": None},
        facts={"bucket": {"encryption": Encryption("aws:kms:dsse", KEY)}},
    ),
    Broken("DagsFolder", ("dagS3Path", "Upload"), facts={"bucket": {"dags_found": False}}),
    Broken("PluginsPresent", ("pluginsS3Path", "does not exist"), facts=objects(plugins=None)),
    Broken("RequirementsPresent", ("requirementsS3Path",), facts=objects(requirements=None)),
    Broken(
        "StartupScriptPresent",
        ("startupScriptS3ObjectVersion", "version 7"),
        spec={"startupScriptS3ObjectVersion": "7"},
        facts=objects(startupScript=None),
    ),
    Broken("PluginsSize", ("2.0 GB",), facts=objects(plugins=ObjectFacts(2_000_000_000))),
    Broken("RequirementsConstraints", ("2.9.2", "2.10.3"), facts=requirements(constraints("2.9.2", "3.11"))),
    Broken("RequirementsConstraints", ("Python 3.12", "3.11"), facts=requirements(constraints("2.10.3", "3.12"))),
    Broken("RequirementsConstraints", ("commented",), facts=requirements("# " + constraints("2.10.3", "3.11"))),
    Broken("RequirementsIndex", ("PyPI",), spec={"webserverAccessMode": "PRIVATE_ONLY"}),
    Broken("RequirementsIndex", ("--no-index",), spec={"webserverAccessMode": None}),
    Broken("SubnetsExist", ("subnet-2", REGION), facts=subnets(ONE)),
    Broken("SubnetsExist", ("subnet-1, subnet-2",), facts=subnets()),
    Broken("SubnetsPlacement", ("vpc-1, vpc-2",), facts=subnets(ONE, replace(TWO, vpc_id="vpc-2"))),
    Broken("SubnetsPlacement", ("availability zones",), facts=subnets(ONE, replace(TWO, zone=ONE.zone))),
    Broken("SubnetsShared", ("endpointManagement", "CUSTOMER"), facts=subnets(ONE, replace(TWO, owner=OTHER_ACCOUNT))),
    Broken("SubnetsAddresses", ("subnet-1 has 8", "9 wanted"), facts=subnets(replace(ONE, free=8), TWO)),
    Broken(
        "VpcDns",
        ("hostnames", "vpc-1"),
        facts={"network": {"dns": {"EnableDnsSupport": True, "EnableDnsHostnames": False}}},
    ),
    Broken(
        "SubnetsPrivate",
        ("subnet-1, subnet-2", "internet gateway"),
        facts={"network": {"route_tables": (table(Route("0.0.0.0/0", "igw-1")),)}},
    ),
    Broken("SubnetsWayOut", ("no default route", "airflow.env", "s3"), facts={"network": {"route_tables": (table(),)}}),
    Broken(
        "SubnetsWayOut",
        ("missing for sqs",),
        facts={"network": {"route_tables": (table(),), "endpoints": tuple(e for e in ENDPOINTS if e.service != "sqs")}},
    ),
    Broken(
        "SubnetsWayOut",
        ("no default route",),
        facts={"network": {"route_tables": (table(replace(OUT, active=False)),)}},
    ),
    Broken("NatGatewayAvailable", ("nat-1 is failed",), facts={"network": {"nat_states": {"nat-1": "failed"}}}),
    Broken(
        "WorkersReachWebServer",
        ("webserverAccessMode", "NAT gateway"),
        spec={"airflowVersion": "3.0.6"},
        facts={"network": {"route_tables": (table(),), "endpoints": ENDPOINTS}},
    ),
    Broken("SecurityGroupsExist", ("sg-1",), facts={"network": {"groups": ()}}),
    Broken(
        "SecurityGroupsExist",
        ("vpc-1",),
        facts={"network": {"groups": (SecurityGroup("sg-1", "vpc-2", (MEMBERS,), (EVERYTHING,)),)}},
    ),
    Broken("SecurityGroupsSelfReference", ("itself",), facts=group(ingress=())),
    Broken(
        "SecurityGroupsSelfReference",
        ("sg-1",),
        facts=group(ingress=(Permission("tcp", (443, 443), frozenset({"sg-1"})),)),
    ),
    Broken(
        "SecurityGroupsSelfReference", ("sg-1",), facts=group(ingress=(Permission("-1", None, cidrs=("10.0.1.0/24",)),))
    ),
    Broken("SecurityGroupsEgress", ("egress",), facts=group(egress=())),
    Broken(
        "NetworkAcls", ("acl-1 into subnet-1 on 443",), facts={"network": {"acls": (acl(entry(100, egress=True)),)}}
    ),
    Broken(
        "NetworkAcls",
        ("out of subnet-1 on 5432",),
        facts={
            "network": {
                "acls": (
                    acl(
                        entry(100),
                        entry(90, egress=True, allow=False, protocol="6", ports=(5432, 5432)),
                        entry(100, egress=True),
                    ),
                )
            }
        },
    ),
    Broken("ExecutionRoleExists", ("no role mwaa-execution",), facts={"role": {"arn": None, "denied": DENIED}}),
    Broken(
        "ExecutionRoleExists",
        ("with its path",),
        facts={"role": {"arn": "arn:aws:iam::123456789012:role/team/mwaa-execution"}},
    ),
    Broken(
        "ExecutionRoleExists",
        ("another account",),
        spec={"executionRoleArn": f"arn:aws:iam::{OTHER_ACCOUNT}:role/mwaa-execution"},
    ),
    Broken(
        "ExecutionRoleTrust", ("airflow-env.amazonaws.com",), facts={"role": {"trust": trust("airflow.amazonaws.com")}}
    ),
    Broken(
        "ExecutionRoleTrust",
        ("environment/etl",),
        facts={"role": {"trust": trust(Condition={"StringEquals": {"aws:SourceAccount": OTHER_ACCOUNT}})}},
    ),
    Broken(
        "ExecutionRolePermissions",
        ("write its logs", "logs:PutLogEvents"),
        facts={"role": {"denied": {"write its logs": ("logs:PutLogEvents on x",)}}},
    ),
    Broken("KmsKeyUsable", ("no key",), facts={"key": {"key": None, "policy": DENIED}}),
    Broken("KmsKeyUsable", ("Disabled", "Enable it"), facts=key(state="Disabled")),
    Broken("KmsKeyUsable", ("SIGN_VERIFY",), facts=key(usage="SIGN_VERIFY", spec="RSA_2048")),
    Broken("KmsKeyUsable", ("multi-Region",), facts=key(multi_region=True)),
    Broken(
        "KmsKeyPolicyLogs",
        ("logs.eu-central-1.amazonaws.com",),
        facts={"key": {"policy": key_policy("logs.us-east-1.amazonaws.com")}},
    ),
    Broken("EnvironmentQuota", ("10 of 10",), facts={"limits": {"environments": 10}}),
    Broken("WorkerQuota", ("maxWorkers", "30", "25"), spec={"maxWorkers": 30}),
    Broken("ServiceLinkedRole", ("AWSServiceRoleForAmazonMWAA",), facts={"limits": {"service_linked_role": False}}),
    Broken(
        "AirflowVersionSupported",
        ("2.6.3", "newer"),
        spec={"airflowVersion": "2.6.3"},
        facts=requirements(constraints("2.6.3", "3.10")),
    ),
    Broken("AirflowVersionKnown", ("9.9.9",), spec={"airflowVersion": "9.9.9"}),
]


def test_the_names_and_severities_are_the_published_ones() -> None:
    assert {check.name for check in CHECKS} == NAMES
    assert len(CHECKS) == len(NAMES)
    assert {check.name for check in CHECKS if check.severity == "Block"} == BLOCKING


def test_every_check_passes_on_healthy_facts() -> None:
    results = judged(make_spec(), make_facts())
    assert {result.result for result in results.values()} == {"Pass"}
    assert {result.message for result in results.values()} == {""}
    assert NAMES - set(results) == {"RequirementsIndex", "WorkersReachWebServer"}


@pytest.mark.parametrize("broken", CASES, ids=lambda case: f"{case.check}: {case.says[0]}")
def test_one_broken_thing_fails_exactly_its_check(broken: Broken) -> None:
    results = judged(make_spec(**broken.spec), make_facts(**broken.facts))
    assert failing(results) == {broken.check}
    assert all(word in results[broken.check].message for word in broken.says), results[broken.check].message
    assert results[broken.check].blocks == (broken.check in BLOCKING)


def test_every_check_has_a_case_that_fails_it() -> None:
    assert {case.check for case in CASES} == NAMES


def test_a_skipped_check_has_no_result() -> None:
    spec = make_spec(preflight={"skip": ["BucketVersioning"]})
    results = judged(spec, make_facts(bucket={"versioning": ""}))
    assert "BucketVersioning" not in results
    assert failing(results) == set()


def test_all_failures_are_reported_together() -> None:
    facts = make_facts(bucket={"versioning": "", "dags_found": False}, limits={"environments": 10})
    assert failing(judged(make_spec(), facts)) == {"BucketVersioning", "DagsFolder", "EnvironmentQuota"}


def test_a_spec_that_names_nothing_is_judged_without_an_error() -> None:
    bare = make_spec(
        managementPolicy="Observe",
        **dict.fromkeys(("executionRoleArn", "sourceBucketArn", "dagS3Path", "networkConfiguration", "kmsKey")),
    )
    assert failing(judged(bare, make_facts())) == set()
