"""What Ready says of a route: a chain of rules, the first that has something to say decides. Pure.

Ready is True while the active revision has the route as its spec says, and a target on a healthy cluster takes jobs. An
edit that is on its way makes it False and Reconciling, because what serves is of an older generation; a cluster that
fails or a rollout of other routes does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mwaa_operator.api import verdict
from mwaa_operator.api.records import Waiting
from mwaa_operator.gateway.plan.probes import QUEUE, differing
from mwaa_operator.gateway.render.prediction import queue_names
from mwaa_operator.gateway.revision import ROUTED
from mwaa_operator.gateway.routestatus.deletion import Departure
from mwaa_operator.gateway.routestatus.targets import told
from mwaa_operator.gateway.routestatus.view import View, is_asked_for
from mwaa_operator.route.reasons import DetailReason, Reason

Verdict = verdict.Verdict[Reason]


@dataclass(frozen=True)
class Decision:
    """What a rule decided.

    Attributes:
        verdict: Ready and what goes with it.
        waiting: Since when and for what the route waits outside of itself; None: it does not.
    """

    verdict: Verdict
    waiting: Waiting | None = None


def decide(v: View, *, as_spec: bool) -> Decision:
    """Return what the summary of a route says.

    Args:
        v: The route.
        as_spec: Whether what serves is what spec says.
    """
    for rule in RULES:
        found = rule(v)
        if found is not None:
            return found
    if not as_spec and not v.route.spec.suspend:
        return _under_way(v)
    for rule in SERVING:
        found = rule(v)
        if found is not None:
            return found
    return _serves(v)


def deleting(v: View) -> Decision | None:
    """A route that is being deleted is on its way out, and nothing else matters."""
    if not v.route.metadata.deleting:
        return None
    going = Departure(v)
    reason = Reason.DELETING if going.is_routed or going.is_let_go else Reason.DRAINING
    if going.is_held_up:
        stalled = DetailReason.DELETION_BLOCKED
        return Decision(Verdict("False", reason, going.message, stalled=True, stalled_reason=stalled))
    return Decision(Verdict("False", reason, going.message, reconciling=True))


def refused(v: View) -> Decision | None:
    """A route that the gateway leaves out: only an edit of it or of the gateway helps, or its cluster's address."""
    found = v.refused
    if found is None:
        return None
    still = " Until the gateway's next revision the queue is served as before." if _takes_jobs(v) else ""
    text = f"{_sentence(found.message)}{still}"
    if found.reason is Reason.DEPENDENCY_NOT_READY:
        return _outside(v, found.reason, text)
    if found.reason is Reason.SET_ASIDE:
        text += " Correct the route, or annotate it with mwaa-operator.io/retry-requested-at to try it once more."
    return Decision(Verdict("False", found.reason, text, stalled=True))


def suspended_before(v: View) -> Decision | None:
    """A route that was suspended before it ever served does nothing."""
    if not v.route.spec.suspend or v.living:
        return None
    text = "spec.suspend is true, and the route does not serve: set it to false to go on."
    return Decision(Verdict("False", Reason.SUSPENDED, text))


def not_looked_at(v: View) -> Decision | None:
    """A route that the gateway does not render yet, because our finalizer is not on it."""
    if v.is_candidate:
        return None
    text = f"{v.of.name} takes the route up as soon as it has the operator's finalizer: wait."
    return Decision(Verdict("False", Reason.PROGRESSING, text, reconciling=True))


def unavailable(v: View) -> Decision | None:
    """No pod of the gateway takes requests."""
    if not v.of.unavailable:
        return None
    text = f"{v.of.name}: {_sentence(v.of.unavailable)} Look at its conditions and pods."
    return _outside(v, Reason.GATEWAY_NOT_READY, text)


