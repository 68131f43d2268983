"""Gateways under test: a control plane with a kubelet stand-in, Spark clusters, the chart, and one operator process.

The Spark clusters are the same API server behind a proxy of its own each, so that every one of them can die; their jobs
live in namespaces of their own, under tokens of their own. Tests act as users would: through the API server and BPG.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any

from localcloud.cloud import LocalCloud
from localcloud.faultproxy import FaultProxy
from localcloud.faultrules import Drop, Rule
from localcloud.gateway import kubecluster
from localcloud.gateway.sparkoperator import SparkOperator
from localcloud.kubelet.kubelet import Kubelet
from localcloud.launcher import Launcher
from localcloud.operatorprocess import OperatorProcess
from localcloud.waiting import wait_until
from tests.support.gatewayimages import IMAGE, TIME_FACTOR, images
from tests.support.sparkclusters import allow, authority, put_secret
from tests.support.wait import eventually

API = "/apis/mwaa-operator.io/v1alpha1"
GATEWAYS = "spark-gateways"
"""The namespace of gateways; the Spark clusters' tokens are there too."""
ROUTES = "team-data"
CLUSTERS = ("a", "b", "c")
USER = "airflow"
HURRIED = {"deletionPolicy": "Delete", "drain": {"timeout": "1m"}}
"""Of a route that goes before a rollout has taken it out of the file: so long is three seconds here."""

Body = dict[str, Any]


class Field:
    """Runs inside its `with` block.

    Attributes:
        cloud: Control plane and simulated AWS.
        kubelet: Runs the gateways' pods.
        proxies: What stands before each Spark cluster, by its name.
        spark: Walks the jobs of all clusters.
        launcher: Starts further replicas.
        operator: The operator.
    """

    cloud: LocalCloud
    kubelet: Kubelet
    proxies: Mapping[str, FaultProxy]
    proxy: FaultProxy
    spark: SparkOperator
    launcher: Launcher
    operator: OperatorProcess

    def __init__(self) -> None:
        self._closing = ExitStack()

    def __enter__(self) -> Field:
        with ExitStack() as undo:
            self.cloud = undo.enter_context(LocalCloud(time_factor=TIME_FACTOR))
            plane = self.cloud.control_plane
            kubecluster.install_crd(plane.api)
            for namespace in (GATEWAYS, ROUTES, *map(spark_namespace, CLUSTERS)):
                plane.api.post("/api/v1/namespaces", {"metadata": {"name": namespace}})
            self.proxies = {name: undo.enter_context(plane.fault_proxy()) for name in CLUSTERS}
            self.proxy = undo.enter_context(plane.fault_proxy())
            for name in CLUSTERS:
                self.grant(name)
            self.kubelet = undo.enter_context(Kubelet(plane, images(), time_factor=TIME_FACTOR, namespaces={GATEWAYS}))
            self.spark = undo.enter_context(SparkOperator(kubecluster.KubeJobs(plane.api), factor=TIME_FACTOR))
            self.launcher = self.cloud.launcher()
            self.launcher.install({"replicas": 1, "gateways": {"namespaces": [GATEWAYS]}})
            self.operator = self.launcher.start(proxy=self.proxy)
            undo.callback(lambda: self.operator.stop(10))
            self.operator.wait_ready(60)
            self._closing = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def grant(self, cluster: str) -> None:
        """Give the gateways a token of a Spark cluster that may do what BPG does."""
        verbs = ("create", "get", "list", "delete")
        eventually(lambda: self._account(spark_namespace(cluster)), within=20, what="the service account")
        token = allow(self.cloud.control_plane, spark_namespace(cluster), *verbs)
        put_secret(self.cloud.control_plane, GATEWAYS, f"{cluster}-token", token=token.encode())

    @contextmanager
    def down(self, cluster: str) -> Iterator[None]:
        """Let a Spark cluster refuse every connection meanwhile."""
        rule = Rule(Drop(), methods=("GET", "POST", "DELETE", "PATCH"), times=None)
        self.proxies[cluster].add(rule)
        try:
            yield
        finally:
            self.proxies[cluster].clear()

    def vacate(self) -> None:
        """Declare the Lease of a killed operator free, so that nobody has to wait for it to run out."""
        path = f"/apis/coordination.k8s.io/v1/namespaces/{self.launcher.namespace}/leases/mwaa-operator"
        answer = self.cloud.control_plane.api.patch(path, {"spec": {"holderIdentity": None}})
        assert answer.ok, answer.body

    def mend(self) -> None:
        """Undo what a test may have left: rules, a dead operator."""
        self.proxy.clear()
        if self.operator.returncode is not None:
            self.vacate()
            self.operator.restart()
        self.operator.wait_ready(60)

    def _account(self, namespace: str) -> bool:
        return self.cloud.control_plane.api.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/default").ok

    def cluster(self, name: str, **members: Any) -> Body:
        """Return a Spark cluster as a gateway's spec has it."""
        granted = {"name": spark_namespace(name), "serviceAccounts": ["default"], "allowedFrom": ["*"]}
        return {
            "name": name,
            "apiServer": {"url": self.proxies[name].url, "caBundle": authority(self.cloud.control_plane)},
            "credentials": {"tokenSecretRef": {"name": f"{name}-token", "key": "token"}},
            "sparkNamespaces": [granted],
            **members,
        }

    @contextmanager
    def gateway(self, **spec: Any) -> Iterator[Gateway]:
        """Make a gateway of its own; afterwards it and its routes are deleted as users would, and have to go."""
        name = f"g{uuid.uuid4().hex[:6]}"
        body = {
            "dataClass": "general",
            "image": f"{IMAGE}:aa3e5c8",
            "access": {"users": [USER]},
            "allowedRoutes": {"namespaces": {"from": "All"}, "queues": ["*"]},
            "clusters": [self.cluster(item) for item in CLUSTERS],
            "rollout": {"minInterval": "0s", "shrinkGuardPercent": 100},
            "resources": {"requests": {"cpu": "10m", "memory": "512Mi"}, "limits": {"memory": "512Mi"}},
        }
        found = Gateway(self, name)
        found.put(body | spec)
        yield found
        found.clear()


