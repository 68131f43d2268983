"""Conditions that stand beside Ready of a route: its targets, its tokens, whether tokens are asked for. Pure.

None of them makes Ready False by itself.
"""

from __future__ import annotations

from typing import Final

from mwaa_operator.api.conditions import Condition, condition
from mwaa_operator.gateway.routestatus.deletion import Departure
from mwaa_operator.gateway.routestatus.targets import failed_over, told
from mwaa_operator.gateway.routestatus.view import View, is_asked_for
from mwaa_operator.gateway.rules import AWS_PIN
from mwaa_operator.route.reasons import DetailReason
from mwaa_operator.route.status import TARGETS_HEALTHY, TOKENS_ENFORCED, TOKENS_READY

_TOLD_BY_CLUSTERS: Final = frozenset(
    {DetailReason.CLUSTER_UNREACHABLE, DetailReason.TOKEN_REJECTED, DetailReason.SPARK_OPERATOR_MISSING}
)


def details(v: View) -> list[Condition]:
    """Return the conditions beside the summary, in a fixed order."""
    found = [_targets_healthy(v), _tokens_enforced(v)]
    if v.route.spec.access.tokens:
        found.append(_tokens_ready(v))
    if v.route.metadata.deleting:
        found.append(Departure(v).drained)
    return found


def _targets_healthy(v: View) -> Condition:
    """Clusters of targets that shall take jobs; what a person drained is not missed."""
    disabled = {cluster.name for cluster in v.of.s.spec.clusters if cluster.state == "Disabled"}
    asked = [item for item in v.spec.targets if is_asked_for(item) and item.cluster not in disabled]
    bad = [item for item in asked if v.cluster(item).healthy is False]
    moved, unknown = failed_over(v), [item for item in asked if v.cluster(item).healthy is None]
    if moved:
        found = [item for item in asked if item in bad or item in moved]
        return condition(TARGETS_HEALTHY, "False", DetailReason.FAILED_OVER, f"{told(v, found)}.")
    if bad:
        return condition(TARGETS_HEALTHY, "False", _common_reason(v, bad[0].cluster), f"{told(v, bad)}.")
    if unknown:
        return condition(TARGETS_HEALTHY, "Unknown", DetailReason.NOT_CHECKED, f"{told(v, unknown)}.")
    if not asked:
        return condition(TARGETS_HEALTHY, "Unknown", DetailReason.NOT_CHECKED, "No target shall take jobs.")
    return condition(TARGETS_HEALTHY, "True", DetailReason.SUCCEEDED, "The clusters of all targets can run jobs.")


def _common_reason(v: View, cluster: str) -> DetailReason:
    said = v.of.clusters[cluster].reason
    return next((word for word in _TOLD_BY_CLUSTERS if word == said), DetailReason.TARGET_UNHEALTHY)


def _tokens_ready(v: View) -> Condition:
    found = v.of.tokens.get(v.key)
    if found is None:
        text = "Tokens are written once the gateway serves with the key that signs them: wait."
        return condition(TOKENS_READY, "False", DetailReason.TOKEN_PENDING, text)
    return condition(TOKENS_READY, found.ready, found.reason, found.message)


def _tokens_enforced(v: View) -> Condition:
    if not v.spec.access.secure:
        text = "access.secure is false: every user of the gateway may use the queue."
        return condition(TOKENS_ENFORCED, "False", DetailReason.OPEN_QUEUE, text)
    if v.of.s.spec.bpg_profile == AWS_PIN:
        text = f"A job that names a sub-queue of {v.spec.queue.name} which is not declared passes without a token."
        return condition(TOKENS_ENFORCED, "False", DetailReason.UNDECLARED_SUB_QUEUES, text)
    return condition(TOKENS_ENFORCED, "True", DetailReason.SUCCEEDED, "Jobs of every queue must bring a token.")
