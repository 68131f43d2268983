"""One stored version of an object: compact JSON in two parts, and what two versions differ in. Pure.

The parts are split so that "did anything but status change" is a comparison of bytes. What follows from a difference is
not decided here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from mwaa_operator.api.meta import FINALIZER

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

Body = dict[str, Any]
"""An object as the API server sends it, `kind` included."""


class Change(IntEnum):
    """What a new version of an object differs in; falsy when nothing was stored."""

    NONE = 0
    """The same version, an older one, or one of an object that is known to be gone."""
    ECHO = 1
    """Status, bookkeeping or our own finalizer: what our own writes look like when the watch brings them back."""
    EDIT = 2
    """Anything else: spec, labels, annotations, deletion, owner, foreign finalizers."""
    NEW = 3
    """An object that was not known, or another one (another uid) under the same key."""
    GONE = 4
    """The object was removed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored version.

    Attributes:
        uid: metadata.uid.
        version: metadata.resourceVersion as the server spelled it.
        essence: Sorted JSON without status and resourceVersion.
        status: JSON of the status; empty when there is none.
    """

    uid: str
    version: str
    essence: bytes
    status: bytes

    def decode(self) -> Body:
        """Return the object as a fresh dict."""
        body: Body = json.loads(self.essence)
        if self.version:
            body["metadata"]["resourceVersion"] = self.version
        if self.status:
            body["status"] = json.loads(self.status)
        return body


def stripped(body: Body) -> Body:
    """Return the object without managedFields and last-applied; shares everything else with `body`."""
    metadata = {name: value for name, value in body["metadata"].items() if name != "managedFields"}
    annotations = metadata.get("annotations")
    if annotations and LAST_APPLIED in annotations:
        metadata["annotations"] = {name: value for name, value in annotations.items() if name != LAST_APPLIED}
        if not metadata["annotations"]:
            del metadata["annotations"]
    return {**body, "metadata": metadata}


def encode(body: Body) -> Entry:
    """Return the stored form of a stripped object."""
    metadata, status = body["metadata"], body.get("status")
    return Entry(
        uid=metadata.get("uid", ""),
        version=metadata.get("resourceVersion", ""),
        essence=_essence(body, metadata),
        status=b"" if status is None else _bytes(status),
    )


def compare(old: Entry | None, new: Entry, body: Body) -> Change:
    """Return what `new` (the stored form of the stripped `body`) changes; never NONE or GONE."""
    if old is None or old.uid != new.uid:
        return Change.NEW
    if old.essence == new.essence:
        return Change.ECHO
    # Our own finalizer comes back through the watch, often before the answer to the write does; without this every
    # first write would cost a second pass. Its removal counts: somebody else did that.
    metadata = body["metadata"]
    finalizers = metadata.get("finalizers", [])
    if FINALIZER not in finalizers:
        return Change.EDIT
    without = {**metadata, "finalizers": [name for name in finalizers if name != FINALIZER]}
    if not without["finalizers"]:
        del without["finalizers"]
    return Change.ECHO if old.essence == _essence(body, without) else Change.EDIT


def is_newer(version: str, known: str) -> bool:
    """Return whether a resourceVersion is newer than a known one; one that is no integer always counts as newer.

    Source: Kubernetes documentation, API concepts, "Resource versions": comparable as integers since 1.35.
    """
    if version == known:
        return not version
    if version.isdecimal() and known.isdecimal():
        return int(version) > int(known)
    return True


def _essence(body: Body, metadata: Body) -> bytes:
    kept = {name: value for name, value in body.items() if name != "status"}
    kept["metadata"] = {name: value for name, value in metadata.items() if name != "resourceVersion"}
    return _bytes(kept)


def _bytes(value: object) -> bytes:
    # Sorted: the watch (kopf) and answers to our writes come from different decoders, and bytes are compared.
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
