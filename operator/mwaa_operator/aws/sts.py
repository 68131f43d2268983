"""AWS STS as the operator needs it: who a set of credentials is.

It exists to prove, before anything else is read or written, that an access ends up in the account that it names.
It must not hand out credentials: `credentials.py` does that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mwaa_operator.aws.port import Port


@dataclass(frozen=True)
class CallerIdentity:
    """The answer of GetCallerIdentity: whom AWS takes us for.

    Attributes:
        account: Twelve digits.
        arn: `arn:<partition>:sts::<account>:assumed-role/<role>/<session>`, or an IAM user's ARN.
    """

    account: str
    arn: str

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn` or `aws-us-gov`: what ARNs of this account begin with."""
        return self.arn.split(":")[1]


class StsPort(Port):
    """Who we are."""

    SERVICE: ClassVar[str] = "sts"
    # The two that assume roles are called by the credential providers, which load their model from the same place.
    OPERATIONS: ClassVar[frozenset[str]] = frozenset({"GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity"})

    def caller_identity(self) -> CallerIdentity:
        """Return whom AWS takes the scope's credentials for; needs no permission (STS GetCallerIdentity)."""
        answer = self._call.read("GetCallerIdentity")
        if not answer.get("Account") or not answer.get("Arn"):
            raise self._call.unexpected("GetCallerIdentity", "Account")
        return CallerIdentity(account=answer["Account"], arn=answer["Arn"])
