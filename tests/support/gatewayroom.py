"""The room of SparkGateway without a process: its controller, a Kubernetes in memory that runs pods, and what it costs.

Time stands still but for what passes ask to wait for. Pods answer as their file says; every call is counted, and the
room is known by its parts only.
"""

from __future__ import annotations

import copy
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from mwaa_operator.api.meta import FINALIZER, ObjectKey
from mwaa_operator.api.result import RequeueAfter
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.build import gateway_of
from mwaa_operator.gateway.controller import SparkGatewayController
from mwaa_operator.gateway.looks.answers import Answers
from mwaa_operator.gateway.looks.revisions import Revisions
from mwaa_operator.gateway.observe import Observer, Sources
from mwaa_operator.gateway.plan.probes import QUEUE, Probe
from mwaa_operator.gateway.plan.situation import ClusterLook, ClusterTrouble, JobsLook, Replies, Reply
from mwaa_operator.gateway.plan.timings import RolloutTimings
from mwaa_operator.gateway.tally import Tally
from mwaa_operator.gateway.tokens.keeper import QueueTokens
from mwaa_operator.gateway.tokenwork import TokenWork
from mwaa_operator.kube.errors import AlreadyExists, Conflict
from tests.support.aws import Clock
from tests.support.manifests import spark_gateway, spark_job_route
from tests.support.memorykube import MemoryKube
from tests.support.rollout import look
from tests.support.sparkscene import ALL, CLUSTERS, target

Body = dict[str, Any]
TIMINGS = RolloutTimings()


