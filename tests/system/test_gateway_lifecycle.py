"""A gateway's life on a real API server: proven, rolled, edited, failed over, drained, gone."""

from __future__ import annotations

import base64

from tests.support.gatewayfield import (
    GATEWAYS,
    ROUTES,
    Field,
    Gateway,
    condition,
    is_ready,
    target,
)
from tests.support.gatewayimages import TOUCHY
from tests.support.wait import eventually

ENDLESS = {"localcloud.seconds": "1000000"}
SECURE = {"secure": True, "tokens": [{"name": "mwaa", "secretName": "queue-token"}]}


def modes(gateway: Gateway) -> dict[str, list[str]]:
    """Return the modes of the entries of the active revision, by route."""
    found: dict[str, list[str]] = {}
    for entry in gateway.body["status"].get("entries", ()):
        found.setdefault(entry["route"].partition("/")[2].partition("-")[0], []).append(entry["mode"])
    return {name: sorted(items) for name, items in found.items()}


def test_a_route_becomes_ready_and_its_jobs_go_where_its_status_says(field: Field) -> None:
    with field.gateway() as gateway:
        queue = gateway.route("one", target("a", 70), target("b", 30))
        gateway.until(is_ready)
        route = gateway.until_route("one", is_ready)
        assert route["status"]["split"] == "a=7/10 b=3/10"
        assert route["status"]["healthyTargets"] == "2/2"
        status, answer = gateway.submit(queue)
        assert status == 200, answer
        job = answer["submissionId"]
        assert job.split("-")[0] in {item["entry"] for item in route["status"]["targets"]}
        eventually(
            lambda: gateway.ask("GET", f"/spark/{job}/status")[1].get("applicationState") == "COMPLETED", within=30
        )
        kubectl = field.cloud.control_plane.kubectl("get", "sparkjobroutes", "-n", ROUTES)
        assert "a=7/10 b=3/10" in kubectl


def test_a_job_keeps_its_status_when_its_target_is_taken_away(field: Field) -> None:
    with field.gateway() as gateway:
        queue = gateway.route("one", target("a"))
        gateway.until_route("one", is_ready)
        _, answer = gateway.submit(queue, sparkConf=ENDLESS)
        gateway.edit("one", targets=[target("b")])
        gateway.until_route("one", lambda body: is_ready(body) and body["status"]["split"] == "b=1")
        assert gateway.ask("GET", f"/spark/{answer['submissionId']}/status")[0] == 200
        assert modes(gateway) == {"one": ["Routed", "Tombstone"]}
        gateway.ask("DELETE", f"/spark/{answer['submissionId']}")
        gateway.until(lambda body: is_ready(body) and modes(gateway) == {"one": ["Routed"]}, within=120)


def test_a_deleted_route_waits_for_its_last_job(field: Field) -> None:
    with field.gateway() as gateway:
        queue = gateway.route("one", target("a"))
        gateway.until_route("one", is_ready)
        _, answer = gateway.submit(queue, sparkConf=ENDLESS)
        gateway.delete("one")
        body = gateway.until_route("one", lambda body: body["status"].get("drain", {}).get("jobs") == 1)
        assert condition(body, "Drained")["reason"] == "JobsRunning"
        assert gateway.submit(queue)[0] == 400, "no new job arrives"
        assert gateway.ask("GET", f"/spark/{answer['submissionId']}/status")[0] == 200
        gateway.ask("DELETE", f"/spark/{answer['submissionId']}")
        gateway.gone("one", within=120)


def test_when_a_cluster_dies_the_other_takes_all_and_gives_back_when_it_is_well(field: Field) -> None:
    with field.gateway() as gateway:
        queue = gateway.route("one", target("a", 50), target("b", 50))
        gateway.route("alone", target("a"))
        gateway.until_route("one", is_ready)
        gateway.until_route("alone", is_ready)
        with field.down("a"):
            body = gateway.until_route("one", lambda body: body["status"].get("split") == "b=1")
            assert condition(body, "Ready")["status"] == "True"
            assert condition(body, "TargetsHealthy")["reason"] == "FailedOver"
            assert {gateway.submit(queue)[0] for _ in range(10)} == {200}
            lonely = gateway.until_route("alone", lambda body: condition(body, "Ready").get("status") == "False")
            assert condition(lonely, "Ready")["reason"] == "NoHealthyTarget"
            assert lonely["status"]["split"] == "a=1", "the last target is never taken away"
        gateway.until_route("one", lambda body: body["status"].get("split") == "a=1/2 b=1/2", within=120)
        gateway.until_route("alone", is_ready)


