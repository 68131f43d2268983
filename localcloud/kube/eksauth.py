"""A stand-in for the authenticator of EKS: an API server's webhook that knows the bearer tokens of AWS identities.

It asks simulated STS who signed a token, as the real one does, and says who that is on the cluster. It holds no tokens
and writes none down.
"""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import yaml

from localcloud.kube.ekstokens import HEADER, Refused, signed_query

_SESSION = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/.+")
_ARN = re.compile(rb"<Arn>([^<]+)</Arn>")


@dataclass(frozen=True)
class User:
    """Who an AWS identity is on the cluster (EKS user guide, "access entries")."""

    name: str
    groups: Sequence[str] = ()


class EksAuthenticator:
    """Serves token reviews while it is entered.

    Args:
        cluster: The cluster's name in AWS.
        sts: Address of simulated STS.
        secret_of: Gives the secret of an access key.
        now: UTC.

    Attributes:
        entries: ARN of a role or user to who it is; may be changed at any time.
    """

    def __init__(
        self,
        cluster: str,
        *,
        sts: str,
        secret_of: Callable[[str], str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.entries: dict[str, User] = {}
        self._cluster, self._sts, self._secret_of, self._now = cluster, sts, secret_of, now
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> EksAuthenticator:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def flags(self, directory: Path) -> list[str]:
        """Return the flags for an API server that is to ask here; the file that they name goes to `directory`."""
        file = directory / f"eks-{self._cluster}.yaml"
        server = f"http://127.0.0.1:{self._server.server_port}"
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "webhook", "cluster": {"server": server}}],
            "contexts": [{"name": "webhook", "context": {"cluster": "webhook", "user": ""}}],
            "current-context": "webhook",
        }
        file.write_text(yaml.safe_dump(config))
        flag = "--authentication-token-webhook"
        return [f"{flag}-config-file={file}", f"{flag}-version=v1", f"{flag}-cache-ttl=0s"]

    def user_of(self, token: str) -> User:
        """Return whose token it is.

        Raises:
            Refused: Nobody's.
        """
        query = signed_query(token, cluster=self._cluster, secret_of=self._secret_of, now=self._now())
        arn = _role_of(self._caller(query))
        if arn not in self.entries:
            raise Refused(f"{arn} has no access entry")
        return self.entries[arn]

    def _caller(self, query: Mapping[str, str]) -> str:
        ask = urllib.request.Request(f"{self._sts}/?{urlencode(query)}", headers={HEADER: self._cluster})  # noqa: S310
        try:
            with urllib.request.urlopen(ask, timeout=10) as answer:  # noqa: S310  (loopback)
                found = _ARN.search(answer.read())
        except urllib.error.URLError as error:
            raise Refused("STS does not say who signed it") from error
        if found is None:
            raise Refused("STS does not say who signed it")
        return found[1].decode()


def _role_of(arn: str) -> str:
    """Return the role behind a session, as access entries name it."""
    session = _SESSION.fullmatch(arn)
    return f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}" if session else arn


def _handler(owner: EksAuthenticator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer one TokenReview (authentication.k8s.io/v1)."""
            review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status: dict[str, Any] = {"authenticated": False}
            try:
                user = owner.user_of(str(review["spec"].get("token") or ""))
                status = {"authenticated": True, "user": {"username": user.name, "groups": list(user.groups)}}
            except Refused as reason:
                status["error"] = str(reason)
            body = json.dumps({**review, "spec": {}, "status": status}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  name of http.server
            """Say nothing."""

    return Handler
