"""Spec beside AWS: every difference, what may be sent of it, and what became of the update that was sent last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mwaa_operator.api.meta import APPROVE_CHANGES
from mwaa_operator.environment.plan.differences import Difference, applied, differences, is_immutable, is_tag
from mwaa_operator.environment.plan.fields import FORCED, OPTIONS, ROLLING, digest
from mwaa_operator.environment.plan.situation import Situation, print_time
from mwaa_operator.environment.plan.wish import Wish, make_wish
from mwaa_operator.environment.status import LastFailure, Operation, PendingChange, SecretHashes

GRACEFUL_REFUSED = "GracefulRefused"
RETENTION = "logRetentionDays"


@dataclass(frozen=True)
class Comparison:
    """Spec beside AWS.

    Attributes:
        s: The situation.
        wish: What spec asks for.
        found: Every difference.
        operation: The update that is still in flight, if any.
        failure: The last failure, including one that just became known.
    """

    s: Situation
    wish: Wish
    found: tuple[Difference, ...]
    operation: Operation | None
    failure: LastFailure | None

    @property
    def sendable(self) -> tuple[Difference, ...]:
        """What the policies let us send at all: edits, and drift where it is corrected."""
        correct = self.s.spec.drift_policy == "Correct"
        return tuple(item for item in self.found if not is_immutable(item) and (correct or not item.drift))

    @property
    def forced(self) -> bool:
        """Whether AWS refused to replace the workers gracefully for this wish."""
        failure = self.failure
        return failure is not None and failure.code == GRACEFUL_REFUSED and failure.hash == self.wish.hash

    @property
    def pending(self) -> tuple[PendingChange, ...]:
        """The entries of status.pendingChanges."""
        entries = [item.pending() for item in self.found]
        if not self.forced:
            return tuple(entries)
        return tuple(item.model_copy(update={"effect": FORCED}) if item.effect == ROLLING else item for item in entries)

    @property
    def pending_hash(self) -> str:
        """What the approval annotation must carry."""
        return digest([self.wish.hash, [[item.field, item.from_, item.to, item.effect] for item in self.pending]])

    @property
    def approved(self) -> bool:
        """Whether exactly these changes were approved."""
        return self.s.resource.metadata.annotations.get(APPROVE_CHANGES) == self.pending_hash

    def memory(self) -> dict[str, Any]:
        """Return what every status after a comparison carries."""
        s, held = self.s, bool(self.found)
        same = s.status.pending_changes_hash == self.pending_hash
        first_adoption = s.status.adopted and not s.status.applied_fields and held
        options_differ = any(item.field == OPTIONS for item in self.found)
        hashes = SecretHashes(key_id=s.observed.key_id, hashes=dict(self.wish.secret_digests))
        return {
            "operation": self.operation,
            "last_failure": self.failure,
            "applied_fields": {} if first_adoption else applied(s, self.wish, self.found) | retention_mark(s),
            "secret_hashes": s.status.secret_hashes if options_differ else hashes if self.wish.secret_digests else None,
            "artifacts": self.wish.artifacts,
            "pending_changes": list(self.pending),
            "pending_changes_hash": self.pending_hash if held else None,
            "pending_since": (s.status.pending_since if same else print_time(s.now)) if held else None,
        }


def compare(s: Situation) -> Comparison:
    """Put spec beside AWS, and conclude what became of an update that we sent."""
    wish = make_wish(s)
    found = differences(s, wish)
    operation, failure = _outcome(s, found)
    return Comparison(s=s, wish=wish, found=found, operation=operation, failure=failure)


def _outcome(s: Situation, found: tuple[Difference, ...]) -> tuple[Operation | None, LastFailure | None]:
    """Say whether our update is still in flight, and which failure is the last one known."""
    operation, failure = s.status.operation, s.status.last_failure
    created = last_update_time(s)
    unrecorded = s.there.update_failed and (failure is None or failure.last_update_created_at != created)
    if operation is None or operation.type != "Update":
        return None, (failure_of(s, hash_="") if unrecorded and not found else failure)
    answered = created != operation.last_update_created_at
    if answered and s.there.last_update.get("Status") != "PENDING":
        return None, (failure_of(s, hash_=operation.hash) if s.there.update_failed else None)
    open_changes = [item for item in found if not is_tag(item)]
    if not open_changes or s.since(operation.started_at) >= s.timings.update_settle:
        return None, failure
    return operation, failure


def failure_of(s: Situation, *, hash_: str) -> LastFailure:
    """Return the record of the failure that AWS shows now, for the wish of that hash."""
    error = s.there.last_update.get("Error") or {}
    return LastFailure(
        operation="Update",
        hash=hash_,
        code=error.get("ErrorCode"),
        message=error.get("ErrorMessage"),
        last_update_created_at=last_update_time(s),
    )


def last_update_time(s: Situation) -> str | None:
    """Return AWS's lastUpdate.createdAt as status keeps it."""
    moment = s.there.last_update.get("CreatedAt")
    return None if moment is None else print_time(moment)


def retention_mark(s: Situation) -> dict[str, str]:
    """Return the entry of appliedFields that says for which log groups the retention was set."""
    if s.spec.log_retention_days is None or s.live is None:
        return {}
    logging = s.there.members.get("LoggingConfiguration") or {}
    enabled = sorted(name for name, module in logging.items() if module.get("Enabled"))
    return {RETENTION: digest([s.spec.log_retention_days, enabled])}
