"""The parts of the process that must not die silently: each is a thread, and a dead one ends the process.

An operator whose lease loop or worker has died looks healthy and does nothing; restarting is the only cure that is
always right. It neither restarts parts nor decides how the process ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from mwaa_operator.engine.clock import Clock
from mwaa_operator.engine.health import Problem
from mwaa_operator.engine.log import Log

OnDeath = Callable[[str, BaseException | None], None]
"""Is told the part's name and what it died of; None when it returned although nobody asked it to."""


class Supervisor:
    """Starts parts and watches over them.

    Args:
        on_death: Called in the thread of a part that ended before `stopping` was called.
        clock: Judges the deadline of `join`.
        log: Told the trace of a part that died.
    """

    def __init__(self, *, on_death: OnDeath, clock: Clock, log: Log) -> None:
        self._on_death, self._clock, self._log = on_death, clock, log
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._dead: list[str] = []
        self._ending = False

    def start(self, name: str, body: Callable[[], object]) -> None:
        """Run `body` in a thread of its own until the process ends."""
        # Daemon threads: a part that hangs must not keep the process from ending.
        thread = threading.Thread(target=self._run, args=(name, body), name=name, daemon=True)
        with self._lock:
            # Together: a thread that `join` finds has been started.
            thread.start()
            self._threads.append(thread)

    def stopping(self) -> None:
        """Let parts end from now on."""
        self._ending = True

    def join(self, *, until: float, prefix: str = "") -> list[str]:
        """Wait for parts to end.

        Args:
            until: A reading of the monotonic clock.
            prefix: Only parts whose names begin so.

        Returns:
            The names of those that still run.
        """
        with self._lock:
            waited = [thread for thread in self._threads if thread.name.startswith(prefix)]
        for thread in waited:
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - self._clock.monotonic()))
        return [thread.name for thread in waited if thread.is_alive()]

    def problems(self) -> list[Problem]:
        """Return the parts that died."""
        return [Problem(f"part/{name}", "it has ended; the process should have ended with it") for name in self._dead]

    def _run(self, name: str, body: Callable[[], object]) -> None:
        cause: BaseException | None = None
        try:
            body()
        except BaseException as error:
            cause = error  # the edge of a thread: whatever it is, it ends the process
        if self._ending and cause is None:
            return
        self._dead.append(name)
        self._log.error("part.died", part=name, exc_info=cause)
        self._on_death(name, cause)
