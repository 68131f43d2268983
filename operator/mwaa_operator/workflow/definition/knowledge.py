"""What is known of operators, keys and template names, and ages. Pure; `load.py` reads the rows at start.

An operator without a row is unknown, not forbidden: the service's own list is not published as data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """What is known of an operator."""

    SUPPORTED = "supported"
    DOUBTFUL = "doubtful"
    """AWS's lists disagree."""
    UNSUPPORTED = "unsupported"


class Kind(StrEnum):
    """What an operator is."""

    OPERATOR = "operator"
    SENSOR = "sensor"
    TRANSFER = "transfer"


@dataclass(frozen=True)
class OperatorRow:
    """One operator.

    Attributes:
        path: Fully qualified class.
        kind: What it is.
        state: What is known of it.
        abstract: It is a base class and cannot run.
        required: Arguments that its constructor wants.
        templated: Arguments that it renders; None where nobody knows.
        own: Arguments of its own that look like a wrapper around all of them.
        note: Why it is doubtful or unsupported.
        instead: What to use instead.
    """

    path: str
    kind: Kind
    state: State = State.SUPPORTED
    abstract: bool = False
    required: tuple[str, ...] = ()
    templated: frozenset[str] | None = None
    own: frozenset[str] = frozenset()
    note: str = ""
    instead: str = ""


@dataclass(frozen=True)
class Keys:
    """The keys of a workflow, a task or `default_args`.

    Attributes:
        taken: Used by the service.
        dropped: Taken and ignored.
        refused: With the next step.
    """

    taken: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TemplateNames:
    """What templates may use.

    Attributes:
        variables: Root names.
        macros: Members of `macros`.
        filters: Those of Airflow, beside Jinja's own.
        instead: For names that Airflow has and the service has not: what to write.
    """

    variables: frozenset[str] = frozenset()
    macros: frozenset[str] = frozenset()
    filters: frozenset[str] = frozenset()
    instead: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OperatorKnowledge:
    """All rows.

    Attributes:
        operators: By path.
        workflow: Keys of a workflow.
        tasks: Keys of a task; what is in none of the sets is an argument of the operator.
        default_args: Keys of `default_args`; others are refused.
        trigger_rules: Those of Airflow 3.
        templates: Names for templates.
    """

    operators: Mapping[str, OperatorRow]
    workflow: Keys
    tasks: Keys
    default_args: Keys
    trigger_rules: frozenset[str]
    templates: TemplateNames

    def paths_of(self, class_name: str) -> tuple[str, ...]:
        """Return the paths of all classes of this name that can be used, supported ones first."""
        rows = [row for row in self.operators.values() if row.path.rpartition(".")[2] == class_name]
        usable = [row for row in rows if row.state is not State.UNSUPPORTED]
        return tuple(row.path for row in sorted(usable, key=lambda row: (row.state is State.DOUBTFUL, row.path)))

    def is_sensor(self, operator: str) -> bool:
        """Whether an operator is a sensor; of an unknown one its name tells."""
        row = self.operators.get(operator)
        return operator.endswith("Sensor") if row is None else row.kind is Kind.SENSOR
