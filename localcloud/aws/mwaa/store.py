"""All environments of one account and Region, for a server: the state machine with indexes, so that no call is O(n).

It holds what the pure machine computes and knows no rule itself. Not thread-safe: its owner locks.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from localcloud.aws.mwaa import machine
from localcloud.aws.mwaa.airflow import Airflow, invoke
from localcloud.aws.mwaa.config import Surroundings
from localcloud.aws.mwaa.laws import Laws, Outcome
from localcloud.aws.mwaa.operations import Scene
from localcloud.aws.mwaa.render import Answer
from localcloud.aws.mwaa.states import Environment
from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.mwaa.timeline import next_change, progress
from localcloud.aws.signing import Caller

Observer = Callable[[Environment | None, Environment | None], None]
"""Told of every change: the environment before and after (None = there is none)."""


class Store:
    """Environments by name, with a heap of what is to come.

    Args:
        account: Twelve digits.
        region: For example "eu-central-1".
        laws: Settings; may be replaced at any time.
        observe: Told of every change.
        airflow: Answers InvokeRestApi.
    """

    def __init__(self, account: str, region: str, laws: Laws, *, observe: Observer, airflow: Airflow) -> None:
        self.account, self.region, self.laws = account, region, laws
        self.outcomes: tuple[tuple[str, Outcome], ...] = ()
        self.environments: dict[str, Environment] = {}
        self._observe, self._airflow = observe, airflow
        self._names: list[str] = []
        self._occupied = 0
        self._due: list[tuple[float, int, str]] = []
        self._serial = count()

    def advance(self, now: float) -> None:
        """Take every step that is due."""
        while self._due and self._due[0][0] <= now:
            _, _, name = heapq.heappop(self._due)
            environment = self.environments.get(name)
            if environment is not None:
                moved = progress(environment, now=now, laws=self.laws)
                if moved is not environment:
                    self.put(name, moved)

    def act(
        self, operation: str, params: Mapping[str, Any], *, now: float, caller: Caller, around: Surroundings
    ) -> Answer | Refusal:
        """Carry out one operation at `now` (epoch seconds), after what is due by then."""
        self.advance(now)
        if operation == "ListEnvironments":
            return machine.page(self._names, params)
        name = machine.subject(params)
        scripted = machine.outcome_for(self.outcomes, name, operation)
        scene = Scene(
            account=self.account,
            region=self.region,
            laws=self.laws,
            now=now,
            caller=caller,
            around=around,
            occupied=self._occupied,
            outcome=scripted[1] if scripted else None,
        )
        before = self.environments.get(name)
        if operation == "InvokeRestApi":
            return invoke(scene, before, params, self._airflow).answer
        turn = machine.act(scene, before, operation, params)
        if turn.environment is not before:
            self.put(name, turn.environment)
        if turn.used_outcome and scripted:
            self.outcomes = machine.spent(self.outcomes, scripted)
        return turn.answer

    def put(self, name: str, environment: Environment | None) -> None:
        """Set (None: remove) an environment, keeping the indexes."""
        before = self.environments.get(name)
        self._occupied += _counts(environment) - _counts(before)
        was, is_now = before is not None and machine.listed(before), environment and machine.listed(environment)
        if was and not is_now:
            del self._names[bisect_left(self._names, name)]
        elif is_now and not was:
            insort(self._names, name)
        if environment is None:
            self.environments.pop(name, None)
        else:
            self.environments[name] = environment
            if (at := next_change(environment)) is not None:
                heapq.heappush(self._due, (at, next(self._serial), name))
        self._observe(before, environment)

    def script(self, name: str, outcome: Outcome) -> None:
        """Decide what becomes of the next operation on a name ("*" = any)."""
        self.outcomes = (*self.outcomes, (name, outcome))

    def set_laws(self, **changes: Any) -> None:
        """Replace some settings; what is under way keeps its times."""
        self.laws = replace(self.laws, **changes)


def _counts(environment: Environment | None) -> int:
    return int(environment is not None and machine.counts(environment))
