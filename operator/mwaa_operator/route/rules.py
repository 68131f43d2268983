"""What a valid SparkJobRoute is, beyond the shape of single fields: judged by API server and model alike.

Sources: BPG's source (revisions aa3e5c8 and 5e40371) and how it ran. What another object decides (whether the gateway
grants a target, whether the queue is taken) is for whoever sees both to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mwaa_operator.api.awsrules import region_rule
from mwaa_operator.api.fields import seconds
from mwaa_operator.api.rules import Rule, cel_text, exactly_one, immutable, lasting
from mwaa_operator.api.spark import DEFAULT_QUEUE, GENERAL, MAX_QUEUE, conf_rule

if TYPE_CHECKING:
    from mwaa_operator.route.api import SparkJobRouteSpec
    from mwaa_operator.route.job import Limits, Placement, Spot
    from mwaa_operator.route.queue import Access, Queue, QueueToken

_NO_ISOLATION = f"self.dataClass == {cel_text(GENERAL)}"
POD_ROLES = ("driver", "executor")


def cost_label(role: str, label_key: str) -> str:
    """Return the Spark setting that labels pods of a role (Apache Spark, "Running on Kubernetes").

    Args:
        role: One of `POD_ROLES`.
        label_key: Key of the label.
    """
    return f"spark.kubernetes.{role}.label.{label_key}"


def spec_rules() -> Iterator[Rule]:
    """Yield all rules of spec."""
    yield Rule(
        cel=f"{_NO_ISOLATION} || self.access.secure",
        holds=lambda spec: spec.data_class == GENERAL or spec.access.secure,
        message=f"access.secure must be true unless dataClass is {GENERAL}: set it, and name access.tokens",
        field="access.secure",
    )
    yield Rule(
        cel=f"{_NO_ISOLATION} || !has(self.job.volumes) || self.job.volumes.all(v, !has(v.hostPath))",
        holds=_mounts_no_node,
        message=f"job.volumes must not have a hostPath unless dataClass is {GENERAL}: use a configMap",
        field="job.volumes",
    )
    yield Rule(
        cel="!has(self.airflow) || !has(self.airflow.connections) || self.airflow.connections.all(c, !has(c.token) || "
        "has(self.access.tokens) && self.access.tokens.exists(t, t.name == c.token))",
        holds=_connections_name_tokens,
        message="airflow.connections must name tokens of access.tokens: correct token, or add it there",
        field="airflow.connections",
    )
    roles = "[" + ", ".join(map(cel_text, POD_ROLES)) + "]"
    yield Rule(
        cel=f"!has(self.costCenter) || !has(self.job.sparkConf) || {roles}.all(role, "
        "!('spark.kubernetes.' + role + '.label.' + self.costCenter.labelKey in self.job.sparkConf))",
        holds=_charged_once,
        message="costCenter and job.sparkConf must not set the same label: remove it from job.sparkConf",
        field="costCenter",
    )
    for path in ("gatewayRef.name", "dataClass", "queue.name"):
        yield immutable(path, always=True, message=f"{path} is immutable: create another SparkJobRoute instead")


def queue_rules() -> Iterator[Rule]:
    """Yield the rules of spec.queue."""
    yield Rule(
        cel=f"self.name != {cel_text(DEFAULT_QUEUE)}",
        holds=lambda queue: queue.name != DEFAULT_QUEUE,
        message=f"queue.name must not be {DEFAULT_QUEUE}, which BPG takes for jobs that name no queue: choose another, "
        "and set queue.default to serve those jobs",
        field="name",
    )
    yield Rule(
        cel=f"!has(self.subQueues) || self.subQueues.all(q, size(self.name) + 1 + size(q) <= {MAX_QUEUE})",
        holds=_full_names_fit,
        message=f"queue.subQueues must have at most {MAX_QUEUE} characters together with queue.name and a dot, because "
        "they become a label: choose shorter ones",
        field="subQueues",
    )


def access_rules() -> Iterator[Rule]:
    """Yield the rules of spec.access."""
    yield Rule(
        cel="self.secure == (has(self.tokens) && size(self.tokens) > 0)",
        holds=lambda access: access.secure == bool(access.tokens),
        message="access.tokens is required with secure: true, and not allowed otherwise because BPG asks for none: set "
        "both or neither",
        field="tokens",
    )
    yield Rule(
        cel="!has(self.tokens) || self.tokens.all(t, self.tokens.exists_one(o, o.secretName == t.secretName))",
        holds=_secrets_differ,
        message="access.tokens must not have two tokens with one secretName: give each a Secret of its own",
        field="tokens",
    )


def token_rules() -> Iterator[Rule]:
    """Yield the rules of one item of spec.access.tokens."""
    yield lasting("lifetime", least="1h", most="9000h", of="access.tokens[]")
    yield Rule(
        cel="duration(self.renewBefore) < duration(self.lifetime)",
        holds=_renewed_while_valid,
        message="access.tokens[].renewBefore must be shorter than lifetime: lower it",
        field="renewBefore",
    )


def environment_rules() -> Iterator[Rule]:
    """Yield the rules of the environment of a connection."""
    yield region_rule()


def failover_rules() -> Iterator[Rule]:
    """Yield the rules of spec.failover."""
    yield lasting("unhealthyAfter", least="30s", most="1h", of="failover")
    yield lasting("recoverAfter", least="1m", most="24h", of="failover")


def drain_rules() -> Iterator[Rule]:
    """Yield the rules of spec.drain."""
    yield lasting("timeout", least="1m", most="720h", of="drain")


def limit_rules() -> Iterator[Rule]:
    """Yield the rules of spec.limits."""
    field = "self.maxRequestedRunning"
    yield Rule(
        cel=f"!has({field}) || duration({field}) >= duration('1m') && duration({field}) <= duration('720h')",
        holds=_running_in_range,
        message="limits.maxRequestedRunning must be from 1m to 720h: choose a time between them",
        field="maxRequestedRunning",
    )


def spot_rules() -> Iterator[Rule]:
    """Yield the rules of spec.placement.spot."""
    yield Rule(
        cel="(self.policy == 'Allow') == (has(self.values) && size(self.values) > 0)",
        holds=_values_with_allow,
        message="placement.spot.values is required with policy: Allow, and not allowed otherwise: set both or neither",
        field="values",
    )


def placement_rules() -> Iterator[Rule]:
    """Yield the rules of spec.placement."""
    yield Rule(
        cel="self.spot.policy != 'Allow' || has(self.executor)",
        holds=_executors_placed,
        message="placement.executor is required with spot.policy: Allow, because it has the label's key: add it",
        field="executor",
        reason="FieldValueRequired",
    )


def job_rules() -> Iterator[Rule]:
    """Yield the rules of spec.job."""
    yield conf_rule("sparkConf")


def volume_rules() -> Iterator[Rule]:
    """Yield the rules of one item of spec.job.volumes."""
    yield exactly_one("configMap", "hostPath", of="job.volumes[]", step="keep the one that you mean")


def _mounts_no_node(spec: SparkJobRouteSpec) -> bool:
    return spec.data_class == GENERAL or all(volume.host_path is None for volume in spec.job.volumes)


def _connections_name_tokens(spec: SparkJobRouteSpec) -> bool:
    names = {token.name for token in spec.access.tokens}
    return spec.airflow is None or all(item.token is None or item.token in names for item in spec.airflow.connections)


def _charged_once(spec: SparkJobRouteSpec) -> bool:
    center = spec.cost_center
    return center is None or all(cost_label(role, center.label_key) not in spec.job.spark_conf for role in POD_ROLES)


def _full_names_fit(queue: Queue) -> bool:
    return all(len(queue.name) + 1 + len(sub_queue) <= MAX_QUEUE for sub_queue in queue.sub_queues)


def _secrets_differ(access: Access) -> bool:
    return len({token.secret_name for token in access.tokens}) == len(access.tokens)


def _renewed_while_valid(token: QueueToken) -> bool:
    return seconds(token.renew_before) < seconds(token.lifetime)


def _running_in_range(limits: Limits) -> bool:
    longest = limits.max_requested_running
    return longest is None or 60 <= seconds(longest) <= 720 * 3600


def _values_with_allow(spot: Spot) -> bool:
    return (spot.policy == "Allow") == bool(spot.values)


def _executors_placed(placement: Placement) -> bool:
    return placement.spot.policy != "Allow" or placement.executor is not None
