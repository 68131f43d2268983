"""The shell as a real process against a real API server: what it watches, what it waits for, how it ends."""

from __future__ import annotations

import json
import os
import signal
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from localcloud.faultproxy import FaultProxy
from localcloud.faultrules import ExpireWatch, Refuse, Rule
from localcloud.process import Household, Process
from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.meta import API_VERSION, GROUP, VERSION
from tests.support.kube import CRDS, serve, withdraw
from tests.support.wait import eventually

PATIENT = 70.0


class Probe:
    """A running shell and what it said."""

    def __init__(self, process: Process) -> None:
        self.process = process

    def said(self, did: str) -> list[dict[str, Any]]:
        """Return the lines of one kind."""
        lines = self.process.log.read_text(errors="replace").splitlines()
        return [line for text in lines if text.startswith("{") and (line := json.loads(text))["did"] == did]

    def await_said(self, did: str, *, within: float = 20.0, number: int = 1, **fields: object) -> dict[str, Any]:
        """Wait for the n-th line with these fields and return it."""

        def found() -> list[dict[str, Any]]:
            self.process.check()
            lines = [line for line in self.said(did) if fields.items() <= line.items()]
            return lines if len(lines) >= number else []

        return eventually(found, within=within, what=f"{did} {fields}; it said:\n{self.process.tail(60)}")[-1]

    def order(self) -> list[str]:
        """Return what was said, in order."""
        lines = self.process.log.read_text(errors="replace").splitlines()
        return [json.loads(text)["did"] for text in lines if text.startswith("{")]


class World:
    """A kind of its own on the shared control plane, and processes that watch it."""

    def __init__(self, control_plane: ControlPlane, household: Household, namespace: str) -> None:
        self.control_plane, self.household, self.namespace = control_plane, household, namespace
        plural = f"w{uuid.uuid4().hex[:8]}s"
        self.info = KindInfo(kind=plural.removesuffix("s").capitalize(), plural=plural, short_names=())

    def run(self, kubeconfig: Path | None = None, *, inactivity: float = PATIENT) -> Probe:
        """Start a shell."""
        command = [sys.executable, "-m", "tests.support.shellprobe", self.info.plural, str(inactivity)]
        root = Path(__file__).parents[2]
        path = os.pathsep.join([str(root / "operator"), str(root)])
        config = str(kubeconfig or self.control_plane.admin_kubeconfig)
        env = {**os.environ, "PYTHONPATH": path, "KUBECONFIG": config, "PYTHONWARNINGS": "error"}
        return Probe(self.household.start(f"probe-{uuid.uuid4().hex[:6]}", command, env=env))

    def running(self, kubeconfig: Path | None = None, *, inactivity: float = PATIENT) -> Probe:
        """Start a shell on a served kind and return when its watch has brought an object."""
        serve(self.control_plane, self.info)
        self.create("first")
        probe = self.run(kubeconfig, inactivity=inactivity)
        probe.await_said("event", name="first")
        probe.await_said("start")
        return probe

    def path(self, name: str = "") -> str:
        """Return the path of the kind's objects, or of one."""
        collection = f"/apis/{GROUP}/{VERSION}/namespaces/{self.namespace}/{self.info.plural}"
        return f"{collection}/{name}" if name else collection

    def create(self, name: str, **metadata: Any) -> dict[str, Any]:
        """Create an object and return it."""
        body = {"apiVersion": API_VERSION, "kind": self.info.kind, "metadata": {"name": name, **metadata}, "spec": {}}
        answer = self.control_plane.api.post(self.path(), body)
        assert answer.ok, answer.body
        stored: dict[str, Any] = answer.body
        return stored


@pytest.fixture
def proxy(control_plane: ControlPlane) -> Iterator[FaultProxy]:
    with control_plane.fault_proxy() as running:
        yield running


@pytest.fixture
def world(control_plane: ControlPlane, namespace: str, proxy: FaultProxy) -> Iterator[World]:
    """Return a kind of its own; its processes end before the proxy that they may talk to."""
    with Household() as household:
        made = World(control_plane, household, namespace)
        yield made
    control_plane.api.delete(f"{CRDS}/{made.info.crd_name}")


def through(world: World, proxy: FaultProxy) -> Path:
    token = world.control_plane.user_token("admin")
    return world.control_plane.proxied_kubeconfig(proxy, token, f"proxied-{world.info.plural}")


class TestEvents:
    def test_what_is_there_comes_as_a_list_and_what_changes_as_events(self, world: World) -> None:
        probe = world.running()
        assert probe.await_said("event", name="first")["type"] is None
        world.create("second")
        probe.await_said("event", name="second", type="ADDED")
        world.control_plane.api.patch(world.path("second"), {"spec": {"size": 2}})
        probe.await_said("event", name="second", type="MODIFIED")
        world.control_plane.api.delete(world.path("second"))
        probe.await_said("event", name="second", type="DELETED")

    def test_nothing_is_ever_written_to_an_object(self, world: World) -> None:
        probe = world.running()
        stored = world.create("untouched")
        probe.await_said("event", name="untouched")
        world.create("later")
        probe.await_said("event", name="later")
        assert world.control_plane.api.get(world.path("untouched")).body == stored
        assert probe.process.stop() == 0
        assert world.control_plane.api.get(world.path("untouched")).body == stored
        events = world.control_plane.api.get(f"/api/v1/namespaces/{world.namespace}/events").body["items"]
        assert events == []

    def test_an_object_that_the_engine_cannot_take_stops_no_other(self, world: World) -> None:
        probe = world.running()
        world.create("bad", labels={"poison": "yes"})
        world.create("good")
        probe.await_said("event", name="good")


