"""Waiting for a condition with a deadline.

The one place of localcloud that pauses between two looks, so that nothing else is tempted to sleep for a fixed time.
It knows nothing of what it waits for.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE_SECONDS = 0.03
"""Between two looks: short enough not to be felt, long enough not to take a core from what is waited for."""
PATIENCE = float(os.environ.get("LOCALCLOUD_PATIENCE", "1"))
"""What every deadline is multiplied by, for a machine that is much slower than most."""


def wait_until(
    look: Callable[[], T],
    *,
    within: float,
    what: str,
    explain: Callable[[], str] | None = None,
    pause: float = PAUSE_SECONDS,
) -> T:
    """Look until the answer is truthy and return it.

    Args:
        look: asked again and again; a falsy answer means "not yet". What it raises goes to the caller at once.
        within: seconds until the wait is given up, before they are multiplied by `PATIENCE`.
        what: completes the sentence "waited N s for …".
        explain: asked once when the wait is given up; its text ends the message (a log's tail, say).
        pause: seconds between two looks.

    Raises:
        TimeoutError: the deadline passed.
    """
    deadline = time.monotonic() + within * PATIENCE
    never = threading.Event()
    while True:
        if answer := look():
            return answer
        if time.monotonic() >= deadline:
            reason = f"\n{explain()}" if explain else ""
            raise TimeoutError(f"waited {within * PATIENCE:g} s for {what}{reason}")
        never.wait(pause)
