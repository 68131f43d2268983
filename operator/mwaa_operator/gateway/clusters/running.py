"""How many jobs of each entry are under way, by the list of a namespace's jobs that a look at a cluster reads anyway.

It tells people how much runs where; nothing is decided by it. What drains is counted by `jobcounts`, ended jobs among
them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from mwaa_operator.kube.remote import Application

ENDED: Final = frozenset({"COMPLETED", "FAILED", "SUBMISSION_FAILED"})
"""States of a job that nothing runs of (kubeflow/spark-operator, api v1beta2: ApplicationStateType). One that is tried
again leaves them, and counts again."""


def running(applications: Sequence[Application]) -> Mapping[str, int] | None:
    """Return how many jobs are under way by the id of their entry; None: the list does not tell states.

    Args:
        applications: All SparkApplications of a namespace.
    """
    if any(item.state is None for item in applications):
        return None
    return Counter(entry_of(item.name) for item in applications if item.state not in ENDED)


def entry_of(job: str) -> str:
    """Return the id of the entry that a job came under: its name begins with it (BPG source: submission ids)."""
    return job.partition("-")[0]
