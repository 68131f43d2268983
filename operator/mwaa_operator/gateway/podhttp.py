"""HTTP to one pod within a bounded time, however it behaves: slow, silent, endless, or no HTTP at all.

Time-outs of a socket begin anew with every byte, so that they alone bound nothing: when the time is over, connections
are broken off. It asks and reads; what is asked, and what an answer means, is not known here.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final

from urllib3 import HTTPConnectionPool, Timeout
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, ProtocolError

MAX_BODY: Final = 64 * 1024
"""More of an answer is not read; BPG's own have less than a kilobyte."""
NO_ANSWER: Final = (HTTPError, HTTPException, OSError, ValueError)
"""What urllib3 raises, and what passes through it where an answer is no HTTP."""


@dataclass(frozen=True)
class Patience:
    """How long is waited, and how much is asked at once.

    Attributes:
        connect: Seconds until a pod must take a connection.
        read: Seconds until it must answer: BPG waits `timeoutMillis` for a cluster, at most 15 s, and later revisions
            up to 5 s more, and even then it answers.
        total: Seconds for all questions of one call: the 400 entries that a file has at most, all of one dead cluster,
            take 113 with the usual `timeoutMillis`, and must not look as if the pod were silent.
        at_once: Questions under way at a time. They cost a pod more than they cost us.
    """

    connect: float = 2.0
    read: float = 21.0
    total: float = 120.0
    at_once: int = 16


@contextmanager
def calling(address: str, port: int, *, patience: Patience, monotonic: Callable[[], float]) -> Iterator[Call]:
    """Yield a call; its connections are broken off when its time is over.

    Args:
        address: Of the pod.
        port: Where it listens.
        patience: How long is waited.
        monotonic: The clock, seconds.
    """
    call = Call(address, port, patience, monotonic)
    over = threading.Timer(patience.total, call.break_off)
    over.daemon = True
    over.start()
    try:
        yield call
    finally:
        over.cancel()
        call.close()


class _Connection(HTTPConnection):
    def __init__(self, *args: Any, call: Call, **options: Any) -> None:
        super().__init__(*args, **options)
        self._call = call
        call.opened.append(self)

    def connect(self) -> None:
        super().connect()
        # Either whoever breaks off finds the socket, or the connection finds that it is over.
        if self._call.over:
            self.close()
            raise TimeoutError


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class Call:
    """Requests to one pod that end together, for many threads; see `calling`.

    Attributes:
        over: Whether its time is over.
        opened: Its connections.
    """

    def __init__(self, address: str, port: int, patience: Patience, monotonic: Callable[[], float]) -> None:
        self._patience, self._monotonic = patience, monotonic
        self._deadline = monotonic() + patience.total
        self.over = False
        self.opened: list[HTTPConnection] = []
        host = f"[{address}]" if ":" in address else address
        self._pool = _Pool(host, port, maxsize=patience.at_once, retries=False, call=self)

    def send(self, method: str, path: str, body: bytes | None, user: str) -> tuple[int, bytes]:
        """Return status and the beginning of the body. Raises one of `NO_ANSWER`."""
        headers = {"User-Account": user, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return self._exchange(method, path, body, headers)
        except ProtocolError:
            # A pod that closes an idle connection breaks it under our feet, which says nothing about its answers.
            return self._exchange(method, path, body, headers)

    def _exchange(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        left = self._deadline - self._monotonic()
        if left <= 0:
            raise TimeoutError
        connect, read = (min(seconds, left) for seconds in (self._patience.connect, self._patience.read))
        answer = self._pool.urlopen(
            method,
            path,
            body=body,
            headers=headers,
            redirect=False,
            timeout=Timeout(connect=connect, read=read),
            preload_content=False,
        )
        content = answer.read(MAX_BODY)
        if len(content) < MAX_BODY:
            answer.release_conn()
        else:
            answer.close()
        if self.over:
            # What was broken off may look like an answer that ended.
            raise TimeoutError
        return answer.status, content

    def break_off(self) -> None:
        """End whatever is under way: whoever waits for an answer gets none."""
        self.over = True
        for connection in list(self.opened):
            if (sock := connection.sock) is not None:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()
