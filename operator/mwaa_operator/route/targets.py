"""Where a SparkJobRoute sends its jobs: targets with their weights, failover among them, and how one is drained.

A target names what the gateway must grant: a cluster, a namespace there and a service account. Nothing is a URL.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mwaa_operator.api.fields import Duration
from mwaa_operator.api.meta import ApiModel
from mwaa_operator.api.rules import Rule, Ruled
from mwaa_operator.api.spark import DnsLabel, ServiceAccountName
from mwaa_operator.route.rules import drain_rules, failover_rules

MAX_WEIGHT = 1000

ServingState = Literal["Active", "Drain", "Disabled"]
"""Of a target as of a cluster."""


class Target(ApiModel):
    """One namespace of one Spark cluster."""

    name: DnsLabel
    """Name within the route. Required."""
    cluster: DnsLabel
    """Name of one of the gateway's clusters. Required."""
    namespace: DnsLabel
    """Namespace on that cluster in which jobs run; the gateway must grant it to this route's namespace. Required."""
    service_account: ServiceAccountName
    """Service account of the drivers of jobs that name none; the gateway must grant it. Required."""
    weight: Annotated[int, Field(ge=0, le=MAX_WEIGHT)]
    """Share of the jobs: this weight of the sum of all weights, 0 to 1000. 0: no new jobs. Required."""
    state: ServingState = "Active"
    """Active: takes jobs. Drain: takes no new ones, those that are there go on. Disabled: as Drain, and is not looked
    at. Default Active."""


class Failover(Ruled):
    """What happens when a target's cluster fails."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(failover_rules())

    enabled: bool = True
    """Whether jobs go to the remaining targets of this route while one is unhealthy. Default true."""
    unhealthy_after: Duration = "3m"
    """How long a cluster must have been failing, from 30s to 1h. Default 3m."""
    recover_after: Duration = "10m"
    """How long it must have been well before it takes jobs again, from 1m to 24h. Default 10m."""
    on_all_unhealthy: Literal["KeepLast", "Reject"] = "KeepLast"
    """What happens when no target is left. KeepLast: the last split stays. Reject: jobs are refused.
    Default KeepLast."""


class Drain(Ruled):
    """How long jobs may take to end where no new ones go."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(drain_rules())

    timeout: Duration = "24h"
    """After this time the route's deletion no longer waits for jobs, from 1m to 720h. Default 24h."""
