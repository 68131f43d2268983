"""BPG's configuration as verbs get it: from a file, or from the Secret of the revision that a SparkGateway serves.

A file is read as text. A cluster is read with the rights of whoever calls, through `kube`; nothing is written there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.cli.errors import USAGE, CliError

if TYPE_CHECKING:
    from mwaa_operator.gateway.api import SparkGateway
    from mwaa_operator.kube.client import KubeClient

ProfileName = Literal["aws-pin", "pre-dw5", "head"]


@Parameter(name="*")
@dataclass(frozen=True)
class Place:
    """Where the configuration is.

    Attributes:
        config: What BPG reads, YAML or JSON; `-` is standard input.
        gateway: A SparkGateway whose active revision is read from the cluster, instead of a file.
        namespace: Of the gateway; default without it.
        profile: The revision of BPG; without it the gateway's, and aws-pin for a file.
    """

    config: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None
    gateway: str | None = None
    namespace: Annotated[str | None, Parameter(name=["--namespace", "-n"])] = None
    profile: ProfileName | None = None


@dataclass(frozen=True)
class Given:
    """A configuration.

    Attributes:
        text: YAML or JSON.
        profile: The revision of BPG that reads it.
        revision: Its name, where a gateway serves it.
    """

    text: str = field(repr=False)
    profile: str
    revision: str | None = None


def given(place: Place) -> Given:
    """Return the configuration that a person named.

    Raises:
        CliError: None or two are named, or it cannot be read.
    """
    if (place.config is None) == (place.gateway is None):
        said = "nothing says" if place.config is None else "two options say"
        raise CliError(f"{said} where the configuration is", next_step="give --config or --gateway", code=USAGE)
    if place.gateway is not None:
        return _served(place.gateway, place.namespace or "default", place.profile)
    if place.namespace is not None:
        raise CliError("--namespace is that of a gateway", next_step="give --gateway, or leave it out", code=USAGE)
    return Given(read_text(place.config or Path("-")), place.profile or "aws-pin")


def read_text(file: Path) -> str:
    """Return what stands in a file.

    Args:
        file: `-` is standard input.

    Raises:
        CliError: It cannot be read, or is no UTF-8.
    """
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise CliError(f"{file}: {error.strerror}", next_step="name a file that you can read", code=USAGE) from error
    except UnicodeDecodeError as error:
        raise CliError(f"{file}: this is no UTF-8", next_step="name the configuration file", code=USAGE) from error


def parsed(text: str, *, name: str) -> Any:
    """Return a configuration as data, as BPG reads it.

    Args:
        text: YAML or JSON.
        name: What the file is called in messages.

    Raises:
        CliError: It is a manifest that carries a configuration, or something else.
    """
    from mwaa_operator.gateway.bpg.text import read

    document = read(text)
    if isinstance(document, dict) and {"apiVersion", "kind"} <= document.keys():
        raise CliError(
            f"{name}: this is a Kubernetes manifest, not BPG's configuration",
            next_step="name the file that the manifest carries, such as the value of its app-config.yaml",
            code=USAGE,
        )
    return document


def _served(name: str, namespace: str, profile: str | None) -> Given:
    """Return the file of the revision that a gateway serves."""
    from mwaa_operator.gateway.names import FILE_NAME, revision_secret

    shown = f"SparkGateway {namespace}/{name}"
    with _clear_errors("sparkgateways", namespace):
        kube = _kube(namespace)
        body = kube.get(ObjectKey("SparkGateway", namespace, name))
    if body is None:
        raise CliError(f"there is no {shown}", next_step="name its namespace with -n: kubectl get sparkgateways -A")
    gateway = _gateway(body, shown)
    if (active := gateway.status.active_revision) is None:
        step = f"wait until it has one: kubectl get sparkgateway {name} -n {namespace}; or give a file with --config"
        raise CliError(f"{shown} has no active revision yet", next_step=step)
    secret = revision_secret(name, active.name)
    with _clear_errors(f"the Secret {secret}", namespace):
        found = kube.get_secret(namespace, secret)
    if found is None or FILE_NAME not in found:
        what = f"Secret {secret} of the active revision {'is not there' if found is None else 'holds no file'}"
        raise CliError(what, next_step=f"look at the conditions of {shown}, or give a file with --config")
    return Given(found[FILE_NAME].get_secret_value(), profile or gateway.spec.bpg_profile, active.name)


def _gateway(body: dict[str, Any], shown: str) -> SparkGateway:
    from pydantic import ValidationError

    from mwaa_operator.gateway.api import SparkGateway

    try:
        return SparkGateway.model_validate(body)
    except ValidationError as error:
        raise CliError(
            f"{shown} is none that this version understands: {error.error_count()} members are not valid",
            next_step="give its file with --config and its profile with --profile",
        ) from error


@contextmanager
def _clear_errors(what: str, namespace: str) -> Iterator[None]:
    """Turn what the API server refuses into words with a next step."""
    from mwaa_operator.kube.errors import Forbidden, KubeError

    try:
        yield
    except Forbidden as error:
        step = f"ask for the right to get {what} in namespace {namespace}, or give a file with --config"
        if error.status != HTTPStatus.FORBIDDEN:
            step = "log in, and set KUBECONFIG to the cluster of the gateway; or give a file with --config"
        raise CliError(str(error), next_step=step) from error
    except KubeError as error:
        raise CliError(str(error), next_step="check that KUBECONFIG leads to the cluster of the gateway") from error


def _kube(namespace: str) -> KubeClient:
    from mwaa_operator.gateway.api import KIND
    from mwaa_operator.kube.client import KubeClient
    from mwaa_operator.kube.connection import load_configuration
    from mwaa_operator.kube.surroundings import Surroundings
    from mwaa_operator.kube.transport import Transport

    transport = Transport(
        lambda: load_configuration(os.environ), fence=_refuse, observer=lambda method, host, status, seconds: None
    )
    surroundings = Surroundings(
        instance="command-line",
        now=_now,
        log=_Silent(),
        secret_read=lambda text: None,
        status_written=lambda kind: None,
    )
    return KubeClient(transport, kinds=(KIND,), namespace=namespace, surroundings=surroundings)


def _refuse(seconds: float) -> None:
    """Stand before every mutation: to look changes nothing."""
    raise PermissionError("this verb changes nothing")


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the command line is where time comes in


class _Silent:
    """Takes what nobody has to wait for: a verb that only reads has none of it."""

    def warning(self, event: str, /, **fields: object) -> None:
        """Drop it."""
