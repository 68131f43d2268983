"""The operations that lead into an environment: tokens, and the envelope of InvokeRestApi.

Source: botocore model mwaa (CreateCliToken, CreateWebLoginToken, InvokeRestApi). Airflow itself is a callable that a
test may give; the default knows /health and /version only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.aws.mwaa.config import Params, digest
from localcloud.aws.mwaa.operations import Scene, Turn
from localcloud.aws.mwaa.render import host
from localcloud.aws.mwaa.states import SERVING, Environment
from localcloud.aws.mwaa.texts import Refusal, not_found
from localcloud.aws.mwaa.versions import major

Airflow = Callable[[Environment, Params], tuple[int, Any]]
"""Answers one REST call: gets the environment and InvokeRestApi's request, returns status and JSON document."""

CLIENT_ERROR = 400
SERVER_ERROR = 500


def cli_token(scene: Scene, environment: Environment | None, params: Params) -> Turn:
    """CreateCliToken."""
    if environment is None or not _serves(environment):
        return Turn(environment, not_found(params["Name"]))
    return Turn(environment, {"CliToken": _token(scene, environment, "cli"), "WebServerHostname": host(environment)})


def web_token(scene: Scene, environment: Environment | None, params: Params) -> Turn:
    """CreateWebLoginToken."""
    if environment is None or not _serves(environment):
        return Turn(environment, not_found(params["Name"]))
    name = scene.caller.arn.rsplit(":", 1)[-1]
    answer = {
        "WebToken": _token(scene, environment, "web"),
        "WebServerHostname": host(environment),
        "IamIdentity": name,
        "AirflowIdentity": name[:64],
    }
    return Turn(environment, answer)


def invoke(scene: Scene, environment: Environment | None, params: Params, airflow: Airflow) -> Turn:
    """InvokeRestApi: a status from 400 on becomes one of the two errors that carry it (both with HTTP 400)."""
    if environment is None or not _serves(environment):
        return Turn(environment, not_found(params["Name"]))
    status, document = airflow(environment, params)
    if status < CLIENT_ERROR:
        return Turn(environment, {"RestApiStatusCode": status, "RestApiResponse": document})
    code = "RestApiServerException" if status >= SERVER_ERROR else "RestApiClientException"
    return Turn(environment, Refusal(code, "", 400, (("RestApiStatusCode", status), ("RestApiResponse", document))))


def small_airflow(environment: Environment, params: Params) -> tuple[int, Any]:
    """Answer like an idle Airflow without DAGs."""
    path, version = params["Path"], environment.config.airflow_version
    health = "/health" if major(version) < 3 else "/monitor/health"
    if params["Method"] == "GET" and path == health:
        return 200, {"metadatabase": {"status": "healthy"}, "scheduler": {"status": "healthy"}}
    if params["Method"] == "GET" and path == "/version":
        return 200, {"version": version, "git_version": None}
    return 404, {"detail": "Not Found", "status": 404, "title": "Not Found"}


def _serves(environment: Environment) -> bool:
    return environment.ready and environment.status in SERVING and not environment.hidden


def _token(scene: Scene, environment: Environment, kind: str) -> str:
    return digest(kind, environment.arn, scene.caller.arn, repr(scene.now))
