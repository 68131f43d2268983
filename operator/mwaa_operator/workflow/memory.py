"""Remembers what was last seen of workflows at rest, so that one list of an account replaces a look at each of them.

Kept in this process only: after a restart everything is looked at once. What serves, and what for, is decided by
`plan/resting.py`; nothing is ever sent to AWS on the word of what is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.timing import Timings
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.workflow.api import KIND, ServerlessWorkflow
from mwaa_operator.workflow.live import Live, Summary
from mwaa_operator.workflow.plan.resting import Remembered, rested, unchanged, young
from mwaa_operator.workflow.plan.situation import Observed
from mwaa_operator.workflow.sweep import Sweep

TOO_BUSY = (FailureKind.THROTTLED, FailureKind.UNAVAILABLE)
"""Failures of a list that a look at each workflow would only make worse."""
UNREAD = "WorkflowDefinition"
"""The largest member of a look, which nobody reads: up to 50 KB for each workflow."""


@dataclass(frozen=True)
class _Entry:
    uid: str
    access: Access
    seen: Remembered


class Memory:
    """Earlier looks by object; safe for many threads, as no two of them have the same object.

    Args:
        sweep: Lists what an account has; its lists may be older than those for finding a workflow by its name.
        timings: Durations, scaled.
        now: UTC.
    """

    def __init__(self, *, sweep: Sweep, timings: Timings, now: Callable[[], datetime]) -> None:
        self._sweep, self._timings, self._now = sweep, timings, now
        self._entries: dict[ObjectKey, _Entry] = {}

    def recall(self, resource: ServerlessWorkflow, access: Access) -> Remembered | None:
        """Return the earlier look that serves this pass; None, and it is forgotten: look at the workflow itself.

        Raises:
            AwsError: The list failed in a way in which a look at the workflow would fail too.
        """
        key = key_of(resource)
        entry = self._entries.get(key)
        if entry is not None and self._fits(entry, resource, access):
            listed = self._listed(resource, access)
            if unchanged(entry.seen, listed):
                self._entries[key] = entry = replace(entry, seen=replace(entry.seen, listed=listed))
                return entry.seen
        self.forget(key)
        return None

    def keep(self, resource: ServerlessWorkflow, access: Access, observed: Observed) -> None:
        """Remember what a pass has seen that sent nothing; runs that it listed anew replace those from before."""
        key, now = key_of(resource), self._now()
        if observed.live is None or observed.failure is not None:
            return
        before = self._entries.get(key)
        seen = Remembered(_slim(observed.live), now) if before is None or observed.seen_at is None else before.seen
        seen = replace(seen, runs=observed.runs, runs_at=observed.runs_at or now)
        self._entries[key] = _Entry(resource.metadata.uid, access, seen)

    def forget(self, key: ObjectKey) -> None:
        """Forget an object: it is gone, or there is word that its workflow has changed."""
        self._entries.pop(key, None)

    def _fits(self, entry: _Entry, resource: ServerlessWorkflow, access: Access) -> bool:
        known = (entry.uid, entry.access, entry.seen.live.arn)
        same = known == (resource.metadata.uid, access, resource.status.workflow_arn)
        return same and rested(resource) and young(entry.seen, now=self._now(), timings=self._timings)

    def _listed(self, resource: ServerlessWorkflow, access: Access) -> Summary | None:
        try:
            return self._sweep.find(access, resource.aws_name)
        except AwsError as error:
            if error.failure.kind in TOO_BUSY:
                raise
            return None


def key_of(resource: ServerlessWorkflow) -> ObjectKey:
    """Return the key of an object."""
    return ObjectKey(KIND.kind, resource.metadata.namespace, resource.metadata.name)


def _slim(live: Live) -> Live:
    return replace(live, members={name: value for name, value in live.members.items() if name != UNREAD})
