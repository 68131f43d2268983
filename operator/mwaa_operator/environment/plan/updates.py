"""An environment that serves: compare it with spec, and send what differs, once, when it may be sent.

Rules for the comparison, in order: an update of ours is in flight; it failed; only a new environment could do it; spec
cannot work; it is held back; it is sent; nothing differs.
"""

from __future__ import annotations

from mwaa_operator.api.meta import APPROVE_CHANGES, RETRY_REQUESTED_AT
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.environment.actions import Action, SetLogRetention, TagResource, UntagResource, UpdateEnvironment
from mwaa_operator.environment.plan import window
from mwaa_operator.environment.plan.checks import invalid
from mwaa_operator.environment.plan.comparison import (
    RETENTION,
    Comparison,
    compare,
    failure_of,
    last_update_time,
    retention_mark,
)
from mwaa_operator.environment.plan.creation import missing_looks, unresolved
from mwaa_operator.environment.plan.differences import (
    Difference,
    is_immutable,
    is_tag,
    tag_changes,
    update_request,
)
from mwaa_operator.environment.plan.fields import IN_PLACE
from mwaa_operator.environment.plan.situation import Situation, debounce, parse_time, print_time
from mwaa_operator.environment.plan.statuses import Verdict, close, conclude, finalizer
from mwaa_operator.environment.reasons import EventReason, Reason
from mwaa_operator.environment.status import Operation


def converge(s: Situation) -> Plan:
    """Bring an environment that serves to what spec says."""
    if needs := missing_looks(s):
        return Plan(needs=frozenset(needs))
    c = compare(s)
    return (
        _in_flight(c)
        or _update_failed(c)
        or _replacement(c)
        or (invalid(s, c.wish) if c.found else None)
        or unresolved(s, artifacts={item.field for item in c.found})
        or _held(c)
        or _send(c)
        or _settled(c)
    )


def in_maintenance(s: Situation) -> Plan:
    """Nothing is sent during AWS's maintenance; differences are shown."""
    if needs := missing_looks(s):
        return Plan(needs=frozenset(needs))
    c = compare(s)
    text = "AWS does its weekly maintenance; Airflow serves." + (" Changes are sent afterwards." if c.sendable else "")
    verdict = Verdict("True", Reason.MAINTENANCE, text, synced="False" if c.found else "True")
    return conclude(s, verdict, requeue=s.timings.maintenance, **c.memory())


def observed_only(s: Situation) -> Plan:
    """managementPolicy Observe: differences are listed, never sent."""
    if needs := missing_looks(s):
        return Plan(needs=frozenset(needs))
    c = compare(s)
    if c.found:
        text = f"AWS differs from spec in {_names(c.found)}; managementPolicy is Observe, so nothing is sent."
        verdict = Verdict("True", Reason.OBSERVE, text, synced="False")
    else:
        verdict = Verdict("True", Reason.SUCCEEDED, "The environment serves and is as spec says.", synced="True")
    memory = c.memory() | {"applied_fields": {}, "pending_since": None}
    return conclude(s, verdict, requeue=s.timings.settled, **memory)


def _in_flight(c: Comparison) -> Plan | None:
    """AWS accepted the update a moment ago and does not show it yet."""
    if c.operation is None:
        return None
    verdict = Verdict("False", Reason.UPDATING, "The update was sent; AWS does not show it yet.", reconciling=True)
    return conclude(c.s, verdict, requeue=c.s.timings.poll(c.s.since(c.operation.started_at)), **c.memory())


