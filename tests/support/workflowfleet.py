"""Many workflows at rest in one room, on a clock that goes from pass to pass: what they ask of AWS in an hour.

The engine's queue is stood in for by a heap: each object comes again when its pass asked for it, give or take a tenth.
"""

from __future__ import annotations

import heapq
from collections import Counter
from random import Random
from typing import Any

from mwaa_operator.api.meta import ObjectKey
from tests.support.aws import HOUR
from tests.support.operatoraws import Operator
from tests.support.workflowroom import REST, WorkflowRoom

JITTER = 0.1


class Fleet:
    """Objects of one kind of spec, all of them settled.

    Args:
        room: Where they live.
        operator: Counts their calls.
        number: How many.
        spec: Of each.
    """

    def __init__(self, room: WorkflowRoom, operator: Operator, *, number: int, **spec: Any) -> None:
        self.room, self.operator = room, operator
        self._random = Random(number)  # noqa: S311  jitter
        self._due: list[tuple[float, ObjectKey]] = []
        for index in range(number):
            key = room.create(f"etl-{index}", uid=f"{id(self):08x}-{index}", **spec)
            room.settle(key)
            heapq.heappush(self._due, (room.clock() + self._random.uniform(0, REST), key))

    def hours(self, number: float) -> Counter[str]:
        """Let time pass; return how often each operation of MWAA Serverless was called, the first hour left out.

        That one is left out because objects that were made at once are looked at in full at once.
        """
        self._until(self.room.clock() + HOUR)
        self.operator.calls.clear()
        self._until(self.room.clock() + number * HOUR)
        return Counter(operation for operation, _ in self.operator.of("mwaa-serverless"))

    def _until(self, end: float) -> None:
        while self._due[0][0] <= end:
            moment, key = heapq.heappop(self._due)
            self.room.clock.forward(max(moment - self.room.clock(), 0.0))
            wait = self.room.once(key) or REST
            again = self.room.clock() + wait * self._random.uniform(1 - JITTER, 1 + JITTER)
            heapq.heappush(self._due, (again, key))
        self.room.clock.forward(max(end - self.room.clock(), 0.0))
