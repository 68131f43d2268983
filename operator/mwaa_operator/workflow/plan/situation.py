"""What one decision is made from: the object, what was observed, the clock, and what is known about definitions. Pure.

All of it is frozen data. The rules take a `Situation` and nothing else, so that a table, a property or the model
checker can put them into any situation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from pydantic import SecretStr

from mwaa_operator.api.failure import Failure
from mwaa_operator.api.memo import Memo
from mwaa_operator.api.meta import RETRY_REQUESTED_AT, ObjectKey
from mwaa_operator.api.ownership import owner_value
from mwaa_operator.api.timing import Timings
from mwaa_operator.workflow.api import ServerlessWorkflow, ServerlessWorkflowSpec
from mwaa_operator.workflow.definition.knowledge import OperatorKnowledge
from mwaa_operator.workflow.live import Live, Version
from mwaa_operator.workflow.live_runs import Run, Task
from mwaa_operator.workflow.role.facts import RoleLimits
from mwaa_operator.workflow.role.permissions import PermissionsData
from mwaa_operator.workflow.status import ServerlessWorkflowStatus


@dataclass(frozen=True)
class Store:
    """Where our own uploads go: `AwsAccount.spec.definitionStore`."""

    bucket: str
    prefix: str = ""
    kms_key_arn: str | None = None


@dataclass(frozen=True)
class Admission:
    """What the AwsAccount says to the workflow.

    Attributes:
        state: Missing: there is no such account. Refused: it does not admit what spec names. Admitted: it does.
        messages: For Missing and Refused: one sentence for each thing that is missing.
        account_id: Twelve digits.
        adoption_allowed: Whether workflows that nobody owns may be adopted.
        adoption_clusters: Ids of clusters whose workflows may be taken over.
        store: Where definitions and code of ours are kept; None: nowhere, so none can be uploaded.
        limits: What roles that we write may be like; None: there may be none.
    """

    state: Literal["Missing", "Refused", "Admitted"]
    messages: tuple[str, ...] = ()
    account_id: str = ""
    adoption_allowed: bool = False
    adoption_clusters: tuple[str, ...] = ()
    store: Store | None = None
    limits: RoleLimits | None = None


@dataclass(frozen=True)
class SourceLook:
    """A definition or code as its source has it now.

    Attributes:
        data: The bytes; None for code in S3, which is only referred to, and where there is a problem.
        version_id: The S3 version that was read, for a file of somebody else's: the one that spec names or that is
            pinned, else the newest.
        problem: What is missing and what to do; then there is nothing else.
        latest_version_id: The newest S3 version, where it was looked for; None: not known.
    """

    data: bytes | None = field(default=None, repr=False)
    version_id: str | None = None
    problem: str = ""
    latest_version_id: str | None = None


@dataclass(frozen=True)
class VariableLook:
    """An environment variable's value from a Secret.

    Attributes:
        name: The variable.
        value: None where there is a problem.
        problem: Which Secret or key is missing, and what to do.
        digest: Keyed digest of the value: status remembers by it, and never by the value, whether the value changed.
    """

    name: str
    value: SecretStr | None = None
    problem: str = ""
    digest: str = ""


@dataclass(frozen=True)
class RoleLook:
    """What is known of the role under `role.arn`.

    Attributes:
        verdict: Ready: it admits the service and the logs. NotAssumable, NotFound, LogsMissing: it does not. NotOwned:
            it was written for another object. Unknown: it could not be looked at, or only AWS can judge.
        message: What is so, and the statement to paste where one is missing.
    """

    verdict: Literal["Ready", "NotAssumable", "NotFound", "LogsMissing", "NotOwned", "Unknown"]
    message: str = ""


@dataclass(frozen=True)
class WrittenRole:
    """A role as IAM has it.

    Attributes:
        arn: Its ARN, path included.
        tags: All of them.
        trust: Its trust policy.
        boundary_arn: Of its permissions boundary; empty without one.
        policies: Its inline policies by name.
        attached: ARNs of the managed policies that are attached to it, sorted; none is ours. None: IAM does not say.
    """

    arn: str
    tags: Mapping[str, str] = field(default_factory=dict)
    trust: Mapping[str, Any] = field(default_factory=dict)
    boundary_arn: str = ""
    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    attached: tuple[str, ...] | None = ()


@dataclass(frozen=True)
class ManagedLook:
    """What IAM has under the name of the managed role.

    Attributes:
        role: None: there is none, or IAM gave no answer.
        fresh: Whether it was read in this pass; nothing is changed on the word of an older look.
        failure: Why IAM gave no answer; then `role` says nothing.
    """

    role: WrittenRole | None
    fresh: bool = True
    failure: Failure | None = None


@dataclass(frozen=True)
class Rival:
    """Another object that names the same workflow in the same account and Region."""

    key: ObjectKey
    created: datetime


@dataclass(frozen=True)
class Observed:
    """What one pass saw. None in what planners ask for by `needs` means: not looked at yet.

    Attributes:
        cluster_id: uid of the namespace kube-system.
        admission: What the AwsAccount says.
        live: The workflow with its tags, by the recorded ARN or by its name; None when AWS has none.
        seen_at: When `live` was looked at, if that was in an earlier pass, and a list vouches for it: good for resting
            and for nothing else; `live` asks for a new look. None: in this pass.
        failure: Why AWS gave no answer; then `live` says nothing.
        failing_since: Since when reads have failed in a row.
        rivals: Other objects for the same workflow.
        crd_removing: Whether the CustomResourceDefinition itself is being deleted.
        definition: What spec.definition leads to.
        code: What spec.code leads to.
        variables: Values of spec.environment that come from Secrets.
        role: What is known of spec.role.arn.
        managed_role: What is known of the role for spec.role.managed; `managed_role:fresh` asks for a new look.
        versions: All versions in AWS, newest first.
        runs: The newest runs in AWS, newest first; among them every one that has not ended.
        runs_at: When they were listed, if that was in an earlier pass. None: in this one.
        tasks: Tasks of runs, by run id.
    """

    cluster_id: str
    admission: Admission
    live: Live | None = None
    seen_at: datetime | None = None
    failure: Failure | None = None
    failing_since: datetime | None = None
    rivals: tuple[Rival, ...] = ()
    crd_removing: bool = False
    definition: SourceLook | None = None
    code: SourceLook | None = None
    variables: tuple[VariableLook, ...] | None = None
    role: RoleLook | None = None
    managed_role: ManagedLook | None = None
    versions: tuple[Version, ...] | None = None
    runs: tuple[Run, ...] | None = None
    runs_at: datetime | None = None
    tasks: Mapping[str, tuple[Task, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Situation(Memo):
    """Everything that a rule may look at.

    Attributes:
        resource: The object as the API server holds it.
        observed: What this pass saw.
        now: UTC.
        knowledge: What is known about definitions.
        timings: Durations, already scaled.
        permissions: What operators need of AWS.
    """

    resource: ServerlessWorkflow
    observed: Observed
    now: datetime
    knowledge: OperatorKnowledge
    timings: Timings = field(default_factory=Timings)
    permissions: PermissionsData = field(default_factory=PermissionsData)

    @property
    def spec(self) -> ServerlessWorkflowSpec:
        """What is asked for."""
        return self.resource.spec

    @property
    def status(self) -> ServerlessWorkflowStatus:
        """What the last pass left behind."""
        return self.resource.status

    @property
    def live(self) -> Live | None:
        """The workflow in AWS, if there is one."""
        return self.observed.live

    @property
    def there(self) -> Live:
        """The workflow in AWS, for rules that run only when there is one.

        Raises:
            LookupError: There is none; the rule ran where it must not.
        """
        if self.observed.live is None:
            raise LookupError("no workflow was observed")
        return self.observed.live

    @property
    def name(self) -> str:
        """The workflow's name in AWS."""
        return self.resource.aws_name

    @property
    def owner(self) -> str:
        """The value of our owner tag."""
        return owner_value(self.observed.cluster_id, self.resource.metadata)

    @cached_property
    def retry(self) -> str | None:
        """The retry annotation if it was not answered yet, cut as status keeps it."""
        asked = self.resource.metadata.annotations.get(RETRY_REQUESTED_AT)
        asked = None if asked is None else asked[:256]
        return asked if asked and asked != self.status.last_handled_retry_at else None

    def since(self, moment: str | None) -> float:
        """Return the seconds since an RFC 3339 time of status; 0 for None."""
        return 0.0 if moment is None else max(0.0, (self.now - datetime.fromisoformat(moment)).total_seconds())

    def waited(self, reason: str) -> float:
        """Return for how many seconds status has said that it waits for `reason`; 0 if it does not."""
        waiting = self.status.waiting
        return self.since(waiting.since) if waiting is not None and waiting.reason == reason else 0.0
