"""The Spark clusters of a gateway, looked at with the gateway's own tokens; and the tokens that are made for them."""

from mwaa_operator.gateway.clusters.clusters import Clusters
from mwaa_operator.gateway.clusters.sources import Sources
from mwaa_operator.gateway.clusters.timings import ClusterTimings

__all__ = ["ClusterTimings", "Clusters", "Sources"]
