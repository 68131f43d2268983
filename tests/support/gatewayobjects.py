"""A gateway that is stored somewhere, and the objects that belong to it, for tests."""

from __future__ import annotations

from typing import Any

from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.objects.pods import deployment, proof_pod
from mwaa_operator.gateway.objects.standing import standing
from mwaa_operator.gateway.objects.template import pod_template
from tests.support.manifests import spark_gateway

UID = "1b2c3d4e-0000-4000-8000-444455556666"
REVISION = "0123456789ab"
OPERATOR = "mwaa-system"
BALANCER: dict[str, Any] = {
    "type": "LoadBalancer",
    "annotations": {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"},
    "loadBalancerSourceRanges": ["10.0.0.0/16", "192.168.0.0/24"],
}
PEERS: list[dict[str, Any]] = [
    {"name": "mwaa", "ipBlock": {"cidr": "10.192.0.0/16", "except": ["10.192.9.0/24", "10.192.8.0/24"]}},
    {"name": "everywhere", "namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "airflow"}}},
    {"name": "here", "podSelector": {}},
]
CLUSTERS: list[dict[str, Any]] = [
    spark_gateway()["spec"]["clusters"][0]
    | {"name": "a", "credentials": {"tokenSecretRef": {"name": "z", "key": "t"}}},
    spark_gateway()["spec"]["clusters"][0]
    | {"name": "b", "credentials": {"tokenRequest": {"serviceAccount": "bpg", "namespace": "spark"}}},
    spark_gateway()["spec"]["clusters"][0]
    | {"name": "c", "credentials": {"tokenSecretRef": {"name": "z", "key": "u"}}},
]


def stored_gateway(name: str = "general", namespace: str = "gateways", /, **members: Any) -> SparkGateway:
    """Return a gateway with these members of spec, as if the API server had it."""
    body = spark_gateway(name, namespace, **members)
    return SparkGateway.model_validate(body | {"metadata": body["metadata"] | {"uid": UID}})


def full_gateway(name: str = "general", namespace: str = "gateways", /) -> SparkGateway:
    """Return a gateway with everything that shows in its objects."""
    return stored_gateway(
        name,
        namespace,
        clusters=CLUSTERS,
        service=BALANCER,
        access={"from": PEERS},
        resources={"requests": {"cpu": "1000m", "memory": "1024Mi"}, "limits": {"cpu": "1500m", "memory": "2048Mi"}},
        extraConfig={"dbStorageSOPS": {"password": "k8s:secret::database:password"}},
    )


def template_of(gateway: SparkGateway) -> dict[str, Any]:
    """Return how a gateway's pods are."""
    return pod_template(gateway)


def deployment_of(gateway: SparkGateway, revision: str = REVISION) -> dict[str, Any]:
    """Return a gateway's Deployment."""
    return deployment(gateway, revision=revision, template=template_of(gateway))


def proof_of(gateway: SparkGateway, revision: str = REVISION) -> dict[str, Any]:
    """Return the pod of a proof."""
    return proof_pod(gateway, revision=revision, template=template_of(gateway))


def standing_of(gateway: SparkGateway) -> dict[str, dict[str, Any]]:
    """Return the standing objects by kind."""
    return {body["kind"]: body for body in standing(gateway, operator_namespace=OPERATOR)}
