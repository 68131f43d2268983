"""One call to AWS from beginning to end: budget, credentials, account, fence, client, clock, failure. The only way out.

Everything that a call must not be without happens here in one order, so that no port can forget it. It must not retry
mutations and must not know what an answer means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any, Protocol

from botocore import xform_name
from botocore.exceptions import PaginationError
from botocore.paginate import Paginator
from pydantic import SecretStr

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.budget import Budget, BudgetExhaustedError
from mwaa_operator.aws.errors import BOTO_ERRORS, AwsError, failure_of
from mwaa_operator.aws.identity import Identity
from mwaa_operator.aws.sts import CallerIdentity, StsPort

Observer = Callable[[str, str, str, float], None]
"""Told after each call: service, operation, `OK` or AWS's error code, seconds."""
WaitObserver = Callable[[str, float], None]
"""Told after each wait for a budget: service, seconds."""

OK = "OK"


class Clients(Protocol):
    """Where clients and identities come from."""

    def identity(self, access: Access) -> Identity:
        """Return who acts."""

    def client(self, access: Access, service: str, *, mutating: bool) -> Any:
        """Return a botocore client."""

    def members(self, service: str, operation: str) -> frozenset[str]:
        """Return the request members that the loaded model knows."""

    def pagination(self, service: str, operation: str) -> dict[str, Any]:
        """Return how an operation is paged."""

    def sts_host(self, region: str) -> str:
        """Return the name of AWS's own STS endpoint in a Region."""


@dataclass(frozen=True)
class Road:
    """What all calls share.

    Attributes:
        clients: Clients and identities.
        budget: Gives the budget of (account, Region, service).
        gate: Gives the semaphore of an account.
        fence: Raises unless mutations may be made for that many seconds.
        mutation_seconds: How long a mutating call can take.
        monotonic: The clock, seconds.
        max_wait: Longest wait for a place at the gate, seconds.
        observe: See Observer.
        observe_wait: See WaitObserver.
    """

    clients: Clients
    budget: Callable[[str, str, str], Budget]
    gate: Callable[[str], BoundedSemaphore]
    fence: Callable[[float], None]
    mutation_seconds: float
    monotonic: Callable[[], float]
    max_wait: float
    observe: Observer
    observe_wait: WaitObserver


