"""Everything that is counted, for Prometheus.

Names of controller-runtime, client-go's workqueue, its REST client and its leader election are used verbatim, so that
dashboards and alerts made for Go operators work; ours begin with `mwaa_operator_`. Only series that go with their
object name one; no ARN, message or request id is ever a label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prometheus_client import Counter, Gauge, Histogram, Info, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics import disable_created_metrics
from prometheus_client.registry import CollectorRegistry

from mwaa_operator.telemetry import buckets
from mwaa_operator.telemetry.gateways import Gateways
from mwaa_operator.telemetry.series import Conditions, QueueReading, Queues
from mwaa_operator.telemetry.workflows import STATES, TYPES, Workflows, known

OURS = "mwaa_operator"
WORKFLOW = "ServerlessWorkflow"
"""The kind whose objects have series about runs."""
GATEWAY, ROUTE = "SparkGateway", "SparkJobRoute"
"""The kinds whose objects have series about rollouts, clusters and targets."""

# botocore, retries/standard.py: ThrottledRetryableChecker.
THROTTLES = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
    }
)


class Metrics:
    """A registry of its own and the calls that fill it; fulfils `engine.metrics.EngineMetrics`.

    Args:
        build: Labels of `mwaa_operator_build_info`: version, and those of the libraries that matter.

    Attributes:
        gateways: Takes the figures of gateways and routes; they are dropped by `object_gone`.
    """

    def __init__(self, build: Mapping[str, str]) -> None:
        # `_created` doubles the number of series and nobody draws it. A switch of the library, not of a registry.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types there
        self.registry = CollectorRegistry(auto_describe=True)
        self._queues, self._conditions = Queues(), Conditions(f"{OURS}_resource_condition")
        self.registry.register(self._queues)
        self.registry.register(self._conditions)
        self._workflows = Workflows(OURS)
        self.registry.register(self._workflows)
        self.gateways = Gateways(OURS)
        self.registry.register(self.gateways)
        ProcessCollector(registry=self.registry)
        Info(f"{OURS}_build", "Versions of this process.", registry=self.registry).info(dict(build))
        self._passes = _Passes(self.registry)
        self._workqueue = _Workqueue(self.registry)
        self._calls = _Calls(self.registry)
        self._leader = self._gauge("leader_election_master_status", "1 if this process leads.", "name")
        self._writes = self._counter(f"{OURS}_status_writes", "Writes of status.", "kind")
        self._diverged = self._counter(f"{OURS}_cache_divergence", "Objects the cache had wrong.", "kind")
        self._drift = self._counter(f"{OURS}_drift", "Differences that nobody committed.", "kind")
        self._run_seconds = Histogram(
            f"{OURS}_workflow_run_duration_seconds",
            "How long runs of workflows took.",
            ["state", "type"],
            buckets=buckets.RUN,
            registry=self.registry,
        )

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """Return the exposition and its content type, in the form that an Accept header asks for."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    # What the engine tells.

    def queue_registered(self, queue: str, read: Callable[[], QueueReading]) -> None:
        """Ask a queue for its state at every scrape."""
        self._queues.add(queue, read)
        self._workqueue.prepare(queue)

    def queue_added(self, queue: str) -> None:
        """Count a key that became ready."""
        self._workqueue.adds.labels(queue).inc()

    def queue_waited(self, queue: str, seconds: float) -> None:
        """Observe how long a key was ready."""
        self._workqueue.waited.labels(queue).observe(seconds)

    def queue_worked(self, queue: str, seconds: float) -> None:
        """Observe how long a worker had a key."""
        self._workqueue.worked.labels(queue).observe(seconds)

    def queue_retried(self, queue: str) -> None:
        """Count a key that goes back because its pass failed."""
        self._workqueue.retries.labels(queue).inc()

    def workers(self, controller: str, number: int) -> None:
        """Set how many passes may run at once."""
        self._passes.limit.labels(controller).set(number)
        self._passes.prepare(controller)

    def pass_started(self, controller: str) -> None:
        """Count a pass that begins."""
        self._passes.active.labels(controller).inc()

    def pass_finished(self, controller: str, outcome: str, seconds: float) -> None:
        """Count a pass that ended: success, error, requeue or requeue_after."""
        self._passes.active.labels(controller).dec()
        self._passes.total.labels(controller, outcome).inc()
        self._passes.seconds.labels(controller).observe(seconds)
        if outcome == "error":
            self._passes.errors.labels(controller).inc()

    def pass_terminal(self, controller: str) -> None:
        """Count a failure that only a person can help."""
        self._passes.terminal.labels(controller).inc()

    def pass_panicked(self, controller: str) -> None:
        """Count a failure that is a fault of the program."""
        self._passes.panics.labels(controller).inc()

    def leading(self, lease: str, leads: bool) -> None:
        """Set whether this process leads."""
        self._leader.labels(lease).set(leads)

    def cache_diverged(self, kind: str, number: int) -> None:
        """Count objects that the cache had wrong."""
        self._diverged.labels(kind).inc(number)

    def object_gone(self, kind: str, namespace: str, name: str) -> None:
        """Drop every series that names the object."""
        self._conditions.remove((kind, namespace, name))
        if kind == WORKFLOW:
            self._workflows.remove((namespace, name))
        elif kind == GATEWAY:
            self.gateways.remove((namespace, name))
        elif kind == ROUTE:
            self.gateways.remove_route((namespace, name))

    # What the clients tell.

    def rest_client_request(self, method: str, host: str, code: int, seconds: float) -> None:
        """Count a request to the API server; code 0 means that no answer came."""
        self._calls.kube.labels(str(code) if code else "<error>", method, host).inc()
        self._calls.kube_seconds.labels(method, host).observe(seconds)

    def aws_request(self, service: str, operation: str, code: str, seconds: float) -> None:
        """Count a call to AWS; code is `OK` or AWS's error code."""
        self._calls.aws.labels(service, operation, code).inc()
        self._calls.aws_seconds.labels(service, operation).observe(seconds)
        if code in THROTTLES:
            self._calls.throttles.labels(service).inc()

    def aws_limiter_waited(self, service: str, seconds: float) -> None:
        """Observe how long a call waited for its place in the account's budget."""
        self._calls.aws_wait.labels(service).observe(seconds)

    # What the controllers tell.

    def conditions(self, kind: str, namespace: str, name: str, conditions: Mapping[str, str]) -> None:
        """Set the conditions (type → status) of an object; dropped by `object_gone`."""
        self._conditions.set((kind, namespace, name), conditions)

    def status_written(self, kind: str) -> None:
        """Count a write of status."""
        self._writes.labels(kind).inc()

    def drift_found(self, kind: str) -> None:
        """Count a difference that nobody committed, once for each."""
        self._drift.labels(kind).inc()

    def workflow(
        self,
        namespace: str,
        name: str,
        *,
        active_runs: int | None,
        versions_used: int | None,
        versions_quota: int,
        last_success: float | None,
    ) -> None:
        """Set the gauges of a workflow (times in epoch seconds, None: not known); dropped by `object_gone`."""
        self._workflows.show(
            (namespace, name),
            active_runs=active_runs,
            versions_used=versions_used,
            versions_quota=versions_quota,
            last_success=last_success,
        )

    def run_ended(
        self, namespace: str, name: str, *, state: str, type_: str, seconds: float | None, failed_tasks: int
    ) -> None:
        """Count a run of a workflow that has ended, once for each; dropped by `object_gone` but for the durations."""
        self._workflows.ended((namespace, name), state=state, type_=type_, failed_tasks=failed_tasks)
        if seconds is not None:
            self._run_seconds.labels(known(state, STATES), known(type_, TYPES)).observe(seconds)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)


