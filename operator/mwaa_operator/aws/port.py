"""What every port to an AWS service is made of.

A port names the operations that it uses and gives each a method whose result is plain data; how a call is paced,
signed, fenced and timed lives behind `Call`. A port must not catch failures other than those that it explains.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Protocol

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.aws.errors import AwsError


class Call(Protocol):
    """Calls of one service, in one account and Region, as one tenant.

    `operation` is AWS's own name (`GetEnvironment`), `members` are the request's members in AWS's own spelling. Answers
    are plain dicts without ResponseMetadata. Every method raises AwsError and nothing else of botocore; `mutate` lets
    the fence's own exception through.
    """

    @property
    def account_id(self) -> str:
        """The account that the calls are made in."""

    @property
    def region(self) -> str:
        """The Region that the calls are made in."""

    @property
    def partition(self) -> str:
        """What ARNs of the account begin with (`aws`, `aws-cn`, `aws-us-gov`), as AWS told when it was first called."""

    def read(self, operation: str, /, **members: Any) -> dict[str, Any]:
        """Call an operation that changes nothing: up to three attempts."""

    def pages(self, operation: str, /, **members: Any) -> Iterator[dict[str, Any]]:
        """Call a listing operation and yield every page of its answer."""

    def mutate(self, operation: str, /, **members: Any) -> dict[str, Any]:
        """Call an operation that changes something: one attempt, after the fence agreed."""

    def members(self, operation: str, /) -> frozenset[str]:
        """Return the request members that the loaded service model knows, without calling AWS."""

    def unexpected(self, operation: str, /, missing: str, *, mutating: bool = False) -> Exception:
        """Return the AwsError for an answer that lacks a member which AWS promises (a proxy's page, a cut body)."""


class Port:
    """Base of the ports.

    Attributes:
        SERVICE: boto3's name of the service.
        OPERATIONS: The operations that the port calls. Nothing else of the service model is loaded (`models.py`), so a
            call that is not declared here fails at once.
    """

    SERVICE: ClassVar[str]
    OPERATIONS: ClassVar[frozenset[str]]

    def __init__(self, call: Call) -> None:
        self._call = call

    def _found(self, operation: str, **members: Any) -> dict[str, Any] | None:
        """Read something; None where AWS does not know it. Raises AwsError for everything else."""
        try:
            return self._call.read(operation, **members)
        except AwsError as error:
            if error.failure.kind is FailureKind.NOT_FOUND:
                return None
            raise

    def _changed(self, operation: str, **members: Any) -> bool:
        """Change or delete something; False where AWS does not know it. Raises AwsError for everything else."""
        try:
            self._call.mutate(operation, **members)
        except AwsError as error:
            if error.failure.kind is FailureKind.NOT_FOUND:
                return False
            raise
        return True


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return `members` without those that are None, because botocore refuses None for an optional member."""
    return {name: value for name, value in members.items() if value is not None}
