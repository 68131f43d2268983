"""The routing simulator: everything that can become of one request, and how likely each of it is. Pure.

A default queue is drawn twice, once for labels and limits and once for the cluster, and the draws do not know of each
other; that is a defect of BPG's and kept here. Nothing is sampled. Source: apple/batch-processing-gateway,
ApplicationSubmissionRest.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

from mwaa_operator.gateway.bpg import route
from mwaa_operator.gateway.bpg.answer import Answer, Choice, Outcome, Refusal, RefusedError, Stage, gathered
from mwaa_operator.gateway.bpg.case import Case, Job
from mwaa_operator.gateway.bpg.config import Cluster, Config
from mwaa_operator.gateway.bpg.job import check_job
from mwaa_operator.gateway.bpg.oddities import oddities
from mwaa_operator.gateway.bpg.request import Request

UNAUTHORIZED = Refusal(Stage.AUTHENTICATION, 401, "HTTP 401 Unauthorized.", exception="")

Drawn = TypeVar("Drawn", bound=Hashable)
Branch = tuple[Fraction, Choice | Refusal]


def simulate(config: Config, request: Request, *, now: float | None = None) -> Answer:
    """Return everything that can become of a request.

    Args:
        config: What BPG started from; it knows its profile.
        request: What BPG is asked.
        now: Seconds since 1970, for the times in a queue token; None: they are not looked at.

    Returns:
        Outcomes whose probabilities sum to one, and what is odd about them. Never raises.
    """
    user = route.caller(config, request)
    if user is None:
        return Answer((Outcome(Fraction(1), UNAUTHORIZED),))
    case = Case(config, request, user, now)
    outcomes = gathered(_branches(case))
    return Answer(outcomes, oddities(case, outcomes))


def _branches(case: Case) -> Iterator[Branch]:
    first = case.config.profile.draws_queue_first
    return _queue_first(case) if first else _cluster_first(case)


def _queue_first(case: Case) -> Iterator[Branch]:
    clusters = _merged(route.clusters(case))
    for probability, queue in _merged(route.queues(case)):
        if isinstance(queue, Refusal):
            yield probability, queue
        elif refusal := _over_limits(case, queue):
            yield probability, refusal
        else:
            yield from ((probability * share, _sent(case, queue, cluster)) for share, cluster in clusters)


def _cluster_first(case: Case) -> Iterator[Branch]:
    if refusal := _over_limits(case, None):
        yield Fraction(1), refusal
        return
    queues = _merged(route.queues(case))
    for probability, cluster in _merged(route.clusters(case)):
        if isinstance(cluster, Refusal):
            yield probability, cluster
        else:
            yield from ((probability * share, _sent(case, queue, cluster)) for share, queue in queues)


def _sent(case: Case, queue: str | Refusal, cluster: int | Refusal) -> Choice | Refusal:
    """Return what becomes of a request when both draws are made."""
    if isinstance(queue, Refusal):
        return queue
    if isinstance(cluster, Refusal):
        return cluster
    entry = (case.config.clusters or ())[cluster] or Cluster()
    try:
        check_job(Job(case, cluster, entry, queue))
    except RefusedError as end:
        return end.refusal
    return Choice(cluster, str(entry.id), queue)


def _merged(branches: Iterable[tuple[Fraction, Drawn]]) -> list[tuple[Fraction, Drawn]]:
    """Return branches with equal ends made one, so that many ways to one place stay one way."""
    sums: dict[Drawn, Fraction] = {}
    for probability, end in branches:
        sums[end] = sums.get(end, Fraction(0)) + probability
    return [(probability, end) for end, probability in sums.items()]


def _over_limits(case: Case, queue: str | None) -> Refusal | None:
    try:
        route.check_limits(case, queue)
    except RefusedError as end:
        return end.refusal
    return None
