"""The command line of the benchmark: `python -m localcloud.bench [--quick] [--profile] [--only NAME …]`.

Figures come from a machine that may be shared: compare them with each other and with the bare client in the same run,
never with a number of another day. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from localcloud.bench.field import Field, Laws
from localcloud.bench.figures import Figures, profile
from localcloud.bench.gateways import GATEWAYS, GatewayField, measure
from localcloud.bench.runs import Run, bare, create_all, edit_all, rest
from localcloud.bench.subjects import ENVIRONMENTS, WORKFLOWS

GATEWAYS_RUN = "gateways-200"
ROUTES = 200
LATENCY = 0.1
CREATE_SECONDS = 4.0
HEADINGS = (
    "run",
    "objects",
    "created s",
    "all Ready s",
    "CPU s",
    "CPU ms",
    "peak MiB",
    "threads",
    "service calls",
    "API server writes",
    "status writes",
)


def runs(*, quick: bool) -> dict[str, Run]:
    """Return the runs by name; `quick` takes a tenth of the objects."""
    share = 10 if quick else 1
    plain = Laws(latency=LATENCY, create=CREATE_SECONDS)
    slow, throttled = replace(plain, create=150.0 / share), replace(plain, rate=20.0)
    return {
        "create-300": Run(ENVIRONMENTS, objects=300 // share, laws=plain),
        "create-3000": Run(ENVIRONMENTS, objects=3000 // share, laws=plain),
        "slow-create-300": Run(ENVIRONMENTS, objects=300 // share, laws=slow),
        "throttled-300": Run(ENVIRONMENTS, objects=300 // share, laws=throttled),
        "workflows-1000": Run(WORKFLOWS, objects=1000 // share, laws=plain, rests=60.0 / share, edits=True),
        "rest-5000": Run(ENVIRONMENTS, objects=5000 // share, laws=plain, rests=60.0 / share),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen runs and print their figures."""
    chosen = _parser().parse_args(arguments)
    console = Console(width=160)
    rows: list[tuple[str, Figures]] = []
    for name, run in runs(quick=chosen.quick).items():
        if chosen.only and name not in chosen.only:
            continue
        console.print(f"[bold]{name}[/bold]: {run.objects} {run.subject.plural} …")
        measured = _measure(console, run, profiled=chosen.profile)
        rows += zip((name, f"{name}, edited"), measured, strict=False)
    if rows:
        console.print(_table(rows))
    if not chosen.only or GATEWAYS_RUN in chosen.only:
        _gateways(console, quick=chosen.quick)
    return 0


def _gateways(console: Console, *, quick: bool) -> None:
    routes, rests = (ROUTES // 10, 30.0) if quick else (ROUTES, 120.0)
    console.print(f"[bold]{GATEWAYS_RUN}[/bold]: {routes} routes on {GATEWAYS} gateways …")
    with GatewayField(routes) as field:
        console.print(measure(field, rests=rests))


def _measure(console: Console, run: Run, *, profiled: bool) -> list[Figures]:
    with TemporaryDirectory(prefix="mwaa-operator-bench-") as scratch:
        samples = Path(scratch) / "samples.json" if profiled else None
        with Field(run.subject, run.laws, samples=samples) as field:
            reference = bare(field, run.objects)
            console.print(f"  a bare client needs {reference:.1f} s for the same creations and writes")
            figures = [create_all(field, run.objects)]
            console.print(figures[0].lines(reference=reference))
            if run.rests:
                console.print(rest(field, run))
            if run.edits:
                figures.append(edit_all(field, run.objects))
                console.print(figures[1].lines())
        if samples is not None:
            console.print(profile(samples))
    return figures


def _table(rows: list[tuple[str, Figures]]) -> Table:
    table = Table(title="Per object unless said otherwise", title_justify="left")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for name, figures in rows:
        table.add_row(name, *figures.cells())
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the operator on a simulated AWS.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the objects")
    parser.add_argument("--profile", action="store_true", help="say where the operator's CPU time goes, too")
    parser.add_argument("--only", nargs="*", help="names of runs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
