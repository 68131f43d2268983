"""The state of a simulated workflow, and of an account and Region with several: frozen, hashable, without behaviour.

Whoever walks the state machine (the server, a model checker) only ever passes these values on. Times are epoch seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from localcloud.aws.mwaa.states import Pairs, StaleTags, partition
from localcloud.aws.serverless.definition import Definition
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.runstates import Run

SUFFIX_LENGTH = 10


class Status(StrEnum):
    """Statuses of a workflow (botocore model mwaa-serverless: WorkflowStatus)."""

    READY = "READY"
    DELETING = "DELETING"


class Location(NamedTuple):
    """An S3 object as a request names it; `version` "" when it names none."""

    bucket: str
    key: str
    version: str = ""

    def shown(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        answer = {"Bucket": self.bucket, "ObjectKey": self.key}
        return answer | ({"VersionId": self.version} if self.version else {})


class Network(NamedTuple):
    """NetworkConfiguration, in the order sent."""

    security_group_ids: tuple[str, ...]
    subnet_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """What CreateWorkflow and UpdateWorkflow set, besides the definition's content."""

    role_arn: str
    definition: Location
    trigger_mode: str
    code: Location | None = None
    description: str = ""
    log_group: str = ""
    """"": the group that the service makes."""
    engine_version: int = 1
    network: Network | None = None
    environment: Pairs | None = None


class Code(NamedTuple):
    """The snapshot of a code artifact: names at its root, and why it cannot be used ("" when it can)."""

    names: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """An immutable version of a workflow."""

    id: str
    created_at: float
    settings: Settings
    definition: Definition
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow."""

    account: str
    region: str
    name: str
    suffix: str
    status: str
    created_at: float
    versions: tuple[Version, ...]
    """Oldest first; never empty. The last is the latest."""
    encryption: Pairs = ()
    tags: Pairs = ()
    stale_tags: StaleTags | None = None
    gone_at: float | None = None
    next_fire: float | None = None
    """When the schedule starts the next run, on the clock."""
    live: tuple[Run, ...] = ()
    """Runs under way, oldest first."""
    past: tuple[Run, ...] = ()
    """Runs that ended, in that order."""
    minted: int = 1
    """Versions ever made."""
    started: int = 0
    """Runs ever started."""
    used: tuple[tuple[int, int], ...] = ()
    """Serial of a script, and to how many runs it has been given."""

    @property
    def id(self) -> str:
        """What the ARN ends with."""
        return f"{self.name}-{self.suffix}"

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:{partition(self.region)}:airflow-serverless:{self.region}:{self.account}:workflow/{self.id}"

    @property
    def latest(self) -> Version:
        """The version that runs start from."""
        return self.versions[-1]

    @property
    def derived_log_group(self) -> str:
        """The log group that the service makes when none is asked for."""
        return f"/aws/mwaa-serverless/{self.id}/"

    def version(self, version_id: str) -> Version | None:
        """Return a version by id."""
        return next((item for item in self.versions if item.id == version_id), None)

    def run(self, run_id: str) -> Run | None:
        """Return a run by id, live or past."""
        return next((item for item in (*self.live, *self.past) if item.id == run_id), None)


class Remembered(NamedTuple):
    """A client token and what it was answered; `answer` is a dict's items."""

    operation: str
    token: str
    digest: str
    until: float
    subject: str
    """The ARN of the workflow that it was about."""
    answer: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class World:
    """All workflows of one account and Region, sorted by name, and the tokens in force."""

    account: str
    region: str
    laws: Laws = field(default_factory=Laws)
    workflows: tuple[Workflow, ...] = ()
    tokens: tuple[Remembered, ...] = ()
    births: int = 0
    """Workflows ever created."""

    def find(self, name: str) -> Workflow | None:
        """Return the workflow of that name, visible or not."""
        return next((item for item in self.workflows if item.name == name), None)


def subject(params: Mapping[str, Any]) -> str:
    """Return the name of the workflow that a request is about; "" when it is about none."""
    arn = params.get("WorkflowArn") or params.get("ResourceArn")
    if arn is None:
        return str(params.get("Name", ""))
    return str(arn).rpartition(":workflow/")[2][: -SUFFIX_LENGTH - 1]
