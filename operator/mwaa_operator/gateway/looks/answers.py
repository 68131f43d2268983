"""What pods answer to the probes of their revision; answers that were all as predicted are kept for a while.

Every question costs a pod of BPG threads and memory, so that a pod that answered rightly is not asked again before it,
or what can be known of clusters, has changed, or a long time has passed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.gateway.looks.revisions import key_of_gateway
from mwaa_operator.gateway.plan.probes import Probe, asked_of, findings, somebody
from mwaa_operator.gateway.plan.situation import Replies, Situation


class Prober(Protocol):
    """Asks pods."""

    def ask(self, address: str, probes: Iterable[Probe], *, context_path: str, keys: tuple[str, ...]) -> Replies:
        """Return what a pod answers."""

    def version(self, address: str, *, context_path: str, user: str) -> str | None:
        """Return the source revision that a pod says it is of."""


@dataclass(frozen=True)
class Pod:
    """A pod that can be asked.

    Attributes:
        name: Its name.
        life: Its uid, and how often its container was started anew.
        address: Its IP address.
        revision: What it runs.
    """

    name: str
    life: tuple[str, int]
    address: str
    revision: str


@dataclass(frozen=True)
class _Kept:
    questions: tuple[Probe, ...]
    replies: Replies
    until: float


class Answers:
    """Asks pods and keeps right answers; safe for many threads.

    Args:
        prober: Asks.
        seconds: How long right answers are kept.
        monotonic: The clock, seconds.
    """

    def __init__(self, prober: Prober, *, seconds: float, monotonic: Callable[[], float]) -> None:
        self._prober, self._seconds, self._monotonic = prober, seconds, monotonic
        self._lock = threading.Lock()
        self._kept: dict[ObjectKey, dict[tuple[str, int], _Kept]] = {}
        self._versions: dict[ObjectKey, tuple[str, str | None]] = {}

    def of(self, s: Situation, pods: Iterable[Pod]) -> dict[str, Replies]:
        """Return what pods answer to what they are asked now, by name.

        Args:
            s: The situation: it says what is asked, and whether an answer is right.
            pods: Those that are ready.
        """
        key = key_of_gateway(s.resource)
        with self._lock:
            before = self._kept.get(key, {})
        found, kept = {}, {}
        for pod in pods:
            questions, known = asked_of(s, s.revision(pod.revision)), before.get(pod.life)
            if known is None or known.questions != questions or known.until <= self._monotonic():
                known = self._asked(s, pod, questions)
            found[pod.name] = known.replies
            if not findings(s, s.revision(pod.revision), known.replies):
                kept[pod.life] = known
        with self._lock:
            lasting = {life: known for life, known in before.items() if known.until > self._monotonic()}
            self._kept[key] = lasting | kept
        return found

    def version(self, s: Situation, pods: Iterable[Pod]) -> str | None:
        """Return the source revision that the first of some pods says it is of; None: none says one."""
        key = key_of_gateway(s.resource)
        pod = next(iter(pods), None)
        if pod is None:
            return None
        with self._lock:
            known = self._versions.get(key)
        if known is None or known[0] != pod.life[0]:
            told = self._prober.version(
                pod.address, context_path=s.spec.context_path, user=somebody(s.spec.access.users)
            )
            known = (pod.life[0], told)
            with self._lock:
                self._versions[key] = known
        return known[1]

    def forget(self, key: ObjectKey) -> None:
        """Drop what is remembered of a gateway that is gone."""
        with self._lock:
            self._kept.pop(key, None)
            self._versions.pop(key, None)

    def _asked(self, s: Situation, pod: Pod, questions: tuple[Probe, ...]) -> _Kept:
        # Signed with a key that the pod's own file has: during a rotation others have another one.
        keys = tuple(s.revision(pod.revision).document.get("queueTokenSOPS", {}).get("secrets", ()))
        replies = self._prober.ask(pod.address, questions, context_path=s.spec.context_path, keys=keys)
        return _Kept(questions, replies, self._monotonic() + self._seconds)
