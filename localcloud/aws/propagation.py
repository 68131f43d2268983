"""Roles that a service cannot assume yet, because IAM has not told everybody about them: scripted, for any service."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass
class _Delay:
    role: str
    left: int | None
    until: float | None


class Propagation:
    """Which roles are not known yet. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._delays: list[_Delay] = []

    def delay(self, role: str, *, times: int | None = None, until: float | None = None) -> None:
        """Have requests that name a role (a glob on its ARN) refused `times` times, or until a time (epoch seconds)."""
        with self._lock:
            self._delays.append(_Delay(role, times, until))

    def is_pending(self, role: str, now: float) -> bool:
        """Tell whether a request that names this role is refused now, counting it against the delay."""
        with self._lock:
            self._delays = [item for item in self._delays if item.until is None or item.until > now]
            for item in self._delays:
                if not fnmatchcase(role, item.role):
                    continue
                if item.left is not None:
                    item.left -= 1
                    if item.left <= 0:
                        self._delays.remove(item)
                return True
        return False
