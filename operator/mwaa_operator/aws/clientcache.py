"""Clients and identities: made in one place, one at a time, kept while they are used.

botocore's sessions are not safe for threads and its clients are, so sessions are touched only under one lock, and what
exists is found without it. It makes no calls and holds no policy about who may act as whom.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.budget import Budget
from mwaa_operator.aws.credentials import assumed_role, no_credentials
from mwaa_operator.aws.error_table import kind_of_code
from mwaa_operator.aws.identity import Identity
from mwaa_operator.aws.idle import IdleCache
from mwaa_operator.aws.sessions import Sessions
from mwaa_operator.aws.sts import StsPort


class ClientCache:
    """Clients by credentials, Region, service and whether they mutate; implements `calls.Clients`.

    Args:
        operations: For each service the operations that may be called.
        budget: Gives the budget of (account, Region, service), which is told of throttled answers.
        pool_size: Connections kept open by each client.
        mutation_seconds: How long a mutating call may take.
        most: How many clients are kept.
        idle_seconds: After how long without use one is forgotten.
        monotonic: The clock, seconds.
    """

    def __init__(
        self,
        *,
        operations: Mapping[str, frozenset[str]],
        budget: Callable[[str, str, str], Budget],
        pool_size: int,
        mutation_seconds: float,
        most: int,
        idle_seconds: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._budget = budget
        self._sessions = Sessions(operations, pool_size=pool_size, mutation_seconds=mutation_seconds)
        self._making = threading.RLock()
        self._ambient: Any = None
        self._identities: IdleCache[tuple[str, ...], Identity] = IdleCache(
            most=most, idle_seconds=idle_seconds, monotonic=monotonic, making=self._making
        )
        self._clients: IdleCache[tuple[Any, ...], Any] = IdleCache(
            most=most,
            idle_seconds=idle_seconds,
            monotonic=monotonic,
            making=self._making,
            close=lambda client: client.close(),
        )

    def identity(self, access: Access) -> Identity:
        """Return who acts for an access; raises AwsError where the process has no credentials."""
        return self._identities.get(access.identity, lambda: self._new_identity(access))

    def client(self, access: Access, service: str, *, mutating: bool) -> Any:
        """Return a botocore client: one attempt and short time-outs for mutations, three attempts for reads."""
        key = (access.identity, access.region, service, mutating)
        return self._clients.get(key, lambda: self._new_client(access, service, mutating))

    def members(self, service: str, operation: str) -> frozenset[str]:
        """Return the request members of an operation in the loaded model."""
        return self._sessions.members(service, operation)

    def pagination(self, service: str, operation: str) -> dict[str, Any]:
        """Return how an operation is paged."""
        return self._sessions.pagination(service, operation)

    def sts_host(self, region: str) -> str:
        """Return the name of AWS's own STS endpoint in a Region."""
        with self._making:
            return self._sessions.sts_host(region)

    def _new_client(self, access: Access, service: str, mutating: bool) -> Any:
        session = self.identity(access).session
        client = self._sessions.client(session, service, access.region, mutating=mutating)
        _listen(client, self._budget(access.account_id, access.region, service))
        return client

    def _new_identity(self, access: Access) -> Identity:
        ambient = self._ambient_session(access.region)
        if access.assume_role_arn is None:
            return Identity(ambient, ambient.get_credentials(), account_id=access.account_id, assumed=False)
        credentials = assumed_role(access, lambda: self._ambient_sts(access.region))
        session = self._sessions.with_credentials(credentials)
        return Identity(session, credentials, account_id=access.account_id, assumed=True)

    def _ambient_session(self, region: str) -> Any:
        with self._making:
            if self._ambient is None:
                self._ambient = self._sessions.ambient(region)
            if self._ambient.get_credentials() is None:
                raise no_credentials()
            return self._ambient

    def _ambient_sts(self, region: str) -> Any:
        def make() -> Any:
            return self._sessions.client(self._ambient_session(region), StsPort.SERVICE, region)

        return self._clients.get(("ambient", region), make)


def _listen(client: Any, budget: Budget) -> None:
    """Tell the budget of every attempt that the client makes on its own, and of every throttled answer."""

    def received(parsed_response: dict[str, Any] | None, context: dict[str, Any], **_: Any) -> None:
        if context.get("retries", {}).get("attempt", 1) > 1:
            budget.charge()
        answer = parsed_response or {}
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if "Error" in answer and kind_of_code(str(answer["Error"].get("Code")), status) is FailureKind.THROTTLED:
            budget.throttled()

    client.meta.events.register(f"response-received.{client.meta.service_model.service_id.hyphenize()}", received)
