"""There is no environment (any more), or its creation failed: make it, make it again, or say why not."""

from __future__ import annotations

from collections.abc import Collection

from mwaa_operator.api.meta import RECREATE
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.environment.actions import CreateEnvironment, DeleteEnvironment
from mwaa_operator.environment.plan.checks import invalid
from mwaa_operator.environment.plan.fields import ARTIFACTS, digest
from mwaa_operator.environment.plan.situation import Situation, print_time
from mwaa_operator.environment.plan.statuses import (
    Verdict,
    conclude,
    finalizer,
    preflight_status,
    retained_conditions,
    stalled_after,
    waiting_for,
)
from mwaa_operator.environment.plan.wish import Wish, create_request, make_wish, paths
from mwaa_operator.environment.reasons import EventReason, Reason
from mwaa_operator.environment.status import LastFailure, Operation

MAX_RECREATIONS = 2


def absent(s: Situation) -> Plan | None:
    """AWS has no such environment: believe it only when it is sure, then create."""
    if s.live is not None and s.there.state != "DELETED":
        return None
    return _in_flight(s) or _vanished(s) or _held(s) or _create(s)


def create_failed(s: Situation) -> Plan:
    """CREATE_FAILED cannot be updated: deleted and made again only by policy or on request, else reported."""
    served = s.status.first_available_time is not None
    tries = s.status.recreations or 0
    by_policy = s.spec.create_failure_policy == "Recreate" and tries < MAX_RECREATIONS
    may = s.spec.management_policy == "Manage" and not s.spec.suspend and not served
    error = s.there.error or "AWS gave no error"
    if may and (by_policy or s.retry is not None):
        return _recreate(s, error=error, tries=tries + (1 if s.retry is None else 0))
    text = (
        f"Creation failed: {error}. Mend the cause, then annotate the object with mwaa-operator.io/retry-requested-at; "
        "the failed environment is then deleted and made again. "
        "AWS's runbook AWSSupport-TroubleshootMWAAEnvironmentCreation helps to find it."
    )
    failure = LastFailure(operation="Create", hash="", code="CREATE_FAILED", message=error)
    verdict = Verdict("False", Reason.CREATE_FAILED, text, stalled=True)
    return conclude(s, verdict, requeue=s.timings.stalled, operation=None, last_failure=failure)


def _recreate(s: Situation, *, error: str, tries: int) -> Plan:
    text = f"Creation failed ({error}); the environment is deleted and will be made again."
    verdict = Verdict("False", Reason.RECREATING, text, reconciling=True)
    operation = Operation(type="Delete", hash="recreate", started_at=print_time(s.now))
    notice = Notice(reason=EventReason.RECREATING, note=text, action="DeleteEnvironment", type="Warning")
    return conclude(
        s,
        verdict,
        requeue=s.timings.poll_min,
        actions=(DeleteEnvironment(name=s.name, recreate=True),),
        notices=(notice,),
        operation=operation,
        recreations=tries,
        state="DELETING",
    )


def _in_flight(s: Situation) -> Plan | None:
    """A create was accepted a moment ago and does not show yet."""
    operation = s.status.operation
    if s.live is not None or operation is None or operation.type != "Create":
        return None
    waited = s.since(operation.started_at)
    if waited >= s.timings.create_settle:
        return None
    verdict = Verdict("False", Reason.CREATING, "AWS accepted the create; it does not show yet.", reconciling=True)
    return conclude(s, verdict, requeue=s.timings.poll(waited))


def _vanished(s: Situation) -> Plan | None:
    """It was seen before: one "not found" is doubtful; what has served is never made again by itself."""
    if s.status.state is None or s.status.state in ("DELETING", "DELETED"):
        if s.status.first_available_time is None:
            return None
    elif s.live is None and s.since(s.status.absent_since) < s.timings.absence_confirm:
        since = s.status.absent_since or print_time(s.now)
        return retained_conditions(s, requeue=s.timings.absence_confirm, absent_since=since)
    if s.status.first_available_time is None:
        return None
    if s.resource.metadata.annotations.get(RECREATE) == s.status.arn and not s.spec.suspend:
        return None
    text = (
        f"{s.status.arn} was deleted outside of the operator. For a new, empty environment annotate the object with "
        f"{RECREATE}: {s.status.arn}"
    )
    verdict = Verdict("False", Reason.EXTERNALLY_DELETED, text, stalled=True)
    return conclude(
        s, verdict, requeue=s.timings.stalled, state="DELETED", operation=None, absent_since=s.status.absent_since
    )


