"""Keeps the queue tokens of a gateway's routes, no oftener than it has to be: each look reads a Secret for each token.

It is looked again when the file that serves, a key or a route has changed, when a token is to be renewed, and after a
while in any case, because somebody may have deleted a Secret.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.looks.revisions import key_of_gateway
from mwaa_operator.gateway.plan.situation import Situation
from mwaa_operator.gateway.plan.timings import RolloutTimings
from mwaa_operator.gateway.plan.wish import target
from mwaa_operator.gateway.revision import TOMBSTONE
from mwaa_operator.gateway.tokens.ring import Ring
from mwaa_operator.gateway.tokens.told import TokensOf
from mwaa_operator.route.api import SparkJobRoute


class Tokens(Protocol):
    """Makes and renews tokens."""

    def keep(
        self, gateway: SparkGateway, ring: Ring, routes: Iterable[SparkJobRoute], *, serving: frozenset[str]
    ) -> dict[str, TokensOf]:
        """Bring the Secrets of routes' tokens up to date and return what became of them, by route."""


@dataclass(frozen=True)
class _Kept:
    of: Hashable
    found: Mapping[str, TokensOf]
    until: float


class TokenWork:
    """Keeps tokens; safe for many threads.

    Args:
        tokens: Makes and renews them.
        timings: Durations, scaled.
        monotonic: The clock, seconds.
    """

    def __init__(self, tokens: Tokens, *, timings: RolloutTimings, monotonic: Callable[[], float]) -> None:
        self._tokens, self._timings, self._monotonic = tokens, timings, monotonic
        self._lock = threading.Lock()
        self._kept: dict[ObjectKey, _Kept] = {}

    def kept(self, s: Situation, ring: Ring) -> Mapping[str, TokensOf]:
        """Return what became of the tokens of all routes that serve, by key.

        Args:
            s: The situation.
            ring: The gateway's keys.
        """
        if s.active is None or not s.active.text:
            self.forget(key_of_gateway(s.resource))
            return {}
        served = {entry.route for entry in s.active.entries if entry.mode != TOMBSTONE} & target(s).routes
        routes = [item.route for item in s.observed.candidates if item.key in served and _has_tokens(item.route)]
        serving = frozenset(map(str, s.active.document.get("queueTokenSOPS", {}).get("secrets", ())))
        of = (s.active.name, ring.keys, tuple((route.metadata.uid, route.metadata.generation) for route in routes))
        key = key_of_gateway(s.resource)
        with self._lock:
            known = self._kept.get(key)
        if known is None or known.of != of or known.until <= self._monotonic():
            found = self._tokens.keep(s.resource, ring, routes, serving=serving)
            known = _Kept(of, found, self._monotonic() + self._patience(found))
            with self._lock:
                self._kept[key] = known
        return known.found

    def until(self, key: ObjectKey) -> float | None:
        """Return the seconds until a gateway's tokens have to be looked at again; None: it has none."""
        with self._lock:
            known = self._kept.get(key)
        return None if known is None or not known.found else max(known.until - self._monotonic(), 0.0)

    def forget(self, key: ObjectKey) -> None:
        """Drop what is remembered of a gateway that is gone."""
        with self._lock:
            self._kept.pop(key, None)

    def _patience(self, found: Mapping[str, TokensOf]) -> float:
        """Return how long what was found stands."""
        well = all(item.ready == "True" for item in found.values())
        longest = self._timings.answers if well else self._timings.draining
        return max(min([longest, *(item.renew_in for item in found.values())]), self._timings.poll)


def _has_tokens(route: SparkJobRoute) -> bool:
    return bool(route.spec.access.tokens or route.status.tokens)