@dataclass(frozen=True)
class ServiceCalls:
    """Calls of one service as one tenant; implements `port.Call`.

    Attributes:
        road: What all calls share.
        access: As whom.
        service: boto3's name of the service.
        urgent: Whether somebody waits for the outcome.
    """

    road: Road
    access: Access
    service: str
    urgent: bool = False

    @property
    def account_id(self) -> str:
        """The account that the calls are made in."""
        return self.access.account_id

    @property
    def region(self) -> str:
        """The Region that the calls are made in."""
        return self.access.region

    @property
    def partition(self) -> str:
        """The partition of the account, from whom AWS takes us for; raises AwsError where that was never asked."""
        return self.verify().partition

    def read(self, operation: str, /, **members: Any) -> dict[str, Any]:
        """Call an operation that changes nothing; raises AwsError."""
        return self._send(operation, members, mutating=False)

    def mutate(self, operation: str, /, **members: Any) -> dict[str, Any]:
        """Call an operation that changes something, once; raises AwsError, or what the fence raises."""
        return self._send(operation, members, mutating=True)

    def pages(self, operation: str, /, **members: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages of a listing, each paced and counted as a call of its own; raises AwsError."""
        config = self.road.clients.pagination(self.service, operation)

        def page(**token: Any) -> dict[str, Any]:
            return self._send(operation, token, mutating=False)

        try:
            yield from Paginator(page, config, None).paginate(**members)
        except PaginationError as error:
            raise AwsError(failure_of(error, operation=self._name(operation))) from None

    def members(self, operation: str, /) -> frozenset[str]:
        """Return the request members that the loaded service model knows."""
        return self.road.clients.members(self.service, operation)

    def unexpected(self, operation: str, /, missing: str, *, mutating: bool = False) -> AwsError:
        """Return the error for an answer without a member that AWS promises."""
        text = f"the answer holds no {missing}; a proxy may have answered in AWS's place"
        name = self._name(operation)
        return AwsError(Failure(FailureKind.UNAVAILABLE, name, "UnexpectedAnswer", text, may_have_happened=mutating))

    def presigned_identity(self, *, headers: Mapping[str, str], seconds: int) -> SecretStr:
        """Return a URL by which whoever holds it, and sends these headers, is told by AWS STS that it is us.

        It leads to AWS's own endpoint whatever the environment says: it is not we who go there.

        Args:
            headers: Signed along; without them the URL is worth nothing.
            seconds: Until it ends.

        Raises:
            AwsError: There are no credentials, or they belong to another account.
        """
        identity = self.road.clients.identity(self.access)
        self._verify(identity)
        host = self.road.clients.sts_host(self.region)
        return identity.presigned(host, region=self.region, headers=headers, seconds=seconds)

    def verify(self, *, fresh: bool = False) -> CallerIdentity:
        """Return whom AWS takes us for, asked once for each set of credentials, or again; raises AwsError."""
        return self._verify(self.road.clients.identity(self.access), fresh=fresh)

    def _verify(self, identity: Identity, *, fresh: bool = False) -> CallerIdentity:
        sts = ServiceCalls(self.road, self.access, StsPort.SERVICE, self.urgent)
        return identity.verified(StsPort(sts).caller_identity, fresh=fresh)

    def _send(self, operation: str, members: dict[str, Any], *, mutating: bool) -> dict[str, Any]:
        identity = self.road.clients.identity(self.access)
        if self.service != StsPort.SERVICE:
            self._verify(identity)
        self._wait_for_turn(operation)
        client = self.road.clients.client(self.access, self.service, mutating=mutating)
        with self._place(operation):
            if mutating:
                # Nothing that takes time may come between the fence and the call: a renewal of credentials would.
                identity.refresh()
                self.road.fence(self.road.mutation_seconds)
            return self._timed(client, operation, members, mutating=mutating)

    def _timed(self, client: Any, operation: str, members: dict[str, Any], *, mutating: bool) -> dict[str, Any]:
        began = self.road.monotonic()
        code = "Unknown"
        try:
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**members)
            code = OK
        except AwsError as error:
            code = error.failure.code
            raise
        except BOTO_ERRORS as error:
            failure = failure_of(error, operation=self._name(operation), mutating=mutating)
            code = failure.code
            # Without its cause: botocore's own text may quote the request.
            raise AwsError(failure) from None
        finally:
            self.road.observe(self.service, operation, code, self.road.monotonic() - began)
        answer.pop("ResponseMetadata", None)
        return answer

    def _wait_for_turn(self, operation: str) -> None:
        budget = self.road.budget(self.account_id, self.region, self.service)
        try:
            waited = budget.acquire(urgent=self.urgent)
        except BudgetExhaustedError as error:
            self.road.observe_wait(self.service, error.seconds)
            raise AwsError(self._held_back(operation, "BudgetExhausted")) from None
        if waited:
            self.road.observe_wait(self.service, waited)

    @contextmanager
    def _place(self, operation: str) -> Iterator[None]:
        gate = self.road.gate(self.account_id)
        if not gate.acquire(timeout=self.road.max_wait):
            raise AwsError(self._held_back(operation, "TooManyCallsInFlight"))
        try:
            yield
        finally:
            gate.release()

    def _held_back(self, operation: str, code: str) -> Failure:
        text = (
            f"the operator makes no more calls in account {self.account_id} at this moment, so that AWS is not flooded"
        )
        return Failure(FailureKind.THROTTLED, self._name(operation), code, text)

    def _name(self, operation: str) -> str:
        return f"{self.service}:{operation}"
