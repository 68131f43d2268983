"""Pods that are no BPG, or a broken one: a socket that does to each connection what a test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

Behaviour = Callable[[socket.socket, threading.Event], None]
"""What is done with a connection, until the event says that the test is over."""


@contextmanager
def odd_pod(behaviour: Behaviour) -> Iterator[int]:
    """Serve on a free port of 127.0.0.1 and yield the port."""
    over = threading.Event()
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as open_:

        def behave(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                behaviour(connection, over)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    threads.append(threading.Thread(target=behave, args=(connection,)))
                    threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()

        @open_.callback
        def end() -> None:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)
            for thread in (accepting, *threads):
                thread.join()

        yield listening.getsockname()[1]


def says(answer: bytes) -> Behaviour:
    """Return the behaviour that reads a request, sends these bytes and closes."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    return behave


def echoes(connection: socket.socket, over: threading.Event) -> None:
    """Refuse a request, and quote all of it but its head."""
    received = connection.recv(65536)
    while b"\r\n\r\n" not in received or received.endswith(b"\r\n\r\n"):
        received += connection.recv(65536)
    quoted = received.rpartition(b"\r\n\r\n")[2]
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" + quoted)


def is_silent(connection: socket.socket, over: threading.Event) -> None:
    """Read and never answer."""
    over.wait()


def drips(start: bytes) -> Behaviour:
    """Return the behaviour that sends a start and then one byte after the other, for ever."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(start)
        while not over.wait(0.01):
            connection.sendall(b"x")

    return behave


def floods(connection: socket.socket, over: threading.Event) -> None:
    """Send an answer that does not end, as fast as it is taken."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not over.is_set():
        connection.sendall(b"x" * 65536)
