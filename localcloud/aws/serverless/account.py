"""The customer's account as MWAA Serverless sees it, when moto simulates that account in the same process.

It looks at moto's own objects, not through its API: the checks are the service's, so no ledger may count them and no
fault may hit them. It judges the role and who may pass it, takes the snapshots, and keeps the log groups.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC
from typing import Any

from moto.backends import get_backend
from moto.s3.models import FakeDeleteMarker

from localcloud.aws.moto.iam import allowed
from localcloud.aws.moto.policy import Decision, Question, decide
from localcloud.aws.mwaa.states import partition
from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless.artifacts import unpacked, unusable_key
from localcloud.aws.serverless.config import Surroundings, code_location, location
from localcloud.aws.serverless.dependencies import Dependencies, Ended, Inquiry
from localcloud.aws.serverless.logtext import events
from localcloud.aws.serverless.runrender import log_stream
from localcloud.aws.serverless.states import Location, Workflow
from localcloud.aws.serverless.texts import field_invalid, not_allowed, role_not_assumable, unreadable

PRINCIPAL = "airflow-serverless.amazonaws.com"
"""The service principal that an execution role must trust."""

IsDenied = Callable[[str, str], bool]
"""Access key id and IAM action to whether it is denied."""


def moto_dependencies(is_denied: IsDenied) -> Dependencies:
    """Return dependencies that are met by what moto holds."""
    return Dependencies(look=lambda inquiry: look(inquiry, is_denied), appeared=make_log_group, ended=write_log)


def look(inquiry: Inquiry, is_denied: IsDenied) -> Surroundings:
    """Judge the role, and read definition and code of a request."""
    caller, role = inquiry.caller, inquiry.params["RoleArn"]
    if is_denied(caller.access_key_id, "iam:PassRole"):
        return Surroundings(refusal=not_allowed(caller.arn, "iam:PassRole", role))
    if not _assumable(inquiry, role):
        return Surroundings(refusal=role_not_assumable(role))
    definition = _read(inquiry, "DefinitionS3Location", location(inquiry.params["DefinitionS3Location"]), is_denied)
    if isinstance(definition, Refusal):
        return Surroundings(refusal=definition)
    where = code_location(inquiry.params)
    if where is None:
        return Surroundings(definition=definition)
    if problem := unusable_key(where.key):
        return Surroundings(refusal=field_invalid("Code", problem))
    code = _read(inquiry, "Code", where, is_denied)
    if isinstance(code, Refusal):
        return Surroundings(refusal=code)
    return Surroundings(definition=definition, code=unpacked(where.key, code))


def make_log_group(workflow: Workflow) -> None:
    """Make the service's log group where none is asked for: without retention, and it outlives the workflow."""
    backend = _backend("logs", workflow.account, workflow.region)
    if not workflow.latest.settings.log_group and workflow.derived_log_group not in backend.groups:
        backend.create_log_group(workflow.derived_log_group, {}, kmsKeyId=dict(workflow.encryption).get("KmsKeyId"))


def write_log(ended: Ended) -> None:
    """Write the log of an attempt, if its group is (still) there."""
    workflow, run = ended.workflow, ended.run
    version = workflow.version(run.version) or workflow.latest
    group = _backend("logs", workflow.account, workflow.region).groups.get(
        version.settings.log_group or workflow.derived_log_group
    )
    lines = events(run.definition.task(ended.task), ended.attempt)
    stream = log_stream(workflow, run, ended.task, ended.attempt.number)
    if group is not None and lines and stream not in group.streams:
        group.create_log_stream(stream)
        # Not through the backend, which drops what a test's clock dates too far from today.
        group.put_log_events(stream, lines)


def _assumable(inquiry: Inquiry, role_arn: str) -> bool:
    roles = _backend("iam", inquiry.account, partition(inquiry.region)).roles.values()
    role = next((role for role in roles if role.arn == role_arn), None)
    if role is None:
        return False
    age = inquiry.now - role.create_date.replace(tzinfo=UTC).timestamp()
    if age < inquiry.laws.durations.role_propagation:
        return False
    document = role.assume_role_policy_document
    policy = json.loads(document) if isinstance(document, str) else document
    return decide([policy], _question(inquiry)) is Decision.ALLOWED


def _question(inquiry: Inquiry) -> Question:
    """Return what the service asks of a role's trust policy."""
    arn = f"arn:{partition(inquiry.region)}:airflow-serverless:{inquiry.region}:{inquiry.account}:workflow/"
    context = {"aws:sourceaccount": [inquiry.account], "aws:sourcearn": [arn + inquiry.identifier]}
    return Question(
        "sts:AssumeRole",
        principal=frozenset({PRINCIPAL}),
        context=context if inquiry.laws.habits.source_arn else {},
    )


def _read(inquiry: Inquiry, member: str, where: Location, is_denied: IsDenied) -> bytes | Refusal:
    shown = f"s3://{where.bucket}/{where.key}" + (f" version {where.version}" if where.version else "")
    bucket = _backend("s3", inquiry.account, partition(inquiry.region)).buckets.get(where.bucket)
    if bucket is None:
        return unreadable(member, shown, "The specified bucket does not exist.")
    if bucket.region_name != inquiry.region:
        return unreadable(member, shown, f"The bucket is in {bucket.region_name}, not in {inquiry.region}.")
    if inquiry.laws.habits.needs_versioning and not bucket.is_versioned:
        return unreadable(member, shown, "Versioning of the bucket is off.")
    if not _readable(inquiry, where, is_denied):
        return unreadable(member, shown, "Access Denied")
    versions = bucket.keys.getlist(where.key, [])
    wanted = [item for item in versions if item.version_id == where.version] if where.version else versions[-1:]
    if not wanted or isinstance(wanted[-1], FakeDeleteMarker):
        return unreadable(member, shown, "The specified key does not exist.")
    return bytes(wanted[-1].value)


def _readable(inquiry: Inquiry, where: Location, is_denied: IsDenied) -> bool:
    reader = inquiry.laws.habits.reader
    action = "s3:GetObjectVersion" if where.version else "s3:GetObject"
    if reader in ("caller", "both") and is_denied(inquiry.caller.access_key_id, action):
        return False
    if reader not in ("role", "both"):
        return True
    resource = f"arn:{partition(inquiry.region)}:s3:::{where.bucket}/{where.key}"
    return allowed(inquiry.params["RoleArn"], Question(action, resource))


def _backend(service: str, account: str, scope: str) -> Any:
    """Return moto's backend; `scope` is a Region, or the partition for global services."""
    return get_backend(service)[account][scope]  # type: ignore[call-overload]  # services are a Literal there
