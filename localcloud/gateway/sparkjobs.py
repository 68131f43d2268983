"""What becomes of a job on a simulated Spark cluster: a pure function of its script and its age.

Nothing is remembered between two looks, so a walker that dies and comes back goes on where the job is. The log stands
in `status.driverLog`, a member of ours, because there is no kubelet to ask. States: kubeflow/spark-operator 2.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from localcloud.gateway.sparkstates import State

CONF = "localcloud."
"""Keys of `sparkConf` with this prefix script a job from inside: `seconds`, `outcome`, `message`, `failures`."""
LOG: tuple[str, ...] = ("Starting the driver", "Stage 0 of 2 is done", "Stage 1 of 2 is done", "Stopping the driver")


@dataclass(frozen=True)
class Script:
    """The fate of a job, in seconds of the simulated cluster.

    Attributes:
        submit_seconds: Until the operator has submitted it; it has no status before.
        start_seconds: From then until its driver runs.
        run_seconds: How long the driver runs.
        outcome: COMPLETED, FAILED or SUBMISSION_FAILED.
        message: Of a failure.
        failures: So many attempts fail before that, if the restart policy allows another one.
        log: The driver's lines, spread over its running time.
    """

    submit_seconds: float = 1.0
    start_seconds: float = 4.0
    run_seconds: float = 60.0
    outcome: State = State.COMPLETED
    message: str = ""
    failures: int = 0
    log: tuple[str, ...] = LOG


@dataclass(frozen=True)
class Rule:
    """Which jobs follow a script. Patterns are shell globs; all must fit.

    Attributes:
        queue: Of the full queue name, without `root.`.
        user: Of the user in whose name it runs.
        name: Of the submission's id.
    """

    script: Script
    queue: str = "*"
    user: str = "*"
    name: str = "*"

    def fits(self, app: Mapping[str, Any]) -> bool:
        """Whether a job follows it."""
        labels = app["metadata"].get("labels", {})
        queue = str(labels.get("queue", "")).removeprefix("root.")
        pairs = ((self.queue, queue), (self.user, labels.get("proxyUser", "")), (self.name, app["metadata"]["name"]))
        return all(fnmatchcase(str(text), pattern) for pattern, text in pairs)


@dataclass(frozen=True)
class Step:
    """A state that begins so many seconds after the job was created."""

    at: float
    state: State
    attempt: int


def script_of(app: Mapping[str, Any], rules: Sequence[Rule], default: Script) -> Script:
    """Return the script of a job: the first rule that fits, changed by what its own configuration says.

    Raises:
        ValueError: Its configuration is no number, or no state.
    """
    script = next((rule.script for rule in rules if rule.fits(app)), default)
    conf = (app.get("spec") or {}).get("sparkConf") or {}
    said = {key.removeprefix(CONF): value for key, value in conf.items() if key.startswith(CONF)}
    return replace(
        script,
        run_seconds=float(said.get("seconds", script.run_seconds)),
        outcome=State(said.get("outcome", script.outcome)),
        message=str(said.get("message", script.message)),
        failures=int(said.get("failures", script.failures)),
    )


def retries_of(app: Mapping[str, Any]) -> int:
    """Return how often a failed job may begin again."""
    policy = (app.get("spec") or {}).get("restartPolicy") or {}
    return int(policy.get("onFailureRetries") or 0) if policy.get("type") == "OnFailure" else 0


def timeline(script: Script, retries: int) -> tuple[Step, ...]:
    """Return the states that a job goes through."""
    at = script.submit_seconds
    if script.outcome == State.SUBMISSION_FAILED:
        return (Step(at, State.SUBMISSION_FAILED, 1),)
    steps: list[Step] = []
    again = min(script.failures, retries)
    last = State.FAILED if script.failures > again else script.outcome
    for attempt in range(1, again + 2):
        steps.append(Step(at, State.SUBMITTED, attempt))
        steps.append(Step(at + script.start_seconds, State.RUNNING, attempt))
        at += script.start_seconds + script.run_seconds
        steps.append(Step(at, last if attempt > again else State.PENDING_RERUN, attempt))
        at += script.submit_seconds
    return tuple(steps)


def status_at(
    name: str, script: Script, retries: int, *, began: float, now: float, factor: float
) -> dict[str, Any] | None:
    """Return a job's status; None before it is submitted.

    Args:
        name: Of the object.
        script: Its fate.
        retries: As `retries_of`.
        began: When it was created, in seconds since 1970.
        now: Likewise.
        factor: How many seconds of the cluster pass in one of ours.
    """
    age = (now - began) * factor
    past = [step for step in timeline(script, retries) if step.at <= age]
    if not past:
        return None
    current = past[-1]

    def moment(step: Step) -> str:
        return datetime.fromtimestamp(began + step.at / factor, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    state: dict[str, Any] = {"state": str(current.state)}
    if current.state in (State.FAILED, State.SUBMISSION_FAILED):
        state["errorMessage"] = script.message or "driver container failed with ExitCode: 1, Reason: Error"
    status: dict[str, Any] = {
        "applicationState": state,
        "executionAttempts": current.attempt,
        "submissionAttempts": 1,
        "submissionID": f"{name}-{current.attempt}",
    }
    if current.state == State.SUBMISSION_FAILED:
        return status
    submitted = next(step for step in reversed(past) if step.state == State.SUBMITTED)
    status |= {"lastSubmissionAttemptTime": moment(submitted), "driverInfo": {"podName": f"{name}-driver"}}
    if (running := next((step for step in reversed(past) if step.state == State.RUNNING), None)) is not None:
        status["sparkApplicationId"] = f"spark-{name.partition('-')[2]}"
        status["driverLog"] = _log(script, age - running.at)
    if current.state in (State.COMPLETED, State.FAILED):
        status["terminationTime"] = moment(current)
    return status


def _log(script: Script, seconds: float) -> list[str]:
    """Return the lines that a driver has written after so many seconds; the last comes before it ends."""
    share = 1.0 if script.run_seconds <= 0 else min(1.0, seconds / script.run_seconds)
    return list(script.log[: max(1, int(share * len(script.log)))])
