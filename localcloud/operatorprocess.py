"""One replica of the operator as a local process: what a test or the demo does to it and asks of it.

Why apart from the launcher: the launcher knows the chart, this knows the running program, and only by its log and its
HTTP port. It never looks inside the operator.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from localcloud.process import Household, Process
from localcloud.waiting import wait_until

LISTENING = "http.listening"
"""The log event with the field `port`."""


class OperatorProcess:
    """Started on creation; dies with this process.

    Args:
        household: starts it and holds its log.
        name: the Pod's name, and the log's.
        command: program and arguments.
        env: the whole environment.
    """

    def __init__(self, household: Household, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._household = household
        self._command = list(command)
        self._env = dict(env)
        self.name = name
        self.log: Path = household.directory / f"{name}.log"
        self._start()

    def _start(self) -> None:
        self._log_begins = self.log.stat().st_size if self.log.exists() else 0
        self._process: Process = self._household.start(self.name, self._command, env=self._env, log=self.log)

    @property
    def pid(self) -> int:
        """The process id of the present run."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code (negative: the signal); None while it runs."""
        return self._process.returncode

    def kill(self) -> int:
        """SIGKILL: no chance to clean up. Return the exit code, -9."""
        return self._process.kill()

    def stop(self, within: float = 60.0) -> int:
        """SIGTERM, as Kubernetes stops a Pod; SIGKILL after `within` seconds. Return the exit code."""
        return self._process.stop(within)

    def wait(self, within: float) -> int:
        """Wait until it ends by itself and return the exit code; TimeoutError if it does not."""
        return self._process.wait(within)

    def pause(self) -> None:
        """SIGSTOP: the process stands still and does not know it."""
        self._process.pause()

    def resume(self) -> None:
        """SIGCONT."""
        self._process.resume()

    def restart(self) -> None:
        """Start it again with the same command, name and log; kills it first if it still runs."""
        self._process.kill()
        self._start()

    def log_text(self) -> str:
        """Return the log of all runs."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @property
    def http_url(self) -> str:
        """Base URL of metrics and health of the present run.

        Raises:
            LookupError: it has not said yet where it listens.
        """
        if port := self._port():
            return f"http://127.0.0.1:{port}"
        raise LookupError(f"{self.name} has not logged {LISTENING} yet; wait_ready() waits for it")

    def wait_ready(self, deadline: float = 30.0) -> None:
        """Wait until /readyz answers 200.

        Args:
            deadline: seconds.

        Raises:
            ProcessFailedError: it ended instead; the message carries its log's end.
            TimeoutError: it did not become ready.
        """
        what = f"{self.name} to be ready"
        wait_until(lambda: self._alive() and self._ready(), within=deadline, what=what, explain=self._process.tail)

    def metrics(self) -> str:
        """Return /metrics in Prometheus' text format."""
        with urllib.request.urlopen(f"{self.http_url}/metrics", timeout=10) as answer:  # noqa: S310 (loopback)
            return str(answer.read().decode())

    def _alive(self) -> bool:
        self._process.check()
        return True

    def _ready(self) -> bool:
        port = self._port()
        if port is None:
            return False
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _port(self) -> int | None:
        """Find the port in the present run's log: a JSON line, or `port=…` in console format."""
        if not self.log.exists():
            return None
        present = self.log.read_bytes()[self._log_begins :].decode(errors="replace")
        lines = [line for line in present.splitlines() if LISTENING in line]
        return next((port for line in lines if (port := _port_in(line))), None)


def _port_in(line: str) -> int | None:
    try:
        return int(json.loads(line)["port"])
    except (ValueError, KeyError, TypeError):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
        found = re.search(r"\bport=(\d+)", plain)
        return int(found[1]) if found else None
