"""The command line of the demo: `python -m localcloud.demo [--once]`.

It starts the stage, plays the story beside a live table, and then leaves everything running for the person who watches.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from rich.console import Console

from localcloud.controlplane import CommandFailedError
from localcloud.demo.board import WIDTH, Board
from localcloud.demo.looking import ChapterFailedError
from localcloud.demo.stage import Stage
from localcloud.demo.story import play
from localcloud.process import ProcessFailedError
from localcloud.toolchain import ToolchainError

AFTERWORD = """
[bold]It is yours now.[/bold] In another terminal:

  export KUBECONFIG={kubeconfig}
  {kubectl} get mwaa,slwf,awsacct -A
  {kubectl} get sgw,sjr -A
  {kubectl} describe mwaa,slwf -n data
  {kubectl} explain mwaaenvironment.spec.updatePolicy
  {kubectl} annotate slwf cleanup -n data --overwrite mwaa-operator.io/run-requested-at=now

Try: edit spec.maxWorkers or the ConfigMap cleanup, set spec.suspend, delete an object, or write one with a role that
nobody may use. Shift a weight of the SparkJobRoute digital-analytics and watch its split, or let it name a cluster that
general-gateway does not grant.
The operator's log: {log}
[bold]Ctrl-C[/bold] stops everything and leaves nothing behind.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return 0 if every chapter came true, 1 if one did not."""
    chosen = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    try:
        with Stage(time_factor=chosen.time_factor, tell=lambda line: console.print(f"[dim]{line}[/dim]")) as stage:
            with Board(stage, console) as board:
                play(stage, board)
            if not chosen.once:
                paths = {"kubeconfig": stage.kubeconfig, "kubectl": stage.kubectl_path, "log": stage.operator.log}
                console.print(AFTERWORD.format(**paths), soft_wrap=True)
                threading.Event().wait()
    except KeyboardInterrupt:
        console.print("Stopped.")
    except ChapterFailedError as error:
        console.print(f"[red]A chapter did not come true:[/red] {error}")
        return 1
    except (ToolchainError, ProcessFailedError, CommandFailedError, TimeoutError) as error:
        console.print(f"[red]The demo could not go on:[/red] {error}")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make demo", description="Watch the operator work on a simulated AWS.")
    parser.add_argument(
        "--once", action="store_true", help="play the story and end; exit code 1 if it did not come true"
    )
    parser.add_argument(
        "--time-factor", type=float, default=60.0, help="how much faster time runs (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
