"""The hook before a container is stopped: sleep, a command, or an HTTP request.

It knows how to run a hook and not when; the container bounds it by the pod's grace. Sleeps are divided by the time
factor. Source: Kubernetes documentation, "Container Lifecycle Hooks".
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

import aiohttp

from localcloud.kubelet.probes import http_url

SHELLS = frozenset({"sh", "bash", "dash"})

Execute = Callable[[Sequence[str]], Awaitable[None]]
"""Runs a command in the container's environment until it ends."""


async def pre_stop(container: Mapping[str, Any], ip: str, execute: Execute, *, time_factor: float) -> None:
    """Do what `lifecycle.preStop` says; a hook that fails changes nothing, as with the kubelet."""
    match container.get("lifecycle", {}).get("preStop"):
        case {"sleep": {"seconds": seconds}}:
            await asyncio.sleep(seconds / time_factor)
        case {"exec": {"command": command}}:
            asleep = sleeping(command)
            await (execute(command) if asleep is None else asyncio.sleep(asleep / time_factor))
        case {"httpGet": wanted}:
            with suppress(aiohttp.ClientError, OSError):
                async with aiohttp.ClientSession() as session, session.get(http_url(wanted, container, ip), ssl=False):
                    pass


def sleeping(command: Sequence[str]) -> float | None:
    """Return the seconds of a command that does nothing but sleep, through a shell or not; else None."""
    words = list(command)
    if len(words) == 3 and PurePosixPath(words[0]).name in SHELLS and words[1] == "-c":
        words = shlex.split(words[2])
    if len(words) != 2 or PurePosixPath(words[0]).name != "sleep":
        return None
    try:
        return float(words[1])
    except ValueError:
        return None
