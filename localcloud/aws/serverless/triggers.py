"""Airflow 3's trigger rules: whether a task may begin, waits, or never will.

Source: Airflow 3.0, `airflow/ti_deps/deps/trigger_rule_dep.py`. Pure; it sees the states of the tasks upstream only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from localcloud.aws.serverless.runstates import DONE, TaskState

Decision = Literal["run", "wait", "UPSTREAM_FAILED", "SKIPPED"]


@dataclass(frozen=True, slots=True)
class Tally:
    """How the tasks upstream stand.

    Attributes:
        total: How many there are.
        done: Ended, however.
        success: Ended well.
        skipped: Never meant to run.
        failed: Failed or timed out themselves.
        upstream_failed: Could not run, or were cancelled.
    """

    total: int
    done: int
    success: int
    skipped: int
    failed: int
    upstream_failed: int

    @property
    def bad(self) -> int:
        """Those that did not end well."""
        return self.failed + self.upstream_failed

    @property
    def all_done(self) -> bool:
        """Whether none is still to come."""
        return self.done == self.total


def tally(states: Sequence[str]) -> Tally:
    """Count states."""
    return Tally(
        total=len(states),
        done=sum(state in DONE for state in states),
        success=states.count(TaskState.SUCCESS),
        skipped=states.count(TaskState.SKIPPED),
        failed=states.count(TaskState.FAILED) + states.count(TaskState.TIMEOUT),
        upstream_failed=states.count(TaskState.UPSTREAM_FAILED) + states.count(TaskState.CANCELLED),
    )


def decide(rule: str, states: Sequence[str]) -> Decision:
    """Say what a task with this rule does, given the states upstream. Without any it runs."""
    return RULES[rule](tally(states)) if states else "run"


def _when(ready: bool) -> Decision:
    return "run" if ready else "wait"


def _all_success(up: Tally) -> Decision:
    if up.bad:
        return "UPSTREAM_FAILED"
    return "SKIPPED" if up.skipped else _when(up.success == up.total)


def _all_failed(up: Tally) -> Decision:
    return "SKIPPED" if up.success or up.skipped else _when(up.bad == up.total)


def _one_success(up: Tally) -> Decision:
    if up.success:
        return "run"
    if up.all_done:
        return "SKIPPED" if up.skipped == up.total else "UPSTREAM_FAILED"
    return "wait"


def _one_failed(up: Tally) -> Decision:
    return "run" if up.bad else "SKIPPED" if up.all_done else "wait"


def _one_done(up: Tally) -> Decision:
    return "run" if up.success or up.failed else "SKIPPED" if up.all_done else "wait"


def _none_failed(up: Tally) -> Decision:
    return "UPSTREAM_FAILED" if up.bad else _when(up.all_done)


def _none_failed_min_one_success(up: Tally) -> Decision:
    if up.bad:
        return "UPSTREAM_FAILED"
    return "SKIPPED" if up.skipped == up.total else _when(up.all_done)


def _none_skipped(up: Tally) -> Decision:
    return "SKIPPED" if up.skipped else _when(up.all_done)


def _all_skipped(up: Tally) -> Decision:
    return "SKIPPED" if up.success or up.bad else _when(up.skipped == up.total)


def _all_done(up: Tally) -> Decision:
    return _when(up.all_done)


RULES: Mapping[str, Callable[[Tally], Decision]] = {
    "all_success": _all_success,
    "all_failed": _all_failed,
    "all_done": _all_done,
    # Differs for setup tasks only, which a definition cannot have.
    "all_done_setup_success": _all_done,
    "all_skipped": _all_skipped,
    "always": lambda up: "run",
    "none_failed": _none_failed,
    "none_failed_min_one_success": _none_failed_min_one_success,
    "none_skipped": _none_skipped,
    "one_done": _one_done,
    "one_failed": _one_failed,
    "one_success": _one_success,
}
