"""All kinds of this operator, and the files that are generated from their models: CRDs and reference pages.

The one list that grows with a new kind. Reads and compares files, never writes them: the command line does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mwaa_operator.account import api as account
from mwaa_operator.api import docs, emit
from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.resource import Definition
from mwaa_operator.environment import api as environment
from mwaa_operator.gateway import api as gateway
from mwaa_operator.route import api as route
from mwaa_operator.workflow import api as workflow

DEFINITIONS: Final[tuple[Definition, ...]] = (
    environment.DEFINITION,
    workflow.DEFINITION,
    gateway.DEFINITION,
    route.DEFINITION,
    account.DEFINITION,
)
ALL_KINDS: Final[tuple[KindInfo, ...]] = tuple(definition.info for definition in DEFINITIONS)
ROUTING: Final = frozenset({gateway.KIND, route.KIND})
"""The kinds of the Batch Processing Gateway, which an operator may be told to leave alone."""


def served(*, gateways: bool) -> tuple[KindInfo, ...]:
    """Return the kinds that an operator serves.

    Args:
        gateways: Whether it looks after gateways.
    """
    return tuple(info for info in ALL_KINDS if gateways or info not in ROUTING)


def render_crds() -> dict[str, str]:
    """Return the CRDs: file name to text."""
    return {emit.file_name(definition): emit.render(definition) for definition in DEFINITIONS}


def render_reference() -> dict[str, str]:
    """Return the reference pages: file name to Markdown."""
    return {docs.file_name(definition): docs.render(definition) for definition in DEFINITIONS}


def drift(directory: Path) -> list[str]:
    """Return how the CRDs in a directory differ from the models, one sentence for each file; empty means in step."""
    rendered = render_crds()
    found = {path.name: path.read_text("utf-8") for path in directory.glob("*.yaml")}
    missing = [f"{name} is missing" for name in rendered.keys() - found.keys()]
    unknown = [f"{name} belongs to no kind" for name in found.keys() - rendered.keys()]
    differs = [
        f"{name} differs from the models" for name in rendered if found.get(name, rendered[name]) != rendered[name]
    ]
    return sorted(missing + unknown + differs)
