"""Asks a pod of BPG what `plan.probes` wants to know, over HTTP; several questions at once.

Whatever a pod answers, or does not, becomes a value: a proof is about pods that may be wrong in any way. All questions
together take a bounded time. What an answer means is not judged here, and nothing here changes anything in the pod.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Final

from mwaa_operator.gateway.bpg.request import PROBE_TYPE
from mwaa_operator.gateway.hidden import without
from mwaa_operator.gateway.plan.probes import ANYBODY, NOBODY, QUEUE, Probe
from mwaa_operator.gateway.plan.situation import Replies, Reply
from mwaa_operator.gateway.podhttp import NO_ANSWER, Call, Patience, calling
from mwaa_operator.gateway.tokens.jwts import Grant, signed

PORT: Final = 8080
"""Of BPG's API (Dropwizard, "Configuration Reference": applicationConnectors)."""
MAX_MESSAGE: Final = 300
MAX_COMMIT: Final = 64
TOKEN_LIFETIME: Final = timedelta(minutes=10)
"""Of the tokens that probes bear: clocks of pods may differ by less."""
SUBJECT: Final = "mwaa-operator/probe"


class Prober:
    """Asks pods; safe for many threads.

    Args:
        now: UTC, for the end of tokens.
        monotonic: Seconds.
        port: Where BPG listens.
        patience: How long is waited.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        port: int = PORT,
        patience: Patience | None = None,
    ) -> None:
        self._now, self._monotonic, self._port = now, monotonic, port
        self._patience = patience or Patience()

    def ask(self, address: str, probes: Iterable[Probe], *, context_path: str, keys: tuple[str, ...]) -> Replies:
        """Return what a pod answers, by the probes' keys; those that are one question are asked once.

        Args:
            address: IP address of the pod.
            probes: The questions.
            context_path: Below which BPG serves.
            keys: Keys in the file that the pod runs, the newest first; tokens are signed with the first.

        Returns:
            A reply to every question; its status is 0 where there was no answer, and its message says why.
        """
        questions = list({probe.key: probe for probe in probes}.values())
        waiting, replies = deque(questions), dict.fromkeys((probe.key for probe in questions), Reply(0))

        def work(call: Call) -> None:
            while (probe := _next(waiting)) is not None:
                replies[probe.key] = self._reply(call, probe, context_path, keys)

        with self._call(address) as call:
            # No executor: its threads would hold up the end of the process.
            count = min(self._patience.at_once, len(questions))
            threads = [threading.Thread(target=work, args=(call,), daemon=True) for _ in range(count)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return replies

    def version(self, address: str, *, context_path: str, user: str = ANYBODY) -> str | None:
        """Return the source revision that a pod says it is of; None: it does not say, or lets the user not in.

        Args:
            address: IP address of the pod.
            context_path: Below which BPG serves.
            user: A name that BPG lets in.
        """
        with self._call(address) as call:
            try:
                status, body = call.send("GET", f"{context_path}/admin/version", None, user)
            except NO_ANSWER:
                return None
        found = _object(body).get("gitCommit") if status == 200 else None
        return found[:MAX_COMMIT] if isinstance(found, str) else None

    def _reply(self, call: Call, probe: Probe, context_path: str, keys: tuple[str, ...]) -> Reply:
        method, path, body = self._request(probe, context_path, keys)
        try:
            status, answer = call.send(method, path, body, probe.user)
        except NO_ANSWER as error:
            return Reply(0, type(error).__name__)
        return Reply(status, _message(answer, keys))

    def _request(self, probe: Probe, context_path: str, keys: tuple[str, ...]) -> tuple[str, str, bytes | None]:
        if probe.kind != QUEUE:
            return "GET", f"{context_path}/spark/{probe.subject}-{NOBODY}/status", None
        body: dict[str, Any] = {
            "type": PROBE_TYPE,
            "queue": probe.subject,
            "sparkVersion": probe.version,
            "driver": {},
            "executor": {},
        }
        if probe.secure and keys:
            body["queueToken"] = signed(Grant(SUBJECT, (probe.subject,), self._now() + TOKEN_LIFETIME), keys[0])
        return "POST", f"{context_path}/spark", json.dumps(body).encode()

    def _call(self, address: str) -> AbstractContextManager[Call]:
        return calling(address, self._port, patience=self._patience, monotonic=self._monotonic)


def _next(waiting: deque[Probe]) -> Probe | None:
    try:
        return waiting.popleft()
    except IndexError:
        return None


def _message(body: bytes, keys: Iterable[str]) -> str:
    """Return what an answer says, printable, without secrets and cut: a JSON body's `message`, or the text where it is
    no such body."""
    found = _object(body).get("message")
    text = without(found if isinstance(found, str) else body.decode(errors="replace"), keys)
    return "".join(sign if sign.isprintable() else " " for sign in text[:MAX_MESSAGE]).strip()


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
