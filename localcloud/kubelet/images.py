"""How a container becomes a process of this machine: what an image finds around it, and what it answers.

Why functions: there is no file system of an image here, so somebody has to say which program stands for it. The two
images that localcloud knows are in gatewayimage.py and operatorimage.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REFERENCE = re.compile(r"\$(?:\$|\(([A-Za-z_.-][\w.-]*)\))")
ENDS = (":", "@", "/")
"""What may follow the known beginning of an image's name: a tag, a digest, a longer path."""


class RefusedError(RuntimeError):
    """The program would not start like this; the message becomes the container's."""


@dataclass(frozen=True)
class Mounts:
    """Directories that stand for a container's mount paths.

    Attributes:
        directories: by mount path; a mounted file (`subPath`) is a file.
        root: an empty directory that stands for the rest of the file system.
    """

    directories: Mapping[str, Path]
    root: Path

    def locate(self, path: str) -> Path:
        """Return where a path of the container is on this machine; nothing is there unless it is mounted."""
        for mounted in sorted(self.directories, key=len, reverse=True):
            if path == mounted or path.startswith(mounted.rstrip("/") + "/"):
                return self.directories[mounted] / path[len(mounted) :].lstrip("/")
        return self.root / path.lstrip("/")


@dataclass(frozen=True)
class Surroundings:
    """What a program finds when its container starts.

    Attributes:
        command: the container's command and arguments, with `$(NAME)` replaced.
        env: its variables and KUBERNETES_SERVICE_HOST and _PORT; KUBECONFIG where a ServiceAccount's token is mounted.
        mounts: its files.
        ip: the pod's address; a program listens there and nowhere else.
        pod: as the API server returned it.
        container: of the pod's spec.
    """

    command: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    mounts: Mounts
    ip: str
    pod: Mapping[str, Any] = field(repr=False)
    container: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Launch:
    """A program of this machine, its arguments and its whole environment."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)


Image = Callable[[Surroundings], Launch]
"""Says what to run; raises RefusedError where the image's own program would end at once."""


def find(images: Mapping[str, Image], name: str) -> Image | None:
    """Return the image of a name: the same, or the longest beginning before a tag, a digest or a longer path."""
    fitting = [known for known in images if name == known or name.startswith(tuple(known + end for end in ENDS))]
    return images[max(fitting, key=len)] if fitting else None


def expand(words: Sequence[str], env: Mapping[str, str]) -> tuple[str, ...]:
    """Return words of a command with `$(NAME)` replaced (Kubernetes documentation, "Define dependent variables").

    A name without a value stays as it is written; `$$` is one dollar sign.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] is None:
            return "$"
        return env.get(found[1], found[0])

    return tuple(REFERENCE.sub(value, word) for word in words)


def program(*argv: str) -> Image:
    """Return an image that runs a program of this machine with the container's command as its arguments."""

    def launch(around: Surroundings) -> Launch:
        return Launch((*argv, *around.command), {**machine(), **around.env, "POD_IP": around.ip})

    return launch


def machine() -> dict[str, str]:
    """Return what every program needs of this machine."""
    return {"PATH": os.environ.get("PATH", ""), "PYTHONUNBUFFERED": "1"}
