"""What the composition root adds to the parts that it connects: metrics of a status, labels of a namespace."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.timing import Timings
from mwaa_operator.app.lookouts import config_maps
from mwaa_operator.app.platform import Platform
from mwaa_operator.app.rooms import ROOMS
from mwaa_operator.aws.clients import AwsClients
from mwaa_operator.engine.cache import Cache
from mwaa_operator.engine.queue import Priority
from mwaa_operator.kinds import ALL_KINDS, served
from mwaa_operator.kube.client import KubeClient
from mwaa_operator.workflow.plan.tally import EndedRun, Tally
from tests.support.engine import Lab
from tests.support.http import Reply, ScriptedServer, scripted
from tests.support.kube import NOON, Ears, let_pass, plain_http, transport_over
from tests.support.observing import observing

KEY = ObjectKey("MwaaEnvironment", "team", "one")
SERIES = 'name="one",namespace="team"'


def platform(server: ScriptedServer) -> Platform:
    kube = KubeClient(
        transport_over(plain_http(server.url)), kinds=ALL_KINDS, namespace="n", surroundings=Ears().surroundings()
    )
    return Platform(
        kinds=frozenset(info.kind for info in ALL_KINDS),
        kube=kube,
        cache=Cache(),
        scope=AwsClients(fence=let_pass).scope,
        reported=lambda key, status: None,
        measured=lambda key, figures: None,
        gateway_measured=lambda key, figures: None,
        fence=let_pass,
        timings=Timings(),
        time_factor=1.0,
        workers=3,
        namespace="n",
        gateway_namespaces=frozenset({"n"}),
        home_region=None,
        now=lambda: NOON,
        monotonic=lambda: 0.0,
    )


def test_the_conditions_of_a_status_become_series_and_go_with_the_object() -> None:
    watched = observing()
    watched.reported(KEY, {"conditions": [{"type": "Ready", "status": "True"}]})
    shown = watched.metrics.render()[0].decode()
    assert SERIES in shown
    assert 'type="Ready"' in shown
    watched.reported(KEY, None)
    assert SERIES not in watched.metrics.render()[0].decode()


def test_the_figures_of_a_workflow_become_series_and_go_with_it() -> None:
    watched, key = observing(), ObjectKey("ServerlessWorkflow", "team", "one")
    success = datetime.fromtimestamp(1.8e9, UTC)
    watched.measured(key, Tally((EndedRun("FAILED", "SCHEDULED", 90, 2),), 1, 25, success))
    shown = watched.metrics.render()[0].decode()
    assert f'mwaa_operator_workflow_runs_total{{{SERIES},state="FAILED",type="SCHEDULED"}} 1.0' in shown
    assert f"mwaa_operator_workflow_task_failures_total{{{SERIES}}} 2.0" in shown
    assert f"mwaa_operator_workflow_versions_quota_ratio{{{SERIES}}} 0.5" in shown
    assert f"mwaa_operator_workflow_last_success_timestamp_seconds{{{SERIES}}} 1.8e+09" in shown
    watched.reported(key, None)
    assert SERIES not in watched.metrics.render()[0].decode()


def test_a_status_without_conditions_is_no_error() -> None:
    observing().reported(KEY, {})


def test_labels_of_a_namespace_are_read_and_a_missing_one_has_none() -> None:
    with scripted(
        Reply(200, {"metadata": {"labels": {"team": "a"}}}), Reply(200, {"metadata": {}}), Reply(404)
    ) as server:
        found = platform(server)
        assert [found.namespace_labels("team") for _ in range(3)] == [{"team": "a"}, {}, {}]


def test_a_labelled_config_map_that_changes_wakes_the_workflows_that_name_it() -> None:
    woken: list[tuple[str, Priority]] = []
    versions = [{"items": [{"metadata": {"namespace": "n", "name": "c", "resourceVersion": v}}]} for v in "12"]
    with scripted(*(Reply(200, answer) for answer in versions)) as server:
        found = platform(server)
        for room in ROOMS.values():
            room(found)
        reference = {"configMapKeyRef": {"name": "c", "key": "k"}}
        for name, spec in {"one": {"definition": reference}, "two": {"code": reference}, "three": {}}.items():
            metadata = {"name": name, "namespace": "n", "uid": name, "resourceVersion": "1"}
            found.cache.put({"kind": "ServerlessWorkflow", "metadata": metadata, "spec": spec})
        lookout = config_maps(found, lambda key, priority: woken.append((key.name, priority)), Lab().instruments)
        assert (lookout.look(), lookout.look()) == (True, True)
    assert woken == [("one", Priority.USER), ("two", Priority.USER)]


def test_every_kind_has_a_room_and_every_room_can_be_made() -> None:
    with scripted(Reply()) as server:
        registrations = {kind: room(platform(server)) for kind, room in ROOMS.items()}
    kinds: set[KindInfo] = set(ALL_KINDS)
    assert {kind: made.controller.kind for kind, made in registrations.items()} == {
        info.kind: info.kind for info in kinds
    }
    assert {registration.workers for registration in registrations.values()} == {3}
    assert server.requests == []


def test_an_operator_without_gateways_serves_neither_them_nor_their_routes() -> None:
    kinds = {info.kind for info in served(gateways=False)}
    assert kinds == {info.kind for info in ALL_KINDS} - {"SparkGateway", "SparkJobRoute"}
    with scripted(Reply()) as server:
        found = replace(platform(server), kinds=frozenset(kinds))
        for kind in kinds:
            ROOMS[kind](found)


def test_a_route_wakes_the_gateway_that_it_names_and_no_other() -> None:
    with scripted(Reply()) as server:
        found = platform(server)
        for namespace, name in (("n", "one"), ("n", "two"), ("elsewhere", "one")):
            metadata = {"name": name, "namespace": namespace, "uid": name + namespace, "resourceVersion": "1"}
            found.cache.put({"kind": "SparkGateway", "metadata": metadata, "spec": {}})
        watch = next(item for item in ROOMS["SparkGateway"](found).watches if item.source_kind == "SparkJobRoute")
        assert list(watch.dependents({"spec": {"gatewayRef": {"name": "one"}}})) == [
            ObjectKey("SparkGateway", "n", "one")
        ]
        assert list(watch.dependents({"spec": None})) == []
