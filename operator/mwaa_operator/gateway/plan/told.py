"""Conditions that stand beside Ready: whether it serves, how targets are, whether tokens are asked for. Pure.

None of them makes Ready False by itself: one cluster that is down concerns the routes that name it.
"""

from __future__ import annotations

from typing import Final

from mwaa_operator.api.conditions import Condition, condition
from mwaa_operator.gateway.plan.probes import differing
from mwaa_operator.gateway.plan.situation import Situation
from mwaa_operator.gateway.reasons import DetailReason, Reason
from mwaa_operator.gateway.rules import AWS_PIN
from mwaa_operator.gateway.status import (
    AVAILABLE,
    DEGRADED,
    TARGETS_HEALTHY,
    TOKENS_ENFORCED,
    SparkGatewayStatus,
)

PINNED: Final = "aa3e5c8"
"""The revision of BPG that AWS's samples pin; images of the other profile are mended, and of any revision."""


def details(s: Situation, status: SparkGatewayStatus) -> list[Condition]:
    """Return the conditions of a status that is about to be left behind.

    Args:
        s: The situation.
        status: With entries and clusters as they are now.
    """
    degraded = _degraded(s)
    return [_available(s), _targets_healthy(s, status), _tokens_enforced(s), *([degraded] if degraded else [])]


def _available(s: Situation) -> Condition:
    ready = sum(pod.ready and not pod.leaving for pod in s.observed.pods)
    if ready:
        return condition(AVAILABLE, "True", DetailReason.SUCCEEDED, "Pods take requests.")
    return condition(AVAILABLE, "False", Reason.PODS_NOT_READY, "No pod takes requests.")


def _targets_healthy(s: Situation, status: SparkGatewayStatus) -> Condition:
    used = {entry.cluster for entry in status.entries if entry.mode != "Tombstone"}
    if not used:
        return condition(TARGETS_HEALTHY, "Unknown", DetailReason.NO_ROUTES, "No route is active.")
    bad = [item for item in status.clusters if item.name in used and not item.serving]
    if not bad:
        return condition(TARGETS_HEALTHY, "True", DetailReason.SUCCEEDED, "All clusters of active routes take jobs.")
    text = "; ".join(f"{item.name}: {item.message or item.reason or 'nothing is known of it'}" for item in bad)
    known = {word.value for word in DetailReason}
    reason = bad[0].reason if bad[0].reason in known else None
    return condition(TARGETS_HEALTHY, "False", reason or DetailReason.CLUSTER_UNREACHABLE, text)


def _tokens_enforced(s: Situation) -> Condition:
    routes = [candidate.route.spec for candidate in s.observed.candidates]
    if not routes:
        return condition(TOKENS_ENFORCED, "Unknown", DetailReason.NO_ROUTES, "No route is active.")
    if not all(spec.access.secure for spec in routes):
        return condition(TOKENS_ENFORCED, "False", DetailReason.OPEN_QUEUES, "Routes have access.secure: false.")
    if s.spec.bpg_profile == AWS_PIN:
        text = "A job that names a sub-queue which no route declares passes without a token."
        return condition(TOKENS_ENFORCED, "False", DetailReason.UNDECLARED_SUB_QUEUES, text)
    return condition(TOKENS_ENFORCED, "True", DetailReason.SUCCEEDED, "Every queue asks for a token.")


def _degraded(s: Situation) -> Condition | None:
    wrong = differing(s)
    if not wrong:
        return _of_another_revision(s)
    name, found = min(wrong.items())
    text = f"{name}: {found[0].probe} {found[0].subject}: expected {found[0].expected}, answered {found[0].answered}"
    return condition(DEGRADED, "True", Reason.PODS_DIFFER, text)


def _of_another_revision(s: Situation) -> Condition | None:
    """Return what is to be told of an image that is not what the profile says; one made outside of git says nothing."""
    told, profile = s.observed.bpg_revision or s.status.bpg_revision or "", s.spec.bpg_profile
    if profile != AWS_PIN or not told or told.startswith(PINNED):
        return None
    text = f"The pods say that they are of BPG {told[:12]}; bpgProfile {profile} is {PINNED}: correct image or profile."
    return condition(DEGRADED, "True", Reason.IMAGE_MISMATCH, text)
