"""The runs: create many and wait until all are Ready; let them rest; restart the operator among them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from localcloud.bench.field import MERGE, Api, Field, Laws
from localcloud.bench.figures import Figures, cpu_seconds, machine_cpu_seconds, memory_mib, metrics, summed, threads
from localcloud.bench.subjects import Subject, name
from localcloud.demo.stage import condition
from localcloud.waiting import wait_until

LIMIT = 1800.0
"""Seconds after which a run is given up."""


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        subject: What is created.
        objects: How many.
        laws: How AWS behaves.
        rests: Seconds of watching afterwards what they cost at rest.
        edits: Whether each is edited once afterwards.
    """

    subject: Subject
    objects: int
    laws: Laws
    rests: float = 0.0
    edits: bool = False


def bare(field: Field, number: int) -> float:
    """Return how long a client without any operator takes to create the objects and write each three times."""
    api, subject = field.api, field.subject
    first, last = subject.states
    began = time.monotonic()

    def write(index: int) -> Any:
        path = f"{subject.path}/{name(index)}"
        api.call("POST", subject.path, subject.manifest(index))
        patch(api, path, {"metadata": {"finalizers": ["bench.example/x"]}})
        patch(api, f"{path}/status", {"status": {"state": first, "observedGeneration": 1}})
        return patch(api, f"{path}/status", {"status": {"state": last}})

    field.each(write, number)
    took = time.monotonic() - began
    release = {"metadata": {"finalizers": None}}
    field.each(lambda index: patch(api, f"{subject.path}/{name(index)}", release), number)
    api.call("DELETE", subject.path)
    wait_until(lambda: not field.bodies(), within=300.0, what="the bare client's objects to go", pause=0.5)
    return took


def patch(api: Api, path: str, change: dict[str, Any]) -> Any:
    """Change an object by a merge patch."""
    return api.call("PATCH", path, change, content_type=MERGE)


def create_all(field: Field, number: int) -> Figures:
    """Create the objects with the operator at work, and return what it took until all were Ready."""
    field.start()

    def create(index: int) -> Any:
        return field.api.call("POST", field.subject.path, field.subject.manifest(index))

    return _until_ready(field, create, number)


def edit_all(field: Field, number: int) -> Figures:
    """Edit each object once, and return what it took until all were Ready again."""

    def edit(index: int) -> Any:
        path = f"{field.subject.path}/{name(index)}"
        return patch(field.api, path, {"spec": {"description": "Edited by the benchmark."}})

    return _until_ready(field, edit, number, generation=2)


def _until_ready(field: Field, write: Callable[[int], Any], number: int, *, generation: int = 1) -> Figures:
    field.cloud.aws.ledger.reset()
    pid, before = field.operator.pid, metrics(field.operator.http_url)
    cpu, driver, machine = cpu_seconds(pid), time.process_time(), machine_cpu_seconds()
    began = time.monotonic()
    with ReadyCount(field, generation) as ready_ones:
        field.each(write, number)
        created = time.monotonic() - began
        wait_until(lambda: len(ready_ones) == number, within=LIMIT, what="all to be Ready", pause=0.1)
        ready = time.monotonic() - began
    after = metrics(field.operator.http_url)
    return Figures(
        objects=number,
        service=field.subject.service,
        created=created,
        ready=ready,
        cpu=cpu_seconds(pid) - cpu,
        driver_cpu=time.process_time() - driver,
        machine_cpu=machine_cpu_seconds() - machine,
        peak_mib=memory_mib(pid, "VmHWM"),
        threads=threads(pid),
        aws={name: count for name, count in field.cloud.aws.ledger.totals().items() if count},
        requests=_grown(before, after, "rest_client_requests_total", "method"),
        status_writes=sum(_grown(before, after, "mwaa_operator_status_writes_total", "kind").values()),
    )


class ReadyCount:
    """Counts the objects of which a generation is Ready, by one watch: lists would cost more than what is measured.

    Runs inside its `with` block.
    """

    def __init__(self, field: Field, generation: int) -> None:
        self._ready: set[str] = set()
        self._generation = generation
        self._stream = field.api.watch(field.subject.path)
        self._thread = threading.Thread(target=self._follow, name="bench-watch")

    def __enter__(self) -> ReadyCount:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._thread.join()

    def __len__(self) -> int:
        return len(self._ready)

    def _follow(self) -> None:
        for body in self._stream:
            ready = condition(body, "Ready") or {}
            if ready.get("status") == "True" and ready.get("observedGeneration", 0) >= self._generation:
                self._ready.add(body["metadata"]["name"])
            else:
                self._ready.discard(body["metadata"]["name"])


def rest(field: Field, run: Run) -> str:
    """Watch the operator among settled objects, then restart it, and return what both cost."""
    pid, ledger, subject = field.operator.pid, field.cloud.aws.ledger, field.subject
    cpu, began, calls = cpu_seconds(pid), time.monotonic(), len(ledger.calls)
    threading.Event().wait(run.rests)
    share = (cpu_seconds(pid) - cpu) / (time.monotonic() - began)
    now, calls = memory_mib(pid, "VmRSS"), len(ledger.calls) - calls
    mutations = len(ledger.mutations())
    field.operator.stop()
    began = time.monotonic()
    field.operator.restart()
    field.operator.wait_ready(120.0)
    at_work = time.monotonic() - began
    looked = ledger.count(service=subject.service, operation=subject.look)
    ledger.wait_for(
        lambda found: found.count(service=subject.service, operation=subject.look) >= looked + run.objects,
        timeout=LIMIT,
    )
    quiet = time.monotonic() - began
    unasked = len(ledger.mutations()) - mutations
    return (
        f"  at rest: {100 * share:.1f} % of a core, {now:.0f} MiB, {calls} calls of AWS in {run.rests:.0f} s\n"
        f"  restart: ready after {at_work:.1f} s, every object looked at after {quiet:.1f} s, {unasked} mutations"
    )


def _grown(before: Any, after: Any, name: str, label: str) -> dict[str, float]:
    earlier = summed(before, name, label)
    return {value: count - earlier.get(value, 0.0) for value, count in summed(after, name, label).items()}
