"""What can be set about the simulated service: durations, quotas, scripts, and guesses about AWS's behaviour.

`Habits` holds every behaviour that no document settles and nobody has checked on a real account: trigger modes and
their default, what an omitted member of an update means, who reads the definition, what the service tells the role's
trust policy, how long client tokens last (`Durations.token`), deletion with live runs, which schedules are accepted,
the order of lists, overrides, integer delays and `mode: reschedule`. Where sources tell nothing, the default is the
reading that forgives a client least. Each is a switch, so that one test can run under several readings.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Literal, NamedTuple

from localcloud.aws.mwaa.states import Pairs

MINUTE = 60.0
HOUR = 3600.0


class Calendar(NamedTuple):
    """The service's own calendar, for schedules: it shows `at` when the clock shows `since`, and may run faster.

    Attributes:
        since: Epoch seconds of the clock.
        at: Epoch seconds of the calendar.
        speed: How much faster; durations that a definition says are divided by it.
    """

    since: float = 0.0
    at: float = 0.0
    speed: float = 1.0

    def shown(self, now: float) -> float:
        """Return what the calendar shows at a time of the clock."""
        return self.at + (now - self.since) * self.speed

    def when(self, shown: float) -> float:
        """Return the time of the clock at which the calendar shows this."""
        return self.since + (shown - self.at) / self.speed

    def running_at(self, speed: float, *, now: float) -> Calendar:
        """Return the calendar that goes on from what it shows now at another speed."""
        return Calendar(now, self.shown(now), speed)


@dataclass(frozen=True)
class Durations:
    """How long things take, in seconds. Nothing is documented but the task limit; the rest is of the usual order."""

    run_starting: float = 5.0
    run_queued: float = 10.0
    task_scheduled: float = 2.0
    task_queued: float = 30.0
    """Every task starts a container of its own."""
    task: float = 60.0
    """A task that nobody scripted, and does something."""
    task_limit: float = HOUR
    """After which the service ends a task (user guide, quotas: task execution time)."""
    stop: float = 15.0
    """STOPPING before STOPPED."""
    delete: float = 2 * MINUTE
    """DELETING before the workflow is gone."""
    token: float = 24 * HOUR
    """How long client tokens are remembered."""
    role_propagation: float = 0.0
    """A role younger than this cannot be assumed yet."""
    create_invisible: float = 0.0
    """Reads by ARN say "not found" so long after a create."""
    update_invisible: float = 0.0
    """Reads show the version before so long after an update."""
    list_invisible: float = 0.0
    """ListWorkflows leaves a new workflow out for so long."""
    tags_invisible: float = 0.0
    """ListTagsForResource shows the old tags so long after a change."""
    run_invisible: float = 0.0
    """Reads do not know a new run for so long."""

    def scaled(self, factor: float) -> Durations:
        """Return all durations divided by `factor`."""
        return replace(self, **{item.name: getattr(self, item.name) / factor for item in fields(self)})


@dataclass(frozen=True)
class Habits:
    """Readings of AWS's behaviour where sources disagree or nobody has looked.

    Attributes:
        trigger_modes: Values of TriggerMode that are accepted, as they are spelt.
        default_trigger_mode: What a create without one gets.
        mode_update_makes_version: An update that changes TriggerMode only makes a version like any other.
        update_omitted: Members that an update leaves out (Environment apart, which is documented) keep their value, or
            go back to the default.
        reader: Whose permission the snapshot needs: the caller's, the execution role's, both, or nobody's.
        needs_versioning: The bucket of a definition must have versioning on.
        source_arn: Whether aws:SourceArn and aws:SourceAccount are there when the role is tried at create and update.
        token_mismatch: A client token with other parameters is a conflict, or a request of its own.
        token_outlives_workflow: A create's token is remembered even when its workflow was deleted.
        delete_with_runs: Deleting a workflow (or a version) with live runs stops them, or is refused.
        delete_latest: Deleting the latest version is refused, or the one before becomes the latest.
        version_takes_runs: Runs of a deleted version are forgotten with it.
        lists_of_missing: Lists about a workflow that is not there are empty (the model has no error for it), or say so.
        disabled_start: How a run of a disabled workflow is refused.
        eventbridge_schedules: `rate(...)` and `cron(...)` are accepted.
        past_start_date: A start date in the past is accepted.
        catch_up: A schedule that begins in the past begins with the fires that were missed.
        order: Of all lists.
        placeholders: GetWorkflowRun names `_0` instances of all tasks, or only of those without an attempt.
        skipped_as: The status that a skipped task shows (the model has no word for it).
        timeout_ends_run_as: State of a run whose last task timed out.
        unknown_overrides: OverrideParameters that the definition has no parameter for are accepted.
        unknown_elements: Members that no DAG has are refused.
        integer_retry_delay: `retry_delay: 60` (a bare number) is accepted.
        reschedule_resumes: A sensor in `mode: reschedule` goes on after its first wait.
        stop_ended: StopWorkflowRun of a run that has ended answers its state, or is refused.
    """

    trigger_modes: tuple[str, ...] = ("scheduled", "manual_only", "disabled")
    default_trigger_mode: str = "scheduled"
    mode_update_makes_version: bool = True
    update_omitted: Literal["kept", "reset"] = "kept"
    reader: Literal["caller", "role", "both", "nobody"] = "caller"
    needs_versioning: bool = False
    source_arn: bool = True
    token_mismatch: Literal["conflict", "new"] = "conflict"
    token_outlives_workflow: bool = True
    delete_with_runs: Literal["stop", "refuse"] = "stop"
    delete_latest: Literal["refuse", "promote"] = "refuse"
    version_takes_runs: bool = True
    lists_of_missing: Literal["empty", "not-found"] = "empty"
    disabled_start: Literal["conflict", "validation"] = "conflict"
    eventbridge_schedules: bool = True
    past_start_date: bool = True
    catch_up: bool = False
    order: Literal["shuffled", "oldest", "newest"] = "shuffled"
    placeholders: Literal["all", "untried"] = "all"
    skipped_as: Literal["REMOVED", "SUCCESS", "NONE"] = "REMOVED"
    timeout_ends_run_as: Literal["FAILED", "TIMEOUT"] = "FAILED"
    unknown_overrides: bool = True
    unknown_elements: Literal["refuse", "ignore"] = "refuse"
    integer_retry_delay: bool = True
    reschedule_resumes: bool = True
    stop_ended: Literal["answer", "refuse"] = "answer"


@dataclass(frozen=True)
class Script:
    """What is to become of a task's attempts, or (without a task) of a whole run.

    Attributes:
        workflow: Glob on the workflow's name.
        task: Glob on the task's id; "" means the run itself.
        attempt: Which attempt; None for all.
        verdict: "succeed"; "fail"; "timeout" (at the task's limit, or after `duration`); "hang" (never ends by itself).
            A run can "fail" (before it has any task), "timeout" (with its tasks cancelled) or "hang" (in QUEUED).
        message: Of a failure.
        duration: Seconds of the clock that the attempt runs (of a run: that it lasts); None for the usual.
        xcom: What the task returns.
        runs: For so many runs of each workflow that fits, counted from now on; None for all.
        serial: Tells scripts apart; whoever adds one draws it.
    """

    workflow: str = "*"
    task: str = ""
    attempt: int | None = None
    verdict: Literal["succeed", "fail", "timeout", "hang"] = "fail"
    message: str = "Task failed with exception"
    duration: float | None = None
    xcom: Pairs = ()
    runs: int | None = None
    serial: int = 0


@dataclass(frozen=True)
class Laws:
    """All settings of one account and Region."""

    durations: Durations = field(default_factory=Durations)
    habits: Habits = field(default_factory=Habits)
    calendar: Calendar = field(default_factory=Calendar)
    workflows: int = 100
    """Quota: workflows per account and Region."""
    versions: int = 50
    """Quota: versions per workflow."""
    account_runs: int = 100
    """Quota: concurrent runs per account and Region."""
    workflow_runs: int = 20
    """Quota: concurrent runs per workflow."""
    runs_kept: int = 1000
    """So many ended runs of a workflow are remembered."""
    extra_operators: tuple[str, ...] = ()
    """Globs of operators that are supported besides those of `operators`."""
    unsupported_operators: tuple[str, ...] = ()
    """Globs of operators that are not, whatever `operators` says."""
    scripts: tuple[Script, ...] = ()
    """Oldest first; the oldest that fits decides."""
