"""STS answers of ours: assumed roles and who is calling.

moto lets anybody assume roles that do not exist and ignores external ids. Here the role's trust policy decides, and
what the caller said (external id, session tags) is remembered for tests to look at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from localcloud.aws.moto.apicall import ApiCall
from localcloud.aws.moto.policy import Decision, Question, decide
from localcloud.aws.moto.principals import AccessKey, Principal, Principals, Session
from localcloud.aws.moto.replies import ApiError

_ROLE_ARN = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):role/.+")
_TAG_CHARACTERS = re.compile(r"[\w\s.:/=+\-@]*")
_MAX_TAGS = 50

WEB_IDENTITY_SUBJECT = "system:serviceaccount:localcloud:web-identity"


def get_caller_identity(call: ApiCall) -> Mapping[str, Any]:
    """Answer GetCallerIdentity from the access key alone; real STS asks for no permission either."""
    return {"UserId": call.principal.user_id, "Account": call.account, "Arn": call.principal.arn}


def assume_role(call: ApiCall, principals: Principals) -> Mapping[str, Any]:
    """Answer AssumeRole as the role's trust policy says.

    Raises:
        ApiError: AccessDenied for a role that is missing or does not trust the caller (STS does not tell which),
            ValidationError for a bad request.
    """
    params = call.params
    tags = _tags(params.get("Tags") or [])
    context = {f"aws:requesttag/{key.lower()}": [value] for key, value in tags.items()}
    context["sts:rolesessionname"] = [params["RoleSessionName"]]
    if external_id := params.get("ExternalId"):
        context["sts:externalid"] = [external_id]
    actions = ["sts:AssumeRole", *(["sts:TagSession"] if tags else [])]
    role_id = _admitted(params["RoleArn"], call.principal, actions=actions, context=context)
    session = Session(params["RoleArn"], params["RoleSessionName"], external_id, tags)
    return _assumed(principals.add_session(role_id, session), role_id, session, params)


def assume_role_with_web_identity(call: ApiCall, principals: Principals) -> Mapping[str, Any]:
    """Answer AssumeRoleWithWebIdentity for any token, if the role exists and trusts some identity provider."""
    params = call.params
    role = _role(params["RoleArn"])
    trusted = role is not None and "sts:AssumeRoleWithWebIdentity" in role.assume_role_policy_document
    if role is None or not trusted:
        raise _denied("an anonymous caller", "sts:AssumeRoleWithWebIdentity", params["RoleArn"])
    session = Session(params["RoleArn"], params["RoleSessionName"])
    answer = _assumed(principals.add_session(role.id, session), role.id, session, params)
    return {**answer, "SubjectFromWebIdentityToken": WEB_IDENTITY_SUBJECT}


def _admitted(role_arn: str, caller: Principal, *, actions: list[str], context: Mapping[str, list[str]]) -> str:
    """Return the id of the role if its trust policy admits the caller to every action."""
    if not _ROLE_ARN.fullmatch(role_arn):
        raise ApiError("ValidationError", f"{role_arn} is invalid")
    role = _role(role_arn)
    trust = [json.loads(role.assume_role_policy_document)] if role is not None else []
    for action in actions:
        question = Question(action, role_arn, caller.names, context)
        if role is None or decide(trust, question) is not Decision.ALLOWED:
            raise _denied(caller.arn, action, role_arn)
    assert role is not None
    return str(role.id)


def _role(role_arn: str) -> Any:
    """Return moto's role, or None."""
    parts = _ROLE_ARN.fullmatch(role_arn)
    if parts is None:
        return None
    try:
        return iam_backends[parts[2]][parts[1]].get_role_by_arn(role_arn)
    except NotFoundException:
        return None


def _assumed(key: AccessKey, role_id: str, session: Session, params: Mapping[str, Any]) -> Mapping[str, Any]:
    expires = datetime.now(UTC) + timedelta(seconds=int(params.get("DurationSeconds") or 3600))
    account, role_name = session.role_arn.split(":")[4], session.role_arn.rsplit("/", 1)[-1]
    return {
        "Credentials": {
            "AccessKeyId": key.access_key_id,
            "SecretAccessKey": key.secret_access_key,
            "SessionToken": key.session_token,
            "Expiration": expires,
        },
        "AssumedRoleUser": {
            "AssumedRoleId": f"{role_id}:{session.name}",
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{session.name}",
        },
    }


def _tags(tags: list[Mapping[str, str]]) -> dict[str, str]:
    """Return session tags, refused where STS refuses them (botocore model sts: Tag, and the limit of 50)."""
    keys = [tag["Key"].lower() for tag in tags]
    if len(tags) > _MAX_TAGS or len(set(keys)) != len(keys):
        raise ApiError("InvalidParameterValue", "Duplicate tag keys found, or more than 50 tags")
    for tag in tags:
        if not _TAG_CHARACTERS.fullmatch(tag["Key"] + tag["Value"]) or len(tag["Key"]) > 128 or len(tag["Value"]) > 256:
            raise ApiError("ValidationError", f"tag {tag['Key']} failed to satisfy constraint: pattern or length")
    return {tag["Key"]: tag["Value"] for tag in tags}


def _denied(caller: str, action: str, role_arn: str) -> ApiError:
    text = f"User: {caller} is not authorized to perform: {action} on resource: {role_arn}"
    return ApiError("AccessDenied", text, status=403)
