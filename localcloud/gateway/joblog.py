"""The driver's log of a job, followed to its end as BPG follows a pod's.

There is no kubelet, so the lines come from `status.driverLog`, which the simulated Spark operator writes. A log that
cannot be had is BPG's sentence, whatever the reason.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator

from localcloud.gateway.clusters import App
from localcloud.gateway.errors import BpgError
from localcloud.gateway.sparkstates import TERMINAL
from localcloud.waiting import wait_until

NO_LOG = (
    "Cannot find matched log files. Please try again in 5 minutes if this is a new job which was just started within 5 "
    "minutes."
)
ID_LETTERS = 32
PATIENCE_SECONDS = 12 * 3600.0
PAUSE_SECONDS = 0.2


def check_ids(submission: str, application: str) -> None:
    """Check what a request for a log names.

    Raises:
        BpgError: Nothing, or something too short to be an id, or what only a database could find.
    """
    if not submission and not application:
        raise BpgError(400, "Error: Please provide either a submissionId or an appId.")
    if any(name and len(name) < ID_LETTERS for name in (submission, application)):
        words = (
            f"Invalid submissionId {submission} or appId {application} : Should be at least {ID_LETTERS} characters."
        )
        raise BpgError(400, words)
    if not submission:
        raise BpgError(400, f"Could not find submissionId from the appId {application}.")


def has_driver(app: App) -> bool:
    """Whether a job has a driver whose log can be asked for."""
    return bool(((app.get("status") or {}).get("driverInfo") or {}).get("podName"))


def follow(read: Callable[[], App | None], closing: threading.Event) -> Iterator[bytes]:
    """Yield a log from its beginning until the job ends, goes away, or the gateway stops.

    Args:
        read: Returns the application as it is now.
        closing: Set when the gateway stops.
    """
    sent = 0
    while True:
        look = functools.partial(_news, read, closing, sent)
        news = wait_until(look, within=PATIENCE_SECONDS, what="a line of the log", pause=PAUSE_SECONDS)
        lines, ended = news or ([], True)
        sent += len(lines)
        if lines:
            yield "".join(f"{line}\n" for line in lines).encode()
        if ended:
            yield b"\n"
            return


def _news(read: Callable[[], App | None], closing: threading.Event, sent: int) -> tuple[list[str], bool] | None:
    try:
        app = None if closing.is_set() else read()
    except BpgError:
        app = None
    if app is None:
        return [], True
    status = app.get("status") or {}
    lines = [str(line) for line in status.get("driverLog") or ()][sent:]
    ended = (status.get("applicationState") or {}).get("state") in TERMINAL
    return (lines, ended) if lines or ended else None
