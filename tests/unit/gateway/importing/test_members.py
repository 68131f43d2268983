"""Every member of BPG's file: where it is in the manifests, or what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.importing.convert import Imported
from mwaa_operator.gateway.importing.source import READ_OF_CLUSTERS, READ_OF_QUEUES
from tests.support.bpgimport import CERTIFICATE, company, entry, file, imported, models, spec, told


def one(queue: dict[str, Any] | None = None, /, profile: Profile = Profile.AWS_PIN, **members: Any) -> Imported:
    """Return the import of a file with one entry with these members, and one queue with those."""
    return imported(file(entry("a", 1, ["q"], **members), queues=[{"name": "q"} | (queue or {})]), profile=profile)


def top(**members: Any) -> Imported:
    return imported(company(**members))


class TestNothingToSay:
    def test_what_a_person_has_to_do_is_all_that_is_told(self) -> None:
        body = company()
        for item in body["sparkClusters"]:
            item["id"] *= 2
        assert [(note.pointer, note.message.partition(":")[0]) for note in imported(body).notes] == [
            ("", "the file does not say who may open connections"),
            ("", "the file names no image"),
            ("/queueTokenSOPS", "is not copied"),
            ("/sparkClusters", "ids become others"),
        ]

    def test_manifests_hold_what_was_said_and_no_defaults(self) -> None:
        found = imported(company(), image="bpg:1")
        assert set(found.gateway["spec"]) == {
            "dataClass", "bpgProfile", "image", "access", "allowedRoutes", "images", "clusters",
        }  # fmt: skip
        assert set(spec(found, "digital")) == {
            "gatewayRef", "dataClass", "queue", "access", "sparkVersions", "targets",
        }  # fmt: skip


class TestClusters:
    @pytest.mark.parametrize(
        ("member", "value", "words"),
        [
            ("userName", "x", "no effect"),
            ("httpsProxy", "http://proxy", "without a proxy"),
            ("batchScheduler", "yunikorn", "default scheduler"),
            ("timeoutMillis", 180_000, "becomes 4500"),
            ("timeoutMillis", None, "30000, because nothing is said"),
            ("ttlSeconds", None, "nothing was ever removed: becomes 86400"),
            ("ttlSeconds", 60, "becomes 3600"),
            ("sparkServiceAccount", None, "names 'default'"),
            ("sparkServiceAccount", "No Name", "names 'default'"),
            ("sparkUIUrl", "https://ui/path", "left out"),
            ("caCertDataSOPS", "", "is not there"),
            ("caCertDataSOPS", "k8s:secret::ca:ca", "is a reference"),
            ("caCertDataSOPS", "Q0E=", "is no certificate"),
            ("unheardOf", 1, "is ignored by BPG"),
        ],
    )
    def test_what_is_not_there_as_it_was_is_told(self, member: str, value: Any, words: str) -> None:
        found = one(**{member: value})
        assert words in told(found, f"/sparkClusters/0/{member}")
        assert models(found)
        assert found.differences == ()

    @pytest.mark.parametrize(
        ("member", "value", "name", "expected"),
        [
            ("timeoutMillis", 6000, "timeoutMillis", 6000),
            ("sparkUIUrl", "https://ui.example.com:8443", "sparkUiUrl", "https://ui.example.com:8443"),
        ],
    )
    def test_what_a_cluster_has_comes_along(self, member: str, value: Any, name: str, expected: Any) -> None:
        found = one(**{member: value})
        assert found.gateway["spec"]["clusters"][0][name] == expected
        assert told(found, f"/sparkClusters/0/{member}") == ""

    def test_certificates_may_be_plain_or_broken_into_lines(self) -> None:
        plain = one(caCertDataSOPS="-----BEGIN CERTIFICATE-----\nZm9y\n-----END CERTIFICATE-----\n")
        broken = one(caCertDataSOPS=f"{CERTIFICATE[:40]}\n{CERTIFICATE[40:]}\n")
        for found in (plain, broken):
            assert found.gateway["spec"]["clusters"][0]["apiServer"]["caBundle"] == CERTIFICATE

    @pytest.mark.parametrize(
        ("token", "reference", "words"),
        [
            ("k8s:secret::tokens:a", {"name": "tokens", "key": "a"}, ""),
            ("k8s:secret:gateways:tokens:a", {"name": "tokens", "key": "a"}, ""),
            ("k8s:secret:far:tokens:a", {"name": "tokens", "key": "a"}, "copy Secret tokens into gateways"),
            (
                "localhost:env:TOKEN",
                {"name": "a-token", "key": "token"},
                "into key token of Secret a-token in gateways",
            ),
            ("plaintext:abcdefghijkl", {"name": "a-token", "key": "token"}, "put the bearer token that stands there"),
            (None, {"name": "a-token", "key": "token"}, "put a bearer token"),
        ],
    )
    def test_a_token_becomes_a_reference(self, token: Any, reference: dict[str, str], words: str) -> None:
        found = imported(file(entry("a", 1, ["q"], userTokenSOPS=token), queues=[{"name": "q"}]), namespace="gateways")
        assert found.gateway["spec"]["clusters"][0]["credentials"] == {"tokenSecretRef": reference}
        assert words in told(found, "/sparkClusters/0/userTokenSOPS")


class TestJobs:
    def test_settings_environment_volumes_and_port_come_along(self) -> None:
        pod = {
            "env": [{"name": "A", "value": "1"}],
            "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": True}],
        }
        found = one(
            sparkConf={"spark.x": 0.50},
            driver=pod,
            executor=pod,
            volumes=[{"name": "v", "configMap": {"name": "settings", "defaultMode": 420}}],
            sparkUIOptions={"servicePort": 4040},
            ttlSeconds=7200,
        )
        assert spec(found, "q")["job"] == {
            "sparkConf": {"spark.x": "0.5"},
            "env": [{"name": "A", "value": "1"}],
            "volumes": [{"name": "v", "configMap": {"name": "settings"}, "mountPath": "/v", "readOnly": True}],
            "ui": {"servicePort": 4040},
            "ttlSeconds": 7200,
        }

    @pytest.mark.parametrize(
        ("members", "pointer", "words"),
        [
            ({"sparkConf": {"spark.x": None}}, "/sparkConf/spark.x", "is null"),
            ({"sparkConf": {"7/x": "1"}}, "/sparkConf/7~1x", "no name of a Spark setting"),
            ({"driver": {"env": [{"name": "A", "value": "1"}]}}, "/driver/env", "not alike in drivers and executors"),
            ({"driver": {"env": [{"name": "A", "valueFrom": {}}]}}, "/driver/env/0", "no plain value"),
            ({"volumes": [{"name": "v", "emptyDir": {}}]}, "/volumes/0", "no configMap or hostPath"),
            ({"sparkUIOptions": {"ServicePort": 1}}, "/sparkUIOptions/ServicePort", "BPG ignores it"),
            ({"sparkUIOptions": {"ingressTLS": []}}, "/sparkUIOptions/ingressTLS", "the port of the user interface"),
        ],
    )
    def test_what_a_route_cannot_say_is_told(self, members: dict[str, Any], pointer: str, words: str) -> None:
        found = one(**members)
        assert words in told(found, f"/sparkClusters/0{pointer}")
        assert models(found)

    def test_what_differs_between_the_clusters_of_a_queue_is_left_out_and_told(self) -> None:
        first = entry("a", 1, ["q"], sparkConf={"spark.x": "1", "spark.y": "1"}, sparkUIOptions={"servicePort": 1})
        found = imported(file(first, entry("b", 1, ["q"], sparkConf={"spark.x": "1"}), queues=[{"name": "q"}]))
        assert spec(found, "q")["job"] == {"sparkConf": {"spark.x": "1"}}
        assert "spark.y (sparkConf): not alike in all clusters of 'q'" in told(found, "/sparkClusters/0")
        assert "not alike" in told(found, "/sparkClusters/0/sparkUIOptions/servicePort")

    def test_volumes_of_the_node_stay_only_where_nothing_is_isolated(self) -> None:
        pod = {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}
        body = file(
            entry("a", 1, ["q"], driver=pod, executor=pod, volumes=[{"name": "v", "hostPath": {"path": "/data"}}]),
            queues=[{"name": "q", "secure": True}],
        )
        assert spec(imported(body), "q")["job"]["volumes"][0]["hostPath"] == {"path": "/data"}
        assert "job" not in spec(imported(body, data_class="phi"), "q")


class TestQueues:
    def test_limits_and_nodes_come_along(self) -> None:
        found = one(
            {
                "maxRunningMillis": 21_600_000,
                "maxExecutorInstances": 20,
                "driverNodeLabelValues": ["driver"],
                "executorNodeLabelKey": "pool",
                "executorNodeLabelValues": ["demand"],
                "executorSpotNodeLabelValues": ["spot"],
            },
            profile=Profile.PRE_DW5,
        )
        assert spec(found, "q")["limits"] == {"maxExecutorInstances": 20, "maxRequestedRunning": "6h"}
        assert spec(found, "q")["placement"] == {
            "driver": {"values": ["driver"]},
            "executor": {"labelKey": "pool", "values": ["demand"]},
            "spot": {"policy": "Allow", "values": ["spot"]},
        }
        assert found.differences == ()

    @pytest.mark.parametrize(
        ("members", "pointer", "words"),
        [
            ({"maxExecutorInstances": 9}, "/maxExecutorInstances", "ignored by the BPG of profile aws-pin"),
            ({"maxRunningMillis": 1}, "/maxRunningMillis", "becomes 60 seconds"),
            ({"driverCPUBufferRatio": 1.5}, "/driverCPUBufferRatio", "jobs get what they ask for"),
            ({"executorNodeLabelValues": ["x"]}, "/executorSpotNodeLabelValues", "nodes of the other executors"),
            ({"executorSpotNodeLabelValues": ["x"]}, "/executorSpotNodeLabelValues", "is left out"),
            ({"driverNodeLabelValues": ["x y"]}, "/driverNodeLabelValues", "no label has"),
            ({"allowedZones": ["a"]}, "/allowedZones", "ignored by the BPG of profile aws-pin"),
            ({"colour": "red"}, "/colour", "is ignored"),
        ],
    )
    def test_what_is_not_there_as_it_was_is_told(self, members: dict[str, Any], pointer: str, words: str) -> None:
        found = one(members)
        assert words in told(found, f"/queues/0{pointer}")
        assert models(found)
        assert found.differences == ()

    def test_zones_are_told_where_bpg_knew_them(self) -> None:
        found = one({"allowedZones": ["a"]}, profile=Profile.PRE_DW5)
        assert "not kept to zones" in told(found, "/queues/0/allowedZones")

    def test_what_only_a_sub_queue_says_is_told(self) -> None:
        queues: list[dict[str, Any]] = [
            {"name": "q", "maxExecutorInstances": 1},
            {"name": "q.n", "driverNodeLabelValues": ["x"]},
        ]
        found = imported(file(entry("a", 1, ["q"]), queues=queues), profile=Profile.PRE_DW5)
        assert "becomes that of 'q'" in told(found, "/queues/1/maxExecutorInstances")
        assert "those of its parent count" in told(found, "/queues/1")


class TestTop:
    def test_what_the_gateway_has_comes_along(self) -> None:
        members = {"applicationContextPath": "/apiv2", "defaultSparkConf": {"spark.a": True}}
        found = imported(company(**members) | {"statusCacheExpireMillis": 9000}, image="registry/bpg:1").gateway["spec"]
        assert found["contextPath"] == "/apiv2"
        assert found["defaultSparkConf"] == {"spark.a": "true"}
        assert found["statusCacheExpireMillis"] == 9000
        assert found["image"] == "registry/bpg:1"
        assert found["images"][0] == {"name": "image:1", "types": ["Java", "Python", "Scala"], "version": "3.5"}

    def test_fixed_settings_come_along_where_bpg_knows_them(self) -> None:
        body = company(fixedSparkConf={"spark.a": "1"})
        assert imported(body, profile=Profile.PRE_DW5).gateway["spec"]["fixedSparkConf"] == {"spark.a": "1"}
        assert "ignored by the BPG of profile aws-pin" in told(imported(body), "/fixedSparkConf")

    def test_what_has_no_field_goes_into_extra_config(self) -> None:
        members = {"s3Bucket": "b", "sparkLogS3Bucket": "l", "logging": {"level": "INFO"}, "vCoreSecondCost": 0.1}
        assert top(**members).gateway["spec"]["extraConfig"] == members

    @pytest.mark.parametrize(
        ("member", "value", "words"),
        [
            ("adminUsers", ["x"], "read by no code"),
            ("gatewayDns", "x", "read by no code"),
            ("server", {}, "the operator writes it"),
            ("sops", {}, "is ignored by BPG"),
            ("maxRunningMillis", 1, "is ignored by BPG"),
            ("queueTokenSOPS", {"secrets": ["k"]}, "tokens of the old keys are not valid"),
            ("applicationContextPath", "no path", "/skatev2 is served"),
            ("sparkImages", [{"name": "i", "types": ["Ruby"], "version": "3.5"}], ""),
        ],
    )
    def test_what_is_left_out_is_told(self, member: str, value: Any, words: str) -> None:
        found = top(**{member: value})
        assert words in told(found, f"/{member}")
        assert member not in found.gateway["spec"].get("extraConfig", {})
        assert models(found)

    def test_the_cache_is_kept_within_its_bounds(self) -> None:
        body = company() | {"statusCacheExpireMillis": 990}
        assert "990 becomes 5000" in told(imported(body), "/statusCacheExpireMillis")

    def test_images_that_no_job_can_have_are_told(self) -> None:
        images = [{"name": "i", "types": ["java", "Ruby"], "version": "3.5"}, {"types": ["Java"]}, None]
        found = top(sparkImages=images)
        assert found.gateway["spec"]["images"] == [{"name": "i", "types": ["Java"], "version": "3.5"}]
        assert "only Java" in told(found, "/sparkImages/0/types")
        assert "left out" in told(found, "/sparkImages/1")
        assert "left out" in told(found, "/sparkImages/2")


class TestBroken:
    def test_what_broke_jobs_is_told_and_mended(self) -> None:
        body = file(entry("cluster-id-1", 1, ["q"]), queues=[{"name": "q", "users": ["u", None]}])
        body["sparkClusters"] += [None, entry("cluster-id-1", 1, ["q"], userTokenSOPS=None)]
        found = imported(body)
        assert "the operator gives other ids" in told(found, "/sparkClusters/0/id")
        assert "null among its elements" in told(found, "/queues/0/users")
        assert "less than 10 characters" in told(found, "/sparkClusters/2/userTokenSOPS")
        assert [target["name"] for target in spec(found, "q")["targets"]] == ["cluster-id-1", "cluster-id-1-2"]
        assert found.differences == ()


def test_every_member_that_bpg_reads_is_known_here() -> None:
    """Members that `bind` reads; one that is added there has to find its home here too."""
    from mwaa_operator.gateway.bpg import bind

    own = {"id", "weight", "queues", "sparkVersions", "masterUrl", "userTokenSOPS", "caCertDataSOPS", "timeoutMillis"}
    assert set(bind._CLUSTER_TEXTS) | own <= READ_OF_CLUSTERS
    assert set(bind._QUEUE_TEXTS) | {"name", "secure", "users"} <= READ_OF_QUEUES
