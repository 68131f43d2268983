"""Which versions may go: AWS keeps fifty, and every update makes one. Pure.

Only what this object made is ever deleted; never the latest, and never one with a live run.
"""

from __future__ import annotations

from mwaa_operator.api.plan import Plan
from mwaa_operator.workflow.actions import DeleteStored, DeleteVersion
from mwaa_operator.workflow.plan.ownership import first_version
from mwaa_operator.workflow.plan.rolefacts import stored_prefix
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.statuses import Verdict, conclude
from mwaa_operator.workflow.plan.wish import DEFINITION, File
from mwaa_operator.workflow.reasons import Reason
from mwaa_operator.workflow.status import MAX_VERSIONS

FULL = 45
"""Versions from which on room is made before the next update: some are left for what happens at the same time."""
AT_ONCE = 5
"""Versions that one pass deletes."""


def own(s: Situation, *, landed: bool) -> list[str]:
    """Return status.ownVersions: those before that are still there, what our last call made, and what a create did
    whose answer was lost.

    Args:
        s: The situation.
        landed: Whether the version that is live is the answer to that call.
    """
    made = [s.status.answered_version] if s.status.answered_version is not None else []
    made += [s.there.version] if landed else []
    there = None if s.observed.versions is None else {item.version for item in s.observed.versions}
    names = dict.fromkeys([*first_version(s), *s.status.own_versions, *made])
    return [name for name in names if there is None or name in there or name in made][-MAX_VERSIONS:]


def due(s: Situation) -> bool:
    """Whether the versions must be looked at: another one than before is live, or old ones are to go."""
    operation, limit = s.status.operation, s.spec.version_history_limit
    asked = operation is not None and operation.type != "StartRun"
    another = s.status.versions_used is None or s.status.version != s.there.version
    return asked or another or len(s.status.own_versions) > limit


def looks(s: Situation) -> set[str]:
    """Return the observations without which no version is deleted."""
    missing = {"versions"} if s.observed.versions is None else set()
    return missing | ({"runs"} if s.observed.runs is None else set())


def surplus(s: Situation, owned: list[str]) -> tuple[DeleteVersion, ...]:
    """Return deletions that bring our own versions down to versionHistoryLimit, oldest first; some at a time."""
    beyond = _beyond(s, owned)
    return tuple(DeleteVersion(s.there.arn, name) for name in _deletable(s, owned)[: min(beyond, AT_ONCE)])


def unused(s: Situation, definition: File | None) -> tuple[DeleteStored, ...]:
    """Return the deletion of our uploads of definitions that no version names; AWS has copies of those that it has.

    Not of code: AWS does not tell which code an older version was made with.
    """
    store, versions = s.observed.admission.store, s.observed.versions
    if store is None or versions is None or s.spec.suspend or s.spec.management_policy != "Manage":
        return ()
    named = {str(item.definition.get("ObjectKey", "")) for item in versions}
    named |= set() if definition is None else {definition.key}
    kept = tuple(sorted(key for key in named if key.startswith(stored_prefix(s))))
    return (DeleteStored(store.bucket, stored_prefix(s), kept, only=DEFINITION),) if kept else ()


def wanting(s: Situation, owned: list[str]) -> set[str]:
    """Return what must be looked at before old versions can go; nothing where none are to go."""
    return looks(s) if _beyond(s, owned) else set()


def make_room(s: Situation, owned: list[str]) -> Plan | None:
    """Before an update: with the quota nearly used up, delete the oldest of ours, or say that none may go."""
    if s.observed.versions is None:
        return Plan(needs=frozenset({"versions"}))
    number = len(s.observed.versions)
    if number < FULL:
        return None
    if needs := looks(s):
        return Plan(needs=frozenset(needs))
    found = _deletable(s, owned)
    if found:
        text = f"{number} versions are kept of {MAX_VERSIONS}: the oldest of ours goes before the next is made."
        verdict = Verdict("False", Reason.UPDATING, text, reconciling=True)
        return conclude(s, verdict, requeue=s.timings.poll_min / 5, actions=(DeleteVersion(s.there.arn, found[0]),))
    if number < MAX_VERSIONS:
        return None
    text = (
        f"AWS keeps {number} of {MAX_VERSIONS} versions, and none of them may be deleted: they are others' or run. "
        "Delete versions that others made, or wait until their runs end."
    )
    verdict = Verdict("False", Reason.VERSIONS_EXHAUSTED, text, stalled=True)
    return conclude(s, verdict, requeue=s.timings.stalled)


def _beyond(s: Situation, owned: list[str]) -> int:
    if s.spec.management_policy != "Manage" or s.spec.suspend:
        return 0
    return max(len(owned) - s.spec.version_history_limit, 0)


def _deletable(s: Situation, owned: list[str]) -> list[str]:
    """Return our versions that may go, oldest first; none while it is not known which of them run."""
    if s.observed.versions is None or s.observed.runs is None:
        return []
    latest = {item.version for item in s.observed.versions if item.latest} | {s.there.version}
    there = {item.version for item in s.observed.versions}
    running = {run.version for run in s.observed.runs if not run.ended}
    if "" in running:
        # AWS does not say of which version a live run is: it may be any.
        return []
    return [name for name in owned if name in there - latest - running]
