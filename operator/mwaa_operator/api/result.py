"""What a reconcile pass answers to the engine.

Success is a value (`Done`, `RequeueAfter`); the two failures with a meaning of their own are exceptions (`Wait`,
`Stalled`); every other exception is a retry with exponential back-off. The names follow controller-runtime and Flux.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Done:
    """Nothing to do until the object, something that it refers to, or the resync says so."""


@dataclass(frozen=True)
class RequeueAfter:
    """Look again after `seconds` (already divided by the time factor); a success, the back-off is reset."""

    seconds: float


Result = Done | RequeueAfter


class Wait(Exception):  # noqa: N818  a control signal, not an error
    """Something outside is not ready yet. Not an error: no trace is logged and the back-off does not grow.

    Attributes:
        reason: CamelCase constant for the condition.
        message: One stable sentence with the next step.
        after: Seconds until the next look; None means the key's back-off.
    """

    def __init__(self, reason: str, message: str, *, after: float | None = None) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason, self.message, self.after = reason, message, after


class Stalled(Exception):  # noqa: N818  a control signal, not an error
    """Only a person can help. Looked at again on edit and at the slow interval for stalled objects.

    Attributes:
        reason: CamelCase constant for the condition.
        message: One stable sentence that names the field and the next step.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason, self.message = reason, message


class Outdated(Exception):  # noqa: N818  a control signal, not an error
    """A fresh look contradicts the plan: nothing was changed, plan again."""
