"""The image of Batch Processing Gateway: the stand-in `localcloud.gateway`, started as the container's command says.

It reads Java's command line as far as it matters: which file is served, and the flags without which BPG answers with
its own ServiceAccount. Source: apple/batch-processing-gateway, entrypoint.sh; fabric8 kubernetes-client, README.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import PurePosixPath

from localcloud.gateway.profile import Profile
from localcloud.kubelet.images import Image, Launch, RefusedError, Surroundings, machine
from localcloud.launcher import ROOT

SHELLS = frozenset({"sh", "bash", "dash"})
FLAGS = ("-Dkubernetes.auth.tryServiceAccount=false", "-Dkubernetes.auth.tryKubeConfig=false")
BORROWED = "KUBERNETES_AUTH_TOKEN"
"""With this variable BPG answers a refused token with another one, whatever the flags say."""


def gateway_image(profile: Profile) -> Image:
    """Return the image of one revision of BPG, which listens on the pod's address at the ports of its file."""

    def launch(around: Surroundings) -> Launch:
        words = java_words(around.command)
        check(words, around)
        file = around.mounts.locate(served_file(words))
        argv = (sys.executable, "-m", "localcloud.gateway", "server", str(file))
        chosen = ("--profile", profile.value, "--host", around.ip)
        return Launch((*argv, *chosen), {**machine(), **around.env, "PYTHONPATH": str(ROOT)})

    return launch


def java_words(command: Sequence[str]) -> list[str]:
    """Return Java's command line, also when a shell is asked to become it."""
    words = list(command)
    if words and PurePosixPath(words[0]).name in SHELLS and len(words) > 2 and words[1].endswith("c"):
        words = shlex.split(words[2])
    return words[1:] if words[:1] == ["exec"] else words


def check(words: Sequence[str], around: Surroundings) -> None:
    """Raise RefusedError unless BPG would be started as it has to be."""
    if not words or PurePosixPath(words[0]).name != "java":
        raise RefusedError(f"the container's command does not become java: {' '.join(words) or 'it has none'}")
    said = {*words[: _serving(words)], *around.env.get("JAVA_TOOL_OPTIONS", "").split()}
    if missing := [flag for flag in FLAGS if flag not in said]:
        raise RefusedError(f"java is not told {' '.join(missing)}")
    if BORROWED in around.env:
        raise RefusedError(f"{BORROWED} is set: every cluster would be sent that token")


def _serving(words: Sequence[str]) -> int:
    if "server" not in words:
        raise RefusedError("the command has no `server <file>`")
    return words.index("server")


def served_file(words: Sequence[str]) -> str:
    """Return the file that Java is told to serve, as a path of the container."""
    following = words[_serving(words) + 1 :]
    if not following:
        raise RefusedError("`server` is not followed by a file")
    return following[0]
