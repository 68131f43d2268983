"""Serves the simulated cloud as a process of its own: `python -m localcloud.aws --port 4580 --time-factor 60`.

It prints one line of JSON, the environment variables of `SimulatedAws.env`, when it is ready, and ends with SIGINT or
SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import signal
from collections.abc import Sequence

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.mwaa.laws import Laws
from localcloud.aws.serverless.laws import Laws as ServerlessLaws


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.aws", description="A simulated AWS on loopback.")
    parser.add_argument("--port", type=int, default=0, help="of MWAA and MWAA Serverless; 0 for any free one")
    parser.add_argument("--time-factor", type=float, default=60.0, help="how many times faster than AWS")
    parser.add_argument("--environments", type=int, default=10, help="quota per account and Region")
    parser.add_argument("--workflows", type=int, default=100, help="quota per account and Region")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to every call of these two")
    parser.add_argument("--mwaa-only", action="store_true", help="without S3, IAM and the others")
    chosen = parser.parse_args(arguments)
    # Blocked before any thread begins, so that no thread but this one is ended by them.
    stops = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    with SimulatedAws(
        moto=not chosen.mwaa_only,
        laws=Laws(environments=chosen.environments),
        serverless_laws=ServerlessLaws(workflows=chosen.workflows),
        time_factor=chosen.time_factor,
        port=chosen.port,
    ) as running:
        running.conduct.latency = chosen.latency
        print(json.dumps(running.env), flush=True)
        signal.sigwait(stops)


if __name__ == "__main__":
    main()
