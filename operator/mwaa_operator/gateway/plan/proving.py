"""The way of a change up to its proof: gathered, put into a Secret, run in a pod of its own, asked. Pure.

A proof passes as soon as all is as predicted, and fails when that did not come in time: what a pod says at first may
be what its cluster said a moment ago. A change that fails is looked through for the route that is to blame.
"""

from __future__ import annotations

from typing import Any, Final

from mwaa_operator.api.plan import Notice, Plan
from mwaa_operator.gateway.actions import CreateRevisionSecret, StartProof
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.plan import bisection
from mwaa_operator.gateway.plan.aside import aside
from mwaa_operator.gateway.plan.probes import findings, start_failure
from mwaa_operator.gateway.plan.situation import ProofLook, Situation
from mwaa_operator.gateway.plan.stages import FAILED, PROVEN, PROVING, RENDERED
from mwaa_operator.gateway.plan.statuses import Outcome, Verdict, conclude, progressing
from mwaa_operator.gateway.plan.wish import Target, target
from mwaa_operator.gateway.reasons import EventReason, Reason
from mwaa_operator.gateway.status import MAX_FINDINGS, Finding, Proof, StagedRevision

ENOUGH: Final = 3
"""A program that ended so often ends again: to wait on would hold up the routes that are not to blame."""


def gathered(s: Situation) -> Plan | None:
    """A change waits until no other comes for a while, so that a burst is one rollout."""
    wanted, staged = target(s), s.status.staged_revision
    if staged is not None and staged.name == wanted.revision.name and _goes_on(s, staged):
        return None
    begun = staged.since if staged is not None and staged.state == RENDERED else s.print_time
    verdict = progressing(Reason.PROVING, "A change is being gathered with others that may follow.")
    changes = {"staged_revision": _staged(wanted, begun or s.print_time, RENDERED), "operation": None}
    return conclude(s, Outcome(verdict, max(s.timings.debounce - s.since(begun), 0.0), changes))


def failed_before(s: Situation) -> Plan | None:
    """What failed, and no route is to blame, stays so until somebody asks for a retry, or for a good while."""
    staged = s.status.staged_revision
    if staged is None or staged.state != FAILED:
        return None
    message = s.status.proof.message if s.status.proof is not None else None
    text = (
        f"Revision {staged.name} did not answer as predicted, and no single route is to blame: {message or ''} "
        "Correct spec, or annotate with mwaa-operator.io/retry-requested-at; the revision before stays."
    )
    return conclude(s, Outcome(Verdict("False", Reason.PROOF_FAILED, text, stalled=True), s.timings.stalled, {}))


def begun(s: Situation) -> Plan | None:
    """After the wait the revision's Secret is made and a pod runs it."""
    staged = s.status.staged_revision
    if staged is None or staged.state != RENDERED:
        return None
    left = s.timings.debounce - s.since(staged.since)
    if left > 0:
        verdict = progressing(Reason.PROVING, "A change is being gathered with others that may follow.")
        return conclude(s, Outcome(verdict, left, {}))
    return _start(s, staged.model_copy(update={"state": PROVING, "tried": None}))


def proving(s: Situation) -> Plan | None:
    """The pod of the proof is asked until all is as predicted, or the time is over."""
    staged, proof = s.status.staged_revision, s.status.proof
    if staged is None or staged.state != PROVING:
        return None
    revision = bisection.trial(s, staged).revision
    if s.active is not None and revision.name == s.active.name and staged.tried is not None:
        return _passed(s, staged, proof or Proof(revision=revision.name, state="Running"))
    if proof is None or proof.revision != revision.name or proof.state != "Running":
        return _start(s, staged, proof)
    if refusal := start_failure(revision, Profile(s.spec.bpg_profile)):
        return _failed(s, staged, proof, refusal, ())
    look = next((item for item in s.observed.proofs if item.revision == revision.name), None)
    if look is None:
        # It was lost, or never made: a pod that is not there says nothing against the revision.
        return _start(s, staged, proof)
    wrong = findings(s, revision, look.replies or {}) if look.ready else ()
    if look.ready and not wrong:
        return _passed(s, staged, proof)
    if s.since(proof.started_at) >= s.timings.proof or (look.restarts >= ENOUGH and not look.ready):
        return _failed(s, staged, proof, _words(look, wrong), wrong)
    verdict = progressing(Reason.PROVING, f"Revision {staged.name} is being proven in a pod of its own.")
    return conclude(s, Outcome(verdict, s.timings.poll, {}, proof=revision.name))


