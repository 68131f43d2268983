"""Every preflight check: it passes on healthy facts, fails on the one broken thing, and is unknown without the fact."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.environment.preflight.checks import CHECKS
from mwaa_operator.environment.preflight.facts import (
    BucketFacts,
    Encryption,
    Endpoint,
    Key,
    KeyFacts,
    LimitFacts,
    NetworkFacts,
    ObjectFacts,
    Permission,
    RoleFacts,
    Route,
    SecurityGroup,
    Subnet,
    Unknown,
)
from tests.support.preflight import (
    EVERYTHING,
    KEY,
    MEMBERS,
    OTHER_ACCOUNT,
    OUT,
    REGION,
    ROWS,
    SUBNETS,
    acl,
    entry,
    failing,
    judged,
    key_policy,
    make_facts,
    make_spec,
    table,
    trust,
)

PARTS: dict[str, Any] = {
    "bucket": BucketFacts,
    "network": NetworkFacts,
    "role": RoleFacts,
    "key": KeyFacts,
    "limits": LimitFacts,
}
DENIED = Unknown("the operator may not call s3:Anything")

BLOCKING = {
    "BucketReachable",
    "BucketVersioning",
    "BucketPublicAccessBlock",
    "BucketEncryption",
    "PluginsPresent",
    "RequirementsPresent",
    "StartupScriptPresent",
    "SubnetsExist",
    "SubnetsPlacement",
    "SubnetsShared",
    "SubnetsPrivate",
    "SubnetsWayOut",
    "SecurityGroupsExist",
    "SecurityGroupsSelfReference",
    "ExecutionRoleExists",
    "ExecutionRoleTrust",
    "KmsKeyUsable",
    "AirflowVersionSupported",
}
"""A public contract: only these hold a create back."""

NAMES = BLOCKING | {
    "BucketPublicAccessRestriction",
    "DagsFolder",
    "PluginsSize",
    "RequirementsConstraints",
    "RequirementsIndex",
    "SubnetsAddresses",
    "VpcDns",
    "NatGatewayAvailable",
    "WorkersReachWebServer",
    "SecurityGroupsEgress",
    "NetworkAcls",
    "ExecutionRolePermissions",
    "KmsKeyPolicyLogs",
    "EnvironmentQuota",
    "WorkerQuota",
    "ServiceLinkedRole",
    "AirflowVersionKnown",
}


@dataclass(frozen=True)
class Broken:
    """One thing that is wrong, the only check that it fails, and words of the message."""

    check: str
    says: tuple[str, ...]
    spec: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def objects(**changed: Any) -> dict[str, Any]:
    found = {name: ObjectFacts(100) for name in ("plugins", "requirements", "startupScript")}
    return {"bucket": {"objects": {**found, **changed}}}


def subnets(*changed: Subnet) -> dict[str, Any]:
    return {"network": {"subnets": changed}}


def group(ingress: tuple[Permission, ...] = (MEMBERS,), egress: tuple[Permission, ...] = (EVERYTHING,)) -> Any:
    return {"network": {"groups": (SecurityGroup("sg-1", "vpc-1", ingress, egress),)}}


def key(**changed: Any) -> dict[str, Any]:
    healthy = {"state": "Enabled", "usage": "ENCRYPT_DECRYPT", "spec": "SYMMETRIC_DEFAULT", "multi_region": False}
    return {"key": {"key": Key(**{**healthy, **changed})}}


def requirements(text: str) -> dict[str, Any]:
    return {"bucket": {"requirements": text}}


def constraints(airflow: str, python: str) -> str:
    return f'--constraint "https://example.org/constraints-{airflow}/constraints-{python}.txt"\n'


ENDPOINTS = tuple(
    [Endpoint(name, gateway=True, route_table_ids=frozenset({"rtb-1"})) for name in ROWS.gateway_endpoints]
    + [Endpoint(name, gateway=False, subnet_ids=frozenset({"subnet-1"})) for name in ROWS.interface_endpoints]
)
ONE, TWO = SUBNETS
FLAGS = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
MICRO = {"environmentClass": "mw1.micro"}

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


UNKNOWN = [
    ({"bucket": {"region": DENIED}}, {"BucketReachable"}),
    ({"bucket": {"versioning": DENIED}}, {"BucketVersioning"}),
    ({"bucket": {"public_access": DENIED}}, {"BucketPublicAccessBlock", "BucketPublicAccessRestriction"}),
    ({"bucket": {"encryption": DENIED}}, {"BucketEncryption"}),
    ({"bucket": {"encryption": Encryption("aws:kms")}}, {"BucketEncryption"}),
    ({"bucket": {"encryption": Encryption("aws:kms", "alias/team")}}, {"BucketEncryption"}),
    ({"bucket": {"dags_found": DENIED}}, {"DagsFolder"}),
    (objects(plugins=DENIED), {"PluginsPresent", "PluginsSize"}),
    (objects(requirements=DENIED), {"RequirementsPresent"}),
    (objects(startupScript=DENIED), {"StartupScriptPresent"}),
    ({"bucket": {"requirements": DENIED}}, {"RequirementsConstraints", "RequirementsIndex"}),
    (
        {"network": {"subnets": DENIED}},
        {
            "SubnetsExist",
            "SubnetsPlacement",
            "SubnetsShared",
            "SubnetsAddresses",
            "SubnetsPrivate",
            "SubnetsWayOut",
            "NatGatewayAvailable",
            "NetworkAcls",
        },
    ),
    ({"network": {"dns": DENIED}}, {"VpcDns"}),
    ({"network": {"route_tables": DENIED}}, {"SubnetsPrivate", "SubnetsWayOut", "NatGatewayAvailable"}),
    ({"network": {"route_tables": (table(subnets=()),)}}, {"SubnetsPrivate", "SubnetsWayOut", "NatGatewayAvailable"}),
    ({"network": {"route_tables": (table(),), "endpoints": DENIED}}, {"SubnetsWayOut"}),
    ({"network": {"nat_states": DENIED}}, {"NatGatewayAvailable"}),
    ({"network": {"groups": DENIED}}, {"SecurityGroupsExist", "SecurityGroupsSelfReference", "SecurityGroupsEgress"}),
    (group(ingress=(Permission("-1", None, lists=True),)), {"SecurityGroupsSelfReference"}),
    (group(egress=(Permission("-1", None, lists=True),)), {"SecurityGroupsEgress"}),
    ({"network": {"acls": DENIED}}, {"NetworkAcls"}),
    ({"network": {"acls": ()}}, {"NetworkAcls"}),
    ({"role": {"arn": DENIED}}, {"ExecutionRoleExists", "ExecutionRoleTrust"}),
    ({"role": {"trust": trust(Condition={"Bool": {"aws:SecureTransport": "true"}})}}, {"ExecutionRoleTrust"}),
    ({"role": {"denied": DENIED}}, {"ExecutionRolePermissions"}),
    ({"key": {"key": DENIED, "policy": DENIED}}, {"KmsKeyUsable", "KmsKeyPolicyLogs"}),
    ({"key": {"policy": key_policy(Condition={"Bool": {"aws:SecureTransport": "true"}})}}, {"KmsKeyPolicyLogs"}),
    ({"limits": {"environments": DENIED}}, {"EnvironmentQuota"}),
    ({"limits": {"quotas": DENIED}}, {"EnvironmentQuota", "WorkerQuota"}),
    ({"limits": {"quotas": {}}}, {"EnvironmentQuota", "WorkerQuota"}),
    ({"limits": {"service_linked_role": DENIED}}, {"ServiceLinkedRole"}),
]


@pytest.mark.parametrize(("facts", "names"), UNKNOWN, ids=lambda value: ", ".join(sorted(value)))
def test_a_fact_that_cannot_be_read_is_unknown_and_blocks_nothing(facts: dict[str, Any], names: set[str]) -> None:
    mode = "PRIVATE_ONLY" if "RequirementsIndex" in names else "PUBLIC_ONLY"
    results = judged(make_spec(webserverAccessMode=mode), make_facts(**facts))
    assert {name for name, result in results.items() if result.result == "Unknown"} >= names
    assert not any(result.blocks for result in results.values())
    assert all(results[name].message.startswith("Could not be checked: ") for name in names)


def test_every_check_that_needs_aws_can_be_unknown() -> None:
    spec_alone = {"AirflowVersionSupported", "AirflowVersionKnown"}
    assert set().union(*(names for _, names in UNKNOWN)) == NAMES - spec_alone - {"WorkersReachWebServer"}


def test_whether_workers_of_airflow_3_reach_the_web_server_can_be_unknown() -> None:
    results = judged(make_spec(airflowVersion="3.0.6"), make_facts(network={"route_tables": DENIED}))
    assert results["WorkersReachWebServer"].result == "Unknown"


FACTS = [(part, item.name) for part, type_ in PARTS.items() for item in fields(type_) if item.name != "trust"]


@given(st.sets(st.sampled_from(FACTS)))
def test_what_cannot_be_read_never_fails_a_check(missing: set[tuple[str, str]]) -> None:
    changed: dict[str, dict[str, Any]] = {part: {} for part in PARTS}
    for part, name in missing:
        changed[part][name] = dict.fromkeys(("plugins", "requirements"), DENIED) if name == "objects" else DENIED
    assert failing(judged(make_spec(), make_facts(**changed))) == set()


def test_a_skipped_check_has_no_result() -> None:
    spec = make_spec(preflight={"skip": ["BucketVersioning"]})
    results = judged(spec, make_facts(bucket={"versioning": ""}))
    assert "BucketVersioning" not in results
    assert failing(results) == set()


HEALTHY = [
    (
        "the bucket has the environment's key by its id",
        {},
        {"bucket": {"encryption": Encryption("aws:kms", KEY.rpartition("/")[2])}},
    ),
    ("matching constraints", {}, requirements(constraints("2.10.3", "3.11"))),
    ("constraints from a file", {}, requirements("--constraint /usr/local/constraints.txt\nrequests\n")),
    (
        "wheels for a private web server",
        {"webserverAccessMode": "PRIVATE_ONLY"},
        requirements("--no-index\n--find-links x\nrequests"),
    ),
    ("no package for a private web server", {"webserverAccessMode": "PRIVATE_ONLY"}, requirements("# nothing yet\n")),
    (
        "shared subnets with customer endpoints",
        {"endpointManagement": "CUSTOMER"},
        subnets(*(replace(item, owner=OTHER_ACCOUNT) for item in SUBNETS)),
    ),
    ("few addresses for the smallest class", MICRO, subnets(*(replace(item, free=3) for item in SUBNETS))),
    ("the main table's route", {}, {"network": {"route_tables": (table(OUT, subnets=(), main=True),)}}),
    ("a transit gateway", {}, {"network": {"route_tables": (table(Route("0.0.0.0/0", "tgw-1")),)}}),
    ("endpoints instead of a way out", {}, {"network": {"route_tables": (table(),), "endpoints": ENDPOINTS}}),
    (
        "two rules for the two ports",
        {},
        group(ingress=tuple(Permission("tcp", (port, port), frozenset({"sg-1"})) for port in (443, 5432))),
    ),
    ("a range around the subnets", {}, group(ingress=(Permission("-1", None, cidrs=("10.0.0.0/16",)),))),
    ("everybody may come in", {}, group(ingress=(EVERYTHING,))),
    (
        "trust for this account alone",
        {},
        {"role": {"trust": trust(Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}})}},
    ),
    (
        "trust for this environment alone",
        {},
        {"role": {"trust": trust(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:airflow:*:*:environment/et*"}})}},
    ),
    (
        "trust in the Chinese spelling",
        {},
        {"role": {"trust": trust("airflow.amazonaws.com.cn", "airflow-env.amazonaws.com.cn")}},
    ),
    ("no key", {"kmsKey": None}, {"key": {"key": DENIED, "policy": DENIED}}),
    ("no version", {"airflowVersion": None}, {}),
    (
        "no artefacts",
        {"pluginsS3Path": None, "requirementsS3Path": None, "startupScriptS3Path": None},
        {"bucket": {"objects": {}, "requirements": None}},
    ),
]


@pytest.mark.parametrize(("spec", "facts"), [case[1:] for case in HEALTHY], ids=[case[0] for case in HEALTHY])
def test_what_is_unusual_but_right_passes(spec: dict[str, Any], facts: dict[str, Any]) -> None:
    results = judged(make_spec(**spec), make_facts(**facts))
    assert {name for name, result in results.items() if result.result != "Pass"} == set()


def test_all_failures_are_reported_together() -> None:
    facts = make_facts(bucket={"versioning": "", "dags_found": False}, limits={"environments": 10})
    assert failing(judged(make_spec(), facts)) == {"BucketVersioning", "DagsFolder", "EnvironmentQuota"}


def test_a_spec_that_names_nothing_is_judged_without_an_error() -> None:
    bare = make_spec(
        managementPolicy="Observe",
        **dict.fromkeys(("executionRoleArn", "sourceBucketArn", "dagS3Path", "networkConfiguration", "kmsKey")),
    )
    assert failing(judged(bare, make_facts())) == set()
