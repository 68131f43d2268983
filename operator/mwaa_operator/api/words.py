"""Numbers in sentences that people read: a thing and its verb in the form that the number asks for. Pure.

One helper for all kinds, so that no message leaves its plural to the reader. It knows English's regular plural and
nothing else.
"""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with what is counted: "1 run is", "2 runs are".

    Args:
        number: Zero counts as many, as English has it.
        one: What follows a one.
        many: What follows any other number; without it, `one` and an s.
    """
    return f"{number} {one if number == 1 else many or f'{one}s'}"
