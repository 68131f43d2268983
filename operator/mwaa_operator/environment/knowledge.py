"""What is known about MWAA and ages: Airflow versions, upgrade paths, classes, blocked options. Pure.

The rows live in `data/*.yaml`, each with its date and source; `load.py` reads them at start. What no row knows is left
to AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

Version = tuple[int, ...]


def parse_version(text: str) -> Version:
    """Return `2.10.3` as (2, 10, 3); parts that are not numbers end it."""
    parts: list[int] = []
    for part in text.split("."):
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)


@dataclass(frozen=True)
class AirflowVersion:
    """One version that MWAA has offered. `end_of_support` None: supported at the last look."""

    version: str
    available: date
    end_of_support: date | None = None
    python: str = ""


@dataclass(frozen=True)
class UpgradePath:
    """Versions below `below` (exclusive) and from `since` on reach major `to_major` only through `through`."""

    to_major: int
    below: str
    through: str
    message: str


@dataclass(frozen=True)
class EnvironmentClass:
    """Bounds of the counts of one class; (least, most)."""

    name: str
    workers: tuple[int, int]
    schedulers: tuple[int, int]
    webservers: tuple[int, int]


@dataclass(frozen=True)
class BlockedOption:
    """An option that MWAA refuses or silently overrides, from `since` up to below `until`."""

    option: str
    treatment: str
    since: str = ""
    until: str = ""

    def applies(self, version: str) -> bool:
        """Whether the row speaks of this Airflow version; an unknown (empty) version matches rows without bounds."""
        own = parse_version(version)
        if not own:
            return not self.since and not self.until
        return (not self.since or own >= parse_version(self.since)) and (
            not self.until or own < parse_version(self.until)
        )

    def matches(self, option: str) -> bool:
        """Whether the row names the option; a trailing * stands for the rest of the name."""
        if self.option.endswith("*"):
            return option.startswith(self.option[:-1])
        return option == self.option


@dataclass(frozen=True)
class Knowledge:
    """All rows. Empty tables know nothing and so refuse nothing.

    Attributes:
        versions: Airflow versions by their text.
        paths: Upgrades that need a stop on the way.
        classes: Environment classes by name.
        blocked: Options that must not be set.
        graceful_since: First Airflow version whose workers can be replaced gracefully.
    """

    versions: Mapping[str, AirflowVersion] = field(default_factory=dict)
    paths: tuple[UpgradePath, ...] = ()
    classes: Mapping[str, EnvironmentClass] = field(default_factory=dict)
    blocked: tuple[BlockedOption, ...] = ()
    graceful_since: str = "2.4.3"

    def ended(self, version: str, today: date) -> bool:
        """Whether AWS's support of a version ended, so that nothing can be created with or moved to it."""
        row = self.versions.get(version)
        return row is not None and row.end_of_support is not None and row.end_of_support <= today

    def detour(self, current: str, wanted: str) -> str | None:
        """Return why one update cannot lead from `current` to `wanted`, or None if it may."""
        now, then = parse_version(current), parse_version(wanted)
        if not now or not then:
            return None
        if now[0] == 1 and then[0] > 1:
            return "Airflow 1 cannot be upgraded in place: make a new environment"
        for path in self.paths:
            if then[0] == path.to_major and now[0] < then[0] and now < parse_version(path.below):
                return path.message
        return None

    def graceful(self, version: str) -> bool:
        """Whether workers of this version can be replaced gracefully."""
        return parse_version(version) >= parse_version(self.graceful_since)

    def blocked_options(self, options: Mapping[str, object], version: str) -> list[BlockedOption]:
        """Return the rows that forbid one of `options` in `version`."""
        return [row for row in self.blocked if row.applies(version) and any(row.matches(name) for name in options)]
