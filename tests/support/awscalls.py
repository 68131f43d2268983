"""A seam for tests of ports: calls that are checked against botocore's model, answered by script and remembered.

It is stricter than botocore: enums, patterns and greatest lengths of requests count. It has no budgets, credentials or
fence; those are tested where they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.session import Session

from localcloud.aws.shapes import Shapes
from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.aws.errors import AwsError

Answer = dict[str, Any] | Exception
_SESSION = Session()


def failure(kind: FailureKind, operation: str, code: str = "", message: str = "no", **more: Any) -> AwsError:
    """Return the error of a failed call."""
    return AwsError(Failure(kind, operation, code or str(kind), message, **more))


@dataclass
class ScriptedCall:
    """Implements `port.Call` for one service.

    Attributes:
        service: boto3's name.
        answers: What each operation answers, in order; an exception is raised.
        sent: (operation, members) of every call and page, oldest first.
        mutated: Operations that were called as mutations.
    """

    service: str
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    mutated: list[str] = field(default_factory=list)
    account_id: str = "123456789012"
    region: str = "eu-central-1"
    partition: str = "aws"

    def __post_init__(self) -> None:
        self._model = _SESSION.get_service_model(self.service)
        self._strict, self._lenient = Shapes(strict=True), Shapes(strict=False)

    def read(self, operation: str, /, **members: Any) -> dict[str, Any]:
        """Answer by script."""
        return self._answer(operation, members)

    def mutate(self, operation: str, /, **members: Any) -> dict[str, Any]:
        """Answer by script."""
        self.mutated.append(operation)
        return self._answer(operation, members)

    def pages(self, operation: str, /, **members: Any) -> Iterator[dict[str, Any]]:
        """Give every scripted answer of the operation as one page."""
        while self.answers.get(operation):
            yield self._answer(operation, members)

    def members(self, operation: str, /) -> frozenset[str]:
        """Return what botocore's model knows."""
        return frozenset(self._model.operation_model(operation).input_shape.members)

    def unexpected(self, operation: str, /, missing: str, *, mutating: bool = False) -> Exception:
        """Return the error for a member that is missing."""
        return failure(FailureKind.UNAVAILABLE, operation, "UnexpectedAnswer", missing, may_have_happened=mutating)

    def _answer(self, operation: str, members: dict[str, Any]) -> dict[str, Any]:
        self.sent.append((operation, members))
        shapes = self._model.operation_model(operation)
        assert not (problems := self._strict.problems(shapes.input_shape, members)), problems
        scripted = self.answers.get(operation, [])
        answer: Answer = scripted.pop(0) if scripted else {}
        if isinstance(answer, Exception):
            raise answer
        wrong = self._lenient.problems(shapes.output_shape, answer)
        # What a proxy leaves out is part of these tests; what AWS cannot say is a mistake of theirs.
        assert not [problem for problem in wrong if "must not be null" not in problem], wrong
        return answer
