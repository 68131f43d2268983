"""What the jobs of a SparkJobRoute are like: limits, nodes, settings, volumes, cost centre.

Except for limits and nodes these are defaults: what a job brings itself wins over them in BPG.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mwaa_operator.api.fields import DNS_NAME, Duration, ListType
from mwaa_operator.api.meta import ApiModel
from mwaa_operator.api.rules import Rule, Ruled
from mwaa_operator.api.selectors import LabelKey
from mwaa_operator.api.spark import DnsLabel, LabelText, SparkConf
from mwaa_operator.route.rules import job_rules, limit_rules, placement_rules, spot_rules, volume_rules

NODE_LABEL = "node_group_category"
"""The node label that BPG takes where none is said."""

NodeValues = Annotated[list[LabelText], ListType("set", least=1, most=16)]


class Limits(Ruled):
    """What one job may ask for."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(limit_rules())

    max_executor_instances: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Executors that a job may ask for; dynamic allocation is not bounded by it. Unset: BPG's own limit (5000)."""
    max_requested_running: Duration | None = None
    """The longest bpg.maxRunningMillis that a job may ask for, from 1m to 720h; a job that asks for none is not
    bounded by it. Unset: BPG's own limit (12h)."""


class NodeSelection(ApiModel):
    """Nodes with one of several values of a label."""

    label_key: LabelKey = NODE_LABEL
    """Key of the node label. Default node_group_category."""
    values: NodeValues
    """Values of the label. Required."""


class Spot(Ruled):
    """What a job that asks for spot instances gets."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(spot_rules())

    policy: Literal["Forbid", "Allow"] = "Forbid"
    """Forbid: its executors go to the nodes of placement.executor all the same. Allow: they go to the nodes of values.
    Default Forbid."""
    values: Annotated[list[LabelText], ListType("set", most=16)] = Field(default_factory=list)
    """Values of placement.executor.labelKey on spot nodes. Required with Allow; unset otherwise."""


class Placement(Ruled):
    """Which nodes the pods of jobs go to; a job that brings an affinity of its own is not bound by it."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(placement_rules())

    driver: NodeSelection | None = None
    """Nodes of drivers. Unset: any."""
    executor: NodeSelection | None = None
    """Nodes of executors. Unset: any."""
    spot: Spot = Spot()
    """What a job that asks for spot instances gets. Default: the same nodes as every job."""


class EnvironmentVariable(ApiModel):
    """One environment variable of drivers and executors."""

    name: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    """Name: letters, digits and _, not beginning with a digit. Required."""
    value: Annotated[str, Field(max_length=1024)]
    """Value; no secrets here: it is readable on the Spark cluster. Required."""


class HostPath(ApiModel):
    """A directory of the node."""

    path: Annotated[str, Field(min_length=1, max_length=256, pattern=r"^/[!-~]*$")]
    """Absolute path. Required."""


class ConfigMapSource(ApiModel):
    """A ConfigMap on the Spark cluster."""

    name: Annotated[str, Field(min_length=1, max_length=253, pattern=DNS_NAME)]
    """Name of the ConfigMap in the target's namespace. Required."""


class Volume(Ruled):
    """A volume of drivers and executors of jobs that bring no volumes; BPG knows two sources."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(volume_rules())

    name: DnsLabel
    """Name. Required."""
    mount_path: Annotated[str, Field(min_length=2, max_length=256, pattern=r"^/[!-9;-~]+$")]
    """Absolute path in the containers. Required."""
    read_only: bool = True
    """Whether it is mounted read-only. Default true."""
    config_map: ConfigMapSource | None = None
    """A ConfigMap. Unset: it is a hostPath."""
    host_path: HostPath | None = None
    """A directory of the node; only where dataClass is general. Unset: it is a configMap."""


class SparkUi(ApiModel):
    """How the Spark UI of jobs is served."""

    service_port: Annotated[int, Field(ge=1, le=65535)]
    """Port of the UI's Service. Required."""


class Job(Ruled):
    """Defaults of the route's jobs."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(job_rules())

    spark_conf: SparkConf = Field(default_factory=dict)
    """Spark settings below those of the job; {spark-application-resource-name} stands for its id. Unset: none."""
    env: Annotated[list[EnvironmentVariable], ListType("map", most=32, keys=("name",))] = Field(default_factory=list)
    """Environment variables of drivers and executors. Unset: none."""
    volumes: Annotated[list[Volume], ListType("map", most=8, keys=("name",))] = Field(default_factory=list)
    """Volumes of jobs that bring none themselves. Unset: none."""
    ui: SparkUi | None = None
    """How the Spark UI is served. Unset: as the Spark operator does by itself."""
    ttl_seconds: Annotated[int, Field(ge=3600, le=2_592_000)] = 86_400
    """How long a SparkApplication stays after its end, in seconds, from an hour to 30 days. Default 86400."""


class CostCenter(ApiModel):
    """Whom the pods of the jobs are charged to; their labels say it."""

    code: LabelText
    """Value of the label. Required."""
    label_key: LabelKey = "cost-center"
    """Key of the label of drivers and executors. Default cost-center."""
