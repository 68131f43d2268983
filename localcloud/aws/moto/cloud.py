"""`MotoCloud`: the simulated services on one address, and the handles with which a test plays the rest of the world.

Clients find it through boto3's `AWS_ENDPOINT_URL_<SERVICE_ID>` variables and know nothing of it. One at a time in a
process, because moto keeps its state in the process.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config

from localcloud.aws.faults import FaultScript
from localcloud.aws.ledger import Ledger
from localcloud.aws.moto.backend import MotoBackend, empty_moto, fresh_moto
from localcloud.aws.moto.denials import Denials
from localcloud.aws.moto.eks import put_cluster
from localcloud.aws.moto.principals import DEFAULT_ACCOUNT, AccessKey, Principals, Session
from localcloud.aws.moto.proxy import Proxy
from localcloud.aws.moto.quotas import Quotas
from localcloud.aws.moto.serving import Server, Tls
from localcloud.aws.moto.subnets import share_subnet

SERVICE_IDS = ("S3", "IAM", "STS", "EC2", "KMS", "CLOUDWATCH_LOGS", "SECRETS_MANAGER", "EKS", "SERVICE_QUOTAS")
"""The service ids of botocore's models as environment variables spell them."""

DEFAULT_REGION = "eu-central-1"


class MotoCloud:
    """A context manager that serves S3, IAM, STS, EC2, KMS, Logs, Secrets Manager, EKS and Service Quotas on loopback.

    Attributes:
        url: Where, for example `http://127.0.0.1:41234`.
        faults: Which calls go wrong.
        ledger: What was called.
        quotas: MWAA's service quotas by account.
        denials: Which actions are denied; `deny` and `allow` write it.
    """

    def __init__(
        self,
        *,
        faults: FaultScript | None = None,
        ledger: Ledger | None = None,
        certificate: Path | None = None,
        key: Path | None = None,
        port: int = 0,
    ) -> None:
        """Prepare the cloud.

        Args:
            faults: A script to share with other simulated services; a new one by default.
            ledger: Likewise.
            certificate: PEM file of the server's certificate; with `key` it turns TLS on.
            key: PEM file of its private key.
            port: 0 for any free one.
        """
        self.faults = faults if faults is not None else FaultScript()
        self.ledger = ledger if ledger is not None else Ledger()
        self.quotas = Quotas()
        self.denials = Denials()
        self._principals = Principals()
        self._tls = Tls(str(certificate), str(key)) if certificate and key else None
        self._port = port
        self._clients: dict[tuple[str, str, AccessKey, str | bool | None], Any] = {}
        self._stack = ExitStack()
        self.url = ""

    def __enter__(self) -> MotoCloud:
        """Start with empty accounts."""
        with ExitStack() as stack:
            stack.enter_context(fresh_moto())
            backend = MotoBackend(self._principals, self.quotas)
            proxy = Proxy(backend, self._principals, self.denials, self.faults, self.ledger)
            self.url = stack.enter_context(Server(proxy, tls=self._tls, port=self._port)).url
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of held calls, stop, and forget everything."""
        self.faults.clear()
        self._clients.clear()
        self._stack.close()

    def reset(self) -> None:
        """Empty all accounts; faults, ledger, denials, quotas and sessions stay."""
        empty_moto()

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that lead boto3 here."""
        return {f"AWS_ENDPOINT_URL_{service_id}": self.url for service_id in SERVICE_IDS}

    def add_user(self, account: str, name: str) -> AccessKey:
        """Return the access key of an IAM user of an account; the same name always gets the same key."""
        return self._principals.add_user(account, name)

    def account_of(self, access_key_id: str) -> tuple[str, str]:
        """Return the account (twelve digits) and the ARN of whoever uses this access key."""
        principal = self._principals.of(access_key_id)
        return principal.account, principal.arn

    def session_of(self, access_key_id: str) -> Session | None:
        """Return what was said when the role behind this access key was assumed; None for a user's key."""
        return self._principals.of(access_key_id).session

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Every role session so far, oldest first."""
        return self._principals.sessions()

    def secret_of(self, access_key_id: str) -> str:
        """Return the secret that goes with an access key."""
        return self._principals.secret_of(access_key_id)

    def eks_cluster(
        self,
        name: str,
        endpoint: str,
        ca: str,
        *,
        status: str = "ACTIVE",
        account: str = DEFAULT_ACCOUNT,
        region: str = DEFAULT_REGION,
    ) -> None:
        """Say that a cluster of EKS is a real API server; said again, what is told of it changes.

        Args:
            name: In AWS.
            endpoint: The address of its API server.
            ca: Certificates that sign the server's own, PEM in base64.
            status: AWS's word.
            account: Twelve digits.
            region: Where it is.
        """
        put_cluster(name, endpoint, ca, status=status, account=account, region=region)

    def deny(self, principal: str, action: str) -> None:
        """Deny one action (`s3:GetBucketVersioning`) to a principal's ARN, an account, or `*`."""
        self.denials.deny(principal, action)

    def allow(self, principal: str, action: str) -> None:
        """Take a denial back."""
        self.denials.allow(principal, action)

    def is_denied(self, access_key_id: str, action: str) -> bool:
        """Whether an action is denied to whoever uses this access key; for services that are served elsewhere."""
        return self.denials.denies(self._principals.of(access_key_id), action)

    def share_subnet(
        self, subnet_id: str, owner: str, *, account: str = DEFAULT_ACCOUNT, region: str = DEFAULT_REGION
    ) -> None:
        """Make a subnet belong to another account, as if it had been shared through Resource Access Manager."""
        share_subnet(account=account, region=region, subnet_id=subnet_id, owner=owner)

    def client(
        self,
        service: str,
        *,
        region: str = DEFAULT_REGION,
        credentials: AccessKey | None = None,
        verify: str | bool | None = None,
    ) -> Any:
        """Return a boto3 client that talks to this cloud and is closed with it, for seeding and for tests.

        Args:
            service: boto3's name.
            region: The client's Region.
            credentials: Who calls; the default account's `admin` user by default.
            verify: The CA bundle's path for TLS.
        """
        who = credentials or self.add_user(DEFAULT_ACCOUNT, "admin")
        key = (service, region, who, verify)
        if key not in self._clients:
            self._clients[key] = self._new_client(service, region, who, verify)
        return self._clients[key]

    def _new_client(self, service: str, region: str, who: AccessKey, verify: str | bool | None) -> Any:
        client = boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=who.access_key_id,
            aws_secret_access_key=who.secret_access_key,
            aws_session_token=who.session_token or None,
            verify=verify,
            config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
        )
        self._stack.callback(client.close)
        return client
