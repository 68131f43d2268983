"""The kind SparkJobRoute: one Spark queue behind a gateway, and which clusters serve it, as a data team writes it.

It holds no URL, no credential and, but for the namespaces of its targets, no namespace: what it may name is granted by
the SparkGateway. Its parts are in queue.py, targets.py and job.py.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mwaa_operator.api.fields import ListType, Name
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
from mwaa_operator.api.spark import DataClass, SparkVersion
from mwaa_operator.route.job import CostCenter, Job, Limits, Placement
from mwaa_operator.route.queue import Access, Airflow, Queue
from mwaa_operator.route.reasons import REASONS
from mwaa_operator.route.rules import spec_rules
from mwaa_operator.route.status import SparkJobRouteStatus
from mwaa_operator.route.targets import Drain, Failover, Target

__all__ = ["DEFINITION", "KIND", "SparkJobRoute", "SparkJobRouteSpec", "SparkJobRouteStatus"]

KIND = KindInfo(kind="SparkJobRoute", plural="sparkjobroutes", short_names=("sjr",))


class GatewayRef(ApiModel):
    """Which SparkGateway serves the route."""

    name: Name
    """Name of the SparkGateway; which namespaces have gateways is the operator's setting. Required. Immutable."""


class SparkJobRouteSpec(Ruled):
    """What the route should be."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(spec_rules())

    gateway_ref: GatewayRef
    """The SparkGateway that serves the route; it must admit this namespace. Required."""
    data_class: DataClass
    """What the data of the jobs are, for example general or phi; equal to the gateway's. Required. Immutable."""
    queue: Queue
    """The queue that jobs name. Required."""
    access: Access
    """Who may use the queue. Required."""
    spark_versions: Annotated[list[SparkVersion], ListType("set", least=1, most=16)]
    """Versions that jobs may name, compared as a whole: 3.5 is not 3.5.1. Quote them: YAML reads 3.10 as 3.1.
    Required."""
    targets: Annotated[list[Target], ListType("map", least=1, most=16, keys=("name",))]
    """Where jobs go, each with its weight. Required."""
    failover: Failover = Failover()
    """What happens when a target's cluster fails. Default: its share goes to the others."""
    drain: Drain = Drain()
    """How long jobs may take to end where no new ones go. Default: 24h."""
    limits: Limits | None = None
    """What one job may ask for. Unset: BPG's own limits."""
    placement: Placement | None = None
    """Which nodes the pods go to. Unset: any."""
    job: Job = Job()
    """Defaults of the jobs. Default: nothing but how long a job stays after its end."""
    cost_center: CostCenter | None = None
    """Whom the pods are charged to. Unset: nobody is named."""
    airflow: Airflow | None = None
    """What Airflow is told about the route. Unset: nothing."""
    deletion_policy: Literal["Drain", "Delete"] = "Drain"
    """What deleting this object does. Drain: it waits until its jobs have ended, or for drain.timeout. Delete: it waits
    only until no new job can arrive. Default Drain."""
    suspend: bool = False
    """True: changes of this object are not taken up; what is active stays. Default false."""


class SparkJobRoute(Resource):
    """One Spark queue, and which clusters serve it with which weight.

    Ready is True while the route is active as spec says and one of its targets is healthy.
    """

    kind: Literal["SparkJobRoute"] = "SparkJobRoute"
    """Always SparkJobRoute."""
    spec: SparkJobRouteSpec
    """What the route should be. Required."""
    status: SparkJobRouteStatus = Field(default_factory=partial(SparkJobRouteStatus, observed_generation=-1))
    """What the operator knows about the route. Written by the operator."""


DEFINITION = Definition(
    info=KIND,
    model=SparkJobRoute,
    columns=(
        READY_COLUMN,
        Column("Queue", ".spec.queue.name"),
        Column("Gateway", ".spec.gatewayRef.name"),
        Column("Split", ".status.split"),
        Column("Healthy", ".status.healthyTargets"),
        AGE_COLUMN,
        Column("Revision", ".status.revision.active", wide=True),
        condition_column("Reason", "Ready", "reason", wide=True),
        MESSAGE_COLUMN,
    ),
    selectable=(".spec.gatewayRef.name", ".spec.queue.name", ".spec.dataClass", ".spec.suspend"),
    reasons=REASONS,
)
