"""Gateways and routes as models, for tests: the smallest ones, and those of the examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.route.api import SparkJobRoute
from tests.support.manifests import spark_gateway, spark_job_route

EXAMPLES = Path(__file__).parents[2] / "examples" / "spark"
LABELS = {
    namespace: {"kubernetes.io/metadata.name": namespace, "spark-routes": "allowed"}
    for namespace in ("team-clinical", "team-digital", "team-science")
}
"""Labels of the namespaces of the examples."""


def gateway(name: str = "general", namespace: str = "gateways", /, **members: Any) -> SparkGateway:
    """Return a gateway that grants the smallest route everything, with these members of spec."""
    allowed = {"namespaces": {"from": "All"}, "queues": ["*"]}
    return SparkGateway.model_validate(spark_gateway(name, namespace, **({"allowedRoutes": allowed} | members)))


def route(name: str = "digital", namespace: str = "data", /, **members: Any) -> SparkJobRoute:
    """Return a route with these members of spec."""
    return SparkJobRoute.model_validate(spark_job_route(name, namespace, **members))


def examples() -> tuple[dict[str, SparkGateway], dict[str, SparkJobRoute]]:
    """Return the gateways and the routes of the examples, by name."""
    bodies = [yaml.safe_load(file.read_text("utf-8")) for file in sorted(EXAMPLES.glob("*.yaml"))]
    gateways = [SparkGateway.model_validate(body) for body in bodies if body["kind"] == "SparkGateway"]
    routes = [SparkJobRoute.model_validate(body) for body in bodies if body["kind"] == "SparkJobRoute"]
    return {item.metadata.name: item for item in gateways}, {item.metadata.name: item for item in routes}
