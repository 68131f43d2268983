"""How one cluster is, asked with the token that BPG has: may it, is there a SparkApplication, are jobs taken up.

A token of one namespace sees nothing else of a Spark operator than what becomes of jobs. So it counts as missing while
a job that is old enough has no state; a cluster without jobs tells nothing, and counts as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, Protocol

from mwaa_operator.gateway.clusters.running import running
from mwaa_operator.gateway.clusters.words import Told, missing_kind, missing_right, of_call, untouched
from mwaa_operator.gateway.reasons import DetailReason
from mwaa_operator.kube.errors import Forbidden, KubeError
from mwaa_operator.kube.remote import APPLICATIONS, SPARK, Application, Job

VERBS: Final = ("get", "create", "list")
"""What BPG does all the time; it deletes only when it is asked to."""
SAMPLED: Final = 10
"""Jobs without a state that are read to know their age; the others are as old."""
PRECISION: Final = timedelta(seconds=1)
"""Times of objects are cut to whole seconds."""


class Remote(Protocol):
    """A cluster; see `RemoteCluster`."""

    def may(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        """Return whether the token allows something."""

    def serves_spark(self) -> bool:
        """Return whether SparkApplications are known."""

    def applications(self, namespace: str) -> Iterable[Application]:
        """Return those of a namespace."""

    def job(self, namespace: str, name: str) -> Job | None:
        """Return one."""


@dataclass(frozen=True)
class Health:
    """How a cluster is.

    Attributes:
        reachable: Its API answers, takes the token, and lets it read jobs.
        told: Why jobs cannot run there; None: they can.
        running: Namespace to the id of an entry to how many of its jobs are under way; a namespace is missing whose
            jobs were not counted.
    """

    reachable: bool
    told: Told | None = None
    running: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def health(
    remote: Remote, *, url: str, namespaces: Iterable[str], rights_known: bool, now: Callable[[], datetime], old: float
) -> Health:
    """Return how a cluster is; never raises for what it does.

    Args:
        remote: The cluster.
        url: Its address, for the message.
        namespaces: In which routes may run jobs.
        rights_known: Whether the token was found to be allowed everything a moment ago.
        now: UTC.
        old: From what age on, in seconds, a job without a state means that nobody takes it up.
    """
    places, counted = tuple(namespaces), dict[str, Mapping[str, int]]()
    try:
        lacking = None if rights_known else _lacking(remote, places)
        if lacking is not None:
            verb, namespace = lacking
            told = Told(DetailReason.TOKEN_REJECTED, missing_right(verb, namespace))
            # BPG answers 500 instead of 404 for a job that it may not read: as if it did not reach the cluster.
            return Health(verb != "get", told)
        if not _serves_spark(remote):
            return Health(True, Told(DetailReason.SPARK_OPERATOR_MISSING, missing_kind()))
        for namespace in places:
            jobs = tuple(remote.applications(namespace))
            if (found := running(jobs)) is not None:
                counted[namespace] = found
            if _is_waiting(remote, namespace, jobs, before=now() - timedelta(seconds=old) - PRECISION):
                return Health(True, Told(DetailReason.SPARK_OPERATOR_MISSING, untouched(namespace)), counted)
    except KubeError as error:
        told = of_call(error, url=url)
        return Health(told.answered, told)
    return Health(True, running=counted)


def _lacking(remote: Remote, namespaces: Iterable[str]) -> tuple[str, str] | None:
    """Return the first right that is missing; to read comes first, because it means most."""
    places = tuple(namespaces)
    for verb in VERBS:
        for namespace in places:
            if not remote.may(verb, SPARK[1], APPLICATIONS, namespace):
                return verb, namespace
    return None


def _serves_spark(remote: Remote) -> bool:
    try:
        return remote.serves_spark()
    except Forbidden as error:
        if error.status == 401:
            raise
        # A cluster that hides what it serves: the list of jobs tells as well.
        return True


def _is_waiting(remote: Remote, namespace: str, listed: Iterable[Application], *, before: datetime) -> bool:
    """Return whether a job of a namespace from before that time has no state."""
    stateless = (item.name for item in listed if item.state == "")
    jobs = (remote.job(namespace, name) for name in islice(stateless, SAMPLED))
    return any(job is not None and job.state == "" and job.created_at < before for job in jobs)
