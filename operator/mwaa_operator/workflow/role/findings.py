"""What is said about a generated role: what it is wider in, what it lacks, what nobody could tell. Pure data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Widened:
    """A statement that reaches further than the task needs.

    Attributes:
        task_id: Of the task.
        argument: What only a run knows; empty where IAM or AWS, and not an argument, is the cause.
        why: One sentence.
    """

    task_id: str
    argument: str
    why: str


@dataclass(frozen=True, order=True)
class Withheld:
    """What a task asks for and is not granted, whatever the account allows.

    Attributes:
        task_id: Of the task.
        argument: The one to change; empty if no single one is the cause.
        why: One sentence with the next step.
    """

    task_id: str
    argument: str
    why: str


@dataclass(frozen=True, order=True)
class Missing:
    """What tasks need beyond the account's limits.

    Attributes:
        limit: Member of AwsAccount that does not admit it, for example `spec.managedRoles.allowedActions`.
        value: The action, or the ARN of the role to pass.
        task_ids: Of the tasks.
    """

    limit: str
    value: str
    task_ids: tuple[str, ...]


@dataclass(frozen=True, order=True)
class Unknown:
    """An operator of which nothing can be derived.

    Attributes:
        operator: Fully qualified class.
        task_ids: Of the tasks.
        why: One sentence with the next step.
    """

    operator: str
    task_ids: tuple[str, ...]
    why: str


@dataclass(frozen=True, order=True)
class Note:
    """What an operator needs beside the role, or what no argument tells.

    Attributes:
        task_id: Of the task.
        text: One sentence.
    """

    task_id: str
    text: str


ALLOWED_ACTIONS = "spec.managedRoles.allowedActions"
PASS_ROLE_ARNS = "spec.managedRoles.passRoleArns"  # noqa: S105  the name of a field
