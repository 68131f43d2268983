"""Builders for preflight: a spec that names everything, and the facts with which every check passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mwaa_operator.environment.api import MwaaEnvironmentSpec
from mwaa_operator.environment.load import load_knowledge
from mwaa_operator.environment.preflight.checks import judge
from mwaa_operator.environment.preflight.facts import (
    AclEntry,
    BucketFacts,
    Encryption,
    Endpoint,
    Key,
    KeyFacts,
    LimitFacts,
    NetworkAcl,
    NetworkFacts,
    ObjectFacts,
    Permission,
    PreflightFacts,
    RoleFacts,
    Route,
    RouteTable,
    SecurityGroup,
    Subnet,
    Unknown,
)
from mwaa_operator.environment.preflight.load import load_rows
from mwaa_operator.environment.preflight.results import CheckResult

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
REGION = "eu-central-1"
NAME = "etl"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/mwaa-execution"
KEY_ID = "0a1b2c3d-4e5f-4000-8000-000000000001"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_ID}"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:airflow-*"
KNOWLEDGE = load_knowledge()
ROWS = load_rows()

SPEC: dict[str, Any] = {
    "region": REGION,
    "executionRoleArn": ROLE,
    "sourceBucketArn": "arn:aws:s3:::airflow-artifacts",
    "dagS3Path": "dags",
    "pluginsS3Path": "plugins.zip",
    "requirementsS3Path": "requirements.txt",
    "startupScriptS3Path": "startup.sh",
    "airflowVersion": "2.10.3",
    "webserverAccessMode": "PUBLIC_ONLY",
    "networkConfiguration": {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]},
    "kmsKey": KEY,
}

EVERYTHING = Permission("-1", None, cidrs=("0.0.0.0/0",))
MEMBERS = Permission("-1", None, groups=frozenset({"sg-1"}))

SUBNETS = (
    Subnet("subnet-1", "vpc-1", "eu-central-1a", ACCOUNT, "10.0.1.0/24", 200),
    Subnet("subnet-2", "vpc-1", "eu-central-1b", ACCOUNT, "10.0.2.0/24", 200),
)
OUT = Route("0.0.0.0/0", "nat-1")
LOCAL = Route("10.0.0.0/16", "local")


def table(*routes: Route, subnets: tuple[str, ...] = ("subnet-1", "subnet-2"), main: bool = False) -> RouteTable:
    """Return a route table of both subnets, with the local route and these."""
    return RouteTable("rtb-1", main, frozenset(subnets), (LOCAL, *routes))


def acl(*entries: AclEntry) -> NetworkAcl:
    """Return a network ACL of both subnets."""
    return NetworkAcl("acl-1", frozenset({"subnet-1", "subnet-2"}), entries)


def entry(number: int, *, allow: bool = True, egress: bool = False, **members: Any) -> AclEntry:
    """Return an ACL entry for all traffic."""
    return AclEntry(number, egress, allow, **{"protocol": "-1", "cidr": "0.0.0.0/0", **members})


def trust(*services: str, **members: Any) -> dict[str, Any]:
    """Return a trust policy for services; by default for MWAA's two."""
    named = list(services) or ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]
    statement = {"Effect": "Allow", "Principal": {"Service": named}, "Action": "sts:AssumeRole", **members}
    return {"Version": "2012-10-17", "Statement": [statement]}


def key_policy(service: str = f"logs.{REGION}.amazonaws.com", **members: Any) -> dict[str, Any]:
    """Return a key policy that lets a service encrypt log groups of environments."""
    condition = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": LOGS}}
    actions = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions, "Condition": condition}
    return {"Statement": [statement | members]}


