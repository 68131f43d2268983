"""The story: create, an upload that rolls an environment, a failing update, drift, deletion; each checks itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from localcloud.aws.moto.landscape import BUCKET, REQUIREMENTS
from localcloud.demo.board import Board
from localcloud.demo.stage import EXAMPLES, NAMESPACE, Stage, condition
from localcloud.waiting import wait_until

WITHIN = 240.0
"""Seconds until a chapter is given up; far longer than it takes."""

KIND = "mwaaenvironment.mwaa-operator.io"


class ChapterFailedError(RuntimeError):
    """A chapter did not come true; the message says what was waited for and what was seen instead."""


def play(stage: Stage, board: Board) -> None:
    """Play all chapters in order.

    Raises:
        ChapterFailedError: One did not come true.
    """
    for number, chapter in enumerate(CHAPTERS, start=1):
        board.chapter(f"{number}. {(chapter.__doc__ or '').rstrip('.')}")
        chapter(stage, board)


def create(stage: Stage, board: Board) -> None:
    """Create: the manifests of examples/ are applied, and AWS takes its half hour."""
    stage.kubectl("create", "namespace", NAMESPACE)
    stage.kubectl("apply", "-f", str(EXAMPLES))
    for name in ("etl", "analytics", "reporting"):
        until(stage, name, ready)
        board.say(f"{name} is Ready")
    expect(stage, "etl", "CreateEnvironment", 1)


def upload(stage: Stage, board: Board) -> None:
    """Upload: a new requirements.txt arrives in S3, and the environment that follows it is rolled once."""
    client = stage.session.client("s3")
    answer = client.put_object(Bucket=BUCKET, Key=REQUIREMENTS, Body=b"apache-airflow-providers-amazon==9.9.0\n")
    version = answer["VersionId"]
    board.say(f"uploaded version {version[:8]}…; analytics follows after the debounce")
    until(stage, "analytics", lambda body: reason(body) == "Updating")
    until(stage, "analytics", lambda body: ready(body) and pinned(body) == version)
    board.say("analytics runs with it; etl is pinned and says ArtifactsCurrent=False")
    until(stage, "etl", lambda body: status_of(body, "ArtifactsCurrent") == "False")
    expect(stage, "analytics", "UpdateEnvironment", 1)
    expect(stage, "etl", "UpdateEnvironment", 0)


def failing_update(stage: Stage, board: Board) -> None:
    """A failing update: AWS rolls back, the reason stays visible, nothing is sent again until spec changes."""
    stage.cloud.aws.mwaa.fail_next_update("reporting", message="Unable to install the packages of requirements.txt.")
    patch(stage, "reporting", {"maxWorkers": 8})
    body = until(stage, "reporting", lambda body: reason(body) == "UpdateFailed")
    board.say((condition(body, "Ready") or {})["message"])
    expect(stage, "reporting", "UpdateEnvironment", 1)
    board.say("the user goes back to what runs")
    patch(stage, "reporting", {"maxWorkers": 5})
    until(stage, "reporting", ready)
    expect(stage, "reporting", "UpdateEnvironment", 1)


def drift(stage: Stage, board: Board) -> None:
    """Drift: somebody changes maxWorkers in the console; one environment corrects it, another only reports it."""
    stage.cloud.aws.mwaa.drift("analytics", MaxWorkers=20)
    stage.cloud.aws.mwaa.drift("reporting", MaxWorkers=20)
    until(stage, "reporting", lambda body: reason(body) == "Drifted")
    board.say("reporting says Drifted and stays Ready (driftPolicy Report)")
    until(stage, "analytics", lambda body: ready(body) and workers(stage, "analytics") == 10)
    board.say("analytics is back at 10 workers (driftPolicy Correct)")


def deletion(stage: Stage, board: Board) -> None:
    """Deletion: one object takes its environment along and waits for it, the other leaves its environment in AWS."""
    stage.kubectl("delete", KIND, "etl", "reporting", "-n", NAMESPACE, "--wait=false")
    gone(stage, "reporting")
    board.say("reporting is gone; its environment stays (deletionPolicy Retain is the default)")
    gone(stage, "etl")
    mwaa = stage.cloud.aws.mwaa
    left = [name for name in mwaa.names() if mwaa.status(name) != "DELETED"]
    board.say(f"etl is gone, and so is its environment; AWS still has: {', '.join(left)}")
    if sorted(left) != ["analytics", "reporting"]:
        raise ChapterFailedError(f"AWS was to have analytics and reporting, but has {left}")


CHAPTERS: tuple[Callable[[Stage, Board], None], ...] = (create, upload, failing_update, drift, deletion)


def until(stage: Stage, name: str, true_of: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until something is true of an object, and return it as it was then."""

    def look() -> dict[str, Any] | None:
        body = stage.get(name)
        return body if body is not None and true_of(body) else None

    try:
        body = wait_until(
            look, within=WITHIN, what=f"{name}", explain=lambda: json.dumps(status(stage, name), indent=1)
        )
    except TimeoutError as error:
        raise ChapterFailedError(str(error)) from error
    return body or {}


def gone(stage: Stage, name: str) -> None:
    """Wait until an object is gone."""
    try:
        wait_until(lambda: stage.get(name) is None, within=WITHIN, what=f"{name} to go")
    except TimeoutError as error:
        raise ChapterFailedError(str(error)) from error


def expect(stage: Stage, name: str, operation: str, count: int) -> None:
    """Check how often AWS accepted an operation on an environment."""
    seen = stage.cloud.aws.ledger.count(service="mwaa", operation=operation, resource=name, code=None)
    if seen != count:
        raise ChapterFailedError(f"{operation} of {name} was to be accepted {count} times, and was {seen} times")


def patch(stage: Stage, name: str, spec: dict[str, Any]) -> None:
    """Edit an object as a user would."""
    stage.kubectl("patch", KIND, name, "-n", NAMESPACE, "--type=merge", "-p", json.dumps({"spec": spec}))


def ready(body: dict[str, Any]) -> bool:
    """Whether the object is Ready for its present generation."""
    found = condition(body, "Ready") or {}
    current = found.get("observedGeneration") == body["metadata"]["generation"]
    return current and found.get("status") == "True" and status_of(body, "Synced") == "True"


def reason(body: dict[str, Any]) -> str:
    """Return the reason of Ready."""
    return str((condition(body, "Ready") or {}).get("reason", ""))


def status_of(body: dict[str, Any], type_: str) -> str:
    """Return the status of a condition; empty without it."""
    return str((condition(body, type_) or {}).get("status", ""))


def pinned(body: dict[str, Any]) -> str | None:
    """Return the version of requirements.txt that the environment uses."""
    found: str | None = body["status"].get("artifacts", {}).get("requirements", {}).get("versionId")
    return found


def workers(stage: Stage, name: str) -> int:
    """Return MaxWorkers as AWS has it."""
    return int((stage.cloud.aws.mwaa.environment(name) or {}).get("MaxWorkers", 0))


def status(stage: Stage, name: str) -> dict[str, Any]:
    """Return an object's status, for the message of a chapter that did not come true."""
    found: dict[str, Any] = (stage.get(name) or {}).get("status", {})
    return found
