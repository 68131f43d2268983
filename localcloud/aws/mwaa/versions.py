"""Apache Airflow versions of Amazon MWAA as data, and which of them can become which.

Source: Amazon MWAA user guide, "Apache Airflow versions" and "Upgrading the Apache Airflow version", November 2026. It
ages: add rows, never rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

Parts = tuple[int, ...]


@dataclass(frozen=True)
class Version:
    """One row: its number, and when its support ends (None = supported when the table was read)."""

    number: str
    end_of_support: str | None = None

    def supported_at(self, now: float) -> bool:
        """Tell whether environments may be made with it, or brought to it, at `now` (epoch seconds)."""
        if self.end_of_support is None:
            return True
        return now < datetime.fromisoformat(self.end_of_support).replace(tzinfo=UTC).timestamp()


VERSIONS = (
    Version("1.10.12", "2024-02-21"),
    Version("2.0.2", "2024-04-29"),
    Version("2.2.2", "2024-06-27"),
    Version("2.4.3", "2025-12-30"),
    Version("2.5.1", "2025-12-30"),
    Version("2.6.3", "2025-12-30"),
    Version("2.7.2"),
    Version("2.8.1"),
    Version("2.9.2"),
    Version("2.10.1"),
    Version("2.10.3"),
    Version("2.11.0"),
    Version("2.11.2"),
    Version("3.0.6"),
    Version("3.2.1"),
    Version("3.3.1"),
)
"""Oldest first; the last one is the default of CreateEnvironment."""

BY_NUMBER = {version.number: version for version in VERSIONS}
NEWEST = VERSIONS[-1].number
BRIDGE = "2.11.2"
"""The only version of Airflow 2 from which an environment reaches Airflow 3."""


def parts(number: str) -> Parts:
    """Return "2.10.3" as (2, 10, 3); letters count as zero."""
    return tuple(int(part) if part.isdigit() else 0 for part in number.split("."))


def major(number: str) -> int:
    """Return the major version."""
    return parts(number)[0]


def path_problem(source: str, target: str) -> str | None:
    """Say why an environment of version `source` cannot become one of version `target`; None when it can."""
    old, new = parts(source), parts(target)
    if old[0] == new[0]:
        return None
    if old[0] == 1 or new[0] == 1:
        return f"You cannot change from Apache Airflow version {source} to {target}: create a new environment."
    if new[0] > old[0] and source != BRIDGE:
        return f"You cannot upgrade from Apache Airflow version {source} to {target}: upgrade to {BRIDGE} first."
    if new[0] < old[0] and new[:2] != parts(BRIDGE)[:2]:
        return f"You cannot downgrade from Apache Airflow version {source} to {target}."
    return None