class Gateway:
    """One SparkGateway and its routes.

    Attributes:
        name: Its name.
    """

    def __init__(self, field: Field, name: str) -> None:
        self._field, self.name = field, name
        self._api = field.cloud.control_plane.api
        self._routes: set[str] = set()

    def put(self, spec: Mapping[str, Any]) -> None:
        """Make the gateway."""
        self._post("sparkgateways", GATEWAYS, "SparkGateway", self.name, spec)

    def patch(self, spec: Mapping[str, Any], **metadata: Any) -> None:
        """Edit the gateway."""
        body = {"spec": spec, "metadata": metadata}
        answer = self._api.patch(self.path, body)
        assert answer.ok, answer.body

    def route(self, name: str, *targets: Body, **spec: Any) -> str:
        """Make a route with a queue of its name, and return the queue."""
        queue = f"{name}-{self.name}"
        body = {
            "gatewayRef": {"name": self.name},
            "dataClass": "general",
            "queue": {"name": queue},
            "access": {"secure": False},
            "sparkVersions": ["3.5"],
            "targets": list(targets or (target("a"),)),
        }
        self._routes.add(name)
        self._post("sparkjobroutes", ROUTES, "SparkJobRoute", self._named(name), body | spec)
        return queue

    def edit(self, name: str, **spec: Any) -> None:
        """Edit a route."""
        answer = self._api.patch(self._path(name), {"spec": spec})
        assert answer.ok, answer.body

    def delete(self, name: str) -> None:
        """Delete a route."""
        self._api.delete(self._path(name))

    @property
    def path(self) -> str:
        """Where the gateway is in the API."""
        return f"{API}/namespaces/{GATEWAYS}/sparkgateways/{self.name}"

    @property
    def body(self) -> Body:
        """The gateway as it is now."""
        found: Body = self._api.get(self.path).body
        return found

    def of(self, name: str) -> Body:
        """Return a route as it is now."""
        found: Body = self._api.get(self._path(name)).body
        return found

    def until(self, is_so: Callable[[Body], object], *, within: float = 60.0, what: str = "the gateway") -> Body:
        """Wait until the gateway is as a test wants it."""
        return self._until(lambda: self.body, is_so, within, what)

    def until_route(self, name: str, is_so: Callable[[Body], object], *, within: float = 60.0) -> Body:
        """Wait until a route is as a test wants it."""
        return self._until(lambda: self.of(name), is_so, within, f"route {name}")

    def gone(self, name: str, *, within: float = 60.0) -> None:
        """Wait until a route is gone."""
        wait_until(
            lambda: self._api.get(self._path(name)).status == 404,
            within=within,
            what=f"route {name} to go",
            explain=lambda: _told(self.of(name)),
        )

    def ask(self, method: str, path: str, body: Any = None, *, user: str = USER) -> tuple[int, Any]:
        """Ask BPG below its context path, through the Service; 0 where nobody answers."""
        url = f"{self._field.kubelet.address(GATEWAYS, self.name)}/skatev2{path}"
        data = None if body is None else json.dumps(body).encode()
        headers = {"User-Account": user, "Content-Type": "application/json"}
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 (loopback)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 (as above)
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.loads(refusal.read() or b"null")

    def submit(self, queue: str, **members: Any) -> tuple[int, Any]:
        """Submit a job."""
        job = {"queue": queue, "sparkVersion": "3.5", "type": "Java", "image": "spark:3.5", "mainClass": "x"}
        return self.ask("POST", "/spark", {**job, **members})

    def pods(self, role: str = "serving") -> list[Body]:
        """Return its pods that are not being deleted."""
        labels = f"mwaa-operator.io/gateway={self.name},mwaa-operator.io/role={role}"
        found = self._api.get(f"/api/v1/namespaces/{GATEWAYS}/pods?labelSelector={labels.replace(',', '%2C')}").body
        return [pod for pod in found["items"] if "deletionTimestamp" not in pod["metadata"]]

    def clear(self) -> None:
        """Delete its routes, then itself, as a user would who is in a hurry, and wait until they are gone."""
        for name in self._routes:
            self._api.patch(self._path(name), {"spec": HURRIED})
            self.delete(name)
        for name in self._routes:
            self.gone(name, within=90)
        self._api.delete(self.path)
        eventually(lambda: self._api.get(self.path).status == 404, within=60, what="the gateway to go")

    def _until(self, look: Callable[[], Body], is_so: Callable[[Body], object], within: float, what: str) -> Body:
        found: list[Body] = []

        def seen() -> bool:
            found[:] = [look()]
            return "status" in found[0] and bool(is_so(found[0]))

        wait_until(seen, within=within, what=what, explain=lambda: _told(found[0]))
        return found[0]

    def _post(self, plural: str, namespace: str, kind: str, name: str, spec: Mapping[str, Any]) -> None:
        body = {"apiVersion": "mwaa-operator.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        answer = self._api.post(f"{API}/namespaces/{namespace}/{plural}", body)
        assert answer.ok, answer.body

    def _named(self, name: str) -> str:
        return f"{name}-{self.name}"

    def _path(self, name: str) -> str:
        return f"{API}/namespaces/{ROUTES}/sparkjobroutes/{self._named(name)}"


def target(name: str, weight: int = 100, **members: Any) -> Body:
    """Return a target on the cluster of its name."""
    base = {"name": name, "cluster": name, "namespace": spark_namespace(name), "serviceAccount": "default"}
    return {**base, "weight": weight, **members}


def spark_namespace(cluster: str) -> str:
    """Return where the jobs of a cluster are."""
    return f"spark-{cluster}"


def condition(body: Body, type_: str) -> Body:
    """Return a condition, or nothing."""
    found: Body = next((item for item in body.get("status", {}).get("conditions", ()) if item["type"] == type_), {})
    return found


def is_ready(body: Body) -> bool:
    """Return whether the object is at rest and Ready, for its present generation."""
    current = body["status"].get("observedGeneration") == body["metadata"]["generation"]
    return current and condition(body, "Ready").get("status") == "True" and not condition(body, "Reconciling")


def _told(body: Body) -> str:
    return json.dumps(body.get("status"), indent=1)
