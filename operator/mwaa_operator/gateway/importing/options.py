"""What a file of BPG does not say and an import needs: names, namespaces, data class, profile, image. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

from mwaa_operator.api.spark import GENERAL
from mwaa_operator.gateway.bpg.profile import Profile


@dataclass(frozen=True)
class Options:
    """What the person decides.

    Attributes:
        name: Of the SparkGateway.
        namespace: Its namespace.
        route_namespace: Namespace of the routes; empty: the gateway's.
        data_class: Of the gateway and all its routes.
        profile: The revision of BPG that read the file, and that the gateway is to run: aws-pin or pre-dw5.
        image: Of the gateway; empty: one that has to be replaced.
    """

    name: str = "spark-gateway"
    namespace: str = "spark-gateways"
    route_namespace: str = ""
    data_class: str = GENERAL
    profile: Profile = Profile.AWS_PIN
    image: str = ""

    @property
    def routes_in(self) -> str:
        """The namespace of the routes."""
        return self.route_namespace or self.namespace

    @property
    def isolated(self) -> bool:
        """Whether the data class promises isolation."""
        return self.data_class != GENERAL
