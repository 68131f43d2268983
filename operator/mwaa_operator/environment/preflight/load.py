"""Reads preflight's dated rows at start, so that no check opens a file."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

from mwaa_operator.environment.preflight.rows import RolePermission, Rows


def load_rows() -> Rows:
    """Return everything in `preflight/data`.

    Raises:
        TypeError: A row misses a member or has one that nobody knows.
    """
    endpoints = _document("endpoints.yaml")
    return Rows(
        permissions=tuple(_permission(row) for row in _document("permissions.yaml")["permissions"]),
        gateway_endpoints=tuple(endpoints["gateway"]),
        interface_endpoints=tuple(endpoints["interface"]),
    )


def _permission(row: dict[str, Any]) -> RolePermission:
    return RolePermission(**{"context": {}, **row, "actions": tuple(row["actions"])})


def _document(name: str) -> dict[str, Any]:
    text = files("mwaa_operator.environment.preflight").joinpath("data", name).read_text("utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document
