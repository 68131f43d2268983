"""The managed role as it should be beside what IAM has, and what has to be changed. Pure.

A policy's name ends in a hash of its content: policies for the version that is live and for the one to come stand side
by side, and which of them are the operator's own shows by themselves. What the account's limits do not admit is in
none of them, whatever the definition or an older look says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mwaa_operator.account.admit import admitted
from mwaa_operator.api.meta import GROUP, UID_TAG
from mwaa_operator.api.resourcepolicies import listed
from mwaa_operator.workflow.definition.validate import Verdict as Judgement
from mwaa_operator.workflow.live import derived_log_group
from mwaa_operator.workflow.plan.checks import refusing
from mwaa_operator.workflow.plan.comparison import tag_field
from mwaa_operator.workflow.plan.ownership import ownership_tags
from mwaa_operator.workflow.plan.rolefacts import limits_of, managed_arn, managed_name, role_facts
from mwaa_operator.workflow.plan.situation import Situation, WrittenRole
from mwaa_operator.workflow.plan.wish import hash_of
from mwaa_operator.workflow.role.facts import RoleLimits
from mwaa_operator.workflow.role.generate import BASE_POLICY, TASKS_POLICY, GeneratedRole, Refused, generate
from mwaa_operator.workflow.role.statements import MOST_INLINE_CHARACTERS

Document = Mapping[str, Any]
LOG_GROUPS = derived_log_group("").rstrip("/") + "/"
"""What the log groups begin with that AWS makes for workflows."""
RESERVED = (f"{GROUP}/", "aws:")
"""What no tag of spec begins with on a role: IAM takes keys that differ in case for the same one (IAM user guide, "Tags
for IAM resources")."""


@dataclass(frozen=True)
class Unwritable:
    """No role can be made from the definition.

    Attributes:
        message: Why, with the next step.
    """

    message: str


@dataclass(frozen=True)
class Wanted:
    """The role as it should be.

    Attributes:
        name: Its name.
        arn: Its ARN.
        generated: What the generator said of it.
        tags: Ours and those of spec.
    """

    name: str
    arn: str
    generated: GeneratedRole
    tags: Mapping[str, str]

    @cached_property
    def policies(self) -> Mapping[str, Document]:
        """The inline policies by their names in IAM."""
        made = ((kind, json.loads(text)) for kind, text in self.generated.policies)
        return {policy_name(kind, document): document for kind, document in made}

    @cached_property
    def trust(self) -> Document:
        """The trust policy."""
        document: Document = json.loads(self.generated.trust)
        return document

    @property
    def hash(self) -> str:
        """What status remembers of it once it was written."""
        return hash_of([sorted(self.policies), self.trust, self.generated.boundary_arn, dict(self.tags)])


@dataclass(frozen=True)
class Gap:
    """What a role lacks, and what it has beyond.

    Attributes:
        put: Policies that are missing or were changed.
        trust: Whether the trust policy is another one.
        boundary: Whether the boundary is another one.
        tags: Tags that are missing or differ.
        untag: Tags that we set and that spec does not name any more.
        older: Policies of ours that other versions may need.
        foreign: Policies that are nobody's of ours.
    """

    put: Mapping[str, Document] = field(default_factory=dict)
    trust: bool = False
    boundary: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    untag: tuple[str, ...] = ()
    older: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def lacks(self) -> bool:
        """Whether a version that needs the role has to wait."""
        return bool(self.put or self.trust or self.boundary or self.tags)

    @property
    def names(self) -> str:
        """What differs but for our own older policies, for a sentence."""
        parts = (
            ("policies", self.put or self.foreign),
            ("trust policy", self.trust),
            ("permissions boundary", self.boundary),
            ("tags", self.tags or self.untag),
        )
        return ", ".join(name for name, differs in parts if differs)


def policy_name(kind: str, document: Document) -> str:
    """Return the name that a policy of ours has, which no other content has."""
    return f"{kind}-{hash_of(document)[:12]}"


def wanted_role(s: Situation, judgement: Judgement | None) -> Wanted | Unwritable | None:
    """Return the role that the definition needs within the account's limits.

    Args:
        s: The situation, with a managed role.
        judgement: What the validator says of the definition.

    Returns:
        None where there is no definition to make one from: it was not read, or is wrong and not sent.
    """
    if judgement is None:
        return None
    return s.once("the managed role", lambda: _wanted(s, judgement))


def _wanted(s: Situation, judgement: Judgement) -> Wanted | Unwritable | None:
    if refusing(s, judgement):
        return None
    if judgement.definition is None:
        return Unwritable(
            "validation is Off and the definition has what the check calls an error, so that no role can be derived "
            "from it: see `mwaa-operator validate`, or name a role of yours in spec.role.arn"
        )
    if other := _logs_of_another(s):
        return Unwritable(other)
    limits = limits_of(s)
    facts = role_facts(s, partition=limits.boundary_arn.split(":")[1])
    made = generate(judgement.definition, facts=facts, limits=limits, permissions=s.permissions)
    if isinstance(made, Refused):
        return Unwritable(made.message)
    return Wanted(managed_name(s), managed_arn(s), made, role_tags(s))


def _logs_of_another(s: Situation) -> str:
    """A named log group is the tenant's word alone, and the role may write to it: not to that of another workflow."""
    named = s.spec.logging.log_group_name if s.spec.logging is not None else None
    own = "" if s.live is None else derived_log_group(s.live.arn)
    if named is None or not named.startswith(LOG_GROUPS) or named.rstrip("/") == own.rstrip("/"):
        return ""
    return (
        f"spec.logging.logGroupName {named} is, or may become, the log group of another workflow: choose one that does "
        f"not begin with {LOG_GROUPS}, or leave it out"
    )


def role_tags(s: Situation) -> dict[str, str]:
    """Return the role's tags: those of spec, each key in one spelling, and ours, which no key of spec can be."""
    found: dict[str, tuple[str, str]] = {}
    for key, value in sorted(s.spec.tags.items()):
        if not key.casefold().startswith(RESERVED):
            found.setdefault(key.casefold(), (key, value))
    return dict(found.values()) | ownership_tags(s)


def is_ours(s: Situation, there: WrittenRole) -> bool:
    """Whether a role carries this object's uid."""
    return there.tags.get(UID_TAG) == s.resource.metadata.uid


def gap_of(s: Situation, wanted: Wanted, there: WrittenRole) -> Gap:
    """Return what a role of ours lacks and has beyond."""
    extra = [name for name in there.policies if name not in wanted.policies]
    older = tuple(name for name in extra if is_own(name, there.policies[name]))
    has = {key.casefold(): value for key, value in there.tags.items()}
    before, wished = s.status.applied_fields, {key.casefold() for key in wanted.tags}
    gone = (key for key in there.tags if tag_field(key) in before and key.casefold() not in wished)
    return Gap(
        put={name: document for name, document in wanted.policies.items() if there.policies.get(name) != document},
        trust=there.trust != wanted.trust,
        boundary=there.boundary_arn != wanted.generated.boundary_arn,
        tags={key: value for key, value in wanted.tags.items() if has.get(key.casefold()) != value},
        untag=tuple(sorted(gone)),
        older=older,
        foreign=tuple(name for name in extra if name not in older),
    )


def is_own(name: str, document: Document) -> bool:
    """Whether a policy is one that the operator wrote and nobody has changed since."""
    return name in (policy_name(BASE_POLICY, document), policy_name(TASKS_POLICY, document))


def too_large(gap: Gap, there: WrittenRole) -> bool:
    """Whether what is missing does not fit beside what the role has."""
    kept = {name: document for name, document in there.policies.items() if name not in gap.foreign}
    size = sum(len(json.dumps(document, separators=(",", ":"))) for document in {**kept, **gap.put}.values())
    return bool(gap.put) and size > MOST_INLINE_CHARACTERS


def beyond(there: WrittenRole, limits: RoleLimits) -> dict[str, Document | None]:
    """Return the policies of ours that the limits do not admit (any more), cut down to them; None: nothing is left.

    It asks nothing of spec: a definition that is not sent does not keep rights which the account took back.
    """
    found: dict[str, Document | None] = {}
    for name, document in there.policies.items():
        if name == policy_name(TASKS_POLICY, document):
            cut = [statement for one in listed(document.get("Statement")) for statement in _within(one, limits)]
            if cut != listed(document.get("Statement")):
                found[name] = {**document, "Statement": cut} if cut else None
    return found


def _within(statement: Document, limits: RoleLimits) -> Iterator[Document]:
    if statement.get("Effect") != "Allow":
        yield statement
        return
    handed = [text for text in _texts(statement.get("Condition") or {}) if ":role/" in text]
    if not all(admitted(limits.pass_role_arns, arn) for arn in handed):
        return
    if "iam:PassRole" in listed(statement["Action"]):
        member, patterns = "Resource", limits.pass_role_arns
    else:
        member, patterns = "Action", limits.allowed_actions
    kept = [text for text in listed(statement[member]) if admitted(patterns, text)]
    if len(kept) == len(listed(statement[member])):
        yield statement
    elif kept:
        yield {**statement, member: kept[0] if len(kept) == 1 else kept}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    else:
        yield from (str(item) for item in listed(value))
