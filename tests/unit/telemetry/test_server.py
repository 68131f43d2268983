"""The server on a real loopback port: what goes over the wire, what a broken check does, and how it ends."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator

import pytest

from mwaa_operator.telemetry.health import Site
from mwaa_operator.telemetry.server import HealthServer
from tests.support.engine import RecordingLog, ended, in_thread


class Running:
    """A server on a free port, answering in a thread of its own."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.log = RecordingLog()
        self.live: Callable[[], list[str]] = list
        site = Site(live={"engine": self.look}, ready={}, metrics=lambda _: (b"x 1\n", "text/plain"))
        self.server = HealthServer(host=host, port=0, site=site, log=self.log)
        self.host, self.port = host or "127.0.0.1", self.server.port
        self.thread = in_thread(self.server.serve)

    def look(self) -> list[str]:
        return self.live()

    def request(self, method: str, target: str) -> tuple[int, bytes, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            connection.request(method, target)
            response = connection.getresponse()
            return response.status, response.read(), response.headers
        finally:
            connection.close()

    def close(self) -> None:
        self.request("GET", "/livez")  # it serves, so it can be shut down
        self.server.close()
        assert ended(self.thread)


@pytest.fixture
def running() -> Iterator[Running]:
    found = Running()
    yield found
    found.close()


def test_the_chosen_port_is_logged(running: Running) -> None:
    assert running.log.fields("http.listening") == {"host": "127.0.0.1", "port": running.port}
    assert running.port > 0


def test_a_page_is_served_with_its_length_and_type(running: Running) -> None:
    status, body, headers = running.request("GET", "/metrics")
    assert (status, body, headers["Content-Type"], headers["Content-Length"]) == (200, b"x 1\n", "text/plain", "4")
    assert headers["Server"] == "mwaa-operator"


@pytest.mark.parametrize(
    ("target", "status"), [("/livez", 200), ("/readyz", 200), ("/readyz?verbose", 200), ("/nothing", 404)]
)
def test_the_status_says_it_all(running: Running, target: str, status: int) -> None:
    assert running.request("GET", target)[0] == status


def test_a_failing_check_is_a_503(running: Running) -> None:
    running.live = lambda: ["it hangs"]
    status, body, _ = running.request("GET", "/livez")
    assert status == 503
    assert b"it hangs" in body
    running.live = list


def test_a_head_request_has_no_body(running: Running) -> None:
    status, body, headers = running.request("HEAD", "/livez")
    assert (status, body, headers["Content-Length"]) == (200, b"", "2")


def test_other_methods_are_not_served(running: Running) -> None:
    assert running.request("POST", "/livez")[0] == 501


def test_one_connection_serves_many_requests(running: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    for _ in range(3):
        connection.request("GET", "/livez")
        assert connection.getresponse().read() == b"ok"
    connection.close()


def test_a_check_that_breaks_fails_its_probe_is_logged_and_hurts_nobody_else(running: Running) -> None:
    def bug() -> list[str]:
        raise RuntimeError("a bug")

    running.live = bug
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        running.request("GET", "/livez")
    running.live = list
    assert running.request("GET", "/livez")[0] == 200
    assert isinstance(running.log.fields("http.failed")["exc_info"], RuntimeError)


def test_a_silent_connection_does_not_keep_others_waiting(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=20):
        assert running.request("GET", "/livez")[0] == 200


def test_a_server_that_never_served_can_be_closed_and_its_port_taken_again() -> None:
    log = RecordingLog()
    site = Site(live={}, ready={}, metrics=lambda _: (b"", ""))
    first = HealthServer(host="127.0.0.1", port=0, site=site, log=log)
    port = first.port
    first.close()
    second = HealthServer(host="127.0.0.1", port=port, site=site, log=log)
    second.close()


def test_a_port_that_is_taken_is_an_error(running: Running) -> None:
    site = Site(live={}, ready={}, metrics=lambda _: (b"", ""))
    with pytest.raises(OSError, match="in use"):
        HealthServer(host="127.0.0.1", port=running.port, site=site, log=RecordingLog())


def test_all_addresses_and_ipv6_can_be_listened_on() -> None:
    everywhere = Running("")
    everywhere.close()
    if socket.has_ipv6:
        sixth = Running("::1")
        assert sixth.request("GET", "/livez")[0] == 200
        sixth.close()
