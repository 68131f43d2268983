"""A desk of queue tokens for tests: Secrets in memory, a clock that is set by hand, keys that can be told apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.tokens.keeper import QueueTokens
from mwaa_operator.gateway.tokens.ring import Ring
from mwaa_operator.gateway.tokens.told import TokensOf
from mwaa_operator.route.api import SparkJobRoute
from tests.support.manifests import spark_gateway, spark_job_route
from tests.support.secretstore import SecretStore

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KEYS = ("gateways", "general.queue-keys")
"""Where the keys of the gateway are."""


def gateway(**members: Any) -> SparkGateway:
    """Return a gateway with a uid; `status` and `metadata` are its own, other members are of spec."""
    return SparkGateway.from_body(_stored(spark_gateway, ("general", "gateways"), members))


def route(name: str = "digital", /, *tokens: dict[str, Any], **members: Any) -> SparkJobRoute:
    """Return a route of the namespace `data` with a uid, whose queue has the route's name.

    Args:
        name: Of the route and its queue.
        tokens: Of spec; without any, one named `mwaa`.
        members: Of spec; `status` and `metadata` are the route's own.
    """
    asked = list(tokens) or [token(secretName=f"{name}-token")]
    usual = {"queue": {"name": name}, "access": {"secure": True, "tokens": asked}}
    return SparkJobRoute.from_body(_stored(spark_job_route, (name, "data"), {**usual, **members}))


def open_route(name: str = "open") -> SparkJobRoute:
    """Return a route whose queue asks for no token."""
    return route(name, access={"secure": False})


def token(name: str = "mwaa", **members: Any) -> dict[str, Any]:
    """Return one token of spec."""
    return {"name": name, "secretName": f"{name}-token", **members}


class Desk:
    """The keeper of tokens and everything around it.

    Attributes:
        secrets: The Secrets.
        now: The time.
        hidden: What was told to be hidden.
    """

    def __init__(self, secrets: SecretStore | None = None) -> None:
        self.secrets = secrets or SecretStore()
        self.now = START
        self.hidden: list[str] = []
        self._drawn = 0
        self.tokens = QueueTokens(self.secrets, hide=self.hidden.append, entropy=self._entropy, now=lambda: self.now)

    def ring(self, resource: SparkGateway | None = None) -> Ring:
        """Return the keys of a gateway."""
        return self.tokens.ring(resource or gateway())

    def keep(self, *routes: SparkJobRoute, serving: Ring | None = None, **members: Any) -> dict[str, TokensOf]:
        """Keep the tokens of routes; without other words, the file that serves has the present keys."""
        resource = gateway(**members)
        ring = self.ring(resource)
        keys = frozenset((serving or ring).keys)
        return self.tokens.keep(resource, ring, routes, serving=keys)

    def pass_(self, time: timedelta) -> None:
        """Let time pass."""
        self.now += time

    def text(self, name: str = "digital-token") -> str:
        """Return a token as its Secret has it."""
        return self.secrets.text("data", name, "token")

    def _entropy(self, count: int) -> bytes:
        self._drawn += 1
        return self._drawn.to_bytes(count, "big")


def claims(text: str, *keys: str) -> dict[str, Any]:
    """Return what a token says, once one of some keys has verified it; its end is not looked at."""
    for key in keys:
        try:
            found: dict[str, Any] = jwt.decode(text, key, algorithms=["HS256"], options={"verify_exp": False})
        except jwt.InvalidSignatureError:
            continue
        return found
    raise AssertionError("no key fits")


def _stored(manifest: Callable[..., dict[str, Any]], place: tuple[str, str], members: dict[str, Any]) -> dict[str, Any]:
    name, namespace = place
    body = manifest(name, namespace, **{key: value for key, value in members.items() if key not in _OWN})
    body["metadata"] |= {"uid": f"uid-of-{name}", **members.get("metadata", {})}
    return body | ({"status": members["status"]} if "status" in members else {})


_OWN = ("status", "metadata")
