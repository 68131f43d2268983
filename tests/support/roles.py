"""Builders of what a managed role is generated from, and a reader of what it then allows.

The reader knows only what IAM itself says of Allow, Deny and wildcards, and nothing of how the role was made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from mwaa_operator.workflow.definition.model import Definition, Parameter, Task
from mwaa_operator.workflow.role.facts import Place, ReadableObject, RoleFacts, RoleLimits
from mwaa_operator.workflow.role.generate import GeneratedRole, Refused, generate
from mwaa_operator.workflow.role.load import load_permissions
from mwaa_operator.workflow.role.permissions import PermissionsData

ACCOUNT = "123456789012"
REGION = "eu-central-1"
PLACE = Place("aws", REGION, ACCOUNT, "data-orders")
OPERATORS = "airflow.providers.amazon.aws.operators"
SENSORS = "airflow.providers.amazon.aws.sensors"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
ALL_ROLES = f"arn:aws:iam::{ACCOUNT}:role/*"

FACTS = RoleFacts(
    place=PLACE,
    namespace="data",
    name="orders",
    identity="cluster-1/data/orders/uid-1",
    objects=(ReadableObject("definitions", "mwaa/cluster-1/data/orders/"),),
    store=ReadableObject("definitions", "mwaa/"),
)
"""Of the workflow data-orders before AWS made it."""

ANYTHING = RoleLimits(BOUNDARY, allowed_actions=("*",), pass_role_arns=(ALL_ROLES,))
"""The most that a platform team can allow, so that what is refused is refused by the generator itself."""


@cache
def permissions() -> PermissionsData:
    """Return the rows that the product has."""
    return load_permissions()


def task(operator: str, task_id: str = "task", /, params: Mapping[str, Any] | None = None, **arguments: Any) -> Task:
    """Return a task; `operator` without the provider's package is one of its operators or sensors."""
    known = {name.removeprefix("airflow.providers.amazon.aws."): name for name in permissions().needs}
    return Task(task_id, known.get(operator, operator), arguments, params=parameters(params or {}))


def parameters(params: Mapping[str, Any]) -> dict[str, Parameter]:
    """Return literal defaults as parameters."""
    return {name: value if isinstance(value, Parameter) else Parameter(value) for name, value in params.items()}


def workflow(*tasks: Task, params: Mapping[str, Any] | None = None) -> Definition:
    """Return a definition of these tasks."""
    return Definition("orders", None, {one.task_id: one for one in tasks}, params=parameters(params or {}))


def role_of(
    *tasks: Task,
    params: Mapping[str, Any] | None = None,
    limits: RoleLimits = ANYTHING,
    facts: RoleFacts = FACTS,
    **changes: Any,
) -> GeneratedRole:
    """Return the role of a workflow of these tasks; `changes` are members of the facts."""
    found = generate(
        workflow(*tasks, params=params), facts=replace(facts, **changes), limits=limits, permissions=permissions()
    )
    assert not isinstance(found, Refused), found
    return found


def allowing(*actions: str, roles: tuple[str, ...] = ()) -> RoleLimits:
    """Return limits that admit these actions and roles only."""
    return RoleLimits(BOUNDARY, allowed_actions=actions, pass_role_arns=roles)


def statements_of(role: GeneratedRole, *, base: bool = False) -> list[dict[str, Any]]:
    """Return the statements for the tasks, or all of them, with lists where IAM takes either."""
    texts = [text for name, text in role.policies if base or name.endswith("tasks")]
    return [
        {**statement, "Action": listed(statement["Action"]), "Resource": listed(statement["Resource"])}
        for text in texts
        for statement in json.loads(text)["Statement"]
    ]


def granted(role: GeneratedRole) -> dict[str, set[str]]:
    """Return, by action, the resources that tasks are granted."""
    found: dict[str, set[str]] = {}
    for statement in statements_of(role):
        for action in statement["Action"]:
            found.setdefault(action, set()).update(statement["Resource"])
    return found


def permits(role: GeneratedRole, action: str, resource: str) -> bool:
    """Return whether the role's policies allow an action on a resource where every condition holds."""
    effects = {
        statement["Effect"]
        for statement in statements_of(role, base=True)
        if action in statement["Action"] and any(_matches(pattern, resource) for pattern in statement["Resource"])
    }
    return effects == {"Allow"}


def listed(value: Any) -> list[Any]:
    """Return a member of a policy as a list."""
    return value if isinstance(value, list) else [value]


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a document."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from (key, *texts_in(item))
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, str):
        yield value


def _matches(pattern: str, text: str) -> bool:
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.DOTALL))
