"""Entries and queues: what of a route stands where in the file, and what a job without words of its own gets."""

from __future__ import annotations

from typing import Any

from mwaa_operator.gateway.render.entry import drained
from mwaa_operator.gateway.render.file import render
from mwaa_operator.gateway.render.queues import queue_items
from tests.support.sparkscene import CA, CLUSTERS, candidate, document, entries, gateway, scene, target

NODES = {"driver": {"values": ["od"]}, "executor": {"labelKey": "pool", "values": ["z", "od"]}}


def queue(**members: Any) -> list[dict[str, Any]]:
    return queue_items(candidate(**members).route.spec)


def entry(**members: Any) -> dict[str, Any]:
    (found,) = entries(render(scene(candidate(**members)))).values()
    return found


def test_an_entry_says_where_and_as_whom() -> None:
    found = entry()
    assert found["masterUrl"] == "https://a"
    assert found["caCertDataSOPS"] == CA
    assert found["userTokenSOPS"] == "k8s:secret:gateways:a:token"
    assert (found["sparkApplicationNamespace"], found["sparkServiceAccount"]) == ("spark", "spark")
    assert (found["timeoutMillis"], found["ttlSeconds"], found["eksCluster"]) == (4500, 86_400, "analytics-a")
    assert found["queues"] == ["digital"]
    assert "sparkUIUrl" not in found


def test_a_link_to_the_spark_ui_is_the_platforms() -> None:
    clusters = [cluster | {"sparkUiUrl": "https://ui.example.com"} for cluster in CLUSTERS]
    (found,) = entries(render(scene(candidate(), gateway=gateway(clusters=clusters)))).values()
    assert found["sparkUIUrl"] == "https://ui.example.com"


def test_a_cost_centre_labels_drivers_and_executors_and_wins_over_nothing() -> None:
    found = entry(costCenter={"code": "CC-1"}, job={"sparkConf": {"spark.ui.enabled": "false"}})
    assert found["sparkConf"] == {
        "spark.ui.enabled": "false",
        "spark.kubernetes.driver.label.cost-center": "CC-1",
        "spark.kubernetes.executor.label.cost-center": "CC-1",
    }


def test_variables_and_volumes_stand_where_bpg_reads_them() -> None:
    volumes = [
        {"name": "conf", "mountPath": "/conf", "configMap": {"name": "settings"}},
        {"name": "disk", "mountPath": "/disk", "readOnly": False, "hostPath": {"path": "/mnt"}},
    ]
    found = entry(job={"env": [{"name": "A", "value": "1"}], "volumes": volumes, "ui": {"servicePort": 4040}})
    assert found["driver"] == found["executor"]
    assert found["driver"] == {
        "env": [{"name": "A", "value": "1"}],
        "volumeMounts": [
            {"name": "conf", "mountPath": "/conf", "readOnly": True},
            {"name": "disk", "mountPath": "/disk", "readOnly": False},
        ],
    }
    assert found["volumes"] == [
        {"name": "conf", "configMap": {"name": "settings"}},
        {"name": "disk", "hostPath": {"path": "/mnt"}},
    ]
    assert found["sparkUIOptions"] == {"servicePort": 4040}


def test_what_takes_no_jobs_keeps_everything_else() -> None:
    routed, closed = entry(), entry(targets=[target(weight=0)])
    assert closed == drained(routed)
    assert (closed["weight"], closed["queues"], closed["sparkVersions"]) == (1, [], [])


def test_every_sub_queue_is_declared_as_secure_as_its_parent() -> None:
    access = {"secure": True, "tokens": [{"name": "mwaa", "secretName": "token"}], "defaultForUsers": ["v", "u"]}
    items = queue(queue={"name": "q", "subQueues": ["night", "a.b"], "default": True}, access=access)
    assert [item["name"] for item in items] == ["q", "q.night", "q.a.b", "poc"]
    assert all(item["secure"] for item in items)
    assert [item.get("users") for item in items] == [["u", "v"], None, None, None]


def test_a_default_queue_is_served_by_the_entries_and_no_closed_one_is_added() -> None:
    rendering = render(scene(candidate(queue={"name": "q", "default": True})))
    assert [entry["queues"] for entry in entries(rendering).values()] == [["q", "poc"]]
    assert [item["secure"] for item in document(rendering)["queues"] if item["name"] == "poc"] == [False]


def test_a_job_that_asks_for_spot_gets_the_usual_nodes_where_spot_is_forbidden() -> None:
    (forbidden,) = queue(placement=NODES)
    assert forbidden["executorNodeLabelKey"] == "pool"
    assert forbidden["executorNodeLabelValues"] == forbidden["executorSpotNodeLabelValues"] == ["od", "z"]
    (allowed,) = queue(placement=NODES | {"spot": {"policy": "Allow", "values": ["spot"]}})
    assert allowed["executorSpotNodeLabelValues"] == ["spot"]
    assert (allowed["driverNodeLabelKey"], allowed["driverNodeLabelValues"]) == ("node_group_category", ["od"])


def test_limits_stand_on_every_queue_of_the_route() -> None:
    limits = {"maxExecutorInstances": 8, "maxRequestedRunning": "1h30m"}
    for item in queue(limits=limits, queue={"name": "q", "subQueues": ["night"]}):
        assert (item["maxExecutorInstances"], item["maxRunningMillis"]) == (8, 5_400_000)
    assert {"maxExecutorInstances", "maxRunningMillis"} & queue()[0].keys() == set()


def test_users_images_and_settings_are_the_gateways() -> None:
    images = [
        {"name": "b", "types": ["Scala", "Java"], "version": "3.5"},
        {"name": "a", "types": ["R"], "version": "3"},
    ]
    members = {"access": {"users": ["v", "u"]}, "images": images, "bpgProfile": "pre-dw5"}
    members |= {"defaultSparkConf": {"a": "1"}, "fixedSparkConf": {"b": "2"}, "contextPath": "/apiv2"}
    found = document(render(scene(gateway=gateway(**members))))
    assert found["allowedUsers"] == ["u", "v"]
    assert [image["name"] for image in found["sparkImages"]] == ["b", "a"], "their order decides"
    assert (found["defaultSparkConf"], found["fixedSparkConf"]) == ({"a": "1"}, {"b": "2"})
    assert (found["applicationContextPath"], found["statusCacheExpireMillis"]) == ("/apiv2", 5000)
