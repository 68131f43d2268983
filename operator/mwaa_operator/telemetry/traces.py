"""Exceptions as data: one list of short lines, so that a log line stays one line.

Frames and texts only; never the values of variables, which is where secrets are.
"""

from __future__ import annotations

import traceback
from pathlib import PurePath

MAX_FRAMES = 40
_MAX_CHAIN = 6
_ROOTS = ("site-packages", "operator", "lib")


def summary(error: BaseException) -> str:
    """Return `Type: text`, or the type alone."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def trace(error: BaseException) -> list[str]:
    """Return the frames of an exception and of those that caused it.

    Returns:
        The outermost frame first, each `file:line function`; a cause begins with `caused by Type: text`. Of a long
        stack the middle is left out.
    """
    lines = _frames(error)
    cause, seen = _cause(error), {id(error)}
    while cause is not None and id(cause) not in seen and len(seen) < _MAX_CHAIN:
        seen.add(id(cause))
        lines.append(f"caused by {summary(cause)}")
        lines.extend(_frames(cause))
        cause = _cause(cause)
    return lines


def _frames(error: BaseException) -> list[str]:
    frames = [
        f"{_short(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    if len(frames) > MAX_FRAMES:
        left_out = len(frames) - MAX_FRAMES
        frames[MAX_FRAMES // 2 : -MAX_FRAMES // 2] = [f"… {left_out} frames …"]
    members = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return frames + [line for member in members for line in (f"with {summary(member)}", *_frames(member))]


def _cause(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _short(filename: str) -> str:
    parts = PurePath(filename).parts
    for root in _ROOTS:
        if root in parts:
            return "/".join(parts[len(parts) - parts[::-1].index(root) :])
    return "/".join(parts[-2:])
