"""Who signed a request, for which Region and service: the credential scope of Signature Version 4.

Source: AWS documentation, "Signature Version 4 for API requests". Signatures are not verified: nothing here is secret.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")


class Scope(NamedTuple):
    """Access key id, Region and signing name of a request."""

    access_key_id: str
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: account of the credentials, the principal's ARN, and the access key that it used."""

    account: str = "123456789012"
    arn: str = "arn:aws:iam::123456789012:user/admin"
    access_key_id: str = ""


def scope_of(authorization: str) -> Scope | None:
    """Read an Authorization header; None when the request is not signed."""
    found = _SCOPE.search(authorization)
    return Scope(*found.groups()) if found else None
