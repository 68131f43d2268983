"""Client tokens: the same request twice has its effect once.

Source: botocore model mwaa-serverless (ClientToken of CreateWorkflow and StartWorkflowRun). How long they last, and
what happens with other parameters, is not documented: see `laws`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from localcloud.aws.mwaa.config import digest
from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless.config import Params
from localcloud.aws.serverless.operations import Operation, Scene, Turn
from localcloud.aws.serverless.states import Remembered, Workflow
from localcloud.aws.serverless.texts import token_reused


def idempotent(operation: Operation, name: str) -> Operation:
    """Return the operation with a memory: a token that was used answers as it did, and does nothing."""

    def once(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
        token, known = params.get("ClientToken"), scene.remembered
        if token is None:
            return operation(scene, workflow, params)
        if known is not None and (scene.exists or scene.laws.habits.token_outlives_workflow):
            if known.digest == _digest(params):
                return Turn(workflow, dict(known.answer))
            if scene.laws.habits.token_mismatch == "conflict":
                return Turn(workflow, token_reused(token))
        turn = operation(scene, workflow, params)
        if isinstance(turn.answer, Refusal) or turn.workflow is None:
            return turn
        until = scene.now + scene.laws.durations.token
        items = tuple((key, tuple(value) if isinstance(value, list) else value) for key, value in turn.answer.items())
        memory = Remembered(name, token, _digest(params), until, turn.workflow.arn, items)
        return replace(turn, remember=memory)

    return once


def recall(tokens: Iterable[Remembered], operation: str, params: Params) -> Remembered | None:
    """Return what is remembered of a request's token; `tokens` are those in force."""
    token = params.get("ClientToken")
    for item in tokens:
        if (item.operation, item.token) == (operation, token):
            return item
    return None


def _digest(params: Params) -> str:
    plain = {name: value for name, value in params.items() if name != "ClientToken"}
    return digest("request", json.dumps(plain, sort_keys=True, default=str))
