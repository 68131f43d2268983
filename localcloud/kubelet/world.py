"""What every pod and Service of one node shares. It only holds things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localcloud.kube.rest import Rest
from localcloud.kubelet.addresses import Addresses
from localcloud.kubelet.api import Api
from localcloud.kubelet.images import Image
from localcloud.process import Household

NODE = "localcloud"

Body = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """The node's surroundings.

    Attributes:
        api: for the event loop.
        rest: the same server, for threads.
        server: URL of the API server that pods are told.
        authority: PEM file that its certificate is trusted by.
        images: what runs for which image; may grow while pods wait for it.
        household: starts the processes and holds the files.
        addresses: of pods and Services.
        time_factor: see Kubelet.
    """

    api: Api
    rest: Rest
    server: str
    authority: Path
    images: Mapping[str, Image]
    household: Household
    addresses: Addresses
    time_factor: float


def now() -> str:
    """Return the time as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def path_of(body: Body, plural: str) -> str:
    """Return the path of an object of the core group."""
    own = body["metadata"]
    return f"/api/v1/namespaces/{own['namespace']}/{plural}/{own['name']}"
