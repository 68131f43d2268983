"""CPU and memory as the API server writes them back, so that no difference of spelling looks like one of size. Pure.

Source: k8s.io/apimachinery, resource.Quantity, "canonical form": the largest suffix that leaves no fraction.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from mwaa_operator.gateway.rules import mebibytes
from mwaa_operator.gateway.serving import Limits, Requests

_BINARY: Final = ("Mi", "Gi", "Ti", "Pi")


def cpu(amount: str) -> str:
    """Return whole cores or thousandths of one: 1000m is 1."""
    if amount.endswith("m") and int(amount[:-1]) % 1000 == 0:
        return str(int(amount[:-1]) // 1000)
    return amount


def memory(amount: str) -> str:
    """Return an amount in Mi or Gi: 1024Mi is 1Gi."""
    number = mebibytes(amount)
    for suffix, _ in pairwise(_BINARY):
        if number % 1024:
            return f"{number}{suffix}"
        number //= 1024
    return f"{number}{_BINARY[-1]}"


def amounts(of: Requests | Limits) -> dict[str, Any]:
    """Return requests or limits of a container."""
    found = {"memory": memory(of.memory)}
    return found if of.cpu is None else {"cpu": cpu(of.cpu)} | found
