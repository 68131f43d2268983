"""Turns single permissions into the statements of an IAM policy: few, sorted, and one class of them each. Pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

MOST_INLINE_CHARACTERS = 10_240
"""Of all inline policies of a role together (IAM user guide, "IAM and AWS STS quotas")."""

Condition = tuple[tuple[str, str, tuple[str, ...]], ...]
"""(operator, key, values), sorted."""


class Class(IntEnum):
    """Why a statement stands alone; its name is the start of the Sid."""

    Logs = 1
    Objects = 2
    Keys = 3
    Scoped = 4
    Widened = 5
    Unscopable = 6
    Destructive = 7
    PassRole = 8
    Protected = 9
    """Denied, whatever the others allow."""


@dataclass(frozen=True)
class Permission:
    """One action on one resource.

    Attributes:
        kind: The class of statement that it belongs to.
        action: IAM action.
        resource: ARN, or `*`.
        condition: What must hold beside.
    """

    kind: Class
    action: str
    resource: str
    condition: Condition = ()


def policy_text(permissions: Iterable[Permission]) -> str:
    """Return a policy document as JSON without spaces; the same permissions in any order give the same text."""
    document = {"Version": "2012-10-17", "Statement": statements(permissions)}
    return json.dumps(document, separators=(",", ":"))


def statements(permissions: Iterable[Permission]) -> list[dict[str, Any]]:
    """Return the statements: resources that need the same actions under the same condition share one."""
    actions: defaultdict[tuple[Class, Condition, str], set[str]] = defaultdict(set)
    for item in permissions:
        actions[item.kind, item.condition, item.resource].add(item.action)
    resources: defaultdict[tuple[Class, Condition, tuple[str, ...]], list[str]] = defaultdict(list)
    for (kind, condition, resource), needed in actions.items():
        resources[kind, condition, tuple(sorted(needed))].append(resource)
    numbers: defaultdict[Class, int] = defaultdict(int)
    result: list[dict[str, Any]] = []
    for (kind, condition, shared), found in sorted(resources.items()):
        numbers[kind] += 1
        statement = {
            "Sid": f"{kind.name}{numbers[kind]}",
            "Effect": "Deny" if kind is Class.Protected else "Allow",
            "Action": _one_or_many(shared),
            "Resource": _one_or_many(sorted(found)),
        }
        result.append(statement | ({"Condition": _conditions(condition)} if condition else {}))
    return result


def _conditions(condition: Condition) -> Mapping[str, Any]:
    result: dict[str, dict[str, Any]] = {}
    for operator, key, values in condition:
        result.setdefault(operator, {})[key] = _one_or_many(values)
    return result


def _one_or_many(values: Iterable[str]) -> Any:
    items = list(values)
    return items[0] if len(items) == 1 else items
