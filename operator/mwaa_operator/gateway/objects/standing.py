"""The objects that stand whatever revision runs: rights, network policy, Service, disruption budget. Pure.

They are made before any pod is, so that no pod is ever reached by whom the gateway does not name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.objects.metadata import metadata, serving_pods, signed
from mwaa_operator.gateway.objects.network import address, network_policy, service
from mwaa_operator.gateway.objects.rights import rights
from mwaa_operator.gateway.revision import Revision

__all__ = ["address", "standing"]


def standing(
    gateway: SparkGateway, *, operator_namespace: str, served: Iterable[Revision] = ()
) -> tuple[dict[str, Any], ...]:
    """Return the whole bodies of all standing objects, in the order in which they are made.

    Args:
        gateway: Whose.
        operator_namespace: Where the operator runs.
        served: Revisions that pods run: what their files refer to stays readable.
    """
    policy = network_policy(gateway, operator_namespace=operator_namespace)
    return tuple(map(signed, (*rights(gateway, served), policy, service(gateway), _disruption_budget(gateway))))


def _disruption_budget(gateway: SparkGateway) -> dict[str, Any]:
    """Return the budget: one pod at a time; a pod that is not ready holds no node up."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(gateway, gateway.metadata.name),
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": serving_pods(gateway)},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }
