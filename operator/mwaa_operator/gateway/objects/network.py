"""Who reaches a gateway's pods: the Service, its address, and the NetworkPolicy that keeps everybody else out. Pure.

BPG believes whatever user name it is told, so that reaching it is the only permission it knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mwaa_operator.api.meta import GROUP
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.objects.metadata import metadata, pods_of, serving_pods
from mwaa_operator.gateway.objects.template import PORT
from mwaa_operator.gateway.rules import NAMESPACE_NAME
from mwaa_operator.gateway.serving import Labels, Peer

OPERATOR_PODS: Final[Mapping[str, str]] = {f"{GROUP}/component": "operator"}
"""Labels of the operator's own pods, as its chart gives them."""
SERVICE_PORT: Final = 80
"""So that an address needs no port, as in AWS's post on MWAA and BPG."""


def service(gateway: SparkGateway) -> dict[str, Any]:
    """Return the Service in front of the serving pods; the administration's port is not in it."""
    wanted = gateway.spec.service
    meta = metadata(gateway, gateway.metadata.name)
    spec: dict[str, Any] = {
        "type": wanted.type,
        "selector": serving_pods(gateway),
        "ports": [{"name": "http", "port": SERVICE_PORT, "protocol": "TCP", "targetPort": "http"}],
    }
    if wanted.load_balancer_source_ranges:
        spec["loadBalancerSourceRanges"] = sorted(wanted.load_balancer_source_ranges)
    if wanted.annotations:
        meta["annotations"] = dict(wanted.annotations)
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}


def address(gateway: SparkGateway, service: Mapping[str, Any] | None) -> str | None:
    """Return where clients reach the gateway, with its context path.

    Args:
        gateway: Whose.
        service: Its Service as the API server holds it; None: there is none.

    Returns:
        None while nobody knows: there is no Service yet, or its load balancer has no address.
    """
    if (url := gateway.spec.url) is not None:
        return url + gateway.spec.context_path
    host = None if service is None else _host(service)
    return None if host is None else f"http://{host}{gateway.spec.context_path}"


def network_policy(gateway: SparkGateway, *, operator_namespace: str) -> dict[str, Any]:
    """Return the policy: `access.from` and the operator reach the API's port, nobody else reaches anything.

    Args:
        gateway: Whose pods; those of proofs too.
        operator_namespace: Where the operator runs; it asks every pod whether it answers rightly.
    """
    operator = {
        "namespaceSelector": {"matchLabels": {NAMESPACE_NAME: operator_namespace}},
        "podSelector": {"matchLabels": dict(OPERATOR_PODS)},
    }
    # Never an empty `from`: that admits everybody.
    peers = [operator, *(_peer(peer) for peer in sorted(gateway.spec.access.from_, key=lambda peer: peer.name))]
    spec = {
        "podSelector": pods_of(gateway),
        "policyTypes": ["Ingress"],
        "ingress": [{"from": peers, "ports": [{"protocol": "TCP", "port": PORT}]}],
    }
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(gateway, gateway.metadata.name),
        "spec": spec,
    }


def _peer(peer: Peer) -> dict[str, Any]:
    if (block := peer.ip_block) is not None:
        excluded = {"except": sorted(block.excluded)} if block.excluded else {}
        return {"ipBlock": {"cidr": block.cidr, **excluded}}
    selectors = {"namespaceSelector": peer.namespace_selector, "podSelector": peer.pod_selector}
    return {name: _selector(labels) for name, labels in selectors.items() if labels is not None}


def _selector(labels: Labels) -> dict[str, Any]:
    """Return a selector; an empty one, which selects all, as the API server writes it."""
    return {"matchLabels": dict(labels.match_labels)} if labels.match_labels else {}


def _host(service: Mapping[str, Any]) -> str | None:
    meta, spec = service["metadata"], service["spec"]
    if spec.get("type") != "LoadBalancer":
        return f"{meta['name']}.{meta['namespace']}.svc"
    for point in service.get("status", {}).get("loadBalancer", {}).get("ingress") or ():
        if host := point.get("hostname") or point.get("ip"):
            return f"[{host}]" if ":" in host else str(host)
    return None
