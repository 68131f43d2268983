"""What a failed call to a Spark cluster, or to AWS about it, means for the gateway: a reason and what to do.

Texts are made from the kind of the failure alone: what a server answered may hold anything, a token as well. No I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.aws.errors import permission_of
from mwaa_operator.gateway.reasons import DetailReason, Reason
from mwaa_operator.kube.errors import Forbidden, KubeError, NotFound
from mwaa_operator.kube.remote import Reach

_UNREACHED: Final = {
    Reach.REFUSED: "{host} takes no connections: look at the API server, and at what may stand in between",
    Reach.UNKNOWN_HOST: "{host} is not known here: correct the address, or let this cluster's DNS know it",
    Reach.TIMEOUT: "{host} does not answer in time: look at the API server, and at what may stand in between",
    Reach.BROKEN: "{host} breaks connections: look at the API server, and at what may stand in between",
    Reach.NO_API: "{host} gives no answers of an API server: correct the address",
    Reach.BAD_CA: "the certificates are not PEM in base64: correct caBundle",
}


@dataclass(frozen=True)
class Told:
    """Why something about a cluster is not as it should be.

    Attributes:
        reason: One of the gateway's.
        message: The same for people, with what to do; no secrets, nothing that changes by itself.
        answered: Whether the API server answered and took the token all the same.
    """

    reason: str
    message: str
    answered: bool = False


def of_call(error: KubeError, *, url: str) -> Told:
    """Return what a failed call with the gateway's token means.

    Args:
        error: How it failed.
        url: Address of the API server.
    """
    host = urlsplit(url).netloc
    if error.status == 401:
        text = f"{host} does not take the token: it has ended, or is another cluster's; write a new one"
        return Told(DetailReason.TOKEN_REJECTED, text)
    if isinstance(error, Forbidden):
        text = f"{host} refuses the token what BPG does: bind its account to a role for sparkapplications"
        return Told(DetailReason.TOKEN_REJECTED, text)
    if isinstance(error, NotFound):
        return Told(DetailReason.SPARK_OPERATOR_MISSING, missing_kind(), answered=True)
    return Told(DetailReason.CLUSTER_UNREACHABLE, unreached(error, url=url))


def of_mint(error: KubeError, *, url: str, account: str) -> Told:
    """Return what a failed call with the operator's own identity means, by which it asks for a token.

    Args:
        error: How it failed.
        url: Address of the API server.
        account: `namespace/name` of the service account.
    """
    host = urlsplit(url).netloc
    if error.status == 401:
        text = f"{host} does not know the operator's AWS identity: make an EKS access entry for its role"
        return Told(Reason.ACCESS_DENIED, text)
    if isinstance(error, Forbidden):
        text = (
            f"the operator may not ask {host} for tokens of {account}: allow it create on serviceaccounts/token there"
        )
        return Told(Reason.ACCESS_DENIED, text)
    if isinstance(error, NotFound):
        text = f"{host} has no service account {account}: make it, or correct credentials.tokenRequest"
        return Told(Reason.DEPENDENCY_NOT_READY, text)
    return Told(DetailReason.CLUSTER_UNREACHABLE, unreached(error, url=url))


def of_aws(failure: Failure) -> Told:
    """Return what a failed call to AWS about a cluster means."""
    match failure.kind:
        case FailureKind.ACCESS_DENIED:
            text = f"AWS denies {permission_of(failure)}: allow it to the AwsAccount's role"
            return Told(Reason.ACCESS_DENIED, text)
        case FailureKind.THROTTLED | FailureKind.UNAVAILABLE:
            return Told(Reason.AWS_UNAVAILABLE, f"{failure.operation}: {failure.message}")
        case _:
            return Told(Reason.CREDENTIALS_FAILED, f"{failure.operation}: {failure.message}")


def unreached(error: KubeError, *, url: str) -> str:
    """Return why there was no usable answer."""
    host = urlsplit(url).netloc
    if error.reason == Reach.TLS:
        return f"the certificates do not fit those of {host} ({error}): correct them, or the address"
    if error.reason in _UNREACHED:
        return _UNREACHED[Reach(error.reason)].format(host=host)
    return f"{host} answers {error.status}: look at the API server"


def silent(url: str) -> str:
    """Return what is told of a cluster that had not answered when the look ended."""
    return _UNREACHED[Reach.TIMEOUT].format(host=urlsplit(url).netloc)


def missing_kind() -> str:
    """Return what is told of a cluster that knows no SparkApplications."""
    return "there is no SparkApplication (sparkoperator.k8s.io/v1beta2): install the Spark operator"


def missing_right(verb: str, namespace: str) -> str:
    """Return what is told of a token that may not do what BPG does."""
    text = f"the token may not {verb} sparkapplications in namespace {namespace}"
    return f"{text}: bind its account to a role there that allows it"


def untouched(namespace: str) -> str:
    """Return what is told of jobs that nobody takes up."""
    return (
        f"jobs in namespace {namespace} get no state: look whether the Spark operator runs and watches the namespace "
        "(judged by the jobs alone, because the gateway's token sees nothing else)"
    )
