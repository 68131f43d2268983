"""One pass over a SparkJobRoute that has no gateway, or has one: the finalizer, and what is said when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mwaa_operator.api.meta import FINALIZER, ObjectKey
from mwaa_operator.api.result import Done, RequeueAfter, Wait
from mwaa_operator.api.timing import Timings
from mwaa_operator.route.controller import SparkJobRouteController
from tests.support.kstatus import flux_at_rest, flux_warnings, kstatus
from tests.support.manifests import spark_gateway, spark_job_route
from tests.support.memorykube import MemoryKube

TIMINGS = Timings()
GATEWAY = ObjectKey("SparkGateway", "gateways", "general")
LEAVING = {"deletionTimestamp": "2026-11-21T12:00:00Z"}


class Kube(MemoryKube):
    """One that may not serve gateways at all."""

    served = True

    def is_served(self, kind: str) -> bool:
        assert kind == "SparkGateway"
        return self.served


class World:
    """A cache, an API server, and the controller between them."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, tzinfo=UTC)
        self.kube = Kube(lambda: self.now)
        self.cache: dict[ObjectKey, dict[str, Any]] = {}
        self.reported: dict[ObjectKey, Any] = {}
        self.valid = True
        self.controller = SparkJobRouteController(
            cached=self.cache.get,
            written=self.written,
            reported=lambda key, status: self.reported.update({key: status}),
            kube=self.kube,
            gateway=lambda name: next((body for key, body in self.cache.items() if key == GATEWAY and name), None),
            fits=lambda body: self.valid,
            namespaces=("gateways", "others"),
            timings=TIMINGS,
            now=lambda: self.now,
        )
        self.key = self.kube.create(spark_job_route("digital", "data"), uid="u1")
        self.sync()

    def written(self, body: dict[str, Any]) -> None:
        self.cache[ObjectKey("SparkJobRoute", body["metadata"]["namespace"], body["metadata"]["name"])] = body

    def sync(self) -> None:
        """Let the cache see everything."""
        self.cache.clear()
        self.cache.update({key: body for key in self.kube.objects if (body := self.kube.get(key)) is not None})

    def with_gateway(self, **metadata: Any) -> None:
        body = spark_gateway("general", "gateways")
        self.kube.create({**body, "metadata": body["metadata"] | metadata}, uid="g1")
        self.sync()

    def reconcile(self) -> Any:
        """Return what a pass answers, the reason of a Wait among that."""
        try:
            return self.controller.reconcile(self.key)
        except Wait as wait:
            return wait.reason

    @property
    def route(self) -> dict[str, Any]:
        return self.kube.objects[self.key]

    @property
    def conditions(self) -> dict[str, Any]:
        return {item["type"]: item for item in self.route["status"]["conditions"]}


@pytest.fixture
def world() -> World:
    return World()


def test_a_route_with_a_gateway_gets_the_finalizer_and_no_status(world: World) -> None:
    world.with_gateway()
    assert world.reconcile() == Done()
    assert world.route["metadata"]["finalizers"] == [FINALIZER]
    assert world.cache[world.key] == world.route
    version = world.route["metadata"]["resourceVersion"]
    assert world.reconcile() == Done()
    assert world.route["metadata"]["resourceVersion"] == version
    assert world.kube.statuses == []


def test_a_route_without_a_gateway_says_which_is_missing_and_where_gateways_live(world: World) -> None:
    assert world.reconcile() == "DependencyNotReady"
    ready = world.conditions["Ready"]
    assert (ready["status"], ready["reason"]) == ("False", "DependencyNotReady")
    assert "SparkGateway general" in ready["message"]
    assert "namespace gateways or others" in ready["message"]
    assert world.conditions["Reconciling"]["reason"] == "ProgressingWithRetry"
    assert kstatus(world.route) == "InProgress"
    world.reconcile()
    assert len(world.kube.statuses) == 1, "nothing has changed"


def test_half_an_hour_later_only_a_person_can_help_and_then_the_gateway_comes(world: World) -> None:
    world.reconcile()
    world.now += timedelta(seconds=TIMINGS.dependency)
    assert world.reconcile() == RequeueAfter(TIMINGS.stalled)
    assert world.conditions["Stalled"]["reason"] == "DependencyNotReady"
    assert kstatus(world.route) == "Failed"
    world.with_gateway()
    assert world.reconcile() == Done()


@pytest.mark.parametrize(
    ("metadata", "valid", "words"),
    [
        (LEAVING, True, "is being deleted"),
        (LEAVING | {"finalizers": ["theirs"]}, True, "is being deleted"),
        ({}, False, "does not fit its kind"),
    ],
)
def test_a_gateway_that_nobody_looks_after_counts_as_none(
    world: World, metadata: dict[str, Any], valid: bool, words: str
) -> None:
    world.with_gateway(**metadata)
    world.valid = valid
    assert world.reconcile() == "DependencyNotReady"
    assert words in world.conditions["Ready"]["message"]
    assert world.route["metadata"]["finalizers"] == [FINALIZER]


def test_a_gateway_that_waits_for_its_routes_still_speaks_for_them(world: World) -> None:
    world.with_gateway(**LEAVING, finalizers=[FINALIZER])
    assert world.reconcile() == Done()
    assert world.kube.statuses == [], "two writers of one status would never come to rest"


