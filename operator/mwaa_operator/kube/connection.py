"""Where the API server is and who we are to it: a kubeconfig or the pod's own files.

One rule for our client and for the watches, so that both always talk to the same cluster as the same user: `KUBECONFIG`
wins, then the files that the kubelet mounts, then `~/.kube/config`. It opens no connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kubernetes.client import Configuration
from kubernetes.client.rest import should_bypass_proxies
from kubernetes.config import ConfigException, load_kube_config
from kubernetes.config.incluster_config import InClusterConfigLoader
from yaml import YAMLError

from mwaa_operator.kube.errors import Forbidden

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where the kubelet mounts the pod's token and the cluster's CA (Kubernetes: "Accessing the API from a Pod")."""

_HELP = "set KUBECONFIG to a readable kubeconfig, or run in a pod whose ServiceAccount token is mounted"


@dataclass(frozen=True)
class Credentials:
    """What an HTTP client needs to talk to the API server.

    Attributes:
        server: Base URL without a trailing slash.
        authorization: Scheme and token, such as `Bearer …`; None with a client certificate alone.
        ca_file: PEM file that signs the server's certificate; None for the system's authorities.
        certificate_file: PEM file of the client's certificate, if any.
        key_file: Its private key.
        verify: False only where a kubeconfig says `insecure-skip-tls-verify`.
        proxy: Proxy to use for this server, if any.
    """

    server: str
    authorization: str | None = field(repr=False)
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    verify: bool = True
    proxy: str | None = None


def load_configuration(environ: Mapping[str, str], service_account: Path = SERVICE_ACCOUNT) -> Configuration:
    """Return a configuration of the official client, read afresh from the files.

    Args:
        environ: `KUBECONFIG`, `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT` are looked at.
        service_account: Directory with `token` and `ca.crt`.

    Raises:
        Forbidden: Neither a kubeconfig nor a pod's files can be read; the message says what to do.
    """
    configuration = Configuration()
    try:
        if kubeconfig := _kubeconfig(environ, service_account):
            load_kube_config(  # type: ignore[no-untyped-call]  # the client's config package has no annotations
                config_file=kubeconfig, client_configuration=configuration, persist_config=False
            )
        else:
            token, authority = str(service_account / "token"), str(service_account / "ca.crt")
            loader = InClusterConfigLoader(token, authority, environ=environ)  # type: ignore[no-untyped-call]  # as above
            loader.load_and_set(configuration)  # type: ignore[no-untyped-call]  # as above
    except (ConfigException, OSError, YAMLError) as error:
        raise Forbidden(f"no access to Kubernetes: {error}; {_HELP}", status=0, reason="NoCredentials") from error
    # The queue retries after a new look; urllib3's own retries would resend what may have happened.
    configuration.retries = False
    return configuration


def _kubeconfig(environ: Mapping[str, str], service_account: Path) -> str | None:
    if named := environ.get("KUBECONFIG"):
        return named
    in_pod = "KUBERNETES_SERVICE_HOST" in environ and (service_account / "token").exists()
    return None if in_pod else str(Path(environ.get("HOME", "~")).expanduser() / ".kube" / "config")


def authorization(configuration: Configuration) -> str | None:
    """Return the current `Authorization` header.

    The official client reads the pod's token file again once a minute and runs a kubeconfig's exec plugin again before
    its token expires.
    """
    header = configuration.get_api_key_with_prefix("BearerToken")
    return header.strip() if header else None


def credentials(configuration: Configuration) -> Credentials:
    """Return the plain form of a configuration, for the client of the watches."""
    proxied = configuration.proxy and not should_bypass_proxies(configuration.host, configuration.no_proxy or "")
    return Credentials(
        server=configuration.host.rstrip("/"),
        authorization=authorization(configuration),
        ca_file=configuration.ssl_ca_cert,
        certificate_file=configuration.cert_file,
        key_file=configuration.key_file,
        verify=configuration.verify_ssl,
        proxy=configuration.proxy if proxied else None,
    )
