"""The AWS layer's front door: `AwsClients.scope(access)` gives the ports of one tenant in one account and Region.

It wires what all calls share: budgets, gates, clients, fence and observers. Rooms see `AwsScope` and never a client, a
session or credentials.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from mwaa_operator.aws.access import Access
from mwaa_operator.aws.budget import Budgets, Pace
from mwaa_operator.aws.calls import Observer, Road, ServiceCalls, WaitObserver
from mwaa_operator.aws.clientcache import ClientCache
from mwaa_operator.aws.ec2 import Ec2Port
from mwaa_operator.aws.eks import EksPort
from mwaa_operator.aws.iam import IamPort
from mwaa_operator.aws.kms import KmsPort
from mwaa_operator.aws.logs import LogsPort
from mwaa_operator.aws.mwaa import MwaaPort
from mwaa_operator.aws.port import Port
from mwaa_operator.aws.quotas import QuotasPort
from mwaa_operator.aws.s3 import S3Port
from mwaa_operator.aws.serverless import ServerlessPort
from mwaa_operator.aws.sessions import MUTATION_SECONDS
from mwaa_operator.aws.sts import CallerIdentity, StsPort

PORTS: tuple[type[Port], ...] = (
    MwaaPort,
    ServerlessPort,
    S3Port,
    IamPort,
    Ec2Port,
    KmsPort,
    EksPort,
    LogsPort,
    QuotasPort,
    StsPort,
)

SERVERLESS_PACE = Pace(rate=5.0, burst=20)
"""AWS publishes no rates of MWAA Serverless's API; its other control planes bear single digits, bursts aside."""


@dataclass(frozen=True)
class Limits:
    """How much of AWS, and of this process, the clients may take.

    Attributes:
        rate: Calls per second for each account, Region and service.
        burst: Calls that each of these may save up.
        serverless: What of that MWAA Serverless gets, whose rates AWS does not publish.
        concurrency: Calls in flight for each account.
        max_wait: Longest wait of a worker for its turn, seconds; then the call fails as throttled.
        mutation_seconds: How long a mutating call may take; the fence is asked for as much. Shorter than the lease.
        pool_size: Connections kept open by each client; as many as there are workers.
        clients: Clients kept, at most a quarter of a MiB each.
        idle_seconds: After how long without use a client is forgotten; longer than a settled object's interval.
    """

    rate: float = 20.0
    burst: int = 40
    serverless: Pace = SERVERLESS_PACE
    concurrency: int = 16
    max_wait: float = 10.0
    mutation_seconds: float = MUTATION_SECONDS
    pool_size: int = 16
    clients: int = 256
    idle_seconds: float = 1200.0


class AwsScope:
    """The ports of one tenant in one account and Region; light, made for each pass.

    Attributes:
        mwaa, serverless, s3, iam, ec2, kms, eks, logs, quotas: The ports.
    """

    def __init__(self, road: Road, access: Access, *, urgent: bool) -> None:
        def calls(port: type[Port]) -> ServiceCalls:
            return ServiceCalls(road, access, port.SERVICE, urgent)

        self.access = access
        self.mwaa = MwaaPort(calls(MwaaPort))
        self.serverless = ServerlessPort(calls(ServerlessPort))
        self.s3 = S3Port(calls(S3Port))
        self.iam = IamPort(calls(IamPort))
        self.ec2 = Ec2Port(calls(Ec2Port))
        self.kms = KmsPort(calls(KmsPort))
        self.eks = EksPort(calls(EksPort))
        self.logs = LogsPort(calls(LogsPort))
        self.quotas = QuotasPort(calls(QuotasPort))
        self._sts = calls(StsPort)

    def verify(self, *, fresh: bool = False) -> CallerIdentity:
        """Return whom AWS takes the scope's credentials for, after checking that it is the account of the access.

        Every call of a port does the same before it is made; it is asked once for each set of credentials.

        Args:
            fresh: Ask again although the credentials are the same.

        Raises:
            AwsError: With code AccountMismatch for another account; kind Credentials where there are none.
        """
        return self._sts.verify(fresh=fresh)


class AwsClients:
    """Makes scopes; one for the process.

    Args:
        fence: Raises unless the lease outlives a mutation of so many seconds.
        observe: Told of every call (see calls.Observer).
        observe_wait: Told of every wait for a budget (see calls.WaitObserver).
        urgent: Whether somebody waits for what the calling thread does; asked for each scope.
        limits: See Limits.
        monotonic: The clock, seconds.
    """

    def __init__(
        self,
        *,
        fence: Callable[[float], None],
        observe: Observer = lambda service, operation, code, seconds: None,
        observe_wait: WaitObserver = lambda service, seconds: None,
        urgent: Callable[[], bool] = lambda: False,
        limits: Limits | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        limits = limits or Limits()
        self._urgent = urgent
        budgets = Budgets(
            rate=limits.rate,
            burst=limits.burst,
            max_wait=limits.max_wait,
            monotonic=monotonic,
            slower={ServerlessPort.SERVICE: limits.serverless},
        )
        self._road = Road(
            clients=ClientCache(
                operations={port.SERVICE: port.OPERATIONS for port in PORTS},
                budget=budgets.of,
                pool_size=limits.pool_size,
                mutation_seconds=limits.mutation_seconds,
                most=limits.clients,
                idle_seconds=limits.idle_seconds,
                monotonic=monotonic,
            ),
            budget=budgets.of,
            gate=_Gates(limits.concurrency).of,
            fence=fence,
            mutation_seconds=limits.mutation_seconds,
            monotonic=monotonic,
            max_wait=limits.max_wait,
            observe=observe,
            observe_wait=observe_wait,
        )

    def scope(self, access: Access) -> AwsScope:
        """Return the ports of one tenant, for one pass in the calling thread; makes no call and no client yet."""
        return AwsScope(self._road, access, urgent=self._urgent())


class _Gates:
    """How many calls may be in flight for each account, so that one slow account does not take every worker."""

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._lock = threading.Lock()
        self._gates: dict[str, threading.BoundedSemaphore] = {}

    def of(self, account_id: str) -> threading.BoundedSemaphore:
        with self._lock:
            return self._gates.setdefault(account_id, threading.BoundedSemaphore(self._concurrency))
