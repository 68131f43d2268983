"""Reads what a pass over an AwsAccount needs: who refers to it, and whom AWS takes us for in it.

Reads only. A failure of AWS is an observation, because the planner decides what it means. It remembers since when AWS
has failed, in memory: a restart begins that hour anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from mwaa_operator.account.api import AwsAccount, AwsAccountSpec
from mwaa_operator.account.plan import Observed
from mwaa_operator.account.resolve import access_to
from mwaa_operator.api.meta import RECONCILE_REQUESTED_AT, ObjectKey
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError

_HOME = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


@dataclass(frozen=True)
class Sources:
    """Where observations come from.

    Attributes:
        references: Keys of the objects that name an account.
        scope: The way into AWS for an access.
        cluster_id: uid of kube-system.
        now: UTC.
        home_region: The Region of the operator's own environment, if it names one.
    """

    references: Callable[[str], Iterable[ObjectKey]]
    scope: Callable[[Access], AwsScope]
    cluster_id: Callable[[], str]
    now: Callable[[], datetime]
    home_region: str | None = None


class Observer:
    """Makes the observations of AwsAccounts."""

    def __init__(self, sources: Sources) -> None:
        self._from = sources
        self._failing: dict[str, datetime] = {}

    def look(self, resource: AwsAccount) -> Observed:
        """Return who refers to the account and, unless it is being deleted, whom AWS takes us for."""
        references = tuple(sorted(self._from.references(resource.metadata.name)))
        if resource.metadata.deleting:
            return Observed(references=references)
        uid, scope = resource.metadata.uid, self._from.scope(self._access(resource))
        try:
            caller = scope.verify(fresh=_asked_again(resource))
        except AwsError as error:
            since = self._failing.setdefault(uid, self._from.now())
            return Observed(references=references, failure=error.failure, failing_since=since)
        self._failing.pop(uid, None)
        return Observed(references=references, caller_arn=caller.arn)

    def forget(self, uid: str) -> None:
        """Drop what is remembered of an object that is gone."""
        self._failing.pop(uid, None)

    def _access(self, resource: AwsAccount) -> Access:
        """Return the way in without a tenant, so without session tags."""
        return access_to(
            resource.spec,
            name=resource.metadata.name,
            namespace="",
            region=verification_region(resource.spec, self._from.home_region),
            cluster_id=self._from.cluster_id(),
        )


def verification_region(spec: AwsAccountSpec, home: str | None) -> str:
    """Return the Region to ask AWS STS in: the first that the account names in full, else the operator's own.

    Any Region of the partition gives the same answer; where nothing names one, the partition's oldest is taken.
    """
    named = next((region for region in spec.regions if "*" not in region), None)
    if named is not None or home is not None:
        return named or str(home)
    partition = spec.assume_role.role_arn.split(":")[1] if spec.assume_role else "aws"
    return _HOME.get(partition, _HOME["aws"])


def _asked_again(resource: AwsAccount) -> bool:
    requested = resource.metadata.annotations.get(RECONCILE_REQUESTED_AT)
    return requested is not None and requested[:256] != resource.status.last_handled_reconcile_at
