"""A way into AWS whose ports are real and whose calls are answered by script: the seam below the ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.iam import IamPort
from mwaa_operator.aws.logs import LogsPort
from mwaa_operator.aws.s3 import S3Port
from mwaa_operator.aws.serverless import ServerlessPort
from mwaa_operator.aws.sts import CallerIdentity
from tests.support.awscalls import Answer, ScriptedCall

ACCESS = Access("default", "123456789012", None, None, "data", "eu-central-1", "cluster-uid")


class Decoded(dict[str, Any]):
    """An answer in the form that botocore gives it after parsing (a stream, a policy as a dict): taken as it is."""


class _Call(ScriptedCall):
    def pages(self, operation: str, /, **members: Any) -> Iterator[dict[str, Any]]:
        """Give one page a list; none where none is scripted."""
        if self.answers.get(operation):
            yield self._answer(operation, members)

    def _answer(self, operation: str, members: dict[str, Any]) -> dict[str, Any]:
        scripted = self.answers.get(operation, [])
        if not scripted or not isinstance(scripted[0], Decoded):
            return super()._answer(operation, members)
        self.sent.append((operation, members))
        answer = scripted.pop(0)
        assert isinstance(answer, Decoded)
        return dict(answer)


class ScriptedScope(AwsScope):
    """The ports that a workflow needs.

    Attributes:
        calls: By boto3's name of the service; their answers and what was sent.
    """

    def __init__(self, access: Access = ACCESS, **answers: dict[str, list[Answer]]) -> None:
        """Take the answers of each service by its name with underscores: `mwaa_serverless={"GetWorkflow": [...]}`."""
        self.access = access
        names = ("mwaa-serverless", "s3", "iam", "logs")
        self.calls = {name: _Call(name, answers.get(name.replace("-", "_"), {})) for name in names}
        self.serverless = ServerlessPort(self.calls["mwaa-serverless"])
        self.s3 = S3Port(self.calls["s3"])
        self.iam = IamPort(self.calls["iam"])
        self.logs = LogsPort(self.calls["logs"])

    def verify(self, *, fresh: bool = False) -> CallerIdentity:
        """Return somebody of the account."""
        return CallerIdentity(arn="arn:aws:iam::123456789012:role/operator", account=self.access.account_id)

    def sent(self, service: str = "mwaa-serverless") -> list[str]:
        """Return the operations that were called, oldest first."""
        return [operation for operation, _ in self.calls[service].sent]

    def members(self, operation: str, service: str = "mwaa-serverless") -> dict[str, Any]:
        """Return the members of the last call of an operation."""
        return next(members for name, members in reversed(self.calls[service].sent) if name == operation)

    def mutations(self) -> list[str]:
        """Return the operations that were called as mutations, of all services."""
        return [operation for call in self.calls.values() for operation in call.mutated]
