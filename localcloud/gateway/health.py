"""What says that the process is well: the readiness path on the API's port, and the administration's port.

Both know one thing about BPG, that its list of clusters is not empty; neither knows whether a job can run. Source:
apple/batch-processing-gateway, BPGHealthCheck; Dropwizard manual, "Health".
"""

from __future__ import annotations

from localcloud.gateway.config import Config
from localcloud.gateway.dropwizard import CHECK
from localcloud.gateway.errors import NOT_FOUND, BpgError
from localcloud.gateway.http import HttpAnswer, HttpRequest, as_error, as_json

PLAIN = "text/plain"


def readiness_path(config: Config) -> str:
    """Return where readiness is asked for, if the file has a block `health`."""
    return f"{config.context_path.rstrip('/')}/health-check"


def has_clusters(config: Config) -> bool:
    """Return the outcome of BPG's check; a null in the list is good enough for it."""
    return bool(config.clusters)


def readiness(config: Config, request: HttpRequest, *, age: float, draining: bool) -> HttpAnswer:
    """Answer the readiness path.

    Args:
        config: The file.
        request: `name=all` shows the checks.
        age: Seconds since the process began to serve.
        draining: Whether the process is about to stop.
    """
    if config.health is None:
        return as_error(BpgError(404, NOT_FOUND, "javax.ws.rs.NotFoundException"))
    healthy = has_clusters(config) and age >= config.health.begins_after
    well = not draining and (healthy or not config.health.checked)
    checks = [{"name": CHECK, "healthy": healthy, "type": "READY", "critical": True}]
    shown = checks if config.health.checked and request.query.get("name") == "all" else []
    return as_json(shown, 200 if well else 503)


def administration(config: Config, request: HttpRequest) -> HttpAnswer:
    """Answer on the administration's port, which asks for no user."""
    if request.path == "/ping":
        return HttpAnswer(200, b"pong\n", PLAIN)
    if request.path == "/healthcheck":
        well = has_clusters(config)
        check = {"healthy": well} | ({} if well else {"message": f"{CHECK} is empty"})
        return as_json({"deadlocks": {"healthy": True}, CHECK: check}, 200 if well else 500)
    if request.path == "/metrics":
        return as_json({"version": "4.0.0", "gauges": {}, "counters": {}, "meters": {}, "timers": {}})
    if request.path == "/threads":
        return HttpAnswer(200, b"", PLAIN)
    if request.method == "POST" and request.path in ("/tasks/gc", "/tasks/log-level"):
        return HttpAnswer(200, b"", PLAIN)
    return HttpAnswer(404, b"", PLAIN)
