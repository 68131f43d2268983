"""What can be set about the simulated service: durations, quotas, and the habits on which sources disagree.

All of it is plain data that a world carries, so that one test can run under several readings of AWS's behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from localcloud.aws.mwaa.texts import INCORRECT_CONFIGURATION, TROUBLESHOOTING

MINUTE = 60.0
HOUR = 3600.0


@dataclass(frozen=True)
class Durations:
    """How long things take, in seconds. Defaults: Amazon MWAA user guide, and what people report."""

    create: float = 25 * MINUTE
    create_failure: float = 25 * MINUTE
    """Until a create that fails shows it."""
    pending_check: float = 8 * MINUTE
    """CREATING before PENDING, for customer-managed endpoints."""
    endpoints_timeout: float = 72 * HOUR
    """PENDING until the create fails."""
    create_after_endpoints: float = 15 * MINUTE
    update: float = 20 * MINUTE
    graceful: float = 2 * HOUR
    """What a GRACEFUL worker replacement adds to an update (AWS: up to 12 h)."""
    snapshot_begins: float = 3 * MINUTE
    """UPDATING before CREATING_SNAPSHOT, for version changes."""
    snapshot: float = 10 * MINUTE
    version_update: float = 60 * MINUTE
    """A version change from beginning to end."""
    update_failure: float = 15 * MINUTE
    """Until an update that fails begins to roll back."""
    rollback: float = 10 * MINUTE
    delete: float = 12 * MINUTE
    deleted_readable: float = 10 * MINUTE
    """How long Get still answers DELETED."""
    maintenance: float = 2 * HOUR
    create_invisible: float = 0.0
    """Get says "not found" so long after a create."""
    update_invisible: float = 0.0
    """Get shows the old status and configuration so long after an update."""
    tags_invisible: float = 0.0
    """Get and ListTagsForResource show the old tags so long after a change."""
    list_invisible: float = 0.0
    """ListEnvironments leaves a new environment out for so long."""

    def scaled(self, factor: float) -> Durations:
        """Return all durations divided by `factor`."""
        return replace(self, **{item.name: getattr(self, item.name) / factor for item in fields(self)})


@dataclass(frozen=True)
class Habits:
    """Readings of AWS's behaviour where sources disagree or nobody has looked.

    Attributes:
        failed_update: Status after a rolled-back update: the API reference says UPDATE_FAILED, others saw AVAILABLE
            with LastUpdate FAILED.
        update_shows: Whether Get shows the new configuration when the update is accepted or only when it is finished.
        mask_options: Show every option's value as stars.
        dag_path: DagS3Path as sent, or always with or without the trailing slash.
        kms_key: KmsKey as sent, or as the key's ARN.
        lists: Subnets and security groups as sent, or sorted.
        empty_path_clears: "" as an artefact's path removes it; refused otherwise.
        tags_when_busy: TagResource and UntagResource work in every state; otherwise only in stable ones.
        delete_pending: PENDING environments can be deleted.
        delete_in_maintenance: Likewise MAINTENANCE.
        update_unavailable: UNAVAILABLE environments can be updated.
        downgrades: Lower minor versions, and 3.y to 2.11.x, are allowed.
        graceful_needs_forced_first: The first update of an environment must not be GRACEFUL.
        deleted_name_free: A name can be used again while Get still answers DELETED.
        unknown_members: Get's answer has members that the model does not know (a newer service).
    """

    failed_update: Literal["UPDATE_FAILED", "AVAILABLE"] = "UPDATE_FAILED"
    update_shows: Literal["accepted", "finished"] = "accepted"
    mask_options: bool = False
    dag_path: Literal["sent", "slash", "bare"] = "sent"
    kms_key: Literal["sent", "arn"] = "arn"
    lists: Literal["sent", "sorted"] = "sorted"
    empty_path_clears: bool = True
    tags_when_busy: bool = True
    delete_pending: bool = True
    delete_in_maintenance: bool = False
    update_unavailable: bool = False
    downgrades: bool = True
    graceful_needs_forced_first: bool = False
    deleted_name_free: bool = False
    unknown_members: bool = False


@dataclass(frozen=True)
class BadValue:
    """A value that makes every create or update with it fail later on.

    Attributes:
        member: Of GetEnvironment's Environment, for example "RequirementsS3ObjectVersion", or
            "AirflowConfigurationOptions.core.parallelism".
        value: The bad one.
        message: LastUpdate.Error.ErrorMessage.
    """

    member: str
    value: Any
    message: str = "Unable to install the packages of requirements.txt: could not find a version that satisfies them."


@dataclass(frozen=True)
class Laws:
    """All settings of one account and Region."""

    durations: Durations = field(default_factory=Durations)
    habits: Habits = field(default_factory=Habits)
    environments: int = 10
    """Quota: environments per account and Region."""
    workers: int = 25
    """Quota: workers per environment."""
    webservers: int = 5
    """Quota: web servers per environment."""
    weekly_maintenance: bool = False
    """Whether WeeklyMaintenanceWindowStart really opens a window."""
    bad_values: tuple[BadValue, ...] = ()
    hidden_reads: int = 0
    """So many reads of a new environment say "not found", besides `Durations.create_invisible`."""


@dataclass(frozen=True)
class Outcome:
    """What is to become of the next operation on a name, when it is not success.

    Attributes:
        operation: CreateEnvironment, UpdateEnvironment or DeleteEnvironment.
        verdict: "fail" (create: CREATE_FAILED; update: rolled back; delete: UNAVAILABLE), "unavailable" (ends in
            UNAVAILABLE), "stuck" (the busy state never ends) or "refuse" (ValidationException with `message`).
        after: Seconds until the failure shows, None for the usual duration.
        code: LastUpdate.Error.ErrorCode.
        message: LastUpdate.Error.ErrorMessage, or the refusal's text.
        settles: Status after a rolled-back update; None as `Habits.failed_update` says.
        times: For so many operations; None for all.
    """

    operation: str
    verdict: Literal["fail", "unavailable", "stuck", "refuse"] = "fail"
    after: float | None = None
    code: str = INCORRECT_CONFIGURATION
    message: str = TROUBLESHOOTING
    settles: Literal["UPDATE_FAILED", "AVAILABLE"] | None = None
    times: int | None = 1
