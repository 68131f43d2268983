"""Looks at Spark clusters with the gateway's token, on a real API server and on what is none.

Not covered: clusters of EKS (test_gateway_clusters_eks.py), and names that resolve to nothing for longer than a look.
"""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from localcloud.certs import Authority
from localcloud.controlplane import ControlPlane
from localcloud.gateway import kubecluster
from localcloud.ports import free_ports
from mwaa_operator.api.meta import RECONCILE_REQUESTED_AT
from mwaa_operator.gateway.clusters.keys import gateway_key
from mwaa_operator.gateway.clusters.timings import ClusterTimings
from mwaa_operator.gateway.plan.situation import ClusterLook
from tests.support.controlplane import fresh_namespace
from tests.support.kube import client_to
from tests.support.sparkclusters import (
    APPS,
    BPG_VERBS,
    Looking,
    allow,
    cluster,
    gateway,
    make_job,
    put_secret,
)
from tests.support.wait import eventually

NO_CERTIFICATE = b"-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n"
CANARY = "c4nary-0f-t0k3n-d0-n0t-t3ll"


@dataclass(frozen=True)
class Place:
    """A namespace that is the gateway's and Spark's at once, and the looks from there."""

    control_plane: ControlPlane
    namespace: str
    looking: Looking

    def look(self, *clusters: dict[str, Any], **metadata: Any) -> dict[str, ClusterLook]:
        looks, troubles = self.looking.clusters.look(gateway(self.namespace, *clusters, **metadata))
        assert not troubles
        return looks

    def look_at(self, **members: Any) -> ClusterLook:
        return self.look(cluster(self.control_plane, namespace=self.namespace, **members))["a"]

    def give(self, *verbs: str) -> None:
        """Write a token with these rights to the Secret, and return when the API server grants them."""
        token = allow(self.control_plane, self.namespace, *verbs)
        put_secret(self.control_plane, self.namespace, "a-token", token=token.encode())
        path = f"{APPS}/namespaces/{self.namespace}/sparkapplications"
        mine = self.control_plane.rest(token)
        if "list" in verbs:
            eventually(lambda: mine.get(path).ok, within=20, what="the rights of the token")

    def pass_time(self, seconds: float) -> None:
        self.looking.hands.seconds += seconds
        self.looking.hands.ahead += timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def spark(control_plane: ControlPlane) -> Iterator[None]:
    """An API server that knows SparkApplications until the module ends."""
    kubecluster.install_crd(control_plane.api)
    yield
    control_plane.api.delete(f"{kubecluster.CRDS}/sparkapplications.sparkoperator.k8s.io")


@pytest.fixture
def place(control_plane: ControlPlane, namespace: str, spark: None) -> Place:
    kube = client_to(control_plane.admin_kubeconfig)
    return Place(control_plane, namespace, Looking(kube))


@pytest.fixture
def ready(place: Place) -> Place:
    """A place whose token may do all that BPG does."""
    place.give(*BPG_VERBS)
    return place


def encoded(pem: bytes) -> str:
    return base64.b64encode(pem).decode()


@contextmanager
def silent_servers(number: int) -> Iterator[list[str]]:
    """Listen and never answer."""
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        yield [f"https://127.0.0.1:{server.getsockname()[1]}" for server in servers]


def test_a_cluster_that_takes_the_token_and_runs_jobs_is_healthy(ready: Place) -> None:
    make_job(ready.control_plane, ready.namespace, "a1-0", state="RUNNING")
    look = ready.look_at()
    reference = f"k8s:secret:{ready.namespace}:a-token:token"
    assert (look.url, look.token) == (ready.control_plane.url, reference)
    assert (look.reachable, look.healthy, look.reason, look.message) == (True, True, "", "")
    assert look.token_expires_at is None


