"""Amazon MWAA's environments: the five calls on an environment, its tags, and how many there are.

Requests and answers keep AWS's member names (botocore model mwaa 2020-07-01). What a status means is decided in
`environment/`; the only thing explained here is that "not found" is an observation and not an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.aws.port import Port


class MwaaPort(Port):
    """Environments of the scope's account and Region."""

    SERVICE: ClassVar[str] = "mwaa"
    OPERATIONS: ClassVar[frozenset[str]] = frozenset(
        {
            "CreateEnvironment",
            "DeleteEnvironment",
            "GetEnvironment",
            "ListEnvironments",
            "TagResource",
            "UntagResource",
            "UpdateEnvironment",
        }
    )

    def get_environment(self, name: str) -> dict[str, Any] | None:
        """Return the members of botocore's `Environment`, times in UTC, or None where AWS knows none of that name.

        A deleted environment may still be given for a while, with `Status: DELETED`.
        """
        answer = self._found("GetEnvironment", Name=name)
        if answer is None:
            return None
        environment: dict[str, Any] | None = answer.get("Environment")
        if not environment:
            raise self._call.unexpected("GetEnvironment", "Environment")
        return environment

    def create_environment(self, request: Mapping[str, Any]) -> str:
        """Ask for an environment.

        Args:
            request: The members of `CreateEnvironmentInput`, `Name` and `Tags` among them.

        Returns:
            The ARN.

        Raises:
            AwsError: With `may_have_happened` the environment may exist: look before the next try.
        """
        return self._arn("CreateEnvironment", request)

    def update_environment(self, name: str, changes: Mapping[str, Any]) -> str:
        """Ask for a change and return the ARN; only the members of `UpdateEnvironmentInput` in `changes` change."""
        return self._arn("UpdateEnvironment", {**changes, "Name": name})

    def delete_environment(self, name: str) -> None:
        """Ask for a deletion; an environment that is gone already (NotFound, AlreadyDeleted) is a success."""
        try:
            self._call.mutate("DeleteEnvironment", Name=name)
        except AwsError as error:
            if error.failure.kind not in (FailureKind.NOT_FOUND, FailureKind.ALREADY_DELETED):
                raise

    def tag_resource(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags; others stay as they are."""
        self._call.mutate("TagResource", ResourceArn=arn, Tags=dict(tags))

    def untag_resource(self, arn: str, keys: Iterable[str]) -> None:
        """Remove tags by key."""
        self._call.mutate("UntagResource", ResourceArn=arn, tagKeys=list(keys))

    def count_environments(self) -> int:
        """Return how many environments the account has in the Region, for the quota (ListEnvironments, pages of 25)."""
        return sum(len(self._names(page)) for page in self._call.pages("ListEnvironments"))

    def supported_members(self, operation: str) -> frozenset[str]:
        """Return the request members that the loaded service model knows for an operation.

        An unknown member would be refused before it leaves the process, so a newer field is sent only where this says
        so; an older botocore is told by name in a condition instead.
        """
        return self._call.members(operation)

    def _names(self, page: Mapping[str, Any]) -> list[str]:
        names: list[str] | None = page.get("Environments")
        if names is None:
            raise self._call.unexpected("ListEnvironments", "Environments")
        return names

    def _arn(self, operation: str, request: Mapping[str, Any]) -> str:
        arn = self._call.mutate(operation, **request).get("Arn")
        if not isinstance(arn, str) or not arn:
            raise self._call.unexpected(operation, "Arn", mutating=True)
        return arn
