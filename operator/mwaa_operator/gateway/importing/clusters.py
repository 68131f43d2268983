"""Entries of `sparkClusters` → the clusters of a SparkGateway: one for each API server, certificates and token. Pure.

A token is never copied: what is no reference to a Secret becomes one to a Secret that the person has to make.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from mwaa_operator.api.references import SecretKeyRef
from mwaa_operator.api.spark import DnsLabel, ServiceAccountName
from mwaa_operator.gateway.bpg import coerce
from mwaa_operator.gateway.cluster import MAX_TIMEOUT_MILLIS, ApiServer
from mwaa_operator.gateway.cluster import Cluster as GatewayCluster
from mwaa_operator.gateway.importing.hidden import REFERENCE
from mwaa_operator.gateway.importing.naming import dns_label, fitting, unique
from mwaa_operator.gateway.importing.notes import Notes
from mwaa_operator.gateway.importing.options import Options
from mwaa_operator.gateway.importing.source import Entry, Source

DEFAULT_ACCOUNT: Final = "default"
"""The service account that Kubernetes gives a driver for which none is named."""
NO_CERTIFICATE: Final = base64.b64encode(
    b"-----BEGIN CERTIFICATE-----\nreplace this with the certificates of the API server\n-----END CERTIFICATE-----\n"
).decode()

_LEAST_TIMEOUT: Final = 500
_PEM: Final = b"-----BEGIN CERTIFICATE"
_MAX_BUNDLE: Final = 32_768
_UNUSED: Final = {
    "userName": "has no effect in BPG, and is left out",
    "httpProxy": "is left out: the gateway's pods reach their clusters without a proxy",
    "httpsProxy": "is left out: the gateway's pods reach their clusters without a proxy",
    "batchScheduler": "is left out: jobs are scheduled by the cluster's default scheduler",
}


@dataclass(frozen=True)
class Place:
    """One cluster of the gateway, and the entries on it.

    Attributes:
        name: In the gateway.
        url: Of its API server.
        ca: Its certificates, PEM in base64.
        entries: Those on it.
    """

    name: str
    url: str
    ca: str
    entries: tuple[Entry, ...]


def server_url(text: str | None) -> str:
    """Return the address of an API server in one spelling, by which two entries are on one cluster or not."""
    scheme, separator, rest = (text or "").strip().rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{separator}{host.lower()}{slash}{path}"


def places(source: Source, notes: Notes) -> tuple[Place, ...]:
    """Return the clusters of a file in its order; entries that no cluster can hold are noted and left out."""
    groups: dict[tuple[str, str, str | None], list[Entry]] = {}
    for entry in source.entries:
        if _is_usable(entry, notes):
            key = (server_url(entry.cluster.master_url), _bundle(entry, notes), entry.cluster.user_token)
            groups.setdefault(key, []).append(entry)
    found: list[Place] = []
    for (url, ca, _), entries in groups.items():
        first = entries[0].cluster
        # AWS's samples write the cluster's ARN, which ends in its name.
        base = dns_label((first.eks_cluster or first.id or "").rpartition("/")[2], otherwise="cluster")
        found.append(Place(unique(base, {place.name for place in found}), url, ca, tuple(entries)))
    return tuple(found)


def account_of(entry: Entry) -> str:
    """Return the service account of the drivers of an entry's jobs."""
    account = coerce.text(entry.written.get("sparkServiceAccount"), ())
    return account if account and fitting(ServiceAccountName, account) else DEFAULT_ACCOUNT


def cluster_body(place: Place, options: Options, notes: Notes) -> dict[str, Any]:
    """Return an item of `spec.clusters`.

    Args:
        place: The cluster.
        options: Namespaces.
        notes: Takes what is not there as it was.
    """
    body: dict[str, Any] = {
        "name": place.name,
        "apiServer": {"url": place.url, "caBundle": place.ca},
        "credentials": {"tokenSecretRef": _token_reference(place, options, notes)},
        "sparkNamespaces": list(_namespaces(place, options)),
    }
    return body | _timeout(place, notes) | _ui_url(place, notes)


def note_entries(place: Place, notes: Notes) -> None:
    """Note what is not there any more of a cluster's entries."""
    for entry in place.entries:
        for name, message in _UNUSED.items():
            if entry.written.get(name):
                notes.add((*entry.path, name), message)
        account = coerce.text(entry.written.get("sparkServiceAccount"), ())
        if account != account_of(entry):
            message = f"{'is no name' if account else 'is not there'}: the target names {DEFAULT_ACCOUNT!r}"
            notes.add((*entry.path, "sparkServiceAccount"), message)


