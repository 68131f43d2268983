"""What kopf calls: one handler for each kind, and the login.

The handlers hand over and return: they are coroutines, so that kopf runs them in order in its loop, and they do no I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import kopf

from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.meta import GROUP, VERSION
from mwaa_operator.kube.connection import Credentials

OnEvent = Callable[[str | None, dict[str, Any]], None]
"""Takes one event of a watch: its type (None for an object of a list) and the object."""

Login = Callable[[], Credentials]
"""Reads where the API server is and who we are, afresh."""


def watch_registry(kinds: Iterable[KindInfo], *, on_event: OnEvent, login: Login) -> kopf.OperatorRegistry:
    """Return a registry of our own: the default one would know kopf's login handlers and any stray decorator."""
    registry = kopf.OperatorRegistry()

    def sign_in(**_: Any) -> kopf.ConnectionInfo:
        return connection_info(login())

    async def hand_over(event: kopf.RawEvent, **_: Any) -> None:
        on_event(event["type"], dict(event["object"]))

    kopf.on.login(id="login", registry=registry, backoff=5)(sign_in)
    for info in kinds:
        kopf.on.event(GROUP, VERSION, info.plural, id=f"watch-{info.plural}", registry=registry)(hand_over)
    return registry


def connection_info(found: Credentials) -> kopf.ConnectionInfo:
    """Return credentials in kopf's form."""
    scheme, _, token = (found.authorization or "").partition(" ")
    return kopf.ConnectionInfo(
        server=found.server,
        ca_path=found.ca_file,
        insecure=not found.verify,
        scheme=scheme or None,
        token=token or None,
        certificate_path=found.certificate_file,
        private_key_path=found.key_file,
        proxy_url=found.proxy,
    )
