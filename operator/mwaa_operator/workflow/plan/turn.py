"""One rule's answer about runs that were asked for, before it is put together with what the runs in AWS say. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mwaa_operator.api.plan import Notice
from mwaa_operator.workflow.actions import StartRun, StopRun


@dataclass(frozen=True)
class Turn:
    """What a rule decides.

    Attributes:
        actions: At most one StartRun, or some StopRun.
        changes: Members of status.
        writes_ahead: Whether `changes` must be stored before the actions.
        notices: Events.
        requeue: Seconds until the next look; None: no wish of its own.
    """

    actions: tuple[StartRun | StopRun, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)
    writes_ahead: bool = False
    notices: tuple[Notice, ...] = ()
    requeue: float | None = None
