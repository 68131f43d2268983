"""What a pod is asked that runs a revision, what it must answer, and where it answered otherwise. Pure.

Probes change nothing: a submission of an unknown type ends before anything is created, and status is asked of a job
that there cannot be (BPG source: ApplicationSubmissionRest, ApplicationGetStatusRest). What a queue must answer is the
simulator's word for the same file, so that renderer, simulator and BPG have to agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mwaa_operator.gateway.bpg.answer import Refusal
from mwaa_operator.gateway.bpg.bind import bind
from mwaa_operator.gateway.bpg.config import Config, StartFailure
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.bpg.request import Claims, probe
from mwaa_operator.gateway.bpg.simulate import simulate
from mwaa_operator.gateway.bpg.text import read
from mwaa_operator.gateway.plan.situation import Replies, Reply, Situation
from mwaa_operator.gateway.revision import Revision
from mwaa_operator.gateway.status import Finding

QUEUE: Final = "Queue"
ENTRY: Final = "Entry"
STATUS: Final = "Status"
NOBODY: Final = "0" * 32
"""What follows the id of an entry, and a hyphen, in the id of a job that there cannot be."""
ANYBODY: Final = "anybody"
ANY_VERSION: Final = "3.5"


@dataclass(frozen=True)
class Probe:
    """One question, and its answers.

    Attributes:
        kind: Queue: submit a job of no type to the subject. Entry, Status: ask for the subject's job of zeros.
        subject: A queue's full name, or the id of an entry.
        user: Who asks.
        version: Spark version, for a queue.
        secure: Whether a token of the queue goes with it.
        expected: Status and part of the message, for a queue: one of them must come.
    """

    kind: str
    subject: str
    user: str = ANYBODY
    version: str = ANY_VERSION
    secure: bool = False
    expected: tuple[tuple[int, str], ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What its reply goes by. Entry and Status are one question, and have one reply."""
        return (QUEUE if self.kind == QUEUE else ENTRY, self.subject)

    def finding(self, reply: Reply | None) -> Finding | None:
        """Return what is wrong about a reply; None: nothing.

        Args:
            reply: None: there was none.
        """
        if reply is not None and self._holds(reply):
            return None
        answered = "no answer" if reply is None or not reply.status else f"{reply.status} {reply.message}"
        return Finding(probe=self.kind, subject=self.subject, expected=self._told, answered=answered[:256])

    def _holds(self, reply: Reply) -> bool:
        if self.kind == QUEUE:
            return any(reply.status == status and message in reply.message for status, message in self.expected)
        if self.kind == STATUS:
            return reply.status == 404
        return reply.status != 0 and not (reply.status == 500 and "not exists" in reply.message)

    @property
    def _told(self) -> str:
        if self.kind == QUEUE:
            return " or ".join(f"{status} {message}".strip() for status, message in self.expected)[:256]
        return "404" if self.kind == STATUS else "an answer that knows the entry"


def start_failure(revision: Revision, profile: Profile) -> str:
    """Return why BPG would not start from a revision; empty if it would.

    Args:
        revision: One whose text is there.
        profile: Which BPG.
    """
    config = bind(read(revision.text), profile=profile)
    return f"BPG would not start: {config.message}" if isinstance(config, StartFailure) else ""


def probes(revision: Revision, *, profile: Profile, reachable: frozenset[str]) -> tuple[Probe, ...]:
    """Return everything that a pod is asked: each queue, each entry.

    Args:
        revision: What it runs.
        profile: Which BPG.
        reachable: Names of the clusters that the operator reaches with the same token: entries that are routed there
            must answer, those of others must be known only.
    """
    config = bind(read(revision.text), profile=profile)
    if isinstance(config, StartFailure):
        return ()
    user = somebody(revision.document.get("allowedUsers", ()))
    versions = _versions(revision)
    asked = [_queue(config, item, versions, user) for item in revision.document["queues"]]
    for entry in revision.entries:
        kind = STATUS if entry.id in revision.routed and entry.cluster in reachable else ENTRY
        asked.append(Probe(kind, entry.id, user))
    return tuple(asked)


def somebody(users: Iterable[str]) -> str:
    """Return a user that BPG takes, of those that it may take."""
    return min((name for name in users if name != "*"), default=ANYBODY)


def findings(s: Situation, revision: Revision, replies: Replies) -> tuple[Finding, ...]:
    """Return where a pod of a revision answered otherwise than it must; empty: it is as predicted."""
    return tuple(
        finding for asked in asked_of(s, revision) if (finding := asked.finding(replies.get(asked.key))) is not None
    )


def asked_of(s: Situation, revision: Revision) -> tuple[Probe, ...]:
    """Return what a pod of a revision is asked, as clusters are reached now; nothing if its text is lost."""
    if not revision.text:
        return ()
    reachable = frozenset(name for name, look in s.observed.clusters.items() if look.reachable)
    profile = Profile(s.spec.bpg_profile)
    what = f"probes {profile} {sorted(reachable)}"
    return revision.once(what, lambda: probes(revision, profile=profile, reachable=reachable))


def differing(s: Situation) -> Mapping[str, tuple[Finding, ...]]:
    """Return pods that are ready and answer otherwise than their revision must, with what they said."""
    return s.once("differing", lambda: _differing(s))


def doubted(s: Situation) -> frozenset[str]:
    """Return ids of which a ready pod does not say that it knows them; a pod that is not asked says nothing."""
    ids: set[str] = set()
    for pod in s.observed.pods:
        if pod.ready and not pod.leaving:
            found = differing(s).get(pod.name, ())
            ids.update(item.subject for item in found if item.probe != QUEUE and _unknown(item))
    return frozenset(ids)


def _unknown(finding: Finding) -> bool:
    answered = finding.answered or ""
    return answered == "no answer" or "not exists" in answered


def _differing(s: Situation) -> Mapping[str, tuple[Finding, ...]]:
    found = {}
    for pod in s.observed.pods:
        if pod.ready and not pod.leaving:
            wrong = findings(s, s.revision(pod.revision), pod.replies or {})
            found.update({pod.name: wrong} if wrong else {})
    return found


def _queue(config: Config, item: Mapping[str, Any], versions: Mapping[str, str], user: str) -> Probe:
    name, secure = str(item["name"]), bool(item.get("secure"))
    # Jobs of a sub-queue go where those of its parent go.
    served = {versions[queue] for queue in (name, name.partition(".")[0]) if queue in versions}
    version = min(served, default=ANY_VERSION)
    token = Claims(queues=(name,)) if secure else None
    answer = simulate(config, probe(user=user, queue=name, spark_version=version, queue_token=token))
    refusals = [outcome.result for outcome in answer.outcomes if isinstance(outcome.result, Refusal)]
    expected = {(refusal.status, refusal.message if refusal.exact else "") for refusal in refusals}
    return Probe(QUEUE, name, user, version, secure, tuple(sorted(expected)))


def _versions(revision: Revision) -> dict[str, str]:
    """Return the least version that each queue of the entries serves."""
    found: dict[str, str] = {}
    for entry in revision.clusters.values():
        if entry["sparkVersions"]:
            least = min(entry["sparkVersions"])
            found.update({queue: min(least, found.get(queue, least)) for queue in entry["queues"]})
    return found