class TestMissingKinds:
    def test_a_crd_that_is_missing_at_the_start_is_waited_for(self, world: World) -> None:
        probe = world.run()
        told = probe.await_said("kinds.missing")
        assert world.info.crd_name in told["problems"]
        assert "install the CRDs" in told["problems"]
        probe.await_said("beat")
        assert "start" not in probe.order()
        serve(world.control_plane, world.info)
        probe.await_said("kinds.served")
        probe.await_said("start")
        world.create("first")
        probe.await_said("event", name="first")

    def test_a_process_that_waits_ends_when_asked(self, world: World) -> None:
        probe = world.run()
        probe.await_said("kinds.missing")
        assert probe.process.stop() == 0
        assert "drain" not in probe.order()

    def test_a_missing_right_is_told_and_waited_for(self, world: World) -> None:
        serve(world.control_plane, world.info)
        token = world.control_plane.user_token("tenant-a")
        probe = world.run(world.control_plane.kubeconfig_for_token(token, f"tenant-{world.info.plural}"))
        assert "403" in probe.await_said("kinds.missing")["problems"]

    def test_a_crd_that_vanishes_ends_the_process_and_the_next_one_waits_for_it(self, world: World) -> None:
        before = world.running()
        withdraw(world.control_plane, world.info)
        assert before.process.wait(within=30) == 1
        (failed,) = before.said("process.failed")
        assert "NotFound" in failed["exc_info"]
        assert before.order().index("process.failed") > before.order().index("drain")
        after = world.run()
        after.await_said("kinds.missing")
        serve(world.control_plane, world.info)
        world.create("again")
        after.await_said("event", name="again")

    def test_objects_that_a_crd_takes_along_are_told_as_deleted_and_nothing_else(self, world: World) -> None:
        probe = world.running()
        world.create("held", finalizers=["example.com/hold"])
        probe.await_said("event", name="held")
        world.control_plane.api.delete(f"{CRDS}/{world.info.crd_name}")
        probe.await_said("event", name="held", type="MODIFIED")
        probe.process.check()
        world.control_plane.api.patch(world.path("held"), {"metadata": {"finalizers": None}})
        assert probe.process.wait(within=30) == 1


class TestBrokenWatches:
    def test_a_watch_that_is_cut_goes_on(self, world: World, proxy: FaultProxy) -> None:
        probe = world.running(through(world, proxy))
        eventually(lambda: proxy.cut_watches(world.info.plural), within=10, what="an open watch")
        world.create("while-away")
        probe.await_said("event", name="while-away", type="ADDED")

    def test_a_watch_that_expired_lists_anew(self, world: World, proxy: FaultProxy) -> None:
        rule = proxy.add(Rule(ExpireWatch(after_events=1), resource=world.info.plural, times=1))
        probe = world.running(through(world, proxy))
        world.create("second")
        world.create("third")
        probe.await_said("event", name="third")
        probe.await_said("event", name="first", type=None, number=2)
        rule.release()

    def test_a_watch_that_falls_silent_is_opened_anew(self, world: World, proxy: FaultProxy) -> None:
        probe = world.running(through(world, proxy), inactivity=2.0)
        eventually(lambda: proxy.mute_watches(world.info.plural), within=10, what="an open watch")
        world.create("unheard")
        probe.await_said("event", name="unheard")

    def test_a_server_that_restarts_is_watched_again(self, world: World) -> None:
        probe = world.running()
        world.control_plane.restart_apiserver()
        world.create("after")
        probe.await_said("event", name="after", within=40)

    def test_a_server_that_does_not_answer_yet_is_waited_for(self, world: World, proxy: FaultProxy) -> None:
        serve(world.control_plane, world.info)
        proxy.add(Rule(Refuse(503), methods=("GET",), resource=world.info.plural, times=2))
        probe = world.run(through(world, proxy))
        assert "503" in probe.await_said("kinds.missing")["problems"]
        probe.await_said("start")


class TestEnd:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_drains_and_ends_with_zero(self, world: World, number: signal.Signals) -> None:
        probe = world.running()
        probe.process.signal(number)
        assert probe.process.wait(within=20) == 0
        assert [line["seconds"] for line in probe.said("drain")] == [1.0]
        assert probe.said("process.failed") == []
        # Draining takes as long as passes do: it must not hold up the event loop, whose heart beats on.
        assert probe.said("drain")[0]["thread"] != "MainThread"

    def test_kopf_that_never_comes_to_its_end_is_left_behind(self, world: World) -> None:
        probe = world.running()
        world.create("clinging", labels={"clinging": "yes"})
        probe.await_said("event", name="clinging")
        withdraw(world.control_plane, world.info)
        assert probe.process.wait(within=40) == 1
        assert "NotFound" in probe.said("process.failed")[0]["exc_info"]
        assert probe.order()[-1] == "process.exit"
        assert len(probe.said("drain")) == 1

    def test_an_engine_that_fails_to_drain_holds_up_no_end(self, world: World) -> None:
        probe = world.running()
        world.create("both", labels={"clinging": "yes", "undrained": "yes"})
        probe.await_said("event", name="both")
        probe.process.signal(signal.SIGTERM)
        assert probe.process.wait(within=40) == 1
        assert "no drain" in probe.said("process.failed")[0]["exc_info"]
        assert probe.order()[-1] == "process.exit"