SECRETS: list[tuple[str, dict[str, bytes] | None, str]] = [
    ("none", None, "there is no Secret"),
    ("without the key", {"other": CANARY.encode()}, "has no text under token"),
    ("bytes", {"token": b"\xff\xfe" + CANARY.encode()}, "has no text under token"),
    ("too short", {"token": b"123456789"}, "too short"),
    ("with a line break", {"token": CANARY.encode() + b"\n"}, "line breaks"),
    ("not ASCII", {"token": f"{CANARY}ä".encode()}, "write the token alone"),
]


@pytest.mark.parametrize(("data", "words"), [case[1:] for case in SECRETS], ids=[case[0] for case in SECRETS])
def test_a_secret_without_a_token_is_told_and_the_entry_is_rendered_all_the_same(
    data: dict[str, bytes] | None, words: str, place: Place
) -> None:
    if data is not None:
        put_secret(place.control_plane, place.namespace, "a-token", **data)
    look = place.look_at()
    assert (look.reachable, look.healthy, look.reason) == (False, False, "DependencyNotReady")
    assert words in look.message
    assert look.url == place.control_plane.url
    assert CANARY not in repr(look)


@pytest.mark.parametrize(
    ("verbs", "reachable", "words"),
    [
        ((), False, "may not get sparkapplications"),
        (("create", "list"), False, "may not get sparkapplications"),
        (("get", "list"), True, "may not create sparkapplications"),
        (("get", "create"), True, "may not list sparkapplications"),
    ],
)
def test_a_token_that_may_not_do_what_bpg_does_is_rejected(
    verbs: tuple[str, ...], reachable: bool, words: str, place: Place
) -> None:
    place.give(*verbs)

    def seen() -> ClusterLook:
        place.pass_time(30)
        return place.look_at()

    eventually(lambda: words in seen().message, within=20, what=words)
    look = seen()
    assert (look.reachable, look.healthy, look.reason) == (reachable, False, "TokenRejected")


def test_a_namespace_that_the_token_does_not_reach_is_named(ready: Place) -> None:
    elsewhere = {"name": "elsewhere", "serviceAccounts": ["spark"], "allowedFrom": ["*"]}
    here = cluster(ready.control_plane, namespace=ready.namespace)["sparkNamespaces"][0]
    look = ready.look_at(sparkNamespaces=[here, elsewhere])
    assert (look.healthy, look.reason) == (False, "TokenRejected")
    assert "in namespace elsewhere" in look.message


BROKEN: list[tuple[str, Callable[[ControlPlane, Path], dict[str, str]], str, str]] = [
    (
        "refused",
        lambda running, _: {"url": f"https://127.0.0.1:{free_ports(1)[0]}"},
        "ClusterUnreachable",
        "takes no connections",
    ),
    ("no such name", lambda running, _: {"url": "https://nowhere.invalid"}, "ClusterUnreachable", "is not known here"),
    (
        "another authority",
        lambda running, path: {"caBundle": encoded(Authority(path / "other").files.certificate.read_bytes())},
        "ClusterUnreachable",
        "the certificates do not fit",
    ),
    (
        "no certificates",
        lambda running, _: {"caBundle": encoded(NO_CERTIFICATE)},
        "ClusterUnreachable",
        "not PEM in base64",
    ),
    ("a token that it does not know", lambda running, _: {}, "TokenRejected", "does not take the token"),
]


