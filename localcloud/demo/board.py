"""What the person sees: the chapters as they come true, and a live table of the objects with their AWS calls.

The story's lines are printed and stay. On a terminal the table is redrawn below them; elsewhere (a log, CI) it comes
once, at the end.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from localcloud.demo.stage import Row, Stage

REFRESHES_PER_SECOND = 4.0
COLOURS = {"True": "green", "False": "yellow", "Unknown": "cyan"}


class Board:
    """Runs inside its `with` block; `say` may be called from any thread."""

    def __init__(self, stage: Stage, console: Console) -> None:
        self._stage, self._console = stage, console
        self._live = Live(console=console, auto_refresh=False, transient=False) if console.is_terminal else None
        self._ended = threading.Event()
        self._drawing = threading.Thread(target=self._draw_until_end, name="board", daemon=True)

    def __enter__(self) -> Board:
        if self._live is not None:
            self._live.start()
            self._drawing.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._live is not None:
            self._drawing.join(timeout=5.0)
            self._live.update(table(self._stage.rows()), refresh=True)
            self._live.stop()
        else:
            self._console.print(table(self._stage.rows()))

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._console.print(f"[bold]{title}[/bold]")

    def say(self, line: str) -> None:
        """Tell what is happening."""
        self._console.print(f"  {line}")

    def _draw_until_end(self) -> None:
        while not self._ended.wait(1.0 / REFRESHES_PER_SECOND):
            if self._live is not None:
                self._live.update(table(self._stage.rows()), refresh=True)


def table(rows: list[Row]) -> Table:
    """Return the table of the objects."""
    drawn = Table(title="MwaaEnvironments in namespace data", title_justify="left", expand=False)
    for heading in ("Name", "State", "Ready", "Reason", "Age", "Create", "Get", "Update", "Delete"):
        drawn.add_column(heading, justify="right" if heading in ("Create", "Get", "Update", "Delete") else "left")
    for row in rows:
        colour = COLOURS.get(row.ready, "white")
        calls = [str(count) for count in row.calls]
        drawn.add_row(row.name, row.state, f"[{colour}]{row.ready}[/{colour}]", row.reason, age(row.created), *calls)
    return drawn


def age(created: str) -> str:
    """Return the age of an object in seconds or minutes, as kubectl prints it."""
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(created)).total_seconds())
    return f"{seconds}s" if seconds < 120 else f"{seconds // 60}m"
