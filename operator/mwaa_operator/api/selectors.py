"""Label selectors, as metav1.LabelSelector reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mwaa_operator.api.fields import ListType
from mwaa_operator.api.meta import ApiModel
from mwaa_operator.api.rules import Rule, Ruled

LABEL_KEY = r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"
LabelKey = Annotated[str, Field(min_length=1, max_length=317, pattern=LABEL_KEY)]
LabelValue = Annotated[str, Field(max_length=63, pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$")]


class Requirement(Ruled):
    """One expression of a label selector."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
            holds=lambda requirement: (requirement.operator in {"In", "NotIn"}) == bool(requirement.values),
            message="values is required with In and NotIn, and not allowed with Exists and DoesNotExist: add or drop",
            field="values",
        ),
    )

    key: LabelKey
    """Label key. Required."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    """How the label is compared. Required."""
    values: Annotated[list[LabelValue], ListType("set", most=32)] = Field(default_factory=list)
    """Values for In and NotIn. Unset: none."""

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether `labels` satisfy the expression; a missing label satisfies NotIn, as in Kubernetes."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels


class LabelSelector(ApiModel):
    """All of matchLabels and matchExpressions must hold."""

    match_labels: Annotated[dict[str, LabelValue], Field(max_length=32)] = Field(default_factory=dict)
    """Labels with exactly these values. Unset: none."""
    match_expressions: Annotated[list[Requirement], ListType("atomic", most=32)] = Field(default_factory=list)
    """Expressions over labels. Unset: none."""

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether `labels` satisfy the selector; an empty selector is satisfied by everything."""
        return all(labels.get(key) == value for key, value in self.match_labels.items()) and all(
            requirement.matches(labels) for requirement in self.match_expressions
        )
