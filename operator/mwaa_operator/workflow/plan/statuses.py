"""Turns a decision into the complete status that a pass leaves behind.

One place for what every rule would otherwise repeat: AWS's answer mirrored, conditions with their times, annotations
answered. The rules say only what they decide: Ready's word, and what changes beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mwaa_operator.api import verdict
from mwaa_operator.api.conditions import Condition, condition, find, shorten, transition
from mwaa_operator.api.meta import FINALIZER, RECONCILE_REQUESTED_AT, RETRY_REQUESTED_AT
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.api.records import Waiting
from mwaa_operator.workflow.actions import AddFinalizer
from mwaa_operator.workflow.fit import fitted
from mwaa_operator.workflow.live import DISABLED, MANUAL_ONLY, SCHEDULED
from mwaa_operator.workflow.plan.ownership import first_version
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.reasons import DetailReason, Reason
from mwaa_operator.workflow.status import (
    DEFINITION_VALID,
    LAST_RUN_SUCCEEDED,
    ROLE_READY,
    Effective,
    ServerlessWorkflowStatus,
)

Verdict = verdict.Verdict[Reason]
"""What a rule decided; Ready's reason is one of the workflow's own."""

MODES = {SCHEDULED: "Scheduled", MANUAL_ONLY: "ManualOnly", DISABLED: "Disabled"}
CARRIED = (DEFINITION_VALID, ROLE_READY, LAST_RUN_SUCCEEDED)
"""Conditions that stay as they are where a pass did not look."""

FORGOTTEN: Final[Mapping[str, Any]] = {
    "adopted": None,
    "absent_since": None,
    "state": None,
    "created_at": None,
    "version": None,
    "versions_used": None,
    "own_versions": [],
    "recent_updates": [],
    "applied_fields": {},
    "log_retention_days": None,
    "operation": None,
    "answered_version": None,
    "last_failure": None,
}
"""What status said of another workflow than the one that is there, or will be, under the name."""


def conclude(
    s: Situation,
    decided: Verdict,
    *,
    requeue: float | None = None,
    actions: tuple[Any, ...] = (),
    notices: tuple[Notice, ...] = (),
    intent: ServerlessWorkflowStatus | None = None,
    details: tuple[Condition, ...] = (),
    **changes: Any,
) -> Plan:
    """Return the plan whose closing status says `decided` and carries `changes` to the mirrored status.

    Args:
        s: The situation.
        decided: Ready and what goes with it.
        requeue: As in `Plan`.
        actions: As there.
        notices: As there.
        intent: The status to store before the actions.
        details: DefinitionValid, RoleReady and LastRunSucceeded as far as this pass looked; others stay.
        changes: Members of status.
    """
    status = close(s, decided, details=details, **changes)
    return Plan(
        status=fitted(status.wire()),
        actions=actions,
        intent=None if intent is None else fitted(intent.wire()),
        requeue_after=requeue,
        retry=requeue is None and decided.retrying,
        notices=notices,
    )


def close(
    s: Situation, decided: Verdict, *, details: tuple[Condition, ...] = (), **changes: Any
) -> ServerlessWorkflowStatus:
    """Return the whole status that says `decided`: mirrored, changed, conditions set, annotations answered."""
    annotations = s.resource.metadata.annotations
    gone = s.status.absent_since if s.live is None else None
    status = mirror(s).model_copy(update={"waiting": None, "absent_since": gone} | changes)
    # A failure that still stands was not tried again, so who asks for that has no answer yet.
    tried = status.last_failure is None or "last_failure" in changes
    retried = annotations.get(RETRY_REQUESTED_AT) if tried else s.status.last_handled_retry_at
    answered = {
        "observed_generation": s.resource.metadata.generation,
        "last_handled_reconcile_at": _token(annotations.get(RECONCILE_REQUESTED_AT)),
        "last_handled_retry_at": _token(retried),
    }
    return status.model_copy(update=answered | {"conditions": _conditions(s, decided, details)})


def _conditions(s: Situation, decided: Verdict, looked: tuple[Condition, ...]) -> list[Condition]:
    """Return the conditions with their times; what this pass did not look at keeps the generation that it is of.

    While Ready is True everything is of the present generation: Flux's checker wants it so.
    """
    stored = transition(
        previous=s.status.conditions,
        desired=[*verdict.summary(decided), *_details(s, looked)],
        generation=s.resource.metadata.generation,
        now=s.now,
    )
    if decided.ready == "True":
        return stored
    seen = {item.type for item in looked}
    kept = {name: find(s.status.conditions, name) for name in CARRIED if name not in seen}
    return [kept.get(item.type) or item for item in stored]


def waiting_for(s: Situation, reason: Reason) -> Waiting:
    """Return status.waiting for `reason`, with its beginning kept if we already wait for it."""
    before = s.status.waiting
    return before if before is not None and before.reason == reason else Waiting(reason=reason, since=print_time(s))


def stalled_after(s: Situation, decided: Verdict, *, seconds: float) -> Verdict:
    """Return `decided` as retrying, or as stalled once we have waited `seconds` for its reason."""
    return decided.after(waited=s.waited(decided.reason), patience=seconds)


def finalizer(s: Situation) -> tuple[AddFinalizer, ...]:
    """Return the action that puts our finalizer on the object, if it is not there yet."""
    return () if FINALIZER in s.resource.metadata.finalizers else (AddFinalizer(),)


def print_time(s: Situation) -> str:
    """Return the situation's time with microseconds, so that short scaled durations can be measured from it."""
    return s.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def mirror(s: Situation) -> ServerlessWorkflowStatus:
    """Return the stored status with AWS's answer copied into it; without an answer of our own workflow, as it was.

    What is not ours by tag leaves no trace: a recorded ARN is what proves later that stripped tags were ours.
    """
    if not mirrored(s):
        return s.status
    live = s.there
    created = live.created_at
    other = s.status.workflow_arn not in (None, live.arn)
    return s.status.model_copy(
        update={
            **(FORGOTTEN if other else {}),
            "workflow_arn": live.arn,
            "state": live.state[:64] or None,
            "created_at": created and created.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "version": live.version or None,
            "versions_used": s.status.versions_used if s.observed.versions is None else len(s.observed.versions),
            "own_versions": list(dict.fromkeys([*first_version(s), *([] if other else s.status.own_versions)])),
            "schedule": shorten(live.schedule, 256) or None,
            "trigger_mode": MODES.get(live.trigger_mode, live.trigger_mode[:64] or None),
            "role_arn": live.role_arn or None,
            "log_group": live.log_group,
            "effective": _effective(s),
        }
    )


