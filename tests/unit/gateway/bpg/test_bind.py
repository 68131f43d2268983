"""What BPG makes of a file: conversions, what it drops, and what stops its start."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.gateway.bpg.bind import bind
from mwaa_operator.gateway.bpg.config import Cluster, Config, Image, Queue, StartFailure
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.bpg.text import read
from tests.support.bpg import CURRENT, PINNED, bound, failure


def one_cluster(**members: Any) -> Cluster:
    (entry,) = bound({"sparkClusters": [members]}).clusters or ()
    assert entry is not None
    return entry


def one_queue(**members: Any) -> Queue:
    (entry,) = bound({"queues": [members]}).queues or ()
    assert entry is not None
    return entry


def test_an_empty_object_has_the_defaults_of_bpg() -> None:
    assert bound({}) == Config(CURRENT, status_cache_millis=990, context_path="/skatev2")
    assert one_cluster() == Cluster(weight=0)
    assert one_queue() == Queue(driver_cpu_ratio=1.0)


class TestNumbers:
    @pytest.mark.parametrize(
        ("written", "weight"),
        [("50", 50), (1.9, 1), (0.9, 0), (None, 0), ("", 0), ("  ", 0), (" 7 ", 7), ("-3", -3), (16, 16), (-0.9, 0)],
    )
    def test_a_weight(self, written: Any, weight: int) -> None:
        assert one_cluster(weight=written).weight == weight

    @pytest.mark.parametrize(
        ("written", "message"),
        [
            ("abc", "Incorrect type of value at: sparkClusters.[0].weight; is of type: String, expected: int"),
            ("1.5", "Incorrect type of value at: sparkClusters.[0].weight; is of type: String, expected: int"),
            (
                3_000_000_000,
                "Failed to parse configuration at: sparkClusters.[0].weight; Numeric value (3000000000) out of range "
                "of int",
            ),
            (
                True,
                "Failed to parse configuration at: sparkClusters.[0].weight; Cannot deserialize value of type `int` "
                "from Boolean value (token `JsonToken.VALUE_TRUE`)",
            ),
            (
                [],
                "Failed to parse configuration at: sparkClusters.[0].weight; Cannot deserialize value of type `int` "
                "from Array value (token `JsonToken.START_ARRAY`)",
            ),
        ],
    )
    def test_what_is_no_weight_stops_the_start(self, written: Any, message: str) -> None:
        assert failure({"sparkClusters": [{"weight": written}]}) == StartFailure("sparkClusters.[0].weight", message)

    @pytest.mark.parametrize("written", ["30s", "3000000000000000000000", 1e300, float("nan")])
    def test_a_time_out_is_a_number(self, written: Any) -> None:
        assert failure({"sparkClusters": [{"timeoutMillis": written}]}).path == "sparkClusters.[0].timeoutMillis"

    @pytest.mark.parametrize(("written", "found"), [(None, None), ("", None), ("5", 5), (5.7, 5), (2**40, 2**40)])
    def test_null_stays_null_where_java_has_an_object(self, written: Any, found: int | None) -> None:
        assert one_queue(maxRunningMillis=written).max_running_millis == found

    @pytest.mark.parametrize(("written", "found"), [(1.5, 1.5), ("1.5", 1.5), (2, 2.0), (" 1e1 ", 10.0), ("2f", 2.0)])
    def test_a_ratio_is_parsed_by_its_setter(self, written: Any, found: float) -> None:
        assert one_queue(driverCPUBufferRatio=written).driver_cpu_ratio == found

    @pytest.mark.parametrize("written", [None, "x", "", True, []])
    def test_a_ratio_that_is_none_stops_the_start(self, written: Any) -> None:
        assert failure({"queues": [{"executorMemBufferRatio": written}]}).path == "queues.[0].executorMemBufferRatio"

    @pytest.mark.parametrize("written", ["x", True, {}])
    def test_costs_are_numbers(self, written: Any) -> None:
        assert failure({"vCoreSecondCost": written}).path == "vCoreSecondCost"

    @pytest.mark.parametrize("written", ["0.5", 1, None, "", "NaN", "INF", " -INF "])
    def test_costs_may_be_texts(self, written: Any) -> None:
        assert bound({"memoryMbSecondCost": written})


class TestTexts:
    @pytest.mark.parametrize(
        ("written", "found"),
        [
            (3.1, "3.1"),
            (1, "1"),
            (True, "true"),
            (1000.0, "1000.0"),
            (1e7, "1.0E7"),
            (None, None),
            ("", ""),
            pytest.param(10**5000, "1" + "0" * 5000, id="long"),
        ],
    )
    def test_scalars_become_texts(self, written: Any, found: str | None) -> None:
        assert one_cluster(id=written).id == found
        assert one_cluster(sparkVersions=[written]).spark_versions == (found,)
        assert one_cluster(sparkConf={"a": written}).spark_conf == {"a": found}

    @pytest.mark.parametrize("written", [[], {}, [[]]])
    def test_nothing_else_does(self, written: Any) -> None:
        assert failure({"sparkClusters": [{"id": written}]}).path == "sparkClusters.[0].id"


class TestLists:
    @pytest.mark.parametrize("written", ["x", 1, True, {}, ""])
    @pytest.mark.parametrize("field", ["allowedUsers", "adminUsers", "queues", "sparkClusters", "sparkImages"])
    def test_a_scalar_is_no_list(self, field: str, written: Any) -> None:
        assert failure({field: written}).path == field

    def test_null_elements_stay(self) -> None:
        config = bound({"queues": [None], "sparkClusters": [None], "sparkImages": [None], "allowedUsers": [None]})
        assert (config.queues, config.clusters, config.images, config.allowed_users) == ((None,),) * 4

    @pytest.mark.parametrize("field", ["queues", "sparkClusters", "sparkImages"])
    @pytest.mark.parametrize("written", ["x", 1, []])
    def test_elements_are_objects(self, field: str, written: Any) -> None:
        assert failure({field: [written]}).path == f"{field}.[0]"


class TestTruth:
    @pytest.mark.parametrize(
        ("written", "found"),
        [
            (True, True),
            ("true", True),
            ("TRUE", True),
            (1, True),
            (-2, True),
            (0, False),
            ("False", False),
            (None, None),
            ("", None),
        ],
    )
    def test_what_is_secure(self, written: Any, found: bool | None) -> None:
        assert one_queue(secure=written).secure is found

    @pytest.mark.parametrize("written", ["maybe", "yes", 1.0, []])
    def test_what_stops_the_start(self, written: Any) -> None:
        assert failure({"queues": [{"secure": written}]}).path == "queues.[0].secure"


class TestUnknownKeys:
    @pytest.mark.parametrize(
        "body",
        [
            {"maxRunningMillis": 5},
            {"sparkClusters": [{"nope": 1, "sparkUIOptions": {"ServicePort": 1}}]},
            {"queues": [{"nope": {}}]},
            {"sparkImages": [{"nope": []}]},
            {"queueTokenSOPS": {"sops": {}}},
            {"dbStorageSOPS": {"nope": 1}},
            {"Queues": 5},
        ],
    )
    def test_they_are_dropped_in_silence(self, body: Any) -> None:
        assert bound(body)

    @pytest.mark.parametrize(
        ("body", "path"),
        [
            ({"server": {"nope": 1}}, "server.nope"),
            ({"logging": {"nope": 1}}, "logging.nope"),
            ({"metrics": {"nope": 1}}, "metrics.nope"),
            ({"admin": {"nope": 1}}, "admin.nope"),
            ({"health": {"nope": 1}}, "health.nope"),
            ({"health": {"healthChecks": [{"name": "a", "nope": 1}]}}, "health.healthChecks.[0].nope"),
            ({"health": {"healthChecks": [{"schedule": {"nope": 1}}]}}, "health.healthChecks.[0].schedule.nope"),
        ],
    )
    def test_in_blocks_of_dropwizard_they_stop_the_start(self, body: Any, path: str) -> None:
        assert failure(body) == StartFailure(path, f"Unrecognized field at: {path}")

    @pytest.mark.parametrize("block", ["server", "metrics", "admin"])
    def test_blocks_that_are_null_stop_the_start(self, block: str) -> None:
        assert failure({block: None}) == StartFailure(block, f"{block} must not be null")
        assert failure({block: None, "queues": 5}).path == "queues"

    def test_a_health_check_has_a_name(self) -> None:
        path = "health.healthChecks[1].name"
        body: Any = {"health": {"healthChecks": [None, {}]}}
        assert failure(body) == StartFailure(path, f"{path} size must be between 1 and 2147483647")
        assert bound({"health": None, "logging": None})

    def test_the_head_knows_keys_of_a_later_dropwizard(self) -> None:
        body = {"server": {"enableVirtualThreads": True}}
        assert bound(body, Profile.HEAD)
        assert failure(body, CURRENT) == failure(body, PINNED)

    def test_blocks_that_are_tuned_are_taken(self) -> None:
        schedule = {"checkInterval": "1s", "failureAttempts": 1}
        check = {"name": "sparkClusters", "critical": True, "initialState": False, "schedule": schedule}
        health = {"healthChecks": [check], "delayedShutdownHandlerEnabled": True, "shutdownWaitPeriod": "3s"}
        connector = {"type": "http", "port": 8080, "bindHost": "127.0.0.1"}
        server = {"applicationConnectors": [connector], "adminConnectors": [connector]}
        assert bound({"health": health, "server": server, "logging": {"level": "INFO"}})

    @pytest.mark.parametrize("field", ["maxExecutorInstances", "allowedZones"])
    def test_the_pinned_revision_does_not_know_fields_of_later_ones(self, field: str) -> None:
        body = {"queues": [{"name": "q", field: "x"}], "fixedSparkConf": 5}
        assert bound(body, PINNED).queues == (Queue(name="q"),)
        assert isinstance(bind(body, profile=CURRENT), StartFailure)
        assert isinstance(bind(body, profile=Profile.HEAD), StartFailure)


class TestWholeFiles:
    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ("", ""),
            ("# nothing\n", ""),
            ("[]", ""),
            ("- a\n", ""),
            ("just words", ""),
            ("a: [", ""),
            ("a: 1\n b: 2", ""),
        ],
    )
    def test_what_is_no_object_stops_the_start(self, text: str, path: str) -> None:
        assert failure(read(text)).path == path

    @pytest.mark.parametrize("name", ["a-b", "a b", "a.b", "ä"])
    def test_a_strange_database_stops_the_start(self, name: str) -> None:
        assert failure({"dbStorageSOPS": {"dbName": name}}).path == "dbStorageSOPS.dbName"

    @pytest.mark.parametrize("name", ["bpg", "BPG_$1", "", None])
    def test_a_plain_database_does_not(self, name: str | None) -> None:
        assert bound({"dbStorageSOPS": {"dbName": name}})

    def test_what_stands_in_a_file_is_found_again(self) -> None:
        config = bound(
            {
                "applicationContextPath": "/apiv2",
                "statusCacheExpireMillis": "5000",
                "queueTokenSOPS": {"secrets": ["a", None]},
                "sparkImages": [{"name": "i", "types": ["Java"], "version": 3.5}],
                "queues": [{"name": "q", "executorSpotNodeLabelValues": ["s"]}],
                "sparkClusters": [{"id": "a", "sparkUIOptions": {"ingressTLS": [None, {}, {"hosts": []}]}}],
            }
        )
        assert (config.context_path, config.status_cache_millis) == ("/apiv2", 5000)
        assert (config.has_token_secrets, config.token_secrets) == (True, ("a", None))
        assert config.images == (Image("i", ("Java",), "3.5"),)
        assert config.queues == (Queue(name="q", executor_spot_values=("s",)),)
        assert config.clusters == (Cluster(id="a", ui_tls=(None, False, True)),)
