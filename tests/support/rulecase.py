"""One row of the table of rules: objects that keep a rule, and objects that break it and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mwaa_operator.api.rules import Rule, Ruled
from tests.support.manifests import (
    aws_account,
    mwaa_environment,
    serverless_workflow,
    spark_gateway,
    spark_job_route,
)

Spec = dict[str, Any]

BUILDERS: dict[str, Callable[..., dict[str, Any]]] = {
    "environment": mwaa_environment,
    "workflow": serverless_workflow,
    "gateway": spark_gateway,
    "route": spark_job_route,
}
"""Room to the builder of its kind's manifests; models of no room are part of AwsAccount."""


@dataclass(frozen=True)
class Case:
    """One rule, kept and broken.

    Attributes:
        model: The model that carries the rule.
        says: How the rule's message begins, or a part of it that no other rule of the model has.
        keeps: Changes to the smallest valid spec that keep every rule.
        breaks: Changes that break this rule alone.
        before: For a transition rule: changes that make the stored object; the others are then its updates.
        name: Of the objects that break.
    """

    model: type[Ruled]
    says: str
    keeps: tuple[Spec, ...]
    breaks: tuple[Spec, ...]
    before: Spec | None = None
    name: str = "etl"

    @property
    def rule(self) -> Rule:
        """The rule that the case is about."""
        beginning = [rule for rule in self.model.rules if rule.message.startswith(self.says)]
        (found,) = beginning or [rule for rule in self.model.rules if self.says in rule.message]
        return found

    @property
    def build(self) -> Callable[..., dict[str, Any]]:
        """The builder of the kind's manifests."""
        return BUILDERS.get(self.model.__module__.split(".")[1], aws_account)

    def kept(self) -> list[dict[str, Any]]:
        """Return the objects that must be accepted."""
        return [self.build("etl", **members) for members in self.keeps]

    def broken(self) -> list[dict[str, Any]]:
        """Return the objects that must be refused for this rule."""
        return [self.build(self.name, **members) for members in self.breaks]

    def __str__(self) -> str:
        """Return the test's id."""
        return f"{self.model.__name__}: {self.says}" + ("" if self.before is None else f" {self.before}")
