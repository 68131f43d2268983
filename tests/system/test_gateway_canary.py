"""Tokens and keys of gateways are in the data of Secrets and nowhere else, on good days and on bad ones."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from mwaa_operator.gateway.hidden import STARS
from tests.support.gatewayfield import CLUSTERS, GATEWAYS, ROUTES, Field, Gateway, condition, is_ready, target
from tests.support.gatewayimages import ECHOING
from tests.support.watching import Watching

WRONG = "a-token-that-nobody-gave-out"
SECURE = {"secure": True, "tokens": [{"name": "mwaa", "secretName": "canary-token"}]}
POISONED = {"env": [{"name": "POISON", "value": "1"}]}
WATCHED = (
    "/apis/mwaa-operator.io/v1alpha1/sparkgateways",
    "/apis/mwaa-operator.io/v1alpha1/sparkjobroutes",
    "/api/v1/events",
    "/api/v1/pods",
    "/api/v1/services",
    "/api/v1/serviceaccounts",
    "/api/v1/secrets",
    "/apis/apps/v1/deployments",
    "/apis/rbac.authorization.k8s.io/v1/roles",
    "/apis/policy/v1/poddisruptionbudgets",
    "/apis/networking.k8s.io/v1/networkpolicies",
)


def test_tokens_and_keys_are_seen_nowhere_but_in_the_data_of_secrets(field: Field) -> None:
    with ExitStack() as closing:
        plane = field.cloud.control_plane
        watching = [closing.enter_context(Watching(plane, path)) for path in WATCHED]
        with field.gateway(image=f"{ECHOING}:1") as gateway:
            message = walk(field, gateway)
            secrets = values(field, gateway)
        bodies = [body for one in watching for place in (GATEWAYS, ROUTES) for body in shown(one, place)]
        places = [*map(json.dumps, bodies), field.operator.log_text(), field.operator.metrics()]
    assert STARS in message, "what was echoed came as far as the status of the route"
    assert len(secrets) >= len(CLUSTERS) + 3, "tokens of clusters, the wrong one, a key and a queue's token"
    assert len(places) > len(WATCHED)
    found = [text[:40] for text in secrets for place in places if text in place]
    assert not found, found


def walk(field: Field, gateway: Gateway) -> str:
    """Go through what is most likely to betray a secret, and return what is told of a route that BPG cannot take."""
    queue = gateway.route("one", target("a"), access=SECURE)
    gateway.until_route("one", lambda body: condition(body, "TokensReady").get("status") == "True")
    assert gateway.submit(queue, queueToken=f"{WRONG}.{WRONG}.{WRONG}")[0] == 400
    patched = {"data": {"token": base64.b64encode(WRONG.encode()).decode()}}
    assert field.cloud.control_plane.api.patch(f"/api/v1/namespaces/{GATEWAYS}/secrets/a-token", patched).ok
    try:
        gateway.until(lambda body: condition(body, "TargetsHealthy").get("reason") == "TokenRejected")
        gateway.edit("one", targets=[target("b", 10), target("c", 30)])
        gateway.until_route("one", lambda body: body["status"].get("split") == "b=1/4 c=3/4")
    finally:
        field.grant("a")
    gateway.until_route("one", is_ready)
    gateway.route("bad", target("b"), job=POISONED)
    bad = gateway.until_route("bad", lambda body: condition(body, "Stalled"), within=240)
    return str(condition(bad, "Ready")["message"])


def values(field: Field, gateway: Gateway) -> list[str]:
    """Return every secret there is, in the spellings in which it could be quoted."""
    keys = json.loads(secret(field, GATEWAYS, f"{gateway.name}.queue-keys", "keys"))
    found = [item["key"] for item in keys]
    found += [secret(field, GATEWAYS, f"{name}-token", "token") for name in CLUSTERS]
    found += [secret(field, ROUTES, "canary-token", "token"), WRONG]
    return [spelling for text in found for spelling in (text, base64.b64encode(text.encode()).decode())]


def secret(field: Field, namespace: str, name: str, key: str) -> str:
    """Return a member of a Secret."""
    body = field.cloud.control_plane.api.get(f"/api/v1/namespaces/{namespace}/secrets/{name}").body
    return base64.b64decode(body["data"][key]).decode()


def shown(watching: Watching, namespace: str) -> Iterator[dict[str, Any]]:
    """Yield every version of every object, without the data of Secrets and what pods themselves say."""
    for key in watching.keys(namespace):
        for body in watching.versions(key):
            # What a container said is in its pod's status, where the kubelet wrote it.
            hidden = {"data", "status"} if "nodeName" in body.get("spec", {}) else {"data"}
            yield {name: value for name, value in body.items() if name not in hidden}
