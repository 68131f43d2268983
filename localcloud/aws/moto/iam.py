"""IAM answers of ours: SimulatePrincipalPolicy, and the name of MWAA's service-linked role.

moto has no simulator. This one evaluates the inline and attached policies and the permissions boundary of a role or
user, as the real one does for identity-based policies; it knows no SCPs and no resource policies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from typing import Any

from moto.iam import models
from moto.iam.exceptions import NotFoundException

from localcloud.aws.moto.apicall import ApiCall
from localcloud.aws.moto.policy import Decision, Document, Question, decide
from localcloud.aws.moto.replies import ApiError

SERVICE_LINKED_NAMES = {"airflow": "AmazonMWAA"}
"""What follows `AWSServiceRoleFor` for a service: moto takes the service's own name where it knows none."""


@contextmanager
def service_linked_names() -> Iterator[None]:
    """Make moto name service-linked roles as AWS does, for as long as the context lasts."""
    before = dict(models.SERVICE_NAME_CONVERSION)
    models.SERVICE_NAME_CONVERSION.update(SERVICE_LINKED_NAMES)
    try:
        yield
    finally:
        models.SERVICE_NAME_CONVERSION.clear()
        models.SERVICE_NAME_CONVERSION.update(before)


def simulate_principal_policy(call: ApiCall) -> Mapping[str, Any]:
    """Answer iam:SimulatePrincipalPolicy: one result for each action and resource.

    Raises:
        ApiError: NoSuchEntity when the role or user is not there.
    """
    params = call.params
    documents, boundary = _policies(params["PolicySourceArn"])
    documents = [*documents, *(json.loads(text) for text in params.get("PolicyInputList") or [])]
    context = {
        entry["ContextKeyName"].lower(): entry.get("ContextKeyValues") or []
        for entry in params.get("ContextEntries") or []
    }
    results = []
    for action, resource in product(params["ActionNames"], params.get("ResourceArns") or ["*"]):
        decision = _bounded(documents, boundary, Question(action, resource, context=context))
        results.append({"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision.value})
    return {"EvaluationResults": results, "IsTruncated": False}


def allowed(arn: str, question: Question) -> bool:
    """Whether the policies of a role or user allow something; for services that are simulated elsewhere.

    Raises:
        ApiError: NoSuchEntity when the role or user is not there.
    """
    documents, boundary = _policies(arn)
    return _bounded(documents, boundary, question) is Decision.ALLOWED


def _bounded(documents: list[Document], boundary: Document | None, question: Question) -> Decision:
    decision = decide(documents, question)
    if boundary is None or decision is not Decision.ALLOWED:
        return decision
    return decide([boundary], question)


def _policies(arn: str) -> tuple[list[Document], Document | None]:
    """Return the identity policies and the permissions boundary of a role or user."""
    _, partition, _, _, account, path = arn.split(":", 5)
    backend = models.iam_backends[account][partition]
    kind, _, name = path.partition("/")
    try:
        holder = backend.get_role_by_arn(arn) if kind == "role" else backend.get_user(name.rsplit("/", 1)[-1])
    except NotFoundException as error:
        raise ApiError("NoSuchEntity", f"The {kind} with ARN {arn} cannot be found.", status=404) from error
    inline = _inline(holder)
    attached = [_document(policy) for policy in holder.managed_policies.values()]
    boundary_arn = getattr(holder, "permissions_boundary_arn", None)
    boundary = _document(backend.get_policy(boundary_arn)) if boundary_arn else None
    return [*inline, *attached], boundary


def _inline(holder: Any) -> list[Document]:
    return [document if isinstance(document, dict) else json.loads(document) for document in holder.policies.values()]


def _document(policy: Any) -> Document:
    """Return the default version of a managed policy."""
    document: Document = json.loads(next(version.document for version in policy.versions if version.is_default))
    return document
