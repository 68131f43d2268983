"""The story of the environments: create, an upload that rolls one, a failing update, drift, deletion.

Each chapter checks itself.
"""

from __future__ import annotations

from typing import Any

from localcloud.aws.moto.landscape import BUCKET, REQUIREMENTS
from localcloud.demo.board import Board
from localcloud.demo.looking import Cast, ChapterFailedError, message, ready, reason, status_of
from localcloud.demo.rows import ENVIRONMENTS
from localcloud.demo.stage import EXAMPLES, NAMESPACE, Stage


def create(stage: Stage, board: Board) -> None:
    """Create: the manifests of examples/ are applied, and AWS takes its half hour."""
    cast = Cast(stage, ENVIRONMENTS)
    stage.kubectl("create", "namespace", NAMESPACE)
    stage.kubectl("apply", "-f", str(EXAMPLES))
    for name in ("etl", "analytics", "reporting"):
        cast.until(name, ready)
        board.say(f"{name} is Ready")
    cast.expect("etl", "CreateEnvironment", 1)


def upload(stage: Stage, board: Board) -> None:
    """Upload: a new requirements.txt arrives in S3, and the environment that follows it is rolled once."""
    cast = Cast(stage, ENVIRONMENTS)
    client = stage.session.client("s3")
    answer = client.put_object(Bucket=BUCKET, Key=REQUIREMENTS, Body=b"apache-airflow-providers-amazon==9.9.0\n")
    version = answer["VersionId"]
    board.say(f"uploaded version {version[:8]}…; analytics follows after the debounce")
    cast.until("analytics", lambda body: reason(body) == "Updating")
    cast.until("analytics", lambda body: ready(body) and pinned(body) == version)
    board.say("analytics runs with it; etl is pinned and says ArtifactsCurrent=False")
    cast.until("etl", lambda body: status_of(body, "ArtifactsCurrent") == "False")
    cast.expect("analytics", "UpdateEnvironment", 1)
    cast.expect("etl", "UpdateEnvironment", 0)


def failing_update(stage: Stage, board: Board) -> None:
    """A failing update: AWS rolls back, the reason stays visible, nothing is sent again until spec changes."""
    cast = Cast(stage, ENVIRONMENTS)
    stage.cloud.aws.mwaa.fail_next_update("reporting", message="Unable to install the packages of requirements.txt.")
    cast.patch("reporting", {"maxWorkers": 8})
    body = cast.until("reporting", lambda body: reason(body) == "UpdateFailed")
    board.say(message(body))
    cast.expect("reporting", "UpdateEnvironment", 1)
    board.say("the user goes back to what runs")
    cast.patch("reporting", {"maxWorkers": 5})
    cast.until("reporting", ready)
    cast.expect("reporting", "UpdateEnvironment", 1)


def drift(stage: Stage, board: Board) -> None:
    """Drift: somebody changes maxWorkers in the console; one environment corrects it, another only reports it."""
    cast = Cast(stage, ENVIRONMENTS)
    stage.cloud.aws.mwaa.drift("analytics", MaxWorkers=20)
    stage.cloud.aws.mwaa.drift("reporting", MaxWorkers=20)
    cast.until("reporting", lambda body: reason(body) == "Drifted")
    board.say("reporting says Drifted and stays Ready (driftPolicy Report)")
    cast.until("analytics", lambda body: ready(body) and workers(stage, "analytics") == 10)
    board.say("analytics is back at 10 workers (driftPolicy Correct)")


def deletion(stage: Stage, board: Board) -> None:
    """Deletion: one object takes its environment along and waits for it, the other leaves its environment in AWS."""
    cast = Cast(stage, ENVIRONMENTS)
    stage.kubectl("delete", ENVIRONMENTS.plural, "etl", "reporting", "-n", NAMESPACE, "--wait=false")
    cast.gone("reporting")
    board.say("reporting is gone; its environment stays (deletionPolicy Retain is the default)")
    cast.gone("etl")
    mwaa = stage.cloud.aws.mwaa
    left = [name for name in mwaa.names() if mwaa.status(name) != "DELETED"]
    board.say(f"etl is gone, and so is its environment; AWS still has: {', '.join(left)}")
    if sorted(left) != ["analytics", "reporting"]:
        raise ChapterFailedError(f"AWS was to have analytics and reporting, but has {left}")


def pinned(body: dict[str, Any]) -> str | None:
    """Return the version of requirements.txt that the environment uses."""
    found: str | None = body["status"].get("artifacts", {}).get("requirements", {}).get("versionId")
    return found


def workers(stage: Stage, name: str) -> int:
    """Return MaxWorkers as AWS has it."""
    return int((stage.cloud.aws.mwaa.environment(name) or {}).get("MaxWorkers", 0))
