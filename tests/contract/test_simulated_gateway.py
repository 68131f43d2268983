"""The gateway stand-in over HTTP: its two ports, scripted faults, and its end; as a library and as a process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest

from localcloud.aws.faults import Error, Rule
from localcloud.gateway.config import Connector
from localcloud.gateway.credentials import References
from localcloud.gateway.dice import seeded
from localcloud.gateway.memorycluster import MemoryClusters
from localcloud.gateway.profile import Profile
from localcloud.gateway.server import GatewayServer
from localcloud.gateway.service import World
from localcloud.gateway.start import bind
from tests.support.bpg import landscape
from tests.support.gatewaystand import NOW, URL
from tests.support.wait import eventually

ROOT = Path(__file__).parent.parent.parent
HEALTH = {
    "delayedShutdownHandlerEnabled": True,
    "shutdownWaitPeriod": "20s",
    "healthChecks": [{"name": "sparkClusters"}],
}


def fetch(url: str, body: Any = None) -> tuple[int, str]:
    """Ask as user x and return status and body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"User-Account": "x"})  # noqa: S310 (http to loopback)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


@contextmanager
def serving(**parts: Any) -> Iterator[GatewayServer]:
    clusters = MemoryClusters(lambda: NOW)
    clusters.add(URL)
    world = World(clusters.connect, References({}), seeded(1))
    anywhere = Connector(0)
    with GatewayServer(
        bind(landscape(**parts), Profile.AWS_PIN), world, application=anywhere, admin=anywhere
    ) as server:
        yield server


def test_a_job_by_http() -> None:
    with serving() as server:
        status, body = fetch(f"{server.url}/skatev2/spark", {"queue": "dev", "sparkVersion": "3.5"})
        assert status == 200
        submission = json.loads(body)["submissionId"]
        assert json.loads(fetch(f"{server.url}/skatev2/spark/{submission}/status")[1])["applicationState"] == "UNKNOWN"


def test_both_ports_say_how_the_process_is() -> None:
    with serving(health=HEALTH) as server:
        assert fetch(f"{server.url}/skatev2/health-check") == (200, "[]")
        assert "sparkClusters" in fetch(f"{server.url}/skatev2/health-check?name=all")[1]
        assert fetch(f"{server.admin_url}/ping") == (200, "pong\n")
        assert fetch(f"{server.admin_url}/healthcheck")[0] == 200
        server.draining = True
        assert fetch(f"{server.url}/skatev2/health-check")[0] == 503
        assert fetch(f"{server.url}/skatev2/healthcheck/status")[0] == 200
    with serving() as server:
        assert fetch(f"{server.url}/skatev2/health-check")[0] == 404


def test_faults_by_script() -> None:
    with serving() as server:
        status = f"{server.url}/skatev2/spark/b-{'0' * 32}/status"
        server.faults.add(Rule(service="bpg", operation="GetStatus", error=Error(503, "java.io.IOException", "away")))
        server.faults.add(Rule(service="bpg", operation="GetStatus", drop=True))
        assert fetch(status) == (503, '{"code": 503, "message": "java.io.IOException: away"}')
        with pytest.raises((RemoteDisconnected, ConnectionResetError)):
            fetch(status)
        assert fetch(status)[0] == 404


def test_requests_in_flight_are_answered_before_it_ends() -> None:
    answers: list[tuple[int, str]] = []
    with serving() as server:
        url = server.url
        server.faults.add(Rule(service="bpg", operation="GetHealth", hold="held"))
        asking = threading.Thread(target=lambda: answers.append(fetch(f"{url}/skatev2/healthcheck/status")))
        asking.start()
        eventually(lambda: server.faults.held, within=5, what="the request to arrive")
    asking.join(10)
    assert answers == [(200, '{"status": "OK"}')]
    with pytest.raises(OSError, match=r"refused|reset"):
        fetch(f"{url}/skatev2/healthcheck/status")


def start(tmp_path: Path, text: str, *options: str) -> subprocess.Popen[str]:
    """Start the process form with a file of this text."""
    file = tmp_path / "app-config.yaml"
    file.write_text(text)
    command = [sys.executable, "-m", "localcloud.gateway", *options, str(file)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("command", ["server", "check"])
def test_a_process_that_cannot_start_ends_with_one(tmp_path: Path, command: str) -> None:
    out, problem = start(tmp_path, "sparkClusters: [{weight: abc}]", command).communicate(timeout=30)
    assert (out, "sparkClusters.[0].weight" in problem) == ("", True)


def test_a_process_serves_until_sigterm_and_ends_with_143(tmp_path: Path) -> None:
    process = start(tmp_path, json.dumps(landscape()), "server", "--port", "0", "--admin-port", "0")
    with process:
        assert process.stdout is not None
        urls = json.loads(process.stdout.readline())
        assert fetch(f"{urls['url']}/skatev2/healthcheck/status")[0] == 200
        assert fetch(f"{urls['admin_url']}/healthcheck")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 143
