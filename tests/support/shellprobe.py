"""An operator process with a shell and no engine: what the shell does is written to standard output, a line each.

Run as `python -m tests.support.shellprobe PLURAL INACTIVITY`, for the namespaced kind of that plural. `start`, `event`
and `drain` are calls to the engine, `beat` is the first beat of the heart, everything else is the shell's log.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
from typing import Any

from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.kube.client import KubeClient
from mwaa_operator.kube.connection import credentials, load_configuration
from mwaa_operator.kube.transport import Transport
from mwaa_operator.shell.lifecycle import Shell
from mwaa_operator.shell.options import watch_settings
from tests.support.kube import Ears, let_pass, unobserved

_LOCK = threading.Lock()


def say(did: str, **fields: object) -> None:
    """Write one line."""
    with _LOCK:
        print(json.dumps({"did": did, "thread": threading.current_thread().name, **fields}, default=str), flush=True)  # noqa: T201


_CLINGING: list[asyncio.Task[None]] = []


async def never_ends() -> None:
    """Go on for ever, cancelled or not, as one of kopf's own watches may."""
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


def leave(reason: str) -> None:
    """End at once."""
    say("process.exit", reason=reason)
    os._exit(1)


class TellingEngine:
    """Fulfils the shell's `Engine`."""

    def __init__(self) -> None:
        self._drains = True

    def start(self) -> None:
        say("start")

    def on_event(self, type_: str | None, body: dict[str, Any]) -> None:
        meta = body["metadata"]
        if meta.get("labels", {}).get("poison"):
            raise ValueError("a poisoned object")
        if meta.get("labels", {}).get("undrained"):
            self._drains = False
        if meta.get("labels", {}).get("clinging"):
            _CLINGING.append(asyncio.get_running_loop().create_task(never_ends()))
        say("event", type=type_, kind=body["kind"], namespace=meta["namespace"], name=meta["name"], uid=meta["uid"])

    def drain(self, seconds: float) -> bool:
        say("drain", seconds=seconds)
        if not self._drains:
            raise RuntimeError("no drain")
        return True


class TellingLog:
    """Fulfils the engine's `Log`."""

    def debug(self, event: str, /, **fields: object) -> None:
        say(event, **{name: repr(value) for name, value in fields.items()})

    info = warning = error = debug


class Heart:
    """Tells its first beat."""

    def __init__(self) -> None:
        self.beaten = False

    def beat(self) -> None:
        if not self.beaten:
            self.beaten = True
            say("beat")


def main(plural: str, inactivity: float) -> int:
    """Run a shell for one kind until it ends."""
    info = KindInfo(kind=plural.removesuffix("s").capitalize(), plural=plural, short_names=())
    transport = Transport(lambda: load_configuration(os.environ), fence=let_pass, observer=unobserved)
    client = KubeClient(transport, kinds=[info], namespace="default", surroundings=Ears().surroundings())
    shell = Shell(
        kinds=[info],
        engine=TellingEngine(),
        login=lambda: credentials(load_configuration(os.environ)),
        is_served=client.is_served,
        beat=Heart().beat,
        drain_seconds=1.0,
        on_exit=leave,
        log=TellingLog(),
        settings=watch_settings(inactivity_timeout=inactivity),
    )
    return shell.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
