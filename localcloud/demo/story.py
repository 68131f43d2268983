"""The story: the environments', then two of AWS's posts as manifests, on MWAA Serverless and on Spark gateways."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.demo import environments, gateways, workflows
from localcloud.demo.board import Board
from localcloud.demo.stage import Stage

CHAPTERS: tuple[Callable[[Stage, Board], None], ...] = (
    environments.create,
    environments.upload,
    environments.failing_update,
    environments.drift,
    environments.deletion,
    workflows.create,
    workflows.failing_run,
    workflows.fix,
    workflows.monitoring,
    workflows.deletion,
    gateways.create,
    gateways.failure,
    gateways.weights,
    gateways.bad_route,
    gateways.maintenance,
    gateways.deletion,
)


def play(stage: Stage, board: Board) -> None:
    """Play all chapters in order.

    Raises:
        ChapterFailedError: One did not come true.
    """
    for number, chapter in enumerate(CHAPTERS, start=1):
        board.chapter(f"{number}. {(chapter.__doc__ or '').rstrip('.')}")
        chapter(stage, board)
