"""Turns a decision into the complete status that a pass leaves behind.

One place for what every rule would otherwise repeat: entries, clusters and counts mirrored, conditions with their
times, annotations answered. The rules say only what they decide: Ready's word, and what changes beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from mwaa_operator.api import verdict
from mwaa_operator.api.conditions import rfc3339, transition
from mwaa_operator.api.meta import RECONCILE_REQUESTED_AT, RETRY_REQUESTED_AT
from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.gateway.actions import StopProof
from mwaa_operator.gateway.fit import fitted
from mwaa_operator.gateway.plan import told
from mwaa_operator.gateway.plan.aside import aside
from mwaa_operator.gateway.plan.draining import releases
from mwaa_operator.gateway.plan.events import changes
from mwaa_operator.gateway.plan.situation import Situation
from mwaa_operator.gateway.plan.stages import FAILED
from mwaa_operator.gateway.plan.wish import openings, target
from mwaa_operator.gateway.reasons import Reason
from mwaa_operator.gateway.revision import ROUTED, STAGED, TOMBSTONE, Revision
from mwaa_operator.gateway.status import ClusterStatus, Entry, RouteCounts, SparkGatewayStatus

Verdict = verdict.Verdict[Reason]
"""What a rule decided; Ready's reason is one of the gateway's own."""


MOST_NAMED: Final = 5
"""Names that a message tells; the others are counted."""


@dataclass(frozen=True)
class Outcome:
    """What a rule decided.

    Attributes:
        verdict: Ready and what goes with it.
        requeue: As in `Plan`.
        changes: Members of status.
        actions: As in `Plan`.
        intends: Whether the same status is to be stored before the actions.
        notices: As in `Plan`.
        proof: Name of the revision whose proof goes on; pods of all others are stopped.
    """

    verdict: Verdict
    requeue: float
    changes: dict[str, Any]
    actions: tuple[Any, ...] = ()
    intends: bool = False
    notices: tuple[Notice, ...] = ()
    proof: str = ""


def progressing(reason: Reason, text: str) -> Verdict:
    """Return what Ready says while a change is on its way; that pods serve all the while is told by Available."""
    return Verdict("False", reason, text, reconciling=True)


def conclude(s: Situation, outcome: Outcome) -> Plan:
    """Return the plan whose closing status says what a rule decided."""
    closing = _close(s, outcome)
    status = fitted(closing.wire())
    stopped = tuple(StopProof(pod.name) for pod in s.observed.proofs if pod.revision != outcome.proof)
    return Plan(
        status=status,
        actions=(*stopped, *outcome.actions, *releases(s)),
        intent=status if outcome.intends else None,
        requeue_after=outcome.requeue,
        notices=(*outcome.notices, *changes(s.status, closing)),
    )


def route_counts(s: Situation) -> RouteCounts:
    """Return how many routes refer to the gateway; none that leaves or is refused counts as active."""
    wanted = target(s)
    active = {entry.route for entry in s.active.entries} & wanted.routes if s.active else frozenset()
    return RouteCounts(
        attached=len(s.observed.candidates) + len(s.observed.leaving),
        active=len(active),
        refused=len(wanted.rendering.refused),
    )


def _close(s: Situation, outcome: Outcome) -> SparkGatewayStatus:
    annotations = s.resource.metadata.annotations
    answered = {
        "observed_generation": s.resource.metadata.generation,
        "last_handled_reconcile_at": _token(annotations.get(RECONCILE_REQUESTED_AT)),
        "last_handled_retry_at": _answered_retry(s, outcome),
    }
    status = s.status.model_copy(update=_mirror(s) | outcome.changes | answered)
    active = status.active_revision
    status = status.model_copy(update={"entries": _entries(s, s.revision(active.name) if active else None)})
    conditions = transition(
        previous=s.status.conditions,
        desired=[*verdict.summary(_said(s, outcome)), *told.details(s, status)],
        generation=s.resource.metadata.generation,
        now=s.now,
    )
    return status.model_copy(update={"conditions": conditions})


def _answered_retry(s: Situation, outcome: Outcome) -> str | None:
    """Return the retry that counts as answered: not one that found no turn, because another rule spoke first."""
    before = s.status.staged_revision
    waits = before is not None and before.state == FAILED and "staged_revision" not in outcome.changes
    asked = s.resource.metadata.annotations.get(RETRY_REQUESTED_AT)
    return s.status.last_handled_retry_at if waits else _token(asked)


def _said(s: Situation, outcome: Outcome) -> Verdict:
    """Return what Ready says: of a deleted gateway that routes refer to, that it serves on until they are gone."""
    if not s.resource.metadata.deleting:
        return outcome.verdict
    keys = s.observed.referring
    names = ", ".join(keys[:MOST_NAMED]) + (f" and {len(keys) - MOST_NAMED} more" if len(keys) > MOST_NAMED else "")
    text = f"The gateway serves on until no route refers to it: delete {names}."
    return Verdict("False", Reason.IN_USE, text, reconciling=True, retrying=True)


def _mirror(s: Situation) -> dict[str, Any]:
    wanted = target(s)
    clusters = [_cluster(s, item.name) for item in s.spec.clusters]
    return {
        "url": s.observed.address,
        "bpg_revision": s.observed.bpg_revision or s.status.bpg_revision,
        "queue_keys": s.observed.queue_keys,
        "clusters": clusters,
        "healthy_clusters": f"{sum(item.healthy or False for item in clusters)}/{len(clusters)}",
        "routes": route_counts(s),
        "set_aside": list(aside(s)),
        "warnings": [text[:256] for text in (*wanted.rendering.warnings, *_warnings(s))][:8],
    }


def _warnings(s: Situation) -> Iterable[str]:
    return (opening.warning for opening in openings(s).values() if opening.warning)


def _cluster(s: Situation, name: str) -> ClusterStatus:
    before = next((item for item in s.status.clusters if item.name == name), ClusterStatus(name=name))
    look, opening = s.observed.clusters.get(name), openings(s)[name]
    times = {
        "next_window_at": rfc3339(opening.next) if opening.next else None,
        "window_until": rfc3339(opening.until) if opening.until else None,
    }
    if look is None:
        trouble = s.observed.troubles.get(name)
        why = {"reason": trouble.reason, "message": trouble.message[:256]} if trouble else {}
        return before.model_copy(update={"healthy": None, "serving": False, "since": None, **why, **times})
    # Without a since it has been so ever since the first look: nothing has to be waited for.
    turned = before.healthy is not None and before.healthy != look.healthy
    first = before.healthy is None and not look.healthy
    return before.model_copy(
        update={
            "healthy": look.healthy,
            "serving": look.healthy and opening.open,
            "reason": look.reason or opening.reason or None,
            "message": look.message[:256] or None,
            "since": s.print_time if turned or first else before.since,
            "endpoint": look.url,
            "token_expires_at": rfc3339(look.token_expires_at) if look.token_expires_at else None,
            **times,
        }
    )


def _entries(s: Situation, active: Revision | None) -> list[Entry]:
    """Return the entries of a revision, each with the time since when it is in its mode."""
    before = {entry.id: entry for entry in s.status.entries}
    wanted = {entry.id: entry for entry in target(s).wanted.entries}
    found = []
    for stored in active.entries if active is not None else ():
        # The same file may serve other routes than those that it was made for: of what is not routed they say why.
        entry = wanted.get(stored.id, replace(stored, mode=TOMBSTONE))
        mode = ROUTED if stored.mode == ROUTED else STAGED if entry.mode == ROUTED else entry.mode
        old, jobs = before.get(entry.id), s.observed.jobs.get(entry.id)
        found.append(
            Entry(
                id=entry.id,
                identity=entry.identity,
                mode=mode,
                route=entry.route or None,
                target=entry.target or None,
                cluster=entry.cluster or None,
                weight=entry.weight,
                since=old.since if old is not None and old.mode == mode else s.print_time,
                jobs=jobs.left if jobs is not None and mode != ROUTED else None,
            )
        )
    return found


def _token(value: str | None) -> str | None:
    return None if value is None else value[:256]
