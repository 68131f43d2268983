"""Queue tokens on a real API server, by its own rules about owners and versions, and at the gateway stand-in."""

from __future__ import annotations

import base64
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from localcloud.gateway.config import Connector
from localcloud.gateway.credentials import References
from localcloud.gateway.dice import seeded
from localcloud.gateway.memorycluster import MemoryClusters
from localcloud.gateway.profile import Profile
from localcloud.gateway.server import GatewayServer
from localcloud.gateway.service import World
from localcloud.gateway.start import bind
from mwaa_operator.engine.clock import SystemClock
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.tokens.keeper import QueueTokens
from mwaa_operator.kube.client import KubeClient
from mwaa_operator.kube.errors import Conflict
from mwaa_operator.route.api import SparkJobRoute
from mwaa_operator.route.queue import Access
from mwaa_operator.route.reasons import DetailReason
from mwaa_operator.route.status import SparkJobRouteStatus
from tests.support.bpg import cluster, document
from tests.support.crds import collection, info_of, install_crds
from tests.support.gatewaystand import URL
from tests.support.kube import client_to
from tests.support.manifests import spark_gateway, spark_job_route
from tests.support.tokendesk import DAY, Desk, gateway, route, token
from tests.support.wait import eventually

CLOCK = SystemClock()


