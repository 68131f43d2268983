"""The way of a proven revision onto the serving pods, and what is done about pods that do not follow. Pure.

The Deployment is pointed only to what was proven, only where old and new pods know each other's jobs, and only after
that is stored. It is never pointed back by itself.
"""

from __future__ import annotations

from datetime import datetime

from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.gateway.actions import CreateRevisionSecret, DeletePod, PointDeployment
from mwaa_operator.gateway.plan.draining import released
from mwaa_operator.gateway.plan.probes import QUEUE, differing
from mwaa_operator.gateway.plan.proving import interval_left, is_proven
from mwaa_operator.gateway.plan.situation import PodLook, Situation
from mwaa_operator.gateway.plan.stages import PROVEN, PROVING, ROLLING
from mwaa_operator.gateway.plan.statuses import Outcome, Verdict, conclude, progressing
from mwaa_operator.gateway.plan.wish import target
from mwaa_operator.gateway.reasons import EventReason, Reason
from mwaa_operator.gateway.revision import Revision, joins
from mwaa_operator.gateway.status import Finding, Operation
from mwaa_operator.gateway.status import Revision as StoredRevision

POINT = "PointDeployment"


def landed(s: Situation) -> Plan | None:
    """All pods run the revision that the Deployment names: it is the active one."""
    deployment, staged = s.observed.deployment, s.status.staged_revision
    if deployment is None or not deployment.complete or deployment.revision not in s.observed.revisions:
        return None
    rolled = staged is not None and staged.state == ROLLING and staged.name == deployment.revision
    if not rolled and s.active is not None and s.active.name == deployment.revision:
        return None
    revision = s.revision(deployment.revision)
    text = f"All pods serve revision {revision.name}."
    changes = {
        "active_revision": _stored(s, revision),
        "staged_revision": None,
        "operation": None,
        "replaced_at": None,
        "history": [revision.name, *(name for name in s.status.history if name != revision.name)][:10],
    }
    verdict = progressing(Reason.ROLLING_OUT, text)
    return conclude(s, Outcome(verdict, 0.0, changes, notices=(Notice(EventReason.ROLLED_OUT, text),)))


def under_way(s: Situation) -> Plan | None:
    """While pods go over to a revision nothing else begins, unless they cannot and something else is wanted."""
    deployment, staged = s.observed.deployment, s.status.staged_revision
    if staged is None or staged.state != ROLLING:
        return None
    wanted = target(s).revision.name
    if deployment is None or deployment.revision != staged.name:
        return _point(s) if wanted == staged.name else None
    late = s.since(s.status.last_rollout_at) >= s.timings.roll
    if late and wanted != staged.name:
        return None
    pods = sum(pod.ready and pod.revision == staged.name for pod in s.observed.pods)
    changes = {"staged_revision": staged.model_copy(update={"pods": pods})}
    if late:
        text = f"Pods do not become ready with revision {staged.name}: look at their events and logs."
        verdict = Verdict("False", Reason.PODS_NOT_READY, text, reconciling=True, retrying=True)
        return conclude(s, Outcome(verdict, s.timings.draining, changes))
    verdict = progressing(Reason.ROLLING_OUT, f"Pods go over to revision {staged.name}.")
    return conclude(s, Outcome(verdict, s.timings.poll, changes))


def differs(s: Situation) -> Plan | None:
    """A pod that answers otherwise than its revision must is deleted once; one that came after that is only told."""
    deployment, active = s.observed.deployment, s.status.active_revision
    if deployment is None or not deployment.complete or active is None:
        return None
    pod = next((pod for pod in s.observed.pods if _is_wrong(s, pod, active.name)), None)
    if pod is None:
        return None
    text = f"Pod {pod.name} answered otherwise than revision {active.name} and is deleted once."
    changes = {"replaced_at": s.print_time}
    verdict = progressing(Reason.PODS_DIFFER, text)
    notices = (Notice(EventReason.POD_REPLACED, text, type="Warning"),)
    return conclude(s, Outcome(verdict, s.timings.poll, changes, (DeletePod(pod.name),), intends=True, notices=notices))


def proven(s: Situation) -> Plan | None:
    """A proven revision is rolled once the last rollout is long enough ago."""
    staged = s.status.staged_revision
    if staged is None or staged.state != PROVEN:
        return None
    if not is_proven(s, staged.name):
        again = staged.model_copy(update={"state": PROVING, "tried": None})
        verdict = progressing(Reason.PROVING, "The proof is not remembered.")
        return conclude(s, Outcome(verdict, 0.0, {"staged_revision": again, "proof": None}))
    if (left := interval_left(s)) > 0:
        text = f"Revision {staged.name} waits until rollout.minInterval is over."
        first = s.active is None
        verdict = Verdict("False" if first else "True", Reason.AWAITING_INTERVAL, text, reconciling=first)
        return conclude(s, Outcome(verdict, left, {}))
    return _point(s)


def _point(s: Situation) -> Plan:
    """Return the plan that points the Deployment to the target, which was proven."""
    revision, staged = target(s).revision, s.status.staged_revision
    if staged is None or not is_proven(s, revision.name) or not joins(revision, s.serving, released=released(s)):
        text = f"Revision {revision.name} cannot serve beside what runs: the Secret of a revision that runs is missing."
        verdict = Verdict("False", Reason.DEPENDENCY_NOT_READY, text, reconciling=True, retrying=True)
        return conclude(s, Outcome(verdict, s.timings.draining, {}))
    deployment = s.observed.deployment
    version = deployment.resource_version if deployment is not None else None
    operation = Operation(type=POINT, hash=revision.name, started_at=s.print_time, revision=revision.name)
    changes = {
        "staged_revision": staged.model_copy(update={"state": ROLLING}),
        "operation": operation,
        "last_rollout_at": s.print_time,
    }
    verdict = progressing(Reason.ROLLING_OUT, f"Pods go over to revision {revision.name}.")
    actions = (CreateRevisionSecret(revision), PointDeployment(revision.name, version))
    return conclude(s, Outcome(verdict, s.timings.poll, changes, actions, intends=True))


def _is_wrong(s: Situation, pod: PodLook, active: str) -> bool:
    found = differing(s).get(pod.name, ())
    if pod.revision != active or not any(_is_lasting(item) for item in found):
        return False
    return s.status.replaced_at is None or pod.created_at <= datetime.fromisoformat(s.status.replaced_at)


def _is_lasting(finding: Finding) -> bool:
    """Return whether a pod has another file; silence and a cluster's errors pass."""
    answered = finding.answered or ""
    return answered != "no answer" and (finding.probe == QUEUE or "not exists" in answered)


def _stored(s: Situation, revision: Revision) -> StoredRevision:
    size = len(revision.text.encode())
    return StoredRevision(name=revision.name, since=s.print_time, entries=len(revision.entries), bytes=size)
