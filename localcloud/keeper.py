"""Removes directories once the process that made them is gone, however it went.

Run as a script: `keeper.py DIRECTORY…` with a pipe as standard input. The end of that pipe means that its owner stopped
or was killed. The children die by themselves (leash.py); this removes what they wrote. Standard library only.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time

PATIENCE_SECONDS = 20.0
"""How long dying children may go on writing into a directory that is being removed."""


def main(directories: list[str]) -> None:
    """Block until standard input ends, then remove `directories`."""
    sys.stdin.buffer.read()
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    for directory in directories:
        while os.path.lexists(directory) and time.monotonic() < deadline:
            shutil.rmtree(directory, ignore_errors=True)
            if os.path.lexists(directory):
                pause.wait(0.05)


if __name__ == "__main__":
    main(sys.argv[1:])
