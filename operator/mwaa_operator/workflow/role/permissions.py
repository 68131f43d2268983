"""The rows of `data/*.yaml`: what each operator needs, and the checks that no row breaks a rule. Pure.

A row names actions, the ARNs that they are needed on, and the arguments that fill these. Rows are ours, so that a wrong
one is an error at start and not a finding about a tenant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from mwaa_operator.workflow.role.shapes import SHAPES
from mwaa_operator.workflow.role.templates import OPEN, Placeholder, Template, parse_template

DESTRUCTIVE_VERBS = ("Delete", "Terminate", "Deregister", "Remove", "Purge", "BatchDelete")
READING_VERBS = ("Get", "List", "Describe", "BatchGet", "Filter")
NEVER_TO = frozenset({"cloudformation.amazonaws.com"})
"""A role handed to CloudFormation does whatever the tenant's template says."""
_IAM_ACTIONS = frozenset({"iam:GetRole"})
_NEVER_SERVICES = frozenset({"sts", "organizations", "account", "sso", "sso-directory", "identitystore", "ram"})
_WITHOUT_ACCOUNT = frozenset({"s3", "bedrock", "ec2"})
_MOST_NAMED = 10
_STRICT: ConfigDict = {"extra": "forbid"}


def verb_of(action: str) -> str:
    """Return an action without its service."""
    return action.partition(":")[2]


def is_destructive(action: str) -> bool:
    """Return whether an action takes something away for good."""
    return verb_of(action).startswith(DESTRUCTIVE_VERBS)


def only_reads(action: str) -> bool:
    """Return whether an action changes nothing. Secrets are read, too: their rows say `literal`."""
    return verb_of(action).startswith(READING_VERBS)


@dataclass(frozen=True)
class RoleKey:
    """A role that a call hands over under a condition key of its own instead of iam:PassRole."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    argument: str
    key: str


@dataclass(frozen=True)
class Grant:
    """Actions on resources.

    Attributes:
        actions: IAM actions, written in full.
        resources: Templates of ARNs (see parse_template). Every item is granted; of an item that is a list, the first
            that the arguments fill. A `*` stands only below a name; `{}` is what AWS picks, and counts as wider.
        unscopable: IAM knows no resource for these actions; then there are no `resources`.
        when: Granted only if one of these arguments is set; empty: always.
        unless: Not granted if one of these arguments is set.
        destructive: All of the actions take something away, none of the others' do.
        literal: Never granted on what a template leaves open.
        prefix: `argument:shape` of what narrows a listing of a bucket to keys that begin so.
        role: A role that the call hands over.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    actions: tuple[str, ...]
    resources: tuple[str | tuple[str, ...], ...] = ()
    unscopable: bool = False
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    destructive: bool = False
    literal: bool = False
    prefix: str | None = None
    role: RoleKey | None = None

    @cached_property
    def choices(self) -> tuple[tuple[Template, ...], ...]:
        """The templates of every item of `resources`."""
        items = ((item,) if isinstance(item, str) else item for item in self.resources)
        return tuple(tuple(map(parse_template, item)) for item in items)