def test_with_one_token_refused_the_other_routes_still_roll(field: Field) -> None:
    with field.gateway() as gateway:
        gateway.route("one", target("a"))
        gateway.route("two", target("b"))
        gateway.until_route("one", is_ready)
        gateway.until_route("two", is_ready)
        secret = f"/api/v1/namespaces/{GATEWAYS}/secrets/a-token"
        broken = {"data": {"token": base64.b64encode(b"a-token-that-nobody-knows").decode()}}
        assert field.cloud.control_plane.api.patch(secret, broken).ok
        try:
            gateway.until(lambda body: condition(body, "TargetsHealthy").get("reason") == "TokenRejected")
            gateway.edit("two", targets=[target("b", 10), target("c", 30)])
            body = gateway.until_route("two", lambda body: body["status"].get("split") == "b=1/4 c=3/4")
            assert condition(body, "Ready")["status"] == "True"
            assert b"a-token-that-nobody-knows" not in field.operator.log_text().encode()
        finally:
            field.grant("a")
        gateway.until_route("one", is_ready)


def test_the_route_that_breaks_the_file_is_found_and_set_aside_and_the_others_go_on(field: Field) -> None:
    with field.gateway(image=f"{TOUCHY}:1") as gateway:
        gateway.route("one", target("a"))
        gateway.until_route("one", is_ready)
        before = gateway.body["status"]["activeRevision"]["name"]
        gateway.route("good", target("b"))
        gateway.route("bad", target("b"), job={"env": [{"name": "POISON", "value": "1"}]})
        gateway.route("well", target("c"))
        gateway.until_route("good", is_ready, within=240)
        gateway.until_route("well", is_ready, within=60)
        bad = gateway.until_route("bad", lambda body: condition(body, "Stalled"))
        assert condition(bad, "Ready")["reason"] == "SetAside"
        assert "POISON" in condition(bad, "Ready")["message"]
        assert gateway.body["status"]["activeRevision"]["name"] != before
        gateway.edit("bad", job={"env": []})
        gateway.until_route("bad", is_ready)


def test_a_secure_queue_opens_with_the_token_that_the_operator_writes_and_with_no_other(field: Field) -> None:
    with field.gateway() as gateway:
        queue = gateway.route("one", target("a"), access=SECURE)
        body = gateway.until_route("one", lambda body: condition(body, "TokensReady").get("status") == "True")
        assert body["status"]["tokens"][0]["secretName"] == "queue-token"
        assert gateway.submit(queue)[0] == 400
        token = read_token(field)
        status, answer = gateway.submit(queue, queueToken=token)
        assert status == 200, answer
        texts = field.operator.log_text() + field.cloud.control_plane.kubectl(
            "get", "events,sgw,sjr", "-A", "-o", "yaml"
        )
        assert token not in texts
        field.cloud.control_plane.api.delete(f"/api/v1/namespaces/{ROUTES}/secrets/queue-token")
        gateway.patch({}, annotations={"mwaa-operator.io/reconcile-requested-at": "now"})
        eventually(lambda: read_token(field), within=60, what="the token to be written again")
    assert not read_token(field), "it goes with its route"


def test_somebody_elses_changes_of_what_a_gateway_owns_are_put_right(field: Field) -> None:
    with field.gateway() as gateway:
        gateway.route("one", target("a"))
        gateway.until(is_ready)
        api = field.cloud.control_plane.api
        service = f"/api/v1/namespaces/{GATEWAYS}/services/{gateway.name}"
        api.patch(service, {"spec": {"selector": {"mwaa-operator.io/role": "proof"}}})
        eventually(lambda: api.get(service).body["spec"]["selector"]["mwaa-operator.io/role"] == "serving", within=30)
        deployment = f"/apis/apps/v1/namespaces/{GATEWAYS}/deployments/{gateway.name}"
        api.patch(deployment, {"spec": {"replicas": 1}})
        eventually(lambda: api.get(deployment).body["spec"]["replicas"] == 2, within=30)
        gateway.until(is_ready)


def test_a_gateway_is_not_deleted_while_routes_refer_to_it(field: Field) -> None:
    with field.gateway() as gateway:
        queue = gateway.route("one", target("a"))
        gateway.until_route("one", is_ready)
        api = field.cloud.control_plane.api
        api.delete(f"/apis/mwaa-operator.io/v1alpha1/namespaces/{GATEWAYS}/sparkgateways/{gateway.name}")
        body = gateway.until(lambda body: condition(body, "Ready").get("reason") == "InUse")
        assert f"{ROUTES}/one-{gateway.name}" in condition(body, "Ready")["message"]
        assert gateway.submit(queue)[0] == 200


def read_token(field: Field) -> str:
    """Return the token that was written; empty: there is none."""
    answer = field.cloud.control_plane.api.get(f"/api/v1/namespaces/{ROUTES}/secrets/queue-token")
    return base64.b64decode(answer.body["data"]["token"]).decode() if answer.ok else ""
