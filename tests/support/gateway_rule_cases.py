"""The rows of the table of rules for SparkGateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mwaa_operator.api.rules import Ruled
from mwaa_operator.gateway.api import QueueTokens, Rollout, SparkGateway, SparkGatewaySpec
from mwaa_operator.gateway.cluster import (
    ApiServer,
    Cluster,
    Credentials,
    EksCluster,
    MaintenanceWindow,
    TokenRequest,
)
from mwaa_operator.gateway.rules import INTERNAL, NAMESPACE_NAME
from mwaa_operator.gateway.serving import IpBlock, Peer, Resources, RouteNamespaces, Service
from tests.support.manifests import spark_gateway
from tests.support.rulecase import Case, Spec

GATEWAY_MODELS: Final[tuple[type[Ruled], ...]] = (
    SparkGateway,
    SparkGatewaySpec,
    QueueTokens,
    Rollout,
    Cluster,
    EksCluster,
    ApiServer,
    Credentials,
    TokenRequest,
    MaintenanceWindow,
    Resources,
    Service,
    IpBlock,
    Peer,
    RouteNamespaces,
)
"""Every model of the kind that has rules."""

_CLUSTER: Final[dict[str, Any]] = spark_gateway()["spec"]["clusters"][0]
_API_SERVER: Final = {"url": "https://10.0.0.1:6443", "caBundle": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"}
_REQUEST: Final = {"tokenRequest": {"serviceAccount": "bpg", "namespace": "spark"}}
_SECRET: Final = _CLUSTER["credentials"]
_BLOCK: Final = {"name": "mwaa", "ipBlock": {"cidr": "10.0.0.0/16"}}
_PHI: Final[Spec] = {"dataClass": "phi", "access": {"from": [_BLOCK]}}
_ONE: Final = {"from": "Selector", "selector": {"matchLabels": {NAMESPACE_NAME: "clinical"}}}


def gateway_cases() -> Iterator[Case]:
    """Yield the cases of all rules of the kind."""
    for name in ("9-lives", "a.b"):
        yield Case(SparkGateway, "metadata.name", ({},), ({},), name=name)
    yield from _isolation()
    yield from _conf()
    yield from _clusters()
    yield from _times()
    yield from _resources()
    yield from _service()
    yield from _peers()
    yield from _updates()


def _isolation() -> Iterator[Case]:
    spec = SparkGatewaySpec
    without = {"dataClass": "phi"}
    yield Case(spec, "access.from must", (_PHI, {}), (without, without | {"access": {"from": []}}))

    def routes(namespaces: Spec, **members: Any) -> Spec:
        return {"allowedRoutes": {"namespaces": namespaces}} | members

    every, team = {"from": "All"}, {"from": "Selector", "selector": {"matchLabels": {"team": "clinical"}}}
    good = (routes(_ONE, **_PHI), routes({"from": "Same"}, **_PHI), routes(every), routes(team))
    open_selector = {"from": "Selector", "selector": {}}
    bad = tuple(routes(namespaces, **_PHI) for namespaces in (every, team, open_selector))
    later = routes(every, **_PHI, bpgProfile="pre-dw5")
    yield Case(spec, "allowedRoutes.namespaces must", (*good, later), bad)
    missing, beside = routes({"from": "Selector"}), routes({"from": "All", "selector": {}})
    yield Case(RouteNamespaces, "namespaces.selector is", (routes(open_selector),), (missing, beside))


def _conf() -> Iterator[Case]:
    spec = SparkGatewaySpec
    later: Spec = {"bpgProfile": "pre-dw5"}
    fixed: Spec = {"fixedSparkConf": {"spark.ui.enabled": "false"}}
    yield Case(spec, "fixedSparkConf is ignored", (later | fixed, {"fixedSparkConf": {}}), (fixed,))
    for field in ("defaultSparkConf", "fixedSparkConf"):
        good = (later | {field: {"spark.eventLog.dir": "", "s" * 253: "x"}},)
        bad = tuple(later | {field: {key: "x"}} for key in ("", "9", "spark eventLog", "s" * 254))
        yield Case(spec, f"{field} has a key", good, bad)
    urls = tuple({"url": url} for url in ("http://bpg.example.com", "https://10.0.0.1:8443", "https://bpg"))
    bad = tuple({"url": url} for url in ("bpg.example.com", "http://bpg/", "https://B", "http://a@b", "http://b:0"))
    yield Case(spec, "url must", urls, bad)


def _cluster(**members: Any) -> Spec:
    cluster = _CLUSTER | members
    return {"clusters": [{name: value for name, value in cluster.items() if value is not None}]}


def _clusters() -> Iterator[Case]:
    elsewhere = _cluster(eks=None, apiServer=_API_SERVER)
    bad: tuple[Spec, ...] = (_cluster(eks=None), _cluster(apiServer=_API_SERVER))
    yield Case(Cluster, "clusters[] must have exactly one", (elsewhere, _cluster()), bad)
    bad = (_cluster(eks=None, apiServer=_API_SERVER, credentials=_REQUEST),)
    yield Case(Cluster, "credentials.tokenRequest needs", (_cluster(credentials=_REQUEST), elsewhere), bad)
    bad = (_cluster(credentials={}), _cluster(credentials=_REQUEST | _SECRET))
    yield Case(Credentials, "credentials must have exactly one", (_cluster(credentials=_REQUEST),), bad)
    link = {"sparkUiUrl": "https://ui.example.com"}
    yield Case(Cluster, "sparkUiUrl must", (_cluster(**link),), (_cluster(sparkUiUrl="https://ui/a"),))
    regions = tuple(_cluster(eks={"name": "a", "region": region}) for region in ("Frankfurt", "eu-central-1a"))
    yield Case(EksCluster, "region must", (_cluster(eks={"name": "a", "region": "us-gov-west-1"}),), regions)

    def server(**members: Any) -> Spec:
        return _cluster(eks=None, apiServer=_API_SERVER | members)

    bad = tuple(server(url=url) for url in ("http://a", "https://a/", "https://a/b", "https://a?b", "a:6443"))
    yield Case(ApiServer, "apiServer.url must", (server(url="https://a.b.eks.amazonaws.com"),), bad)
    yield Case(ApiServer, "apiServer.caBundle must", (server(),), (server(caBundle="MIIB"),))


def _times() -> Iterator[Case]:
    def requested(*lifetimes: str) -> tuple[Spec, ...]:
        tokens = ({"tokenRequest": _REQUEST["tokenRequest"] | {"lifetime": lifetime}} for lifetime in lifetimes)
        return tuple(_cluster(credentials=token) for token in tokens)

    yield Case(TokenRequest, "tokenRequest.lifetime", requested("1h", "24h"), requested("59m59s", "24h1s"))

    def windows(field: str, *values: str) -> tuple[Spec, ...]:
        window = {"name": "night", "schedule": "0 2 * * SUN", "duration": "4h"}
        return tuple(_cluster(maintenanceWindows=[window | {field: value}]) for value in values)

    for field, good, bad in (
        ("duration", ("10m", "168h"), ("9m59s", "168h1s")),
        ("drainLead", ("0s", "24h"), ("24h1s",)),
    ):
        says = f"maintenanceWindows[].{field} must"
        yield Case(MaintenanceWindow, says, windows(field, *good), windows(field, *bad))

    def each(group: str, field: str, *values: str) -> tuple[Spec, ...]:
        return tuple({group: {field: value}} for value in values)

    rotations = each("queueTokens", "rotation", "24h", "9000h"), each("queueTokens", "rotation", "23h", "9000h1s")
    yield Case(QueueTokens, "queueTokens.rotation", *rotations)
    intervals = each("rollout", "minInterval", "0s", "1h"), each("rollout", "minInterval", "1h1s")
    yield Case(Rollout, "rollout.minInterval", *intervals)


def _resources() -> Iterator[Case]:
    def memory(limit: str, request: str) -> Spec:
        return {"resources": {"limits": {"memory": limit}, "requests": {"memory": request}}}

    good: tuple[Spec, ...] = (
        memory("512Mi", "1Mi"),
        memory("1Gi", "1024Mi"),
        memory("2Gi", "1025Mi"),
        {"resources": {}},
    )
    yield Case(Resources, "limits.memory must", good, (memory("511Mi", "256Mi"),))
    yield Case(Resources, "requests.memory must", good, (memory("1Gi", "1025Mi"), memory("512Mi", "1Gi")))


def _service() -> Iterator[Case]:
    def service(**members: Any) -> Spec:
        return {"service": members}

    def balancer(**members: Any) -> Spec:
        return service(type="LoadBalancer", **members)

    ranges = {"loadBalancerSourceRanges": ["10.0.0.0/16", "2001:db8::/32"]}
    good = (balancer(**ranges), *(balancer(annotations={key: value}) for key, value in INTERNAL))
    open_to_all = {INTERNAL[0][0]: "internet-facing", INTERNAL[1][0]: "false"}
    bad = (balancer(), balancer(annotations=open_to_all), balancer(loadBalancerSourceRanges=[]))
    yield Case(Service, "service.annotations must make", (*good, service()), bad)
    yield Case(Service, "service.loadBalancerSourceRanges needs", (good[0],), (service(**ranges),))
    wrong = tuple(
        balancer(loadBalancerSourceRanges=[text]) for text in ("10.0.0/16", "10.0.0.0/33", "::ffff:1.2.3.4/96")
    )
    yield Case(Service, "service.loadBalancerSourceRanges must", (good[0],), wrong)
    keys = tuple(service(annotations={key: "x"}) for key in ("a b", "", "mwaa-operator.io/uid", "A/b"))
    yield Case(Service, "service.annotations has", (service(annotations={"example.com/a": ""}),), keys)


def _peers() -> Iterator[Case]:
    def peers(*peers: Spec) -> Spec:
        return {"access": {"from": [{"name": f"peer-{index}"} | peer for index, peer in enumerate(peers)]}}

    pods: Spec = {"podSelector": {"matchLabels": {"app": "airflow"}}}
    good = (peers(_BLOCK, pods, {"namespaceSelector": {}}, pods | {"namespaceSelector": {}}),)
    yield Case(Peer, "access.from[] must", good, (peers({}), peers(_BLOCK | pods)))
    holes = peers({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}})
    sixes = peers({"ipBlock": {"cidr": "2001:db8::/32", "except": ["2001:db8:1::/48"]}})
    wrong = ("10.1/16", "11.0.0.0/16", "10.0.0.0/8", "10.1.2.3/8", "0.0.0.0/0", "2001:db8::/32")
    bad = tuple(peers({"ipBlock": {"cidr": "10.0.0.0/8", "except": [text]}}) for text in wrong)
    yield Case(IpBlock, "ipBlock.cidr must", (holes, sixes), (peers({"ipBlock": {"cidr": "10.0.0.0/33"}}), *bad))


def _updates() -> Iterator[Case]:
    yield Case(SparkGatewaySpec, "dataClass is", ({"suspend": True},), (_PHI,), before={})
