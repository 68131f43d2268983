"""What the chart renders, for the values that people set, and that a real API server takes all of it.

Values themselves are in test_chart_values.py, rights in test_chart_rbac.py, installing in tests/system.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import yaml

from localcloud.controlplane import ControlPlane
from localcloud.kube.rest import Answer
from mwaa_operator import __version__
from mwaa_operator.account.api import AwsAccount
from mwaa_operator.gateway.objects.network import OPERATOR_PODS
from mwaa_operator.kinds import DEFINITIONS, drift, render_crds
from tests.support.chart import (
    CHART,
    CHART_CRDS,
    CLUSTER_SCOPED,
    Object,
    collection_of,
    helm,
    of_kind,
    only,
    operator_container,
    template,
)

FULL: dict[str, Any] = {
    "replicas": 3,
    "image": {"repository": "registry.example/mwaa-operator", "digest": "sha256:" + "0" * 64},
    "imagePullSecrets": [{"name": "registry"}],
    "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/mwaa-operator"}},
    "env": [{"name": "AWS_CA_BUNDLE", "value": "/ca/ca.crt"}],
    "extraVolumes": [{"name": "ca", "configMap": {"name": "ca"}}],
    "extraVolumeMounts": [{"name": "ca", "mountPath": "/ca"}],
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "platform", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    "priorityClassName": "system-cluster-critical",
    "podLabels": {"team": "platform"},
    "podAnnotations": {"note": "yes"},
    "networkPolicy": {
        "enabled": True,
        "metricsFrom": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
        "extraEgress": [{"ports": [{"port": 8443, "protocol": "TCP"}]}],
    },
    "metrics": {"service": {"annotations": {"note": "yes"}}, "serviceMonitor": {"enabled": True}},
}
BARE: dict[str, Any] = {
    "replicas": 1,
    "settings": {"leaderElection": False},
    "serviceAccount": {"create": False, "name": "mine"},
    "rbac": {"create": False},
    "crds": {"enabled": False},
    "podDisruptionBudget": {"enabled": False},
    "metrics": {"service": {"enabled": False}},
    "topologySpreadConstraints": [],
}
RESTRICTED_TO_OWN: dict[str, Any] = {"rbac": {"secretNamespaces": []}}
WITHOUT_GATEWAYS: dict[str, Any] = {"gateways": {"enabled": False}, "networkPolicy": {"enabled": True}}


def test_helm_lint_finds_nothing() -> None:
    for values in ({}, FULL, BARE, WITHOUT_GATEWAYS):
        helm("lint", "--strict", str(CHART), "--values", "-", stdin=yaml.safe_dump(values))


def test_the_chart_installs_the_version_of_the_operator() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert chart["appVersion"] == chart["version"] == __version__
    listed = yaml.safe_load(chart["annotations"]["artifacthub.io/crds"])
    assert {entry["name"] for entry in listed} == {definition.info.crd_name for definition in DEFINITIONS}


@pytest.mark.parametrize(
    "values",
    [{}, FULL, BARE, RESTRICTED_TO_OWN, WITHOUT_GATEWAYS],
    ids=["default", "full", "bare", "own secrets", "no gateways"],
)
def test_the_api_server_takes_every_object_strictly(
    control_plane: ControlPlane, namespace: str, values: dict[str, Any]
) -> None:
    for body in template(values, namespace=namespace):
        answer = control_plane.api.post(f"{collection_of(body)}?dryRun=All&fieldValidation=Strict", body)
        assert answer.ok or _exists(body, answer), answer.body


def test_every_namespaced_object_says_its_namespace() -> None:
    """So that `helm template | kubectl apply` and Argo CD put them where the release is."""
    for body in template(FULL, api_versions=["monitoring.coreos.com/v1"]):
        assert (body["metadata"].get("namespace") == "mwaa-system") == (body["kind"] not in CLUSTER_SCOPED)


@pytest.mark.parametrize(("release", "fullname"), [("mwaa-operator", "mwaa-operator"), ("two", "two-mwaa-operator")])
def test_names_are_made_from_the_release(release: str, fullname: str) -> None:
    assert only(template(release=release), "Deployment")["metadata"]["name"] == fullname


def test_names_can_be_replaced() -> None:
    assert only(template({"fullnameOverride": "op"}), "Deployment")["metadata"]["name"] == "op"


def test_the_container_runs_the_operator_under_the_restricted_profile() -> None:
    pod = only(template(), "Deployment")["spec"]["template"]["spec"]
    container = operator_container(template())
    assert (container["name"], container["command"], container["args"]) == ("operator", ["mwaa-operator"], ["run"])
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/tmp"}
    assert pod["terminationGracePeriodSeconds"] == 60


def test_a_namespace_that_enforces_restricted_pods_admits_the_pod(control_plane: ControlPlane, namespace: str) -> None:
    level = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    control_plane.kubectl("patch", "namespace", namespace, "--patch", yaml.safe_dump(level))
    spec = only(template(), "Deployment")["spec"]["template"]["spec"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe", "namespace": namespace}, "spec": spec}
    spec["serviceAccountName"] = "default"
    answer = control_plane.api.post(f"{collection_of(pod)}?dryRun=All", pod)
    assert answer.ok, answer.body


def test_memory_is_guaranteed_and_cpu_is_not_throttled() -> None:
    resources = operator_container(template())["resources"]
    assert resources["limits"] == {"memory": resources["requests"]["memory"]}
    assert "cpu" in resources["requests"]


def test_the_probes_ask_the_one_http_port() -> None:
    container = operator_container(template())
    assert [port["containerPort"] for port in container["ports"]] == [8080]
    probes = {probe: container[probe]["httpGet"] for probe in ("livenessProbe", "readinessProbe")}
    assert probes == {
        "livenessProbe": {"path": "/livez", "port": "http"},
        "readinessProbe": {"path": "/readyz", "port": "http"},
    }


def test_the_pod_knows_its_name_and_namespace() -> None:
    env = {entry["name"]: entry for entry in operator_container(template())["env"]}
    fields = {name: env[name]["valueFrom"]["fieldRef"]["fieldPath"] for name in env if "valueFrom" in env[name]}
    assert fields == {"MWAA_OPERATOR_NAMESPACE": "metadata.namespace", "MWAA_OPERATOR_POD_NAME": "metadata.name"}


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ({}, f"mwaa-operator:{__version__}"),
        ({"repository": "r.example/op", "tag": "9"}, "r.example/op:9"),
        ({"tag": "9", "digest": "sha256:" + "a" * 64}, "mwaa-operator@sha256:" + "a" * 64),
    ],
)
def test_a_digest_wins_over_a_tag(image: dict[str, str], expected: str) -> None:
    assert operator_container(template({"image": image}))["image"] == expected


@pytest.mark.parametrize(("replicas", "enabled"), list(product([0, 1, 2], [True, False])))
def test_a_disruption_budget_is_made_for_several_replicas_only(replicas: int, enabled: bool) -> None:
    made = of_kind(template({"replicas": replicas, "podDisruptionBudget": {"enabled": enabled}}), "PodDisruptionBudget")
    assert bool(made) == (enabled and replicas > 1)


def test_spread_constraints_without_a_selector_get_the_operators_own() -> None:
    mine = {"maxSkew": 2, "topologyKey": "rack", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}}
    deployment = only(template({"topologySpreadConstraints": [mine]}), "Deployment")["spec"]
    default = only(template(), "Deployment")["spec"]
    labels = default["selector"]["matchLabels"]
    assert {str(item["labelSelector"]) for item in _spread(default)} == {str({"matchLabels": labels})}
    assert _spread(deployment)[0]["maxSkew"] == 2


def test_services_and_budgets_select_the_pods() -> None:
    objects = template(FULL, api_versions=["monitoring.coreos.com/v1"])
    pod_labels = only(objects, "Deployment")["spec"]["template"]["metadata"]["labels"]
    selectors = [
        only(objects, "Deployment")["spec"]["selector"]["matchLabels"],
        only(objects, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        only(objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        only(objects, "Service")["spec"]["selector"],
    ]
    assert all(selector.items() <= pod_labels.items() for selector in selectors)
    monitored = only(objects, "ServiceMonitor")["spec"]["selector"]["matchLabels"]
    assert monitored.items() <= only(objects, "Service")["metadata"]["labels"].items()
    assert pod_labels["team"] == "platform"


@pytest.mark.parametrize(
    "values", [{}, {"nameOverride": "op", "podLabels": {"mwaa-operator.io/component": "x"}}], ids=str
)
def test_gateways_can_tell_the_operator_s_pods_from_others_whatever_it_is_called(values: dict[str, Any]) -> None:
    labels = only(template(values), "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert labels["mwaa-operator.io/component"] == "operator"


def test_the_network_policy_of_a_gateway_admits_the_operator() -> None:
    pods = only(template(), "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert OPERATOR_PODS.items() <= pods.items()


@pytest.mark.parametrize(("enabled", "known"), list(product([True, False], [True, False])))
def test_a_service_monitor_is_made_where_its_kind_exists(enabled: bool, known: bool) -> None:
    values = {"metrics": {"serviceMonitor": {"enabled": enabled, "labels": {"release": "prometheus"}}}}
    made = of_kind(template(values, api_versions=["monitoring.coreos.com/v1"] if known else []), "ServiceMonitor")
    assert bool(made) == (enabled and known)
    assert all(body["metadata"]["labels"]["release"] == "prometheus" for body in made)


def test_the_network_policy_lets_nobody_in_unless_told() -> None:
    assert of_kind(template(), "NetworkPolicy") == []
    policy = only(template({"networkPolicy": {"enabled": True}}), "NetworkPolicy")["spec"]
    assert policy["ingress"] == []
    ports = {entry["port"] for rule in policy["egress"] for entry in rule["ports"]}
    assert ports == {53, 80, 443, 6443, 8080}


@pytest.mark.parametrize(("namespaces", "reached"), [([], ["mwaa-system"]), (["phi", "general"], ["phi", "general"])])
def test_the_network_policy_lets_the_operator_ask_gateways_and_no_other_pod(
    namespaces: list[str], reached: list[str]
) -> None:
    values = {"networkPolicy": {"enabled": True}, "gateways": {"namespaces": namespaces}}
    rules = _rules_for(8080, template(values))
    (peer,) = [peer for rule in rules for peer in rule["to"]]
    (expression,) = peer["namespaceSelector"]["matchExpressions"]
    assert expression == {"key": "kubernetes.io/metadata.name", "operator": "In", "values": reached}
    assert peer["podSelector"]["matchLabels"] == {
        "app.kubernetes.io/managed-by": "mwaa-operator",
        "app.kubernetes.io/name": "batch-processing-gateway",
    }
    assert [rule["ports"] for rule in rules] == [[{"port": 8080, "protocol": "TCP"}]]


def test_the_network_policy_lets_the_operator_ask_no_gateway_where_none_is_looked_after() -> None:
    assert _rules_for(8080, template(WITHOUT_GATEWAYS)) == []


def test_the_crds_are_those_of_the_models() -> None:
    assert drift(CHART_CRDS) == []
    generated = {body["metadata"]["name"]: body for body in map(yaml.safe_load, render_crds().values())}
    rendered = {body["metadata"]["name"]: body for body in of_kind(template(), "CustomResourceDefinition")}
    assert {name: body["spec"] for name, body in rendered.items()} == {
        name: body["spec"] for name, body in generated.items()
    }
    for name, body in rendered.items():
        assert generated[name]["metadata"]["annotations"].items() <= body["metadata"]["annotations"].items()


@pytest.mark.parametrize(("keep", "policy"), [(True, "keep"), (False, None)])
def test_crds_outlive_the_release_unless_told_otherwise(keep: bool, policy: str | None) -> None:
    crds = of_kind(template({"crds": {"keep": keep}}), "CustomResourceDefinition")
    assert {body["metadata"]["annotations"].get("helm.sh/resource-policy") for body in crds} == {policy}
    assert of_kind(template({"crds": {"enabled": False}}), "CustomResourceDefinition") == []


def test_an_account_is_made_only_on_request_and_admits_nothing_unless_told() -> None:
    assert of_kind(template(), "AwsAccount") == []
    body = only(template({"defaultAccount": {"create": True, "spec": {"accountId": "123456789012"}}}), "AwsAccount")
    assert body["metadata"]["name"] == "default"
    assert body["metadata"]["annotations"]["helm.sh/hook"] == "post-install,post-upgrade"
    assert body["metadata"]["annotations"]["helm.sh/hook-delete-policy"] == "hook-failed"
    account = AwsAccount.model_validate(body)
    assert account.spec.namespaces is None
    assert not any((account.spec.regions, account.spec.execution_roles, account.spec.buckets, account.spec.subnets))
    assert not account.spec.adoption.allowed


def _rules_for(port: int, objects: list[Object]) -> list[Object]:
    """Return the egress rules of the NetworkPolicy that name a port."""
    rules: list[Object] = only(objects, "NetworkPolicy")["spec"]["egress"]
    return [rule for rule in rules if port in {entry["port"] for entry in rule["ports"]}]


def _spread(spec: Object) -> list[Object]:
    found: list[Object] = spec["template"]["spec"]["topologySpreadConstraints"]
    return found


def _exists(body: Object, answer: Answer) -> bool:
    """Return whether a test of the session made this cluster-wide object: the server looks for that last of all."""
    return body["kind"] in CLUSTER_SCOPED and answer.status == 409
