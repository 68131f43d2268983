"""The answer of one preflight check. Pure data; `gather` reads, the verdicts decide, the planner acts on results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
    severity: Literal["Block", "Warn"]
    message: str = ""

    @property
    def blocks(self) -> bool:
        """Whether it keeps the create from being sent."""
        return self.result == "Fail" and self.severity == "Block"
