"""All workflows of one account and Region, for a server: the state machine with indexes, so that calls stay cheap.

It holds what the pure machine computes and knows no rule itself. Not thread-safe: its owner locks.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless import lists, machine
from localcloud.aws.serverless.config import Surroundings
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.operations import Scene
from localcloud.aws.serverless.render import Answer
from localcloud.aws.serverless.states import Remembered, Workflow, subject
from localcloud.aws.serverless.timeline import armed, next_change, progress, settle
from localcloud.aws.signing import Caller

Observer = Callable[[Workflow | None, Workflow | None], None]
"""Told of every change: the workflow before and after (None = there is none)."""


class Store:
    """Workflows by name, with a heap of what is to come.

    Args:
        account: Twelve digits.
        region: For example "eu-central-1".
        laws: Settings; may be replaced at any time.
        observe: Told of every change.
    """

    def __init__(self, account: str, region: str, laws: Laws, *, observe: Observer) -> None:
        self.account, self.region, self.laws = account, region, laws
        self.workflows: dict[str, Workflow] = {}
        self.tokens: dict[tuple[str, str], Remembered] = {}
        self._observe = observe
        self.births = self._live_runs = 0
        self._due: list[tuple[float, int, str]] = []
        self._serial = count()

    def advance(self, now: float) -> None:
        """Do everything that is due."""
        while self._due and self._due[0][0] <= now:
            _, _, name = heapq.heappop(self._due)
            workflow = self.workflows.get(name)
            if workflow is not None:
                moved = progress(workflow, now=now, laws=self.laws)
                if moved is not workflow:
                    self.put(name, moved)

    def act(
        self, operation: str, params: Mapping[str, Any], *, now: float, caller: Caller, around: Surroundings
    ) -> Answer | Refusal:
        """Carry out one operation at `now` (epoch seconds), after what is due by then."""
        self.advance(now)
        if operation == "ListWorkflows":
            return lists.workflows(self.workflows.values(), params, now=now, laws=self.laws)
        name, known = subject(params), self._recall(operation, params, now)
        scene = Scene(
            account=self.account,
            region=self.region,
            laws=self.laws,
            now=now,
            caller=caller,
            around=around,
            workflows=len(self.workflows),
            live_runs=self._live_runs,
            births=self.births,
            remembered=known,
            exists=known is not None and any(item.arn == known.subject for item in self.workflows.values()),
        )
        before = self.workflows.get(name)
        turn = machine.act(scene, before, operation, params)
        if turn.workflow is not before:
            self.put(name, turn.workflow)
        if turn.remember is not None:
            self.tokens[operation, turn.remember.token] = turn.remember
        self.births += turn.born
        return turn.answer

    def put(self, name: str, workflow: Workflow | None) -> None:
        """Set (None: remove) a workflow, keeping the indexes."""
        before = self.workflows.get(name)
        workflow = workflow and settle(workflow, self.laws)
        self._live_runs += _live(workflow) - _live(before)
        if workflow is None:
            self.workflows.pop(name, None)
        else:
            self.workflows[name] = workflow
            if (at := next_change(workflow)) is not None:
                heapq.heappush(self._due, (at, next(self._serial), name))
        self._observe(before, workflow)

    def set_laws(self, now: float, **changes: Any) -> None:
        """Replace some settings at `now`; what is under way keeps its times, but schedules follow a new calendar."""
        self.laws = replace(self.laws, **changes)
        if "calendar" in changes:
            for name, workflow in list(self.workflows.items()):
                self.put(name, armed(workflow, after=now, laws=self.laws))

    def _recall(self, operation: str, params: Mapping[str, Any], now: float) -> Remembered | None:
        known = self.tokens.get((operation, params.get("ClientToken", "")))
        if known is not None and known.until <= now:
            del self.tokens[operation, known.token]
            return None
        return known


def _live(workflow: Workflow | None) -> int:
    return len(workflow.live) if workflow else 0
