"""Samples where a process spends its time, if this directory is on its PYTHONPATH and `SAMPLES` names a file.

Python imports a module of this name at start by itself, so the measured program stays as it is. Every few milliseconds
each thread that does not wait is put down to where it stands. cProfile cannot do this: since Python 3.12 it follows
one thread only.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType

PERIOD = 0.005
"""Seconds between two looks."""
OURS = f"{os.sep}mwaa_operator{os.sep}"
WAITING = frozenset(
    {
        "wait",
        "acquire",
        "select",
        "poll",
        "read",
        "readinto",
        "recv",
        "recv_into",
        "send",
        "sendall",
        "do_handshake",
        "connect",
        "accept",
        "get",
        "_worker",
        "_wait_for_tstate_lock",
        "serve_forever",
    }
)
"""Functions of the standard library in which a thread waits for somebody else. Waiting for a lock counts as busy."""


class Sampler(threading.Thread):
    """Counts samples by the innermost function of ours on the stack."""

    def __init__(self) -> None:
        super().__init__(name="sampler", daemon=True)
        self._ended = threading.Event()
        self.samples: Counter[str] = Counter()

    def run(self) -> None:
        """Look until the process ends."""
        while not self._ended.wait(PERIOD):
            for ident, frame in sys._current_frames().items():
                if ident != self.ident and frame.f_code.co_name not in WAITING:
                    self.samples[_owner(frame)] += 1

    def write(self, path: str) -> None:
        """End, and write the counts as JSON."""
        self._ended.set()
        self.join()
        Path(path).write_text(json.dumps(self.samples))


def _owner(frame: FrameType) -> str:
    place = ""
    here: FrameType | None = frame
    while here is not None:
        place = _place(here)
        if OURS in here.f_code.co_filename:
            return place
        here = here.f_back
    return f"{place} (not ours)"


def _place(frame: FrameType) -> str:
    return f"{'/'.join(Path(frame.f_code.co_filename).parts[-3:])} {frame.f_code.co_name}"


if path := os.environ.get("SAMPLES"):
    # Else the sampler gets its turn mostly where a thread waits for the network, and all seems to be spent there.
    sys.setswitchinterval(PERIOD / 20)
    sampler = Sampler()
    sampler.start()
    atexit.register(sampler.write, path)
