"""The one source of chance: weighted draws.

Routing takes it as an argument, so that a test can seed it, or play every throw instead.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

Dice = Callable[[Sequence[int]], int]
"""Takes weights, all positive, and gives the index that came up."""


def seeded(seed: int | None = None) -> Dice:
    """Return fair dice.

    Args:
        seed: The same throws for the same number; None for other ones each time.
    """
    source = random.Random(seed)  # noqa: S311 (a seed makes it repeatable, which is the point)

    def throw(weights: Sequence[int]) -> int:
        return source.choices(range(len(weights)), weights)[0]

    return throw