def is_proven(s: Situation, revision: str) -> bool:
    """Return whether a revision passed its proof."""
    proof = s.status.proof
    return proof is not None and proof.revision == revision and proof.state == "Passed"


def needed_proof(s: Situation) -> str | None:
    """Return the revision whose proof goes on, if its pod has to be asked."""
    staged, proof = s.status.staged_revision, s.status.proof
    if staged is None or staged.state != PROVING or proof is None or proof.state != "Running":
        return None
    return proof.revision


def interval_left(s: Situation) -> float:
    """Return the seconds until the next rollout may begin."""
    last = s.status.last_rollout_at
    return 0.0 if last is None else max(s.lasts(s.spec.rollout.min_interval) - s.since(last), 0.0)


def _goes_on(s: Situation, staged: StagedRevision) -> bool:
    if staged.state != FAILED:
        return staged.state in (RENDERED, PROVING, PROVEN)
    # What failed for a reason outside of the file is not to stay so for good.
    ended = s.status.proof.finished_at if s.status.proof is not None else None
    return s.retry is None and s.since(ended) < s.timings.stalled


def _staged(wanted: Target, since: str, state: str) -> StagedRevision:
    size, count = len(wanted.revision.text.encode()), len(wanted.revision.entries)
    return StagedRevision(
        name=wanted.revision.name, since=since, entries=count, bytes=size, step=wanted.step, state=state
    )


def _start(s: Situation, staged: StagedRevision, proof: Proof | None = None) -> Plan:
    """Return the plan that starts the next proof of a change; what the last one found is kept for the culprit."""
    revision = bisection.trial(s, staged).revision
    before = proof.message if proof is not None and staged.tried is not None else None
    running = Proof(revision=revision.name, state="Running", started_at=s.print_time, message=before)
    verdict = progressing(Reason.PROVING, f"Revision {staged.name} is being proven in a pod of its own.")
    changes = {"staged_revision": staged, "proof": running}
    actions = (CreateRevisionSecret(revision), StartProof(revision.name))
    return conclude(s, Outcome(verdict, s.timings.poll, changes, actions, proof=revision.name))


def _passed(s: Situation, staged: StagedRevision, proof: Proof) -> Plan:
    if staged.tried is not None:
        return _narrowed(s, staged.model_copy(update={"tried": bisection.passed(staged)}), proof)
    done = proof.model_copy(update={"state": "Passed", "finished_at": s.print_time, "message": None, "findings": []})
    text = f"Revision {staged.name} answered as predicted."
    changes = {"staged_revision": staged.model_copy(update={"state": PROVEN}), "proof": done}
    notices = (Notice(EventReason.PROVEN, text),)
    # Its pod is stopped by the next pass, when what it said is stored.
    return conclude(s, Outcome(progressing(Reason.PROVING, text), 0.0, changes, notices=notices, proof=staged.name))


def _failed(s: Situation, staged: StagedRevision, proof: Proof, message: str, wrong: tuple[Finding, ...]) -> Plan:
    update = {"state": "Failed", "finished_at": s.print_time, "message": message[:256]}
    told = proof.model_copy(update={**update, "findings": list(wrong[:MAX_FINDINGS])})
    narrower = bisection.failed(s, staged)
    if narrower is not None:
        return _narrowed(s, staged.model_copy(update={"tried": narrower}), told)
    changes = {"staged_revision": staged.model_copy(update={"state": FAILED}), "proof": told}
    verdict = Verdict("False", Reason.PROOF_FAILED, message, stalled=True)
    notices = (Notice(EventReason.PROOF_FAILED, message[:1024], type="Warning"),)
    return conclude(s, Outcome(verdict, 0.0, changes, notices=notices))


def _narrowed(s: Situation, staged: StagedRevision, proof: Proof) -> Plan:
    """Return the plan that goes on to look for the culprit, or sets it aside."""
    found = bisection.culprit(s, staged, proof)
    if found is None:
        return _start(s, staged, proof)
    text = f"Route {found.route} breaks the file and is set aside: {found.message}"
    changes: dict[str, Any] = {"set_aside": [*aside(s), found], "staged_revision": None, "proof": proof}
    notices = (Notice(EventReason.ROUTE_SET_ASIDE, text[:1024], type="Warning"),)
    return conclude(s, Outcome(progressing(Reason.PROVING, text), 0.0, changes, notices=notices))


def _words(look: ProofLook, wrong: tuple[Finding, ...]) -> str:
    if not wrong:
        return f"its pod does not become ready: {look.trouble or 'look at its events and logs'}"
    first = wrong[0]
    return f"{first.probe} {first.subject}: expected {first.expected}, answered {first.answered}"
