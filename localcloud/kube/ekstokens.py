"""Bearer tokens of EKS read as a cluster reads them: form, age, and the cluster's own name under the signature.

Source: aws-iam-authenticator, pkg/token. Pure but for the clock that it is given; whose access key it is, others know.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

PREFIX = "k8s-aws-v1."
HEADER = "x-k8s-aws-id"
LIFETIME = timedelta(minutes=15)
_HOST = re.compile(r"sts\.(?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?")


class Refused(Exception):  # noqa: N818  a verdict on a token
    """The token is not taken; the text says why, without the token."""


def signed_query(token: str, *, cluster: str, secret_of: Callable[[str], str], now: datetime) -> Mapping[str, str]:
    """Return the query of the STS URL in a token of this cluster.

    Args:
        token: As it came.
        cluster: The cluster's name in AWS.
        secret_of: Gives the secret of an access key.
        now: UTC.

    Raises:
        Refused: It is not one, has ended, or is another cluster's.
    """
    url, query = _opened(token)
    parts = urlsplit(url)
    if parts.scheme != "https" or not _HOST.fullmatch(parts.netloc):
        raise Refused("it does not lead to AWS STS")
    if (query.get("Action"), parts.path) != ("GetCallerIdentity", "/"):
        raise Refused("it asks for something else than who signed it")
    if HEADER not in query.get("X-Amz-SignedHeaders", "").split(";"):
        raise Refused(f"{HEADER} is not signed")
    try:
        signed_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        expected = _signature(url, query, cluster, secret_of)
    except (KeyError, ValueError) as error:
        raise Refused("it is not signed") from error
    if abs(now - signed_at) > LIFETIME:
        raise Refused("it has ended")
    if expected != query.get("X-Amz-Signature"):
        raise Refused("the signature is another cluster's, or wrong")
    return query


def _opened(token: str) -> tuple[str, dict[str, str]]:
    encoded = token.removeprefix(PREFIX)
    try:
        url = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True).decode()
        query = dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise Refused("it is no token of AWS") from error
    if not token.startswith(PREFIX):
        raise Refused("it is no token of AWS")
    return url, query


def _signature(url: str, query: Mapping[str, str], cluster: str, secret_of: Callable[[str], str]) -> str:
    """Return the signature with this cluster's name, which is no part of the token itself."""
    key, _, region, service, _ = query["X-Amz-Credential"].split("/")
    unsigned = urlencode({name: value for name, value in query.items() if name != "X-Amz-Signature"})
    request = AWSRequest("GET", f"{url.partition('?')[0]}?{unsigned}", headers={HEADER: cluster})
    request.context["timestamp"] = query["X-Amz-Date"]
    auth = SigV4QueryAuth(Credentials(key, secret_of(key)), service, region)
    return str(auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request))
