"""From a reference to an AwsAccount to the way into AWS: what every AWS-backed kind asks before it makes a call.

It looks up the account and, where the account chooses by labels, the namespace; what is admitted is decided in
`admit.py`. It makes no call to AWS and answers a missing account with None, never with somebody else's rights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mwaa_operator.account.admit import Denial, Request, admits
from mwaa_operator.account.api import KIND, AwsAccount, AwsAccountSpec
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.aws.access import Access


@dataclass(frozen=True)
class Resolution:
    """What an AwsAccount says to one object.

    Attributes:
        spec: What the account is.
        access: The way into AWS; with denials only for the deletion of what is ours already.
        denials: Everything that the account refuses; empty means admitted.
    """

    spec: AwsAccountSpec
    access: Access
    denials: tuple[Denial, ...]


@dataclass(frozen=True)
class Resolver:
    """Resolves references to accounts.

    Attributes:
        cached: The cached object of a key, or None.
        namespace_labels: Labels of a namespace, empty if it could not be read; asked only if an account needs them.
        cluster_id: uid of kube-system.
    """

    cached: Callable[[ObjectKey], dict[str, Any] | None]
    namespace_labels: Callable[[str], Mapping[str, str]]
    cluster_id: Callable[[], str]

    def resolve(self, account: str, *, namespace: str, region: str, request: Request) -> Resolution | None:
        """Return what an account says to an object, or None if there is no such account.

        Args:
            account: Name of the AwsAccount.
            namespace: Where the object lives.
            region: The Region that it uses.
            request: What it names of the account.

        Raises:
            pydantic.ValidationError: The account was stored before a rule existed that it breaks.
        """
        body = self.cached(account_key(account))
        if body is None:
            return None
        spec = AwsAccount.from_body(body).spec
        denials = admits(
            spec,
            account=account,
            namespace=namespace,
            namespace_labels=self.namespace_labels(namespace) if by_labels(spec) else {},
            request=request,
        )
        access = access_to(spec, name=account, namespace=namespace, region=region, cluster_id=self.cluster_id())
        return Resolution(spec=spec, access=access, denials=denials)


def account_key(name: str) -> ObjectKey:
    """Return the key of an AwsAccount."""
    return ObjectKey(kind=KIND.kind, namespace="", name=name)


def by_labels(spec: AwsAccountSpec) -> bool:
    """Return whether the account chooses namespaces by their labels, so that these must be read."""
    return spec.namespaces is not None and spec.namespaces.from_ == "Selector"


def access_to(spec: AwsAccountSpec, *, name: str, namespace: str, region: str, cluster_id: str) -> Access:
    """Return the way into an account; whether it may be taken is a matter of `admits`."""
    role = spec.assume_role
    return Access(
        account_name=name,
        account_id=spec.account_id,
        assume_role_arn=role.role_arn if role else None,
        external_id=role.external_id if role else None,
        namespace=namespace,
        region=region,
        cluster_id=cluster_id,
    )
