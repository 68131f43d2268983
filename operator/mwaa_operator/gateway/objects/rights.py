"""What a gateway's pods may do on their own cluster: read exactly the Secrets that their file refers to. Pure.

No list, no watch, no pattern: a token that the gateway does not name is none of its business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.names import token_secret_of
from mwaa_operator.gateway.objects.metadata import metadata
from mwaa_operator.gateway.revision import Revision

_RBAC: Final = "rbac.authorization.k8s.io"
_REFERENCE: Final = "k8s:secret:"


def rights(gateway: SparkGateway, served: Iterable[Revision]) -> tuple[dict[str, Any], ...]:
    """Return ServiceAccount, Role and RoleBinding.

    Args:
        gateway: Whose.
        served: Revisions that pods run: a cluster that left spec is read from until the last of its jobs has ended.
    """
    name, namespace = gateway.metadata.name, gateway.metadata.namespace
    secrets = sorted({*_tokens(gateway), *_database(gateway), *_read(gateway, served)})
    rule = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": secrets, "verbs": ["get"]}
    account = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    role = {"apiGroup": _RBAC, "kind": "Role", "name": name}
    return (
        # Whoever else runs as this account gets its token only by asking for it.
        _object(gateway, "v1", "ServiceAccount", automountServiceAccountToken=False),
        _object(gateway, f"{_RBAC}/v1", "Role", rules=[rule]),
        _object(gateway, f"{_RBAC}/v1", "RoleBinding", roleRef=role, subjects=[account]),
    )


def _tokens(gateway: SparkGateway) -> Iterator[str]:
    return (token_secret_of(gateway, cluster) for cluster in gateway.spec.clusters)


def _database(gateway: SparkGateway) -> Iterator[str]:
    """Yield the Secret of the database's password, the one reference that BPG resolves in `extraConfig`.

    Only one of the gateway's own namespace (BPG source: an empty namespace means that, too): a Role ends there.
    """
    database = (gateway.spec.extra_config or {}).get("dbStorageSOPS")
    yield from _referred(gateway, database.get("password") if isinstance(database, dict) else None)


def _read(gateway: SparkGateway, served: Iterable[Revision]) -> Iterator[str]:
    """Yield the Secrets that files refer to."""
    for revision in served:
        for entry in revision.clusters.values():
            yield from _referred(gateway, entry.get("userTokenSOPS"))


def _referred(gateway: SparkGateway, reference: object) -> Iterator[str]:
    if isinstance(reference, str) and reference.startswith(_REFERENCE):
        namespace, _, rest = reference.removeprefix(_REFERENCE).partition(":")
        name, _, key = rest.partition(":")
        if namespace in ("", gateway.metadata.namespace) and name and key:
            yield name


def _object(gateway: SparkGateway, api_version: str, kind: str, **members: Any) -> dict[str, Any]:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": metadata(gateway, gateway.metadata.name),
        **members,
    }
