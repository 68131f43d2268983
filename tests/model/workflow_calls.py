"""What the operator's port calls in the workflow's model: the simulator's state machine, without a wire.

Reads may be late; what changes something is the business of the pass that makes the call.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, cast

from botocore.exceptions import ClientError

from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless.machine import apply
from localcloud.aws.serverless.render import Answer
from mwaa_operator.aws.errors import AwsError, failure_of
from tests.model.explore import Broken
from tests.model.workflow_world import Settings, State, world
from tests.support.workflows import ACCOUNT, REGION


class Reader(Protocol):
    """Whose state is read."""

    state: State
    settings: Settings
    now: float

    def call(self, operation: str, members: dict[str, Any]) -> Answer:
        """Make a call that changes AWS."""


class Calls:
    """Calls of the port, answered by the simulator's state machine; see `mwaa_operator.aws.port.Call`."""

    account_id, region, partition = ACCOUNT, REGION, "aws"

    def __init__(self, owner: Reader, *, late: bool) -> None:
        self._owner, self._late = owner, late

    def read(self, operation: str, /, **members: Any) -> Answer:
        """Call an operation that changes nothing."""
        around = world(self._owner.state, self._owner.settings, late=self._late)
        return answered(apply(around, operation, members, now=self._owner.now)[1], operation)

    def pages(self, operation: str, /, **members: Any) -> Iterator[Answer]:
        """Call a listing operation."""
        yield self.read(operation, **members)

    def mutate(self, operation: str, /, **members: Any) -> Answer:
        """Call an operation that changes something."""
        return self._owner.call(operation, members)

    def members(self, operation: str, /) -> frozenset[str]:
        """Nobody asks."""
        raise NotImplementedError

    def unexpected(self, operation: str, /, missing: str, *, mutating: bool = False) -> Exception:
        """Return what the model never does."""
        return Broken(f"{operation} without {missing}")


def answered(answer: Answer | Refusal, operation: str) -> Answer:
    if not isinstance(answer, Refusal):
        return dict(answer)
    error = {"Error": {"Code": answer.code, "Message": answer.message}, **dict(answer.members)}
    status = {"ResponseMetadata": {"HTTPStatusCode": answer.status}}
    refused = ClientError(cast(Any, error | status), operation)
    raise AwsError(failure_of(refused, operation=f"mwaa-serverless:{operation}", mutating=True))
