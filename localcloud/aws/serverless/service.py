"""The simulated MWAA Serverless as a service: accounts and Regions, time, the wire. One lock, and nothing that waits.

It joins the pure machine with the protocol; HTTP is the server's, faults are the script's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from localcloud.aws.awsjson import AwsJson
from localcloud.aws.faults import Error
from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.propagation import Propagation
from localcloud.aws.serverless.config import Surroundings
from localcloud.aws.serverless.dependencies import LOOKED_AT, Dependencies, Ended, Inquiry
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.runstates import Run
from localcloud.aws.serverless.states import SUFFIX_LENGTH, Workflow, subject
from localcloud.aws.serverless.store import Store
from localcloud.aws.serverless.texts import failed_validation, role_not_assumable
from localcloud.aws.signing import Caller
from localcloud.aws.wire import BadRequest, Reply, Request, Route

NO_SUFFIX = "0" * SUFFIX_LENGTH
"""Stands for the suffix of a workflow that is only about to be."""


class ServerlessService:
    """Amazon MWAA Serverless for any number of accounts and Regions. Thread-safe.

    Args:
        laws: Settings of every account and Region until `set_laws` changes them.
        dependencies: How it sees and changes the customer's account.
        clock: Wall clock, epoch seconds.
    """

    name = "mwaa-serverless"
    signing_name = "airflow-serverless"

    def __init__(
        self,
        *,
        laws: Laws | None = None,
        dependencies: Dependencies | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.lock = threading.RLock()
        self.wire = AwsJson("mwaa-serverless")
        self.roles = Propagation()
        self.laws = laws or Laws()
        self.offset = 0.0
        """Seconds that this service's clock is ahead of the given one."""
        self.serials = count(1)
        """Of scripts."""
        self._dependencies = dependencies or Dependencies()
        self._clock = clock
        self._stores: dict[tuple[str, str], Store] = {}

    def now(self) -> float:
        """Return this service's time, epoch seconds."""
        return self._clock() + self.offset

    def store(self, account: str, region: str) -> Store:
        """Return the workflows of an account and Region, as they are now. Hold `lock` while using it."""
        with self.lock:
            store = self._stores.get((account, region))
            if store is None:
                store = self._stores[account, region] = Store(account, region, self.laws, observe=self._changed)
            store.advance(self.now())
            return store

    def set_laws(self, **changes: Any) -> None:
        """Replace settings everywhere."""
        with self.lock:
            for account, region in list(self._stores):
                self.store(account, region).set_laws(self.now(), **changes)
            self.laws = replace(self.laws, **changes)

    def resource(self, route: Route) -> str:
        """Return the name of the workflow that a call is about; "" when it is about none."""
        return subject(route.labels)

    def reply(self, route: Route, request: Request, *, caller: Caller, region: str) -> Reply:
        """Serve one request, effect and answer. Raises WrongAnswerError for a defect of this simulator."""
        try:
            params = self.wire.parse(route, request)
        except BadRequest as problem:
            return self._refusal(failed_validation(problem.problems))
        with self.lock:
            now, store = self.now(), self.store(caller.account, region)
            around = Surroundings()
            if route.operation in LOOKED_AT:
                around = self._look(store, params, caller, now)
            answer = store.act(route.operation, params, now=now, caller=caller, around=around)
        return self._refusal(answer) if isinstance(answer, Refusal) else self.wire.answer(route.operation, answer)

    def _look(self, store: Store, params: Mapping[str, Any], caller: Caller, now: float) -> Surroundings:
        if self.roles.is_pending(params["RoleArn"], now):
            return Surroundings(refusal=role_not_assumable(params["RoleArn"]))
        known = store.workflows.get(subject(params))
        identifier = known.id if known else f"{params.get('Name', '')}-{NO_SUFFIX}"
        inquiry = Inquiry(
            account=store.account,
            region=store.region,
            params=params,
            caller=caller,
            laws=store.laws,
            now=now,
            identifier=identifier,
        )
        return self._dependencies.look(inquiry)

    def _refusal(self, refusal: Refusal) -> Reply:
        return self.wire.refusal(Error(refusal.status, refusal.code, refusal.message), dict(refusal.members))

    def _changed(self, before: Workflow | None, after: Workflow | None) -> None:
        if after is None:
            return
        if before is None or before.latest is not after.latest:
            self._dependencies.appeared(after)
        for ended in _ended(before, after):
            self._dependencies.ended(ended)


def _ended(before: Workflow | None, after: Workflow) -> Iterator[Ended]:
    """Return the attempts that have ended between two states of a workflow."""
    same = before is not None and before.arn == after.arn
    old = {run.id: run for run in before.live} if before is not None and same else {}
    last = before.past[-1].id if before is not None and same and before.past else ""
    for run in (*_newest(after, last), *after.live):
        earlier = _over(old[run.id]) if run.id in old else frozenset()
        if run.id in old and old[run.id] is run:
            continue
        for task in run.tasks:
            for attempt in task.attempts:
                if attempt.ended_at is not None and (task.id, attempt.number) not in earlier:
                    yield Ended(after, run, task.id, attempt)


def _newest(workflow: Workflow, last: str) -> list[Run]:
    """Return the runs that ended after the one of this id."""
    newest: list[Run] = []
    for run in reversed(workflow.past):
        if run.id == last:
            break
        newest.append(run)
    return newest[::-1]


def _over(run: Run) -> frozenset[tuple[str, int]]:
    return frozenset(
        (task.id, attempt.number) for task in run.tasks for attempt in task.attempts if attempt.ended_at is not None
    )
