"""How a SparkGateway is run and reached: its pods' size, its Service, and who may talk to it.

BPG believes whatever user name it is told, so that reaching it is the only permission it knows: nothing here opens it
by itself.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mwaa_operator.api.fields import ListType
from mwaa_operator.api.meta import ApiModel
from mwaa_operator.api.rules import Rule, Ruled
from mwaa_operator.api.selectors import LabelSelector, LabelValue
from mwaa_operator.api.spark import DnsLabel
from mwaa_operator.gateway.rules import ip_block_rules, peer_rules, resources_rules, service_rules

Cpu = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^([1-9][0-9]{0,2}|[1-9][0-9]{1,5}m)$")]
"""Whole cores, or thousandths of one."""
Memory = Annotated[str, Field(min_length=3, max_length=16, pattern=r"^[1-9][0-9]{0,5}(Mi|Gi)$")]
Cidr = Annotated[str, Field(min_length=4, max_length=43, pattern=r"^[0-9a-f.:]{2,39}/(0|[1-9][0-9]{0,2})$")]


class Requests(ApiModel):
    """What a pod is sure to get."""

    cpu: Cpu = "250m"
    """CPU: whole cores, or thousandths with m. Default 250m."""
    memory: Memory = "1Gi"
    """Memory, in Mi or Gi. Default 1Gi."""


class Limits(ApiModel):
    """What a pod gets at most."""

    cpu: Cpu | None = None
    """CPU: whole cores, or thousandths with m. Unset: no limit."""
    memory: Memory = "1Gi"
    """Memory, in Mi or Gi, at least 512Mi; the size of the heap follows from it. Default 1Gi."""


class Resources(Ruled):
    """The size of each pod of the gateway."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(resources_rules())

    requests: Requests = Requests()
    """What a pod is sure to get. Default: 250m CPU and 1Gi memory."""
    limits: Limits = Limits()
    """What a pod gets at most. Default: 1Gi memory."""


class Service(Ruled):
    """The Service in front of the gateway's pods."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(service_rules())

    type: Literal["ClusterIP", "LoadBalancer"] = "ClusterIP"
    """ClusterIP: reached within this cluster. LoadBalancer: also from without, as MWAA needs it. Default ClusterIP."""
    annotations: Annotated[dict[str, Annotated[str, Field(max_length=1024)]], Field(max_length=32)] = Field(
        default_factory=dict
    )
    """Annotations of the Service, for example those that make its load balancer internal. Unset: none."""
    load_balancer_source_ranges: Annotated[list[Cidr], ListType("set", most=32)] = Field(default_factory=list)
    """Networks (CIDR) that a load balancer lets in; only with type: LoadBalancer. Unset: all."""


class IpBlock(Ruled):
    """A network."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(ip_block_rules())

    cidr: Cidr
    """The network, for example 10.0.0.0/16. Required."""
    excluded: Annotated[list[Cidr], Field(alias="except"), ListType("set", most=16)] = Field(default_factory=list)
    """Networks within cidr that stay outside. Unset: none."""


class Labels(ApiModel):
    """Labels that a namespace or pod must have."""

    match_labels: Annotated[dict[str, LabelValue], Field(max_length=16)] = Field(default_factory=dict)
    """Labels with exactly these values; none selects all. Unset: none."""


class Peer(Ruled):
    """Who may open connections: a network, or pods of this cluster (NetworkPolicyPeer of networking.k8s.io/v1)."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(peer_rules())

    name: DnsLabel
    """Who it is, for people. Required."""
    ip_block: IpBlock | None = None
    """A network. Unset: pods of this cluster."""
    namespace_selector: Labels | None = None
    """Namespaces by their labels. Unset: the gateway's own namespace."""
    pod_selector: Labels | None = None
    """Pods by their labels. Unset: all pods of the namespaces."""


class Access(ApiModel):
    """Who may use the gateway."""

    users: Annotated[
        list[Annotated[str, Field(max_length=63, pattern=r"^(\*|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)$")]],
        ListType("set", most=256),
    ] = Field(default_factory=list)
    """User names that BPG takes, which it does not verify; "*" takes every name. Unset: none, so that nobody may send
    jobs."""
    from_: Annotated[list[Peer], Field(alias="from"), ListType("map", most=32, keys=("name",))] = Field(
        default_factory=list
    )
    """Who may open connections to the gateway's pods. Must not be empty unless dataClass is general. Unset: nobody."""


class RouteNamespaces(Ruled):
    """Which namespaces' routes a gateway admits."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="(self.from == 'Selector') == has(self.selector)",
            holds=lambda namespaces: (namespaces.from_ == "Selector") == (namespaces.selector is not None),
            message="namespaces.selector is required with from: Selector, else not allowed: set both or neither",
            field="selector",
        ),
    )

    from_: Annotated[Literal["Same", "All", "Selector"], Field(alias="from")]
    """Same: the gateway's own. All: every namespace. Selector: those whose labels match selector. Required."""
    selector: LabelSelector | None = None
    """Labels of namespaces, for from: Selector; kubernetes.io/metadata.name is the name. Unset: none."""


class AllowedRoutes(ApiModel):
    """Which routes a gateway admits."""

    namespaces: RouteNamespaces
    """Namespaces whose routes are admitted. Required."""
    queues: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=58, pattern=r"^[a-z0-9*]([a-z0-9_*-]*[a-z0-9*])?$")]],
        ListType("set", most=128),
    ] = Field(default_factory=list)
    """Queues that routes may have: names, or with * for any run of characters; a single * admits all. Unset: none."""
