"""Where the jobs of entries are, and how many of them are under way as the look at their clusters saw it. Pure.

It counts for people; when an entry may leave is decided by `draining`, from counts that know ended jobs too.
"""

from __future__ import annotations

from mwaa_operator.gateway.plan.situation import Situation


def places(s: Situation) -> dict[str, tuple[str, str]]:
    """Return the name of the cluster and the namespace of each entry that a pod may run, by id.

    Only of those whose cluster is still where the entry says: jobs elsewhere are not the entry's.
    """
    found = {}
    for revision in s.serving:
        for entry in revision.entries:
            file, look = revision.clusters.get(entry.id), s.observed.clusters.get(entry.cluster)
            if file is not None and look is not None and file["masterUrl"] == look.url:
                found[entry.id] = (entry.cluster, str(file["sparkApplicationNamespace"]))
    return found


def running(s: Situation) -> dict[str, int]:
    """Return how many jobs of each entry are under way, by id; one is missing whose jobs nobody could count."""
    looks, found = s.observed.clusters, {}
    for id_, (cluster, namespace) in places(s).items():
        counted = looks[cluster].running.get(namespace)
        if counted is not None:
            found[id_] = counted.get(id_, 0)
    return found