def answered_otherwise(v: View) -> Decision | None:
    """A pod answers jobs of a queue otherwise than its file says, or the file itself refuses all of them."""
    names, active = set(queue_names(v.spec)), v.of.active
    running = {pod.name for pod in v.of.s.observed.pods if active is not None and pod.revision == active.name}
    for pod, wrong in sorted(differing(v.of.s).items()):
        found = next((item for item in wrong if item.probe == QUEUE and item.subject in names), None)
        if found is not None and found.answered != "no answer" and pod in running:
            text = f"Pod {pod}, queue {found.subject}: expected {found.expected}, answered {found.answered}"
            return _outside(v, Reason.REFUSED_BY_GATEWAY, f"{text}: ask the owner of {v.of.name}.")
    prediction = v.prediction
    if prediction is None or prediction.split or not v.serves:
        return None
    error = next((item.error for item in prediction.queues if item.error), None)
    text = f"The gateway refuses jobs of queue {v.spec.queue.name}: {error or 'no share is left for any target'}"
    return _outside(v, Reason.REFUSED_BY_GATEWAY, f"{text}: ask the owner of {v.of.name}.")


def nowhere_to_go(v: View) -> Decision | None:
    """Every target is held back on purpose: by the route, or by the gateway for a while."""
    targets = v.spec.targets
    if v.serves or any(v.may_take_jobs(item) for item in targets):
        return None
    if any(map(is_asked_for, targets)):
        text = f"No target takes jobs: {told(v, filter(is_asked_for, targets))}. Wait, or add a target elsewhere."
        return Decision(Verdict("False", Reason.NO_ROUTABLE_TARGET, text, reconciling=True, retrying=True))
    text = "Every target is drained, disabled or weighs 0, so that jobs are refused: give one of them a weight."
    return Decision(Verdict("False", Reason.NO_ROUTABLE_TARGET, text, stalled=True, synced="True"))


def no_healthy_target(v: View) -> Decision | None:
    """No cluster that takes jobs of the route can run them."""
    if v.serves:
        return None
    targets = [item for item in v.spec.targets if v.may_take_jobs(item)]
    return _outside(v, Reason.NO_HEALTHY_TARGET, f"No target can run jobs: {told(v, targets)}. Mend what is named.")


Rule = Callable[[View], Decision | None]
RULES: Final[tuple[Rule, ...]] = (deleting, refused, suspended_before, not_looked_at)
SERVING: Final[tuple[Rule, ...]] = (unavailable, answered_otherwise, nowhere_to_go, no_healthy_target)


def _under_way(v: View) -> Decision:
    """An edit that does not serve yet: it is on its way, or the gateway needs help first."""
    serves = " What was active before serves on." if _takes_jobs(v) else ""
    if v.of.stuck:
        text = f"{v.of.name} takes up no change: {_sentence(v.of.stuck)}{serves}"
        return _outside(v, Reason.GATEWAY_NOT_READY, text)
    text = f"{v.of.name} proves and rolls a revision with the route as spec says: wait.{serves}"
    return Decision(Verdict("False", Reason.STAGED, text, reconciling=True))


def _serves(v: View) -> Decision:
    split = v.prediction.split if v.prediction is not None else v.before.split
    jobs = f"Jobs of queue {v.spec.queue.name} go to {split or 'its targets'}."
    if v.route.spec.suspend:
        text = f"spec.suspend is true, and what is active stays: set it to false to go on. {jobs}"
        return Decision(Verdict("True", Reason.SUSPENDED, text))
    return Decision(Verdict("True", Reason.SUCCEEDED, jobs, synced="True"))


def _outside(v: View, reason: Reason, text: str) -> Decision:
    """Return that something outside of the route is not right: retried, after a while only a person can help."""
    before, s = v.before.waiting, v.of.s
    same = before is not None and before.reason == reason
    waiting = before if before is not None and same else Waiting(reason=reason, since=s.print_time)
    word = Verdict("False", reason, text).after(waited=s.since(waiting.since), patience=s.timings.patience)
    return Decision(word, waiting)


def _takes_jobs(v: View) -> bool:
    return any(entry.mode == ROUTED for entry in v.held)


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "…")) else f"{text}."
