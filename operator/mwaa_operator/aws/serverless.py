"""Amazon MWAA Serverless: workflows, their versions, runs and task instances, and their tags.

Requests and answers keep AWS's member names (botocore model mwaa-serverless 2024-07-26), with two exceptions. AWS
spells members of runs in one way when it lists and in another when it gets: here both get one spelling. And what AWS
marks as sensitive never leaves as plain text. What a status means is decided in `workflow/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, ClassVar

from mwaa_operator.aws.errors import AwsError
from mwaa_operator.aws.port import Port, present
from mwaa_operator.aws.secretvalues import masked, revealed, secret_texts, withheld

PAGE = 100
"""The most that AWS puts on a page of any of its lists."""
RUN_PAGES = 20
"""The most pages of runs that are read: AWS does not say in which order it lists them, nor how long it keeps them."""
PROVEN = 20
"""So many runs in falling order show that AWS lists the newest first; fewer can stand so by chance."""

_SENSITIVE = ("Environment", "OverrideParameters")
_RUN_MEMBERS: Mapping[str, str] = {
    "RunState": "Status",
    "CreatedOn": "CreatedAt",
    "StartedOn": "StartedAt",
    "CompletedOn": "EndedAt",
    "Duration": "DurationInSeconds",
}
"""What only one of ListWorkflowRuns and GetWorkflowRun calls a thing, and the name that task instances have for it."""


class ServerlessPort(Port):
    """Workflows of the scope's account and Region."""

    SERVICE: ClassVar[str] = "mwaa-serverless"
    OPERATIONS: ClassVar[frozenset[str]] = frozenset(
        {
            "CreateWorkflow",
            "DeleteWorkflow",
            "GetTaskInstance",
            "GetWorkflow",
            "GetWorkflowRun",
            "ListTagsForResource",
            "ListTaskInstances",
            "ListWorkflowRuns",
            "ListWorkflowVersions",
            "ListWorkflows",
            "StartWorkflowRun",
            "StopWorkflowRun",
            "TagResource",
            "UntagResource",
            "UpdateWorkflow",
        }
    )

    def get_workflow(self, arn: str, version: str | None = None) -> dict[str, Any] | None:
        """Return the members of GetWorkflowResponse, or None where AWS knows no such workflow or version.

        Args:
            arn: The workflow's ARN.
            version: Which version; None for the latest.

        Returns:
            Times in UTC, values of `Environment.Variables` as SecretStr. A workflow that is being deleted is still
            given for a while, with `WorkflowStatus: DELETING`.
        """
        answer = self._found("GetWorkflow", WorkflowArn=arn, **present({"WorkflowVersion": version}))
        if answer is None:
            return None
        if not answer.get("WorkflowArn"):
            raise self._call.unexpected("GetWorkflow", "WorkflowArn")
        return masked(answer)

    def create_workflow(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for a workflow; AWS reads and judges the definition before it answers.

        Args:
            request: The members of CreateWorkflowRequest, `ClientToken` and `Tags` among them; values anywhere in it
                may be SecretStr.

        Returns:
            The members of CreateWorkflowResponse: `WorkflowArn`, `WorkflowVersion`, `Warnings` …

        Raises:
            AwsError: With `may_have_happened` the workflow may exist: the same token may be sent again. Of kind
                NameInUse the failure's `resource_id` tells who has the name, see `workflow_arn`.
            ValueError: No token; botocore would make one up, and a second try would be a second request.
        """
        if not request.get("ClientToken"):
            raise ValueError("CreateWorkflow needs a ClientToken that is the same in every try")
        with _withheld(request):
            answer = self._call.mutate("CreateWorkflow", **revealed(request))
        return self._with("WorkflowArn", "CreateWorkflow", answer)

    def update_workflow(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Make a new version: each call that AWS takes makes one, also if nothing differs, and there are few.

        Args:
            request: All members of UpdateWorkflowRequest that are wanted: what is left out may be reset
                (`Environment` is). Values anywhere in it may be SecretStr.

        Returns:
            The members of UpdateWorkflowResponse: `WorkflowVersion`, `Warnings` …

        Raises:
            AwsError: With `may_have_happened` there may be a new version: there is no token, so look before the next
                try.
        """
        with _withheld(request):
            answer = self._call.mutate("UpdateWorkflow", **revealed(request))
        return self._with("WorkflowArn", "UpdateWorkflow", answer)

    def delete_workflow(self, arn: str, version: str | None = None) -> None:
        """Ask for the deletion of a workflow, or of one version of it; what is gone already is a success."""
        self._changed("DeleteWorkflow", WorkflowArn=arn, **present({"WorkflowVersion": version}))

    def list_workflows(self) -> list[dict[str, Any]]:
        """Return botocore's WorkflowSummary of every workflow in the account and Region; tags are not in it."""
        found: list[dict[str, Any]] = []
        for page in self._call.pages("ListWorkflows", MaxResults=PAGE):
            if page.get("Workflows") is None:
                raise self._call.unexpected("ListWorkflows", "Workflows")
            found.extend(page["Workflows"])
        return found

    def list_versions(self, arn: str) -> list[dict[str, Any]]:
        """Return botocore's WorkflowVersionSummary of every version, the newest first."""
        pages = self._call.pages("ListWorkflowVersions", WorkflowArn=arn, MaxResults=PAGE)
        return sorted(_items(pages, "WorkflowVersions"), key=_age, reverse=True)

    def start_run(
        self,
        arn: str,
        *,
        token: str,
        parameters: Mapping[str, Any] | None = None,
        version: str | None = None,
    ) -> dict[str, Any]:
        """Start a run.

        Args:
            arn: The workflow's ARN.
            token: What AWS knows repetitions of this request by; for how long, it does not say.
            parameters: Documents by name that override the definition's params for this run; SecretStr is possible.
            version: Which version to run; None for the latest.

        Returns:
            `RunId`, and `Status` and `StartedAt` where AWS gives them.

        Raises:
            AwsError: With `may_have_happened` the run may have been started: the same token may be sent again.
        """
        members = present({"OverrideParameters": dict(parameters or {}) or None, "WorkflowVersion": version})
        with _withheld(members):
            answer = self._call.mutate("StartWorkflowRun", WorkflowArn=arn, ClientToken=token, **revealed(members))
        return self._with("RunId", "StartWorkflowRun", answer)

    def stop_run(self, arn: str, run_id: str) -> None:
        """Ask a run to stop, which takes a while; a run that is not there is a success."""
        self._changed("StopWorkflowRun", WorkflowArn=arn, RunId=run_id)

    def get_run(self, arn: str, run_id: str) -> dict[str, Any] | None:
        """Return a run, or None where AWS knows none of that id.

        Returns:
            `RunId`, `RunType`, `WorkflowVersion`, `Status`, `CreatedAt`, `StartedAt`, `EndedAt`, `ModifiedAt`,
            `DurationInSeconds`, `ErrorMessage`, `TaskInstances` (ids): those that AWS gives. The parameters of the run
            are left out.
        """
        answer = self._found("GetWorkflowRun", WorkflowArn=arn, RunId=run_id)
        if answer is None:
            return None
        if not answer.get("RunDetail"):
            raise self._call.unexpected("GetWorkflowRun", "RunDetail")
        return _run(answer, "RunDetail")

    def list_runs(self, arn: str, *, limit: int) -> list[dict[str, Any]]:
        """Return the newest runs, the newest first.

        AWS does not document its order: pages are read until it shows, and at most 2,000 runs.

        Args:
            arn: The workflow's ARN.
            limit: The most that are returned.

        Returns:
            Members as in `get_run`, without duration, error and task instances.
        """
        found: list[dict[str, Any]] = []
        pages = self._call.pages("ListWorkflowRuns", WorkflowArn=arn, MaxResults=PAGE)
        for number, page in enumerate(pages, start=1):
            found.extend(_run(item, "RunDetailSummary") for item in page.get("WorkflowRuns") or ())
            if number == RUN_PAGES or (len(found) >= max(limit, PROVEN) and _falling(found)):
                break
        return sorted(found, key=_age, reverse=True)[:limit]

    def list_task_instances(self, arn: str, run_id: str) -> list[dict[str, Any]]:
        """Return botocore's TaskInstanceSummary of every task instance of a run, all attempts, in no certain order."""
        pages = self._call.pages("ListTaskInstances", WorkflowArn=arn, RunId=run_id, MaxResults=PAGE)
        return list(_items(pages, "TaskInstances"))

    def get_task_instance(self, arn: str, run_id: str, instance_id: str) -> dict[str, Any] | None:
        """Return the members of GetTaskInstanceResponse without its XCom, or None where AWS knows none of that id."""
        answer = self._found("GetTaskInstance", WorkflowArn=arn, RunId=run_id, TaskInstanceId=instance_id)
        return None if answer is None else {name: value for name, value in answer.items() if name != "Xcom"}

    def tags(self, arn: str) -> dict[str, str] | None:
        """Return all tags of a workflow, or None where AWS knows no such workflow."""
        answer = self._found("ListTagsForResource", ResourceArn=arn)
        return None if answer is None else dict(answer.get("Tags") or {})

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags; others stay as they are."""
        self._call.mutate("TagResource", ResourceArn=arn, Tags=dict(tags))

    def untag(self, arn: str, keys: Iterable[str]) -> None:
        """Remove tags by key."""
        self._call.mutate("UntagResource", ResourceArn=arn, TagKeys=list(keys))

    def workflow_arn(self, resource_id: str) -> str:
        """Return the ARN of a workflow of this account and Region by the id that a refusal names.

        Args:
            resource_id: `<name>-<suffix>` as in ConflictException's `ResourceId`; a whole ARN comes back as it is.
        """
        if resource_id.startswith("arn:"):
            return resource_id
        place = f"{self._call.partition}:airflow-serverless:{self._call.region}:{self._call.account_id}"
        return f"arn:{place}:workflow/{resource_id}"

    def supported_members(self, operation: str) -> frozenset[str]:
        """Return the request members that the loaded service model knows for an operation.

        `Code` came with botocore 1.43.75 and `Environment` with 1.43.124: a member that is not known would be refused
        before it leaves the process, so an older botocore is told by name in a condition instead.
        """
        return self._call.members(operation)

    def _with(self, promised: str, operation: str, answer: dict[str, Any]) -> dict[str, Any]:
        if not answer.get(promised):
            raise self._call.unexpected(operation, promised, mutating=True)
        return answer


@contextmanager
def _withheld(request: Mapping[str, Any]) -> Iterator[None]:
    """Take the sensitive values that were sent out of what AWS says about them: a refusal may quote the request."""
    try:
        yield
    except AwsError as error:
        values = secret_texts({name: request.get(name) for name in _SENSITIVE})
        raise AwsError(withheld(error.failure, values)) from None


def _items(pages: Iterator[dict[str, Any]], member: str) -> Iterator[dict[str, Any]]:
    for page in pages:
        yield from page.get(member) or ()


def _run(answer: Mapping[str, Any], detail: str) -> dict[str, Any]:
    inner = {name: value for name, value in (answer.get(detail) or {}).items() if value is not None}
    outer = {name: value for name, value in answer.items() if name not in (detail, "OverrideParameters")}
    return outer | {_RUN_MEMBERS.get(name, name): value for name, value in inner.items()}


_JUST_MADE = datetime.max.replace(tzinfo=UTC)


def _age(members: Mapping[str, Any]) -> datetime:
    """Sort by when something was made; what AWS gives no time for was made a moment ago."""
    made: datetime = members.get("CreatedAt") or members.get("StartedAt") or _JUST_MADE
    return made


def _falling(runs: list[dict[str, Any]]) -> bool:
    ages = [_age(run) for run in runs]
    return ages[0] > ages[-1] and all(newer >= older for newer, older in pairwise(ages))
