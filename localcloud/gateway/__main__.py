"""One process of BPG: `python -m localcloud.gateway server app-config.yaml`, or `check` to look at the file alone.

It prints one line of JSON when it serves. It ends as BPG does: with 1 when it cannot start, with 143 on SIGTERM after
requests in flight were answered. Spark clusters are the API servers that the file names.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from localcloud.gateway import kubecluster, ownapi
from localcloud.gateway.config import Config, Connector
from localcloud.gateway.credentials import References
from localcloud.gateway.dice import seeded
from localcloud.gateway.errors import StartFailureError
from localcloud.gateway.profile import Profile
from localcloud.gateway.server import GatewayServer
from localcloud.gateway.service import World
from localcloud.gateway.start import load

FAILED = 1
SIGNALLED = 128
"""Added to the signal's number."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop and return the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        config = load(chosen.file.read_text(), chosen.profile)
    except (OSError, StartFailureError) as failure:
        return _failed(chosen.file, str(failure))
    if chosen.command == "check":
        return 0
    # Blocked before any thread begins, so that no thread but this one is ended by them.
    stops = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    try:
        with _server(config, chosen) as server:
            print(json.dumps({"url": server.url, "admin_url": server.admin_url}), flush=True)
            received = signal.sigwait(stops)
            if config.health is not None and config.health.delayed:
                server.draining = True
                signal.sigtimedwait(stops, config.health.wait_seconds)
    except OSError as taken:
        return _failed(chosen.file, str(taken))
    return SIGNALLED + received


def _server(config: Config, chosen: argparse.Namespace) -> GatewayServer:
    references = References(os.environ, ownapi.reader(os.environ))
    world = World(kubecluster.connect, references, seeded(chosen.seed))

    def place(said: Connector, port: int | None) -> Connector:
        return Connector(said.port if port is None else port, chosen.host or said.host)

    return GatewayServer(
        config,
        world,
        application=place(config.application, chosen.port),
        admin=place(config.admin, chosen.admin_port),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localcloud.gateway", description="A stand-in for BPG on loopback.")
    parser.add_argument("command", choices=("server", "check"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--profile", type=Profile, choices=list(Profile), default=Profile.AWS_PIN)
    parser.add_argument("--host", help="where to listen; without it, as the file says, else 127.0.0.1")
    parser.add_argument("--port", type=int, help="of the API; without it, as the file says; 0 for any free one")
    parser.add_argument("--admin-port", type=int, help="of the administration, likewise")
    parser.add_argument("--seed", type=int, help="makes the draws the same each time")
    return parser


def _failed(file: Path, why: str) -> int:
    print(f"{file} has an error:\n  * {why}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
