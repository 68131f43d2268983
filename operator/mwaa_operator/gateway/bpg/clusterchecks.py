"""Checks of clusters, and of nulls anywhere: each rule finds one thing that BPG starts with and does not say. Pure.

Sources: apple/batch-processing-gateway, SparkClusterHelper, KubernetesHelper, BPGApplication (`sendQueueInfoMetrics`).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from pydantic import TypeAdapter

from mwaa_operator.api.spark import SparkVersion
from mwaa_operator.gateway.bpg.config import Config
from mwaa_operator.gateway.bpg.findings import Found, clusters_of, fits, queues_of

CLUSTER_ID = re.compile(r"[a-z][a-z0-9]{1,16}")
"""BPG takes everything before the first hyphen of a submission id for the cluster; 17 characters leave the names of
pods short enough for the index of logs."""
SHORTEST_TOKEN = 10
LONGEST_TIMEOUT = 15_000
"""Milliseconds; callers wait 20 to 30 seconds, and BPG may take five more than it is told."""

_VERSION: TypeAdapter[str] = TypeAdapter(SparkVersion)


def null_elements(config: Config) -> Found:
    """A null breaks every job that meets it."""
    lists: dict[str, Any] = {
        "sparkClusters": config.clusters,
        "queues": config.queues,
        "sparkImages": config.images,
        "defaultSparkConf": None if config.default_spark_conf is None else list(config.default_spark_conf.values()),
    }
    for path, cluster in clusters_of(config):
        lists |= {f"{path}.queues": cluster.queues, f"{path}.sparkVersions": cluster.spark_versions}
    for path, queue in queues_of(config):
        lists |= {f"{path}.users": queue.users, f"{path}.allowedZones": queue.allowed_zones}
    yield from ((path, "has a null among its elements") for path, values in lists.items() if values and None in values)


def cluster_ids(config: Config) -> Found:
    """An id becomes part of names, and finds jobs again."""
    for path, cluster in clusters_of(config):
        if not CLUSTER_ID.fullmatch(cluster.id or ""):
            yield f"{path}.id", f"{cluster.id!r} is not a letter and 1 to 16 letters or digits, all in lower case"


def duplicate_ids(config: Config) -> Found:
    """Only the first of two is ever found."""
    counts = Counter(cluster.id for _, cluster in clusters_of(config))
    yield from (
        (f"{path}.id", f"{cluster.id!r} is the id of {counts[cluster.id]} clusters")
        for path, cluster in clusters_of(config)
        if counts[cluster.id] > 1
    )


def undeclared_queues(config: Config) -> Found:
    """A cluster serves a queue that nobody can name, or that anybody can."""
    declared = {(queue.name or "").lower() for _, queue in queues_of(config)}
    for path, cluster in clusters_of(config):
        for name in cluster.queues or ():
            if name is not None and name.lower() not in declared:
                yield f"{path}.queues", f"{name!r} is not among the queues of the file"


def spark_versions(config: Config) -> Found:
    """A version without quotes was a number."""
    for path, cluster in clusters_of(config):
        for version in cluster.spark_versions or ():
            if version is not None and not fits(_VERSION, version):
                yield f"{path}.sparkVersions", f"{version!r} is no version of Spark"


def credentials(config: Config) -> Found:
    """Without them every job fails at its last step."""
    for path, cluster in clusters_of(config):
        if len((cluster.user_token or "").removeprefix("plaintext:")) < SHORTEST_TOKEN:
            yield f"{path}.userTokenSOPS", f"is not there, or has less than {SHORTEST_TOKEN} characters"
        if cluster.ca_data is None:
            yield f"{path}.caCertDataSOPS", "is not there; an empty text is the trust store of the JVM"
        if not cluster.namespace:
            yield f"{path}.sparkApplicationNamespace", "is not there"


def weightless(config: Config) -> Found:
    """Still reachable by its id, and no longer watched by the monitor."""
    for path, cluster in clusters_of(config):
        if cluster.weight <= 0:
            yield (
                f"{path}.weight",
                f"{cluster.weight} still lets jobs name {cluster.id!r}: leave it without queues and versions",
            )


def keeps_forever(config: Config) -> Found:
    """Applications that nobody removes."""
    for path, cluster in clusters_of(config):
        if cluster.ttl_seconds is None:
            yield f"{path}.ttlSeconds", "is not there, so Spark applications are never removed"


def untagged(config: Config) -> Found:
    """One cluster without the tag ends the metrics of all."""
    for path, cluster in clusters_of(config):
        if cluster.eks_cluster is None:
            yield f"{path}.eksCluster", "is not there, which ends the metrics about queues"


def patient(config: Config) -> Found:
    """BPG waits longer than its callers."""
    for path, cluster in clusters_of(config):
        if cluster.timeout_millis is None or cluster.timeout_millis > LONGEST_TIMEOUT:
            shown = (
                "not there, which is 30 seconds" if cluster.timeout_millis is None else f"{cluster.timeout_millis:,}"
            )
            yield f"{path}.timeoutMillis", f"is {shown}: callers give up first"
