"""The chain of rules: the first that has something to say decides. It reads like the life of a change.

A pass takes one step and asks to be called again; what it must remember is in status, and what runs is observed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mwaa_operator.api.plan import Plan
from mwaa_operator.gateway.actions import DeleteRevision
from mwaa_operator.gateway.plan.draining import all_arrived, released
from mwaa_operator.gateway.plan.guard import shrinking
from mwaa_operator.gateway.plan.probes import differing
from mwaa_operator.gateway.plan.proving import begun, failed_before, gathered, needed_proof, proving
from mwaa_operator.gateway.plan.rolling import differs, landed, proven, under_way
from mwaa_operator.gateway.plan.situation import Situation
from mwaa_operator.gateway.plan.statuses import Outcome, Verdict, conclude
from mwaa_operator.gateway.plan.wish import CONTRACT, lasting, openings, target
from mwaa_operator.gateway.reasons import Reason

Rule = Callable[[Situation], Plan | None]

KEPT: Final = 5
"""Revisions whose Secrets stay, beside all that is in use."""


def plan_rollout(s: Situation) -> Plan:
    """Decide the next step of a gateway's rollout.

    Args:
        s: The gateway, what was observed, and the time.

    Returns:
        The plan. Where `needs` is not empty, observe these and plan again.
    """
    if needs := _needs(s):
        return Plan(needs=needs)
    for rule in RULES:
        plan = rule(s)
        if plan is not None:
            return plan
    raise AssertionError("proven always answers")


def suspended(s: Situation) -> Plan | None:
    """Nothing is changed, and what runs stays."""
    if not s.spec.suspend:
        return None
    verdict = Verdict("True" if s.active is not None else "False", Reason.SUSPENDED, "spec.suspend is true.")
    return conclude(s, Outcome(verdict, s.timings.settled, {}))


def settled(s: Situation) -> Plan | None:
    """What serves is what is wanted; what nobody needs any more is thrown away."""
    wanted, deployment = target(s), s.observed.deployment
    wait = _contraction(s)
    pointed = deployment is not None and wanted.revision.name == deployment.revision
    if not pointed and wait <= 0:
        return None
    staged = {"staged_revision": None, "operation": None}
    if deployment is None or not deployment.complete:
        verdict = Verdict("False", Reason.PODS_NOT_READY, "Not all pods are ready.", reconciling=True, retrying=True)
        return conclude(s, Outcome(verdict, s.timings.poll, staged))
    surplus = tuple(DeleteRevision(name) for name in _surplus(s))
    waits = [s.timings.settled, *_changes(s), *([wait] if wait > 0 else [])]
    if wrong := min(differing(s), default=None):
        text = f"Pod {wrong} answers otherwise than revision {deployment.revision}: look at the pod."
        return conclude(s, Outcome(Verdict("False", Reason.PODS_DIFFER, text), min(waits), staged, surplus))
    verdict = Verdict("True", Reason.SUCCEEDED, "All pods serve what spec and routes say.", synced="True")
    return conclude(s, Outcome(verdict, min(waits), staged, surplus))


def guarded(s: Situation) -> Plan | None:
    """A change that takes away too much waits for a person."""
    found = shrinking(s, target(s))
    if found is None:
        return None
    text = (
        f"The change would take away {found.entries} of {found.of} entries that take jobs: look at what vanished, "
        f"then annotate with mwaa-operator.io/approve-changes: {found.word}"
    )
    verdict = Verdict("False", Reason.SHRINK_GUARD, text, stalled=True)
    return conclude(s, Outcome(verdict, s.timings.stalled, {"staged_revision": None}))


RULES: tuple[Rule, ...] = (
    suspended,
    landed,
    under_way,
    differs,
    settled,
    guarded,
    gathered,
    failed_before,
    begun,
    proving,
    proven,
)


def _needs(s: Situation) -> frozenset[str]:
    needs = set()
    if any(pod.ready and not pod.leaving and pod.replies is None for pod in s.observed.pods):
        needs.add("pods")
    name = needed_proof(s)
    if any(pod.revision == name and pod.ready and pod.replies is None for pod in s.observed.proofs):
        needs.add("proof")
    return frozenset(needs)


def _contraction(s: Situation) -> float:
    """Return for how long a change that only takes away what ended waits for another one to go with."""
    if target(s).step != CONTRACT or s.status.last_rollout_at is None:
        return 0.0
    return max(s.timings.contract - s.since(s.status.last_rollout_at), 0.0)


def _surplus(s: Situation) -> list[str]:
    """Return revisions that nothing can need any more, a call that is still under way neither."""
    if not all_arrived(s):
        return []
    used = {revision.name for revision in s.serving} | set(s.status.history[:KEPT])
    return sorted(set(s.observed.revisions) - used)


def _changes(s: Situation) -> list[float]:
    """Return the seconds until something changes by itself: windows, health that lasts, jobs that end."""
    waits = [(at - s.now).total_seconds() for item in openings(s).values() if (at := item.changes_at) is not None]
    for candidate in s.observed.candidates:
        failover = candidate.route.spec.failover
        limits = (s.lasts(failover.unhealthy_after), s.lasts(failover.recover_after))
        waits += [limit - lasting(s, name) for name in s.observed.clusters for limit in limits]
    if s.active is not None and s.active.known - s.active.routed - released(s):
        waits.append(s.timings.draining)
    return [max(wait, 0.0) for wait in waits if wait > 0]
