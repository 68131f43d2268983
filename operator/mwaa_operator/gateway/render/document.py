"""The members of BPG's file that the gateway alone decides about: users, images, settings, health, extras. Pure.

Source of names and of what they do: BPG source, AppConfig; Dropwizard, "Configuration Reference".
"""

from __future__ import annotations

import math
from typing import Any, Final

from mwaa_operator.gateway.api import SparkGatewaySpec
from mwaa_operator.gateway.bpg.bind import bind
from mwaa_operator.gateway.bpg.config import StartFailure
from mwaa_operator.gateway.bpg.profile import Profile

OWNED: Final = frozenset(
    {
        "admin",
        "allowedUsers",
        "applicationContextPath",
        "defaultSparkConf",
        "fixedSparkConf",
        "health",
        "queueTokenSOPS",
        "queues",
        "server",
        "sparkClusters",
        "sparkImages",
        "statusCacheExpireMillis",
    }
)
"""What `extraConfig` must not have: the operator writes it, or its probes depend on it."""

HEALTH: Final[dict[str, Any]] = {
    "delayedShutdownHandlerEnabled": True,
    "shutdownWaitPeriod": "5s",
    "healthChecks": [
        {
            "name": "sparkClusters",
            "critical": True,
            "initialState": False,
            "schedule": {
                "initialDelay": "0s",
                "checkInterval": "1s",
                "downtimeInterval": "1s",
                "failureAttempts": 1,
                "successAttempts": 1,
            },
        }
    ],
}
"""Readiness on the application's own port. By default it begins healthy and takes 15 seconds to see that it is not; and
one that begins unhealthy is believed after its second success, 30 seconds after the first (Dropwizard, Schedule)."""


def owned_members(spec: SparkGatewaySpec) -> tuple[str, ...]:
    """Return the members of `extraConfig` that the operator writes itself, in their order."""
    return tuple(sorted(OWNED & set(spec.extra_config or {})))


def base_document(spec: SparkGatewaySpec, *, keys: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the members, and what the gateway's owner should know of them.

    Args:
        spec: Of the gateway.
        keys: Keys that queue tokens are signed with, the newest first; without one every token is refused.
    """
    extra, warnings = _extra(spec)
    document: dict[str, Any] = extra | {
        "allowedUsers": sorted(spec.access.users),
        "applicationContextPath": spec.context_path,
        "health": HEALTH,
        "sparkImages": [
            {"name": image.name, "types": sorted(image.types), "version": image.version} for image in spec.images
        ],
        "statusCacheExpireMillis": spec.status_cache_expire_millis,
    }
    if spec.default_spark_conf:
        document["defaultSparkConf"] = dict(spec.default_spark_conf)
    if spec.fixed_spark_conf:
        document["fixedSparkConf"] = dict(spec.fixed_spark_conf)
    if keys:
        document["queueTokenSOPS"] = {"secrets": list(keys)}
    return document, warnings


def _extra(spec: SparkGatewaySpec) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what may stay of extraConfig, and why the rest is left out: BPG must start whatever stands there."""
    warnings = [
        f"extraConfig.{name} is left out, because the operator writes it: remove it" for name in owned_members(spec)
    ]
    extra: dict[str, Any] = _clean(
        {name: value for name, value in (spec.extra_config or {}).items() if name not in OWNED}
    )
    refusal = bind(extra, profile=Profile(spec.bpg_profile)) if extra else None
    if isinstance(refusal, StartFailure):
        extra = {}
        warnings.append(f"extraConfig is left out, because BPG would not start with it: correct it: {refusal.message}")
    return extra, tuple(warnings)


def _clean(value: Any) -> Any:
    """Return what a person wrote without nulls and without numbers that JSON does not have."""
    if isinstance(value, dict):
        return {str(name): _clean(member) for name, member in value.items() if not _is_nothing(member)}
    if isinstance(value, list):
        return [_clean(item) for item in value if not _is_nothing(item)]
    return value


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))
