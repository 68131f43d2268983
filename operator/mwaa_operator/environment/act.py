"""Does what a plan says: one idempotent call for each action, destructive ones only after a fresh look.

Absence and age of the cache never decide over a deletion: the object, the kind and the environment's tags are read
again right before. A look that contradicts the plan raises `Outdated`: nothing was changed, and the next pass plans
anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import singledispatchmethod
from typing import Any, Protocol

from pydantic import SecretStr

from mwaa_operator.api.meta import FINALIZER, UID_TAG, ObjectKey, key_of
from mwaa_operator.api.result import Outdated
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.environment.actions import (
    Action,
    AddFinalizer,
    CreateEnvironment,
    DeleteEnvironment,
    DeleteLogGroups,
    RemoveFinalizer,
    SetLogRetention,
    TagResource,
    UntagResource,
    UpdateEnvironment,
)

LOG_GROUPS = ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")
"""Suffixes of the groups that MWAA makes (Amazon MWAA User Guide, "Viewing Airflow logs in Amazon CloudWatch")."""

OPTIONS = "AirflowConfigurationOptions"

SHORTEST_SECRET = 4
"""Characters; shorter values stand in any text by chance."""


class Writer(Protocol):
    """What is read fresh from, and written to, Kubernetes."""

    def get(self, key: ObjectKey) -> dict[str, Any] | None:
        """Return the object as the API server holds it now."""

    def add_finalizer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Put our finalizer on the object."""

    def remove_finalizer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Take our finalizer off the object."""

    def crd_is_being_deleted(self, kind: str) -> bool:
        """Return whether the kind itself is going away."""


class Executor:
    """Carries out the actions of one pass.

    Attributes:
        body: The object as the last write left it; later writes use its resourceVersion.
        gone: Whether the finalizer was removed, so that there is no status left to write.
        facts: Members of status that only the call could tell, such as the ARN.
    """

    def __init__(self, *, writer: Writer, scope: AwsScope | None, body: dict[str, Any]) -> None:
        self._writer, self._aws = writer, scope
        self.body = body
        self.gone = False
        self.facts: dict[str, Any] = {}

    @property
    def _scope(self) -> AwsScope:
        if self._aws is None:
            raise Outdated("there is no way into AWS in this pass")
        return self._aws

    @singledispatchmethod
    def run(self, action: Action) -> None:
        """Carry out one action.

        Raises:
            AwsError: AWS refused or did not answer.
            KubeError: The API server refused or did not answer.
            Outdated: A fresh look contradicts the plan.
        """
        raise TypeError(f"no way to do {type(action).__name__}")

    @run.register
    def _(self, action: AddFinalizer) -> None:
        self.body = self._writer.add_finalizer(self.body)

    @run.register
    def _(self, action: RemoveFinalizer) -> None:
        fresh = self._fresh()
        if fresh is not None and FINALIZER in fresh["metadata"].get("finalizers", []):
            if "deletionTimestamp" not in fresh["metadata"]:
                raise Outdated("the object is not being deleted")
            self._writer.remove_finalizer(fresh)
        self.gone = True

    @run.register
    def _(self, action: CreateEnvironment) -> None:
        with _withheld(action.secrets):
            self.facts["arn"] = self._scope.mwaa.create_environment(_with_secrets(action.request, action.secrets))

    @run.register
    def _(self, action: UpdateEnvironment) -> None:
        with _withheld(action.secrets):
            self._scope.mwaa.update_environment(action.name, _with_secrets(action.changes, action.secrets))

    @run.register
    def _(self, action: DeleteEnvironment) -> None:
        fresh = self._fresh()
        if fresh is None or ("deletionTimestamp" in fresh["metadata"]) == action.recreate:
            raise Outdated("the object changed its mind about the deletion")
        if self._writer.crd_is_being_deleted(fresh["kind"]):
            raise Outdated("the kind itself is being deleted: everything is retained")
        members = self._scope.mwaa.get_environment(action.name) or {}
        if (members.get("Tags") or {}).get(UID_TAG) != fresh["metadata"]["uid"]:
            raise Outdated("the environment does not carry our tag")
        self._scope.mwaa.delete_environment(action.name)

    @run.register
    def _(self, action: TagResource) -> None:
        self._scope.mwaa.tag_resource(action.arn, action.tags)

    @run.register
    def _(self, action: UntagResource) -> None:
        self._scope.mwaa.untag_resource(action.arn, action.keys)

    @run.register
    def _(self, action: SetLogRetention) -> None:
        for suffix in LOG_GROUPS:
            self._scope.logs.set_retention(f"airflow-{action.name}-{suffix}", action.days)

    @run.register
    def _(self, action: DeleteLogGroups) -> None:
        for suffix in LOG_GROUPS:
            self._scope.logs.delete_group(f"airflow-{action.name}-{suffix}")

    def _fresh(self) -> dict[str, Any] | None:
        """Return the object as it is now; a namesake with another uid counts as none."""
        fresh = self._writer.get(key_of(self.body))
        return fresh if fresh is not None and fresh["metadata"]["uid"] == self.body["metadata"]["uid"] else None


def _with_secrets(members: Mapping[str, Any], secrets: Mapping[str, SecretStr]) -> dict[str, Any]:
    """Return the request with the secret options in it; it lives only as long as the call."""
    if not secrets:
        return dict(members)
    plain = members.get(OPTIONS) or {}
    return {**members, OPTIONS: {**plain, **{name: value.get_secret_value() for name, value in secrets.items()}}}


@contextmanager
def _withheld(secrets: Mapping[str, SecretStr]) -> Iterator[None]:
    """Take the values that were sent out of what AWS says about them: its refusals quote the request."""
    try:
        yield
    except AwsError as error:
        message = error.failure.message
        for value in sorted((item.get_secret_value() for item in secrets.values()), key=len, reverse=True):
            if len(value) >= SHORTEST_SECRET:
                message = message.replace(value, "*" * SHORTEST_SECRET)
        raise AwsError(replace(error.failure, message=message)) from None
