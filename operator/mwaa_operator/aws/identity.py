"""Who acts: one session with its credentials, and the account that AWS says they belong to.

It exists so that no call is made before AWS has confirmed the account that the AwsAccount names; the confirmation is
kept for as long as the credentials are the same. It makes no calls of services other than STS.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from pydantic import SecretStr

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.aws.credentials import access_key_of, frozen
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.aws.sts import CallerIdentity

ACCOUNT_MISMATCH = "AccountMismatch"
"""The code of the failure for credentials that belong to another account than the one named."""


class Identity:
    """A session and whom AWS takes it for. Safe for threads: one asks AWS, the others wait for its answer.

    Args:
        session: The botocore session; used only to make clients.
        credentials: Its credentials.
        account_id: The account that they must belong to.
        assumed: Whether they are those of an assumed role.
    """

    def __init__(self, session: Any, credentials: Any, *, account_id: str, assumed: bool) -> None:
        self.session = session
        self._credentials = credentials
        self._account_id = account_id
        self._assumed = assumed
        self._known: tuple[str, CallerIdentity] | None = None
        self._asking = threading.Lock()

    def refresh(self) -> str:
        """Renew the credentials where that is due and return their access key id; raises AwsError."""
        return access_key_of(self._credentials, assumed=self._assumed)

    def verified(self, ask: Callable[[], CallerIdentity], *, fresh: bool = False) -> CallerIdentity:
        """Return whom AWS takes us for, asked once for each set of credentials.

        Args:
            ask: Calls GetCallerIdentity with this identity.
            fresh: Ask again although the credentials are the same.

        Raises:
            AwsError: AccountMismatch (kind Invalid) for another account, or what `ask` raised.
        """
        access_key = self.refresh()
        known = self._known
        if fresh or known is None or known[0] != access_key:
            known = self._asked(access_key, ask, before=known)
        caller = known[1]
        if caller.account != self._account_id:
            raise AwsError(self._mismatch(caller))
        return caller

    def presigned(self, host: str, *, region: str, headers: Mapping[str, str], seconds: int) -> SecretStr:
        """Return a URL of GetCallerIdentity, signed with these credentials; makes no call but where they are due.

        Args:
            host: Name of the STS endpoint.
            region: That it belongs to.
            headers: Signed along.
            seconds: Until it ends.

        Raises:
            AwsError: There are no credentials.
        """
        url = f"https://{host}/?Action=GetCallerIdentity&Version=2011-06-15"
        request = AWSRequest(method="GET", url=url, headers=dict(headers))
        credentials = frozen(self._credentials, assumed=self._assumed)
        SigV4QueryAuth(credentials, "sts", region, expires=seconds).add_auth(request)
        return SecretStr(str(request.url))

    def _asked(
        self, access_key: str, ask: Callable[[], CallerIdentity], *, before: tuple[str, CallerIdentity] | None
    ) -> tuple[str, CallerIdentity]:
        with self._asking:
            known = self._known
            # Unless somebody else has asked while we waited for our turn.
            if known is None or known is before:
                known = self._known = (access_key, ask())
            return known

    def _mismatch(self, caller: CallerIdentity) -> Failure:
        return Failure(
            kind=FailureKind.INVALID,
            operation="sts:GetCallerIdentity",
            code=ACCOUNT_MISMATCH,
            message=f"the credentials belong to account {caller.account} ({caller.arn}), the AwsAccount names "
            f"{self._account_id}; correct its accountId or assumeRole.roleArn",
        )
