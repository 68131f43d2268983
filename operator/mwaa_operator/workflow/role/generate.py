"""Writes the execution role of a workflow from its definition: as narrow as its arguments, within the account's limits.
Pure.

No policy comes from the tenant. What is granted beyond the fixed base is a row of the permissions data, filled with
literal arguments and cut down by the limits; everything that is wider, missing or unknown is said. Overrides of a run
can change parameters, so a role fits the defaults of the definition only.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from mwaa_operator.workflow.definition.model import Definition
from mwaa_operator.workflow.role.facts import RoleFacts, RoleLimits, problem
from mwaa_operator.workflow.role.findings import Missing, Note, Unknown, Widened, Withheld
from mwaa_operator.workflow.role.name import role_name
from mwaa_operator.workflow.role.permissions import PermissionsData
from mwaa_operator.workflow.role.rights import (
    KEY_ACTIONS,
    LOG_ACTIONS,
    READ_ACTIONS,
    log_resources,
    object_resources,
)
from mwaa_operator.workflow.role.statements import MOST_INLINE_CHARACTERS, Class, Permission, policy_text
from mwaa_operator.workflow.role.tasks import Outcome, outcomes
from mwaa_operator.workflow.role.trust import trust_document

Finding = TypeVar("Finding", Widened, Withheld, Note)

BASE_POLICY = "mwaa-operator-base"
TASKS_POLICY = "mwaa-operator-tasks"

BASE_ACTIONS = frozenset({*LOG_ACTIONS, "logs:CreateLogGroup", *READ_ACTIONS, *KEY_ACTIONS})
"""What every role may do on its own log group, definition and keys, whatever the account's limits say."""
NEVER_IN_THE_STORE = (
    "s3:DeleteBucket",
    "s3:DeleteObject",
    "s3:PutBucketTagging",
    "s3:PutObject",
    "s3:PutObjectTagging",
)
"""Whoever writes there writes what other workflows run."""


@dataclass(frozen=True)
class GeneratedRole:
    """A role as it should be; tags are the caller's.

    Attributes:
        name: At most 64 characters.
        path: IAM path.
        trust: JSON of the trust policy.
        policies: (name, JSON) of the inline policies, sorted by name; these and no others.
        boundary_arn: Of the permissions boundary.
        widened: Where it reaches further than the tasks need.
        withheld: What tasks ask for and get in no account.
        missing: What tasks need and the account does not admit.
        unknown: Operators of which nothing could be derived.
        notes: What operators need beside the role.
    """

    name: str
    path: str
    trust: str
    policies: tuple[tuple[str, str], ...]
    boundary_arn: str
    widened: tuple[Widened, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    missing: tuple[Missing, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Refused:
    """No role can be written.

    Attributes:
        reason: `TooLarge` or `InvalidFacts`.
        message: One sentence with the next step.
    """

    reason: str
    message: str


def generate(
    definition: Definition, *, facts: RoleFacts, limits: RoleLimits, permissions: PermissionsData
) -> GeneratedRole | Refused:
    """Return the role that a workflow needs; the same arguments always give the same texts.

    Args:
        definition: Without errors.
        facts: Of the workflow.
        limits: Of the account.
        permissions: Of the operators.
    """
    wrong = problem(facts, limits)
    if wrong is not None:
        return Refused("InvalidFacts", wrong)
    found, unknown = _of_tasks(definition, facts, limits, permissions)
    granted = [one for one in found if isinstance(one, Permission)]
    policies = [(BASE_POLICY, policy_text(_base(facts)))]
    if granted:
        policies.append((TASKS_POLICY, policy_text(granted)))
    size = sum(len(text) for _, text in policies)
    if size > MOST_INLINE_CHARACTERS:
        return Refused("TooLarge", _too_large(size))
    return GeneratedRole(
        name=role_name(namespace=facts.namespace, name=facts.name, identity=facts.identity),
        path=limits.path,
        trust=json.dumps(trust_document(facts.place, scope=facts.trust_scope), separators=(",", ":")),
        policies=tuple(policies),
        boundary_arn=limits.boundary_arn,
        widened=_sorted(one for one in found if isinstance(one, Widened)),
        withheld=_sorted(one for one in found if isinstance(one, Withheld)),
        missing=_merged(one for one in found if isinstance(one, Missing)),
        unknown=unknown,
        notes=_sorted(one for one in found if isinstance(one, Note)),
    )


def _of_tasks(
    definition: Definition, facts: RoleFacts, limits: RoleLimits, permissions: PermissionsData
) -> tuple[list[Outcome], tuple[Unknown, ...]]:
    found: list[Outcome] = []
    unknown: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for task in definition.tasks.values():
        needs = permissions.needs.get(task.operator)
        if needs is None:
            unknown[task.operator, _OWN_CODE if task.runs_own_code else _NO_ROW].append(task.task_id)
            continue
        params = definition.parameters(task)
        found += outcomes(task, params, needs=needs, place=facts.place, limits=limits)
    return found, tuple(Unknown(name, tuple(sorted(ids)), why) for (name, why), ids in sorted(unknown.items()))


def _base(facts: RoleFacts) -> Iterator[Permission]:
    logs = LOG_ACTIONS if facts.log_group is not None else (*LOG_ACTIONS, "logs:CreateLogGroup")
    yield from (Permission(Class.Logs, action, arn) for action in logs for arn in log_resources(facts))
    yield from (Permission(Class.Objects, action, arn) for action in READ_ACTIONS for arn in object_resources(facts))
    yield from (Permission(Class.Keys, "kms:Decrypt", arn) for arn in facts.object_key_arns)
    if facts.workflow_key_arn is not None:
        yield from (Permission(Class.Keys, action, facts.workflow_key_arn) for action in KEY_ACTIONS)
    if facts.store is not None:
        bucket = f"arn:{facts.place.partition}:s3:::{facts.store.bucket}"
        kept = (bucket, f"{bucket}/{facts.store.key}*")
        yield from (Permission(Class.Protected, action, arn) for action in NEVER_IN_THE_STORE for arn in kept)


def _merged(missing: Iterable[Missing]) -> tuple[Missing, ...]:
    tasks: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for one in missing:
        tasks[one.limit, one.value].update(one.task_ids)
    return tuple(Missing(limit, value, tuple(sorted(ids))) for (limit, value), ids in sorted(tasks.items()))


def _sorted(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(set(found)))


def _too_large(size: int) -> str:
    return (
        f"the role's policies would have {size} of at most {MOST_INLINE_CHARACTERS} characters: split the workflow, "
        "let tasks share resources, or make the role yourself and name it in role.arn"
    )


_OWN_CODE = "it runs code of your own, whose needs no argument tells: make the role yourself and name it in role.arn"
_NO_ROW = "the operator has no row for it, so that nothing is granted: make the role yourself and name it in role.arn"
