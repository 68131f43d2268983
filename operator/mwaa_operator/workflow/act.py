"""Does what a plan says: one idempotent call for each action, destructive ones only after a fresh look.

Absence and age of the cache never decide over a deletion: the object, the kind and the workflow's tags are read again
right before. A look that contradicts the plan raises `Outdated`: nothing was changed, and the next pass plans anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import singledispatchmethod
from typing import Any, Final, Protocol

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.api.meta import FINALIZER, UID_TAG, ObjectKey, key_of
from mwaa_operator.api.result import Outdated
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.workflow.actions import (
    Action,
    AddFinalizer,
    CreateRole,
    CreateWorkflow,
    DeleteLogGroup,
    DeleteRole,
    DeleteStored,
    DeleteVersion,
    DeleteWorkflow,
    RemoveFinalizer,
    SetLogRetention,
    StartRun,
    StopRun,
    TagResource,
    UntagResource,
    UpdateWorkflow,
    Upload,
    WriteRole,
)
from mwaa_operator.workflow.actroles import create_role, delete_role, in_use, write_role
from mwaa_operator.workflow.facts import Facts, Sent
from mwaa_operator.workflow.live import derived_log_group

MOST_STORED: Final = 5_000
"""Versions of uploads that one pass deletes; an object hardly ever has more than a hundred."""


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
        facts: What only the calls could tell, such as the ARN.
    """

    def __init__(self, *, writer: Writer, scope: AwsScope | None, body: dict[str, Any]) -> None:
        self._writer, self._aws = writer, scope
        self.body = body
        self.gone = False
        self.facts = Facts()

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
    def _(self, action: CreateWorkflow) -> None:
        request = self._with_files(action)
        answer = self._scope.serverless.create_workflow(request)
        self.facts = replace(self.facts, sent=_sent(action, request, answer))

    @run.register
    def _(self, action: UpdateWorkflow) -> None:
        request = self._with_files(action)
        answer = self._scope.serverless.update_workflow(request)
        self.facts = replace(self.facts, sent=_sent(action, request, answer))

    @run.register
    def _(self, action: DeleteWorkflow) -> None:
        fresh = self._unchanged()
        if "deletionTimestamp" not in fresh["metadata"]:
            raise Outdated("the object is not being deleted")
        self._check_ours(action.arn, fresh)
        self._scope.serverless.delete_workflow(action.arn)

    @run.register
    def _(self, action: DeleteVersion) -> None:
        fresh = self._unchanged()
        self._check_ours(action.arn, fresh)
        latest = self._scope.serverless.get_workflow(action.arn) or {}
        if latest.get("WorkflowVersion") in (None, action.version):
            raise Outdated("the version is the latest one, or the workflow is gone")
        self._scope.serverless.delete_workflow(action.arn, action.version)

    @run.register
    def _(self, action: TagResource) -> None:
        self._scope.serverless.tag(action.arn, action.tags)

    @run.register
    def _(self, action: UntagResource) -> None:
        self._scope.serverless.untag(action.arn, action.keys)

    @run.register
    def _(self, action: StartRun) -> None:
        answer = self._scope.serverless.start_run(
            action.arn, token=action.token, parameters=action.parameters, version=action.version
        )
        self.facts = replace(self.facts, run=answer)

    @run.register
    def _(self, action: StopRun) -> None:
        self._scope.serverless.stop_run(action.arn, action.run_id)

    @run.register
    def _(self, action: CreateRole) -> None:
        create_role(self._scope.iam, action, uid=self.body["metadata"]["uid"])

    @run.register
    def _(self, action: WriteRole) -> None:
        if not write_role(self._scope.iam, action, uid=self.body["metadata"]["uid"]):
            raise Outdated("the role is gone or does not carry our tag")

    @run.register
    def _(self, action: DeleteRole) -> None:
        fresh = self._unchanged()
        if in_use(self._scope, action):
            raise Outdated("the workflow runs under the role")
        if not delete_role(self._scope.iam, action, uid=fresh["metadata"]["uid"]):
            self.facts = replace(self.facts, left_roles=(*self.facts.left_roles, action.name))

    @run.register
    def _(self, action: SetLogRetention) -> None:
        self._scope.logs.set_retention(action.group, action.days)

    @run.register
    def _(self, action: DeleteLogGroup) -> None:
        fresh = self._unchanged()
        if "deletionTimestamp" not in fresh["metadata"]:
            raise Outdated("the object is not being deleted")
        arn = (fresh.get("status") or {}).get("workflowArn") or ""
        # A group that a user named is the user's, whatever the last status says about it.
        if arn and action.group == derived_log_group(arn):
            self._scope.logs.delete_group(action.group)

    @run.register
    def _(self, action: DeleteStored) -> None:
        fresh = self._unchanged()
        if not action.keep and "deletionTimestamp" not in fresh["metadata"]:
            raise Outdated("the object is not being deleted, so some of its uploads are in use")
        uid = fresh["metadata"]["uid"]
        if not uid or not action.prefix.endswith(f"/{uid}/"):
            raise ValueError(f"{action.prefix!r} is not this object's own prefix")
        self._delete_below(action)

    def _delete_below(self, action: DeleteStored) -> None:
        s3, prefix = self._scope.s3, action.prefix
        try:
            listed = s3.list_versions(action.bucket, prefix + action.only, limit=MOST_STORED)
        except AwsError as error:
            if error.failure.kind is FailureKind.NOT_FOUND:
                return
            raise
        spare = [(item["Key"], item.get("VersionId")) for item in listed if item["Key"] not in action.keep]
        s3.delete_objects(action.bucket, spare, prefix=prefix)
        if len(listed) == MOST_STORED:
            raise Outdated("there are more uploads than one pass deletes")

    def _with_files(self, action: CreateWorkflow | UpdateWorkflow) -> dict[str, Any]:
        """Upload what is ours, and return the request with the S3 versions that AWS is to read."""
        request = dict(action.request)
        if action.definition is not None:
            request["DefinitionS3Location"] = self._uploaded(action.definition, request["DefinitionS3Location"])
        if action.code is not None:
            request["Code"] = {"S3Location": self._uploaded(action.code, request["Code"]["S3Location"])}
        return request

    def _uploaded(self, upload: Upload, location: Mapping[str, Any]) -> dict[str, Any]:
        with _uploading():
            version = self._scope.s3.put_if_absent(
                upload.bucket, upload.key, upload.body, sha256=upload.sha256, kms_key_arn=upload.kms_key_arn
            )
        return {**location, **({} if version is None else {"VersionId": version})}

    def _fresh(self) -> dict[str, Any] | None:
        """Return the object as it is now; a namesake with another uid counts as none."""
        fresh = self._writer.get(key_of(self.body))
        return fresh if fresh is not None and fresh["metadata"]["uid"] == self.body["metadata"]["uid"] else None

    def _unchanged(self) -> dict[str, Any]:
        """Return the object as it is now, if nobody edited or deleted it, and its kind stays, since it was planned."""
        fresh = self._fresh()
        if fresh is None or fresh["metadata"].get("generation") != self.body["metadata"].get("generation"):
            raise Outdated("the object was edited or is gone")
        if self._writer.crd_is_being_deleted(fresh["kind"]):
            raise Outdated("the kind itself is being deleted: everything is retained")
        return fresh

    def _check_ours(self, arn: str, fresh: Mapping[str, Any]) -> None:
        if (self._scope.serverless.tags(arn) or {}).get(UID_TAG) != fresh["metadata"]["uid"]:
            raise Outdated("the workflow does not carry our tag")


def _sent(action: CreateWorkflow | UpdateWorkflow, request: Mapping[str, Any], answer: Mapping[str, Any]) -> Sent:
    code = request.get("Code")
    return Sent(
        arn=str(answer["WorkflowArn"]),
        version=str(answer.get("WorkflowVersion") or ""),
        definition=request["DefinitionS3Location"],
        definition_digest=action.definition.sha256 if action.definition is not None else None,
        code=None if code is None else code["S3Location"],
        code_digest=action.code.sha256 if action.code is not None else None,
        warnings=tuple(str(text) for text in answer.get("Warnings") or ()),
    )


@contextmanager
def _uploading() -> Iterator[None]:
    """Tell the failure of an upload apart from that of the call behind it: nothing was asked of MWAA Serverless yet.

    What S3 calls invalid is no fault of the definition."""
    try:
        yield
    except AwsError as error:
        kind = error.failure.kind
        mild = FailureKind.REFUSED if kind is FailureKind.INVALID else kind
        raise AwsError(replace(error.failure, kind=mild, may_have_happened=False)) from None
