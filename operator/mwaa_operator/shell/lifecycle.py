"""The life of an operator process, in the main thread's event loop.

    wait for the kinds → watch and work → SIGTERM, or a watch that died → finish the passes, release the lease, end

Losing the lease is not handled here: that ends the process at once, from the thread that finds out. kopf ends every
task that is younger than itself, so whatever must outlive it is started before it.

When one part of kopf has failed, nothing is watched any more, yet kopf waits for its other parts for as long as they
take: a watch whose session was closed under it may wait for new credentials for ever, cancelled or not. So the passes
are finished as soon as any part has ended, and a kopf that is still not done some seconds later is left behind.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import kopf

from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.engine.health import Problem
from mwaa_operator.engine.log import Log
from mwaa_operator.shell.options import watch_settings
from mwaa_operator.shell.registry import Login, watch_registry
from mwaa_operator.shell.served import IsServed, Served

LOOK_SECONDS = 2.0
"""Between two looks at whether the kinds are served."""

BEAT_SECONDS = 1.0
"""Between two beats of the heart."""

ENDING_SECONDS = 8.0
"""For kopf to end after the passes have: it gives its own parts 6, and the chart's grace period leaves 10."""


class Engine(Protocol):
    """What the shell needs of the engine's manager."""

    def start(self) -> None:
        """Begin to work; returns at once."""

    def on_event(self, type_: str | None, body: dict[str, Any]) -> None:
        """Take in one event."""

    def drain(self, seconds: float) -> bool:
        """Finish what is under way and release the lease; return whether all is finished."""


class Shell:
    """Runs the watches and the engine until it is told to stop.

    Args:
        kinds: What to watch, in all namespaces.
        engine: Takes the events.
        login: Reads the credentials for the watches.
        is_served: Whether the API server knows a kind.
        beat: Called once a second from the event loop: while it is, the loop turns.
        drain_seconds: For passes under way at the end.
        on_exit: Called with the reason when kopf does not come to its end; ends the process at once.
        log: Told of every step.
        settings: kopf's settings; for tests.
    """

    def __init__(
        self,
        *,
        kinds: Sequence[KindInfo],
        engine: Engine,
        login: Login,
        is_served: IsServed,
        beat: Callable[[], None],
        drain_seconds: float,
        on_exit: Callable[[str], None],
        log: Log,
        settings: kopf.OperatorSettings | None = None,
    ) -> None:
        self._engine, self._beat, self._drain_seconds, self._log = engine, beat, drain_seconds, log
        self._on_exit = on_exit
        self._served = Served(kinds, is_served=is_served, log=log)
        self._registry = watch_registry(kinds, on_event=engine.on_event, login=login)
        self._settings = settings or watch_settings()
        self._working = False

    def run(self) -> int:
        """Run until SIGTERM, SIGINT or a failure; return the process's exit code: 0 if it was asked to end."""
        return asyncio.run(self._live())

    def readiness(self) -> list[Problem]:
        """Return what must be served before anything can be watched; for any thread."""
        return self._served.readiness()

    def is_working(self) -> bool:
        """Whether the engine was started: until then nobody may judge its health."""
        return self._working

    async def _live(self) -> int:
        stop = asyncio.Event()
        _on_signals(stop)
        heart = asyncio.create_task(self._beat_until_cancelled(), name="heart")
        try:
            if not await self._all_served(stop):
                return 0
            return await self._work(stop)
        finally:
            heart.cancel()

    async def _all_served(self, stop: asyncio.Event) -> bool:
        """Wait until all kinds are served; return False if the process was asked to end before."""
        while not await asyncio.to_thread(self._served.look):
            if await _happens(stop, within=LOOK_SECONDS):
                return False
        return not stop.is_set()

    async def _work(self, stop: asyncio.Event) -> int:
        ready = asyncio.Event()
        # Both before kopf; see the module's docstring.
        starting = asyncio.create_task(self._start(ready, stop), name="start of the engine")
        draining = asyncio.create_task(self._drain(stop), name="drain of the engine")
        older = asyncio.all_tasks()
        parts = await kopf.spawn_tasks(
            registry=self._registry, settings=self._settings, clusterwide=True, stop_flag=stop, ready_flag=ready
        )
        watching = asyncio.create_task(kopf.run_tasks(parts, ignored=older), name="watches")
        for part in parts:
            # Stop first: a start that was waited for in vain must see it.
            part.add_done_callback(lambda _: stop.set())
            part.add_done_callback(lambda _: ready.set())
        # Waited for and not awaited: were it to fail, a kopf that never ends would hold up the process.
        await asyncio.wait({draining})
        ended, late = await asyncio.wait({starting, watching}, timeout=ENDING_SECONDS)
        failures = {failure for task in (draining, *ended, *parts) if (failure := _failure_of(task))}
        for failure in failures:
            self._log.error("process.failed", exc_info=failure)
        if late:
            self._on_exit(f"the watches had not ended {ENDING_SECONDS:g} s after everything else")
        return 1 if failures else 0

    async def _start(self, ready: asyncio.Event, stop: asyncio.Event) -> None:
        await ready.wait()
        if stop.is_set():
            return
        # kopf has taken the signals for itself; with our own, draining begins before its watches have ended.
        _on_signals(stop)
        self._log.info("watches.started")
        self._working = True
        try:
            self._engine.start()
        except BaseException:
            stop.set()
            raise

    async def _drain(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._log.info("process.ending")
        await asyncio.to_thread(self._engine.drain, self._drain_seconds)

    async def _beat_until_cancelled(self) -> None:
        never = asyncio.Event()
        while not await _happens(never, within=BEAT_SECONDS):
            self._beat()


def _on_signals(stop: asyncio.Event) -> None:
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)


async def _happens(event: asyncio.Event, *, within: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), within)
    except TimeoutError:
        return False
    return True


def _failure_of(task: asyncio.Task[None]) -> BaseException | None:
    return task.exception() if task.done() and not task.cancelled() else None
