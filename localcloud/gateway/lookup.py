"""From a submission's id to its entry and its SparkApplication, with the errors of the calls that go this way.

Source: apple/batch-processing-gateway, RestBase.getSparkCluster, getSparkApplicationResource.
"""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.gateway.clusters import App, Connect, Target
from localcloud.gateway.config import Cluster, Config
from localcloud.gateway.credentials import References
from localcloud.gateway.errors import NOT_FOUND, BpgError, null


@dataclass(frozen=True)
class Lookup:
    """Finds clusters and reaches them."""

    config: Config
    references: References
    connect: Connect

    def cluster(self, submission: str) -> Cluster:
        """Return the first entry whose id is what stands before the first hyphen.

        Raises:
            BpgError: There is none.
        """
        index = submission.find("-")
        if index <= 0:
            raise BpgError(400, f"submissionId {submission} is invalid")
        if self.config.clusters is None:
            raise null("sparkClusters")
        for entry in self.config.clusters:
            if entry is None:
                raise null("cluster")
            if entry.id == submission[:index]:
                return entry
        raise BpgError(400, f"Cluster {submission[:index]} (in submissionId: {submission}) not exists")

    def target(self, cluster: Cluster) -> Target:
        """Return a client of an entry's API server, as the entry's credentials are now.

        Raises:
            BpgError: It has none that BPG can use.
        """
        return self.connect(self.references.access(cluster))

    def app(self, submission: str) -> tuple[Cluster, App]:
        """Return an application and its entry.

        Raises:
            BpgError: Either is missing, or the API server does not say.
        """
        cluster = self.cluster(submission)
        found = self.target(cluster).get(cluster.namespace or "", submission)
        if found is None:
            raise BpgError(404, NOT_FOUND)
        return cluster, found
