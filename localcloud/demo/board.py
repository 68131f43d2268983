"""What the person sees: the chapters as they come true, and live tables of the objects with their AWS calls.

The story's lines are printed and stay. On a terminal the tables are redrawn below them; elsewhere (a log, CI) they come
once, at the end.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from localcloud.demo.rows import KINDS, Kind, Row
from localcloud.demo.stage import Stage

REFRESHES_PER_SECOND = 4.0
WIDTH = 120
"""Columns where there is no terminal."""
COLOURS = {"True": "green", "False": "yellow", "Unknown": "cyan"}


class Board:
    """Runs inside its `with` block; what it shows may be told from any thread."""

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
            self._live.update(self._tables(), refresh=True)
            self._live.stop()
        else:
            self._console.print(self._tables())

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._console.print(Text(title, style="bold"))

    def say(self, line: str) -> None:
        """Tell what is happening."""
        self._print(Text(line), indent=2)

    def show(self, command: str, output: str) -> None:
        """Show a command that a user may give, and what is worth reading of its output, with its lines as they are."""
        shown = [(f"$ {command}", "cyan"), *((line.rstrip(), "dim") for line in output.splitlines())]
        for line, style in shown:
            self._console.print(Text(f"    {line}", style=style), soft_wrap=True)

    def _print(self, text: Text, *, indent: int) -> None:
        self._console.print(Padding(text, (0, 0, 0, indent), expand=False))

    def _draw_until_end(self) -> None:
        while not self._ended.wait(1.0 / REFRESHES_PER_SECOND):
            if self._live is not None:
                self._live.update(self._tables(), refresh=True)

    def _tables(self) -> Group:
        found = [(kind, self._stage.rows(kind)) for kind in KINDS]
        now = datetime.now(UTC)
        return Group(*(table(kind, rows, now) for kind, rows in found if rows))


def table(kind: Kind, rows: list[Row], now: datetime) -> Table:
    """Return the table of the objects of one kind."""
    drawn = Table(title=kind.title, title_justify="left", expand=False)
    for heading in ("Name", *kind.words, "Ready", "Reason", "Age"):
        drawn.add_column(heading)
    for heading in kind.calls:
        drawn.add_column(heading, justify="right")
    for row in rows:
        ready = Text(row.ready, style=COLOURS.get(row.ready, "white"))
        calls = [str(count) for count in row.calls]
        drawn.add_row(row.name, *row.words, ready, row.reason, age(row.created, now), *calls)
    return drawn


def age(created: str, now: datetime) -> str:
    """Return the age of an object in seconds or minutes, as kubectl prints it."""
    seconds = int((now - datetime.fromisoformat(created)).total_seconds())
    return f"{seconds}s" if seconds < 120 else f"{seconds // 60}m"