def mirrored(s: Situation) -> bool:
    """Whether there is a workflow whose state may be told: ours by its tag, or one that is only observed."""
    if s.live is None:
        return False
    only_observed = s.spec.management_policy == "Observe" and FINALIZER not in s.resource.metadata.finalizers
    return s.there.uid == s.resource.metadata.uid or only_observed


def overlaid(s: Situation, status: ServerlessWorkflowStatus, desired: Iterable[Condition]) -> ServerlessWorkflowStatus:
    """Return `status` with some of its conditions replaced, each with its time."""
    said = transition(
        previous=s.status.conditions, desired=desired, generation=s.resource.metadata.generation, now=s.now
    )
    new = {item.type: item for item in said}
    there = {item.type for item in status.conditions}
    conditions = [new.get(item.type, item) for item in status.conditions]
    added = [item for item in said if item.type not in there]
    return status.model_copy(update={"conditions": [*conditions, *added]})


def _details(s: Situation, looked: tuple[Condition, ...]) -> list[Condition]:
    found = {item.type: item for item in looked}
    kept = [found.get(name) or find(s.status.conditions, name) for name in CARRIED]
    return [item for item in kept if item is not None] + _first_run(s, kept[-1])


def _first_run(s: Situation, known: Condition | None) -> list[Condition]:
    if known is not None or s.live is None:
        return []
    return [condition(LAST_RUN_SUCCEEDED, "Unknown", DetailReason.NO_RUN, "No run has ended yet.")]


def _effective(s: Situation) -> Effective:
    members = s.there.members
    network = members.get("NetworkConfiguration") or {}
    return Effective(
        role_arn=members.get("RoleArn"),
        trigger_mode=members.get("TriggerMode"),
        engine_version=members.get("EngineVersion"),
        kms_key_arn=(members.get("EncryptionConfiguration") or {}).get("KmsKeyId"),
        log_group_name=(members.get("LoggingConfiguration") or {}).get("LogGroupName"),
        subnet_ids=sorted(network.get("SubnetIds") or []),
        security_group_ids=sorted(network.get("SecurityGroupIds") or []),
    )


def _token(value: str | None) -> str | None:
    return None if value is None else value[:256]
