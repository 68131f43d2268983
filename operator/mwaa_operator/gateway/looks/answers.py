"""What pods answer to the probes of their revision; answers that were all as predicted are kept for a while.

Every question costs a pod of BPG threads and memory, so that a pod that answered rightly is not asked again before it,
or what can be known of clusters, has changed, or a long time has passed. Pods are asked side by side, and one that was
silent keeps no later pass waiting, so that no gateway takes the time of others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.gateway.clusters.together import Together
from mwaa_operator.gateway.looks.revisions import key_of_gateway
from mwaa_operator.gateway.plan.probes import Probe, asked_of, findings, somebody
from mwaa_operator.gateway.plan.situation import Replies, Situation

PATIENCE: Final = 130.0
"""Seconds for all pods together: longer than the questions of one may take (`podhttp.Patience.total`)."""

Call = tuple[ObjectKey, str, tuple[str, int]]
"""A gateway, the name of a pod of it, and the pod's life."""


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
        self._together: Together[Call, _Kept] = Together("answers")
        self._silent: set[Call] = set()
        self._kept: dict[ObjectKey, dict[tuple[str, int], _Kept]] = {}
        self._versions: dict[ObjectKey, tuple[str, str | None]] = {}

    def of(self, s: Situation, pods: Iterable[Pod]) -> dict[str, Replies]:
        """Return what pods answer to what they are asked now, by name; of one that is silent nothing, or zeros.

        Args:
            s: The situation: it says what is asked, and whether an answer is right.
            pods: Those that are ready.
        """
        key, pods = key_of_gateway(s.resource), tuple(pods)
        present = {pod.name for pod in s.observed.pods} | {pod.name for pod in s.observed.proofs}
        self._drop(lambda call: call[0] == key and call[1] not in present)
        with self._lock:
            before = self._kept.get(key, {})
        known = {pod.name: kept for pod in pods if (kept := self._standing(before, s, pod)) is not None}
        known |= self._asked(s, key, [pod for pod in pods if pod.name not in known])
        right = {
            pod.life: known[pod.name]
            for pod in pods
            if not findings(s, s.revision(pod.revision), known[pod.name].replies)
        }
        with self._lock:
            lasting = {life: item for life, item in before.items() if item.until > self._monotonic()}
            self._kept[key] = lasting | right
        return {name: item.replies for name, item in known.items()}

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
        self._drop(lambda call: call[0] == key)
        with self._lock:
            self._kept.pop(key, None)
            self._versions.pop(key, None)

    def _drop(self, which: Callable[[Call], bool]) -> None:
        self._together.forget(which)
        with self._lock:
            self._silent = {call for call in self._silent if not which(call)}

    def _standing(self, before: Mapping[tuple[str, int], _Kept], s: Situation, pod: Pod) -> _Kept | None:
        known = before.get(pod.life)
        if known is None or known.questions != asked_of(s, s.revision(pod.revision)):
            return None
        return known if known.until > self._monotonic() else None

    def _asked(self, s: Situation, key: ObjectKey, pods: Iterable[Pod]) -> dict[str, _Kept]:
        """Return the answers of pods, by name, after waiting for each; briefly for one that was silent."""
        calls = {(key, pod.name, pod.life): self._question(s, pod) for pod in pods}
        with self._lock:
            silent = self._silent & calls.keys()
        found = self._together.run(calls, within=PATIENCE, briefly=silent) if calls else {}
        spoke = {call for call, kept in found.items() if any(reply.status for reply in kept.replies.values())}
        with self._lock:
            self._silent = (self._silent | calls.keys()) - spoke
        return {call[1]: found.get(call) or _NOTHING for call in calls}

    def _question(self, s: Situation, pod: Pod) -> Callable[[], _Kept]:
        revision, path = s.revision(pod.revision), s.spec.context_path
        # Signed with a key that the pod's own file has: during a rotation others have another one.
        keys = tuple(revision.document.get("queueTokenSOPS", {}).get("secrets", ()))
        questions = asked_of(s, revision)

        def ask() -> _Kept:
            replies = self._prober.ask(pod.address, questions, context_path=path, keys=keys)
            return _Kept(questions, replies, self._monotonic() + self._seconds)

        return ask


_NOTHING: Final = _Kept((), {}, 0.0)
