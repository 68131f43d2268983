"""The rows of the table of rules for SparkJobRoute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mwaa_operator.api.rules import Ruled
from mwaa_operator.route.api import SparkJobRouteSpec
from mwaa_operator.route.job import Job, Limits, Placement, Spot, Volume
from mwaa_operator.route.queue import Access, AirflowEnvironment, Queue, QueueToken
from mwaa_operator.route.targets import Drain, Failover
from tests.support.rulecase import Case, Spec

ROUTE_MODELS: Final[tuple[type[Ruled], ...]] = (
    SparkJobRouteSpec,
    Queue,
    Access,
    QueueToken,
    AirflowEnvironment,
    Failover,
    Drain,
    Limits,
    Spot,
    Placement,
    Job,
    Volume,
)
"""Every model of the kind that has rules."""

_TOKEN: Final = {"name": "mwaa", "secretName": "digital-token"}
_SECURE: Final = {"access": {"secure": True, "tokens": [_TOKEN]}}
_PHI: Final = {"dataClass": "phi"} | _SECURE
_NODES: Final = {"values": ["phi"]}


def route_cases() -> Iterator[Case]:
    """Yield the cases of all rules of the kind."""
    yield from _isolation()
    yield from _queue()
    yield from _access()
    yield from _airflow()
    yield from _times()
    yield from _placement()
    yield from _job()
    yield from _updates()


def _isolation() -> Iterator[Case]:
    spec = SparkJobRouteSpec
    yield Case(spec, "access.secure must", (_PHI, _SECURE, {}), ({"dataClass": "phi"}, {"dataClass": "generally"}))
    host, config = _volume(hostPath={"path": "/data"}), _volume(configMap={"name": "settings"})
    yield Case(spec, "job.volumes must not", (host, _PHI | config), (_PHI | host,))


def _queue() -> Iterator[Case]:
    def queue(name: str, *sub_queues: str) -> Spec:
        return {"queue": {"name": name, "subQueues": list(sub_queues)}}

    yield Case(Queue, "queue.name must not be poc", (queue("poc-2"), queue("pocs")), (queue("poc"),))
    fits, exceeds = queue("q" * 29, "s" * 28, "a.b_c-d"), queue("q" * 29, "s" * 28, "s" * 29)
    yield Case(Queue, "queue.subQueues must", (fits, queue("q" * 58), queue("q", "s" * 56)), (exceeds,))


def _access() -> Iterator[Case]:
    def tokens(*tokens: Spec, secure: bool = True) -> Spec:
        return {"access": {"secure": secure, "tokens": list(tokens)}}

    without, open_with = tokens(), tokens(_TOKEN, secure=False)
    yield Case(Access, "access.tokens is required", (tokens(_TOKEN), tokens(secure=False)), (without, open_with))
    same = _TOKEN | {"name": "other"}
    other = same | {"secretName": "other-token"}
    yield Case(Access, "access.tokens must not", (tokens(_TOKEN, other),), (tokens(_TOKEN, same),))
    short = {"lifetime": "1h", "renewBefore": "59m59s"}
    keeps = tuple(tokens(_TOKEN | each) for each in (short, {"lifetime": "9000h"}))
    breaks = tuple(
        tokens(_TOKEN | each) for each in ({"lifetime": "59m59s", "renewBefore": "1m"}, {"lifetime": "9000h1s"})
    )
    yield Case(QueueToken, "access.tokens[].lifetime", keeps, breaks)
    late = tuple(tokens(_TOKEN | each) for each in ({"renewBefore": "720h"}, {"lifetime": "100h"}))
    yield Case(QueueToken, "access.tokens[].renewBefore", keeps, late)


def _airflow() -> Iterator[Case]:
    def connection(region: str = "eu-central-1", **members: Any) -> Spec:
        environment = {"name": "airflow", "region": region}
        base = {"environment": environment, "connectionId": "bpg", "login": "svc-digital"}
        return {"airflow": {"connections": [base | members]}}

    keeps: tuple[Spec, ...] = (connection(), _SECURE | connection(token="mwaa"), {"airflow": {}})
    breaks = (connection(token="mwaa"), _SECURE | connection(token="other"))
    yield Case(SparkJobRouteSpec, "airflow.connections must", keeps, breaks)
    regions = tuple(connection(region) for region in ("Frankfurt", "eu-central-1a"))
    yield Case(AirflowEnvironment, "region must", (connection("us-gov-west-1"),), regions)


def _times() -> Iterator[Case]:
    def each(group: str, field: str, *values: str) -> tuple[Spec, ...]:
        return tuple({group: {field: value}} for value in values)

    for model, group, field, good, bad in (
        (Failover, "failover", "unhealthyAfter", ("30s", "1h"), ("29s", "1h1s")),
        (Failover, "failover", "recoverAfter", ("1m", "24h"), ("59s", "24h1s")),
        (Drain, "drain", "timeout", ("1m", "720h"), ("0s", "720h1s")),
        (Limits, "limits", "maxRequestedRunning", ("60s", "720h"), ("59s", "720h1s")),
    ):
        yield Case(model, f"{group}.{field} must", each(group, field, *good), each(group, field, *bad))


def _placement() -> Iterator[Case]:
    def placement(**members: Any) -> Spec:
        return {"placement": members}

    allow = {"policy": "Allow", "values": ["spot"]}
    good = (placement(executor=_NODES, spot=allow), placement(spot={}), placement(spot={"values": []}))
    bad = (placement(executor=_NODES, spot={"policy": "Allow"}), placement(spot={"values": ["spot"]}))
    yield Case(Spot, "placement.spot.values", good, bad)
    yield Case(Placement, "placement.executor is", (good[0], placement(driver=_NODES)), (placement(spot=allow),))


def _volume(**source: Any) -> Spec:
    return {"job": {"volumes": [{"name": "data", "mountPath": "/data"} | source]}}


def _job() -> Iterator[Case]:
    def conf(*keys: str, **members: Any) -> Spec:
        return {"job": {"sparkConf": dict.fromkeys(keys, "x")}} | members

    good = (conf("spark.eventLog.enabled", "spark.kubernetes.driver.label.example.com/team"), conf("s" * 253))
    bad = tuple(conf(key) for key in ("", "spark eventLog", "9", "spark=x", "s" * 254, "späark"))
    yield Case(Job, "sparkConf has a key", good, bad)
    one, other = {"configMap": {"name": "settings"}}, {"hostPath": {"path": "/data"}}
    volumes = (_volume(), _volume(**one, **other))
    yield Case(Volume, "job.volumes[] must have exactly one", (_volume(**one), _volume(**other)), volumes)
    center: Spec = {"costCenter": {"code": "CC-4711"}}
    labelled = center["costCenter"] | {"labelKey": "example.com/cost"}
    driver, executor = (f"spark.kubernetes.{role}.label." for role in ("driver", "executor"))
    yield Case(
        SparkJobRouteSpec,
        "costCenter and",
        (center, conf(f"{driver}cost-center"), conf(f"{driver}cost", **center)),
        (
            conf(f"{driver}cost-center", **center),
            conf(f"{executor}cost-center", **center),
            conf(f"{driver}example.com/cost", costCenter=labelled),
        ),
    )


def _updates() -> Iterator[Case]:
    spec = SparkJobRouteSpec
    suspended: Spec = {"suspend": True}
    queue = {"queue": {"name": "digital", "default": True}}
    yield Case(spec, "gatewayRef.name is", (suspended,), ({"gatewayRef": {"name": "other"}},), before={})
    yield Case(spec, "dataClass is", (suspended | _SECURE,), (_PHI,), before={})
    yield Case(spec, "queue.name is", (queue,), ({"queue": {"name": "other"}},), before={})
