"""botocore sessions: the only place that makes them. They share one loader, one notion of time, one set of limits.

Sessions are not safe for threads, so whoever uses one to make a client holds the lock of `clients.py`. Endpoints, the
CA bundle and proxies come from the process's environment alone (`AWS_ENDPOINT_URL_<SERVICE>`, `AWS_CA_BUNDLE`, …),
never from an object; botocore reads them by itself.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import botocore
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.session import Session

from mwaa_operator import __version__
from mwaa_operator.aws.answers import GuardedParsers, utc_timestamp
from mwaa_operator.aws.models import TrimmedLoader

READ_CONNECT_SECONDS = 5
READ_SECONDS = 10
READ_ATTEMPTS = 3
MUTATION_SECONDS = 12.0
"""How long a mutating call may take: a third for its one connection attempt, the rest for its one wait."""


class Sessions:
    """Makes sessions and knows what calls of the declared operations look like.

    Args:
        operations: For each service the operations that may be called.
        pool_size: Connections kept open by each client; the number of threads that may use it at once.
        mutation_seconds: How long a mutating call may take.
    """

    def __init__(
        self, operations: Mapping[str, frozenset[str]], *, pool_size: int, mutation_seconds: float = MUTATION_SECONDS
    ) -> None:
        self._loader = TrimmedLoader(operations)
        self._reading = _config(READ_CONNECT_SECONDS, READ_SECONDS, READ_ATTEMPTS, pool_size)
        self._mutating = _config(mutation_seconds / 3, mutation_seconds * 2 / 3, 1, pool_size)
        self._plain = self._session()

    def ambient(self, region: str) -> Any:
        """Return a session with the process's own credentials (environment, IRSA, Pod Identity, instance).

        Args:
            region: Where STS is asked for them if the environment names no Region.
        """
        session = self._session()
        # What providers of credentials call by themselves is bounded as well: the defaults are 60 s and five tries.
        session.set_default_client_config(self._reading)
        if session.get_config_variable("region") is None:
            session.set_config_variable("region", region)
        return session

    def with_credentials(self, credentials: Credentials) -> Any:
        """Return a session that acts with the given credentials."""
        session = self._session()
        session.register_component("credential_provider", _Given(credentials))
        return session

    def client(self, session: Any, service: str, region: str, *, mutating: bool = False) -> Any:
        """Return a new client; costs some 12 ms, so keep it."""
        config = self._mutating if mutating else self._reading
        client = session.create_client(service, region_name=region, config=config)
        if mutating and service == "s3":
            client.meta.events.register_last("before-parameter-build.s3", _stay_in_region)
        return client

    def members(self, service: str, operation: str) -> frozenset[str]:
        """Return the request members of an operation in the loaded model."""
        shape = self._plain.get_service_model(service).operation_model(operation).input_shape
        return frozenset(shape.members) if shape is not None else frozenset()

    def pagination(self, service: str, operation: str) -> dict[str, Any]:
        """Return how an operation is paged (botocore's paginators-1)."""
        config: dict[str, Any] = self._plain.get_paginator_model(service).get_paginator(operation)
        return config

    def sts_host(self, region: str) -> str:
        """Return the name of AWS's own STS endpoint in a Region, whatever the environment says; costs a client."""
        own = self._reading.merge(Config(ignore_configured_endpoint_urls=True, signature_version=UNSIGNED))
        client = self._plain.create_client("sts", region_name=region, config=own)
        try:
            return urlsplit(str(client.meta.endpoint_url)).netloc
        finally:
            client.close()

    def _session(self) -> Any:
        session = Session()
        session.register_component("data_loader", self._loader)
        parsers = GuardedParsers()
        parsers.set_parser_defaults(timestamp_parser=utc_timestamp)
        session.register_component("response_parser_factory", parsers)
        return session


def _stay_in_region(context: dict[str, Any], **_: Any) -> None:
    """Make botocore's redirector pass a call by: else S3's hint at another Region would become a second attempt."""
    context.setdefault("s3_redirect", {})["redirected"] = True


class _Given:
    """A credential provider of botocore that gives what it was made with."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Credentials:
        return self._credentials


def _config(connect: float, read: float, attempts: int, pool_size: int) -> Config:
    return Config(
        connect_timeout=connect,
        read_timeout=read,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=pool_size,
        # Given whole: botocore composes its own anew for every call, which costs an eighth of the call's CPU.
        user_agent=f"mwaa-operator/{__version__} Botocore/{botocore.__version__} Python/{platform.python_version()}",
        # A bucket may be named by a tenant; a directory bucket's name must not make botocore open sessions with S3.
        s3={"disable_s3_express_session_auth": True},
    )