@pytest.mark.parametrize(("change", "reason", "words"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_what_is_wrong_is_told_apart_and_never_with_the_token(
    change: Callable[[ControlPlane, Path], dict[str, str]], reason: str, words: str, place: Place, tmp_path: Path
) -> None:
    put_secret(place.control_plane, place.namespace, "a-token", token=CANARY.encode())
    server = cluster(place.control_plane)["apiServer"] | change(place.control_plane, tmp_path)
    look = place.look_at(apiServer=server)
    assert (look.reachable, look.healthy, look.reason) == (False, False, reason)
    assert words in look.message
    assert len(look.message) <= 256
    assert CANARY not in repr(look)
    assert CANARY not in repr(vars(place.looking.clusters))


def test_the_certificate_of_the_server_itself_is_enough_as_it_is_for_bpg(ready: Place) -> None:
    leaf = ready.control_plane.directory / "pki" / "apiserver.crt"
    server = {"url": ready.control_plane.url, "caBundle": encoded(leaf.read_bytes())}
    assert ready.look_at(apiServer=server).healthy


def test_many_silent_clusters_delay_nobody(control_plane: ControlPlane, namespace: str, spark: None) -> None:
    kube = client_to(control_plane.admin_kubeconfig)
    ready = Place(control_plane, namespace, Looking(kube, timings=ClusterTimings(patience=3.0)))
    ready.give(*BPG_VERBS)
    with silent_servers(12) as urls:
        ca = cluster(ready.control_plane)["apiServer"]["caBundle"]
        dead = [
            cluster(
                ready.control_plane,
                f"dead-{number}",
                ready.namespace,
                apiServer={"url": url, "caBundle": ca},
                credentials={"tokenSecretRef": {"name": "a-token", "key": "token"}},
            )
            for number, url in enumerate(urls)
        ]
        alive = cluster(ready.control_plane, namespace=ready.namespace)
        looks = ready.look(*dead, alive)
        ready.pass_time(30)
        again = ready.look(*dead, alive)
    assert looks["a"].healthy
    assert again["a"].healthy
    assert [again[name].reason for name in looks] == [look.reason for look in looks.values()]
    assert {looks[item["name"]].reason for item in dead} == {"ClusterUnreachable"}
    assert all("does not answer in time" in looks[item["name"]].message for item in dead)


def test_jobs_that_nobody_takes_up_mean_that_there_is_no_spark_operator(ready: Place) -> None:
    make_job(ready.control_plane, ready.namespace, "a1-done", state="COMPLETED")
    make_job(ready.control_plane, ready.namespace, "a1-new")
    assert ready.look_at().healthy
    ready.pass_time(130)
    look = ready.look_at()
    assert (look.reachable, look.healthy, look.reason) == (True, False, "SparkOperatorMissing")
    assert ready.namespace in look.message
    make_job(ready.control_plane, ready.namespace, "a1-other", state="RUNNING")
    path = f"{APPS}/namespaces/{ready.namespace}/sparkapplications/a1-new/status"
    assert ready.control_plane.api.patch(path, {"status": {"applicationState": {"state": "SUBMITTED"}}}).ok
    ready.pass_time(30)
    assert ready.look_at().healthy


class TestHowLongALookStands:
    def test_for_twenty_seconds(self, ready: Place) -> None:
        assert ready.look_at().healthy
        ready.control_plane.api.delete(f"/api/v1/namespaces/{ready.namespace}/secrets/a-token")
        ready.pass_time(19)
        assert ready.look_at().healthy
        ready.pass_time(2)
        assert ready.look_at().reason == "DependencyNotReady"

    def test_until_somebody_asks_for_another_one(self, ready: Place) -> None:
        body = cluster(ready.control_plane, namespace=ready.namespace)
        assert ready.look(body)["a"].healthy
        ready.control_plane.api.delete(f"/api/v1/namespaces/{ready.namespace}/secrets/a-token")
        assert not ready.look(body, annotations={RECONCILE_REQUESTED_AT: "now"})["a"].healthy

    def test_until_spec_says_something_else(self, ready: Place) -> None:
        assert ready.look_at().healthy
        assert not ready.look_at(credentials={"tokenSecretRef": {"name": "other", "key": "token"}}).healthy

    def test_until_the_gateway_is_gone(self, ready: Place) -> None:
        assert ready.look_at().healthy
        ready.control_plane.api.delete(f"/api/v1/namespaces/{ready.namespace}/secrets/a-token")
        ready.looking.clusters.forget(gateway_key(gateway(ready.namespace, cluster(ready.control_plane))))
        assert not ready.look_at().healthy

    def test_a_right_that_is_taken_away_is_seen_when_what_is_known_of_rights_ends(self, ready: Place) -> None:
        assert ready.look_at().healthy
        allow(ready.control_plane, ready.namespace, "list", "get")

        def seen() -> ClusterLook:
            ready.pass_time(310)
            return ready.look_at()

        eventually(lambda: "may not create" in seen().message, within=20, what="the missing right")


def test_a_disabled_cluster_is_not_asked_and_not_called_healthy(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        body = cluster(place.control_plane)["apiServer"] | {"url": url}
        look = place.look_at(apiServer=body, state="Disabled")
        with pytest.raises(BlockingIOError):
            server.accept()
    assert (look.reachable, look.healthy, look.reason) == (False, False, "Drained")
    assert look.url == url


class TestJobs:
    def jobs(self, place: Place, **entries: str) -> dict[str, int]:
        body = gateway(place.namespace, cluster(place.control_plane, namespace=place.namespace))
        found = place.looking.clusters.jobs(body, {id_: ("a", namespace) for id_, namespace in entries.items()})
        return {id_: look.left for id_, look in found.items()}

    def test_are_those_whose_names_begin_with_the_id_of_the_entry_ended_ones_too(self, ready: Place) -> None:
        for name, state in (("a1-x", "RUNNING"), ("a1-y", "COMPLETED"), ("a12-x", "RUNNING"), ("b-a1-x", "FAILED")):
            make_job(ready.control_plane, ready.namespace, name, state=state)
        ready.look_at()
        here = ready.namespace
        assert self.jobs(ready, a1=here, a12=here, b=here, c=here) == {"a1": 2, "a12": 1, "b": 1, "c": 0}

    def test_are_counted_once_a_minute_and_the_count_says_when(self, ready: Place) -> None:
        ready.look_at()
        before = ready.looking.hands.now()
        assert self.jobs(ready, a1=ready.namespace) == {"a1": 0}
        make_job(ready.control_plane, ready.namespace, "a1-x", state="RUNNING")
        ready.pass_time(59)
        assert self.jobs(ready, a1=ready.namespace) == {"a1": 0}
        ready.pass_time(2)
        body = gateway(ready.namespace, cluster(ready.control_plane, namespace=ready.namespace))
        found = ready.looking.clusters.jobs(body, {"a1": ("a", ready.namespace)})["a1"]
        assert found.left == 1
        assert before + timedelta(seconds=61) <= found.counted_at <= ready.looking.hands.now()

    def test_of_a_namespace_that_the_token_does_not_reach_are_unknown_and_those_of_others_are_not(
        self, ready: Place
    ) -> None:
        ready.look_at()
        with fresh_namespace(ready.control_plane) as other:
            assert self.jobs(ready, a1=ready.namespace, a2=other) == {"a1": 0}

    def test_of_a_cluster_that_was_not_reached_are_unknown(self, place: Place) -> None:
        assert self.jobs(place, a1=place.namespace) == {}
        assert not place.look_at().reachable
        assert self.jobs(place, a1=place.namespace) == {}


class TestJobsUnderWay:
    def test_come_with_the_look_and_without_those_that_have_ended(self, ready: Place) -> None:
        states = (
            ("a1-x", "RUNNING"),
            ("a1-y", "COMPLETED"),
            ("a1-z", ""),
            ("a12-x", "SUBMITTED"),
            ("b-a1-x", "FAILED"),
        )
        for name, state in states:
            make_job(ready.control_plane, ready.namespace, name, state=state)
        assert ready.look_at().running == {ready.namespace: {"a1": 2, "a12": 1}}

    def test_are_unknown_where_the_cluster_was_not_reached(self, place: Place) -> None:
        assert place.look_at().running == {}


def test_durations_are_scaled_but_for_the_time_that_a_cluster_gets() -> None:
    scaled = ClusterTimings().scaled(10)
    assert (scaled.looks, scaled.untouched, scaled.patience) == (2.0, 12.0, 5.0)
