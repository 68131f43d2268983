"""Several slow calls side by side, for so long: what is ready then is taken, the rest goes on and is taken later.

It exists so that one dead cluster delays neither the others nor the pass. A call that is still under way is never begun
a second time, so that what hangs costs one thread and no more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable, Mapping
from concurrent.futures import Future, wait
from types import TracebackType
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

BRIEFLY: Final = 1.0
"""Seconds that are waited for what was not ready the last time."""


class Together(Generic[K, T]):
    """Runs calls by key; safe for use by many threads, of which those with the same keys share the calls.

    Args:
        name: Of the threads.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._running: dict[K, Future[T]] = {}

    def run(self, calls: Mapping[K, Callable[[], T]], *, within: float, briefly: Collection[K] = ()) -> dict[K, T]:
        """Return what those calls gave that were ready in time.

        Args:
            calls: By key; one whose key is under way from before is not begun, and its result is that of the key.
            within: Seconds to wait, for all together.
            briefly: Keys that nobody waits for so long, but `BRIEFLY`.

        Raises:
            Exception: What a call raised.
        """
        futures = self._begun(calls)
        wait(futures.values(), timeout=min(BRIEFLY, within))
        wait([future for key, future in futures.items() if key not in briefly], timeout=max(0.0, within - BRIEFLY))
        ready = {key: future for key, future in futures.items() if future.done()}
        with self._lock:
            for key, future in ready.items():
                if self._running.get(key) is future:
                    del self._running[key]
        return {key: future.result() for key, future in ready.items()}

    def forget(self, which: Callable[[K], bool]) -> None:
        """Drop calls that nobody will take the results of; one that is under way ends by itself."""
        with self._lock:
            self._running = {key: future for key, future in self._running.items() if not which(key)}

    def _begun(self, calls: Mapping[K, Callable[[], T]]) -> dict[K, Future[T]]:
        with self._lock:
            for key in calls:
                if key not in self._running:
                    self._running[key] = self._started(calls[key])
            return {key: self._running[key] for key in calls}

    def _started(self, call: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()

        def work() -> None:
            with _Told(future):
                future.set_result(call())

        # One for each: whoever waited for a thread would look like a cluster that does not answer. And no executor's,
        # because what hangs would hold up the end of the process.
        threading.Thread(target=work, name=self._name, daemon=True).start()
        return future


class _Told(Generic[T]):
    """Gives what is raised inside its `with` block to whoever waits for the future."""

    def __init__(self, future: Future[T]) -> None:
        self._future = future

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is not None:
            self._future.set_exception(error)
        return error is not None
