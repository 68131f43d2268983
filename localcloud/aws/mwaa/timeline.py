"""What happens to an environment by itself as time passes.

An accepted operation becomes a list of steps with absolute times (`create_steps` and so on); `progress` takes those
that are due. Everything is a pure function of its arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from localcloud.aws.mwaa.laws import Durations, Laws, Outcome
from localcloud.aws.mwaa.render import member_of
from localcloud.aws.mwaa.states import Config, Effect, Environment, LastUpdate, Status, Step
from localcloud.aws.mwaa.texts import INCORRECT_CONFIGURATION, NO_ENDPOINTS, TROUBLESHOOTING
from localcloud.aws.mwaa.windows import next_window

Steps = tuple[Step, ...]
SOURCE_MAINTENANCE = "MWAA_MAINTENANCE"


def create_steps(config: Config, *, now: float, laws: Laws, outcome: Outcome | None) -> Steps:
    """Return what happens to an environment that was created at `now`."""
    take = laws.durations
    outcome = outcome or _late_problem(config, laws, "CreateEnvironment")
    if outcome is not None:
        if outcome.verdict == "stuck":
            return ()
        at = now + (take.create_failure if outcome.after is None else outcome.after)
        status = Status.CREATE_FAILED if outcome.verdict == "fail" else Status.UNAVAILABLE
        return (Step(at, status, Effect.CREATE_FAILED, (outcome.code, outcome.message)),)
    if config.endpoint_management == "CUSTOMER":
        pending = now + take.pending_check
        failure = (INCORRECT_CONFIGURATION, NO_ENDPOINTS)
        failed = Step(pending + take.endpoints_timeout, Status.CREATE_FAILED, Effect.CREATE_FAILED, failure)
        return Step(pending, Status.PENDING), failed
    return (Step(now + take.create, Status.AVAILABLE, Effect.READY),)


def update_steps(
    old: Config, new: Config, *, now: float, laws: Laws, outcome: Outcome | None, graceful: bool = False
) -> Steps:
    """Return what happens after the update of an environment began at `now`."""
    take = laws.durations
    phases: list[Step] = []
    whole = take.update + (take.graceful if graceful else 0.0)
    if old.airflow_version != new.airflow_version:
        whole = take.version_update
        snapshot = now + take.snapshot_begins
        phases = [Step(snapshot, Status.CREATING_SNAPSHOT), Step(snapshot + take.snapshot, Status.UPDATING)]
    outcome = outcome or _late_problem(new, laws, "UpdateEnvironment")
    if outcome is None:
        return *phases, Step(now + whole, Status.AVAILABLE, Effect.COMMIT)
    if outcome.verdict == "stuck":
        return tuple(phases)
    at = now + (take.update_failure if outcome.after is None else outcome.after)
    return *(step for step in phases if step.at < at), *_failure(outcome, at, laws)


def delete_steps(*, now: float, durations: Durations, outcome: Outcome | None) -> Steps:
    """Return what happens to an environment whose deletion began at `now`."""
    if outcome is not None:
        if outcome.verdict == "stuck":
            return ()
        at = now + (durations.delete if outcome.after is None else outcome.after)
        return (Step(at, Status.UNAVAILABLE, Effect.REVERT, (outcome.code, outcome.message)),)
    gone = now + durations.delete
    return Step(gone, Status.DELETED), Step(gone + durations.deleted_readable, Status.DELETED, Effect.GONE)


def ready_steps(config: Config, *, now: float, laws: Laws) -> Steps:
    """Return what happens to an environment that nobody touches: its maintenance window, if windows are on."""
    if not laws.weekly_maintenance:
        return ()
    opens = next_window(config.weekly_maintenance_window_start, now)
    return (Step(opens, Status.MAINTENANCE), maintained(opens, laws.durations))


def maintained(begins: float, durations: Durations) -> Step:
    """Return the end of a maintenance."""
    return Step(begins + durations.maintenance, Status.AVAILABLE, Effect.MAINTAINED)


def _failure(outcome: Outcome, at: float, laws: Laws) -> Steps:
    error = (outcome.code, outcome.message)
    if outcome.verdict == "unavailable":
        return (Step(at, Status.UNAVAILABLE, Effect.REVERT, error),)
    settles = outcome.settles or laws.habits.failed_update
    return Step(at, Status.ROLLING_BACK), Step(at + laws.durations.rollback, settles, Effect.REVERT, error)


def _late_problem(config: Config, laws: Laws, operation: str) -> Outcome | None:
    """Find what the service notices only after it has accepted a configuration."""
    if config.kms_key and "alias/" in config.kms_key:
        return Outcome(operation, message=TROUBLESHOOTING)
    for bad in laws.bad_values:
        if member_of(config, bad.member) == bad.value:
            return Outcome(operation, message=bad.message)
    return None


def progress(environment: Environment, *, now: float, laws: Laws) -> Environment | None:
    """Return the environment as it is at `now`; None when it is gone. Takes every step that is due, in order."""
    steps = environment.steps
    while steps and steps[0].at <= now:
        step = steps[0]
        if step.effect is Effect.GONE:
            return None
        environment = _EFFECTS[step.effect](replace(environment, status=step.status, steps=steps[1:]), step)
        if not environment.steps and environment.status in (Status.AVAILABLE, Status.UPDATE_FAILED):
            environment = replace(environment, steps=ready_steps(environment.config, now=step.at, laws=laws))
        steps = environment.steps
    return _unveiled(environment, now)


def next_change(environment: Environment) -> float | None:
    """Return when `progress` will next change something; None when nothing is to come by itself."""
    times = [environment.steps[0].at] if environment.steps else []
    times += [at for at in (environment.hidden_until, environment.unlisted_until) if at]
    times += [veil.until for veil in (environment.stale, environment.stale_tags) if veil]
    return min(times, default=None)


def _unveiled(environment: Environment, now: float) -> Environment:
    if 0 < environment.hidden_until <= now:
        environment = replace(environment, hidden_until=0.0)
    if 0 < environment.unlisted_until <= now:
        environment = replace(environment, unlisted_until=0.0)
    if environment.stale and environment.stale.until <= now:
        environment = replace(environment, stale=None)
    if environment.stale_tags and environment.stale_tags.until <= now:
        environment = replace(environment, stale_tags=None)
    return environment


def _nothing(environment: Environment, step: Step) -> Environment:
    return replace(environment, endpoints=environment.endpoints or step.status == Status.PENDING)


def _became_ready(environment: Environment, step: Step) -> Environment:
    return replace(environment, endpoints=True, ready=True)


def _create_failed(environment: Environment, step: Step) -> Environment:
    return replace(environment, last_update=LastUpdate("FAILED", environment.created_at, step.error))


def _committed(environment: Environment, step: Step) -> Environment:
    update = environment.last_update
    return replace(
        environment,
        config=environment.target or environment.config,
        target=None,
        last_update=update and replace(update, status="SUCCESS"),
        forced=environment.forced or (update is not None and update.strategy != "GRACEFUL"),
    )


def _reverted(environment: Environment, step: Step) -> Environment:
    update = environment.last_update or LastUpdate("FAILED", step.at)
    return replace(environment, target=None, last_update=replace(update, status="FAILED", error=step.error))


def _maintained(environment: Environment, step: Step) -> Environment:
    return replace(environment, last_update=LastUpdate("SUCCESS", step.at, source=SOURCE_MAINTENANCE))


_EFFECTS: dict[Effect, Callable[[Environment, Step], Environment]] = {
    Effect.NONE: _nothing,
    Effect.READY: _became_ready,
    Effect.CREATE_FAILED: _create_failed,
    Effect.COMMIT: _committed,
    Effect.REVERT: _reverted,
    Effect.MAINTAINED: _maintained,
}
