"""What one task is granted: its operator's row, filled with its arguments, within the account's limits. Pure.

Everything that a tenant writes passes here, so the rules that keep a role narrow are here too: no row, no grant; an
action only if the account allows it; a deletion on what a template leaves open only if the account names it in full; a
role is passed only by its own ARN, to one service, and only if the account admits that ARN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from mwaa_operator.account.admit import admitted
from mwaa_operator.workflow.definition.model import Parameter, Task
from mwaa_operator.workflow.role.arguments import is_set, read_argument
from mwaa_operator.workflow.role.facts import Place, RoleLimits
from mwaa_operator.workflow.role.findings import ALLOWED_ACTIONS, PASS_ROLE_ARNS, Missing, Note, Widened, Withheld
from mwaa_operator.workflow.role.permissions import Grant, Needs, Pass, RoleKey, only_reads
from mwaa_operator.workflow.role.statements import Class, Condition, Permission
from mwaa_operator.workflow.role.targets import Reader, Target, Unfilled, choose, fill
from mwaa_operator.workflow.role.templates import parse_template

Outcome = Permission | Widened | Withheld | Missing | Note

_ROLE = "arn:{{partition}}:iam::{{account}}:role/{{{argument}:role}}"
_IN_ANY_ACCOUNT = "s3"
_NEW = frozenset({"s3:CreateBucket"})
"""Makes what belongs to the account by itself, and has no account to compare before."""


@dataclass(frozen=True)
class _Asking:
    """One task with all that decides on it."""

    task: Task
    read: Reader
    place: Place
    limits: RoleLimits


def outcomes(
    task: Task, params: Mapping[str, Parameter], *, needs: Needs, place: Place, limits: RoleLimits
) -> Iterator[Outcome]:
    """Yield what one task is granted, and what is to be said about it.

    Args:
        task: As the definition has it.
        params: What `params` means inside it.
        needs: The row of its operator.
        place: Of the workflow.
        limits: Of the account.
    """
    asking = _Asking(task, partial(read_argument, task.arguments, params=params), place, limits)
    for grant in needs.grants:
        if (not grant.when or is_set(task.arguments, grant.when)) and not is_set(task.arguments, grant.unless):
            yield from _granted(grant, asking)
    for handed in needs.passes:
        if not handed.when or is_set(task.arguments, handed.when):
            yield from _passed(handed, asking)
    yield from (Note(task.task_id, text) for text in needs.notes)


def _granted(grant: Grant, asking: _Asking) -> Iterator[Outcome]:
    targets = [Target("*")] if grant.unscopable else []
    for choice in grant.choices:
        found = choose(choice, asking.read, asking.place)
        if not isinstance(found, Unfilled):
            targets += found
        elif found.problem:
            yield _unusable(found, asking)
    condition = _condition(grant, asking) if targets else ()
    if not isinstance(condition, tuple):
        yield condition
        return
    for target in targets:
        yield from _allowed(grant, target, condition, asking)


def _allowed(grant: Grant, target: Target, condition: Condition, asking: _Asking) -> Iterator[Outcome]:
    limits = asking.limits
    is_open = grant.unscopable or bool(target.gaps)
    granted = []
    for action in grant.actions:
        if not admitted(limits.allowed_actions, action):
            yield Missing(ALLOWED_ACTIONS, action, (asking.task.task_id,))
        elif is_open and (grant.literal or (grant.destructive and action not in limits.allowed_actions)):
            yield _held_back(action, target, grant, asking)
        else:
            granted.append(action)
    for action in granted:
        own = {*condition, *_own(action, asking.place)}
        yield Permission(_class_of(grant, target), action, target.arn, tuple(sorted(own)))
    if granted:
        yield from _reach(grant, target, granted, asking)


def _reach(grant: Grant, target: Target, granted: list[str], asking: _Asking) -> Iterator[Widened]:
    """Say what reaches further than the arguments do."""
    task_id, what = asking.task.task_id, ", ".join(granted)
    if grant.unscopable and not all(map(only_reads, granted)):
        yield Widened(task_id, "", f"IAM cannot narrow {what} to a resource")
    for argument in target.gaps:
        why = "it does not tell the ARN" if argument else "AWS picks a part of the ARN"
        yield Widened(task_id, argument, f"{why}: {what} on {target.arn}")
    listing = _listing(grant, asking)
    if not isinstance(listing, Unfilled) and any(prefix.gaps for prefix in listing):
        argument = grant.prefix.partition(":")[0] if grant.prefix else ""
        yield Widened(task_id, argument, f"it does not tell the prefix: {what} on {target.arn}")


def _class_of(grant: Grant, target: Target) -> Class:
    if grant.destructive:
        return Class.Destructive
    if grant.unscopable:
        return Class.Unscopable
    return Class.Widened if target.gaps else Class.Scoped


def _own(action: str, place: Place) -> Condition:
    """Keep the account's number with ARNs that have none."""
    if action.partition(":")[0] != _IN_ANY_ACCOUNT or action in _NEW:
        return ()
    return (("StringEquals", "aws:ResourceAccount", (place.account_id,)),)


