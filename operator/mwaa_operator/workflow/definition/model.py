"""A workflow as its definition says it, for the planner and the role generator. Pure data.

Built by `build` only, from a document without errors: whoever holds a Definition need not check it again. Nothing here
is what AWS returned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mwaa_operator.workflow.definition.schedule import Schedule

PYTHON_OPERATORS = frozenset(
    {"airflow.operators.python.PythonOperator", "airflow.providers.standard.operators.python.PythonOperator"}
)
BASH_OPERATORS = frozenset(
    {"airflow.operators.bash.BashOperator", "airflow.providers.standard.operators.bash.BashOperator"}
)
"""Operators that run code of the user's own (MWAA Serverless user guide, "Python and Bash operators")."""


@dataclass(frozen=True)
class Parameter:
    """One member of `params`.

    Attributes:
        default: The literal value that a run without an override sees; None where `required`.
        required: The definition gives no default, so every run has to bring a value.
        schema: JSON schema members beside the default (`type`, `enum`, …); empty for a plain value.
    """

    default: Any = None
    required: bool = False
    schema: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        task_id: Its key under `tasks`.
        operator: Fully qualified class, as written.
        arguments: What the operator's constructor gets, as written: templates unrendered, `{__type__: …}` mappings
            unresolved; without the members that every task has and without those that the service drops.
        dependencies: Ids of the tasks right upstream, in the order written, each once.
        trigger_rule: Airflow's word.
        retries: None where neither the task nor `default_args` says.
        retry_delay: As retries.
        execution_timeout: As retries.
        params: Parameters that only this task sees, on top of the definition's.
    """

    task_id: str
    operator: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    trigger_rule: str = "all_success"
    retries: int | None = None
    retry_delay: timedelta | None = None
    execution_timeout: timedelta | None = None
    params: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def class_name(self) -> str:
        """The operator's class without its module."""
        return self.operator.rpartition(".")[2]

    @property
    def runs_own_code(self) -> bool:
        """Whether it runs Python or Bash of the user's own, whose needs nobody can tell from the definition."""
        return self.operator in PYTHON_OPERATORS | BASH_OPERATORS


@dataclass(frozen=True)
class Definition:
    """One workflow.

    Attributes:
        dag_id: The one root key.
        schedule: None: it runs on demand only.
        tasks: By id, in the order written; never empty, acyclic, every dependency is a key.
        params: By name.
        start_date: UTC; None where the definition has none.
        end_date: UTC; no run is scheduled after it.
        dropped: JSON pointers of what the service ignores.
    """

    dag_id: str
    schedule: Schedule | None
    tasks: Mapping[str, Task]
    params: Mapping[str, Parameter] = field(default_factory=dict)
    start_date: datetime | None = None
    end_date: datetime | None = None
    dropped: tuple[str, ...] = ()

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators used, each once, sorted."""
        return tuple(sorted({task.operator for task in self.tasks.values()}))

    def parameters(self, task: Task) -> Mapping[str, Parameter]:
        """Return what `params` means inside a task: its own members win over the definition's."""
        return {**self.params, **task.params}