def _is_usable(entry: Entry, notes: Notes) -> bool:
    """Return whether a target can name an entry; what BPG cannot reach either is left out too."""
    usable = True
    if not _is_server(server_url(entry.cluster.master_url), NO_CERTIFICATE):
        message = "is not https://, a host and perhaps a port: the entry is left out"
        notes.add((*entry.path, "masterUrl"), message)
        usable = False
    if not fitting(DnsLabel, entry.cluster.namespace):
        notes.add((*entry.path, "sparkApplicationNamespace"), "is no name of a namespace: the entry is left out")
        usable = False
    return usable


def _is_server(url: str, ca: str) -> bool:
    try:
        ApiServer.model_validate({"url": url, "caBundle": ca})
    except ValidationError:
        return False
    return True


def _bundle(entry: Entry, notes: Notes) -> str:
    """Return the certificates of an entry as a gateway has them, or a text to be replaced."""
    text = (entry.cluster.ca_data or "").removeprefix("plaintext:")
    if text.lstrip().startswith(_PEM.decode()):
        coded = base64.b64encode(text.encode()).decode()
    else:
        coded = "".join(text.split())
    if _is_certificate(coded):
        return coded
    said = (
        "is not there" if not text else "is a reference" if re.match("(k8s|localhost):", text) else "is no certificate"
    )
    notes.add(
        (*entry.path, "caCertDataSOPS"),
        f"{said}: replace apiServer.caBundle of its cluster by the certificates, PEM in base64",
    )
    return NO_CERTIFICATE


def _is_certificate(coded: str) -> bool:
    try:
        return len(coded) <= _MAX_BUNDLE and base64.b64decode(coded, validate=True).startswith(_PEM)
    except (binascii.Error, ValueError):
        return False


def _namespaces(place: Place, options: Options) -> Iterator[dict[str, Any]]:
    accounts: dict[str, set[str]] = {}
    for entry in place.entries:
        accounts.setdefault(str(entry.cluster.namespace), set()).add(account_of(entry))
    for namespace, names in accounts.items():
        yield {"name": namespace, "serviceAccounts": sorted(names), "allowedFrom": [options.routes_in]}


def _token_reference(place: Place, options: Options, notes: Notes) -> dict[str, str]:
    path = (*place.entries[0].path, "userTokenSOPS")
    found = REFERENCE.fullmatch(place.entries[0].cluster.user_token or "")
    reference = {"name": found[2], "key": found[3]} if found else {}
    if found and _is_reference(reference):
        if found[1] not in ("", options.namespace):
            notes.add(path, f"is in another namespace: copy Secret {found[2]} into {options.namespace}")
        return reference
    reference = {"name": f"{place.name}-token", "key": "token"}
    said = "put the bearer token that stands there" if place.entries[0].cluster.user_token else "put a bearer token"
    notes.add(path, f"is not copied: {said} into key token of Secret {reference['name']} in {options.namespace}")
    return reference


def _is_reference(reference: dict[str, str]) -> bool:
    try:
        SecretKeyRef.model_validate(reference)
    except ValidationError:
        return False
    return True


def _timeout(place: Place, notes: Notes) -> dict[str, Any]:
    said = {entry.cluster.timeout_millis for entry in place.entries}
    good = {millis for millis in said if millis is not None and _LEAST_TIMEOUT <= millis <= MAX_TIMEOUT_MILLIS}
    chosen = min(good) if good else None
    default = GatewayCluster.model_fields["timeout_millis"].default
    for entry in place.entries:
        if entry.cluster.timeout_millis != chosen or chosen is None:
            was = (
                "30000, because nothing is said"
                if entry.cluster.timeout_millis is None
                else entry.cluster.timeout_millis
            )
            becomes = default if chosen is None else chosen
            notes.add(
                (*entry.path, "timeoutMillis"), f"was {was}: becomes {becomes}, since callers wait 10 to 30 seconds"
            )
    return {} if chosen is None else {"timeoutMillis": chosen}


def _ui_url(place: Place, notes: Notes) -> dict[str, Any]:
    said = [(entry, server_url(coerce.text(entry.written.get("sparkUIUrl"), ()))) for entry in place.entries]
    good = [url for _, url in said if url and _is_base_url(url)]
    for entry, url in said:
        if url and url != next(iter(good), None):
            message = "is no http:// or https://, host and port, or differs within the cluster: left out"
            notes.add((*entry.path, "sparkUIUrl"), message)
    return {"sparkUiUrl": good[0]} if good else {}


def _is_base_url(url: str) -> bool:
    return re.fullmatch(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?", url) is not None


def served_by(places_: Iterable[Place]) -> dict[int, Place]:
    """Return the cluster of every entry that has one, by the entry's index."""
    return {entry.index: place for place in places_ for entry in place.entries}
