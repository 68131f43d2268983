"""A workflow's definition as the service understands it: what `grammar` makes of YAML, and runs are made of.

Values only. Two definitions are the same when their text is: the rest follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Task:
    """One task.

    Attributes:
        id: Its name.
        operator: Fully qualified class.
        upstream: Ids of tasks that it depends on.
        trigger_rule: Of Airflow 3.
        retries: After the first attempt.
        retry_delay: Seconds, as the definition says them.
        execution_timeout: Likewise; None for the service's limit.
        module: Of a Python task: the module of its callable; "" for others.
        script: Of a Bash task that names a file: the file; "" for others.
        reschedules: A sensor in `mode: reschedule`.
    """

    id: str
    operator: str
    upstream: tuple[str, ...] = ()
    trigger_rule: str = "all_success"
    retries: int = 1
    retry_delay: float = 300.0
    execution_timeout: float | None = None
    module: str = ""
    script: str = ""
    reschedules: bool = False

    @property
    def operator_name(self) -> str:
        """The class without its module."""
        return self.operator.rpartition(".")[2]

    @property
    def is_empty(self) -> bool:
        """Whether it does nothing, and so needs no container and writes no log."""
        return self.operator_name == "EmptyOperator"


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition that the service accepts.

    Attributes:
        text: The YAML.
        dag_id: The root key.
        tasks: In the file's order.
        schedule: As ScheduleConfiguration shows it; "" for none.
        start: Epoch seconds before which no schedule fires.
        end: Likewise, after which.
        params: Names of its parameters.
        warnings: For the answers of create and update.
        template_error: What Jinja says when a run is parsed; "" when nothing.
    """

    text: str
    dag_id: str = field(compare=False)
    tasks: tuple[Task, ...] = field(compare=False)
    schedule: str = field(default="", compare=False)
    start: float | None = field(default=None, compare=False)
    end: float | None = field(default=None, compare=False)
    params: tuple[str, ...] = field(default=(), compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)
    template_error: str = field(default="", compare=False)

    def task(self, task_id: str) -> Task:
        """Return a task by id. Raises KeyError."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise KeyError(task_id)

    @property
    def leaves(self) -> frozenset[str]:
        """Ids of the tasks that no other depends on: their ends decide the run's."""
        needed = {name for task in self.tasks for name in task.upstream}
        return frozenset(task.id for task in self.tasks if task.id not in needed)
