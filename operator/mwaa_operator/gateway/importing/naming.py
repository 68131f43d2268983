"""Names for what has none in a file of BPG, or one that Kubernetes does not take. Pure."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import count
from typing import Any

from pydantic import TypeAdapter

from mwaa_operator.gateway.bpg.findings import fits

_LONGEST = 63
_MARGIN = 4
"""Room for a number that tells two names apart."""


def dns_label(text: str, *, otherwise: str) -> str:
    """Return a text as a DNS label: lower case, everything else but letters and digits one hyphen.

    Args:
        text: For example an id.
        otherwise: What to return where nothing is left of it.
    """
    return re.sub("[^a-z0-9]+", "-", text.lower())[: _LONGEST - _MARGIN].strip("-") or otherwise


def unique(name: str, taken: Container[str]) -> str:
    """Return a name that nothing else has: itself, or with the next free number."""
    if name not in taken:
        return name
    return next(numbered for number in count(2) if (numbered := f"{name}-{number}") not in taken)


def fitting(shape: Any, text: str | None) -> bool:
    """Return whether a text has the shape of a field.

    Args:
        shape: The field's annotated type.
        text: None never fits.
    """
    adapter: TypeAdapter[str] = TypeAdapter(shape)
    return text is not None and fits(adapter, text)