class Owned:
    """Objects of Kubernetes' own kinds: server-side apply as one writer sees it, and a kubelet on demand.

    Args:
        counts: Where calls are counted, by verb and kind.
        now: UTC.
    """

    def __init__(self, counts: Counter[str], now: Callable[[], datetime]) -> None:
        self.bodies: dict[tuple[str, str, str], Body] = {}
        self._counts, self._now, self._version = counts, now, 0

    def get(self, api_version: str, kind: str, namespace: str, name: str) -> Body | None:
        """Return a copy of an object."""
        self._counts[f"get {kind}"] += 1
        return copy.deepcopy(self.bodies.get((kind, namespace, name)))

    def list(self, api_version: str, kind: str, namespace: str, labels: Mapping[str, str]) -> list[Body]:
        """Return copies of the objects with these labels."""
        self._counts[f"list {kind}"] += 1
        return [copy.deepcopy(body) for body in self._found(kind, namespace, labels)]

    def versions(
        self, api_version: str, kind: str, namespace: str, labels: Mapping[str, str]
    ) -> dict[str, tuple[str, str]]:
        """Return uid and resourceVersion by name."""
        self._counts[f"versions {kind}"] += 1
        found = (body["metadata"] for body in self._found(kind, namespace, labels))
        return {meta["name"]: (meta["uid"], meta["resourceVersion"]) for meta in found}

    def create(self, body: Mapping[str, Any]) -> Body:
        """Make an object."""
        self._counts[f"create {body['kind']}"] += 1
        if _key(body) in self.bodies:
            raise AlreadyExists("there is one", status=409)
        return self._put(body, {})

    def apply(self, body: Mapping[str, Any]) -> Body:
        """Write an object, onto the version that `body` names if it names one."""
        self._counts[f"apply {body['kind']}"] += 1
        stored, version = self.bodies.get(_key(body), {}), body["metadata"].get("resourceVersion")
        if version is not None and (not stored or stored["metadata"]["resourceVersion"] != version):
            raise Conflict("the object has been modified", status=409)
        return self._put({**stored, **body}, stored)

    def delete(self, body: Mapping[str, Any]) -> None:
        """Delete an object."""
        self._counts[f"delete {body['kind']}"] += 1
        self.bodies.pop(_key(body), None)

    def run(self) -> None:
        """Be the Deployment's controller and the kubelet: everything runs and is ready at once."""
        for body in [item for item in self.bodies.values() if item["kind"] == "Deployment"]:
            replicas, metadata = body["spec"]["replicas"], body["metadata"]
            ready = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas"), replicas)
            body["status"] = {"observedGeneration": metadata["generation"], **ready}
            for index in range(replicas):
                self._serve(body, f"{metadata['name']}-{index}")
        for number, body in enumerate(item for item in self.bodies.values() if item["kind"] == "Pod"):
            body["status"] = {"podIP": f"10.0.0.{number}", "conditions": [{"type": "Ready", "status": "True"}]}

    def _serve(self, deployment: Body, name: str) -> None:
        """Let a pod run what a Deployment says; one that ran something else is another one afterwards."""
        metadata, template = deployment["metadata"], deployment["spec"]["template"]
        pod = {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"]}
        pod["metadata"] = {**template["metadata"], "namespace": metadata["namespace"], "name": name}
        running = self.bodies.get(_key(pod))
        if running is None or running["metadata"]["labels"] != template["metadata"]["labels"]:
            self._put(pod, {})

    def _found(self, kind: str, namespace: str, labels: Mapping[str, str]) -> Iterable[Body]:
        for (of, where, _), body in sorted(self.bodies.items()):
            if (of, where) == (kind, namespace) and labels.items() <= body["metadata"].get("labels", {}).items():
                yield body

    def _put(self, body: Mapping[str, Any], stored: Mapping[str, Any]) -> Body:
        self._version += 1
        before = stored.get("metadata", {})
        meta = {
            **body["metadata"],
            "uid": before.get("uid", f"uid-{self._version}"),
            "resourceVersion": str(self._version),
            "generation": before.get("generation", 0) + 1,
            "creationTimestamp": before.get("creationTimestamp", f"{self._now():%Y-%m-%dT%H:%M:%SZ}"),
        }
        self.bodies[_key(body)] = copy.deepcopy({**body, "metadata": meta})
        return copy.deepcopy(self.bodies[_key(body)])


class Kube(MemoryKube):
    """Kubernetes in memory with what gateways own; reads of single objects are counted too."""

    def __init__(self, counts: Counter[str], now: Callable[[], datetime]) -> None:
        super().__init__(now)
        self.owned = Owned(counts, now)
        self._counts = counts

    def get(self, key: ObjectKey) -> Body | None:
        """Return a copy of an object."""
        self._counts[f"get {key.kind}"] += 1
        return super().get(key)

    def list(self, kind: str) -> tuple[list[Body], str]:
        """Return all objects of a kind."""
        self._counts[f"list {kind}"] += 1
        return [copy.deepcopy(body) for key, body in self.objects.items() if key.kind == kind], "1"

    def apply_status(self, body: Body, status: Body) -> Body:
        """Store a status."""
        self._counts[f"status {body['kind']}"] += 1
        return super().apply_status(body, status)


@dataclass
class Pods:
    """What pods answer: all that their file makes them answer, but for what is broken. They are asked side by side.

    Attributes:
        counts: Where questions are counted.
        broken: Queues whose jobs get an error.
        lock: Held while it is counted.
    """

    counts: Counter[str]
    broken: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, address: str, probes: Iterable[Probe], *, context_path: str, keys: tuple[str, ...]) -> Replies:
        """Answer."""
        asked = {item.key: item for item in probes}
        with self.lock:
            self.counts["probe"] += len(asked)
        return {key: self._reply(item) for key, item in asked.items()}

    def version(self, address: str, *, context_path: str, user: str) -> str | None:
        """Say the revision."""
        self.counts["version"] += 1
        return "aa3e5c8"

    def _reply(self, probe: Probe) -> Reply:
        if probe.kind != QUEUE:
            return Reply(404)
        return Reply(500, "broken") if probe.subject in self.broken else Reply(*probe.expected[0])


@dataclass
class SparkClusters:
    """Clusters that are well unless a test says otherwise.

    Attributes:
        counts: Where looks are counted.
        now: UTC.
        down: Those that cannot be reached.
        unknown: Those of which nobody knows where they are.
        moved: Those that are at another address than before.
        left: Jobs that each entry still has that takes no new ones.
        running: Jobs under way by cluster, namespace and entry; where a test says nothing they were not counted.
    """

    counts: Counter[str]
    now: Callable[[], datetime]
    down: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    left: int = 0
    running: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)

    def look(self, gateway: SparkGateway) -> tuple[Mapping[str, ClusterLook], Mapping[str, ClusterTrouble]]:
        """Return how they are."""
        self.counts["look at clusters"] += 1
        names = {item.name for item in gateway.spec.clusters}
        troubles = {name: ClusterTrouble("ClusterUnreachable", "nobody knows it") for name in names & self.unknown}
        return {name: self._look(name) for name in sorted(names - self.unknown)}, troubles

    def jobs(self, gateway: SparkGateway, entries: Mapping[str, tuple[str, str]]) -> Mapping[str, JobsLook]:
        """Return what is left."""
        return {id_: JobsLook(self.left, self.now()) for id_ in entries}

    def renewed(self, gateway: SparkGateway) -> tuple[str, ...]:
        """Return nothing: tokens last."""
        return ()

    def forget(self, key: ObjectKey) -> None:
        """Forget nothing: nothing is remembered."""

    def _look(self, name: str) -> ClusterLook:
        found = look(name, up=name not in self.down)
        if name in self.moved:
            found = replace(found, url=f"{found.url}.elsewhere")
        return replace(found, running=self.running.get(name, {})) if found.reachable else found


