"""How a verb says that it cannot go on.

A message for people on standard error, a next step, and an exit code for scripts; never a trace for what is no bug.
"""

from __future__ import annotations

OK = 0
FAILED = 1
"""It was tried and did not work, or what was checked is not as it should be."""
USAGE = 2
"""The command line, a file or a setting is wrong: the same call will fail again."""


class CliError(Exception):
    """Ends a verb.

    Attributes:
        message: What is wrong.
        next_step: What to do about it.
        code: The process's exit code.
    """

    def __init__(self, message: str, *, next_step: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.message, self.next_step, self.code = message, next_step, code
