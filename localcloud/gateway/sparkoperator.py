"""A simulated Spark operator: walks the status of the SparkApplications of one cluster, in accelerated time.

What becomes of a job is decided in `sparkjobs`; this looks, compares and writes. It makes no pods.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol

from localcloud.gateway.clusters import App
from localcloud.gateway.sparkjobs import Rule, Script, retries_of, script_of, status_at
from localcloud.gateway.sparkstates import TERMINAL
from localcloud.gateway.views import millis

PAUSE_SECONDS = 0.1


class Jobs(Protocol):
    """The SparkApplications of one cluster, as its operator may see and change them."""

    def all_apps(self) -> Sequence[App]:
        """Return them; raises OSError when the cluster does not answer."""
        ...

    def set_status(self, namespace: str, name: str, status: Mapping[str, Any]) -> None:
        """Replace a status; nothing happens when the object is gone. Raises OSError as `all_apps`."""
        ...


class SparkOperator:
    """Walks by itself while it is entered; tests call `walk` instead.

    Args:
        jobs: Of one cluster.
        default: What becomes of a job that no rule is about.
        factor: How many seconds of the cluster pass in one of ours.
        now: Seconds since 1970.
    """

    def __init__(
        self,
        jobs: Jobs,
        *,
        default: Script | None = None,
        factor: float = 1.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.rules: list[Rule] = []
        """The first that fits a job counts; may be changed at any time."""
        self.default = default or Script()
        self._jobs, self._factor, self._now = jobs, factor, now
        self._began: dict[str, float] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="localcloud-spark-operator", daemon=True)

    def __enter__(self) -> SparkOperator:
        """Begin to walk."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; jobs stay as they are."""
        self._closing.set()
        self._thread.join()

    def walk(self) -> int:
        """Bring every job's status up to date and return how many changed.

        Raises:
            OSError: The cluster does not answer.
        """
        apps = self._jobs.all_apps()
        seen = {_identity(app) for app in apps}
        self._began = {key: began for key, began in self._began.items() if key in seen}
        return sum(self._step(app) for app in apps)

    def _step(self, app: App) -> bool:
        status = app.get("status") or {}
        if (status.get("applicationState") or {}).get("state") in TERMINAL:
            return False
        name = str(app["metadata"]["name"])
        found = status_at(
            name,
            script_of(app, self.rules, self.default),
            retries_of(app),
            began=self._began.setdefault(_identity(app), self._beginning(app)),
            now=self._now(),
            factor=self._factor,
        )
        if found is None or found == status:
            return False
        self._jobs.set_status(str(app["metadata"]["namespace"]), name, found)
        return True

    def _beginning(self, app: App) -> float:
        """Return when a job began: now if it is new, else (another walker's) what the object says, to the second."""
        created = millis(app["metadata"].get("creationTimestamp"))
        return created / 1000 if app.get("status") and created is not None else self._now()

    def _run(self) -> None:
        while not self._closing.is_set():
            # A cluster that is away: its jobs are where they belong when it is back.
            with suppress(OSError):
                self.walk()
            self._closing.wait(PAUSE_SECONDS)


def _identity(app: App) -> str:
    return str(app["metadata"].get("uid") or app["metadata"]["name"])
