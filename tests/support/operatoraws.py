"""The operator's AWS layer over a simulated cloud: scopes with a fence, an observer and a clock that tests can see."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from localcloud.aws.cloud import SimulatedAws
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.budget import Pace
from mwaa_operator.aws.calls import ServiceCalls
from mwaa_operator.aws.clientcache import ClientCache
from mwaa_operator.aws.clients import AwsClients, AwsScope, Limits

ACCOUNT = "123456789012"
REGION = "eu-central-1"
AMBIENT = Access("default", ACCOUNT, None, None, "team-a", REGION, "cluster-uid")
PLENTY = Limits(rate=10_000.0, burst=10_000, serverless=Pace(10_000.0, 10_000))


@dataclass
class Operator:
    """The AWS layer as cli wires it, and what it told.

    Attributes:
        clients: The front door.
        fenced: Seconds that each mutation asked the fence for.
        calls: (service, operation, code) of each call that was observed.
        refuse: Raised by the fence while set.
        urgent: What the layer is told about the calling thread.
    """

    limits: Limits = PLENTY
    fenced: list[float] = field(default_factory=list)
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    waits: list[tuple[str, float]] = field(default_factory=list)
    refuse: Exception | None = None
    urgent: bool = False

    def __post_init__(self) -> None:
        self.clients = AwsClients(
            fence=self._fence,
            observe=lambda service, operation, code, seconds: self.calls.append((service, operation, code)),
            observe_wait=lambda service, seconds: self.waits.append((service, seconds)),
            urgent=lambda: self.urgent,
            limits=self.limits,
            monotonic=time.monotonic,
        )

    def forget(self) -> Operator:
        """Forget what was told, so that tests may share what is slow to make; the account stays verified."""
        self.scope().verify()
        for told in (self.fenced, self.calls, self.waits):
            told.clear()
        self.refuse, self.urgent = None, False
        return self

    def scope(self, access: Access = AMBIENT, **changes: Any) -> AwsScope:
        """Return the ports of an access, changed."""
        return self.clients.scope(replace(access, **changes))

    def of(self, service: str) -> list[tuple[str, str]]:
        """Return (operation, code) of the calls of one service, oldest first."""
        return [(operation, code) for name, operation, code in self.calls if name == service]

    def _fence(self, seconds: float) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.fenced.append(seconds)


def calls_of(scope: AwsScope) -> ServiceCalls:
    """Return what the MWAA port of a scope calls through."""
    calls = scope.mwaa._call
    assert isinstance(calls, ServiceCalls)
    return calls


def clients_of(scope: AwsScope) -> ClientCache:
    """Return where a scope's clients are kept."""
    clients = calls_of(scope).road.clients
    assert isinstance(clients, ClientCache)
    return clients


@contextmanager
def aws_environment(env: dict[str, str]) -> Iterator[None]:
    """Set the process's environment variables for AWS to exactly `env` while entered."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (
            "AWS_PROFILE",
            "AWS_CA_BUNDLE",
            "AWS_SESSION_TOKEN",
            "AWS_ROLE_ARN",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
        ):
            patch.delenv(name, raising=False)
        for name, value in {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nonexistent", **env}.items():
            patch.setenv(name, value)
        yield


@contextmanager
def simulated(**settings: Any) -> Iterator[SimulatedAws]:
    """Serve the simulated AWS, with the environment of this process leading there."""
    with SimulatedAws(**settings) as cloud, aws_environment(cloud.env):
        yield cloud
