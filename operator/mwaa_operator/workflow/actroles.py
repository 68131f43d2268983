"""Writes and deletes the managed role, each time after a fresh look that it carries the object's tag.

A role without the tag is somebody else's, whatever its name says: a change of it is refused, a deletion leaves it alone
and says so. What a role should be is planned.
"""

from __future__ import annotations

from typing import Any

from mwaa_operator.api.meta import UID_TAG
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.iam import IamPort
from mwaa_operator.workflow.actions import CreateRole, DeleteRole, WriteRole
from mwaa_operator.workflow.managedlook import tags_of


def create_role(iam: IamPort, action: CreateRole, *, uid: str) -> None:
    """Make the role with the object's tag on it from the first moment.

    Raises:
        ValueError: The tag is not the object's.
        AwsError: Of kind NameInUse where there is one of the name.
    """
    if action.tags.get(UID_TAG) != uid:
        raise ValueError(f"role {action.name} would not carry the object's tag")
    iam.create_role(
        action.name,
        path=action.path,
        trust=action.trust,
        boundary_arn=action.boundary_arn,
        tags=action.tags,
        description=action.description,
    )


def write_role(iam: IamPort, action: WriteRole, *, uid: str) -> bool:
    """Change the role; False, and nothing was done, where there is none with the object's tag. Raises AwsError."""
    if not _carries(iam.role(action.name), uid):
        return False
    name = action.name
    if action.boundary_arn is not None:
        iam.put_role_permissions_boundary(name, action.boundary_arn)
    if action.trust is not None:
        iam.update_assume_role_policy(name, action.trust)
    if action.tags:
        iam.tag_role(name, action.tags)
    if action.untag:
        iam.untag_role(name, action.untag)
    for policy, document in action.put.items():
        iam.put_role_policy(name, policy, document)
    for policy in action.delete:
        iam.delete_role_policy(name, policy)
    return True


def delete_role(iam: IamPort, action: DeleteRole, *, uid: str) -> bool:
    """Delete the role with its inline policies; False where there is one without the object's tag. Raises AwsError."""
    role = iam.role(action.name)
    if role is None:
        return True
    if not _carries(role, uid):
        return False
    iam.delete_role(action.name, policies=iam.list_role_policies(action.name) or ())
    return True


def in_use(scope: AwsScope, action: DeleteRole) -> bool:
    """Return whether the workflow runs under the role at this moment; raises AwsError."""
    workflow = None if action.arn is None else scope.serverless.get_workflow(action.arn)
    return workflow is not None and str(workflow.get("RoleArn", "")).rpartition("/")[2] == action.name


def _carries(role: dict[str, Any] | None, uid: str) -> bool:
    return role is not None and bool(uid) and tags_of(role).get(UID_TAG) == uid
