"""The simulated MWAA as a service: accounts and Regions, time, the wire. One lock, and nothing that waits.

It joins the pure machine with the protocol; HTTP is the server's, faults are the script's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from localcloud.aws.faults import Error
from localcloud.aws.mwaa.airflow import Airflow, small_airflow
from localcloud.aws.mwaa.config import Surroundings
from localcloud.aws.mwaa.dependencies import LOOKED_AT, Dependencies, Inquiry, RolePropagation
from localcloud.aws.mwaa.laws import Habits, Laws
from localcloud.aws.mwaa.machine import subject
from localcloud.aws.mwaa.states import Environment, Status
from localcloud.aws.mwaa.store import Store
from localcloud.aws.mwaa.texts import Refusal, failed_validation
from localcloud.aws.signing import Caller
from localcloud.aws.wire import BadRequest, Reply, Request, RestJson, Route

KNOWN_STATUSES = frozenset(Status)


class MwaaService:
    """Amazon MWAA for any number of accounts and Regions. Thread-safe.

    Args:
        laws: Settings of every account and Region until `set_laws` changes them.
        dependencies: How it sees the customer's account.
        airflow: Answers InvokeRestApi.
        clock: Wall clock, epoch seconds.
    """

    name = "mwaa"
    signing_name = "airflow"

    def __init__(
        self,
        *,
        laws: Laws | None = None,
        dependencies: Dependencies | None = None,
        airflow: Airflow = small_airflow,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.lock = threading.RLock()
        self.wire = RestJson("mwaa")
        self.roles = RolePropagation()
        self.laws = laws or Laws()
        self.offset = 0.0
        """Seconds that this service's clock is ahead of the given one."""
        self._dependencies = dependencies or Dependencies()
        self._airflow, self._clock = airflow, clock
        self._stores: dict[tuple[str, str], Store] = {}
        self._rendered: dict[str, tuple[Environment, Habits, Reply]] = {}

    def now(self) -> float:
        """Return this service's time, epoch seconds."""
        return self._clock() + self.offset

    def store(self, account: str, region: str) -> Store:
        """Return the environments of an account and Region, as they are now. Hold `lock` while using it."""
        with self.lock:
            store = self._stores.get((account, region))
            if store is None:
                store = Store(account, region, self.laws, observe=self._changed, airflow=self._airflow)
                self._stores[account, region] = store
            store.advance(self.now())
            return store

    def set_laws(self, **changes: Any) -> None:
        """Replace settings everywhere."""
        with self.lock:
            for store in self._stores.values():
                store.set_laws(**changes)
            self.laws = replace(self.laws, **changes)

    def resource(self, route: Route) -> str:
        """Return the name of the environment that a call is about; "" when it is about none."""
        return subject(route.labels)

    def reply(self, route: Route, request: Request, *, caller: Caller, region: str) -> Reply:
        """Serve one request, effect and answer. Raises WrongAnswerError for a defect of this simulator."""
        try:
            params = self.wire.parse(route, request)
        except BadRequest as problem:
            return self._refusal(failed_validation(problem.problems))
        with self.lock:
            now, store = self.now(), self.store(caller.account, region)
            if route.operation == "GetEnvironment" and (known := self._known(store, params["Name"])):
                return known
            around = Surroundings()
            if route.operation in LOOKED_AT:
                around = self._look(store, route.operation, params, now)
            answer = store.act(route.operation, params, now=now, caller=caller, around=around)
            if isinstance(answer, Refusal):
                return self._refusal(answer)
            if route.operation == "GetEnvironment":
                return self._environment(store, params["Name"], answer)
        return self.wire.answer(route.operation, answer)

    def _look(self, store: Store, operation: str, params: Mapping[str, Any], now: float) -> Surroundings:
        delayed = self.roles.check(params, now)
        inquiry = Inquiry(store.account, store.region, operation, params, store.environments.get(subject(params)))
        return delayed or self._dependencies.look(inquiry)

    def _known(self, store: Store, name: str) -> Reply | None:
        """Return the answer of the last GetEnvironment if nothing has changed since."""
        environment = store.environments.get(name)
        known = environment and self._rendered.get(environment.arn)
        return known[2] if known and known[0] is environment and known[1] is store.laws.habits else None

    def _environment(self, store: Store, name: str, answer: Mapping[str, Any]) -> Reply:
        environment, habits = store.environments[name], store.laws.habits
        # A status that a test forced, or members of a service newer than the model: wrong on purpose.
        meant = environment.status not in KNOWN_STATUSES or habits.unknown_members
        reply = self.wire.answer("GetEnvironment", answer, checked=not meant)
        self._rendered[environment.arn] = (environment, habits, reply)
        return reply

    def _refusal(self, refusal: Refusal) -> Reply:
        return self.wire.refusal(Error(refusal.status, refusal.code, refusal.message), dict(refusal.members))

    def _changed(self, before: Environment | None, after: Environment | None) -> None:
        if after is None and before is not None:
            self._rendered.pop(before.arn, None)
        elif after is not None and after.ready and not (before and before.ready and before.config == after.config):
            self._dependencies.appeared(after)
