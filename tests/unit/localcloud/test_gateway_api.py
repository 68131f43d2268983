"""The gateway stand-in's API without a server: who may ask, what is answered, what is cached, and how clusters fail."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from localcloud.gateway.profile import Profile
from tests.support.bpg import cluster, document, landscape
from tests.support.gatewaystand import URL, Standing, standing

OLD, NEW = Profile.AWS_PIN, Profile.PRE_DW5
EACH = pytest.mark.parametrize("profile", list(Profile))
WEB = "javax.ws.rs.WebApplicationException: "
ZEROS = "0" * 32


def submitted(stand: Standing, **members: Any) -> str:
    status, body = stand.submit(**{"queue": "dev"} | members)
    assert status == 200, body
    return str(body["submissionId"])


def only(**more: Any) -> dict[str, Any]:
    """Return a file with one queue and one cluster, whose entry has more members."""
    return document(clusters=[cluster("a", 1, ["3.5"], ["dev"], **more)], queues=[{"name": "dev"}])


class TestCallers:
    def test_either_name_will_do_and_passwords_do_not_count(self) -> None:
        stand = standing(landscape(allowedUsers=["y"], blockedUsers=["x"]))
        basic = {"authorization": "Basic " + base64.b64encode(b"y:anything").decode()}
        assert stand.ask("GET", "/healthcheck/status", user=None).status == 401
        assert stand.ask("GET", "/healthcheck/status", user="Y").status == 401
        assert stand.told("GET", "/healthcheck/status", user="x", **basic) == (200, {"status": "OK"})

    def test_nobody_is_told_so_with_a_code_that_is_a_text(self) -> None:
        told = standing(landscape(allowedUsers=None)).told("GET", "/spark/mySubmissions")
        assert told == (401, {"code": "401", "message": "HTTP 401 Unauthorized."})

    def test_what_is_not_there_is_not_there_for_anybody(self) -> None:
        stand = standing(landscape())
        assert stand.ask("GET", "/nope", user=None).status == 404
        assert stand.ask("GET", "/openapi.json", user=None).status == 200
        assert stand.ask("GET", "/admin/version", user=None).status == 401
        assert standing(landscape(applicationContextPath="/apiv2")).ask("GET", "/admin/version").status == 200

    def test_airflow_speaks_for_somebody(self) -> None:
        stand = standing(landscape())
        for user, name in (("airflow_system_account", "dag"), ("x", "x")):
            answer = stand.ask("POST", "/spark?dagUser=dag", {"queue": "dev", "sparkVersion": "3.5"}, user=user)
            submission = json.loads(answer.body)["submissionId"]
            assert stand.told("GET", f"/spark/{submission}/spec")[1]["proxyUser"] == name


class TestBodies:
    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ('{"queue": "dev", "sparkVersion": "3.5"}', 200),
            ("queue: dev\nsparkVersion: '3.5'", 400),
            ('{"queue": "dev", "sparkVersion": "3.5", "kind": "SparkApplication"}', 400),
            ('{"queue": "dev", "sparkVersion": "3.5", "driver": {"tolerations": []}}', 200),
            ('{"queue": "dev", "sparkVersion": "3.5", "driver": 5}', 400),
            ("null", 500),
            ("", 400),
            ("[]", 400),
        ],
    )
    def test_json_unless_the_header_says_yaml(self, body: str, status: int) -> None:
        assert standing(landscape()).ask("POST", "/spark", body).status == status

    def test_yaml_with_its_header(self) -> None:
        headers = {"content-type": "text/yaml"}
        assert standing(landscape()).ask("POST", "/spark", "queue: dev\nsparkVersion: '3.5'", **headers).status == 200

    @pytest.mark.parametrize(
        ("pod", "text"),
        [
            ({"coreLimit": "1200m"}, 'java.lang.NumberFormatException: For input string: "1200m"'),
            ({"memory": "1024"}, "java.lang.StringIndexOutOfBoundsException: begin 0, end -1, length 4"),
            ({"memory": "g"}, "java.lang.NumberFormatException: empty String"),
        ],
    )
    def test_sizes_that_break_java(self, pod: dict[str, str], text: str) -> None:
        assert standing(landscape()).submit(queue="dev", driver=pod) == (500, {"code": 500, "message": text})


class TestObjects:
    def test_queues_give_sizes_places_and_limits_by_their_exact_name(self) -> None:
        queue = {
            "name": "dev",
            "driverCPUBufferRatio": 1.5,
            "driverNodeLabelValues": ["slow"],
            "executorNodeLabelValues": ["fast"],
            "executorSpotNodeLabelValues": ["spot"],
            "allowedZones": ["z1", "z2"],
        }
        stand = standing(only() | {"queues": [queue]})
        jobs: list[dict[str, Any]] = [
            {"sparkConf": {}},
            {"sparkConf": {}, "spotInstance": True},
            {},
            {"queue": "DEV"},
        ]
        specs = [stand.told("GET", f"/spark/{submitted(stand, **job)}/spec")[1] for job in jobs]
        placed, spot, zoneless, shouted = specs
        assert placed["driver"]["cores"] == 2
        assert placed["driver"]["coreLimit"] == "3000m"
        assert [terms(placed, pod) for pod in ("driver", "executor")] == [
            {"node_group_category": ["slow"], "topology.kubernetes.io/zone": ["z1"]},
            {"node_group_category": ["fast"], "topology.kubernetes.io/zone": ["z1"]},
        ]
        assert terms(spot, "executor") == {"node_group_category": ["spot"], "topology.kubernetes.io/zone": ["z2"]}
        assert terms(zoneless, "executor") == {"node_group_category": ["fast"]}
        assert "affinity" not in shouted["driver"]

    def test_layers_of_configuration(self) -> None:
        entry = {"sparkConf": {"a": "cluster", "b": "cluster"}}
        parts = {"defaultSparkConf": {"a": "default", "d": "{spark-application-resource-name}"}}
        stand = standing(only(**entry) | parts | {"fixedSparkConf": {"c": "fixed"}})
        submission = submitted(stand, sparkConf={"b": "job", "c": "job"}, applicationName="My job!")
        spec = stand.told("GET", f"/spark/{submission}/spec")[1]
        expected = {"a": "cluster", "b": "job", "c": "fixed", "d": submission, "spark.app.name": "My job!"}
        assert spec["sparkConf"] == expected

    def test_any_image_of_ones_own_turns_ranger_off_even_an_empty_one(self) -> None:
        stand = standing(only() | {"defaultSparkConf": {"spark.sql.extensions": None}})
        statuses = [stand.submit(queue="dev", **job)[0] for job in ({}, {"image": ""}, {"image": "mine"})]
        assert statuses == [500, 200, 200]

    def test_environment_is_never_shown(self) -> None:
        stand = standing(only(driver={"env": [{"name": "A", "value": "secret"}]}))
        submission = submitted(stand, driver={"env": [{"name": "B", "value": "secret"}]})
        (app,) = stand.clusters.by_url[URL].all_apps()
        assert [one["name"] for one in app["spec"]["driver"]["env"]] == ["A", "B"]
        for view in ("spec", "describe"):
            assert b"secret" not in stand.ask("GET", f"/spark/{submission}/{view}").body

    def test_names_and_labels_that_kubernetes_refuses(self) -> None:
        stand = standing(landscape())
        for job in ({"user": "a@b.c"}, {"submissionIdSuffix": "A_B"}):
            status, body = stand.submit(queue="dev", **job)
            assert status == 500
            assert body["message"].startswith(
                "io.fabric8.kubernetes.client.KubernetesClientException: Failure executing"
            )


def terms(spec: dict[str, Any], pod: str) -> dict[str, list[str]]:
    affinity = spec[pod]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return {one["key"]: one["values"] for one in affinity["nodeSelectorTerms"][0]["matchExpressions"]}


class TestStatus:
    def test_it_follows_the_object_after_the_cache_forgot(self) -> None:
        stand = standing(landscape(statusCacheExpireMillis=5000))
        submission = submitted(stand)
        assert stand.told("GET", f"/spark/{submission}/status")[1]["applicationState"] == "UNKNOWN"
        api = stand.clusters.by_url[URL]
        api.set_status("spark", submission, {"applicationState": {"state": "RUNNING"}, "sparkApplicationId": "app-1"})
        stand.clock.seconds += 4.9
        assert stand.told("GET", f"/spark/{submission}/status")[1]["applicationState"] == "UNKNOWN"
        stand.clock.seconds += 0.2
        status = stand.told("GET", f"/spark/{submission}/status")[1]
        assert (status["applicationState"], status["sparkApplicationId"]) == ("RUNNING", "app-1")
        assert [method for method, _ in api.calls] == ["POST", "GET", "GET"]

    @pytest.mark.parametrize(
        ("profile", "text"), [(NEW, "HTTP 404 Not Found"), (OLD, f"Application submission a-{ZEROS} not found")]
    )
    def test_errors_are_cached_too(self, profile: Profile, text: str) -> None:
        stand = standing(only(), profile)
        for _ in range(2):
            assert stand.told("GET", f"/spark/a-{ZEROS}/status") == (404, {"code": 404, "message": WEB + text})
        assert len(stand.clusters.by_url[URL].calls) == 1

    @EACH
    @pytest.mark.parametrize("submission", [f"zz-{ZEROS}", "nohyphen"])
    def test_an_unknown_prefix_is_the_caches_own_error_and_the_others_bad_request(
        self, profile: Profile, submission: str
    ) -> None:
        stand = standing(landscape(), profile)
        status, body = stand.told("GET", f"/spark/{submission}/status")
        assert (status, body["message"].partition(": ")[0]) == (
            500,
            "com.google.common.util.concurrent.UncheckedExecutionException",
        )
        others = [("GET", "/spec"), ("GET", "/driver"), ("GET", "/describe"), ("DELETE", "")]
        assert [stand.ask(method, f"/spark/{submission}{view}").status for method, view in others] == [400] * 4

    @EACH
    def test_an_id_with_a_hyphen_takes_jobs_that_nobody_finds(self, profile: Profile) -> None:
        entry = cluster("a-b", 1, ["3.5"], ["dev"])
        stand = standing(document(clusters=[entry], queues=[{"name": "dev"}]), profile)
        submission = submitted(stand)
        words = f"Cluster a (in submissionId: {submission}) not exists"
        assert words in stand.told("GET", f"/spark/{submission}/status")[1]["message"]

    def test_the_second_of_two_equal_ids_loses_its_jobs(self) -> None:
        entries = [cluster("a", 1, ["3.5"], ["dev"], masterUrl=f"https://{name}") for name in ("one", "two")]
        stand = standing(document(clusters=entries, queues=[{"name": "dev"}]), dice=lambda weights: 1)
        submission = submitted(stand)
        assert stand.ask("GET", f"/spark/{submission}/status").status == 404
        assert stand.told("DELETE", f"/spark/{submission}") == (200, {"submissionId": submission})
        assert len(stand.clusters.by_url["https://two"].apps) == 1

    def test_the_user_interface_is_named_while_a_job_runs(self) -> None:
        stand = standing(only(sparkUIUrl="https://ui"))
        submission = submitted(stand)
        stand.clusters.by_url[URL].set_status("spark", submission, {"applicationState": {"state": "RUNNING"}})
        assert stand.told("GET", f"/spark/{submission}/status")[1]["sparkUIUrl"] == f"https://ui/spark/{submission}"


@EACH
class TestBadDays:
    def test_a_cluster_that_is_down_fails_its_share_and_no_more(self, profile: Profile) -> None:
        entries = [cluster(name, 1, ["3.5"], ["dev"], masterUrl=f"https://{name}") for name in ("a", "b")]
        stand = standing(document(clusters=entries, queues=[{"name": "dev"}]), profile)
        stand.clusters.by_url["https://a"].down = True
        statuses = {stand.submit(queue="dev")[0] for _ in range(30)}
        assert statuses == {200, 500}
        assert stand.ask("GET", "/healthcheck/status").status == 200

    def test_an_expired_token(self, profile: Profile) -> None:
        stand = standing(only(userTokenSOPS="an-old-token"), profile)
        stand.clusters.by_url[URL].tokens = frozenset({"a-new-token"})
        status, body = stand.told("GET", f"/spark/a-{ZEROS}/status")
        assert status == 500
        assert body["message"].startswith(f"{WEB}Failed to get status: io.fabric8")
        assert stand.submit(queue="dev")[0] == 500
        assert b"Cannot find matched log files" in stand.ask("GET", f"/log?subId=a-{ZEROS}").body

    def test_too_many_requests_are_an_unknown_state(self, profile: Profile) -> None:
        stand = standing(only(), profile)
        stand.clusters.by_url[URL].refusal = (429, "Too many requests")
        status, body = stand.told("GET", f"/spark/a-{ZEROS}/status")
        assert (status, body["applicationState"]) == (200, "UNKNOWN")
        assert stand.submit(queue="dev")[0] == 500

    def test_a_cluster_that_never_answers_costs_its_time_out(self, profile: Profile) -> None:
        stand = standing(only(timeoutMillis=20), profile)
        stand.clusters.by_url[URL].mute = True
        assert stand.ask("GET", f"/spark/a-{ZEROS}/status").status == 500

    def test_one_dead_entry_spoils_my_list_and_cuts_everybodys(self, profile: Profile) -> None:
        entries = [cluster(name, 1, ["3.5"], ["dev"], masterUrl=f"https://{name}") for name in ("a", "b")]
        stand = standing(document(clusters=entries, queues=[{"name": "dev"}]), profile, dice=lambda weights: 0)
        submission = submitted(stand)
        stand.clusters.by_url["https://b"].down = True
        assert stand.ask("GET", "/spark/mySubmissions").status == 500
        answer = stand.ask("GET", "/admin/submissions")
        assert [json.loads(line)["submissionId"] for line in answer.body.splitlines()] == [submission]

    def test_lists_are_limited(self, profile: Profile) -> None:
        stand = standing(landscape(), profile)
        statuses = [stand.ask("GET", "/spark/mySubmissions").status for _ in range(21)]
        assert statuses == [200] * 20 + [429]


@pytest.mark.parametrize(
    ("reference", "status"),
    [
        ("plaintext:right-token", 404),
        ("localhost:env:TOKEN", 404),
        ("localhost:env:OTHER", 500),
        ("k8s:secret::name:key", 500),
        ("right-token", 404),
        (None, 500),
    ],
)
def test_references_are_resolved_or_taken_literally(reference: str | None, status: int) -> None:
    stand = standing(only(userTokenSOPS=reference), environ={"TOKEN": "right-token"})
    stand.clusters.by_url[URL].tokens = frozenset({"right-token"})
    assert stand.ask("GET", f"/spark/a-{ZEROS}/status").status == status


@pytest.mark.parametrize(("profile", "commit", "deleted"), [(OLD, "aa3e5c8", {}), (NEW, "5e40371", None)])
def test_revisions_show_in_their_answers(profile: Profile, commit: str, deleted: dict[str, str] | None) -> None:
    stand = standing(landscape(), profile)
    assert stand.told("GET", "/admin/version")[1]["gitCommit"] == commit
    expected = {"submissionId": f"b-{ZEROS}"} if deleted is None else deleted
    assert stand.told("DELETE", f"/spark/b-{ZEROS}") == (200, expected)