@dataclass
class GatewayRoom:
    """A controller with its surroundings.

    Attributes:
        clock: Moves by `rest` and `settle` alone.
        counts: Calls since they were cleared, by what they are: `get Service`, `status SparkJobRoute`, `probe` ….
        reported: Told what is told to metrics.
        measured: Likewise.
    """

    clock: Clock = field(default_factory=Clock)
    counts: Counter[str] = field(default_factory=Counter)
    reported: Callable[[ObjectKey, Body | None], None] = lambda key, status: None
    measured: Callable[[ObjectKey, Tally], None] = lambda key, figures: None

    def __post_init__(self) -> None:
        self.kube = Kube(self.counts, self.now)
        self.pods, self.clusters = Pods(self.counts), SparkClusters(self.counts, self.now)
        self.controller = self.restarted()

    def now(self) -> datetime:
        """Return the time."""
        return datetime.fromtimestamp(self.clock(), UTC)

    def restarted(self) -> SparkGatewayController:
        """Return a controller that remembers nothing."""
        tokens = QueueTokens(self.kube.owned, hide=lambda _: None, entropy=lambda count: b"k" * count, now=self.now)
        self.controller = SparkGatewayController(
            cached=self.kube.objects.get,
            written=lambda body: None,
            reported=self.reported,
            measured=self.measured,
            kube=self.kube,
            observer=Observer(self._sources(tokens)),
            tokens=TokenWork(tokens, timings=TIMINGS, monotonic=self.clock),
            namespaces=frozenset({"gateways"}),
            timings=TIMINGS,
            now=self.now,
        )
        return self.controller

    def gateway(self, name: str = "general", **spec: Any) -> ObjectKey:
        """Create a gateway with three clusters that grants everything."""
        usual = {"clusters": CLUSTERS, "allowedRoutes": ALL, "access": {"users": ["airflow"]}}
        body = spark_gateway(name, "gateways", **(usual | spec))
        body["metadata"]["finalizers"] = [FINALIZER]
        return self.kube.create(body, uid=f"uid-of-{name}")

    def route(self, name: str, gateway: str = "general", **spec: Any) -> ObjectKey:
        """Create a route with a target on each cluster, and a queue of its name."""
        usual = {"targets": [target(letter) for letter in "abc"], "queue": {"name": name}}
        body = spark_job_route(name, "data", **(usual | {"gatewayRef": {"name": gateway}} | spec))
        body["metadata"]["finalizers"] = [FINALIZER]
        return self.kube.create(body, uid=f"uid-of-{name}")

    def once(self, key: ObjectKey) -> float:
        """Make one pass, let pods follow, and return for how long the room wants to wait."""
        result = self.controller.reconcile(key)
        self.kube.owned.run()
        assert isinstance(result, RequeueAfter)
        return result.seconds

    def settle(self, key: ObjectKey, *, passes: int = 60) -> Body:
        """Make passes, and let time pass as they ask, until nothing is left to do; return the status."""
        for _ in range(passes):
            wait = self.once(key)
            self.clock.forward(wait)
            if wait >= TIMINGS.settled:
                return dict(self.kube.objects[key]["status"])
        raise AssertionError(f"no rest after {passes} passes: {self.kube.objects[key].get('status')}")

    def rest(self, key: ObjectKey, seconds: float) -> int:
        """Let time pass as passes ask, and return how many there were."""
        end, passes = self.clock() + seconds, 0
        while self.clock() < end:
            self.clock.forward(self.once(key))
            passes += 1
        return passes

    def _sources(self, tokens: QueueTokens) -> Sources:
        objects = self.kube.objects
        return Sources(
            routes=lambda name: [body for body in objects.values() if name in gateway_of(body)],
            gateways=lambda: [body for body in objects.values() if body["kind"] == "SparkGateway"],
            objects=self.kube.owned,
            revisions=Revisions(self.kube.owned),
            answers=Answers(self.pods, seconds=TIMINGS.answers, monotonic=self.clock),
            clusters=self.clusters,
            keys=tokens,
            namespace_labels=lambda name: {},
            operator_namespace="mwaa-system",
            timings=TIMINGS,
            now=self.now,
        )


def _key(body: Mapping[str, Any]) -> tuple[str, str, str]:
    return body["kind"], body["metadata"]["namespace"], body["metadata"]["name"]
