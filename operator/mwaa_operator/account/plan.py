"""Decides what to say about an AwsAccount, and when its finalizer comes and goes. Pure.

An account is Ready while AWS confirms that our credentials belong to it. It grants nothing by being Ready: admission
reads its spec alone. The first rule that has something to say wins.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mwaa_operator.account.api import AwsAccount, AwsAccountStatus
from mwaa_operator.account.reasons import DetailReason, Reason
from mwaa_operator.api.conditions import READY, RECONCILING, STALLED, Condition, condition, find, transition
from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.meta import FINALIZER, RECONCILE_REQUESTED_AT, ObjectKey
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.api.timing import Timings

NAMED = 10
"""How many of the objects that use an account are named."""

_FAILED_BY = {
    FailureKind.ACCESS_DENIED: Reason.ACCESS_DENIED,
    FailureKind.CREDENTIALS: Reason.CREDENTIALS_FAILED,
    FailureKind.THROTTLED: Reason.AWS_UNAVAILABLE,
    FailureKind.UNAVAILABLE: Reason.AWS_UNAVAILABLE,
}
_PASSING = (FailureKind.THROTTLED, FailureKind.UNAVAILABLE)


@dataclass(frozen=True)
class AddFinalizer:
    """Keep the object until nobody refers to it."""


@dataclass(frozen=True)
class RemoveFinalizer:
    """Let the object go: nobody refers to it."""


Action = AddFinalizer | RemoveFinalizer


@dataclass(frozen=True)
class Observed:
    """What one pass saw.

    Attributes:
        references: Objects that refer to the account, sorted.
        caller_arn: Whom AWS takes us for, confirmed to belong to the account; None if that was not seen.
        failure: Why it was not.
        failing_since: Since when it has failed in a row.
    """

    references: tuple[ObjectKey, ...] = ()
    caller_arn: str | None = None
    failure: Failure | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True)
class _Verdict:
    ready: bool
    reason: Reason
    message: str
    reconciling: Reason | DetailReason | None = None
    stalled: Reason | DetailReason | None = None
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Case:
    resource: AwsAccount
    observed: Observed
    now: datetime
    timings: Timings


def plan_account(resource: AwsAccount, observed: Observed, now: datetime, timings: Timings) -> Plan:
    """Decide what one pass leaves behind.

    Args:
        resource: The account and its stored status.
        observed: What was seen.
        now: UTC.
        timings: Durations, scaled.
    """
    case = _Case(resource, observed, now, timings)
    for rule in (_deleting, _mismatched, _unconfirmed, _confirmed):
        if (plan := rule(case)) is not None:
            return plan
    raise AssertionError("_confirmed always answers")


def _deleting(case: _Case) -> Plan | None:
    """An account goes when nobody refers to it; until then it says who does."""
    meta, used_by = case.resource.metadata, case.observed.references
    if meta.deletion_timestamp is None:
        return None
    if not used_by:
        return Plan(actions=(RemoveFinalizer(),) if FINALIZER in meta.finalizers else ())
    text = f"Still used by {_named(used_by)}: delete these first, or let them name another account."
    blocked = case.now - meta.deletion_timestamp >= timedelta(seconds=case.timings.deletion_blocked)
    verdict = _Verdict(False, Reason.IN_USE, text, reconciling=Reason.IN_USE)
    if blocked:
        verdict = _Verdict(False, Reason.IN_USE, text, stalled=DetailReason.DELETION_BLOCKED)
    return _conclude(case, verdict, requeue=case.timings.poll_min, warn=True)


def _mismatched(case: _Case) -> Plan | None:
    """AWS answered for another account, or refuses what spec says: only an edit helps."""
    failure = case.observed.failure
    if failure is None or failure.kind is not FailureKind.INVALID:
        return None
    reason = Reason.ACCOUNT_MISMATCH if failure.code == Reason.ACCOUNT_MISMATCH else Reason.INVALID_SPEC
    verdict = _Verdict(False, reason, _told(failure), stalled=reason, changes={"caller_arn": None})
    return _conclude(case, verdict, requeue=case.timings.stalled, warn=True)


def _unconfirmed(case: _Case) -> Plan | None:
    """AWS did not confirm us: at once un-Ready for a refusal, after an hour for mere silence."""
    failure = case.observed.failure
    if failure is None:
        return None
    if failure.kind in _PASSING and _bears_silence(case):
        return _conclude(case, _as_before(case), retry=True)
    reason = Reason.ACCESS_DENIED if "AccessDenied" in failure.code else _FAILED_BY.get(failure.kind, Reason.REFUSED)
    verdict = _Verdict(False, reason, _told(failure), reconciling=DetailReason.PROGRESSING_WITH_RETRY)
    if failure.kind not in _PASSING and _not_ready_for(case) >= case.timings.dependency:
        verdict = _Verdict(False, reason, _told(failure), stalled=reason)
        return _conclude(case, verdict, requeue=case.timings.stalled, warn=True)
    return _conclude(case, verdict, retry=True, warn=failure.kind not in _PASSING)


def _confirmed(case: _Case) -> Plan | None:
    """AWS confirms that our credentials belong to the account."""
    arn = _stable(case.resource.status.caller_arn, case.observed.caller_arn)
    text = f"The operator's credentials belong to account {case.resource.spec.account_id}."
    verdict = _Verdict(True, Reason.VERIFIED, text, changes={"caller_arn": arn})
    # Without a call to AWS: so that the number of references is never older than a minute.
    return _conclude(case, verdict, requeue=case.timings.maintenance)


def _conclude(
    case: _Case, verdict: _Verdict, *, requeue: float | None = None, retry: bool = False, warn: bool = False
) -> Plan:
    resource, before = case.resource, case.resource.status
    requested = resource.metadata.annotations.get(RECONCILE_REQUESTED_AT)
    conditions = transition(
        previous=before.conditions,
        desired=_conditions(verdict),
        generation=resource.metadata.generation,
        now=case.now,
    )
    changes = verdict.changes | {
        "observed_generation": resource.metadata.generation,
        "conditions": conditions,
        "references": len(case.observed.references),
        "last_handled_reconcile_at": before.last_handled_reconcile_at if requested is None else requested[:256],
    }
    status: AwsAccountStatus = before.model_copy(update=changes)
    return Plan(
        status=status.wire(),
        actions=_finalizer(case),
        requeue_after=requeue,
        retry=retry,
        notices=_notices(before, verdict, warn=warn),
    )


def _conditions(verdict: _Verdict) -> list[Condition]:
    found = [condition(READY, "True" if verdict.ready else "False", verdict.reason, verdict.message)]
    if verdict.reconciling:
        found.append(condition(RECONCILING, "True", verdict.reconciling, verdict.message))
    if verdict.stalled:
        found.append(condition(STALLED, "True", verdict.stalled, verdict.message))
    return found


def _finalizer(case: _Case) -> tuple[Action, ...]:
    """Hold the object exactly while it is used: one that nobody uses can go even when the operator is gone."""
    meta = case.resource.metadata
    held = FINALIZER in meta.finalizers
    if case.observed.references:
        return () if held or meta.deleting else (AddFinalizer(),)
    return (RemoveFinalizer(),) if held else ()


def _notices(before: AwsAccountStatus, verdict: _Verdict, *, warn: bool) -> tuple[Notice, ...]:
    ready = find(before.conditions, READY)
    if ready is not None and ready.reason == verdict.reason and (ready.status == "True") == verdict.ready:
        return ()
    if not (warn or verdict.ready):
        return ()
    return (Notice(verdict.reason, verdict.message, action="Verify", type="Warning" if warn else "Normal"),)


def _bears_silence(case: _Case) -> bool:
    """Whether the account was confirmed as it is now, and has been silent for less than an hour."""
    ready, meta = find(case.resource.status.conditions, READY), case.resource.metadata
    confirmed = ready is not None and ready.status == "True" and ready.observed_generation == meta.generation
    since = case.observed.failing_since or case.now
    return confirmed and case.now - since < timedelta(seconds=case.timings.unavailable_after)


def _as_before(case: _Case) -> _Verdict:
    ready = find(case.resource.status.conditions, READY)
    return _Verdict(True, Reason.VERIFIED, ready.message if ready else "")


def _not_ready_for(case: _Case) -> float:
    """Return for how many seconds the account has not been Ready."""
    ready = find(case.resource.status.conditions, READY)
    if ready is None or ready.status != "False":
        return 0.0
    return (case.now - datetime.fromisoformat(ready.last_transition_time)).total_seconds()


def _stable(before: str | None, now: str | None) -> str | None:
    """Return the caller's ARN: the old one where only the session's name differs, because many providers renew that."""
    if before is None or now is None or before.count("/") < 2:
        return now
    return before if before.rpartition("/")[0] == now.rpartition("/")[0] else now


def _named(keys: tuple[ObjectKey, ...]) -> str:
    shown = ", ".join(str(key) for key in keys[:NAMED])
    more = len(keys) - NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _told(failure: Failure) -> str:
    return f"{failure.operation}: {failure.code}: {failure.message}"
