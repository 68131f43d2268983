"""Fills templates of ARNs with an operator's arguments. Pure.

A gap becomes `*` in its place only: partition, service, Region and account always stand. A value that may not stand in
an ARN gives no ARN at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from mwaa_operator.workflow.role.arguments import Argument, Gapped
from mwaa_operator.workflow.role.facts import Place
from mwaa_operator.workflow.role.shapes import SHAPES
from mwaa_operator.workflow.role.templates import Placeholder, Template, filled

Reader = Callable[[str], Argument]


@dataclass(frozen=True)
class Target:
    """One ARN.

    Attributes:
        arn: With `*` for every gap.
        gaps: The arguments that left one; the empty name stands for what AWS picks.
    """

    arn: str
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unfilled:
    """A template that gives no ARN.

    Attributes:
        argument: The one that is missing or may not stand in an ARN.
        problem: What is wrong with it; empty if it is not set.
    """

    argument: str
    problem: str = ""


def choose(templates: tuple[Template, ...], read: Reader, place: Place) -> tuple[Target, ...] | Unfilled:
    """Return what the first template says that the arguments fill.

    Values that do not fit one template may fit a later one of the same arguments; they never make way for a template
    that does without one of them.
    """
    failed, needed = Unfilled(""), frozenset[str]()
    for template in templates:
        if not needed <= template.arguments():
            continue
        found = fill(template, read, place)
        if not isinstance(found, Unfilled):
            return found
        if not failed.problem:
            failed, needed = found, template.arguments() if found.problem else needed
    return failed


def fill(template: Template, read: Reader, place: Place) -> tuple[Target, ...] | Unfilled:
    """Return an ARN for each value of the arguments.

    Args:
        template: As parse_template says.
        read: Returns an argument of the task by its name.
        place: Of the workflow.
    """
    members = {"partition": place.partition, "region": place.region, "account": place.account_id}
    head = filled(template.head(), members)
    columns: list[tuple[tuple[str, Gapped], ...]] = []
    for part in template.parts:
        if isinstance(part, str):
            columns.append((("", (filled(part, members),)),))
            continue
        column = _column(part, read, head if part is _first(template) else "", members)
        if isinstance(column, Unfilled):
            return column
        columns.append(column)
    several = [column for column in columns if len(column) > 1]
    if len(several) > 1:
        return Unfilled(several[1][0][0], "is a second list in one ARN")
    return tuple(_target(row) for row in product(*columns))


def _column(
    part: Placeholder, read: Reader, head: str, members: dict[str, str]
) -> tuple[tuple[str, Gapped], ...] | Unfilled:
    """Return (argument, what stands in the ARN) for each value of one placeholder."""
    if not part.argument:
        return (("", (None,)),)
    argument = read(part.argument)
    if argument.problem:
        return Unfilled(part.argument, argument.problem)
    if not argument.values:
        return (("", ()),) if part.optional else Unfilled(part.argument)
    shape = SHAPES[part.shape]
    heads = (head, *(filled(text, members) for text in shape.heads))
    fitting = [shape.fit(value, heads) for value in argument.values]
    if None in fitting:
        return Unfilled(part.argument, "has a value that cannot stand in an ARN of this account and Region")
    return tuple((part.argument, value) for value in fitting if value is not None)


def _first(template: Template) -> Placeholder | None:
    return next((part for part in template.parts if isinstance(part, Placeholder)), None)


def _target(row: tuple[tuple[str, Gapped], ...]) -> Target:
    gaps = tuple(dict.fromkeys(_gaps(row)))
    return Target("".join(_text(value) for _, value in row), gaps)


def _gaps(row: tuple[tuple[str, Gapped], ...]) -> Iterator[str]:
    yield from (argument for argument, value in row if None in value)


def _text(value: Gapped) -> str:
    return "".join("*" if piece is None else piece for piece in value)
