"""The command line of localcloud: `python -m localcloud up | tools`.

Why: people want the same cloud by hand that the tests run on. It parses arguments and prints; all work is done by the
modules that it calls.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from localcloud.cloud import LocalCloud
from localcloud.controlplane import ControlPlane
from localcloud.gotoolchain import GoMissingError
from localcloud.process import ProcessFailedError
from localcloud.toolchain import TOOLS, ToolchainError, ensure_tools


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        if chosen.command == "tools":
            _tools()
        else:
            _up(chosen.data_dir, chosen.time_factor)
    except (ToolchainError, GoMissingError, ProcessFailedError, TimeoutError) as error:
        print(f"localcloud: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m localcloud", description="A cloud on one machine, without containers."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start a control plane and a simulated AWS; Ctrl-C ends them")
    up.add_argument("--data-dir", type=Path, help="keep the cluster's state here (default: forget it at the end)")
    up.add_argument("--time-factor", type=float, default=60.0, help="how much faster AWS works (default: %(default)s)")
    commands.add_parser("tools", help="compile what is missing and print where each program is")
    return parser


def _tools() -> None:
    tools = ensure_tools()
    for tool in TOOLS:
        print(f"{tool.name:<24}{tools[tool.name]}")


def _up(data_dir: Path | None, time_factor: float) -> None:
    asked_to_stop = _stop_signals()
    print("Starting, some 5 s", file=sys.stderr, flush=True)
    with LocalCloud(data_dir, time_factor=time_factor) as cloud:
        for name, value in cloud.env.items():
            print(f"export {name}={value}", flush=True)
        print("Running; Ctrl-C ends it.", file=sys.stderr, flush=True)
        _watch_over(cloud.control_plane, asked_to_stop)
    print("Stopped.", file=sys.stderr)


def _stop_signals() -> threading.Event:
    """Return an event that SIGINT and SIGTERM set: the second one ends the process the hard way."""
    asked = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        asked.set()
        signal.signal(number, signal.SIG_DFL)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    return asked


def _watch_over(control_plane: ControlPlane, asked_to_stop: threading.Event) -> None:
    """Wait until somebody wants it to stop or a server ends by itself."""
    while not asked_to_stop.wait(1.0):
        for process in (control_plane.etcd, control_plane.apiserver, control_plane.controller_manager):
            process.check()


if __name__ == "__main__":
    sys.exit(main())
