"""A revision as a Secret that never changes, and back: the file, what its entries stand for, template and routes. Pure.

The Secret's name is a hash of file and template, which is checked when it is read: what serves is what its name says.
Nothing of a Secret's content is ever in a message.
"""

from __future__ import annotations

import base64
import json
import zlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter

from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.names import FILE_NAME, GATEWAY_LABEL, REVISION_LABEL
from mwaa_operator.gateway.names import revision_secret as secret_name
from mwaa_operator.gateway.objects.metadata import metadata
from mwaa_operator.gateway.objects.template import template_digest
from mwaa_operator.gateway.render.file import RenderedEntry
from mwaa_operator.gateway.revision import Revision, revision_name

ENTRIES: Final = "entries.json.gz"
TEMPLATE: Final = "template.json"
ROUTES: Final = "routes.json.gz"

MAX_SECRET: Final = 1024 * 1024
"""Of all values together (Kubernetes documentation, "Secrets"), before they are put into base64."""
MAX_UNPACKED: Final = 8 * 1024 * 1024
"""Of one value that is packed."""
_GZIP: Final = 31
"""zlib's word for a gzip header; without a time, so that the same content has the same bytes."""
_ENTRIES: Final = TypeAdapter(tuple[RenderedEntry, ...])
_TEMPLATE: Final = TypeAdapter(dict[str, Any])
_ROUTES: Final = TypeAdapter(dict[str, dict[str, Any]])


class _Meta(BaseModel):
    labels: dict[str, str]
    annotations: dict[str, str]


class _Spec(BaseModel):
    volumes: list[Any]


class _Shape(BaseModel):
    """What a template must have so that pods can be made of it."""

    metadata: _Meta
    spec: _Spec


@dataclass(frozen=True)
class Stored:
    """A revision, and what its pods and its file were made of.

    Attributes:
        revision: The revision.
        template: How its pods are, by `pod_template`.
        routes: Route key to the spec that the file was made of; one is missing if there was no room for it.
    """

    revision: Revision
    template: Mapping[str, Any]
    routes: Mapping[str, Mapping[str, Any]]


def revision_secret(
    gateway: SparkGateway,
    revision: Revision,
    *,
    template: Mapping[str, Any],
    routes: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the Secret of a revision.

    Args:
        gateway: Whose.
        revision: What it holds; named by its text and the template's digest.
        template: How its pods are, by `pod_template`.
        routes: Route key to spec, as JSON, of the routes that the file was made of. When the Secret would grow beyond
            `MAX_SECRET`, those that are too much are left out, the largest first: such a route has no form to go on
            with when it is suspended.
    """
    values = {
        FILE_NAME: revision.text.encode(),
        ENTRIES: _packed(_json([asdict(entry) for entry in revision.entries])),
        TEMPLATE: _json(template),
    }
    values[ROUTES] = _fitting(routes, room=MAX_SECRET - sum(map(len, values.values())))
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(gateway, secret_name(gateway.metadata.name, revision.name), revision=revision.name),
        "type": "Opaque",
        "immutable": True,
        "data": {key: base64.b64encode(value).decode() for key, value in values.items()},
    }


def read_revision(secret: Mapping[str, Any]) -> Stored:
    """Return the revision that a Secret holds.

    Args:
        secret: As the API server holds it; whoever may write Secrets may have made it.

    Raises:
        ValueError: It is none of ours, or not as we made it; the message names it, and has nothing of its content.
    """
    meta = secret["metadata"]
    labels = meta.get("labels") or {}
    try:
        stored = _read(labels.get(REVISION_LABEL, ""), secret.get("data") or {})
    except (ValueError, zlib.error):
        stored = None
    if stored is None or meta["name"] != secret_name(labels.get(GATEWAY_LABEL, ""), stored.revision.name):
        raise ValueError(f"Secret {meta.get('namespace', '')}/{meta['name']} does not hold the revision of its name")
    return stored


def _read(name: str, data: Mapping[str, str]) -> Stored | None:
    """Return what a Secret holds, if the name follows from it.

    Raises:
        ValueError: Something is not what it should be, or too large.
        zlib.error: Something is not packed.
    """
    values = {key: base64.b64decode(value, validate=True) for key, value in data.items()}
    if not {FILE_NAME, ENTRIES, TEMPLATE} <= values.keys():
        return None
    text = values[FILE_NAME].decode()
    template = _TEMPLATE.validate_json(values[TEMPLATE])
    _Shape.model_validate(template)
    if name != revision_name(text, template_digest(template)):
        return None
    entries = _ENTRIES.validate_json(_unpacked(values[ENTRIES]), strict=True)
    routes = _ROUTES.validate_json(_unpacked(values[ROUTES])) if ROUTES in values else {}
    return Stored(Revision(name, text, entries), template, routes)


def _fitting(routes: Mapping[str, Mapping[str, Any]], *, room: int) -> bytes:
    """Return as many routes as fit, packed, the smallest first."""
    by_size = sorted(routes, key=lambda key: (len(_json(routes[key])), key))

    def content(count: int) -> bytes:
        return _json({key: routes[key] for key in by_size[:count]})

    def size(count: int) -> int:
        return len(_packed(content(count))) if len(content(count)) <= MAX_UNPACKED else MAX_SECRET

    count = len(by_size) if size(len(by_size)) <= room else bisect_right(range(len(by_size)), room, key=size) - 1
    return _packed(content(max(count, 0)))


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, allow_nan=False).encode()


def _packed(value: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    return packer.compress(value) + packer.flush()


def _unpacked(value: bytes) -> bytes:
    """Return what was packed; a few bytes can unpack to more than there is memory for."""
    unpacker = zlib.decompressobj(_GZIP)
    content = unpacker.decompress(value, MAX_UNPACKED)
    if not unpacker.eof:
        raise ValueError("too large, or cut off")
    return content
