"""The kind SparkGateway: one Batch Processing Gateway (BPG) and the Spark clusters behind it, by the platform team.

Routes may name only what stands here; what is left out admits nothing. Its parts are in cluster.py and serving.py.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from mwaa_operator.api.fields import Duration, ListType, OpenObject
from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.meta import ApiModel
from mwaa_operator.api.resource import (
    AGE_COLUMN,
    MESSAGE_COLUMN,
    READY_COLUMN,
    Column,
    Definition,
    Resource,
    condition_column,
)
from mwaa_operator.api.rules import Rule, Ruled
from mwaa_operator.api.spark import DataClass, SparkConf, SparkVersion
from mwaa_operator.gateway.cluster import Cluster
from mwaa_operator.gateway.reasons import REASONS
from mwaa_operator.gateway.rules import rollout_rules, root_rules, rotation_rules, spec_rules
from mwaa_operator.gateway.serving import Access, AllowedRoutes, Resources, Service
from mwaa_operator.gateway.status import MAX_CLUSTERS, SparkGatewayStatus

__all__ = ["DEFINITION", "KIND", "SparkGateway", "SparkGatewaySpec", "SparkGatewayStatus"]

KIND = KindInfo(kind="SparkGateway", plural="sparkgateways", short_names=("sgw",))

BpgProfile = Literal["aws-pin", "pre-dw5"]
"""Revisions of BPG that differ in what they read and how they route: aa3e5c8, and 5e40371 with one class corrected."""
ImageName = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[!-~]+$")]


class SparkImage(ApiModel):
    """The image of jobs of some types and one version that bring none themselves."""

    name: ImageName
    """The image. Required."""
    types: Annotated[list[Literal["Java", "Scala", "Python", "R"]], ListType("set", least=1, most=4)]
    """Types of jobs. Required."""
    version: SparkVersion
    """Spark version, as jobs name it, compared as a whole. Required."""


class QueueTokens(Ruled):
    """The keys that sign queue tokens; the operator makes them."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(rotation_rules())

    rotation: Duration = "720h"
    """How often a new key is made, from 24h to 9000h. Default 720h."""


class Rollout(Ruled):
    """How changes of the gateway's file reach its pods; BPG reads it at its start alone."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(rollout_rules())

    min_interval: Duration = "1m"
    """Shortest time between two rollouts, at most 1h. Default 1m."""
    shrink_guard_percent: Annotated[int, Field(ge=1, le=100)] = 30
    """The share of entries, in percent, that one change may take away without a person's word; 100 for all.
    Default 30."""


class SparkGatewaySpec(Ruled):
    """What the gateway should be."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(spec_rules())

    data_class: DataClass
    """What the data of all its jobs are: general promises no isolation, every other word (for example phi) does.
    Required. Immutable."""
    bpg_profile: BpgProfile = "aws-pin"
    """Which BPG image holds. aws-pin: the revision that AWS's posts pin. pre-dw5: a later one, mended so that it runs
    jobs. Default aws-pin."""
    image: ImageName
    """The image of BPG. Required."""
    replicas: Annotated[int, Field(ge=1, le=20)] = 2
    """Number of pods, 1 to 20. Default 2."""
    resources: Resources = Resources()
    """The size of each pod. Default: 250m CPU, 1Gi memory."""
    context_path: Annotated[str, Field(min_length=2, max_length=64, pattern=r"^(/[A-Za-z0-9][A-Za-z0-9_-]*)+$")] = (
        "/skatev2"
    )
    """Path below which BPG serves; clients have it too. Default /skatev2."""
    service: Service = Service()
    """The Service in front of the pods. Default: within this cluster."""
    url: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    """Where clients reach the gateway, if that is not its Service: http:// or https://, a host and perhaps a port.
    Unset: the address of the Service."""
    access: Access = Access()
    """Who may use the gateway. Default: nobody."""
    allowed_routes: AllowedRoutes | None = None
    """Which routes the gateway admits. Unset: none."""
    clusters: Annotated[list[Cluster], ListType("map", least=1, most=MAX_CLUSTERS, keys=("name",))]
    """The Spark clusters that routes may name. Required."""
    images: Annotated[list[SparkImage], ListType("atomic", most=32)] = Field(default_factory=list)
    """Images of jobs that bring none themselves; the first that has type and version is taken. Unset: every job must
    bring one."""
    default_spark_conf: SparkConf = Field(default_factory=dict)
    """Spark settings of all jobs, below those of routes and jobs; {spark-application-resource-name} stands for the
    job's id. Unset: none."""
    fixed_spark_conf: SparkConf = Field(default_factory=dict)
    """Spark settings that win over those of routes and jobs; not with bpgProfile aws-pin. Unset: none."""
    queue_tokens: QueueTokens = QueueTokens()
    """The keys that sign queue tokens. Default: a new one every 720h."""
    status_cache_expire_millis: Annotated[int, Field(ge=5000, le=9000)] = 5000
    """How long BPG answers for a job's status from memory, in milliseconds; errors too. Default 5000."""
    rollout: Rollout = Rollout()
    """How changes reach the pods. Default: at most one rollout a minute."""
    extra_config: Annotated[dict[str, Any], OpenObject(most=32)] | None = None
    """Members of BPG's file that have no field here, such as its database or log archive; those that the operator
    writes are left out. No secrets: refer to them as k8s:secret:<namespace>:<name>:<key>. Unset: none."""
    suspend: bool = False
    """True: nothing is changed, what runs stays. Default false."""


class SparkGateway(Resource):
    """One Batch Processing Gateway, and the Spark clusters behind it.

    Ready is True while all pods serve what spec and routes say; Available and TargetsHealthy stand beside it.
    """

    rules: ClassVar[tuple[Rule, ...]] = tuple(root_rules())

    kind: Literal["SparkGateway"] = "SparkGateway"
    """Always SparkGateway."""
    spec: SparkGatewaySpec
    """What the gateway should be. Required."""
    status: SparkGatewayStatus = Field(default_factory=partial(SparkGatewayStatus, observed_generation=-1))
    """What the operator knows about the gateway. Written by the operator."""


DEFINITION = Definition(
    info=KIND,
    model=SparkGateway,
    columns=(
        READY_COLUMN,
        Column("Class", ".spec.dataClass"),
        Column("Routes", ".status.routes.active", type="integer"),
        Column("Clusters", ".status.healthyClusters"),
        Column("Revision", ".status.activeRevision.name"),
        AGE_COLUMN,
        Column("Profile", ".spec.bpgProfile", wide=True),
        Column("URL", ".status.url", wide=True),
        condition_column("Reason", "Ready", "reason", wide=True),
        MESSAGE_COLUMN,
    ),
    selectable=(".spec.dataClass", ".spec.bpgProfile", ".spec.suspend"),
    reasons=REASONS,
)
