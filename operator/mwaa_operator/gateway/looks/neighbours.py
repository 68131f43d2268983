"""What other gateways mean for one: who has its name already, and which namespaces of clusters they use. Pure.

The older gateway is right, in both. Addresses of API servers are compared as URLs are, not as they are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from mwaa_operator.gateway.api import SparkGateway

Body = Mapping[str, Any]
Place = tuple[str, str]
"""Address of an API server, and a namespace there."""


def rival(gateway: SparkGateway, others: Iterable[Body]) -> str:
    """Return `namespace/name` of the oldest other gateway with the same name, if it is older; else nothing.

    Args:
        gateway: The gateway.
        others: All gateways that are looked after; the gateway itself may be among them.
    """
    name, own = gateway.metadata.name, _age_of(gateway)
    older = [_age(body) for body in others if body["metadata"]["name"] == name and _age(body) < own]
    return f"{min(older)[1]}/{name}" if older else ""


def places(gateway: SparkGateway, others: Iterable[Body], *, urls: Iterable[str]) -> dict[Place, str]:
    """Return which data classes older gateways use namespaces of this gateway's clusters for.

    Args:
        gateway: The gateway.
        others: As for `rival`.
        urls: Addresses of the gateway's clusters, as they are written there.

    Returns:
        Address, as it is written there, and namespace to a data class.
    """
    found: dict[tuple[str, str], str] = {}
    for body in sorted(others, key=_age, reverse=True):
        if _age(body) < _age_of(gateway):
            found.update({place: str(body["spec"].get("dataClass", "")) for place in _used(body)})
    return {(url, namespace): word for url in urls for (used, namespace), word in found.items() if used == _plain(url)}


def _used(body: Body) -> Iterator[Place]:
    told = {item["name"]: item.get("endpoint") for item in (body.get("status") or {}).get("clusters") or ()}
    for cluster in body["spec"].get("clusters") or ():
        written = (cluster.get("apiServer") or {}).get("url") or told.get(cluster.get("name"))
        for namespace in cluster.get("sparkNamespaces") or ():
            if written:
                yield _plain(str(written)), str(namespace.get("name"))


def _plain(url: str) -> str:
    """Return a URL as it is compared: host in lower case, port always there, no slash at the end."""
    parts = urlsplit(url)
    return f"{(parts.hostname or '').lower()}:{parts.port or 443}{parts.path.rstrip('/')}"


def _age(body: Body) -> tuple[str, str]:
    metadata = body["metadata"]
    return str(metadata.get("creationTimestamp", "")), str(metadata.get("namespace", ""))


def _age_of(gateway: SparkGateway) -> tuple[str, str]:
    created = gateway.metadata.creation_timestamp
    return created.strftime("%Y-%m-%dT%H:%M:%SZ") if created else "9999", gateway.metadata.namespace