@dataclass(frozen=True)
class Pass:
    """A role that the operator hands to another service (iam:PassRole).

    Attributes:
        argument: ARN or name of the role; a dotted path into nested arguments.
        to: Service principal that receives it.
        when: Needed only if one of these arguments is set; empty: always.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    argument: str
    to: str
    when: tuple[str, ...] = ()


@dataclass(frozen=True)
class Needs:
    """What one operator needs; empty means nothing.

    Attributes:
        grants: Actions on resources.
        passes: Roles that it hands over.
        notes: What it needs that no argument tells, a sentence each.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    grants: tuple[Grant, ...] = ()
    passes: tuple[Pass, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Module:
    """The operators of one Python module.

    Attributes:
        read: When the source was read.
        source: Where it says so.
        operators: Class to what it needs.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    read: date
    source: str
    operators: Mapping[str, Needs]


@dataclass(frozen=True)
class PermissionsData:
    """All rows.

    Attributes:
        needs: By fully qualified operator.
    """

    needs: Mapping[str, Needs] = field(default_factory=dict)

    def actions(self) -> frozenset[str]:
        """Return every action that some operator may need."""
        return frozenset(action for needs in self.needs.values() for grant in needs.grants for action in grant.actions)


def parse_permissions(documents: Mapping[str, Any]) -> PermissionsData:
    """Return the rows of decoded files.

    Args:
        documents: What each file says, by its name.

    Raises:
        ValueError: A file breaks a rule; the message names it and its first rows that do.
    """
    needs: dict[str, Needs] = {}
    for origin, document in documents.items():
        found = _rows(document, origin)
        wrong = [f"{operator}: {what}" for operator, row in found.items() for what in _faults(row)]
        wrong += [f"{operator}: another file has it, too" for operator in found if operator in needs]
        if wrong:
            raise ValueError(f"{origin}: " + "; ".join(wrong[:_MOST_NAMED]))
        needs |= found
    return PermissionsData(needs)


def _rows(document: Any, origin: str) -> dict[str, Needs]:
    try:
        modules = TypeAdapter(dict[str, Module]).validate_python(document)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise ValueError(f"{origin}: " + "; ".join(lines[:_MOST_NAMED])) from None
    return {f"{name}.{cls}": row for name, module in modules.items() for cls, row in module.operators.items()}


def _faults(row: Needs) -> Iterator[str]:
    for grant in row.grants:
        yield from _action_faults(grant)
        if grant.unscopable is bool(grant.resources):
            yield f"{grant.actions[0]} must either be unscopable or have resources"
        try:
            templates = [template for choice in grant.choices for template in choice]
        except ValueError as error:
            yield str(error)
            continue
        for template in templates:
            yield from _template_faults(template, grant)
        if grant.prefix is not None and grant.prefix.partition(":")[2] not in SHAPES:
            yield f"there is no shape of {grant.prefix}"
    for handed in row.passes:
        if handed.to in NEVER_TO or not _PRINCIPAL.fullmatch(handed.to):
            yield f"no role may be passed to {handed.to!r}"


def _action_faults(grant: Grant) -> Iterator[str]:
    if not grant.actions:
        yield "a grant needs actions"
    for action in grant.actions:
        service = action.partition(":")[0]
        if not _ACTION.fullmatch(action):
            yield f"{action!r} is no action written in full"
        elif service in _NEVER_SERVICES or (service == "iam" and action not in _IAM_ACTIONS):
            yield f"{action} may not be granted"
        elif is_destructive(action) is not grant.destructive:
            yield f"{action} must stand with destructive: {str(is_destructive(action)).lower()}"


def _template_faults(template: Template, grant: Grant) -> Iterator[str]:
    match = _HEAD.fullmatch(template.head())
    if match is None or (not match["account"] and match["service"] not in _WITHOUT_ACCOUNT):
        yield f"{template.text}: must begin with arn:{{partition}}, service, Region and account"
    named = False
    for part in template.parts:
        named = named or isinstance(part, Placeholder)
        if isinstance(part, Placeholder) and part.shape not in SHAPES:
            yield f"{template.text}: there is no shape {part.shape}"
        elif isinstance(part, str) and "*" in part and not named and not _all_read(grant.actions):
            yield f"{template.text}: * before any argument is for actions that read only; {OPEN} says what AWS picks"


def _all_read(actions: Iterable[str]) -> bool:
    return all(only_reads(action) for action in actions)


_ACTION = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z]+")
_PRINCIPAL = re.compile(r"[a-z0-9.-]+\.amazonaws\.com")
_HEAD = re.compile(r"arn:\{partition\}:(?P<service>[a-z0-9-]+):(\{region\})?:(?P<account>(\{account\})?):.*", re.DOTALL)
