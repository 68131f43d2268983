"""The answer of one preflight check, and what a check is. Pure; `gather` reads, checks decide, the planner acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mwaa_operator.environment.preflight.facts import CannotTell

if TYPE_CHECKING:
    from mwaa_operator.environment.preflight.case import Case

Severity = Literal["Block", "Warn"]


@dataclass(frozen=True)
class CheckResult:
    """One answer.

    Attributes:
        name: Stable CamelCase constant, usable in spec.preflight.skip.
        result: Unknown means that the check could not look; it never blocks.
        severity: Block keeps the create from being sent, Warn does not.
        message: Names the field and the next step; empty for Pass.
    """

    name: str
    result: Literal["Pass", "Fail", "Unknown"]
    severity: Severity
    message: str = ""

    @property
    def blocks(self) -> bool:
        """Whether it keeps the create from being sent."""
        return self.result == "Fail" and self.severity == "Block"


@dataclass(frozen=True)
class Check:
    """One question about a spec and the facts.

    Attributes:
        name: Stable CamelCase constant.
        severity: What a failure does.
        problem: Returns the failure's message, or None where all is well; raises CannotTell.
        applies: Whether the question makes sense for the spec; where not, there is no result at all.
    """

    name: str
    severity: Severity
    problem: Callable[[Case], str | None]
    applies: Callable[[Case], bool] = lambda case: True

    def result(self, case: Case) -> CheckResult:
        """Ask the question."""
        try:
            message = self.problem(case)
        except CannotTell as unknown:
            return CheckResult(self.name, "Unknown", self.severity, f"Could not be checked: {unknown}.")
        if message is None:
            return CheckResult(self.name, "Pass", self.severity)
        return CheckResult(self.name, "Fail", self.severity, message)
