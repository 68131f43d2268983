"""One frozen `Settings`, from the environment and an optional YAML file, checked before anything starts.

A wrong value must end the start with the variable's name, not surface an hour later as a lost lease. It reads and
checks; what the values mean is the business of those who take them.
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)
from yaml import YAMLError

from mwaa_operator.api.timing import Timings

PREFIX = "MWAA_OPERATOR_"
CONFIG = f"{PREFIX}CONFIG"

AWS_MUTATION_SECONDS = 12.0
"""Longest that one mutating call to AWS may take in all; a shorter lease shortens it further."""

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

_DnsLabel = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
_Count = Annotated[int, Field(ge=1, le=1000)]
_Seconds = Annotated[float, Field(gt=0, le=3600)]


class InvalidSettingsError(Exception):
    """A setting is missing or wrong; the message names each variable and what is wrong with it."""


class Settings(BaseSettings):
    """What an operator process is told. Each field is the variable `MWAA_OPERATOR_<FIELD>` or a key of the file.

    Unknown variables of that prefix are not errors: for a Service named `mwaa-operator` the kubelet sets
    `MWAA_OPERATOR_SERVICE_HOST`, `MWAA_OPERATOR_PORT` and more in every pod of the namespace. No field may ever get
    such a name.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False
    )

    namespace: _DnsLabel
    """Namespace that the operator runs in: of the Lease and of the hash key."""
    pod_name: Annotated[str, Field(min_length=1, max_length=128)] = Field(default_factory=socket.gethostname)
    """Who this process is in the Lease and in Events; unique among the replicas."""
    gateways: bool = True
    """Whether SparkGateways and SparkJobRoutes are served at all."""
    gateway_namespaces: Annotated[tuple[_DnsLabel, ...], NoDecode] = Field(default_factory=tuple)
    """Namespaces whose SparkGateways are looked after: names with commas between them, or a JSON list. Unset or empty:
    `namespace` alone. None if `gateways` is false."""

    leader_election: bool = True
    """Whether to take the Lease before acting; false only where nobody else can be running."""
    lease_name: _DnsLabel = "mwaa-operator"
    """Name of the Lease."""
    lease_duration: _Seconds = 30.0
    """Seconds for which a Lease holds after its last renewal."""
    renew_deadline: _Seconds = 20.0
    """Seconds without a successful renewal after which the leader gives up."""
    retry_period: _Seconds = 4.0
    """Seconds between two tries to take or renew the Lease."""

    workers: _Count = 32
    """Passes of one kind that run at once."""
    account_concurrency: _Count = 32
    """Passes that talk to one AWS account at once."""
    aws_rate: Annotated[float, Field(gt=0, le=1000)] = 200.0
    """Calls each second to one service in one Region of one account."""
    aws_burst: _Count = 400
    """Calls that may be made at once after a silence."""
    aws_serverless_rate: Annotated[float, Field(gt=0, le=1000)] = 5.0
    """What of `aws_rate` MWAA Serverless gets, whose rates AWS does not publish."""
    aws_serverless_burst: _Count = 20
    """What of `aws_burst` MWAA Serverless gets."""
    kube_request_timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    """Seconds for one request to the API server."""
    drain_timeout: Annotated[float, Field(ge=0, le=600)] = 20.0
    """Seconds that passes under way get to finish after SIGTERM; the pod's grace period must be 10 s longer."""

    http_bind_address: Annotated[str, Field(pattern=r"^(\[[0-9A-Fa-f:.]+\]|[^:\s]*):\d{1,5}$")] = "0.0.0.0:8080"
    """Where /metrics, /livez and /readyz are served; port 0 takes any free one."""
    log_format: Literal["json", "console"] = "json"
    """json for machines, console for people."""
    log_level: LogLevel = "INFO"
    """What is logged at least."""
    time_factor: Annotated[float, Field(ge=1, le=100_000)] = 1.0
    """Divides every duration but the Lease's and the requests': for demos and tests."""

    @property
    def http_host(self) -> str:
        """The host of `http_bind_address`, without brackets."""
        return self.http_bind_address.rpartition(":")[0].strip("[]")

    @property
    def http_port(self) -> int:
        """The port of `http_bind_address`; 0 for any."""
        return int(self.http_bind_address.rpartition(":")[2])

    @property
    def aws_mutation_timeout(self) -> float:
        """Seconds for one mutating call to AWS."""
        return min(AWS_MUTATION_SECONDS, self._fenced_seconds)

    @property
    def kube_mutation_timeout(self) -> float:
        """Seconds for one mutating request to the API server."""
        return min(self.kube_request_timeout, self._fenced_seconds)

    @property
    def lease_request_timeout(self) -> float:
        """Seconds for one request about the Lease: a renewal begun just before the deadline ends before the Lease.

        It may take two requests, because it reads again after a conflict.
        """
        return min(self.kube_request_timeout, (self.lease_duration - self.renew_deadline) / 2)

    @property
    def _fenced_seconds(self) -> float:
        # A mutation starts only if the Lease outlives it. Just before a renewal a Lease has `lease_duration -
        # retry_period` left; half of that always passes and leaves room for a renewal that comes late.
        return (self.lease_duration - self.retry_period) / 2

    def timings(self) -> Timings:
        """Return every duration that decisions depend on, divided by the time factor."""
        return Timings().scaled(self.time_factor)

    @field_validator("gateway_namespaces", mode="before")
    @classmethod
    def _namespaces_of_a_text(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        if given.lstrip().startswith("["):
            return json.loads(given)
        return [name for part in given.split(",") if (name := part.strip())]

    @field_validator("gateway_namespaces", mode="after")
    @classmethod
    def _own_namespace_unless_others_are_named(cls, named: tuple[str, ...], already: ValidationInfo) -> tuple[str, ...]:
        if not already.data.get("gateways"):
            return ()
        own = already.data.get("namespace")  # missing where it is wrong itself, which is told then
        return tuple(dict.fromkeys(named)) or ((own,) if own else ())

    @model_validator(mode="after")
    def _lease_times_leave_room(self) -> Self:
        if not 1.2 * self.retry_period < self.renew_deadline < self.lease_duration:
            raise ValueError(
                f"{PREFIX}LEASE_DURATION ({self.lease_duration:g}) must be longer than "
                f"{PREFIX}RENEW_DEADLINE ({self.renew_deadline:g}), and that longer than "
                f"1.2 times {PREFIX}RETRY_PERIOD ({self.retry_period:g})"
            )
        return self

    @model_validator(mode="after")
    def _port_is_a_port(self) -> Self:
        if self.http_port > 65535:
            raise ValueError(f"{PREFIX}HTTP_BIND_ADDRESS: {self.http_port} is not a port")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, the strongest first: arguments, environment, the file that `CONFIG` names."""
        file = os.environ.get(CONFIG)
        from_file = (YamlConfigSettingsSource(settings_cls, yaml_file=Path(file)),) if file else ()
        return (init_settings, env_settings, *from_file)


def load_settings() -> Settings:
    """Return the settings of this process.

    Raises:
        InvalidSettingsError: The message has one line for each variable that is missing or wrong.
    """
    file = os.environ.get(CONFIG)
    if file and not Path(file).is_file():
        raise InvalidSettingsError(f"{CONFIG}: there is no file {file}")
    try:
        return Settings()
    except ValidationError as error:
        lines = [_line(dict(problem)) for problem in error.errors(include_url=False)]
        raise InvalidSettingsError("\n".join(lines)) from error
    except (YAMLError, TypeError, ValueError) as error:
        raise InvalidSettingsError(f"{CONFIG}: {file} is not a YAML mapping of settings: {error}") from error


def _line(problem: dict[str, Any]) -> str:
    name = "".join(str(part) for part in problem["loc"][:1]).upper()
    message = str(problem["msg"]).removeprefix("Value error, ")
    if len(problem["loc"]) > 1:  # one of a list: say which
        message = f"{problem['input']!r}: {message}"
    return f"{PREFIX}{name}: {message}" if name else message