class Moved:
    """A clock that was moved."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return CLOCK.now() + self.ahead


@pytest.fixture(scope="module")
def client(control_plane: ControlPlane) -> KubeClient:
    install_crds(control_plane)
    return client_to(control_plane.admin_kubeconfig)


def tokens_of(client: KubeClient, now: Moved | None = None) -> QueueTokens:
    return QueueTokens(client.owned, hide=client.hide, entropy=os.urandom, now=now or Moved())


def made_gateway(control_plane: ControlPlane, namespace: str) -> SparkGateway:
    """Return a gateway that is there, so that what it owns stays."""
    return SparkGateway.from_body(made(control_plane, spark_gateway("general", namespace), namespace))


def made_route(control_plane: ControlPlane, namespace: str) -> SparkJobRoute:
    access = {"secure": True, "tokens": [token(secretName="digital-token")]}
    return SparkJobRoute.from_body(made(control_plane, spark_job_route("digital", namespace, access=access), namespace))


def made(control_plane: ControlPlane, body: dict[str, Any], namespace: str) -> dict[str, Any]:
    answer = control_plane.api.post(collection(info_of(body), namespace), body)
    assert answer.ok, answer.body
    found: dict[str, Any] = answer.body
    return found


def secret(control_plane: ControlPlane, namespace: str, name: str) -> dict[str, Any]:
    answer = control_plane.api.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
    assert answer.ok, answer.body
    found: dict[str, Any] = answer.body
    return found


class TestOnTheApiServer:
    def test_keys_are_made_rotated_and_read_again(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        resource = made_gateway(control_plane, namespace)
        now = Moved()
        tokens = tokens_of(client, now)
        first = tokens.ring(resource)
        assert tokens.ring(resource) == first
        stored = secret(control_plane, namespace, "general.queue-keys")
        now.ahead = 30 * DAY
        second = tokens.ring(resource)
        assert (first.versions, second.versions) == ((1,), (2,))
        after = secret(control_plane, namespace, "general.queue-keys")
        assert stored["metadata"]["uid"] == after["metadata"]["uid"]
        assert stored["metadata"]["ownerReferences"] == after["metadata"]["ownerReferences"]
        assert len(json.loads(base64.b64decode(after["data"]["keys"]))) == 1

    def test_a_token_is_written_renewed_mended_and_deleted(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        resource = made_gateway(control_plane, namespace)
        asked, key = made_route(control_plane, namespace), f"{namespace}/digital"
        now = Moved()
        tokens = tokens_of(client, now)
        texts = []
        for hours, edit in ((0, None), (1, {"data": {"token": "eA=="}}), (24 * 24, None)):
            now.ahead = timedelta(hours=hours)
            if edit:
                path = f"/api/v1/namespaces/{namespace}/secrets/digital-token"
                assert control_plane.api.patch(path, edit).ok
            ring = tokens.ring(resource)
            found = tokens.keep(resource, ring, [asked], serving=frozenset(ring.keys))[key]
            assert (found.ready, found.reason, found.message) == ("True", DetailReason.SUCCEEDED, "")
            texts.append(secret(control_plane, namespace, "digital-token")["data"]["token"])
        assert len(set(texts)) == len(texts)
        without = asked.spec.model_copy(update={"access": Access(secure=False)})
        status = SparkJobRouteStatus(tokens=list(found.tokens))
        asked = asked.model_copy(update={"spec": without, "status": status})
        tokens.keep(resource, ring, [asked], serving=frozenset())
        path = f"/api/v1/namespaces/{namespace}/secrets/digital-token"
        eventually(lambda: control_plane.api.get(path).status == 404, within=20, what="the Secret gone")

    def test_a_strangers_secret_stays_as_it_is(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "digital-token"}, "data": {"token": "eA=="}}
        assert control_plane.api.post(f"/api/v1/namespaces/{namespace}/secrets", body).ok
        before = secret(control_plane, namespace, "digital-token")
        resource = made_gateway(control_plane, namespace)
        tokens = tokens_of(client)
        ring = tokens.ring(resource)
        asked = made_route(control_plane, namespace)
        found = tokens.keep(resource, ring, [asked], serving=frozenset(ring.keys))
        assert found[f"{namespace}/digital"].reason == DetailReason.SECRET_NOT_OWNED
        assert secret(control_plane, namespace, "digital-token") == before

    def test_a_namespace_that_may_not_be_read_costs_its_own_route_alone(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        resource = made_gateway(control_plane, namespace)
        ring = tokens_of(client).ring(resource)
        kubeconfig = control_plane.kubeconfig_for_token(control_plane.user_token("tenant-a"), "tenant-queue-tokens")
        tenant = tokens_of(client_to(kubeconfig))
        found = tenant.keep(resource, ring, [route(), route("other")], serving=frozenset(ring.keys))
        assert {(item.ready, item.reason) for item in found.values()} == {("Unknown", DetailReason.TOKEN_PENDING)}
        assert all("403" in item.message for item in found.values())

    def test_a_promise_on_keys_that_moved_is_a_conflict(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        resource = made_gateway(control_plane, namespace)
        tokens_of(client).ring(resource)
        stale = client.owned.get("v1", "Secret", namespace, "general.queue-keys")
        assert stale is not None
        path = f"/api/v1/namespaces/{namespace}/secrets/general.queue-keys"
        assert control_plane.api.patch(path, {"metadata": {"labels": {"x": "y"}}}).ok
        meta = {name: stale["metadata"][name] for name in ("name", "namespace", "resourceVersion")}
        with pytest.raises(Conflict):
            client.owned.apply({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": stale["data"]})


@contextmanager
def serving(profile: Profile, *keys: str) -> Iterator[str]:
    """Serve two secure queues, a sub-queue and that of jobs that name none, and yield the address."""
    names = ("digital", "digital.night", "other", "poc")
    queues = [{"name": name, "secure": True} for name in names]
    entries = [cluster("a", 1, ["3.5"], ["digital", "other", "poc"])]
    clusters = MemoryClusters(lambda: CLOCK.now().timestamp())
    clusters.add(URL)
    file = document(clusters=entries, queues=queues, queueTokenSOPS={"secrets": list(keys)})
    world, anywhere = World(clusters.connect, References({}), seeded(1)), Connector(0)
    with GatewayServer(bind(file, profile), world, application=anywhere, admin=anywhere) as server:
        yield server.url


def submit(url: str, text: str, queue: str | None) -> int:
    """Submit a job and return the status."""
    body = {"sparkVersion": "3.5", "type": "Java", "queueToken": text} | ({"queue": queue} if queue else {})
    headers = {"User-Account": "x", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/skatev2/spark", data=json.dumps(body).encode(), headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


@pytest.mark.parametrize("profile", [Profile.AWS_PIN, Profile.PRE_DW5])
class TestAtTheGateway:
    def test_a_token_opens_its_queues_and_no_others(self, profile: Profile) -> None:
        desk = self.desk()
        desk.keep(route(queue={"name": "digital", "subQueues": ["night"]}))
        with serving(profile, *desk.ring().keys) as url:
            found = {queue: submit(url, desk.text(), queue) for queue in ("digital", "digital.night", "other", None)}
        assert found == {"digital": 200, "digital.night": 200, "other": 400, None: 400}

    def test_that_of_the_route_that_serves_them_opens_the_queue_of_jobs_that_name_none(self, profile: Profile) -> None:
        desk = self.desk()
        desk.keep(route(queue={"name": "digital", "default": True}))
        with serving(profile, *desk.ring().keys) as url:
            assert submit(url, desk.text(), None) == 200

    def test_tokens_of_both_keys_are_taken_while_one_follows_the_other(self, profile: Profile) -> None:
        desk = self.desk()
        desk.keep(route())
        old = desk.text()
        desk.pass_(20 * DAY)
        rotating = gateway(queueTokens={"rotation": "24h"})
        ring = desk.ring(rotating)
        desk.now = CLOCK.now()
        desk.tokens.keep(rotating, ring, [route()], serving=frozenset(ring.keys))
        new = desk.text()
        assert (len(ring.keys), old != new) == (2, True)
        with serving(profile, *ring.keys) as url:
            assert [submit(url, text, "digital") for text in (old, new)] == [200, 200]
        with serving(profile, ring.keys[0]) as url:
            assert [submit(url, text, "digital") for text in (old, new)] == [400, 200]

    def test_an_end_is_an_end(self, profile: Profile) -> None:
        desk = self.desk()
        desk.now -= timedelta(hours=2)
        desk.keep(route("digital", token(secretName="digital-token", lifetime="1h", renewBefore="5m")))
        with serving(profile, *desk.ring().keys) as url:
            assert submit(url, desk.text(), "digital") == 400

    def desk(self) -> Desk:
        """Return a desk whose clock is right."""
        desk = Desk()
        desk.now = CLOCK.now()
        return desk
