"""The room of ServerlessWorkflow without a process: its controller over any way into AWS and a Kubernetes in memory.

Time stands still but for what passes ask to wait for. It knows the room by its builder only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from mwaa_operator.account.resolve import Resolver
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.result import Done, RequeueAfter, Wait
from mwaa_operator.api.timing import Timings
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.workflow.build import Parts, build, names_of
from mwaa_operator.workflow.controller import WorkflowController
from mwaa_operator.workflow.plan.tally import Tally
from tests.support.accounts import account_body
from tests.support.aws import Clock
from tests.support.memorykube import MemoryKube
from tests.support.workflows import CLUSTER, SPEC, UID

ADMITTING: Mapping[str, Any] = {
    "namespaces": {"from": "All"},
    **{name: ["*"] for name in ("regions", "executionRoles", "buckets", "kmsKeys", "subnets", "securityGroups")},
    "adoption": {"allowed": True},
    "definitionStore": {"bucket": "definitions", "prefix": "workflows"},
}
REST = Timings().settled
"""A pass that waits so long has nothing to do."""


def manifest(name: str = "etl", *, namespace: str = "data", **spec: Any) -> dict[str, Any]:
    """Return a ServerlessWorkflow that does not exist yet; members given as None are left out."""
    wanted = {key: value for key, value in (SPEC | spec).items() if value is not None}
    metadata = {"name": name, "namespace": namespace}
    head = {"apiVersion": "mwaa-operator.io/v1alpha1", "kind": "ServerlessWorkflow"}
    return {**head, "metadata": metadata, "spec": wanted}


@dataclass
class WorkflowRoom:
    """A controller with its surroundings.

    Attributes:
        scope: The way into AWS.
        clock: Shared with whoever simulates AWS.
        kube: Kubernetes.
        reported: What was told to metrics, oldest first.
        measured: Likewise.
    """

    scope: Callable[[Access], AwsScope]
    clock: Clock = field(default_factory=Clock)
    reported: list[tuple[ObjectKey, Any]] = field(default_factory=list)
    measured: list[tuple[ObjectKey, Tally]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kube = MemoryKube(self.now)
        self.account()
        self.controller = self.restarted()

    def now(self) -> datetime:
        """Return the time."""
        return datetime.fromtimestamp(self.clock(), UTC)

    def account(self, **spec: Any) -> None:
        """Put the AwsAccount, changed by `spec`."""
        self.kube.create(account_body(**{**ADMITTING, **spec}), uid="account")

    def restarted(self) -> WorkflowController:
        """Return a controller that remembers nothing."""
        kube = self.kube
        self.controller = build(
            Parts(
                cached=kube.get,
                indexed=lambda value: [key for key, body in kube.objects.items() if value in _names(body)],
                written=lambda body: None,
                reported=lambda key, status: self.reported.append((key, status)),
                measured=lambda key, figures: self.measured.append((key, figures)),
                kube=kube,
                resolver=Resolver(cached=kube.get, namespace_labels=lambda name: {}, cluster_id=lambda: CLUSTER),
                scope=self.scope,
                hash_key=lambda: SecretStr("key"),
                cluster_id=lambda: CLUSTER,
                timings=Timings(),
                now=self.now,
                monotonic=self.clock,
            )
        )
        return self.controller

    def create(self, name: str = "etl", *, uid: str = UID, **spec: Any) -> ObjectKey:
        """Create an object."""
        return self.kube.create(manifest(name, **spec), uid=uid)

    def once(self, key: ObjectKey) -> float | None:
        """Make one pass; return for how long it wants to wait, None for ever."""
        try:
            result = self.controller.reconcile(key)
        except Wait:
            return 1.0
        assert isinstance(result, Done | RequeueAfter)
        return result.seconds if isinstance(result, RequeueAfter) else None

    def settle(self, key: ObjectKey, *, passes: int = 60) -> dict[str, Any]:
        """Make passes, and let time pass as they ask, until nothing is left to do; return the status ({}: gone)."""
        for _ in range(passes):
            wait = self.once(key)
            if wait is None or wait >= REST:
                return self.status(key)
            self.clock.forward(wait)
        raise AssertionError(f"no rest after {passes} passes: {self.status(key)}")

    def status(self, key: ObjectKey) -> dict[str, Any]:
        """Return the stored status; empty for an object that is gone."""
        body = self.kube.get(key)
        return {} if body is None else dict(body.get("status") or {})


def ready(status: Mapping[str, Any], type_: str = "Ready") -> tuple[str, str]:
    """Return (status, reason) of a condition."""
    return next((item["status"], item["reason"]) for item in status["conditions"] if item["type"] == type_)


def told(status: Mapping[str, Any], type_: str = "Ready") -> str:
    """Return the message of a condition."""
    return str(next(item["message"] for item in status["conditions"] if item["type"] == type_))


def _names(body: dict[str, Any]) -> tuple[str, ...]:
    return tuple(names_of(body)) if body["kind"] == "ServerlessWorkflow" else ()
