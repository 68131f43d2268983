"""The simulated cloud's remote control: JSON over HTTP under `/_localcloud/`.

Benchmarks and tests that run the cloud as a process of its own script faults, read the ledger and poke the services
with it; from Python the same objects are used directly. It must not be reachable from anything but loopback.

| Request | Effect |
| --- | --- |
| GET faults, POST faults (a rule), DELETE faults, DELETE faults/ID | the fault script |
| GET holds, GET holds/NAME?timeout=, POST holds/NAME {"forward": true} | held calls: all, wait for one, release |
| GET totals, GET calls?last=, GET count?operation=&…, DELETE calls | the ledger |
| POST SERVICE/VERB {arguments} | a poke, for example `mwaa/publish_endpoints {"name": "one"}` |
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from localcloud.aws.faults import FaultScript, Rule
from localcloud.aws.ledger import Ledger

PREFIX = "/_localcloud/"
Verbs = Mapping[str, Callable[..., Any]]
"""Pokes of a service by name; they take keyword arguments and return something that JSON can say."""


class Control:
    """Answers the remote control's requests. Thread-safe; `answer` may block, so keep it off event loops."""

    def __init__(self, faults: FaultScript, ledger: Ledger, services: Mapping[str, Verbs] | None = None) -> None:
        self._faults, self._ledger = faults, ledger
        self._services = dict(services or {})

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        """Carry out one request; `path` is what follows the prefix. Returns HTTP status and a JSON-ready value."""
        place, _, rest = path.strip("/").partition("/")
        places = {
            "faults": self._on_faults,
            "holds": self._on_holds,
            "totals": lambda *_: self._ledger.totals(),
            "calls": self._on_calls,
            "count": self._on_count,
        }
        try:
            if place in places:
                return 200, places[place](method, rest, query, body)
            if place in self._services and rest in self._services[place] and method == "POST":
                return 200, self._services[place][rest](**json.loads(body or b"{}"))
        except TimeoutError as problem:
            return 408, {"error": str(problem)}
        except (ValueError, TypeError, KeyError) as problem:
            return 400, {"error": f"{type(problem).__name__}: {problem}"}
        return 404, {"error": f"No {method} {PREFIX}{path}"}

    def _on_faults(self, method: str, rest: str, query: Mapping[str, str], body: bytes) -> Any:
        if method == "POST":
            return {"id": self._faults.add(Rule.from_json(json.loads(body)))}
        if method == "DELETE":
            if rest:
                return {"removed": self._faults.remove(rest)}
            self._faults.clear()
        return {rule_id: rule.to_json() for rule_id, rule in self._faults.rules.items()}

    def _on_holds(self, method: str, rest: str, query: Mapping[str, str], body: bytes) -> Any:
        if method == "POST":
            forward = json.loads(body or b"{}").get("forward", True)
            return {"released": self._faults.release(rest, forward=bool(forward))}
        if rest:
            return asdict(self._faults.wait_held(rest, float(query.get("timeout", "30"))))
        return [{"name": name, "call": asdict(call)} for name, call in self._faults.held]

    def _on_calls(self, method: str, rest: str, query: Mapping[str, str], body: bytes) -> Any:
        if method == "DELETE":
            self._ledger.reset()
            return {}
        last = int(query.get("last", "1000"))
        return [asdict(entry) for entry in self._ledger.calls[-last:]]

    def _on_count(self, method: str, rest: str, query: Mapping[str, str], body: bytes) -> Any:
        code = None if query.get("code") == "" else query.get("code", "*")
        names = {key: query.get(key, "*") for key in ("service", "operation", "resource")}
        return {"count": self._ledger.count(**names, code=code)}
