"""People of the company as BPG sees them: they send jobs to a gateway over HTTP, and look what became of them.

They go through the gateway's Service, as DAGs do. What is not answered as it has to be ends the story.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from localcloud.demo.looking import WITHIN, ChapterFailedError
from localcloud.waiting import wait_until

ENDLESS = {"localcloud.seconds": "1000000"}
"""Settings of a job that runs until somebody ends it."""


@dataclass(frozen=True)
class User:
    """Somebody who sends jobs, such as the DAGs of a team.

    Attributes:
        address: Of the gateway, with its path.
        name: As the gateway is told.
        queue: Of all jobs.
        token: Of the queue; empty without one.
    """

    address: str
    name: str
    queue: str
    token: str = field(default="", repr=False)

    def submit(self, **conf: str) -> str:
        """Send a job that has to be taken, and return its id.

        Args:
            conf: Spark settings.
        """
        status, answer = self.offer(**conf)
        if status != 200:
            raise ChapterFailedError(f"a job of {self.name} for {self.queue} was answered {status}: {answer}")
        return str(answer["submissionId"])

    def offer(self, **conf: str) -> tuple[int, Any]:
        """Send a job and return what BPG says, whatever it is."""
        job = {"queue": self.queue, "sparkVersion": "3.5", "type": "Java", "mainClass": "company.Main"}
        given = {"queueToken": self.token} if self.token else {}
        return self._ask("POST", "/spark", {**job, **given, "sparkConf": conf})

    def state(self, job: str) -> str:
        """Return the state of a job; what BPG says otherwise if there is none."""
        status, answer = self._ask("GET", f"/spark/{job}/status")
        return str(answer["applicationState"]) if status == 200 else f"{status} {answer}"

    def await_state(self, job: str, state: str = "COMPLETED") -> None:
        """Wait until a job is in a state."""
        try:
            wait_until(lambda: self.state(job) == state, within=WITHIN, what=f"job {job} to be {state}")
        except TimeoutError as error:
            raise ChapterFailedError(f"{error}; it is {self.state(job)}") from error

    def end(self, job: str) -> None:
        """End a job."""
        self._ask("DELETE", f"/spark/{job}")

    def _ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"User-Account": self.name, "Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, data, headers, method=method)  # noqa: S310 (loopback)
        try:
            with urllib.request.urlopen(request, timeout=WITHIN) as answer:  # noqa: S310 (as above)
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.loads(refusal.read() or b"null")
