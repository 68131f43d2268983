"""Becomes another program that dies with its parent.

Run as a script: `leash.py PARENT_PID PIPE PROGRAM ARG…`. It asks the kernel for SIGKILL on the parent's death
(prctl(2), PR_SET_PDEATHSIG; kept over execve) and turns into PROGRAM. The pipe closes when it has, or says why it could
not.
A script of its own, because a fork hook inside a process with threads may deadlock. Standard library only.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, pipe: int, command: list[str]) -> None:
    """Bind this process to `parent` and execute `command`, which does not inherit `pipe`; never returns."""
    os.set_inheritable(pipe, False)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        # The parent died before the request was made: there is nobody left to serve.
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606 (the whole purpose: no shell, this process becomes the program)
    except OSError as error:
        os.write(pipe, f"{command[0]}: {error.strerror}".encode())
        sys.exit(127)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
