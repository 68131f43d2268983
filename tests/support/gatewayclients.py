"""Clients of a gateway that never stop asking: they start jobs, poll each through the Service, and keep every answer.

Every call is a connection of its own, so that the Service's balancer chooses a pod for each. Nothing is tried twice:
what a client without retries would have seen is what is kept.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from types import TracebackType
from typing import Any, Final

from tests.support.gatewayfield import GATEWAYS, Field, Gateway
from tests.support.wait import eventually
from tests.support.watching import Watching

ENDLESS: Final = {"localcloud.seconds": "1000000"}
PAUSE_SECONDS: Final = 0.1
"""Between two rounds over all jobs."""
ALIVE: Final = ("UNKNOWN", "SUBMITTED", "RUNNING")
"""What is said of a job that Spark's operator has not looked at, that it has begun with, and that runs."""
ROLLING: Final = "Rolling"


@dataclass(frozen=True)
class Call:
    """One call and what came of it.

    Attributes:
        what: The job that was asked for, or the queue that one was submitted to.
        begun: When, monotonic seconds.
        ended: Likewise.
        status: 0 where there was no answer.
        said: The answer, or the error.
    """

    what: str
    begun: float
    ended: float
    status: int
    said: Any

    @property
    def failed(self) -> bool:
        """Whether it is not the right answer to a question about an endless job."""
        if self.status != 200 or self.said.get("applicationErrorMessage"):
            return True
        return self.said.get("applicationState", "RUNNING") not in ALIVE


class Clients:
    """Poll inside their `with` block.

    Args:
        gateway: Whom they ask.
        count: How many there are; each polls all jobs, one after the other.
    """

    def __init__(self, gateway: Gateway, *, count: int = 1) -> None:
        self._gateway = gateway
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._jobs: list[str] = []
        self._calls: list[Call] = []
        self._begun: dict[str, float] = {}
        self._threads = [threading.Thread(target=self._poll, name=f"client {number}") for number in range(count)]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def start(self, queue: str) -> str:
        """Submit an endless job, which is polled from now on, and return its id."""
        begun = time.monotonic()
        try:
            status, said = self._gateway.submit(queue, sparkConf=ENDLESS)
        except (OSError, HTTPException) as error:
            status, said = 0, repr(error)
        assert status == 200, f"{queue} does not take a job: {status} {said}"
        job = str(said["submissionId"])
        with self._lock:
            self._calls.append(Call(queue, begun, time.monotonic(), status, said))
            self._jobs.append(job)
        return job

    @property
    def calls(self) -> list[Call]:
        """All calls so far."""
        with self._lock:
            return list(self._calls)

    @property
    def failures(self) -> list[Call]:
        """Those that failed."""
        return [call for call in self.calls if call.failed]

    def hanging(self, seconds: float = 1.0) -> int:
        """Return how many wait for an answer for longer than that."""
        now = time.monotonic()
        with self._lock:
            return sum(now - begun > seconds for begun in self._begun.values())

    def another_round(self, *, within: float = 60.0) -> list[Call]:
        """Wait until every job was asked for again by every client, and return these calls."""
        since, jobs = time.monotonic(), list(self._jobs)

        def asked() -> list[Call]:
            new = [call for call in self.calls if call.begun > since]
            counts = [sum(call.what == job for call in new) for job in jobs]
            return new if min(counts, default=0) >= 2 * len(self._threads) else []

        return eventually(asked, within=within, what="every job to be asked for again")

    def _poll(self) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            for job in list(self._jobs):
                call = self._ask(job)
                with self._lock:
                    del self._begun[threading.current_thread().name]
                    self._calls.append(call)

    def _ask(self, job: str) -> Call:
        begun = time.monotonic()
        with self._lock:
            self._begun[threading.current_thread().name] = begun
        try:
            status, said = self._gateway.ask("GET", f"/spark/{job}/status")
        except (OSError, HTTPException, ValueError) as error:
            status, said = 0, {"error": repr(error)}
        return Call(job, begun, time.monotonic(), status, said)


class Rollouts:
    """Every version of a gateway and of its Deployment inside the `with` block, and what they say of rollouts.

    Args:
        field: Where the gateway is.
        gateway: The gateway.
    """

    def __init__(self, field: Field, gateway: Gateway) -> None:
        plane, self._key = field.cloud.control_plane, (GATEWAYS, gateway.name)
        self._gateways = Watching(plane, "/apis/mwaa-operator.io/v1alpha1/sparkgateways")
        self._deployments = Watching(plane, "/apis/apps/v1/deployments")

    def __enter__(self) -> Rollouts:
        for watching in (self._gateways, self._deployments):
            watching.__enter__()
            eventually(partial(watching.latest, self._key), within=20, what="the first look")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for watching in (self._deployments, self._gateways):
            watching.__exit__(kind, error, trace)

    @property
    def revisions(self) -> list[str]:
        """The revisions that the Deployment was pointed to one after the other, the first look's before them."""
        found: list[str] = []
        for body in self._deployments.versions(self._key):
            name = body["spec"]["template"]["metadata"]["labels"]["mwaa-operator.io/revision"]
            found += [name] if found[-1:] != [name] else []
        return found

    @property
    def steps(self) -> list[str]:
        """What each rollout was for: Expand, Activate or Contract."""
        found: list[tuple[str, str]] = []
        for body in self._gateways.versions(self._key):
            staged = body.get("status", {}).get("stagedRevision", {})
            if staged.get("state") == ROLLING and found[-1:] != [(staged["name"], staged["step"])]:
                found.append((staged["name"], staged["step"]))
        return [step for _, step in found]