def test_what_only_a_gateway_knows_is_not_said_any_more_and_tokens_are(world: World) -> None:
    told = {"split": "a=1", "url": "http://x", "tokens": [{"name": "mwaa", "secretName": "t"}], "warnings": ["w"]}
    world.kube.restore_status(world.key, told)
    world.sync()
    world.reconcile()
    assert set(world.route["status"]) == {"conditions", "observedGeneration", "tokens", "waiting"}


def test_annotations_are_answered(world: World) -> None:
    world.kube.annotate(world.key, reconcile_requested_at="now", retry_requested_at="x" * 300)
    world.sync()
    world.reconcile()
    assert world.route["status"]["lastHandledReconcileAt"] == "now"
    assert len(world.route["status"]["lastHandledRetryAt"]) == 256


def test_a_deleted_route_without_a_gateway_goes(world: World) -> None:
    world.reconcile()
    world.kube.delete(world.key)
    world.sync()
    assert world.reconcile() == Done()
    assert world.key not in world.kube.objects
    assert world.reported[world.key] is None
    assert [notice.reason for notice in world.kube.notices] == ["Deleted"]


def test_a_deleted_route_with_a_gateway_waits_for_it(world: World) -> None:
    world.with_gateway()
    world.reconcile()
    world.kube.delete(world.key)
    world.sync()
    assert world.reconcile() == Done()
    assert world.route["metadata"]["finalizers"] == [FINALIZER]
    assert world.kube.statuses == []


def test_a_cache_that_does_not_know_the_gateway_lets_no_route_go(world: World) -> None:
    world.with_gateway()
    world.reconcile()
    world.kube.delete(world.key)
    world.sync()
    del world.cache[GATEWAY]
    assert world.reconcile() == Done()
    assert world.route["metadata"]["finalizers"] == [FINALIZER]


def test_where_gateways_are_not_served_nothing_is_known_and_no_route_goes(world: World) -> None:
    world.reconcile()
    world.kube.delete(world.key)
    world.sync()
    world.kube.served = False
    assert world.reconcile() == RequeueAfter(TIMINGS.poll_max)
    assert world.route["metadata"]["finalizers"] == [FINALIZER]


def test_a_deleted_route_that_another_finalizer_holds_gets_none_of_ours(world: World) -> None:
    world.with_gateway()
    body = world.kube.objects[world.key]
    body["metadata"]["finalizers"] = ["theirs"]
    world.kube.delete(world.key)
    world.sync()
    assert world.reconcile() == Done()
    assert world.route["metadata"]["finalizers"] == ["theirs"]
    world.cache.pop(GATEWAY)
    del world.kube.objects[GATEWAY]
    assert world.reconcile() == Done()
    assert world.route["metadata"]["finalizers"] == ["theirs"]
    assert world.kube.statuses == []


def test_a_deletion_that_a_broken_gateway_holds_up_says_so(world: World) -> None:
    world.with_gateway()
    world.valid = False
    world.reconcile()
    world.kube.delete(world.key)
    world.sync()
    assert world.reconcile() == "Deleting"
    assert "Reconciling" in world.conditions
    world.now += timedelta(seconds=TIMINGS.deletion_blocked)
    world.reconcile()
    assert world.conditions["Stalled"]["reason"] == "DeletionBlocked"
    assert "Reconciling" not in world.conditions


def test_a_namesake_that_is_not_deleted_keeps_its_finalizer(world: World) -> None:
    world.reconcile()
    world.kube.delete(world.key)
    world.sync()
    del world.kube.objects[world.key]
    body = spark_job_route("digital", "data")
    world.kube.create({**body, "metadata": body["metadata"] | {"finalizers": [FINALIZER]}}, uid="u2")
    world.reconcile()
    assert world.route["metadata"]["finalizers"] == [FINALIZER]


def test_a_route_that_does_not_fit_its_kind_any_more_says_why(world: World) -> None:
    world.with_gateway()
    world.kube.edit(world.key, queue={"name": "Not A Queue"})
    world.sync()
    assert world.reconcile() == RequeueAfter(TIMINGS.stalled)
    assert world.conditions["Stalled"]["reason"] == "InvalidSpec"
    assert "queue.name" in world.conditions["Ready"]["message"]


@pytest.mark.parametrize("spec", [{"queue": None}, {"gatewayRef": None}])
def test_one_that_does_not_fit_goes_all_the_same_where_there_is_no_gateway(world: World, spec: dict[str, Any]) -> None:
    world.reconcile()
    world.kube.edit(world.key, **spec)
    world.kube.delete(world.key)
    world.sync()
    assert world.reconcile() == Done()
    assert world.key not in world.kube.objects


def test_a_write_in_between_is_read_and_nothing_is_lost(world: World) -> None:
    world.kube.annotate(world.key, reconcile_requested_at="now")
    assert world.reconcile() == RequeueAfter(TIMINGS.poll_min / 5)
    world.reconcile()
    assert world.route["status"]["lastHandledReconcileAt"] == "now"


def test_a_route_that_is_gone_is_done(world: World) -> None:
    world.cache.clear()
    assert world.reconcile() == Done()
    assert world.reported[world.key] is None


@pytest.mark.parametrize("later", [0, 1])
def test_every_status_is_well_formed_for_flux(world: World, later: int) -> None:
    world.reconcile()
    world.now += timedelta(seconds=later * TIMINGS.dependency)
    world.reconcile()
    assert flux_at_rest(world.route) == []
    assert flux_warnings(world.route) == []
