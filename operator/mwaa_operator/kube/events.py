"""Events: what changed, told once, and counted while it repeats (events.k8s.io/v1, series as in client-go's recorder).

An Event is a courtesy: everything in it is also in status, so a failure to record one is logged and never raised. The
fence alone may raise, because who lost the lease writes nothing at all.
"""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mwaa_operator.api.meta import FIELD_MANAGER, key_of
from mwaa_operator.api.plan import Notice
from mwaa_operator.kube.errors import KubeError, NotFound
from mwaa_operator.kube.paths import path
from mwaa_operator.kube.surroundings import Surroundings
from mwaa_operator.kube.transport import MERGE_PATCH, Transport

QUIET = timedelta(seconds=60)
"""A series is written at most this often; repetitions in between are counted in memory."""

REMEMBERED = 4096
"""Series that are kept in memory; the longest silent one is forgotten first and would begin anew."""


MAX_NOTE = 1024
"""Bytes of `note` that the API server takes (validation of events.k8s.io/v1)."""


@dataclass(frozen=True)
class _Series:
    path: str
    count: int
    written_at: datetime


_Identity = tuple[str, str, str, str]


class EventRecorder:
    """Writes Events.

    Args:
        transport: The connection to the API server.
        surroundings: Who reports, what time it is, and who is told of failures.
    """

    def __init__(self, transport: Transport, surroundings: Surroundings) -> None:
        self._transport, self._surroundings = transport, surroundings
        self._lock = threading.Lock()
        self._series: OrderedDict[_Identity, _Series] = OrderedDict()

    def record(self, body: dict[str, Any], notice: Notice) -> None:
        """Record a notice about an object; the same notice about the same object becomes a series.

        Args:
            body: The object; Events about cluster-scoped ones are kept in the namespace `default`.
            notice: What to say.

        Raises:
            Exception: Whatever the fence raises.
        """
        identity = (body["metadata"]["uid"], notice.reason, notice.note, notice.type)
        now = self._surroundings.now()
        known = self._repeated(identity)
        if known is None:
            self._begin(identity, body, notice, now)
        elif now - known.written_at >= QUIET:
            self._continue(identity, known, body, notice, now)

    def _repeated(self, identity: _Identity) -> _Series | None:
        with self._lock:
            if (known := self._series.get(identity)) is None:
                return None
            counted = self._series[identity] = replace(known, count=known.count + 1)
            self._series.move_to_end(identity)
            return counted

    def _begin(self, identity: _Identity, body: dict[str, Any], notice: Notice, now: datetime) -> None:
        event = _event(body, notice, self._surroundings.instance, now)
        events = path("apis", "events.k8s.io", "v1", "namespaces", event["metadata"]["namespace"], "events")
        try:
            self._transport.mutate("POST", events, event)
        except KubeError as error:
            self._not_recorded(body, notice, error)
            return
        self._remember(identity, _Series(path=f"{events}/{event['metadata']['name']}", count=1, written_at=now))

    def _continue(
        self, identity: _Identity, known: _Series, body: dict[str, Any], notice: Notice, now: datetime
    ) -> None:
        series = {"series": {"count": known.count, "lastObservedTime": micro_time(now)}}
        try:
            self._transport.mutate("PATCH", known.path, series, content_type=MERGE_PATCH)
        except NotFound:  # Events expire, after an hour by default
            self._begin(identity, body, notice, now)
        except KubeError as error:
            self._not_recorded(body, notice, error)
        else:
            self._remember(identity, replace(known, written_at=now))

    def _not_recorded(self, body: dict[str, Any], notice: Notice, error: KubeError) -> None:
        log = self._surroundings.log
        log.warning("event.not_recorded", object=str(key_of(body)), event_reason=notice.reason, error=str(error))

    def _remember(self, identity: _Identity, series: _Series) -> None:
        with self._lock:
            self._series[identity] = series
            self._series.move_to_end(identity)
            while len(self._series) > REMEMBERED:
                self._series.popitem(last=False)


def micro_time(moment: datetime) -> str:
    """Return a UTC datetime as metav1.MicroTime; the API server answers 400 to one without microseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _fit(note: str) -> str:
    """Return `note` within the API server's limit, which counts bytes."""
    return note.encode()[:MAX_NOTE].decode(errors="ignore")


def _event(body: dict[str, Any], notice: Notice, instance: str, now: datetime) -> dict[str, Any]:
    meta = body["metadata"]
    identity = {name: meta[name] for name in ("namespace", "name", "uid", "resourceVersion") if name in meta}
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"namespace": meta.get("namespace", "default"), "name": f"{meta['name']}.{uuid.uuid4().hex[:16]}"},
        "eventTime": micro_time(now),
        "reportingController": FIELD_MANAGER,
        "reportingInstance": instance,
        "type": notice.type,
        "reason": notice.reason,
        "action": notice.action,
        "note": _fit(notice.note),
        "regarding": {"apiVersion": body["apiVersion"], "kind": body["kind"], **identity},
    }
