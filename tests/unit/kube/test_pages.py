"""Lists in pages: a list is whole or it is an error."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.kube.cluster import Cluster
from mwaa_operator.kube.errors import Unavailable
from mwaa_operator.kube.objects import CustomObjects
from mwaa_operator.kube.paths import KindPaths
from tests.support.http import Reply, ScriptedServer, scripted
from tests.support.kube import WIDGET, Ears, plain_http, transport_over


def page(*names: str, token: str = "") -> Reply:
    items: list[dict[str, Any]] = [{"metadata": {"name": name, "namespace": "n"}} for name in names]
    return Reply(200, {"metadata": {"resourceVersion": "7", "continue": token}, "items": items})


def objects(server: ScriptedServer) -> CustomObjects:
    return CustomObjects(transport_over(plain_http(server.url)), KindPaths([WIDGET]), lambda kind: None)


def test_pages_are_joined_and_each_asks_for_the_next() -> None:
    with scripted(page("a", token="t1"), page("b", token="t2"), page("c")) as server:
        items, version = objects(server).list("Widget")
    assert ([item["metadata"]["name"] for item in items], version) == (["a", "b", "c"], "7")
    assert [seen.path.partition("continue=")[2] for seen in server.requests] == ["", "t1", "t2"]


@pytest.mark.parametrize("reply", [Reply(500), Reply(429), Reply(410), Reply(drop=True), Reply(200, "<html>")])
def test_a_failure_in_the_second_page_fails_the_list(reply: Reply) -> None:
    with scripted(page("a", token="t1"), reply) as server, pytest.raises(Unavailable):
        objects(server).list("Widget")


def test_a_failure_in_the_second_page_ends_the_iteration_with_an_error() -> None:
    with scripted(page("a", token="t1"), Reply(500)) as server:
        items, _ = objects(server).pages("Widget")
        assert next(items)["metadata"]["name"] == "a"
        with pytest.raises(Unavailable):
            next(items)


def test_items_carry_the_kind_that_lists_of_some_servers_leave_out() -> None:
    with scripted(page("a")) as server:
        items, _ = objects(server).list("Widget")
    assert (items[0]["kind"], items[0]["apiVersion"]) == ("Widget", "mwaa-operator.io/v1alpha1")


@pytest.mark.parametrize("items", [None, []])
def test_an_empty_list_of_metadata_is_null_on_the_wire(items: list[Any] | None) -> None:
    with scripted(Reply(200, {"kind": "PartialObjectMetadataList", "metadata": {}, "items": items})) as server:
        cluster = Cluster(transport_over(plain_http(server.url)), KindPaths([WIDGET]), Ears().surroundings())
        assert cluster.watched_config_maps() == {}
