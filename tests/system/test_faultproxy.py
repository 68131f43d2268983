"""The fault proxy before the real API server: what passes, what is held, lost or refused, and how watches break."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from localcloud.faultproxy import FaultProxy
from localcloud.faultrules import CutWatch, Delay, Drop, ExpireWatch, Hold, MuteWatch, Refuse, Rule, Tamper
from localcloud.kube.rest import Answer, Rest
from tests.support.wait import eventually


@pytest.fixture
def proxy(control_plane: ControlPlane) -> Iterator[FaultProxy]:
    with control_plane.fault_proxy() as running:
        yield running


@pytest.fixture
def through(control_plane: ControlPlane, proxy: FaultProxy) -> Rest:
    return control_plane.rest(proxy=proxy)


def configmaps(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps"


def configmap(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def names(control_plane: ControlPlane, namespace: str) -> set[str]:
    items = control_plane.api.get(configmaps(namespace)).body["items"]
    return {item["metadata"]["name"] for item in items} - {"kube-root-ca.crt"}


@contextmanager
def in_background(client: Rest, path: str, body: object) -> Iterator[Future[Answer]]:
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(client.post, path, body)


class Watcher:
    """Reads a watch in a thread and collects its events; `over` is set when the stream ends in whatever way."""

    def __init__(self, client: Rest, path: str) -> None:
        self.events: list[dict[str, Any]] = []
        self.over = threading.Event()
        self._stream = client.stream(path)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        try:
            for line in self._stream:
                self.events.append(json.loads(line))
        except (OSError, HTTPException):
            pass
        finally:
            self.over.set()
            self._stream.close()

    @property
    def seen(self) -> list[tuple[str, str]]:
        return [(event["type"], event["object"].get("metadata", {}).get("name", "")) for event in self.events]

    def join(self) -> None:
        self._thread.join(20)


@contextmanager
def watching(control_plane: ControlPlane, proxy: FaultProxy, namespace: str) -> Iterator[Watcher]:
    client = control_plane.rest(proxy=proxy)
    watcher = Watcher(client, f"{configmaps(namespace)}?watch=true&labelSelector=watched")
    try:
        yield watcher
    finally:
        proxy.clear()
        proxy.unmute_watches()
        proxy.cut_watches()
        watcher.join()


def put_watched(control_plane: ControlPlane, namespace: str, name: str) -> None:
    body = configmap(name)
    body["metadata"]["labels"] = {"watched": ""}
    assert control_plane.api.post(configmaps(namespace), body).ok


def test_reads_and_writes_pass_and_are_counted(proxy: FaultProxy, through: Rest, namespace: str) -> None:
    assert through.post(configmaps(namespace), configmap("a", key="value")).status == 201
    assert through.get(f"{configmaps(namespace)}/a").body["data"] == {"key": "value"}
    assert through.get(f"{configmaps(namespace)}/none").status == 404
    assert through.delete(f"{configmaps(namespace)}/a").ok
    assert proxy.counts() == {
        ("POST", "configmaps", ""): 1,
        ("GET", "configmaps", ""): 2,
        ("DELETE", "configmaps", ""): 1,
    }
    assert proxy.count(resource="configmaps") == 4
    assert proxy.count("POST") == 1


def test_kubectl_works_through_the_proxy(control_plane: ControlPlane, proxy: FaultProxy, namespace: str) -> None:
    kubeconfig = control_plane.proxied_kubeconfig(proxy, control_plane.user_token("admin"), "proxied")
    control_plane.kubectl("create", "configmap", "a", "-n", namespace, kubeconfig=kubeconfig)
    assert names(control_plane, namespace) == {"a"}


def test_the_nth_write_is_held_and_happens_on_release(
    control_plane: ControlPlane, proxy: FaultProxy, through: Rest, namespace: str
) -> None:
    rule = proxy.add(Rule(Hold(), methods=["POST"], resource="configmaps", nth=2))
    assert through.post(configmaps(namespace), configmap("first")).ok
    with in_background(through, configmaps(namespace), configmap("second")) as second:
        assert proxy.held.wait(10)
        assert through.post(configmaps(namespace), configmap("third")).ok
        assert names(control_plane, namespace) == {"first", "third"}
        rule.release(forward=True)
        assert second.result(10).status == 201
    assert names(control_plane, namespace) == {"first", "second", "third"}
    assert not proxy.held.is_set()


def test_a_held_write_that_is_dropped_never_happened(
    control_plane: ControlPlane, proxy: FaultProxy, through: Rest, namespace: str
) -> None:
    rule = proxy.add(Rule(Hold(), resource="configmaps"))
    with in_background(through, configmaps(namespace), configmap("a")) as write:
        assert rule.fired.wait(10)
        rule.release(forward=False)
        with pytest.raises(OSError, match=r"."):
            write.result(10)
    assert names(control_plane, namespace) == set()


def test_a_held_write_is_forwarded_although_its_client_was_killed(
    control_plane: ControlPlane, proxy: FaultProxy, namespace: str
) -> None:
    kubeconfig = control_plane.proxied_kubeconfig(proxy, control_plane.user_token("admin"), "killed")
    rule = proxy.add(Rule(Hold(), resource="configmaps"))
    command = [control_plane.tools["kubectl"], "--kubeconfig", str(kubeconfig), "-n", namespace, "create", "configmap"]
    with subprocess.Popen([*command, "a"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as client:
        assert rule.fired.wait(10)
        client.kill()
    rule.release(forward=True)
    eventually(lambda: names(control_plane, namespace) == {"a"}, within=10)


def test_a_lost_response_leaves_the_effect(
    control_plane: ControlPlane, proxy: FaultProxy, through: Rest, namespace: str
) -> None:
    rule = proxy.add(Rule(Drop(after_forward=True), resource="configmaps"))
    with pytest.raises(OSError, match=r"."):
        through.post(configmaps(namespace), configmap("a"))
    assert names(control_plane, namespace) == {"a"}
    assert rule.fired.is_set()


def test_a_dropped_request_has_no_effect(
    control_plane: ControlPlane, proxy: FaultProxy, through: Rest, namespace: str
) -> None:
    proxy.add(Rule(Drop(), resource="configmaps"))
    with pytest.raises(OSError, match=r"."):
        through.post(configmaps(namespace), configmap("a"))
    assert through.post(configmaps(namespace), configmap("b")).ok
    assert names(control_plane, namespace) == {"b"}


@pytest.mark.parametrize(
    ("status", "reason"),
    [(409, "Conflict"), (429, "TooManyRequests"), (500, "InternalError"), (503, "ServiceUnavailable")],
)
def test_a_refusal_is_a_status_object_and_has_no_effect(
    control_plane: ControlPlane, proxy: FaultProxy, through: Rest, namespace: str, status: int, reason: str
) -> None:
    proxy.add(Rule(Refuse(status, retry_after=1), resource="configmaps"))
    refusal = through.post(configmaps(namespace), configmap("a"))
    assert (refusal.status, refusal.body["kind"], refusal.body["reason"]) == (status, "Status", reason)
    assert refusal.headers["Retry-After"] == "1"
    assert names(control_plane, namespace) == set()


def test_a_delay_comes_before_the_effect(proxy: FaultProxy, through: Rest, namespace: str) -> None:
    proxy.add(Rule(Delay(0.5), resource="configmaps"))
    began = time.monotonic()
    assert through.post(configmaps(namespace), configmap("a")).ok
    assert time.monotonic() - began >= 0.5


def test_cleared_rules_befall_nothing(proxy: FaultProxy, through: Rest, namespace: str) -> None:
    proxy.add(Rule(Refuse(503), times=None))
    assert through.post(configmaps(namespace), configmap("a")).status == 503
    proxy.clear()
    assert through.post(configmaps(namespace), configmap("a")).ok


def test_an_outage_of_the_api_server_looks_like_a_reset(control_plane: ControlPlane, through: Rest) -> None:
    control_plane.apiserver.kill()
    try:
        with pytest.raises(OSError, match=r"."):
            through.get("/readyz")
    finally:
        control_plane.start_apiserver()
    assert through.get("/readyz").ok


def test_watch_events_pass_as_they_come_until_the_watch_is_cut(
    control_plane: ControlPlane, proxy: FaultProxy, namespace: str
) -> None:
    with watching(control_plane, proxy, namespace) as watcher:
        put_watched(control_plane, namespace, "a")
        eventually(lambda: ("ADDED", "a") in watcher.seen, within=10)
        put_watched(control_plane, namespace, "b")
        eventually(lambda: ("ADDED", "b") in watcher.seen, within=10)
        assert proxy.cut_watches("secrets") == 0
        assert not watcher.over.is_set()
        assert proxy.cut_watches("configmaps") == 1
        assert watcher.over.wait(10)
    assert proxy.count("WATCH", "configmaps") == 1


def test_a_muted_watch_passes_nothing_and_goes_on_where_it_stood(
    control_plane: ControlPlane, proxy: FaultProxy, namespace: str
) -> None:
    with watching(control_plane, proxy, namespace) as watcher, watching(control_plane, proxy, namespace) as witness:
        put_watched(control_plane, namespace, "a")
        eventually(lambda: len(watcher.seen) == len(witness.seen) == 1, within=10)
        rule = proxy.add(Rule(MuteWatch(after_events=1)))
        with watching(control_plane, proxy, namespace) as muted:
            eventually(lambda: muted.seen == [("ADDED", "a")], within=10)
            put_watched(control_plane, namespace, "b")
            eventually(lambda: ("ADDED", "b") in witness.seen, within=10)
            assert muted.seen == [("ADDED", "a")]
            assert not muted.over.is_set()
            rule.release()
            eventually(lambda: ("ADDED", "b") in muted.seen, within=10)


def test_open_watches_can_be_muted(control_plane: ControlPlane, proxy: FaultProxy, namespace: str) -> None:
    with watching(control_plane, proxy, namespace) as watcher:
        put_watched(control_plane, namespace, "a")
        eventually(lambda: watcher.seen == [("ADDED", "a")], within=10)
        assert proxy.mute_watches("configmaps") == 1
        put_watched(control_plane, namespace, "b")
        with watching(control_plane, proxy, namespace) as witness:
            eventually(lambda: ("ADDED", "b") in witness.seen, within=10)
            assert watcher.seen == [("ADDED", "a")]
            proxy.unmute_watches()
            eventually(lambda: ("ADDED", "b") in watcher.seen, within=10)


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (CutWatch(after_events=1), [("ADDED", "a")]),
        (ExpireWatch(after_events=1), [("ADDED", "a"), ("ERROR", "")]),
        (ExpireWatch(), [("ERROR", "")]),
    ],
)
def test_a_watch_ends_after_so_many_events(
    control_plane: ControlPlane, proxy: FaultProxy, namespace: str, effect: CutWatch, expected: list[tuple[str, str]]
) -> None:
    put_watched(control_plane, namespace, "a")
    proxy.add(Rule(effect))
    with watching(control_plane, proxy, namespace) as watcher:
        assert watcher.over.wait(10)
        assert watcher.seen == expected


def test_an_expired_watch_says_410_as_the_api_server_does(
    control_plane: ControlPlane, proxy: FaultProxy, namespace: str
) -> None:
    proxy.add(Rule(ExpireWatch()))
    with watching(control_plane, proxy, namespace) as watcher:
        assert watcher.over.wait(10)
    [event] = watcher.events
    assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")


def test_a_watch_can_be_tampered_with(control_plane: ControlPlane, proxy: FaultProxy, namespace: str) -> None:
    put_watched(control_plane, namespace, "a")
    proxy.add(Rule(Tamper(lambda line: (line, line))))
    with watching(control_plane, proxy, namespace) as watcher:
        eventually(lambda: watcher.seen == [("ADDED", "a"), ("ADDED", "a")], within=10)


def test_closing_the_proxy_resets_what_is_held(
    control_plane: ControlPlane, through: Rest, proxy: FaultProxy, namespace: str
) -> None:
    with control_plane.fault_proxy() as short_lived:
        client = control_plane.rest(proxy=short_lived)
        short_lived.add(Rule(Hold(), resource="configmaps"))
        with ThreadPoolExecutor(1) as pool:
            write = pool.submit(client.post, configmaps(namespace), configmap("a"))
            assert short_lived.held.wait(10)
            short_lived.clear(forward=False)
            with pytest.raises(OSError, match=r"."):
                write.result(10)
    assert names(control_plane, namespace) == set()


def test_a_proxy_before_an_api_server_that_stands_still_can_be_closed(control_plane: ControlPlane) -> None:
    control_plane.apiserver.pause()
    try:
        with ThreadPoolExecutor(1) as pool:
            with control_plane.fault_proxy() as short_lived:
                read = pool.submit(control_plane.rest(proxy=short_lived).get, "/api/v1/namespaces")
                eventually(lambda: short_lived.count("GET", "namespaces") == 1, within=10)
            with pytest.raises(OSError, match=r"."):
                read.result(10)
    finally:
        control_plane.apiserver.resume()
    assert control_plane.api.get("/readyz").ok
