"""What BPG shows of a SparkApplication: its status, its summary in listings, its description. Pure.

Source: apple/batch-processing-gateway, SubmissionStatus, SubmissionSummary, ApplicationSubmissionRest.describe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import yaml

from localcloud.gateway.clusters import App
from localcloud.gateway.config import Cluster

UNKNOWN = "UNKNOWN"
RUNNING = "RUNNING"


def status_of(app: App, cluster: Cluster, now: float) -> dict[str, Any]:
    """Return a status, without what is not known.

    Args:
        app: The application.
        cluster: Its entry.
        now: Seconds since 1970.
    """
    status = app.get("status")
    created = millis(app["metadata"].get("creationTimestamp"))
    found: dict[str, Any] = {"creationTime": created, "applicationState": UNKNOWN}
    if status:
        state = status.get("applicationState") or {}
        found |= {
            "sparkApplicationId": status.get("sparkApplicationId"),
            "executionAttempts": status.get("executionAttempts", 1),
            "terminationTime": millis(status.get("terminationTime")),
            "applicationState": state.get("state") if state.get("state") is not None else UNKNOWN,
            "applicationErrorMessage": state.get("errorMessage"),
        }
    if created is not None:
        found["duration"] = (found.get("terminationTime") or int(now * 1000)) - created
    if cluster.ui_url and found["applicationState"] == RUNNING:
        found["sparkUIUrl"] = f"{cluster.ui_url}/{cluster.namespace}/{app['metadata']['name']}"
    return said(found)


def summary_of(app: App, cluster: Cluster, now: float) -> dict[str, Any]:
    """Return what listings show of an application; Kubernetes' own names of members that it lacks break it.

    Raises:
        KeyError: It has no driver or executor.
    """
    spec, labels = app["spec"], app["metadata"].get("labels", {})
    driver, executor = spec["driver"], spec["executor"]
    return status_of(app, cluster, now) | said(
        {
            "submissionId": app["metadata"]["name"],
            "user": labels.get("proxyUser"),
            "queue": labels.get("queue", ""),
            "dagName": (driver.get("labels") or {}).get("dag_name", ""),
            "driverCores": driver.get("cores", 1),
            "executorInstances": executor.get("instances", 1),
            "executorCores": executor.get("cores", 1),
            "sparkVersion": spec.get("sparkVersion"),
            "applicationName": (spec.get("sparkConf") or {}).get("spark.app.name"),
            "applicationArguments": spec.get("arguments"),
        }
    )


def spec_of(app: App) -> dict[str, Any]:
    """Return a spec without the environment of its pods, which may hold secrets."""
    spec = dict(app["spec"])
    for pod in ("driver", "executor"):
        if isinstance(spec.get(pod), dict):
            spec[pod] = {key: value for key, value in spec[pod].items() if key != "env"}
    return spec


def description(app: App, events: Sequence[Mapping[str, Any]], driver_events: Sequence[Mapping[str, Any]]) -> str:
    """Return the text of `describe`."""
    parts = ["--- Spark Spec ---", yaml.safe_dump(spec_of(app), sort_keys=False)]
    for title, found in (("Spark Application", events), ("Spark Driver", driver_events)):
        parts.append(f"--- {title} Events ---")
        parts += [f"{one.get('lastTimestamp')} {one.get('reason')} {one.get('message')}" for one in found]
    return "\n".join(parts) + "\n"


def millis(moment: Any) -> int | None:
    """Return a Kubernetes time as milliseconds since 1970; None for what is none."""
    if not isinstance(moment, str) or not moment:
        return None
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def said(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return members that are not null."""
    return {key: value for key, value in members.items() if value is not None}
