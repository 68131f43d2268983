"""One Spark cluster behind a SparkGateway: where its API is, whom it believes, and who may run what in which namespace.

Credentials are references to Secrets, or made on the cluster itself; no value is ever written here.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mwaa_operator.api.cron import Schedule, TimeZone
from mwaa_operator.api.fields import Duration, ListType, Name
from mwaa_operator.api.meta import ApiModel
from mwaa_operator.api.policies import Region
from mwaa_operator.api.references import SecretKeyRef
from mwaa_operator.api.rules import Rule, Ruled
from mwaa_operator.api.spark import DnsLabel, ServiceAccountName
from mwaa_operator.gateway.rules import (
    api_server_rules,
    cluster_rules,
    credentials_rules,
    eks_rules,
    maintenance_rules,
    token_request_rules,
)

MAX_TIMEOUT_MILLIS = 15_000
"""The longest timeoutMillis: BPG may take 5 seconds more, and callers wait 30."""


class ClusterAccountRef(ApiModel):
    """Which AwsAccount (cluster-scoped) an EKS cluster belongs to."""

    name: Name = "default"
    """Name of the AwsAccount. Default default."""


class EksCluster(Ruled):
    """A cluster of Amazon EKS."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(eks_rules())

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[0-9A-Za-z][A-Za-z0-9_-]*$")]
    """Name of the cluster in AWS; the AwsAccount must admit it. Required."""
    region: Region
    """AWS Region, for example eu-central-1. Required."""
    account_ref: ClusterAccountRef = ClusterAccountRef()
    """The AwsAccount that the cluster belongs to. Default the AwsAccount named default."""


class ApiServer(Ruled):
    """The API server of any other cluster."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(api_server_rules())

    url: Annotated[str, Field(min_length=1, max_length=512)]
    """Its address: https://, a host and perhaps a port. Required."""
    ca_bundle: Annotated[str, Field(min_length=1, max_length=32_768, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
    """Certificates that sign its own, PEM in base64 on one line, as certificate-authority-data in a kubeconfig.
    Required."""


class TokenRequest(Ruled):
    """A service account of the Spark cluster for which the operator asks tokens, by its own identity there."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(token_request_rules())

    service_account: ServiceAccountName
    """Name of the service account. Required."""
    namespace: DnsLabel
    """Its namespace on the Spark cluster. Required."""
    lifetime: Duration = "12h"
    """How long a token is asked for, from 1h to 24h; the cluster may shorten it. Default 12h."""


class Credentials(Ruled):
    """What the gateway shows to the cluster, in one of two ways."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(credentials_rules())

    token_secret_ref: SecretKeyRef | None = None
    """A Secret in the gateway's namespace that holds a bearer token, not in base64 within. Unset: it is asked for."""
    token_request: TokenRequest | None = None
    """A service account for which tokens are made and renewed; only with eks. Unset: a Secret holds the token."""


class SparkNamespace(ApiModel):
    """A namespace of the cluster in which routes may run jobs."""

    name: DnsLabel
    """Name of the namespace on the Spark cluster. Required."""
    service_accounts: Annotated[list[ServiceAccountName], ListType("set", least=1, most=16)]
    """Service accounts that routes may name there. Required."""
    allowed_from: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=63, pattern=r"^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$")]],
        ListType("set", least=1, most=64),
    ]
    """Namespaces (of this cluster, where routes are) whose routes may run jobs there; "*" for all that allowedRoutes
    admits. Required."""


class MaintenanceWindow(Ruled):
    """When a cluster takes no new jobs."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(maintenance_rules())

    name: DnsLabel
    """Name within the cluster. Required."""
    schedule: Schedule
    """When the window begins: cron with five fields, for example '0 2 * * SUN'. Required."""
    duration: Duration
    """How long it lasts, from 10m to 168h, for example 4h. Required."""
    time_zone: TimeZone = "UTC"
    """IANA time zone of schedule, for example Europe/Berlin. Default UTC."""
    drain_lead: Duration = "1h"
    """How long before the window new jobs stop, so that running ones can end; at most 24h. Default 1h."""


class Cluster(Ruled):
    """One Spark cluster."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(cluster_rules())

    name: DnsLabel
    """Name that routes refer to. Required."""
    eks: EksCluster | None = None
    """A cluster of Amazon EKS, whose address and certificates AWS tells. Unset: apiServer says them."""
    api_server: ApiServer | None = None
    """Address and certificates. Unset: eks names the cluster."""
    credentials: Credentials
    """What the gateway shows to the cluster. Required."""
    spark_namespaces: Annotated[list[SparkNamespace], ListType("map", least=1, most=32, keys=("name",))]
    """Namespaces in which routes may run jobs. Required."""
    state: Literal["Active", "Drain", "Disabled"] = "Active"
    """For all routes at once. Active: takes jobs. Drain: takes no new ones, those that are there go on. Disabled: as
    Drain, and is not looked at. Default Active."""
    maintenance_windows: Annotated[list[MaintenanceWindow], ListType("map", most=8, keys=("name",))] = Field(
        default_factory=list
    )
    """When the cluster takes no new jobs. Unset: never."""
    timeout_millis: Annotated[int, Field(ge=500, le=MAX_TIMEOUT_MILLIS)] = 4500
    """How long BPG waits for the cluster, in milliseconds; some revisions wait 5 seconds more. Default 4500."""
    spark_ui_url: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    """Where the Spark UIs of the cluster are: BPG appends namespace and job. Unset: no link is shown."""
