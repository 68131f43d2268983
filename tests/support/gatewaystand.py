"""The gateway stand-in without a server: one process of BPG, clusters in memory, and what became of a submission."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.gateway.credentials import References
from localcloud.gateway.dice import Dice, seeded
from localcloud.gateway.http import HttpAnswer, HttpRequest
from localcloud.gateway.memorycluster import MemoryClusters
from localcloud.gateway.profile import Profile
from localcloud.gateway.service import Gateway, World
from localcloud.gateway.start import bind

NOW = 1_795_000_000.0
URL = "https://127.0.0.1:6443"


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = NOW

    def __call__(self) -> float:
        return self.seconds


@dataclass(frozen=True)
class Standing:
    """A process of BPG and the clusters that it may reach; time stands still unless `clock` is moved."""

    gateway: Gateway
    clusters: MemoryClusters
    clock: Hands

    def ask(self, method: str, path: str, body: Any = None, *, user: str | None = "x", **headers: str) -> HttpAnswer:
        """Send a request below the context path; the path may have a query."""
        place, _, query = path.partition("?")
        pairs = dict(pair.split("=", 1) for pair in query.split("&") if pair)
        names = {} if user is None else {"user-account": user}
        data = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
        prefix = self.gateway.config.context_path
        return self.gateway.answer(HttpRequest(method, prefix + place, pairs, {**names, **headers}, data))

    def told(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        """Return status and JSON body."""
        answer = self.ask(method, path, body, **more)
        return answer.status, json.loads(answer.body)

    def submit(self, *, user: str | None = "x", **members: Any) -> tuple[int, Any]:
        """Submit a job of version 3.5 unless it is told otherwise; None leaves a member out."""
        body = {"sparkVersion": "3.5"} | members
        return self.told("POST", "/spark", {key: value for key, value in body.items() if value is not None}, user=user)


def standing(
    document: Mapping[str, Any],
    profile: Profile = Profile.PRE_DW5,
    *,
    dice: Dice | None = None,
    environ: Mapping[str, str] | None = None,
) -> Standing:
    """Start a process from a file; each master URL in it is a cluster that takes every token."""
    clock = Hands()
    clusters = MemoryClusters(clock)
    for entry in document.get("sparkClusters") or ():
        if entry and entry.get("masterUrl"):
            clusters.add(entry["masterUrl"])
    world = World(clusters.connect, References(environ or {}), dice or seeded(7), now=clock, clock=clock)
    return Standing(Gateway(bind(document, profile), world), clusters, clock)


def landed(stand: Standing) -> list[tuple[str, str]]:
    """Return URL of the API server and queue of every job."""
    return [
        (url, app["metadata"]["labels"]["queue"].removeprefix("root."))
        for url, cluster in stand.clusters.by_url.items()
        for app in cluster.all_apps()
    ]