def _condition(grant: Grant, asking: _Asking) -> Condition | Missing | Withheld:
    """Return what must hold for a grant, or why there is none."""
    condition: Condition = ()
    if grant.unscopable:
        condition += (("StringEquals", "aws:RequestedRegion", (asking.place.region,)),)
    if grant.role is not None:
        role = _role_condition(grant.role, asking)
        if not isinstance(role, tuple):
            return role
        condition += role
    listing = _listing(grant, asking)
    if isinstance(listing, Unfilled):
        return _unusable(listing, asking)
    if listing:
        condition += (("StringLike", "s3:prefix", tuple(sorted({prefix.arn for prefix in listing}))),)
    return condition


def _listing(grant: Grant, asking: _Asking) -> tuple[Target, ...] | Unfilled:
    """Return the prefixes that a bucket is listed by; none if no argument narrows the listing."""
    if grant.prefix is None:
        return ()
    found = fill(parse_template(f"{{{grant.prefix}}}"), asking.read, asking.place)
    return () if isinstance(found, Unfilled) and not found.problem else found


def _role_condition(role: RoleKey, asking: _Asking) -> Condition | Missing | Withheld:
    """Return the condition that a call hands over this role; without the argument: that it hands over none."""
    found = _roles(role.argument, asking)
    if found == ():
        return (("Null", role.key, ("true",)),)
    if not isinstance(found, tuple):
        return found
    refused = next((arn for arn in found if not admitted(asking.limits.pass_role_arns, arn)), None)
    if refused is not None:
        return Missing(PASS_ROLE_ARNS, refused, (asking.task.task_id,))
    return (("StringEquals", role.key, found),)


def _passed(handed: Pass, asking: _Asking) -> Iterator[Outcome]:
    found = _roles(handed.argument, asking)
    if not isinstance(found, tuple):
        yield found
        return
    suffixes = ("", ".cn") if asking.place.partition == "aws-cn" else ("",)
    condition: Condition = (
        ("StringEquals", "iam:PassedToService", tuple(f"{handed.to}{suffix}" for suffix in suffixes)),
    )
    for arn in found:
        if admitted(asking.limits.pass_role_arns, arn):
            yield Permission(Class.PassRole, "iam:PassRole", arn, condition)
        else:
            yield Missing(PASS_ROLE_ARNS, arn, (asking.task.task_id,))


def _roles(argument: str, asking: _Asking) -> tuple[str, ...] | Withheld:
    """Return the ARNs of the roles that an argument names; none if it is not set."""
    found = fill(parse_template(_ROLE.format(argument=argument)), asking.read, asking.place)
    if isinstance(found, Unfilled):
        return _unusable(found, asking) if found.problem else ()
    if any(target.gaps for target in found):
        why = "a role is passed only by its own name: write it in full, not as a template"
        return Withheld(asking.task.task_id, argument, why)
    return tuple(sorted({target.arn for target in found}))


def _unusable(found: Unfilled, asking: _Asking) -> Withheld:
    why = f"{found.problem}, so nothing is granted on it: correct it, or use role.arn"
    return Withheld(asking.task.task_id, found.argument, why)


def _held_back(action: str, target: Target, grant: Grant, asking: _Asking) -> Withheld:
    argument = next((name for name in target.gaps if name), "")
    ways = ["write it in full"] if argument else []
    if not grant.literal:
        ways.append(f"have {ALLOWED_ACTIONS} name {action} without a wildcard")
    ways.append("use role.arn")
    why = f"{action} is granted only on what the definition names: {', or '.join(ways)}"
    return Withheld(asking.task.task_id, argument, why)
