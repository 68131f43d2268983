"""The runs: create many and wait until all are Ready; let them rest; restart the operator among them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from localcloud.bench.field import PATH, Api, Field, Laws, environment
from localcloud.bench.figures import Figures, cpu_seconds, memory_mib, metrics, summed, threads
from localcloud.demo.stage import condition
from localcloud.waiting import wait_until

LIMIT = 1800.0
"""Seconds after which a run is given up."""
MERGE = "application/merge-patch+json"


@dataclass(frozen=True)
class Run:
    """One run; `rests` seconds of watching afterwards what it costs at rest."""

    objects: int
    laws: Laws
    rests: float = 0.0


def bare(field: Field, number: int) -> float:
    """Return how long a client without any operator takes to create the objects and write each three times."""
    api = field.api
    began = time.monotonic()

    def write(index: int) -> Any:
        path = f"{PATH}/e{index}"
        api.call("POST", PATH, environment(index))
        patch(api, path, {"metadata": {"finalizers": ["bench.example/x"]}})
        patch(api, f"{path}/status", {"status": {"state": "CREATING", "observedGeneration": 1}})
        return patch(api, f"{path}/status", {"status": {"state": "AVAILABLE"}})

    field.each(write, number)
    took = time.monotonic() - began
    field.each(lambda index: patch(api, f"{PATH}/e{index}", {"metadata": {"finalizers": None}}), number)
    api.call("DELETE", PATH)
    wait_until(lambda: not field.bodies(), within=300.0, what="the bare client's objects to go", pause=0.5)
    return took


def patch(api: Api, path: str, change: dict[str, Any]) -> Any:
    """Change an object by a merge patch."""
    return api.call("PATCH", path, change, content_type=MERGE)


def create_all(field: Field, number: int) -> Figures:
    """Create the objects with the operator at work, and return what it took until all were Ready."""
    field.start()
    field.cloud.aws.ledger.reset()
    pid, before = field.operator.pid, metrics(field.operator.http_url)
    cpu = cpu_seconds(pid)
    began = time.monotonic()
    field.each(lambda index: field.api.call("POST", PATH, environment(index)), number)
    created = time.monotonic() - began
    wait_until(lambda: _ready(field) == number, within=LIMIT, what="all to be Ready", pause=0.5)
    ready = time.monotonic() - began
    after = metrics(field.operator.http_url)
    return Figures(
        objects=number,
        created=created,
        ready=ready,
        cpu=cpu_seconds(pid) - cpu,
        peak_mib=memory_mib(pid, "VmHWM"),
        threads=threads(pid),
        aws={name: count for name, count in field.cloud.aws.ledger.totals().items() if count},
        requests=_grown(before, after, "rest_client_requests_total", "method"),
        status_writes=sum(_grown(before, after, "mwaa_operator_status_writes_total", "kind").values()),
    )


def rest(field: Field, run: Run) -> str:
    """Watch the operator among settled objects, then restart it, and return what both cost."""
    pid = field.operator.pid
    cpu, began = cpu_seconds(pid), time.monotonic()
    threading.Event().wait(run.rests)
    share = (cpu_seconds(pid) - cpu) / (time.monotonic() - began)
    now = memory_mib(pid, "VmRSS")
    mutations = len(field.cloud.aws.ledger.mutations())
    field.operator.stop()
    began = time.monotonic()
    field.operator.restart()
    field.operator.wait_ready(120.0)
    at_work = time.monotonic() - began
    looked = field.cloud.aws.ledger.count(service="mwaa", operation="GetEnvironment")
    field.cloud.aws.ledger.wait_for(
        lambda ledger: ledger.count(service="mwaa", operation="GetEnvironment") >= looked + run.objects, timeout=LIMIT
    )
    quiet = time.monotonic() - began
    unasked = len(field.cloud.aws.ledger.mutations()) - mutations
    return (
        f"  at rest: {100 * share:.1f} % of a core, {now:.0f} MiB\n"
        f"  restart: ready after {at_work:.1f} s, every object looked at after {quiet:.1f} s, {unasked} mutations"
    )


def _ready(field: Field) -> int:
    return sum((condition(body, "Ready") or {}).get("status") == "True" for body in field.bodies())


def _grown(before: Any, after: Any, name: str, label: str) -> dict[str, float]:
    earlier = summed(before, name, label)
    return {value: count - earlier.get(value, 0.0) for value, count in summed(after, name, label).items()}
