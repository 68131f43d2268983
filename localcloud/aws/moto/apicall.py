"""What an HTTP request to AWS asks for: service, operation, parameters, caller.

The routers and parsers are moto's own, which follow botocore's models, so that the proxy and moto never disagree about
a request. It answers nothing.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from localcloud.aws.moto.principals import Principal, Principals

Environ = dict[str, Any]

SERVICES = {
    "s3": "s3",
    "iam": "iam",
    "sts": "sts",
    "ec2": "ec2",
    "kms": "kms",
    "logs": "logs",
    "secretsmanager": "secretsmanager",
    "eks": "eks",
    "servicequotas": "service-quotas",
}
"""Signing name to boto3's name of every service that is served here."""

_CREDENTIAL = re.compile(r"(?P<key>[^/\s=]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")

_RESOURCE_MEMBERS = (
    "Bucket",
    "RoleName",
    "RoleArn",
    "PolicySourceArn",
    "PolicyArn",
    "SubnetIds",
    "SubnetId",
    "GroupIds",
    "GroupId",
    "VpcId",
    "VpcIds",
    "KeyId",
    "logGroupName",
    "SecretId",
    "name",
    "clusterName",
    "ServiceCode",
)
"""The first of these that a request carries names its resource in ledgers and fault scripts."""


@dataclass(frozen=True)
class ApiCall:
    """One call of an AWS API, understood.

    Attributes:
        service: boto3's name, for example `service-quotas`.
        operation: As in the service's model.
        protocol: query, ec2, json, rest-json or rest-xml.
        region: From the signature.
        principal: The caller.
        access_key_id: What the principal was told from; empty for unsigned calls.
        params: The request's members as in the model.
    """

    service: str
    operation: str
    protocol: str
    region: str
    principal: Principal
    access_key_id: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def resource(self) -> str:
        """The thing that the call is about, or an empty string: a name, an id, several with commas, or `bucket/key`."""
        if self.service == "s3" and self.params.get("Key"):
            return f"{self.params['Bucket']}/{self.params['Key']}"
        for member in _RESOURCE_MEMBERS:
            if value := self.params.get(member):
                return ",".join(value) if isinstance(value, list) else str(value)
        return ""

    @property
    def account(self) -> str:
        """The account that the call acts in."""
        return self.principal.account


class NotUnderstood(Exception):  # noqa: N818  a verdict on a request, answered as a 501
    """No service here, or no operation of its model, matches the request."""


def settle_body(environ: Environ) -> bytes:
    """Read the whole request body, so that it can be looked at here and then again by moto."""
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body: bytes = stream.read()
    else:
        body = stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["CONTENT_LENGTH"] = str(len(body))
    return body


def rewound(environ: Environ, body: bytes) -> Environ:
    """Return a copy of the environ whose body is unread."""
    return {**environ, "wsgi.input": io.BytesIO(body), "wsgi.input_terminated": False}


def understand(environ: Environ, body: bytes, principals: Principals) -> ApiCall:
    """Tell what a request asks for.

    Args:
        environ: The WSGI environ; not changed.
        body: The request's body, from `settle_body`.
        principals: Tells the caller from the access key.

    Raises:
        NotUnderstood: the request is for a service or an operation that does not exist here.
    """
    access_key_id, region, signing_name = _credential(environ, body)
    service = SERVICES.get(signing_name)
    if service is None:
        raise NotUnderstood(f"service {signing_name!r} is not simulated here")
    request = Request(rewound(environ, body))
    router = get_service_router(service)
    try:
        operation, url_params = router.match(request)
    except NotFound as error:
        raise NotUnderstood(f"{service}: no operation for {request.method} {request.raw_path}") from error
    protocol = determine_request_protocol(get_service_model(service), request.content_type)
    parser = PROTOCOL_PARSERS[protocol](operation)
    params = parser.parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": body,
            "url_path": request.path,
            "url_params": url_params,
        }
    )
    principal = principals.of(access_key_id)
    return ApiCall(service, str(operation.name), protocol, region, principal, access_key_id, params)


def _credential(environ: Environ, body: bytes) -> tuple[str, str, str]:
    """Return access key id, Region and signing name, from the header, a presigned URL, or for unsigned STS calls."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    for text in (environ.get("HTTP_AUTHORIZATION", ""), *query.get("X-Amz-Credential", [])):
        if found := _CREDENTIAL.search(text):
            return found["key"], found["region"], found["service"]
    if b"Action=AssumeRoleWith" in body:
        return "", "us-east-1", "sts"
    return "", "us-east-1", "unsigned"
