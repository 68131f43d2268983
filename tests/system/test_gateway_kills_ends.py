"""SIGKILL at a gateway's first writes, of its first key and of its finalizer, and at the last one, of its finalizer.

Each time the write is lost, or takes effect before the process could know. Not covered: the deletion of revisions that
nobody needs any more, for which a gateway has to be rolled seven times (tests/unit/gateway/test_kills.py).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from mwaa_operator.api.meta import FINALIZER
from tests.support.gatewayfield import GATEWAYS, ROUTES, Field, Gateway, condition, is_ready, target
from tests.support.gatewaykills import killed_on_the_way
from tests.support.wait import eventually
from tests.support.watching import Watching

SECURE = {"secure": True, "tokens": [{"name": "mwaa", "secretName": "first-token"}]}
FIRST = frozenset({"POST secrets keys", "PATCH sparkgateways add"})
LAST = frozenset({"PATCH sparkgateways remove"})
OWNED = (
    "/api/v1/{}/secrets",
    "/api/v1/{}/pods",
    "/api/v1/{}/services",
    "/api/v1/{}/serviceaccounts",
    "/apis/apps/v1/{}/deployments",
    "/apis/apps/v1/{}/replicasets",
    "/apis/rbac.authorization.k8s.io/v1/{}/roles",
    "/apis/rbac.authorization.k8s.io/v1/{}/rolebindings",
    "/apis/policy/v1/{}/poddisruptionbudgets",
    "/apis/networking.k8s.io/v1/{}/networkpolicies",
)
"""Where a gateway's objects are."""


@pytest.fixture(autouse=True)
def mended(field: Field) -> Iterator[None]:
    """Leave an operator behind that runs."""
    yield
    field.mend()


@pytest.mark.parametrize("forward", [False, True], ids=["lost", "taking effect"])
def test_a_kill_at_the_first_writes_of_a_gateway_leaves_it_one_key_that_opens_its_queues(
    field: Field, *, forward: bool
) -> None:
    with ExitStack() as closing:
        secrets = closing.enter_context(Watching(field.cloud.control_plane, "/api/v1/secrets"))
        made: list[Gateway] = []

        def begin() -> None:
            made.append(closing.enter_context(field.gateway()))
            made[0].route("one", target("a"), access=SECURE)

        killed = killed_on_the_way(field, begin, lambda: opens(made[0]), forward=forward, of=FIRST)
        gateway = made[0]
        assert killed == FIRST
        assert gateway.body["metadata"]["finalizers"].count(FINALIZER) == 1
        tokens = {text(body, "token") for body in secrets.versions((ROUTES, "first-token"))}
        kept = secrets.versions((GATEWAYS, f"{gateway.name}.queue-keys"))
        assert len({item["key"] for body in kept for item in json.loads(text(body, "keys"))}) == 1
        assert len({body["metadata"]["uid"] for body in kept}) == 1
        for token in tokens:
            status, answer = gateway.submit(f"one-{gateway.name}", queueToken=token)
            assert status == 200, answer


@pytest.mark.parametrize("forward", [False, True], ids=["lost", "taking effect"])
def test_a_kill_at_the_end_of_a_gateway_leaves_nothing_of_it_and_everything_else(
    field: Field, *, forward: bool
) -> None:
    plane = field.cloud.control_plane
    with field.gateway() as gateway, field.gateway() as other:
        for one in (gateway, other):
            one.route("one", target("a"))
            one.until_route("one", is_ready)
            one.until(is_ready)
        gateway.delete("one")
        gateway.gone("one")
        strangers = [stranger(plane, gateway, name) for name in ("0123456789ab", "notes")]
        before = owned(plane, other)
        assert owned(plane, gateway).keys() > set(strangers)
        killed = killed_on_the_way(
            field, lambda: delete(plane, gateway), partial(is_gone, plane, gateway), forward=forward, of=LAST
        )
        assert killed == LAST
        assert is_gone(plane, gateway)
        eventually(lambda: owned(plane, gateway).keys() == set(strangers), within=60, what="what is left to go")
        assert owned(plane, other) == before
        assert other.submit(f"one-{other.name}")[0] == 200
        for path in strangers:
            assert plane.api.delete(path).ok


def opens(gateway: Gateway) -> bool:
    """Whether the gateway's route rests, and its tokens are written."""
    route = gateway.of("one")
    if "status" not in route or condition(route, "TokensReady").get("status") != "True":
        return False
    return is_ready(route) and is_ready(gateway.body)


def delete(plane: ControlPlane, gateway: Gateway) -> None:
    """Ask for a gateway's deletion."""
    assert plane.api.delete(gateway.path).ok


def is_gone(plane: ControlPlane, gateway: Gateway) -> bool:
    """Whether there is no such gateway."""
    return plane.api.get(gateway.path).status == 404


def stranger(plane: ControlPlane, gateway: Gateway, name: str) -> str:
    """Make a Secret that looks like one of a gateway's and is not; return its path."""
    path = f"/api/v1/namespaces/{GATEWAYS}/secrets"
    meta = {"name": f"{gateway.name}.{name}", "labels": {"mwaa-operator.io/gateway": gateway.name}}
    assert plane.api.post(path, {"apiVersion": "v1", "kind": "Secret", "metadata": meta}).ok
    return f"{path}/{gateway.name}.{name}"


def owned(plane: ControlPlane, gateway: Gateway) -> dict[str, str]:
    """Return what bears a gateway's label, the uids by the paths."""
    found: dict[str, str] = {}
    for pattern in OWNED:
        path = pattern.format(f"namespaces/{GATEWAYS}")
        items = plane.api.get(f"{path}?labelSelector=mwaa-operator.io%2Fgateway%3D{gateway.name}").body["items"]
        found |= {f"{path}/{item['metadata']['name']}": item["metadata"]["uid"] for item in items}
    return found


def text(secret: dict[str, Any], key: str) -> str:
    """Return a member of a Secret."""
    return base64.b64decode(secret["data"][key]).decode()
