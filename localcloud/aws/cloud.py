"""`SimulatedAws`: the whole simulated cloud in one context manager, and the environment variables that lead there.

It joins MWAA and MWAA Serverless (this package) with the services that moto serves; all share one fault script and one
ledger. Clients are unmodified: boto3 finds the endpoints through `env`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from localcloud.aws.control import Control
from localcloud.aws.faults import FaultScript
from localcloud.aws.ledger import Ledger
from localcloud.aws.listening import Tls
from localcloud.aws.mwaa.airflow import Airflow, small_airflow
from localcloud.aws.mwaa.control import MwaaControl, verbs
from localcloud.aws.mwaa.dependencies import Dependencies
from localcloud.aws.mwaa.laws import Durations, Laws
from localcloud.aws.mwaa.service import MwaaService
from localcloud.aws.server import DEFAULT_ACCOUNT, AwsServer, Conduct
from localcloud.aws.serverless.control import ServerlessControl
from localcloud.aws.serverless.control import verbs as serverless_verbs
from localcloud.aws.serverless.dependencies import Dependencies as ServerlessDependencies
from localcloud.aws.serverless.laws import Calendar
from localcloud.aws.serverless.laws import Laws as ServerlessLaws
from localcloud.aws.serverless.service import ServerlessService

if TYPE_CHECKING:
    from localcloud.aws.moto.cloud import MotoCloud

DEFAULT_REGION = "eu-central-1"


class SimulatedAws:
    """A simulated AWS on loopback, while it is entered.

    Attributes:
        faults: Which calls go wrong.
        ledger: What was called.
        mwaa: Look inside MWAA and poke it (default account and Region; `.of` leads to others).
        serverless: Likewise for MWAA Serverless.
        server: The HTTP server of both.
        moto: The other services; None without moto.
    """

    def __init__(
        self,
        *,
        moto: bool = True,
        time_factor: float = 1.0,
        laws: Laws | None = None,
        dependencies: Dependencies | None = None,
        serverless_laws: ServerlessLaws | None = None,
        serverless_dependencies: ServerlessDependencies | None = None,
        airflow: Airflow = small_airflow,
        tls: Tls | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare the cloud.

        Args:
            moto: Whether S3, IAM, STS, EC2 and the others are served as well.
            time_factor: By how much the durations of `laws` are divided.
            laws: Settings of MWAA.
            dependencies: How MWAA sees the customer's account; by default what moto holds, all fine without moto.
            serverless_laws: Settings of MWAA Serverless; its schedules run as fast as its durations.
            serverless_dependencies: As `dependencies`, for MWAA Serverless.
            airflow: Answers InvokeRestApi.
            tls: Certificate and key for HTTPS.
            port: Of MWAA and MWAA Serverless; 0 for any free one.
            clock: Their wall clock, epoch seconds.
        """
        laws = laws or Laws(durations=Durations())
        laws = replace(laws, durations=laws.durations.scaled(time_factor))
        self.faults, self.ledger = FaultScript(), Ledger()
        self.moto = _moto(self.faults, self.ledger, tls) if moto else None
        seen = dependencies or (_moto_dependencies() if moto else None)
        self.service = MwaaService(laws=laws, dependencies=seen, airflow=airflow, clock=clock)
        self.mwaa = MwaaControl(self.service, DEFAULT_ACCOUNT, DEFAULT_REGION)
        serving = serverless_dependencies or (_moto_serverless(self.moto) if self.moto else None)
        quick = _accelerated(serverless_laws or ServerlessLaws(), time_factor, clock())
        sibling = ServerlessService(laws=quick, dependencies=serving, clock=clock)
        self.serverless = ServerlessControl(sibling, DEFAULT_ACCOUNT, DEFAULT_REGION)
        self.server = self._server(tls, port)
        self._stack = ExitStack()

    def __enter__(self) -> SimulatedAws:
        """Start everything."""
        with ExitStack() as stack:
            if self.moto is not None:
                stack.enter_context(self.moto)
            stack.enter_context(self.server)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything. Raises AssertionError when the simulator answered what the service model does not allow."""
        self._stack.close()
        if error is None and self.server.defects:
            raise AssertionError(f"The simulated AWS gave wrong answers: {self.server.defects}")

    def _server(self, tls: Tls | None, port: int) -> AwsServer:
        told: dict[str, Any] = {}
        if self.moto is not None:
            told = {"account_of": self.moto.account_of, "is_denied": self.moto.is_denied}
        conduct = Conduct()
        pokes = {
            "mwaa": verbs(self.mwaa),
            "serverless": serverless_verbs(self.serverless),
            "server": {"conduct": conduct.set},
        }
        return AwsServer(
            [self.service, self.serverless.service],
            faults=self.faults,
            ledger=self.ledger,
            control=Control(self.faults, self.ledger, pokes),
            conduct=conduct,
            tls=tls,
            port=port,
            **told,
        )

    @property
    def url(self) -> str:
        """The address of MWAA and MWAA Serverless, and the remote control's."""
        return self.server.url

    @property
    def conduct(self) -> Conduct:
        """Latency and throttling of MWAA and MWAA Serverless."""
        return self.server.conduct

    @property
    def env(self) -> dict[str, str]:
        """Environment variables for a process that is to use this cloud."""
        return {
            **(self.moto.env if self.moto else {}),
            "AWS_ENDPOINT_URL_MWAA": self.url,
            "AWS_ENDPOINT_URL_MWAA_SERVERLESS": self.url,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_ACCESS_KEY_ID": "localcloud",
            "AWS_SECRET_ACCESS_KEY": "localcloud",
            "AWS_REGION": DEFAULT_REGION,
            "AWS_DEFAULT_REGION": DEFAULT_REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(
        self,
        service: str = "mwaa",
        *,
        region: str = DEFAULT_REGION,
        access_key_id: str = "localcloud",
        verify: str | bool | None = None,
    ) -> Any:
        """Return a boto3 client for MWAA or MWAA Serverless that tries once; for other settings make one from `env`."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=access_key_id,
            aws_secret_access_key="localcloud",
            verify=verify,
            config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}, max_pool_connections=50),
        )


def _moto(faults: FaultScript, ledger: Ledger, tls: Tls | None) -> MotoCloud:
    # moto takes a second to import, and many tests do without.
    from localcloud.aws.moto.cloud import MotoCloud

    return MotoCloud(
        faults=faults, ledger=ledger, certificate=tls.certificate if tls else None, key=tls.key if tls else None
    )


def _accelerated(laws: ServerlessLaws, factor: float, now: float) -> ServerlessLaws:
    calendar = Calendar(now, now, laws.calendar.speed * factor)
    return replace(laws, durations=laws.durations.scaled(factor), calendar=calendar)


def _moto_serverless(moto: MotoCloud) -> ServerlessDependencies:
    from localcloud.aws.serverless.account import moto_dependencies

    return moto_dependencies(moto.is_denied)


def _moto_dependencies() -> Dependencies:
    from localcloud.aws.mwaa.account import moto_dependencies

    return moto_dependencies()
