"""Bodies of the Secrets of queue tokens, the gateway's with its keys and the routes', and what they say. Pure.

What a Secret says is believed as far as it is well-formed; nothing that somebody writes into one may end a pass.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from mwaa_operator.api.conditions import rfc3339
from mwaa_operator.api.meta import API_VERSION, FIELD_MANAGER, GROUP, ApiModel, ObjectMeta
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.names import GATEWAY_LABEL, TOKEN_KEY, keys_secret
from mwaa_operator.gateway.tokens.rotation import Key
from mwaa_operator.route.api import SparkJobRoute

Body = dict[str, Any]

KEYS: Final = "keys"
"""The key of the gateway's Secret."""
MANAGED_BY: Final = "app.kubernetes.io/managed-by"
ROUTE_LABEL: Final = f"{GROUP}/route"
TOKEN_LABEL: Final = f"{GROUP}/token"
EXPIRES_AT: Final = f"{GROUP}/expires-at"
ISSUED_AT: Final = f"{GROUP}/issued-at"
KEY_VERSION: Final = f"{GROUP}/key-version"


class _StoredKey(ApiModel):
    """One key as its Secret has it."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    key: Annotated[str, Field(min_length=43, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
    made_at: AwareDatetime
    signs_since: AwareDatetime | None = None
    until: AwareDatetime | None = None


_STORED = TypeAdapter(_StoredKey)


@dataclass(frozen=True)
class Labelled:
    """What the annotations of a token's Secret say.

    Attributes:
        version: Of the key that signed.
        issued_at: When it was written.
        expires_at: When it ends.
    """

    version: int
    issued_at: datetime
    expires_at: datetime


def is_ours(body: Mapping[str, Any], owner: ObjectMeta) -> bool:
    """Return whether we made an object for one of ours: it says so, and has exactly that owner.

    Args:
        body: The object.
        owner: Metadata of the gateway or the route, with its uid.
    """
    metadata = body["metadata"]
    references = metadata.get("ownerReferences") or ()
    managed = (metadata.get("labels") or {}).get(MANAGED_BY) == FIELD_MANAGER
    return managed and any(item.get("uid") == owner.uid and item.get("controller") for item in references)


def keys_body(gateway: SparkGateway, keys: Sequence[Key]) -> Body:
    """Return the Secret of a gateway's keys.

    Args:
        gateway: The gateway, as the API server holds it.
        keys: The newest first.
    """
    stored = [
        _StoredKey(
            version=key.version, key=key.value, made_at=key.made_at, signs_since=key.signs_since, until=key.until
        ).wire()
        for key in keys
    ]
    name = gateway.metadata.name
    labels = {
        MANAGED_BY: FIELD_MANAGER,
        "app.kubernetes.io/name": "batch-processing-gateway",
        "app.kubernetes.io/instance": name,
        GATEWAY_LABEL: name,
    }
    return _secret(gateway, keys_secret(name), {KEYS: to_json(stored)}, {"labels": labels})


def keys_in(body: Mapping[str, Any]) -> tuple[Key, ...]:
    """Return the keys that stand in a Secret, the newest first; what is none, or a second of a version, is left out."""
    found: dict[int, Key] = {}
    for item in _items(_member(body, KEYS)):
        try:
            stored = _STORED.validate_json(to_json(item))
        except (ValidationError, ValueError):
            continue
        known = Key(stored.version, stored.key, stored.made_at, stored.signs_since, stored.until)
        found.setdefault(stored.version, known)
    return tuple(found[version] for version in sorted(found, reverse=True))


def token_body(route: SparkJobRoute, *, name: str, secret: str, token: str, labelled: Labelled) -> Body:
    """Return the Secret of a route's token.

    Args:
        route: The route, as the API server holds it.
        name: Of the token, in spec.
        secret: Name of the Secret.
        token: Its text.
        labelled: What its annotations say.
    """
    labels = {MANAGED_BY: FIELD_MANAGER, ROUTE_LABEL: route.metadata.name, TOKEN_LABEL: name}
    annotations = {
        EXPIRES_AT: rfc3339(labelled.expires_at),
        ISSUED_AT: rfc3339(labelled.issued_at),
        KEY_VERSION: str(labelled.version),
    }
    return _secret(route, secret, {TOKEN_KEY: token.encode()}, {"labels": labels, "annotations": annotations})


def labelled_of(body: Mapping[str, Any]) -> Labelled | None:
    """Return what the annotations of a token's Secret say; None: they are not as we write them."""
    annotations = body["metadata"].get("annotations") or {}
    try:
        version = int(annotations[KEY_VERSION])
        issued, expires = (_moment(annotations[name]) for name in (ISSUED_AT, EXPIRES_AT))
    except (KeyError, ValueError):
        return None
    return Labelled(version, issued, expires)


def has_token(body: Mapping[str, Any], token: str) -> bool:
    """Return whether the Secret of a token has exactly this one."""
    return _member(body, TOKEN_KEY) == token.encode()


def _secret(
    owner: SparkGateway | SparkJobRoute, name: str, data: Mapping[str, bytes], metadata: Mapping[str, Any]
) -> Body:
    reference = {
        "apiVersion": API_VERSION,
        "kind": owner.kind,
        "name": owner.metadata.name,
        "uid": owner.metadata.uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }
    named = {"name": name, "namespace": owner.metadata.namespace, "ownerReferences": [reference]}
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": {**named, **metadata}, "data": encoded}


def _member(body: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode((body.get("data") or {}).get(name) or "", validate=True)
    except ValueError:
        return b""


def _items(text: bytes) -> list[Any]:
    try:
        found = from_json(text)
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def _moment(text: str) -> datetime:
    """Return a moment exactly as we print it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