def _update_failed(c: Comparison) -> Plan | None:
    """A failed update stays visible and is never sent again for the same wish, but once on request."""
    s = c.s
    changes = [item for item in c.sendable if not is_tag(item)]
    if not changes or s.retry is not None or c.forced:
        return None
    failure, created = c.failure, last_update_time(s)
    known = failure is not None and failure.operation == "Update"
    if known and failure is not None and failure.hash == c.wish.hash:
        told = failure
    elif s.there.update_failed and not (known and failure is not None and failure.last_update_created_at == created):
        told = failure_of(s, hash_=c.wish.hash)
    else:
        return None
    cause = (
        ": ".join(part for part in (told.code, told.message) if part) or s.there.error or "AWS gave no error"
    ).rstrip(".")
    text = f"The update failed: {cause}. Change spec, or annotate with {RETRY_REQUESTED_AT} to send it once more."
    verdict = Verdict("False", Reason.UPDATE_FAILED, text, stalled=True)
    new = s.status.last_failure is None or s.status.last_failure.hash != told.hash
    notices = (
        (Notice(reason=EventReason.UPDATE_FAILED, note=text, action="UpdateEnvironment", type="Warning"),)
        if new
        else ()
    )
    memory = c.memory() | {"last_failure": told}
    return conclude(s, verdict, requeue=s.timings.stalled, notices=notices, **memory)


def _replacement(c: Comparison) -> Plan | None:
    """Some differences only a new environment could carry; we never make one by ourselves."""
    fixed = tuple(item for item in c.found if is_immutable(item))
    if not fixed:
        return None
    text = f"AWS cannot change {_names(fixed)} of an environment. Correct spec, or make a new object with another name."
    verdict = Verdict("False", Reason.REPLACEMENT_REQUIRED, text, stalled=True)
    return conclude(c.s, verdict, requeue=c.s.timings.stalled, **c.memory())


def _held(c: Comparison) -> Plan | None:
    """Changes that wait on purpose: the environment serves, and says what it waits for."""
    if not c.found:
        return None
    cause = _cause(c)
    if cause is None:
        return None
    reason, text, after = cause
    verdict = Verdict("True", reason, text, synced="False")
    return conclude(c.s, verdict, requeue=min(after, c.s.timings.settled), **c.memory())


def _cause(c: Comparison) -> tuple[Reason, str, float] | None:
    """Return why nothing is sent now, what to do about it, and in how many seconds to look again."""
    s, policy, names = c.s, c.s.spec.update_policy, _names(c.found)
    rest = s.timings.settled
    if s.spec.suspend:
        return Reason.SUSPENDED, f"spec.suspend is true: {names} not sent.", rest
    if not c.sendable:
        return (
            Reason.DRIFTED,
            f"AWS was changed outside of spec: {names}. Set driftPolicy: Correct, or edit spec.",
            rest,
        )
    if all(item.effect == IN_PLACE and is_tag(item) for item in c.sendable) and not s.status.adopted:
        return None
    approval = f"annotate with {APPROVE_CHANGES}: {c.pending_hash}"
    if s.status.adopted and not s.status.applied_fields and not c.approved:
        return Reason.AWAITING_APPROVAL, f"The first change of an adopted environment ({names}) waits: {approval}", rest
    if policy.when == "Approval" and not c.approved:
        return Reason.AWAITING_APPROVAL, f"Changes of {names} wait: {approval}", rest
    if c.forced and not c.approved:
        return (
            Reason.AWAITING_APPROVAL,
            f"AWS refuses to replace workers gracefully; to force it for {names}: {approval}",
            rest,
        )
    return _closed(c, names)


def _closed(c: Comparison, names: str) -> tuple[Reason, str, float] | None:
    s, policy = c.s, c.s.spec.update_policy
    if policy.when == "Window" and policy.window is not None and s.observed.zone is not None:
        wait = window.until_open(policy.window, s.observed.zone, s.now)
        if wait > 0:
            return Reason.AWAITING_WINDOW, f"Changes of {names} wait for the window {policy.window.schedule}.", wait
    start = s.there.members.get("WeeklyMaintenanceWindowStart")
    wait_aws = window.until_maintenance(start, s.now)
    if wait_aws is not None and 0 < wait_aws <= s.timings.window_guard and policy.worker_replacement == "Graceful":
        return (
            Reason.AWAITING_MAINTENANCE,
            f"Changes of {names} wait until AWS's maintenance at {start} UTC is over.",
            wait_aws + 1,
        )
    return None


