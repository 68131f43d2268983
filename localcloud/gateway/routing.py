"""Which queue and which cluster a submission gets, step by step as BPG's Java goes, nulls and all.

The default queue is drawn anew each time it is asked for; that is a mistake of BPG's and its callers' to repeat.
Source: apple/batch-processing-gateway, SparkClusterHelper, ApplicationSubmissionHelper.validateQueueToken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from localcloud.gateway import java, queuetokens
from localcloud.gateway.config import Cluster, Config, Queue
from localcloud.gateway.dice import Dice
from localcloud.gateway.errors import BpgError, null
from localcloud.gateway.request import Request

DEFAULT_QUEUE = "poc"

Entry = TypeVar("Entry", Cluster, Queue)

_DOTS = re.compile(r"\.{2,}")
_BETWEEN_DOTS = re.compile(r"[.]*(.*[^.])[.]*")


@dataclass(frozen=True)
class Turn:
    """One submission on its way.

    Attributes:
        user: Who was let in.
        now: Seconds since 1970.
    """

    config: Config
    request: Request
    user: str
    dice: Dice
    now: float


def get_queue(turn: Turn) -> str:
    """Return the queue that is asked for, else one of the user's, else `poc`; its token has been checked."""
    queue: str | None = None
    if turn.request.queue:
        queue = normalized(turn.request.queue)
    elif turn.config.queues is not None:
        mine = [entry for entry in turn.config.queues if _lists(_some(entry, "queue").users, turn.user)]
        if len(mine) > 1:
            mine = [mine[turn.dice([1] * len(mine))]]
        if mine:
            queue = _some(mine[0], "queue").name
    queue = queue or DEFAULT_QUEUE
    _check_token(turn, queue)
    return queue


def _check_token(turn: Turn, queue: str) -> None:
    for entry in turn.config.queues or ():
        if not java.same(_name(entry), queue):
            continue
        if not _some(entry, "queue").secure:
            return
        if not turn.request.queue_token:
            raise BpgError(400, f"Please specify queueToken for queue {queue}")
        if turn.config.tokens is None:
            raise BpgError(500, "Server hit configuration error: no queue token configure")
        queuetokens.verify(turn.request.queue_token, turn.config.tokens.secrets, queue, turn.now)
        return


def choose_cluster(turn: Turn) -> int:
    """Return the index of the entry that gets the job; with several of one id the index tells them apart."""
    clusters, request = turn.config.clusters, turn.request
    if clusters is None:
        raise null("sparkClusters")
    version = request.spark_version
    if request.cluster_id:
        for index, entry in enumerate(clusters):
            if _some(entry, "cluster").id == request.cluster_id and _lists(
                _some(entry, "cluster").spark_versions, version
            ):
                return index
        words = f"Cluster with id {request.cluster_id} having Spark version {_shown(version)} not found"
        raise BpgError(400, words)
    left = [
        index
        for index, entry in enumerate(clusters)
        if _some(entry, "cluster").weight > 0 and _lists(_some(entry, "cluster").spark_versions, version)
    ]
    if not left:
        raise BpgError(400, f"Spark version not supported: {_shown(version)}")
    queue = get_queue(turn)
    wanted = parent(queue)
    left = [index for index in left if _lists(_some(clusters[index], "cluster").queues, wanted)]
    if not left:
        raise BpgError(400, f"Cluster with queue {queue} having Spark version {_shown(version)} not found")
    if len(left) == 1:
        return left[0]
    return left[turn.dice([_some(clusters[index], "cluster").weight for index in left])]


def declared(config: Config, queue: str) -> Queue:
    """Return the last entry of a name; every entry is looked at, so that a null anywhere breaks it.

    Raises:
        BpgError: There is none.
    """
    if config.queues is None:
        raise null("queues")
    found: Queue | None = None
    for entry in config.queues:
        if java.same(_name(entry), queue):
            found = entry
    if found is None:
        raise BpgError(500, f"The queue {queue} does not exist. Please check the queue name and try again.")
    return found


def exactly(config: Config, parent_queue: str) -> Queue | None:
    """Return the first entry of exactly this name: what gives labels, sizes and time limits."""
    if config.queues is None:
        raise null("queues")
    return next((entry for entry in config.queues if _name(entry) == parent_queue), None)


def normalized(queue: str) -> str | None:
    """Return a name without repeated dots and dots around it; None when nothing is left."""
    found = _BETWEEN_DOTS.search(_DOTS.sub(".", queue))
    return found[1] if found else None


def parent(queue: str) -> str:
    """Return what stands before the first dot."""
    parts = queue.split(".")
    while parts and not parts[-1]:
        parts.pop()
    if not parts:
        # Java's `split` gives an empty array for nothing but dots, and BPG takes its first element.
        raise BpgError(500, "Index 0 out of bounds for length 0", "java.lang.ArrayIndexOutOfBoundsException")
    return parts[0]


def _lists(names: Iterable[str | None] | None, wanted: str | None) -> bool:
    for name in names or ():
        if name is None:
            raise null("element")
        if java.same(name, wanted):
            return True
    return False


def _name(entry: Queue | None) -> str:
    name = _some(entry, "queue").name
    if name is None:
        raise null("name of a queue")
    return name


def _some(entry: Entry | None, what: str) -> Entry:
    if entry is None:
        raise null(what)
    return entry


def _shown(version: str | None) -> str:
    return "null" if version is None else version
