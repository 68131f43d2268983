"""What follows from frozen data, worked out once for each object that it follows from. Pure.

Rules are functions that know nothing of each other, and ask for the same things; this keeps them so without the price.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

T = TypeVar("T")


class Memo:
    """Base of frozen dataclasses from which much follows."""

    def once(self, what: str, make: Callable[[], T]) -> T:
        """Return what `make` gives, made once for this object however many ask for it.

        Args:
            what: Names it; the same name always means the same function of the object.
            make: Called the first time.
        """
        if what not in self._made:
            self._made[what] = make()
        found: T = self._made[what]
        return found

    @cached_property
    def _made(self) -> dict[str, Any]:
        return {}
