"""Preflight through real boto3 against the simulated account: the seeded landscape passes, each broken thing is found.

Not covered: that real AWS answers as moto does.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.faults import UNAVAILABLE, Rule
from localcloud.aws.moto import landscape as names
from localcloud.aws.moto.quotas import QUOTAS
from localcloud.aws.moto.seed import seed
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsClients, AwsScope, Limits
from mwaa_operator.engine.readcache import ReadCache
from mwaa_operator.environment.preflight.run import Preflight
from tests.support.broken_landscape import (
    Break,
    World,
    acl_closed,
    bucket_elsewhere,
    bucket_missing,
    constraints_of_another_version,
    deleted,
    dns_off,
    egress_revoked,
    encrypted_with_another_key,
    endpoints_instead,
    half_trusted,
    ingress_revoked,
    key_disabled,
    key_without_logs,
    nat_deleted,
    network,
    new_subnets,
    no_service_linked_role,
    no_way_out,
    public_access,
    role_deleted,
    role_policy_deleted,
    routed_to_the_internet,
    small_subnets,
    subnet_shared,
    version_deleted,
    versioning_suspended,
)
from tests.support.preflight import KNOWLEDGE, NOW, ROWS, failing


@pytest.fixture(scope="module")
def aws() -> Iterator[SimulatedAws]:
    with SimulatedAws() as running, pytest.MonkeyPatch.context() as patch:
        for name, value in running.env.items():
            patch.setenv(name, value)
        yield running


@pytest.fixture(scope="module")
def scope(aws: SimulatedAws) -> Callable[[str], AwsScope]:
    clients = AwsClients(fence=lambda seconds: None, limits=Limits(rate=1000.0, burst=1000))

    def make(role_arn: str) -> AwsScope:
        account = {"account_name": "default", "account_id": names.ACCOUNT, "region": names.REGION}
        access = Access(
            **account, assume_role_arn=role_arn, external_id=names.EXTERNAL_ID, namespace="data", cluster_id="c"
        )
        return clients.scope(access)

    return make


@pytest.fixture(scope="module")
def account(aws: SimulatedAws, scope: Callable[[str], AwsScope]) -> World:
    assert aws.moto is not None
    landscape = seed(aws.moto)
    preflight = Preflight(fresh_cache(), lambda: NOW, KNOWLEDGE, ROWS)
    return World(aws.moto, landscape, scope(landscape.operator_role_arn), preflight)


@pytest.fixture
def world(aws: SimulatedAws, account: World) -> Iterator[World]:
    account.preflight = Preflight(fresh_cache(), lambda: NOW, KNOWLEDGE, ROWS)
    yield account
    if account.broken:
        account.cloud.reset()
        account.landscape = seed(account.cloud)
        account.broken = False
    account.cloud.denials.clear()
    aws.faults.clear()
    for code, (_, value) in QUOTAS.items():
        account.cloud.quotas.set(names.ACCOUNT, code, value)


def fresh_cache() -> ReadCache:
    return ReadCache(seconds=300, monotonic=time.monotonic)


def test_the_seeded_landscape_passes_every_check(world: World) -> None:
    results = world.look()
    assert {name: (result.result, result.message) for name, result in results.items() if result.result != "Pass"} == {}
    assert len(results) > 30


@dataclass(frozen=True)
class Case:
    check: str
    act: Break
    severity: str = field(default="Block")


CASES = [
    Case("BucketReachable", bucket_missing),
    Case("BucketReachable", bucket_elsewhere),
    Case("BucketVersioning", versioning_suspended),
    Case("BucketPublicAccessBlock", public_access(BlockPublicAcls=False)),
    Case("BucketPublicAccessRestriction", public_access(RestrictPublicBuckets=False), "Warn"),
    Case("BucketEncryption", encrypted_with_another_key),
    Case("DagsFolder", deleted("dags/"), "Warn"),
    Case("PluginsPresent", deleted(names.PLUGINS)),
    Case("RequirementsPresent", deleted(names.REQUIREMENTS)),
    Case("StartupScriptPresent", version_deleted),
    Case("RequirementsConstraints", constraints_of_another_version, "Warn"),
    Case("RequirementsIndex", lambda w: {"webserverAccessMode": "PRIVATE_ONLY"}, "Warn"),
    Case("SubnetsExist", lambda w: {"networkConfiguration": network(names.SUBNET_IDS[0], "subnet-00000000000000000")}),
    Case("SubnetsPlacement", lambda w: new_subnets(w, ("10.0.10.0/24", "a"), ("10.0.11.0/24", "a"))),
    Case("SubnetsShared", subnet_shared),
    Case("SubnetsAddresses", small_subnets, "Warn"),
    Case("VpcDns", dns_off, "Warn"),
    Case("SubnetsPrivate", routed_to_the_internet),
    Case("SubnetsWayOut", no_way_out),
    Case("NatGatewayAvailable", nat_deleted, "Warn"),
    Case("WorkersReachWebServer", endpoints_instead, "Warn"),
    Case("SecurityGroupsExist", lambda w: {"networkConfiguration": network(groups=("sg-00000000000000000",))}),
    Case("SecurityGroupsSelfReference", ingress_revoked),
    Case("SecurityGroupsEgress", egress_revoked, "Warn"),
    Case("NetworkAcls", acl_closed, "Warn"),
    Case("ExecutionRoleExists", role_deleted),
    Case("ExecutionRoleTrust", half_trusted),
    Case("ExecutionRolePermissions", role_policy_deleted, "Warn"),
    Case("KmsKeyUsable", key_disabled),
    Case("KmsKeyPolicyLogs", key_without_logs, "Warn"),
    Case("EnvironmentQuota", lambda w: w.cloud.quotas.set(names.ACCOUNT, "L-ENVIRONMENTS", 0), "Warn"),
    Case("WorkerQuota", lambda w: {"maxWorkers": 26}, "Warn"),
    Case("ServiceLinkedRole", no_service_linked_role, "Warn"),
    Case("AirflowVersionSupported", lambda w: {"airflowVersion": "2.6.3", "requirementsS3Path": None}),
    Case("AirflowVersionKnown", lambda w: {"airflowVersion": "2.99.0"}, "Warn"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_one_broken_thing_fails_exactly_its_check(case: Case, world: World) -> None:
    results = world.look(**case.act(world) or {})
    assert failing(results) == {case.check}, {name: results[name].message for name in failing(results)}
    assert results[case.check].severity == case.severity


DENIALS = [
    ("s3:ListBucket", {"BucketReachable", "DagsFolder"}),
    ("s3:GetBucketVersioning", {"BucketVersioning"}),
    ("s3:GetBucketPublicAccessBlock", {"BucketPublicAccessBlock", "BucketPublicAccessRestriction"}),
    ("s3:GetEncryptionConfiguration", {"BucketEncryption"}),
    (
        "s3:GetObject",
        {"PluginsPresent", "PluginsSize", "RequirementsPresent", "StartupScriptPresent", "RequirementsConstraints"},
    ),
    ("ec2:DescribeVpcAttribute", {"VpcDns"}),
    ("ec2:DescribeRouteTables", {"SubnetsPrivate", "SubnetsWayOut", "NatGatewayAvailable"}),
    ("ec2:DescribeNatGateways", {"NatGatewayAvailable"}),
    ("ec2:DescribeVpcEndpoints", set()),
    ("ec2:DescribeNetworkAcls", {"NetworkAcls"}),
    (
        "ec2:DescribeSecurityGroups",
        {"SecurityGroupsExist", "SecurityGroupsSelfReference", "SecurityGroupsEgress"},
    ),
    ("iam:GetRole", {"ExecutionRoleExists", "ExecutionRoleTrust", "ServiceLinkedRole"}),
    ("iam:SimulatePrincipalPolicy", {"ExecutionRolePermissions"}),
    ("kms:DescribeKey", {"KmsKeyUsable", "KmsKeyPolicyLogs"}),
    ("kms:GetKeyPolicy", {"KmsKeyPolicyLogs"}),
    ("servicequotas:ListServiceQuotas", {"EnvironmentQuota", "WorkerQuota"}),
    ("airflow:ListEnvironments", {"EnvironmentQuota"}),
]


@pytest.mark.parametrize(("action", "unknown"), DENIALS, ids=[action for action, _ in DENIALS])
def test_a_denied_read_is_unknown_names_the_permission_and_blocks_nothing(
    action: str, unknown: set[str], world: World
) -> None:
    world.cloud.deny(world.landscape.operator_role_arn, action)
    results = world.look()
    assert {name for name, result in results.items() if result.result == "Unknown"} == unknown
    assert failing(results) == set()
    if unknown:
        assert any(action in results[name].message for name in unknown)


def test_reads_that_fail_leave_everything_unknown_and_raise_nothing(world: World) -> None:
    world.scope.verify()
    for service in ("s3", "ec2", "iam", "kms", "service-quotas", "mwaa"):
        world.cloud.faults.add(Rule(service=service, times=None, error=UNAVAILABLE))
    results = world.look()
    passed = {name for name, result in results.items() if result.result == "Pass"}
    assert passed == {"AirflowVersionSupported", "AirflowVersionKnown"}
    assert failing(results) == set()


def test_a_second_environment_shares_the_reads_of_the_first(world: World) -> None:
    world.look("first")
    calls = len(world.cloud.ledger.calls)
    world.look("second")
    assert len(world.cloud.ledger.calls) == calls


def test_a_role_that_is_scoped_to_one_environment_passes_for_it_alone(world: World) -> None:
    iam = world.client("iam")
    role = {"RoleName": names.EXECUTION_ROLE, "PolicyName": names.EXECUTION_ROLE}
    policy = json.dumps(iam.get_role_policy(**role)["PolicyDocument"])
    iam.put_role_policy(**role, PolicyDocument=policy.replace("log-group:airflow-*", "log-group:airflow-etl-*"))
    assert failing(world.look("etl")) == set()
    assert failing(world.look("other")) == {"ExecutionRolePermissions"}


def test_what_held_a_create_back_is_looked_at_afresh(world: World) -> None:
    versioning_suspended(world)
    assert failing(world.look()) == {"BucketVersioning"}
    world.client("s3").put_bucket_versioning(Bucket=names.BUCKET, VersioningConfiguration={"Status": "Enabled"})
    assert failing(world.look()) == set()


def test_preflight_changes_nothing(world: World) -> None:
    before = len(world.cloud.ledger.mutations())
    world.look()
    assert [entry.call.operation for entry in world.cloud.ledger.mutations()[before:]] == []
