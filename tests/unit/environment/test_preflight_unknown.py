"""What preflight must not hold back: facts that could not be read, and what is unusual but right."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.environment.preflight.facts import (
    BucketFacts,
    Encryption,
    KeyFacts,
    LimitFacts,
    NetworkFacts,
    Permission,
    RoleFacts,
    Route,
)
from tests.support.preflight import (
    DENIED,
    ENDPOINTS,
    EVERYTHING,
    KEY,
    NAMES,
    OTHER_ACCOUNT,
    OUT,
    SUBNETS,
    constraints,
    failing,
    group,
    judged,
    key_policy,
    make_facts,
    make_spec,
    objects,
    requirements,
    subnets,
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
MICRO = {"environmentClass": "mw1.micro"}

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
    (subnets(*(replace(item, cidr="") for item in SUBNETS)), {"NetworkAcls", "SecurityGroupsEgress"}),
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
