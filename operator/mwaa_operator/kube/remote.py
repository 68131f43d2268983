"""The API of another cluster, with a token for it: may we, is there, how many, and a token of a service account.

For clusters that may be dead at any time: each call is made once and bounded, and says by what it failed (`Reach`). It
believes the given certificates alone, follows no redirect, takes no proxy, and tells nobody the token.
"""

from __future__ import annotations

import base64
import binascii
import json
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import SecretStr
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import (
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as HttpTimeoutError

from mwaa_operator import __version__
from mwaa_operator.kube.errors import KubeError, NotFound, Rejected, Unavailable, from_answer
from mwaa_operator.kube.paths import path

SPARK: Final = ("apis", "sparkoperator.k8s.io", "v1beta2")
APPLICATIONS: Final = "sparkapplications"
TABLE: Final = "application/json;as=Table;g=meta.k8s.io;v=v1"
"""Answer a list with the columns that the CRD declares: of thousands of jobs some hundred bytes each."""
STATE_COLUMN: Final = "Status"
"""The column of `.status.applicationState.state` (kubeflow/spark-operator 2.1: CRD SparkApplication)."""
PAGE: Final = 500


class Reach(StrEnum):
    """By what a call failed that got no answer: `KubeError.reason`."""

    REFUSED = "ConnectionRefused"
    UNKNOWN_HOST = "UnknownHost"
    TIMEOUT = "Timeout"
    TLS = "CertificateNotTrusted"
    BROKEN = "ConnectionBroken"
    NO_API = "NotJson"
    BAD_CA = "CertificatesUnreadable"


@dataclass(frozen=True)
class Application:
    """A SparkApplication in a list.

    Attributes:
        name: Its name.
        state: Of the job, empty while no Spark operator has taken it up; None where the CRD has no column for it.
    """

    name: str
    state: str | None


@dataclass(frozen=True)
class Job:
    """A SparkApplication by itself.

    Attributes:
        state: As in `Application`.
        created_at: By the clock of the other cluster, whole seconds.
    """

    state: str
    created_at: datetime


class RemoteCluster:
    """Calls to one API server; made for one look, closed after it. Not for use by several threads.

    Args:
        url: https, host and port, without a trailing slash.
        ca: Certificates that sign the server's own, or the server's own, PEM in base64.
        token: Bearer token.
        timeout: Seconds for one call; a function gives what is left of a look's time.
        fence: Called before what changes something, as `Transport`'s.

    Raises:
        Rejected: `ca` holds no certificates (reason `Reach.BAD_CA`).
    """

    def __init__(
        self,
        url: str,
        *,
        ca: str,
        token: SecretStr,
        timeout: Callable[[], float],
        fence: Callable[[float], None],
    ) -> None:
        self._url, self._token, self._timeout, self._fence = url, token, timeout, fence
        self._pool = PoolManager(ssl_context=trust(ca), retries=False, maxsize=1)

    def __enter__(self) -> RemoteCluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.clear()

    def may(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        """Return whether the token allows something (SelfSubjectAccessReview, authorization.k8s.io/v1).

        Args:
            verb: Such as create.
            group: API group; empty for the core one.
            resource: Plural, such as sparkapplications.
            namespace: Where.

        Raises:
            Forbidden: With status 401: the server does not take the token.
            KubeError: It did not say.
        """
        wanted = {"verb": verb, "group": group, "resource": resource, "namespace": namespace}
        kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
        body = {**kind, "spec": {"resourceAttributes": wanted}}
        answer = self._call("POST", path("apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"), body=body)
        return bool(answer.get("status", {}).get("allowed"))

    def serves_spark(self) -> bool:
        """Return whether SparkApplications are known to the server.

        Raises:
            KubeError: It did not say.
        """
        try:
            found = self._call("GET", path(*SPARK))
        except NotFound:
            return False
        return any(item.get("name") == APPLICATIONS for item in found.get("resources") or ())

    def applications(self, namespace: str, *, page: int = PAGE) -> Iterator[Application]:
        """Yield the SparkApplications of a namespace as etcd has them now, without their contents.

        Args:
            namespace: Where.
            page: So many are read at once.

        Raises:
            NotFound: There is no such kind.
            Forbidden: The token may not list them.
            KubeError: A page could not be read: what was yielded is not all.
        """
        query = {"limit": str(page), "includeObject": "None"}
        while True:
            table = self._call("GET", _applications(namespace), query=query, accept=TABLE)
            columns = [str(column.get("name")) for column in table.get("columnDefinitions") or ()]
            for row in table.get("rows") or ():
                yield _application(dict(zip(columns, row["cells"], strict=False)))
            if not (token := table.get("metadata", {}).get("continue")):
                return
            query = {**query, "continue": token}

    def job(self, namespace: str, name: str) -> Job | None:
        """Return one SparkApplication, or None.

        Raises:
            Forbidden: The token may not get it.
            KubeError: It could not be read.
        """
        try:
            body = self._call("GET", _applications(namespace) + path(name))
        except NotFound:
            return None
        state = ((body.get("status") or {}).get("applicationState") or {}).get("state")
        return Job(str(state or ""), datetime.fromisoformat(body["metadata"]["creationTimestamp"]))

    def request_token(
        self, namespace: str, service_account: str, seconds: int, audiences: Sequence[str] = ()
    ) -> tuple[SecretStr, datetime]:
        """Return a new token of a service account, and when it ends (TokenRequest, authentication.k8s.io/v1).

        Args:
            namespace: Of the account.
            service_account: Its name.
            seconds: How long it is asked for; the server may shorten it, and gives none for less than 600.
            audiences: Whom it is for; none: the server itself.

        Raises:
            NotFound: There is no such account.
            Forbidden: We may not, or (status 401) are not known there.
            KubeError: There was no token; after Unavailable one may have been made that nobody has.
            Exception: Whatever the fence raises; nothing was sent then.
        """
        self._fence(self._timeout())
        kind = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
        spec = {"expirationSeconds": seconds, **({"audiences": list(audiences)} if audiences else {})}
        account = path("api", "v1", "namespaces", namespace, "serviceaccounts", service_account, "token")
        status = self._call("POST", account, body={**kind, "spec": spec}).get("status") or {}
        if not status.get("token") or not status.get("expirationTimestamp"):
            raise Unavailable(f"POST {account}: the answer holds no token", status=200, reason=Reach.NO_API)
        return SecretStr(str(status["token"])), datetime.fromisoformat(status["expirationTimestamp"])

    def _call(
        self,
        method: str,
        where: str,
        *,
        query: dict[str, str] | None = None,
        body: object = None,
        accept: str = "application/json",
    ) -> dict[str, Any]:
        headers = {
            "Accept": accept,
            "Authorization": f"Bearer {self._token.get_secret_value()}",
            "User-Agent": f"mwaa-operator/{__version__}",
            **({"Content-Type": "application/json"} if body is not None else {}),
        }
        try:
            answer = self._pool.request(
                method,
                self._url + where + (f"?{urlencode(query)}" if query else ""),
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
                timeout=Timeout(total=self._timeout()),
                redirect=False,
            )
        except HTTPError as error:
            # Without its cause: its text has the address, and may have more.
            raise _no_answer(method, where, error) from None
        if not 200 <= answer.status < 300:
            raise from_answer(method=method, path=where, status=answer.status, content=answer.data)
        return _decoded(answer, f"{method} {where}")


def trust(ca: str) -> ssl.SSLContext:
    """Return a context that trusts these certificates alone; one of them may be the server's own, as BPG has it.

    Args:
        ca: PEM in base64.

    Raises:
        Rejected: They cannot be read (reason `Reach.BAD_CA`).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(cadata=base64.b64decode(ca, validate=True).decode("ascii"))
    except (binascii.Error, UnicodeDecodeError, ValueError, ssl.SSLError):
        raise Rejected("the certificates are not PEM in base64", status=0, reason=Reach.BAD_CA) from None
    return context


def _applications(namespace: str) -> str:
    return path(*SPARK, "namespaces", namespace, APPLICATIONS)


def _application(cells: dict[str, Any]) -> Application:
    state = str(cells[STATE_COLUMN] or "") if STATE_COLUMN in cells else None
    return Application(str(cells["Name"]), state)


def _no_answer(method: str, where: str, error: HTTPError) -> KubeError:
    reason, detail = Reach.BROKEN, ""
    # The most special first: a refused connection is a time-out to urllib3.
    if isinstance(error, SSLError):
        reason, detail = Reach.TLS, _verification(error)
    elif isinstance(error, NameResolutionError):
        reason = Reach.UNKNOWN_HOST
    elif isinstance(error, NewConnectionError):
        reason = Reach.REFUSED
    elif isinstance(error, HttpTimeoutError):
        reason = Reach.TIMEOUT
    return Unavailable(detail or f"{method} {where}: no answer ({reason})", status=0, reason=reason)


def _verification(error: SSLError) -> str:
    """Return OpenSSL's word for why a certificate is not believed, or nothing."""
    cause = error.args[0] if error.args else None
    return cause.verify_message if isinstance(cause, ssl.SSLCertVerificationError) else ""


def _decoded(answer: BaseHTTPResponse, what: str) -> dict[str, Any]:
    try:
        body = json.loads(answer.data)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Unavailable(f"{what}: the answer is no JSON object", status=answer.status, reason=Reach.NO_API) from None
    return body
