"""Keeps the queue tokens of routes in their Secrets, signed with keys that the gateway serves.

One fresh read for each token and nothing remembered: the Secret says all. No Secret that is not the route's is ever
written or deleted, and what goes wrong with one route stays with it. Reads of 200 routes take a second or two: callers
leave some time between two calls for a gateway at rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.tokens.judge import Wanted, held, is_due, next_token, wanted_of
from mwaa_operator.gateway.tokens.keysecret import KeySecrets, Objects, guarded
from mwaa_operator.gateway.tokens.outcomes import Outcome, foreign, pending, told, unseen, written
from mwaa_operator.gateway.tokens.ring import Ring, Signer
from mwaa_operator.gateway.tokens.secrets import Labelled, is_ours, token_body
from mwaa_operator.gateway.tokens.told import TokensOf
from mwaa_operator.kube.errors import KubeError
from mwaa_operator.route.api import SparkJobRoute
from mwaa_operator.route.status import TokenStatus

Body = dict[str, Any]

NOT_SERVED = "the gateway does not serve a key for it yet"


class QueueTokens:
    """Keeps keys and tokens; safe for many threads.

    Args:
        objects: Reads and writes of Secrets.
        hide: Told of every key and token.
        entropy: Returns so many random bytes, fit for keys.
        now: UTC.
    """

    def __init__(
        self,
        objects: Objects,
        *,
        hide: Callable[[str], None],
        entropy: Callable[[int], bytes],
        now: Callable[[], datetime],
    ) -> None:
        self._objects, self._hide, self._now = objects, hide, now
        self._keys = KeySecrets(objects, hide=hide, entropy=entropy, now=now)

    def ring(self, gateway: SparkGateway) -> Ring:
        """See `KeySecrets.ring`: the gateway's keys as they shall stand in its file."""
        return self._keys.ring(gateway)

    def keep(
        self, gateway: SparkGateway, ring: Ring, routes: Iterable[SparkJobRoute], *, serving: frozenset[str]
    ) -> dict[str, TokensOf]:
        """Write the tokens that are missing, due or not right, and delete those that specs have no more.

        A suspended gateway's tokens are renewed too: what runs there stays.

        Args:
            gateway: The gateway.
            ring: Its keys, as `ring` returned them in this pass.
            routes: Those that the gateway has accepted, in the form that it serves, with uid and status. A token opens
                whatever queues its route names: for a route that was refused none may be made. Deleted ones are passed
                over.
            serving: The keys that the files of all serving pods have.

        Returns:
            Route key to what became of its tokens. What went wrong is told there.
        """
        desk = _Desk(self._objects, self._hide, ring=ring, serving=serving, now=self._now())
        wanted = {
            f"{route.metadata.namespace}/{route.metadata.name}": (route, wanted_of(route))
            for route in routes
            if not route.metadata.deleting
        }
        longest = max((item.lifetime for _, items in wanted.values() for item in items), default=timedelta())
        promise = _Promise(lambda version: self._keys.promise(gateway, version, desk.now + longest))
        return {
            key: told([desk.keep(item, promise) for item in items], left=desk.clear(route, items))
            for key, (route, items) in wanted.items()
        }


class _Promise:
    """Writes down once for a whole call that a key signs; if that fails, it has failed for all."""

    def __init__(self, write: Callable[[int], None]) -> None:
        self._write = write
        self._result: tuple[KubeError | None] | None = None

    def give(self, version: int) -> None:
        """Return when tokens may be signed. Raises KubeError if they may not."""
        if self._result is None:
            self._result = (self._tried(version),)
        if self._result[0] is not None:
            raise self._result[0]

    def _tried(self, version: int) -> KubeError | None:
        try:
            self._write(version)
        except KubeError as error:
            return error
        return None


class _Desk:
    """One call's work on single tokens.

    Attributes:
        now: The one moment of the call, UTC.
    """

    def __init__(
        self, objects: Objects, hide: Callable[[str], None], *, ring: Ring, serving: frozenset[str], now: datetime
    ) -> None:
        self.now = now
        self._objects, self._hide, self._ring, self._serving = objects, hide, ring, serving
        self._signer = ring.signer(serving)

    def keep(self, wanted: Wanted, promise: _Promise) -> Outcome:
        """Return what became of one token, after writing it if that is due."""
        try:
            body = self._read(wanted.route, wanted.token.secret_name)
        except KubeError as error:
            return unseen(wanted, str(error))
        if body is not None and not is_ours(body, wanted.route.metadata):
            return foreign(wanted)
        right = self._held(body, wanted)
        if self._signer is None or (right and not is_due(right, wanted, self._signer, now=self.now)):
            return self._told(wanted, right, NOT_SERVED if self._signer is None else "")
        try:
            promise.give(self._signer.version)
            return written(wanted, self._write(wanted, body, self._signer), now=self.now)
        except KubeError as error:
            return self._told(wanted, right, str(error))

    def clear(self, route: SparkJobRoute, wanted: Iterable[Wanted]) -> tuple[TokenStatus, ...]:
        """Delete the Secrets of tokens that spec does not have any more; return those that could not be deleted."""
        names, left = {item.token.secret_name for item in wanted}, []
        for status in route.status.tokens:
            if status.secret_name is None or status.secret_name in names:
                continue
            try:
                body = self._read(route, status.secret_name)
                if body is not None and is_ours(body, route.metadata):
                    self._objects.delete(body)
            except KubeError:
                left.append(status)
        return tuple(left)

    def _told(self, wanted: Wanted, right: Labelled | None, trouble: str) -> Outcome:
        opens = right is not None and self._ring.key(right.version) in self._serving and self.now < right.expires_at
        if right is None or not opens:
            return pending(wanted, trouble or NOT_SERVED)
        return written(wanted, right, now=self.now, trouble=trouble)

    def _held(self, body: Body | None, wanted: Wanted) -> Labelled | None:
        found = None if body is None else held(body, wanted, self._ring)
        if found is None:
            return None
        self._hide(found[0])
        return found[1]

    def _write(self, wanted: Wanted, read: Body | None, signer: Signer) -> Labelled:
        text, labelled = next_token(wanted, signer, now=self.now)
        self._hide(text)
        token = wanted.token
        body = token_body(wanted.route, name=token.name, secret=token.secret_name, token=text, labelled=labelled)
        if read is None:
            self._objects.create(body)
        else:
            self._objects.apply(guarded(body, read))
        return labelled

    def _read(self, route: SparkJobRoute, secret: str) -> Body | None:
        return self._objects.get("v1", "Secret", route.metadata.namespace, secret)
