"""As whom the operator calls AWS for one object: account, role, Region and tenant, as one value.

It exists so that rooms and ports never handle credentials: the account room resolves an `Access`, `clients.py` turns it
into calls. It holds no secret and must not: an external id is a name that both sides know, not a credential.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mwaa_operator.api.meta import GROUP

CLUSTER_TAG = f"{GROUP}/cluster"
NAMESPACE_TAG = f"{GROUP}/namespace"

MAX_SESSION_NAME = 64
_NOT_IN_SESSION_NAMES = re.compile(r"[^\w+=,.@-]", re.ASCII)


@dataclass(frozen=True)
class Access:
    """How to reach AWS for the objects of one namespace.

    Attributes:
        account_name: The AwsAccount that grants the access; for messages.
        account_id: The twelve digits that every call must end up in.
        assume_role_arn: The role to assume; None takes the process's own credentials.
        external_id: What the role's trust policy asks for, or None.
        namespace: The tenant, told to AWS as a session tag and in the session's name; empty for work that belongs to
            no tenant (sweeps, checks of an AwsAccount), which carries no tags.
        region: The AWS Region, for example `eu-west-1`.
        cluster_id: The uid of the namespace kube-system.
    """

    account_name: str
    account_id: str
    assume_role_arn: str | None
    external_id: str | None
    namespace: str
    region: str
    cluster_id: str

    @property
    def identity(self) -> tuple[str, ...]:
        """What distinguishes credentials: two accesses with the same identity may share a session.

        Without a role to assume all tenants of an account act with the process's own credentials, which carry no tags
        of ours, so the namespace makes no difference.
        """
        if self.assume_role_arn is None:
            return (self.account_id,)
        return (self.account_id, self.assume_role_arn, self.external_id or "", self.cluster_id, self.namespace)

    @property
    def session_name(self) -> str:
        """The RoleSessionName: what CloudTrail shows, at most 64 characters of `[\\w+=,.@-]` (STS AssumeRole)."""
        name = f"mwaa-operator-{self.namespace}" if self.namespace else "mwaa-operator"
        return _NOT_IN_SESSION_NAMES.sub("-", name)[:MAX_SESSION_NAME]

    @property
    def session_tags(self) -> dict[str, str]:
        """The session tags of the assumed role, for conditions on `aws:PrincipalTag/<key>`; empty without a tenant.

        The role's trust policy must allow sts:TagSession beside sts:AssumeRole (IAM user guide, "Pass session tags").
        """
        if not self.namespace:
            return {}
        return {CLUSTER_TAG: self.cluster_id, NAMESPACE_TAG: self.namespace}