def _held(s: Situation) -> Plan | None:
    if s.spec.suspend:
        text = "spec.suspend is true: the environment is not created."
        return conclude(s, Verdict("False", Reason.SUSPENDED, text), requeue=s.timings.settled)
    if s.spec.adoption_policy == "AdoptExisting":
        text = f"adoptionPolicy is AdoptExisting, but there is no environment {s.name} in AWS to adopt."
        verdict = stalled_after(s, Verdict("False", Reason.ENVIRONMENT_NOT_FOUND, text), seconds=s.timings.dependency)
        return conclude(s, verdict, requeue=_slow(s, verdict), waiting=waiting_for(s, verdict.reason))
    older = [rival for rival in s.observed.rivals if _is_older(s, rival.created, str(rival.key))]
    if older:
        text = f"{older[0].key} is older and names the same environment {s.name}. Choose another spec.name."
        return conclude(s, Verdict("False", Reason.NAME_CONFLICT, text, stalled=True), requeue=s.timings.stalled)
    return None


def _is_older(s: Situation, created: object, key: str) -> bool:
    meta = s.resource.metadata
    own = (meta.creation_timestamp, f"MwaaEnvironment/{meta.namespace}/{meta.name}")
    return (created, key) < own


def _create(s: Situation) -> Plan:
    needs = missing_looks(s)
    if s.observed.preflight is None and s.spec.preflight.mode != "Off":
        needs |= {"preflight"}
    if needs:
        return Plan(needs=frozenset(needs))
    wish = make_wish(s)
    return invalid(s, wish) or unresolved(s) or _unfit(s, wish) or _send(s, wish)


def missing_looks(s: Situation) -> set[str]:
    """Return the observations that a request cannot be made without."""
    needs = set()
    if s.observed.artifacts is None and paths(s.spec):
        needs.add("artifacts")
    if s.observed.options is None and s.spec.airflow_configuration_options_from:
        needs.add("options")
    return needs


def unresolved(s: Situation, *, artifacts: Collection[str] = tuple(ARTIFACTS)) -> Plan | None:
    """A Secret that spec names does not exist (yet), or a file in S3.

    Args:
        s: The situation.
        artifacts: The files that the request would name; a pinned one that is gone harms nobody until it changes.
    """
    problems = [look.problem for look in s.observed.options or () if look.problem]
    bucket = (s.spec.source_bucket_arn or "").rpartition(":")[2]
    for name, (path, fixed) in paths(s.spec).items():
        if name not in artifacts:
            continue
        look = (s.observed.artifacts or {}).get(name)
        if look is not None and look.version_id is None and not look.unknown:
            version = f" version {fixed}" if fixed else ""
            problems.append(f"{name}: s3://{bucket}/{path}{version} does not exist. Upload it, or correct the path.")
    if not problems:
        return None
    verdict = Verdict("False", Reason.DEPENDENCY_NOT_READY, " ".join(problems))
    verdict = stalled_after(s, verdict, seconds=s.timings.dependency)
    return conclude(s, verdict, requeue=_slow(s, verdict), waiting=waiting_for(s, verdict.reason))


def _unfit(s: Situation, wish: Wish) -> Plan | None:
    """Preflight found what would fail half an hour later."""
    if s.spec.preflight.mode != "Enforce":
        return None
    failures = [item for item in s.observed.preflight or () if item.blocks and item.name not in s.spec.preflight.skip]
    if not failures:
        return None
    text = " ".join(f"{item.name}: {item.message}" for item in failures)
    verdict = stalled_after(s, Verdict("False", Reason.PREFLIGHT_FAILED, text), seconds=s.timings.dependency)
    return conclude(
        s,
        verdict,
        requeue=_slow(s, verdict),
        waiting=waiting_for(s, verdict.reason),
        preflight=preflight_status(s, wish.hash),
        artifacts=wish.artifacts,
    )


def _send(s: Situation, wish: Wish) -> Plan:
    request = create_request(s, wish)
    operation = Operation(type="Create", hash=wish.hash, started_at=print_time(s.now))
    verdict = Verdict(
        "False", Reason.CREATING, "AWS accepted the create; it takes about half an hour.", reconciling=True
    )
    notice = Notice(
        reason=EventReason.CREATING, note=f"Asked AWS for environment {s.name}.", action="CreateEnvironment"
    )
    return conclude(
        s,
        verdict,
        requeue=s.timings.poll_min,
        actions=(*finalizer(s), CreateEnvironment(request=request, secrets=wish.secrets)),
        notices=(notice,),
        operation=operation,
        state="CREATING",
        artifacts=wish.artifacts,
        preflight=preflight_status(s, digest(wish.hash)),
        first_available_time=None,
        created_at=None,
        last_failure=None,
    )


def _slow(s: Situation, verdict: Verdict) -> float | None:
    return s.timings.stalled if verdict.stalled else None
