"""What gateways and their routes cost: five of them side by side, whose pods really run, on real durations.

It prints how long one edit takes beside what its pods take themselves, what a burst of edits comes to, and what rest
costs. The Spark clusters are namespaces of the same API server. Nothing here asserts a time.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from localcloud.bench.field import MERGE, Api
from localcloud.bench.figures import cpu_seconds, memory_mib, metrics, summed, threads
from localcloud.cloud import LocalCloud
from localcloud.demo.stage import condition
from localcloud.gateway import kubecluster
from localcloud.gateway.profile import Profile
from localcloud.kubelet.gatewayimage import gateway_image
from localcloud.kubelet.kubelet import Kubelet
from localcloud.operatorprocess import OperatorProcess
from localcloud.waiting import wait_until

Body = dict[str, Any]

NAMESPACE, TEAM, IMAGE = "gateways", "bench", "registry.example/bpg"
KINDS = "/apis/mwaa-operator.io/v1alpha1/namespaces"
GATEWAYS, TARGETS, BURST = 5, ("a", "b", "c"), 50
LIMIT = 900.0
"""Seconds after which a run is given up."""
PAUSE = 0.05


class GatewayField:
    """Runs inside its `with` block.

    Args:
        routes: How many, over all gateways.

    Attributes:
        routes: Likewise.
        api: The administrator's connections.
        operator: The running operator.
    """

    api: Api
    operator: OperatorProcess

    def __init__(self, routes: int) -> None:
        self.routes = routes
        self._closing = ExitStack()

    def __enter__(self) -> GatewayField:
        with ExitStack() as undo:
            cloud = undo.enter_context(LocalCloud(time_factor=1.0))
            plane = cloud.control_plane
            self.api = undo.enter_context(Api(plane))
            kubecluster.install_crd(plane.api)
            for name in (NAMESPACE, TEAM, *map(_spark, TARGETS)):
                self.api.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
            for name in TARGETS:
                token = _granted(self.api, name, lambda where: plane.token(where, "default", seconds=24 * 3600))
                secret = {"metadata": {"name": f"{name}-token"}, "stringData": {"token": token}}
                self.api.call("POST", f"/api/v1/namespaces/{NAMESPACE}/secrets", secret)
            images = {IMAGE: gateway_image(Profile.AWS_PIN)}
            undo.enter_context(Kubelet(plane, images, namespaces={NAMESPACE}))
            launcher = cloud.launcher()
            launcher.install({"replicas": 1, "gateways": {"namespaces": [NAMESPACE]}})
            self._url = plane.url
            authority = plane.identity.authority.files.certificate.read_bytes()
            self._authority = base64.b64encode(authority).decode()
            self.operator = launcher.start()
            undo.callback(self.operator.stop)
            self.operator.wait_ready(60.0)
            self._closing = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def fill(self) -> None:
        """Make the gateways and their routes."""
        for index in range(GATEWAYS):
            self._make("SparkGateway", f"{KINDS}/{NAMESPACE}/sparkgateways", f"g{index}", self._gateway())
        for index in range(self.routes):
            self._make("SparkJobRoute", f"{KINDS}/{TEAM}/sparkjobroutes", f"r{index}", _route(index))

    def edit(self, index: int, text: str) -> None:
        """Edit a route so that its gateway's file changes."""
        spec = {"job": {"sparkConf": {"spark.edited": text}}}
        self.api.call("PATCH", f"{KINDS}/{TEAM}/sparkjobroutes/r{index}", {"spec": spec}, content_type=MERGE)

    def all_ready(self) -> bool:
        """Return whether every gateway and every route is Ready for what is asked now."""
        paths = (f"{KINDS}/{NAMESPACE}/sparkgateways", f"{KINDS}/{TEAM}/sparkjobroutes")
        return all(_ready(item) for path in paths for item in self.api.call("GET", path)["items"])

    def rolled(self) -> int:
        """Return how often all Deployments together were pointed to another revision."""
        items = self.api.call("GET", f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments")["items"]
        return sum(item["metadata"]["generation"] for item in items)

    def pods(self, gateway: str) -> list[Body]:
        """Return the pods of a gateway."""
        selector = f"labelSelector=mwaa-operator.io%2Fgateway%3D{gateway}"
        found: list[Body] = self.api.call("GET", f"/api/v1/namespaces/{NAMESPACE}/pods?{selector}")["items"]
        return found

    def active(self, gateway: str) -> str:
        """Return the revision that a gateway says serves."""
        body = self.api.call("GET", f"{KINDS}/{NAMESPACE}/sparkgateways/{gateway}")
        return str(((body.get("status") or {}).get("activeRevision") or {}).get("name", ""))

    def requests(self) -> float:
        """Return how many requests the operator has sent to the API server, watches among them."""
        return sum(summed(metrics(self.operator.http_url), "rest_client_requests_total", "method").values())

    def _make(self, kind: str, path: str, name: str, spec: Body) -> None:
        body = {"apiVersion": "mwaa-operator.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        self.api.call("POST", path, body)

    def _gateway(self) -> Body:
        clusters = [
            {
                "name": name,
                "apiServer": {"url": self._url, "caBundle": self._authority},
                "credentials": {"tokenSecretRef": {"name": f"{name}-token", "key": "token"}},
                "sparkNamespaces": [{"name": _spark(name), "serviceAccounts": ["default"], "allowedFrom": ["*"]}],
            }
            for name in TARGETS
        ]
        return {
            "dataClass": "general",
            "image": f"{IMAGE}:aa3e5c8",
            "access": {"users": ["airflow"]},
            "allowedRoutes": {"namespaces": {"from": "All"}, "queues": ["*"]},
            "clusters": clusters,
            "rollout": {"minInterval": "0s"},
            "resources": {"requests": {"cpu": "10m", "memory": "512Mi"}, "limits": {"memory": "512Mi"}},
        }


def measure(field: GatewayField, *, rests: float) -> str:
    """Return the figures of a run as lines.

    Args:
        field: Running and empty.
        rests: For how many seconds rest is watched.
    """
    pid, began, cpu = field.operator.pid, time.monotonic(), cpu_seconds(field.operator.pid)
    field.fill()
    wait_until(field.all_ready, within=LIMIT, what="all to be Ready", pause=0.5)
    lines = [
        f"  all Ready after {time.monotonic() - began:.1f} s, {cpu_seconds(pid) - cpu:.1f} CPU seconds of the operator",
        _rest(field, rests),
        _edit(field),
        _burst(field),
        f"  memory {memory_mib(pid, 'VmRSS'):.0f} MiB (peak {memory_mib(pid, 'VmHWM'):.0f}), {threads(pid)} threads",
    ]
    return "\n".join(lines)


def _rest(field: GatewayField, seconds: float) -> str:
    pid = field.operator.pid
    cpu, calls, began = cpu_seconds(pid), field.requests(), time.monotonic()
    threading.Event().wait(seconds)
    took = time.monotonic() - began
    share, rate = (cpu_seconds(pid) - cpu) / took, (field.requests() - calls) * 60 / took
    return f"  at rest: {100 * share:.1f} % of a core, {rate:.0f} calls of the API server in a minute"


def _edit(field: GatewayField) -> str:
    """Follow one edit of a route of the first gateway, step by step."""
    gateway, began = "g0", time.monotonic()
    seen: dict[str, float] = {}
    before, old = field.active(gateway), {pod["metadata"]["name"] for pod in field.pods(gateway)}
    cpu = cpu_seconds(field.operator.pid)

    def look() -> bool:
        there = field.pods(gateway)
        pods = [pod for pod in there if pod["metadata"]["name"] not in old]
        proofs = [pod for pod in pods if pod["metadata"]["labels"]["mwaa-operator.io/role"] == "proof"]
        serving = [pod for pod in pods if pod not in proofs]
        steps = {
            "proof begun": bool(proofs),
            "proof's pod ready": any(_pod_ready(pod) for pod in proofs),
            "roll begun": bool(serving),
            "pods rolled": sum(map(_pod_ready, serving)) == len(old),
            "old pods gone": not old & {pod["metadata"]["name"] for pod in there},
            "active": field.active(gateway) != before,
        }
        for step, is_so in steps.items():
            if is_so:
                seen.setdefault(step, time.monotonic() - began)
        return "active" in seen

    field.edit(0, "once")
    wait_until(look, within=LIMIT, what="an edit to serve", pause=PAUSE)
    times = ", ".join(f"{step} {at:.1f}" for step, at in seen.items())
    floor = sum(
        max(seen.get(end, seen["active"]) - seen.get(start, seen["active"]), 0.0)
        for start, end in (("proof begun", "proof's pod ready"), ("roll begun", "old pods gone"))
    )
    spent = cpu_seconds(field.operator.pid) - cpu
    return (
        f"  one edit, seconds after it: {times}\n"
        f"  of these its pods took {floor:.1f} s to start and to end, and 5 s were waited for other edits; "
        f"the operator used {spent:.2f} s of CPU"
    )


def _burst(field: GatewayField) -> str:
    """Edit many routes of the first gateway at once, so far as it has so many."""
    wait_until(field.all_ready, within=LIMIT, what="all to be Ready", pause=0.5)
    chosen = [index for index in range(field.routes) if index % GATEWAYS == 0] * BURST
    rolled, began = field.rolled(), time.monotonic()
    for number, index in enumerate(chosen[:BURST]):
        field.edit(index, f"burst-{number}")
    written = time.monotonic() - began
    wait_until(field.all_ready, within=LIMIT, what="all to be Ready", pause=0.5)
    took = time.monotonic() - began
    return f"  {BURST} edits of one gateway in {written:.1f} s: {field.rolled() - rolled} rollouts, Ready {took:.1f} s"


def _route(index: int) -> Body:
    targets = [
        {"name": name, "cluster": name, "namespace": _spark(name), "serviceAccount": "default", "weight": 100}
        for name in TARGETS
    ]
    return {
        "gatewayRef": {"name": f"g{index % GATEWAYS}"},
        "dataClass": "general",
        "queue": {"name": f"q{index}"},
        "access": {"secure": False},
        "sparkVersions": ["3.5"],
        "targets": targets,
    }


def _granted(api: Api, cluster: str, token: Callable[[str], str]) -> str:
    """Let the default account of a cluster's namespace do what BPG does, and return a token of it."""
    group, namespace = "rbac.authorization.k8s.io", _spark(cluster)
    rule = {
        "apiGroups": ["sparkoperator.k8s.io"],
        "resources": ["sparkapplications"],
        "verbs": ["create", "get", "list", "delete"],
    }
    path = f"/apis/{group}/v1/namespaces/{namespace}"
    api.call("POST", f"{path}/roles", {"metadata": {"name": "bpg"}, "rules": [rule]})
    bound = {
        "metadata": {"name": "bpg"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": namespace}],
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "bpg"},
    }
    api.call("POST", f"{path}/rolebindings", bound)
    accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    wait_until(lambda: api.call("GET", accounts)["items"], within=30.0, what="the service account", pause=PAUSE)
    return token(namespace)


def _spark(cluster: str) -> str:
    return f"spark-{cluster}"


def _ready(body: Body) -> bool:
    ready = condition(body, "Ready") or {}
    current = ready.get("observedGeneration") == body["metadata"]["generation"]
    return current and ready.get("status") == "True" and not condition(body, "Reconciling")


def _pod_ready(pod: Body) -> bool:
    told = (pod.get("status") or {}).get("conditions") or ()
    return any(item["type"] == "Ready" and item["status"] == "True" for item in told)