def _send(c: Comparison) -> Plan | None:
    """One UpdateEnvironment with every change that may go, under an intent; tags go beside it."""
    s = c.s
    if not c.sendable:
        return None
    request = update_request(s, c.wish, c.sendable)
    actions: tuple[Action, ...] = (*finalizer(s), *_tag_actions(c))
    if not request:
        verdict = Verdict("False", Reason.UPDATING, f"Tags are set: {_names(c.sendable)}.", reconciling=True)
        return conclude(s, verdict, requeue=s.timings.poll_min, actions=actions, **c.memory())
    request["WorkerReplacementStrategy"] = _strategy(c)
    operation = Operation(
        type="Update", hash=c.wish.hash, started_at=print_time(s.now), last_update_created_at=last_update_time(s)
    )
    names = _names(c.sendable)
    memory = c.memory() | {"operation": operation, "pending_since": c.memory()["pending_since"]}
    planned = Verdict("Unknown", Reason.PROGRESSING, f"About to send {names}.", reconciling=True, synced="Unknown")
    verdict = Verdict("False", Reason.UPDATING, f"AWS accepted the update of {names}.", reconciling=True)
    secrets = c.wish.secrets if "AirflowConfigurationOptions" in request else {}
    return conclude(
        s,
        verdict,
        requeue=s.timings.poll_min,
        actions=(*actions, UpdateEnvironment(name=s.name, changes=request, secrets=secrets)),
        notices=(
            Notice(reason=EventReason.UPDATING, note=f"Asked AWS to change {names}.", action="UpdateEnvironment"),
        ),
        intent=close(s, planned, **memory),
        **memory,
    )


def _settled(c: Comparison) -> Plan:
    """Nothing differs (or only what is reported): the environment is what spec says."""
    s = c.s
    verdict = Verdict("True", Reason.SUCCEEDED, "The environment serves and is as spec says.", synced="True")
    mark = retention_mark(s)
    retention: tuple[Action, ...] = ()
    if s.spec.log_retention_days is not None and s.status.applied_fields.get(RETENTION) != mark[RETENTION]:
        retention = (SetLogRetention(name=s.name, days=s.spec.log_retention_days),)
    was_ready = any(item.type == "Ready" and item.status == "True" for item in s.status.conditions)
    notices = (
        ()
        if was_ready
        else (Notice(reason=EventReason.READY, note=f"Environment {s.name} serves and is as spec says."),)
    )
    return conclude(
        s,
        verdict,
        requeue=_next_look(c),
        actions=(*finalizer(s), *retention),
        notices=notices,
        log_retention_days=s.spec.log_retention_days,
        **c.memory(),
    )


def _next_look(c: Comparison) -> float:
    """Look again at rest, or when a newer artefact will have been the newest for long enough."""
    s, wait = c.s, c.s.timings.settled
    if s.spec.artifact_policy != "Follow":
        return wait
    for pin in (c.wish.artifacts.plugins, c.wish.artifacts.requirements, c.wish.artifacts.startup_script):
        if pin is not None and pin.latest_version_id not in (None, pin.version_id) and pin.latest_seen_time:
            age = (s.now - parse_time(pin.latest_seen_time)).total_seconds()
            wait = min(wait, max(debounce(s) - age, s.timings.poll_min / 5))
    return wait


def _strategy(c: Comparison) -> str:
    version = str(c.s.there.members.get("AirflowVersion", ""))
    graceful = c.s.spec.update_policy.worker_replacement == "Graceful" and not c.forced
    return "GRACEFUL" if graceful and c.s.knowledge.graceful(version) else "FORCED"


def _tag_actions(c: Comparison) -> tuple[Action, ...]:
    allowed = {item.field for item in c.sendable}
    missing, gone = tag_changes(c.s)
    missing = {key: value for key, value in missing.items() if f"tags.{key}" in allowed}
    actions: list[Action] = []
    if missing:
        actions.append(TagResource(arn=c.s.there.arn, tags=missing))
    if gone:
        actions.append(UntagResource(arn=c.s.there.arn, keys=gone))
    return tuple(actions)


def _names(items: tuple[Difference, ...]) -> str:
    names = [item.field for item in items]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
