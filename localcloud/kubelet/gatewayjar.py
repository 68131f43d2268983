"""The image of Batch Processing Gateway, for real: a jar that somebody built, in a root directory like its container's.

Each pod gets a mount namespace of its own, because BPG looks for its ServiceAccount at a fixed path; so root is needed,
and a Java under /usr. What differs from a container is the address alone: many pods share this machine, so each one's
file says where it listens. Nothing more is lent to it: the root is read-only, and only what is mounted is there.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

from localcloud.kubelet.gatewayimage import check, java_words, served_file
from localcloud.kubelet.images import Image, Launch, RefusedError, Surroundings, machine

CHAMBER = """
root=$1; shift
mount -t tmpfs chamber "$root"
for part in /*; do
  if [ -L "$part" ]; then cp -a "$part" "$root$part"; fi
done
for part in /usr /proc /dev /lib /lib64; do
  if [ -d "$part" ] && [ ! -L "$part" ]; then mkdir -p "$root$part"; mount --rbind "$part" "$root$part"; fi
done
cp -a /etc "$root/etc"
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir -p "$root$2"; else mkdir -p "$root${2%/*}"; [ -e "$root$2" ] || touch "$root$2"; fi
  mount --bind "$1" "$root$2"; shift 2
done
shift
mount -o remount,ro "$root"
exec chroot "$root" "$@"
"""
"""Arguments: an empty directory, pairs of what is mounted and where, `--`, and the command."""

PORTS = {"applicationConnectors": 8080, "adminConnectors": 8081}
"""Dropwizard's, where the file says nothing (Dropwizard manual, "Configuration Reference")."""


def gateway_jar(jar: Path) -> Image:
    """Return the image of BPG that runs a jar; the jar's directory is mounted where the command looks for the jar.

    Args:
        jar: With its libraries inside, or in a class path of its manifest that is relative.
    """

    def launch(around: Surroundings) -> Launch:
        words = java_words(around.command)
        check(words, around)
        file = served_file(words)
        mounted: list[tuple[Path, str]] = [(place, path) for path, place in around.mounts.directories.items()]
        mounted += [(_bound(around, file), file), (jar.parent, str(_class_path(words).parent))]
        root = around.mounts.root / "chamber"
        root.mkdir(exist_ok=True)
        argv = ("unshare", "--mount", "--propagation", "private", "sh", "-euc", CHAMBER, "chamber", str(root))
        # KUBECONFIG is this machine's help for programs that are not in a pod; BPG is not to have it.
        env = {name: value for name, value in around.env.items() if name != "KUBECONFIG"}
        pairs = [str(word) for pair in mounted for word in pair]
        return Launch((*argv, *pairs, "--", *words), {**machine(), **env})

    return launch


def _class_path(words: list[str]) -> PurePosixPath:
    for flag in ("-cp", "-classpath", "--class-path", "-jar"):
        if flag in words[:-1]:
            return PurePosixPath(words[words.index(flag) + 1])
    raise RefusedError(f"java is not told where the program is: {' '.join(words)}")


def _bound(around: Surroundings, file: str) -> Path:
    """Write the served file anew with the pod's address in place of all of this machine's, and return where."""
    content: dict[str, Any] = json.loads(around.mounts.locate(file).read_text())
    server = content.setdefault("server", {})
    for name, port in PORTS.items():
        for connector in server.setdefault(name, [{"type": "http", "port": port}]):
            connector["bindHost"] = around.ip
    place = around.mounts.root / "bound.json"
    place.touch(mode=0o600)  # it has the keys of queue tokens
    place.write_text(json.dumps(content))
    return place
