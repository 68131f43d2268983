"""IAM without wires: the roles of one account, as the planner of managed roles relies on it.

It holds every write to what IAM and a platform team would: our tag before anything is changed, 10,240 characters, no
name of a role that was deleted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mwaa_operator.api.failure import Failure
from mwaa_operator.api.meta import UID_TAG
from mwaa_operator.workflow import actions as do
from mwaa_operator.workflow.plan.situation import ManagedLook, WrittenRole
from tests.support.workflows import ACCOUNT, UID

MOST = 10_240


@dataclass
class Iam:
    """Roles by name.

    Attributes:
        roles: What there is.
        kept: What earlier looks saw, which may be older than what there is.
        looks: How often IAM was asked.
        dead: Names of roles that were deleted.
        history: Every state that a role was left in, oldest first.
        failure: Why looks get no answer, for as long as it is here.
    """

    roles: dict[str, WrittenRole] = field(default_factory=dict)
    kept: dict[str, WrittenRole] = field(default_factory=dict)
    looks: int = 0
    dead: list[str] = field(default_factory=list)
    history: list[WrittenRole] = field(default_factory=list)
    failure: Failure | None = None

    @property
    def only(self) -> WrittenRole:
        """The one role."""
        (role,) = self.roles.values()
        return role

    def look(self, name: str, *, fresh: bool) -> ManagedLook:
        """Return a role as an earlier look remembers it, or as it is."""
        if name in self.kept and not fresh:
            return ManagedLook(self.kept[name], fresh=False)
        self.looks += 1
        if self.failure is not None:
            return ManagedLook(None, failure=self.failure)
        found = self.roles.get(name)
        self.kept.pop(name, None)
        if found is not None:
            self.kept[name] = found
        return ManagedLook(found)

    def change(self, name: str, **members: Any) -> None:
        """Somebody changes a role, and the earlier look is too old to hide it."""
        self.roles[name] = replace(self.roles[name], **members)
        self.kept.clear()

    def remove(self, name: str) -> None:
        """Somebody deletes a role."""
        del self.roles[name]
        self.dead.append(name)
        self.kept.clear()

    def do(self, action: do.CreateRole | do.WriteRole | do.DeleteRole) -> None:
        """Carry out an action as the executor does after its fresh look."""
        name = action.name
        match action:
            case do.CreateRole():
                assert name not in self.roles, "there is a role of the name"
                assert name not in self.dead, "AWS takes no name of a role that was deleted"
                arn = f"arn:aws:iam::{ACCOUNT}:role{action.path}{name}"
                self.roles[name] = WrittenRole(arn, dict(action.tags), action.trust, action.boundary_arn)
            case do.WriteRole():
                assert self.roles[name].tags[UID_TAG] == UID, "not ours"
                self.roles[name] = _written(self.roles[name], action)
            case do.DeleteRole() if name in self.roles and self.roles[name].tags.get(UID_TAG) == UID:
                assert not self.roles[name].attached, "IAM deletes no role that has a policy attached"
                del self.roles[name]
                self.dead.append(name)
        self.history += [self.roles[name]] if name in self.roles else []


def granted(role: WrittenRole) -> dict[str, set[str]]:
    """Return, by action, the resources that a role's policies allow."""
    found: dict[str, set[str]] = {}
    for statement in statements(role):
        if statement["Effect"] == "Allow":
            for action in _listed(statement["Action"]):
                found.setdefault(action, set()).update(_listed(statement["Resource"]))
    return found


def statements(role: WrittenRole) -> list[Mapping[str, Any]]:
    """Return all statements of a role's policies."""
    return [statement for document in role.policies.values() for statement in document["Statement"]]


def _written(role: WrittenRole, action: do.WriteRole) -> WrittenRole:
    policies = {**role.policies, **action.put}
    size = sum(len(json.dumps(document, separators=(",", ":"))) for document in policies.values())
    assert size <= MOST, "more than IAM takes"
    tags = {key: value for key, value in {**role.tags, **action.tags}.items() if key not in action.untag}
    assert len({key.casefold() for key in tags}) == len(tags), "IAM takes keys that differ in case for the same"
    return WrittenRole(
        role.arn,
        tags,
        role.trust if action.trust is None else action.trust,
        action.boundary_arn or role.boundary_arn,
        {name: document for name, document in policies.items() if name not in action.delete},
        role.attached,
    )


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
