"""What an import makes of clusters, queues, users, versions and weights, and that the routing stays what it was."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.importing.convert import Imported, UnimportableError
from tests.support.bpgimport import CERTIFICATE, company, entry, file, imported, spec, told

CLOSED = {"name": "poc", "secure": True}


def shares(found: Imported, queue: str) -> dict[str, int]:
    return {target["name"]: target["weight"] for target in spec(found, queue)["targets"]}


def test_every_queue_becomes_a_route_with_the_weights_of_its_entries() -> None:
    found = imported(company())
    assert {name: shares(found, name) for name in ("clinical", "digital")} == {
        "clinical": {"a": 70},
        "digital": {"a": 70, "b": 30},
    }
    assert found.differences == ()
    assert found.compared > 20


def test_sub_queues_tokens_and_default_users_come_along() -> None:
    found = imported(company())
    clinical, digital = spec(found, "clinical"), spec(found, "digital")
    assert clinical["queue"] == {"name": "clinical", "subQueues": ["night"]}
    assert clinical["access"] == {"secure": True, "tokens": [{"name": "queue", "secretName": "clinical-queue-token"}]}
    assert digital["access"] == {"secure": False, "defaultForUsers": ["svc"]}


def test_every_api_server_becomes_a_cluster_that_grants_what_its_entries_had() -> None:
    second = entry("a2", 1, ["digital"], masterUrl="https://A.example.com/", sparkApplicationNamespace="other")
    body = company()
    body["sparkClusters"].append(second)
    clusters = imported(body, route_namespace="teams").gateway["spec"]["clusters"]
    assert [cluster["name"] for cluster in clusters] == ["a", "b"]
    assert clusters[0]["apiServer"] == {"url": "https://a.example.com", "caBundle": CERTIFICATE}
    assert clusters[0]["sparkNamespaces"] == [
        {"name": name, "serviceAccounts": ["driver"], "allowedFrom": ["teams"]} for name in ("spark", "other")
    ]
    assert imported(body).differences == ()


def test_entries_of_one_api_server_with_two_tokens_become_two_clusters() -> None:
    other = entry("a", 1, ["digital"], userTokenSOPS="k8s:secret::other:token")
    found = imported(file(entry("a", 1, ["digital"]), other, queues=[{"name": "digital"}, CLOSED]))
    references = {item["name"]: item["credentials"]["tokenSecretRef"] for item in found.gateway["spec"]["clusters"]}
    assert references == {"a": {"name": "tokens", "key": "a"}, "a-2": {"name": "other", "key": "token"}}
    assert found.differences == ()


def test_the_arn_of_a_cluster_gives_its_name() -> None:
    found = imported(file(entry("a", 1, ["q"], eksCluster="arn:aws:eks:r:1:cluster/Spark_A"), queues=[{"name": "q"}]))
    assert found.gateway["spec"]["clusters"][0]["name"] == "spark-a"


class TestFallback:
    def test_a_queue_like_it_serves_jobs_that_name_none(self) -> None:
        body = file(entry("a", 3, ["dev", "poc"]), queues=[{"name": "dev"}, {"name": "poc"}])
        found = imported(body)
        assert [route["spec"]["queue"] for route in found.routes] == [{"name": "dev", "default": True}]
        assert found.gateway["spec"]["allowedRoutes"]["queues"] == ["dev", "poc"]
        assert found.differences == ()

    def test_without_such_a_queue_it_gets_a_route_of_its_own(self) -> None:
        body = file(entry("a", 3, ["dev"]), entry("b", 3, ["poc"]), queues=[{"name": "dev"}, {"name": "poc"}])
        found = imported(body)
        assert spec(found, "default")["queue"] == {"name": "default", "default": True}
        assert "a name that jobs can use from now on" in told(found, "/queues/1")
        assert found.differences == ()

    def test_where_nobody_serves_it_the_gateway_refuses_it_itself(self) -> None:
        found = imported(file(entry("a", 3, ["dev"]), queues=[{"name": "dev"}]), profile=Profile.PRE_DW5)
        assert len(found.routes) == 1
        assert found.differences == ()


class TestWeights:
    def test_large_ones_are_divided(self) -> None:
        body = file(entry("a", 8000, ["q"]), entry("b", 2000, ["q"]), queues=[{"name": "q"}])
        found = imported(body)
        assert shares(found, "q") == {"a": 4, "b": 1}
        assert found.differences == ()

    def test_what_cannot_be_divided_is_rounded_and_differs(self) -> None:
        body = file(entry("a", 2_000_003, ["q"]), entry("b", 1, ["q"]), queues=[{"name": "q"}])
        found = imported(body)
        assert shares(found, "q") == {"a": 1000, "b": 1}
        assert "rounded" in told(found, "/queues/0")
        assert "2000003/2000004 to spark" in found.differences[0].before
        assert "1000/1001 to spark" in found.differences[0].after

    @pytest.mark.parametrize("weight", [0, -5])
    def test_none_becomes_a_target_that_takes_no_jobs(self, weight: int) -> None:
        body = file(entry("a", 5, ["q"]), entry("b", weight, ["q"]), queues=[{"name": "q"}])
        found = imported(body)
        assert shares(found, "q") == {"a": 5, "b": 0}
        assert "no job can name any more" in told(found, "/sparkClusters/1/weight")
        assert found.differences == ()


class TestVersions:
    def test_numbers_are_told_as_bpg_read_them(self) -> None:
        text = imported(file(entry("a", 1, ["q"]), queues=[{"name": "q"}]))
        assert spec(text, "q")["sparkVersions"] == ["3.5"]
        body = file(entry("a", 1, ["q"], sparkVersions=[3.10, "3.5.1"]), queues=[{"name": "q"}])
        assert spec(imported(body), "q")["sparkVersions"] == ["3.1", "3.5.1"]

    def test_where_entries_differ_what_all_serve_stays_and_the_rest_differs(self) -> None:
        body = file(
            entry("a", 1, ["q"], sparkVersions=["3.4", "3.5"]),
            entry("b", 1, ["q"]),
            queues=[{"name": "q"}],
        )
        found = imported(body)
        assert spec(found, "q")["sparkVersions"] == ["3.5"]
        assert "3.4" in told(found, "/sparkClusters/0/sparkVersions")
        assert all("version 3.4" in job for item in found.differences for job in item.jobs)
        assert found.differences[0].after == "1 refused with 400: Spark version not supported: 3.4"

    def test_where_they_share_none_the_heaviest_entry_decides(self) -> None:
        body = file(entry("a", 9, ["q"], sparkVersions=["3.4"]), entry("b", 1, ["q"]), queues=[{"name": "q"}])
        found = imported(body)
        assert (spec(found, "q")["sparkVersions"], shares(found, "q")) == (["3.4"], {"a": 9, "b": 0})
        assert all("version 3.5" in job for item in found.differences for job in item.jobs)


class TestQueues:
    def test_an_undeclared_one_is_open_on_the_revision_that_takes_it(self) -> None:
        body = file(entry("a", 1, ["q", "r"]), queues=[{"name": "q"}])
        found = imported(body)
        assert spec(found, "r")["access"] == {"secure": False}
        assert "not declared" in told(found, "/sparkClusters/0/queues")
        assert found.differences == ()
        later = imported(body, profile=Profile.PRE_DW5)
        assert [route["spec"]["queue"]["name"] for route in later.routes] == ["q"]
        assert later.differences == ()

    def test_an_open_sub_queue_of_a_secure_one_is_closed_and_differs(self) -> None:
        body = file(entry("a", 1, ["q"]), queues=[{"name": "q", "secure": True}, {"name": "q.open"}])
        found = imported(body)
        assert "asks for a token" in told(found, "/queues/1/secure")
        jobs = [job for item in found.differences for job in item.jobs]
        assert jobs == ["queue q.open, version 3.5, user anybody, without a token"]

    @pytest.mark.parametrize("first", [True, False])
    def test_of_two_declarations_the_first_decides_about_the_token(self, first: bool) -> None:
        queues = [{"name": "q", "secure": first}, {"name": "Q", "secure": not first}]
        found = imported(file(entry("a", 1, ["q"]), queues=queues))
        assert spec(found, "q")["access"]["secure"] is first
        assert "it becomes one route" in told(found, "/queues/1/name")
        assert found.differences == ()

    def test_a_queue_that_no_cluster_serves_is_left_out(self) -> None:
        found = imported(file(entry("a", 1, ["q"]), queues=[{"name": "q"}, {"name": "r"}]))
        assert [route["spec"]["queue"]["name"] for route in found.routes] == ["q"]
        assert "no cluster serves 'r'" in told(found, "/queues/1")
        assert found.differences == ()

    def test_upper_case_becomes_lower(self) -> None:
        found = imported(file(entry("a", 1, ["PHI"]), queues=[{"name": "Phi"}]))
        assert spec(found, "phi")["queue"] == {"name": "phi"}
        assert found.differences == ()

    def test_a_name_that_no_queue_can_have_is_told_and_differs(self) -> None:
        found = imported(file(entry("a", 1, ["-", "q"]), queues=[{"name": "-"}, {"name": "q"}]))
        assert "no name for a queue" in told(found, "/queues/0")
        assert {job.partition(",")[0] for item in found.differences for job in item.jobs} == {"queue -.not-a-queue"}

    def test_two_names_that_give_one_object_name_are_kept_apart(self) -> None:
        found = imported(file(entry("a", 1, ["a_b", "a-b"]), queues=[{"name": "a_b"}, {"name": "a-b"}]))
        assert [route["metadata"]["name"] for route in found.routes] == ["a-b", "a-b-2"]


class TestUsers:
    def test_of_two_default_queues_the_first_stays_and_the_draw_differs(self) -> None:
        queues = [{"name": "q", "users": ["u"]}, {"name": "r", "users": ["U"]}]
        found = imported(file(entry("a", 1, ["q"]), entry("b", 1, ["r"]), queues=queues))
        assert spec(found, "q")["access"]["defaultForUsers"] == ["u"]
        assert "defaultForUsers" not in spec(found, "r")["access"]
        assert "drew one of them" in told(found, "/queues/1/users")
        assert {item.before for item in found.differences} == {
            "1/2 to spark at https://a.example.com; 1/2 to spark at https://b.example.com"
        }

    def test_who_may_and_who_may_not_come_along(self) -> None:
        body = file(entry("a", 1, ["q"]), queues=[{"name": "q"}], blockedUsers=["bad"])
        body["allowedUsers"] = ["svc", "x@example.com"]
        found = imported(body)
        assert found.gateway["spec"]["access"] == {"users": ["svc"]}
        assert found.gateway["spec"]["extraConfig"] == {"blockedUsers": ["bad"]}
        assert "makes no label" in told(found, "/allowedUsers")
        assert found.differences == ()


class TestDataClasses:
    def test_an_isolated_class_makes_manifests_that_are_valid_and_say_what_to_replace(self) -> None:
        found = imported(company(), data_class="phi", route_namespace="team")
        assert {body["spec"]["dataClass"] for body in (found.gateway, *found.routes)} == {"phi"}
        assert found.gateway["spec"]["access"]["from"][0]["name"] == "replace-me"
        assert found.gateway["spec"]["allowedRoutes"]["namespaces"]["selector"] == {
            "matchLabels": {"kubernetes.io/metadata.name": "team"}
        }

    def test_an_open_queue_is_closed_and_differs(self) -> None:
        found = imported(company(), data_class="phi")
        assert "asks for a token from now on" in told(found, "/queues/2")
        assert all("without a token" in job for item in found.differences for job in item.jobs)
        assert found.differences


class TestRefusals:
    @pytest.mark.parametrize(
        ("document", "message"),
        [
            ("sparkClusters: [{weight: abc}]", "Incorrect type of value at: sparkClusters.[0].weight"),
            ("", "must not be empty"),
            ("x: 'unclosed", "Malformed YAML"),
            ("{}", "no entry of sparkClusters"),
            (file(entry("a", 1, ["q"], masterUrl="http://a"), queues=[]), "no entry of sparkClusters"),
        ],
    )
    def test_a_file_of_which_nothing_can_be_made_is_refused(self, document: Any, message: str) -> None:
        with pytest.raises(UnimportableError) as caught:
            imported(document)
        assert message in str(caught.value)

    @pytest.mark.parametrize(
        ("member", "value"),
        [
            ("masterUrl", "https://a/k8s/clusters/c-1"),
            ("masterUrl", None),
            ("sparkApplicationNamespace", "Spark_"),
        ],
    )
    def test_an_entry_that_no_cluster_can_hold_is_told_and_differs(self, member: str, value: Any) -> None:
        bad = entry("b", 1, ["q"], **{member: value})
        found = imported(file(entry("a", 1, ["q"]), bad, queues=[{"name": "q"}]))
        assert "the entry is left out" in told(found, f"/sparkClusters/1/{member}")
        assert found.differences
