"""Does what a plan says: one idempotent call for each action, all of them to this cluster's API server.

What is deleted goes by the uid that was seen, what is let go is read again right before: absence and age of the cache
decide nothing. A look that contradicts the plan raises `Outdated`: nothing was changed, and the next pass plans anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatchmethod
from typing import Any, Protocol

from mwaa_operator.api.meta import FINALIZER, ObjectKey, key_of
from mwaa_operator.api.result import Outdated
from mwaa_operator.gateway.actions import (
    AddFinalizer,
    ApplyObject,
    CreateRevisionSecret,
    DeletePod,
    DeleteRevision,
    PointDeployment,
    ReleaseRoute,
    RemoveFinalizer,
    StartProof,
    StopProof,
)
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.looks.attached import is_let_go
from mwaa_operator.gateway.names import revision_secret as secret_name
from mwaa_operator.gateway.objects.drift import is_owned
from mwaa_operator.gateway.objects.pods import deployment, proof_pod
from mwaa_operator.gateway.objects.secrets import revision_secret
from mwaa_operator.gateway.observe import Look
from mwaa_operator.gateway.revision import Revision
from mwaa_operator.kube.errors import AlreadyExists
from mwaa_operator.route.api import KIND as ROUTE

Body = dict[str, Any]


class Objects(Protocol):
    """Writes of what gateways own."""

    def get(self, api_version: str, kind: str, namespace: str, name: str) -> Body | None:
        """Return an object."""

    def apply(self, body: Mapping[str, Any]) -> Body:
        """Make an object what a body says."""

    def create(self, body: Mapping[str, Any]) -> Body:
        """Create an object."""

    def delete(self, body: Mapping[str, Any]) -> None:
        """Delete the object with the uid of a body."""


class Writer(Protocol):
    """What is read fresh from, and written to, Kubernetes."""

    @property
    def owned(self) -> Objects:
        """What gateways own."""

    def get(self, key: ObjectKey) -> Body | None:
        """Return one of our objects as the API server holds it now."""

    def list(self, kind: str) -> tuple[list[Body], str]:
        """Return all of our objects of a kind."""

    def add_finalizer(self, body: Body) -> Body:
        """Put our finalizer on an object."""

    def remove_finalizer(self, body: Body) -> Body:
        """Take our finalizer off an object."""


class Executor:
    """Carries out the actions of one pass.

    Args:
        writer: Kubernetes.
        resource: The gateway that was planned on.
        look: What was seen.
        body: The gateway as it is stored.

    Attributes:
        body: The object as the last write left it; later writes use its resourceVersion.
        gone: Whether the finalizer was removed, so that there is no status left to write.
    """

    def __init__(self, *, writer: Writer, resource: SparkGateway, look: Look, body: Body) -> None:
        self._writer, self._resource, self._look = writer, resource, look
        self.body = body
        self.gone = False

    @singledispatchmethod
    def run(self, action: Any) -> None:
        """Carry out one action.

        Raises:
            KubeError: The API server refused or did not answer.
            Outdated: A fresh look contradicts the plan.
        """
        raise TypeError(f"no way to do {type(action).__name__}")

    @run.register
    def _(self, action: AddFinalizer) -> None:
        self.body = self._writer.add_finalizer(self.body)

    @run.register
    def _(self, action: RemoveFinalizer) -> None:
        fresh = self._writer.get(key_of(self.body))
        if fresh is not None and FINALIZER in fresh["metadata"].get("finalizers", []):
            if "deletionTimestamp" not in fresh["metadata"]:
                raise Outdated("the gateway is not being deleted")
            if action.meant:
                self._check_unused()
            self._writer.remove_finalizer(fresh)
        self.gone = True

    @run.register
    def _(self, action: ApplyObject) -> None:
        self._writer.owned.apply(action.body)

    @run.register
    def _(self, action: CreateRevisionSecret) -> None:
        revision = action.revision
        if revision.name in self._look.revisions.stored:
            return
        body = revision_secret(self._resource, revision, template=self._look.template, routes=self._forms(revision))
        self._create(body)

    @run.register
    def _(self, action: StartProof) -> None:
        self._create(proof_pod(self._resource, revision=action.revision, template=self._template(action.revision)))

    @run.register
    def _(self, action: StopProof) -> None:
        self._delete_pod(action.pod)

    @run.register
    def _(self, action: DeletePod) -> None:
        self._delete_pod(action.pod)

    @run.register
    def _(self, action: PointDeployment) -> None:
        template = self._template(action.revision)
        body = deployment(self._resource, revision=action.revision, template=template)
        if action.resource_version is not None:
            body = {**body, "metadata": {**body["metadata"], "resourceVersion": action.resource_version}}
        self._writer.owned.apply(body)

    @run.register
    def _(self, action: DeleteRevision) -> None:
        metadata = self._resource.metadata
        uid = self._look.revisions.uids[action.revision]
        name = secret_name(metadata.name, action.revision)
        self._writer.owned.delete(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"namespace": metadata.namespace, "name": name, "uid": uid},
            }
        )

    @run.register
    def _(self, action: ReleaseRoute) -> None:
        namespace, _, name = action.route.partition("/")
        fresh = self._writer.get(ObjectKey(ROUTE.kind, namespace, name))
        if fresh is None or FINALIZER not in fresh["metadata"].get("finalizers", []):
            return
        if "deletionTimestamp" not in fresh["metadata"]:
            raise Outdated(f"route {action.route} is not being deleted")
        self._writer.remove_finalizer(fresh)

    def _create(self, body: Body) -> None:
        """Create an object of the gateway, unless it is there already; its name says all that is in it."""
        try:
            self._writer.owned.create(body)
        except AlreadyExists:
            metadata = body["metadata"]
            there = self._writer.owned.get(body["apiVersion"], body["kind"], metadata["namespace"], metadata["name"])
            if there is None or not is_owned(there, self._resource):
                raise

    def _delete_pod(self, name: str) -> None:
        body = self._look.pods.get(name)
        if body is not None:
            self._writer.owned.delete(body)

    def _template(self, revision: str) -> Mapping[str, Any]:
        """Return how the pods of a revision are; one that this pass made has the present form."""
        stored = self._look.revisions.stored.get(revision)
        return self._look.template if stored is None else stored.template

    def _forms(self, revision: Revision) -> dict[str, Mapping[str, Any]]:
        """Return the routes that a revision was made of, as they were."""
        served = {entry.route for entry in revision.entries}
        return {item.key: item.route.spec.wire() for item in self._look.observed.candidates if item.key in served}

    def _check_unused(self) -> None:
        """Raise `Outdated` while a route refers to the gateway: it would lose its jobs."""
        routes, _ = self._writer.list(ROUTE.kind)
        name = self._resource.metadata.name
        if any(body["spec"].get("gatewayRef", {}).get("name") == name and not is_let_go(body) for body in routes):
            raise Outdated("a route refers to the gateway")
