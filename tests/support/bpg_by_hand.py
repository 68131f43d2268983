"""A second implementation of BPG's way from a request to a cluster, to compare the first with.

It is written from BPG's source, step by step as BPG goes, over the raw file and with dice: `every_throw` plays one
request with every throw that the dice can make. It knows nothing of the operator's code, and only files whose fields
have the right types.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

Dice = Callable[[list[int]], int]
"""Takes weights, gives the index that came up."""


class HttpError(Exception):
    """An answer that is no success: its status, and its text where BPG chose the words."""


def every_throw(play: Callable[[Dice], Any]) -> dict[Any, Fraction]:
    """Return what a game can end in, and how likely each end is.

    Args:
        play: One game; it must ask the dice in the same order whenever they fall the same way.
    """
    ends: dict[Any, Fraction] = {}
    pending: list[list[int]] = [[]]
    while pending:
        script = pending.pop()
        asked = 0
        probability = Fraction(1)

        def dice(weights: list[int], script: list[int] = script) -> int:
            nonlocal asked, probability
            if asked == len(script):
                pending.extend([*script, other] for other in range(1, len(weights)))
                script.append(0)
            thrown = script[asked]
            asked += 1
            probability *= Fraction(weights[thrown], sum(weights))
            return thrown

        end = play(dice)
        ends[end] = ends.get(end, Fraction(0)) + probability
    return ends


def submit(file: dict[str, Any], job: dict[str, Any], user: str, *, old: bool, dice: Dice) -> tuple[Any, ...]:
    """Play one submission.

    Args:
        file: BPG's file.
        job: The body of the request; `token` is the list of queues that a valid token allows.
        user: Who asks.
        old: Whether it is the revision that AWS pins.
        dice: For the draws.

    Returns:
        The cluster's index and the queue of the labels, or an HTTP status and BPG's words (None where it broke).
    """
    try:
        if old:
            if job.get("instances", 1) > 5000:
                raise HttpError(400, f"Executor instances ({job['instances']}) exceeds limit 5000)")
            index = choose_cluster(file, job, user, dice)
            queue = get_queue(file, job, user, dice)
        else:
            queue = get_queue(file, job, user, dice)
            limit = executor_limit(file, queue)
            if job.get("instances", 1) > limit:
                raise HttpError(400, f"Executor instances in Spark config ({job['instances']}) exceeds limit ({limit})")
            index = choose_cluster(file, job, user, dice)
        parent_queue = queue.split(".")[0]
        for entry in file["queues"]:
            if equals(entry["name"], parent_queue):
                break
        image = first_image(file, job)
        if image is None:
            raise HttpError(400, f"Spark image not found for type: {job['type']}, version: {null(job.get('version'))}")
    except HttpError as error:
        return error.args
    except (TypeError, AttributeError):
        return 500, None
    return index, queue


def get_queue(file: dict[str, Any], job: dict[str, Any], user: str, dice: Dice) -> str:
    queue = None
    if job.get("queue"):
        parts = [part for part in job["queue"].split(".") if part]
        queue = ".".join(parts)
    else:
        mine = [entry for entry in file["queues"] if any(same(name, user) for name in entry.get("users", []))]
        if mine:
            queue = mine[dice([1] * len(mine))]["name"]
    if not queue:
        queue = "poc"
    for entry in file["queues"]:
        if same(entry["name"], queue):
            if entry.get("secure"):
                check_token(job, queue)
            break
    return str(queue)


def check_token(job: dict[str, Any], queue: str) -> None:
    if job.get("token") is None:
        raise HttpError(400, f"Please specify queueToken for queue {queue}")
    contact = "Please provide a valid queue token, or contact service support."
    if not job["token"]:
        raise HttpError(400, f"Queue token has no allowed queues. {contact}")
    if queue not in job["token"]:
        raise HttpError(400, f"Queue token does not allow queue {queue}. {contact}")


def executor_limit(file: dict[str, Any], queue: str) -> int:
    target = None
    for entry in file["queues"]:
        if same(entry["name"], queue):
            target = entry
    if target is None:
        raise HttpError(500, f"The queue {queue} does not exist. Please check the queue name and try again.")
    limit = target.get("maxExecutorInstances")
    return 5000 if limit is None else int(limit)


def choose_cluster(file: dict[str, Any], job: dict[str, Any], user: str, dice: Dice) -> int:
    version = job.get("version")
    if job.get("clusterId"):
        for index, entry in enumerate(file["sparkClusters"]):
            if entry["id"] == job["clusterId"] and any(same(one, version) for one in entry.get("sparkVersions", [])):
                return index
        raise HttpError(400, f"Cluster with id {job['clusterId']} having Spark version {null(version)} not found")
    left = [
        index
        for index, entry in enumerate(file["sparkClusters"])
        if entry["weight"] > 0 and any(same(one, version) for one in entry.get("sparkVersions", []))
    ]
    if not left:
        raise HttpError(400, f"Spark version not supported: {null(version)}")
    queue = get_queue(file, job, user, dice)
    parent_queue = queue.split(".")[0]
    clusters = file["sparkClusters"]
    serving = [index for index in left if any(same(one, parent_queue) for one in clusters[index].get("queues", []))]
    if not serving:
        raise HttpError(400, f"Cluster with queue {queue} having Spark version {null(version)} not found")
    if len(serving) == 1:
        return serving[0]
    return serving[dice([file["sparkClusters"][index]["weight"] for index in serving])]


def first_image(file: dict[str, Any], job: dict[str, Any]) -> str | None:
    for image in file["sparkImages"]:
        if any(same(one, job["type"]) for one in image["types"]) and same(image["version"], job.get("version")):
            return str(image["name"])
    return None


def same(left: str | None, right: str | None) -> bool:
    """`left.equalsIgnoreCase(right)`, for ASCII."""
    if left is None:
        raise TypeError("null has no methods")
    return right is not None and left.lower() == right.lower()


def equals(left: str | None, right: str) -> bool:
    """`left.equals(right)`."""
    if left is None:
        raise TypeError("null has no methods")
    return left == right


def null(text: str | None) -> str:
    return "null" if text is None else text
