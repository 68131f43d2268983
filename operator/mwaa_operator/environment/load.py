"""Reads the dated rows about MWAA at start, so that the planner itself opens no file."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

from mwaa_operator.environment.knowledge import (
    AirflowVersion,
    BlockedOption,
    EnvironmentClass,
    Knowledge,
    UpgradePath,
)


def load_knowledge() -> Knowledge:
    """Return everything in `data/`.

    Raises:
        ValueError: A row misses a member or has one that nobody knows; the message names the file.
    """
    versions = [AirflowVersion(**_text(row, "version")) for row in _rows("versions.yaml", "versions")]
    classes = [
        EnvironmentClass(
            name=row["name"],
            workers=(row["workers"][0], row["workers"][1]),
            schedulers=(row["schedulers"][0], row["schedulers"][1]),
            webservers=(row["webservers"][0], row["webservers"][1]),
        )
        for row in _rows("classes.yaml", "classes")
    ]
    return Knowledge(
        versions={row.version: row for row in versions},
        paths=tuple(UpgradePath(**row) for row in _rows("versions.yaml", "paths")),
        classes={row.name: row for row in classes},
        blocked=tuple(BlockedOption(**row) for row in _rows("options.yaml", "blocked")),
    )


def _rows(name: str, member: str) -> list[dict[str, Any]]:
    document = yaml.safe_load(files("mwaa_operator.environment").joinpath("data", name).read_text("utf-8"))
    rows = document.get(member)
    if not isinstance(rows, list):
        raise ValueError(f"environment/data/{name}: {member} must be a list")
    return rows


def _text(row: dict[str, Any], member: str) -> dict[str, Any]:
    return {("end_of_support" if key == "endOfSupport" else key): value for key, value in row.items()} | {
        member: str(row[member])
    }
