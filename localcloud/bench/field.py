"""Where a run takes place: a fresh local cloud with real durations, one operator, and many manifests."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import urllib3
from urllib3.exceptions import ProtocolError

from localcloud.aws.moto.seed import seed
from localcloud.bench.subjects import NAMESPACE, Subject, account
from localcloud.cloud import LocalCloud
from localcloud.controlplane import ControlPlane
from localcloud.demo.account import seed_workflows
from localcloud.demo.stage import clients
from localcloud.operatorprocess import OperatorProcess

ROOT = Path(__file__).resolve().parents[2]
SAMPLER = Path(__file__).parent / "sampler"
PACE = {"awsServerlessRate": 200, "awsServerlessBurst": 400}
"""As fast as the other services: by default a service without published limits is asked five times a second."""
MERGE = "application/merge-patch+json"
WRITERS = 16
"""Connections that create objects at once, as a busy GitOps controller has."""


@dataclass(frozen=True)
class Laws:
    """How AWS behaves.

    Attributes:
        latency: Seconds that each call of MWAA or MWAA Serverless takes.
        create: Seconds until an environment is available.
        rate: Calls per second that they admit; None for all.
    """

    latency: float
    create: float
    rate: float | None = None


class Api:
    """Kept connections to the API server, so that the driver costs less than what it measures."""

    def __init__(self, control_plane: ControlPlane) -> None:
        self._url = control_plane.url
        self._pool = urllib3.PoolManager(
            maxsize=WRITERS,
            block=True,
            ca_certs=str(control_plane.identity.authority.files.certificate),
            headers={"Authorization": f"Bearer {control_plane.user_token('admin')}"},
        )

    def __enter__(self) -> Api:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.clear()

    def call(self, method: str, path: str, body: object = None, *, content_type: str = "application/json") -> Any:
        """Send one request and return the decoded answer; RuntimeError for a refusal."""
        headers = {**self._pool.headers, "Content-Type": content_type}
        data = None if body is None else json.dumps(body)
        answer = self._pool.request(method, self._url + path, body=data, headers=headers, retries=False, timeout=60.0)
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.data[:300]!r}")
        return json.loads(answer.data)

    def watch(self, path: str) -> Watch:
        """Return the changes below a path, from what is there on."""
        url = f"{self._url}{path}?watch=true"
        return Watch(self._pool.request("GET", url, preload_content=False, retries=False, timeout=None))


class Watch:
    """The bodies that a watch tells, until it is closed."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        self._answer = answer
        self._closed = False

    def close(self) -> None:
        """End it; whoever iterates comes to the end."""
        self._closed = True
        self._answer.shutdown()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        kept = b""
        try:
            for part in self._answer.stream(65536):
                *lines, kept = (kept + part).split(b"\n")
                for line in lines:
                    yield json.loads(line)["object"]
        except ProtocolError:
            # The end of a connection that we shut down ourselves; any other end is told.
            if not self._closed:
                raise


class Field:
    """Runs inside its `with` block.

    Args:
        subject: What there are many of.
        laws: How AWS behaves.
        samples: Where the operator writes at its end what used its CPU time; None: it is not sampled.

    Attributes:
        subject: What there are many of.
        cloud: The local cloud.
        api: The administrator's connections to the API server.
        operator: The running operator.
    """

    cloud: LocalCloud
    api: Api
    operator: OperatorProcess

    def __init__(self, subject: Subject, laws: Laws, *, samples: Path | None = None) -> None:
        self.subject = subject
        self._laws, self._samples = laws, samples
        self._closing = ExitStack()

    def __enter__(self) -> Field:
        with ExitStack() as undo:
            self.cloud = undo.enter_context(LocalCloud(time_factor=1.0))
            self.cloud.aws.mwaa.configure(create=self._laws.create, environments=100_000)
            self.cloud.aws.conduct.set(latency=self._laws.latency, rate=self._laws.rate)
            self.cloud.aws.serverless.configure(workflows=100_000)
            seed(clients(self.cloud.aws_env))
            seed_workflows(clients(self.cloud.aws_env))
            self.cloud.control_plane.kubectl("create", "namespace", NAMESPACE)
            self._launcher = self.cloud.launcher()
            self._launcher.install({"replicas": 1, "settings": PACE})
            self.api = undo.enter_context(Api(self.cloud.control_plane))
            self.cloud.control_plane.kubectl("apply", "-f", "-", stdin=json.dumps(account()))
            self._closing = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def start(self) -> None:
        """Start the operator and wait until it watches."""
        self.operator = self._launcher.start(env=self._sampling())
        self._closing.callback(self.operator.stop)
        self.operator.wait_ready(60.0)

    def _sampling(self) -> dict[str, str]:
        if self._samples is None:
            return {}
        return {"PYTHONPATH": f"{SAMPLER}{os.pathsep}{ROOT / 'operator'}", "SAMPLES": str(self._samples)}

    def each(self, call: Any, number: int) -> None:
        """Call `call(index)` for every object, `WRITERS` at once."""
        with ThreadPoolExecutor(WRITERS) as pool:
            for _ in pool.map(call, range(number)):
                pass

    def bodies(self) -> list[dict[str, Any]]:
        """Return all objects."""
        found: list[dict[str, Any]] = self.api.call("GET", self.subject.path)["items"]
        return found
