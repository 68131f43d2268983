"""Sizes of a driver or an executor: what a queue's buffer ratios make of them, and where Java's parsing throws.

A core limit must be a whole number, a memory must have a unit, and the ratio of cores counts twice in the limit that a
request leaves out. Source: apple/batch-processing-gateway, ApplicationSubmissionHelper.
"""

from __future__ import annotations

import math
from typing import Any

from localcloud.gateway import java
from localcloud.gateway.errors import NUMBER_FORMAT, OUT_OF_BOUNDS, BpgError
from localcloud.gateway.request import Pod


def sized(pod: Pod, *, cpu: float, memory: float) -> dict[str, Any]:
    """Return cores, their limit, and memory.

    Args:
        pod: What is asked for.
        cpu: The queue's ratio.
        memory: The queue's ratio.

    Raises:
        BpgError: BPG breaks on a text.
    """
    cores = _rounded((1 if pod.cores is None else pod.cores) * cpu)
    limit = f"{math.ceil(cores * 1000 * cpu)}m"
    if pod.core_limit:
        whole = java.whole(pod.core_limit, java.LONG)
        if whole is None:
            raise BpgError(500, f'For input string: "{pod.core_limit}"', NUMBER_FORMAT)
        limit = str(_rounded(whole * cpu))
    return {"cores": cores, "coreLimit": limit, "memory": _memory("1g" if pod.memory is None else pod.memory, memory)}


def _memory(text: str, ratio: float) -> str:
    unit = next((index for index, sign in enumerate(text) if not sign.isdigit() and sign != "."), -1)
    if unit == -1:
        raise BpgError(500, f"begin 0, end -1, length {len(text)}", OUT_OF_BOUNDS)
    number = text[:unit]
    if number.count(".") > 1:
        raise BpgError(500, "multiple points", NUMBER_FORMAT)
    if not number:
        raise BpgError(500, "empty String", NUMBER_FORMAT)
    found = java.real(number)
    if found is None:
        raise BpgError(500, f'For input string: "{number}"', NUMBER_FORMAT)
    return f"{math.ceil(math.trunc(found) * ratio)}{text[unit:]}"


def _rounded(number: float) -> int:
    """Return `Math.round`: a half goes up."""
    return math.floor(number + 0.5)
