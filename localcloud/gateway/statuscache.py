"""The cache of status answers that every process of BPG has for itself: errors are kept in it like answers.

Source: apple/batch-processing-gateway, ApplicationSubmissionRest, GetSubmissionStatusResponseCacheValue.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.gateway.errors import BpgError

Status = Mapping[str, Any]
DEFAULT_MILLIS = 990
SWEPT_AT = 10_000
"""So many entries make it look for old ones."""


class StatusCache:
    """Answers by submission, for a while.

    Args:
        millis: How long; None for BPG's default.
        clock: Monotonic seconds.
    """

    def __init__(self, millis: int | None, clock: Callable[[], float]) -> None:
        self._seconds = (DEFAULT_MILLIS if millis is None else millis) / 1000
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Status | BpgError]] = {}

    def get(self, submission: str, load: Callable[[], Status]) -> Status:
        """Return an answer, loaded if it is not there.

        Raises:
            BpgError: Loading ended so, now or not long ago.
        """
        with self._lock:
            until, found = self._kept.get(submission, (0.0, None))
        if found is None or self._clock() >= until:
            found = _outcome(load)
            self._keep(submission, found)
        if isinstance(found, BpgError):
            raise found
        return found

    def _keep(self, submission: str, found: Status | BpgError) -> None:
        now = self._clock()
        with self._lock:
            self._kept[submission] = (now + self._seconds, found)
            if len(self._kept) > SWEPT_AT:
                self._kept = {key: entry for key, entry in self._kept.items() if entry[0] > now}


def _outcome(load: Callable[[], Status]) -> Status | BpgError:
    try:
        return load()
    except BpgError as error:
        return error
