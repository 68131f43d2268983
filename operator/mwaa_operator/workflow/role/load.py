"""Reads what operators need at start, so that the generator itself opens no file."""

from __future__ import annotations

from importlib.resources import files

import yaml

from mwaa_operator.workflow.role.permissions import PermissionsData, parse_permissions


def load_permissions() -> PermissionsData:
    """Return the rows of `role/data/*.yaml`.

    Raises:
        ValueError: A row breaks a rule; the message names the file and the row.
    """
    found = files("mwaa_operator.workflow.role").joinpath("data").iterdir()
    texts = {file.name: file.read_text("utf-8") for file in found if file.name.endswith(".yaml")}
    return parse_permissions({f"workflow/role/data/{name}": yaml.safe_load(texts[name]) for name in sorted(texts)})
