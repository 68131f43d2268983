"""How pods are: what they run, as whom, how they begin and end; and what makes them others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mwaa_operator.api.fields import seconds
from mwaa_operator.gateway.objects.template import LEAVE_SECONDS, template_digest
from mwaa_operator.gateway.render.document import HEALTH
from tests.support.gatewayobjects import BALANCER, CLUSTERS, PEERS, stored_gateway, template_of

SAME: list[dict[str, Any]] = [
    {"replicas": 7},
    {"service": BALANCER},
    {"url": "https://spark.example.com"},
    {"access": {"users": ["a"], "from": PEERS}},
    {"clusters": CLUSTERS},
    {"rollout": {"minInterval": "5m"}},
    {"defaultSparkConf": {"spark.eventLog.enabled": "true"}},
    {"suspend": True},
    {"resources": {"requests": {"memory": "1024Mi"}, "limits": {"memory": "1Gi"}}},
    {"resources": {"requests": {"cpu": "250m"}}},
]
OTHER: list[dict[str, Any]] = [
    {"image": "registry.example.com/bpg:later"},
    {"contextPath": "/apiv2"},
    {"resources": {"limits": {"memory": "2Gi"}}},
    {"resources": {"requests": {"memory": "512Mi"}}},
    {"resources": {"limits": {"cpu": "2"}}},
]


def container(**members: Any) -> dict[str, Any]:
    (found,) = template_of(stored_gateway(**members))["spec"]["containers"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("members", SAME, ids=",".join)
def test_what_is_no_matter_of_pods_leaves_them_as_they_are(members: dict[str, Any]) -> None:
    assert template_digest(template_of(stored_gateway(**members))) == template_digest(template_of(stored_gateway()))


@pytest.mark.parametrize("members", OTHER, ids=str)
def test_what_pods_are_made_of_makes_them_others(members: dict[str, Any]) -> None:
    assert template_digest(template_of(stored_gateway(**members))) != template_digest(template_of(stored_gateway()))


def test_pods_of_two_gateways_are_never_alike() -> None:
    digests = {template_digest(template_of(stored_gateway(name))) for name in ("a", "b", "a" * 63)}
    assert len(digests) == 3


def test_a_template_is_the_same_after_it_was_stored() -> None:
    template = template_of(stored_gateway())
    assert json.loads(json.dumps(template)) == template


@pytest.mark.parametrize(("limit", "heap"), [("512Mi", "358m"), ("1Gi", "716m"), ("1000Mi", "700m"), ("4Gi", "2867m")])
def test_the_heap_leaves_room_in_the_limit(limit: str, heap: str) -> None:
    resources = {"requests": {"memory": "256Mi"}, "limits": {"memory": limit}}
    assert container(resources=resources)["command"][:2] == ["java", f"-Xmx{heap}"]


def test_java_is_the_first_process_and_reads_the_file_of_the_secret() -> None:
    found = container()
    assert found["command"][-3:] == ["-cp", "/gateway/target/bpg-release.jar", "com.apple.spark.BPGApplication"]
    assert found["args"] == ["server", "/etc/app_config/app-config.yaml"]
    assert {"name": "file", "mountPath": "/etc/app_config", "readOnly": True} in found["volumeMounts"]


def test_bpg_never_shows_a_spark_cluster_a_token_of_its_own() -> None:
    text = json.dumps(template_of(stored_gateway()))
    for flag in ("tryServiceAccount", "tryKubeConfig"):
        assert f"-Dkubernetes.auth.{flag}=false" in container()["command"]
    for word in ("KUBERNETES_AUTH_TOKEN", "PROXY", "jmx"):
        assert word not in text
    assert "env" not in container()
    assert template_of(stored_gateway())["spec"]["enableServiceLinks"] is False


def test_readiness_is_asked_where_the_file_serves_it_and_liveness_where_no_cluster_can_hold_it_up() -> None:
    found = container(contextPath="/apiv2")
    for probe in ("startupProbe", "readinessProbe"):
        assert found[probe]["httpGet"] == {"path": "/apiv2/health-check", "port": "http", "scheme": "HTTP"}
    assert found["livenessProbe"]["httpGet"] == {"path": "/healthcheck", "port": "admin", "scheme": "HTTP"}
    ports = {port["name"]: port["containerPort"] for port in found["ports"]}
    assert ports == {"http": 8080, "admin": 8081}


def test_a_pod_that_ends_has_time_for_everything_that_it_does_then() -> None:
    spec = template_of(stored_gateway())["spec"]
    assert spec["containers"][0]["lifecycle"] == {"preStop": {"sleep": {"seconds": LEAVE_SECONDS}}}
    jetty = 30
    assert spec["terminationGracePeriodSeconds"] > LEAVE_SECONDS + seconds(HEALTH["shutdownWaitPeriod"]) + jetty


def test_a_pod_may_do_no_more_than_the_restricted_profile_allows() -> None:
    spec = template_of(stored_gateway())["spec"]
    security = spec["containers"][0]["securityContext"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["allowPrivilegeEscalation"] is security["privileged"] is False
    assert security["readOnlyRootFilesystem"] is True
    assert [volume["name"] for volume in spec["volumes"] if "emptyDir" in volume] == ["tmp"]


def test_pods_are_spread_over_zones_and_nodes() -> None:
    spread = template_of(stored_gateway())["spec"]["topologySpreadConstraints"]
    assert [item["topologyKey"] for item in spread] == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    assert {item["whenUnsatisfiable"] for item in spread} == {"ScheduleAnyway"}