class _Passes:
    """controller-runtime's metrics of reconciles."""

    def __init__(self, registry: CollectorRegistry) -> None:
        name, labels = "controller_runtime", ["controller"]
        self.total = Counter(f"{name}_reconcile", "Passes.", [*labels, "result"], registry=registry)
        self.errors = Counter(f"{name}_reconcile_errors", "Passes that failed.", labels, registry=registry)
        self.terminal = Counter(
            f"{name}_terminal_reconcile_errors", "Passes that only a person can help.", labels, registry=registry
        )
        self.panics = Counter(
            f"{name}_reconcile_panics", "Passes that met a fault of the program.", labels, registry=registry
        )
        self.seconds = Histogram(
            f"{name}_reconcile_time_seconds",
            "How long passes took.",
            labels,
            buckets=buckets.RECONCILE,
            registry=registry,
        )
        self.limit = Gauge(
            f"{name}_max_concurrent_reconciles", "Passes that may run at once.", labels, registry=registry
        )
        self.active = Gauge(f"{name}_active_workers", "Passes under way.", labels, registry=registry)

    def prepare(self, controller: str) -> None:
        """Show zeros from the start: a rate over a series that appears with its first error misses that error."""
        for result in ("success", "error", "requeue", "requeue_after"):
            self.total.labels(controller, result)
        for metric in (self.errors, self.terminal, self.panics, self.seconds, self.active):
            metric.labels(controller)


class _Workqueue:
    """client-go's metrics of the workqueue that are not gauges."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ["name"]
        self.adds = Counter("workqueue_adds", "Keys that became ready.", labels, registry=registry)
        self.retries = Counter("workqueue_retries", "Keys that went back.", labels, registry=registry)
        self.waited = Histogram(
            "workqueue_queue_duration_seconds",
            "How long keys were ready before a worker took them.",
            labels,
            buckets=buckets.WORKQUEUE,
            registry=registry,
        )
        self.worked = Histogram(
            "workqueue_work_duration_seconds",
            "How long workers had keys.",
            labels,
            buckets=buckets.WORKQUEUE,
            registry=registry,
        )

    def prepare(self, queue: str) -> None:
        """Show zeros from the start."""
        for metric in (self.adds, self.retries, self.waited, self.worked):
            metric.labels(queue)


class _Calls:
    """Requests to the API server, under client-go's names, and calls to AWS."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.kube = Counter(
            "rest_client_requests", "Requests to the API server.", ["code", "method", "host"], registry=registry
        )
        self.kube_seconds = Histogram(
            "rest_client_request_duration_seconds",
            "How long the API server took.",
            ["verb", "host"],
            buckets=buckets.REST_CLIENT,
            registry=registry,
        )
        self.aws = Counter(f"{OURS}_aws_requests", "Calls to AWS.", ["service", "operation", "code"], registry=registry)
        self.aws_seconds = Histogram(
            f"{OURS}_aws_request_duration_seconds",
            "How long AWS took.",
            ["service", "operation"],
            buckets=buckets.AWS,
            registry=registry,
        )
        self.throttles = Counter(f"{OURS}_aws_throttles", "Calls that AWS throttled.", ["service"], registry=registry)
        self.aws_wait = Histogram(
            f"{OURS}_aws_limiter_wait_seconds",
            "How long calls waited for our own limit.",
            ["service"],
            buckets=buckets.AWS_WAIT,
            registry=registry,
        )