BUCKET = BucketFacts(
    region=REGION,
    versioning="Enabled",
    public_access={
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    },
    encryption=Encryption("AES256"),
    dags_found=True,
    objects={name: ObjectFacts(100) for name in ("plugins", "requirements", "startupScript")},
    requirements="apache-airflow-providers-cncf-kubernetes\n",
)
NETWORK = NetworkFacts(
    subnets=SUBNETS,
    route_tables=(table(OUT),),
    nat_states={"nat-1": "available"},
    endpoints=(),
    dns={"EnableDnsSupport": True, "EnableDnsHostnames": True},
    groups=(SecurityGroup("sg-1", "vpc-1", (MEMBERS,), (EVERYTHING,)),),
    acls=(acl(entry(100), entry(100, egress=True)),),
)
ROLE_FACTS = RoleFacts(arn=ROLE, trust=trust(), denied={})
KEY_FACTS = KeyFacts(Key("Enabled", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", multi_region=False), key_policy())
LIMITS = LimitFacts(
    environments=3,
    quotas={"Environments per account per Region": 10.0, "Workers per environment": 25.0},
    service_linked_role=True,
)


def make_spec(**members: Any) -> MwaaEnvironmentSpec:
    """Return the spec that names everything, changed by wire members; those given as None are left out."""
    wire = {name: value for name, value in {**SPEC, **members}.items() if value is not None}
    return MwaaEnvironmentSpec.model_validate(wire)


def make_facts(
    *,
    bucket: dict[str, Any] | None = None,
    network: dict[str, Any] | None = None,
    role: dict[str, Any] | None = None,
    key: dict[str, Any] | None = None,
    limits: dict[str, Any] | None = None,
) -> PreflightFacts:
    """Return the facts with which every check passes, changed."""
    return PreflightFacts(
        name=NAME,
        account_id=ACCOUNT,
        bucket=replace(BUCKET, **bucket or {}),
        network=replace(NETWORK, **network or {}),
        role=replace(ROLE_FACTS, **role or {}),
        key=replace(KEY_FACTS, **key or {}),
        limits=replace(LIMITS, **limits or {}),
    )


def judged(spec: MwaaEnvironmentSpec, facts: PreflightFacts) -> dict[str, CheckResult]:
    """Return every result by the check's name."""
    return {result.name: result for result in judge(spec, facts, NOW, knowledge=KNOWLEDGE, rows=ROWS)}


def failing(results: dict[str, CheckResult]) -> set[str]:
    """Return the names of the checks that fail."""
    return {name for name, result in results.items() if result.result == "Fail"}


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

DENIED = Unknown("the operator may not call s3:Anything")
"""A fact that could not be read."""


def objects(**changed: Any) -> dict[str, Any]:
    """Return facts whose objects in S3 differ."""
    found = {name: ObjectFacts(100) for name in ("plugins", "requirements", "startupScript")}
    return {"bucket": {"objects": {**found, **changed}}}


def subnets(*changed: Subnet) -> dict[str, Any]:
    """Return facts with these subnets."""
    return {"network": {"subnets": changed}}


def group(ingress: tuple[Permission, ...] = (MEMBERS,), egress: tuple[Permission, ...] = (EVERYTHING,)) -> Any:
    """Return facts with one security group."""
    return {"network": {"groups": (SecurityGroup("sg-1", "vpc-1", ingress, egress),)}}


def key(**changed: Any) -> dict[str, Any]:
    """Return facts whose key differs."""
    healthy = {"state": "Enabled", "usage": "ENCRYPT_DECRYPT", "spec": "SYMMETRIC_DEFAULT", "multi_region": False}
    return {"key": {"key": Key(**{**healthy, **changed})}}


def requirements(text: str) -> dict[str, Any]:
    """Return facts with this requirements.txt."""
    return {"bucket": {"requirements": text}}


def constraints(airflow: str, python: str) -> str:
    """Return a --constraint line."""
    return f'--constraint "https://example.org/constraints-{airflow}/constraints-{python}.txt"\n'


ENDPOINTS = tuple(
    [Endpoint(name, gateway=True, route_table_ids=frozenset({"rtb-1"})) for name in ROWS.gateway_endpoints]
    + [Endpoint(name, gateway=False, subnet_ids=frozenset({"subnet-1"})) for name in ROWS.interface_endpoints]
)
ONE, TWO = SUBNETS
