"""What BPG makes of the sizes of a job's pods, and the sizes that it cannot read. Pure.

Source: apple/batch-processing-gateway, ApplicationSubmissionHelper (`getDriverSpec`, `getExecutorSpec`).
"""

from __future__ import annotations

import unicodedata

from mwaa_operator.gateway.bpg.answer import RefusedError, Stage, broken
from mwaa_operator.gateway.bpg.javatext import INT_MAX, INT_MIN, parse_double, parse_long, rounded
from mwaa_operator.gateway.bpg.request import Pod

DEFAULT_CORES = 1
DEFAULT_MEMORY = "1g"


def check_sizes(pod: Pod | None) -> None:
    """Raise RefusedError for a core limit or a memory that BPG cannot read.

    Args:
        pod: What the request says; None: the defaults.
    """
    if pod is None:
        return
    if pod.core_limit and parse_long(pod.core_limit) is None:
        raise _no_number(pod.core_limit)
    _check_memory(DEFAULT_MEMORY if pod.memory is None else pod.memory)


def cores(pod: Pod | None, ratio: float) -> int:
    """Return how many cores a pod gets.

    Args:
        pod: What the request says; None: the default.
        ratio: The queue's buffer.
    """
    asked = DEFAULT_CORES if pod is None or pod.cores is None else pod.cores
    return rounded(max(INT_MIN, min(INT_MAX, asked)) * ratio)


def _check_memory(memory: str) -> None:
    unit = next((index for index, letter in enumerate(memory) if not _in_number(letter)), None)
    if unit is None:
        exception = "java.lang.StringIndexOutOfBoundsException"
        raise broken(Stage.SPEC, f"begin 0, end -1, length {len(memory)}", exception=exception, exact=True)
    if parse_double(memory[:unit]) is None:
        raise _no_number(memory[:unit])


def _in_number(letter: str) -> bool:
    return letter == "." or unicodedata.category(letter) == "Nd"


def _no_number(text: str) -> RefusedError:
    message = f'For input string: "{text}"'
    if not text:
        message = "empty String"
    elif text.isascii() and text.replace(".", "").isdigit() and text.count(".") > 1:
        message = "multiple points"
    return broken(Stage.SPEC, message, exception="java.lang.NumberFormatException", exact=True)
