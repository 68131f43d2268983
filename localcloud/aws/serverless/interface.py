"""CreateAirflowUiUrl: a link that nobody can follow, as good as a secret.

Source: botocore model mwaa-serverless (CreateAirflowUiUrlRequest and Response).
"""

from __future__ import annotations

from localcloud.aws.mwaa.config import digest
from localcloud.aws.mwaa.render import timestamp
from localcloud.aws.serverless.config import Params
from localcloud.aws.serverless.operations import Scene, Turn
from localcloud.aws.serverless.states import Workflow

URL_SECONDS, SESSION_SECONDS = 300, 43_200
"""Defaults of ExpiresInSeconds and SessionDurationInSeconds."""


def create_url(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """CreateAirflowUiUrl."""
    session = digest("session", scene.account, scene.region, scene.caller.arn, repr(scene.now))
    until = scene.now + params.get("ExpiresInSeconds", URL_SECONDS)
    answer = {
        "AuthorizedUrl": f"https://{scene.region}.airflow-serverless.example.invalid/?token={session[32:]}",
        "SessionId": session[:32],
        "UrlExpiresAt": timestamp(until),
        "SessionExpiresAt": timestamp(scene.now + params.get("SessionDurationInSeconds", SESSION_SECONDS)),
    }
    return Turn(workflow, answer)
