"""The kinds of the demo as its tables show them: an object of Kubernetes to one row of words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind with a table of its own.

    Attributes:
        plural: As in the API server's paths, and for kubectl.
        title: Of the table.
        service: AWS's, as the ledger names it.
        words: Heading to what the object says there.
        calls: Heading to a glob on the operations that are counted there.
        default_name: Name in AWS of an object whose spec gives none, by namespace and name.
    """

    plural: str
    title: str
    service: str
    words: Mapping[str, Callable[[Body], str]] = field(repr=False)
    calls: Mapping[str, str]
    default_name: str

    def name_in_aws(self, body: Body) -> str:
        """Return what the object is called in AWS."""
        return str(body["spec"].get("name") or self.default_name.format(**body["metadata"]))

    def row(self, body: Body, counts: tuple[int, ...]) -> Row:
        """Return an object's row; `counts` are in the order of `calls`."""
        ready = condition(body, "Ready") or {}
        return Row(
            name=body["metadata"]["name"],
            words=tuple(word(body) for word in self.words.values()),
            ready=ready.get("status", ""),
            reason=ready.get("reason", ""),
            created=body["metadata"]["creationTimestamp"],
            calls=counts,
        )


@dataclass(frozen=True)
class Row:
    """One object as its table shows it; `words` and `calls` in the order of its kind's."""

    name: str
    words: tuple[str, ...]
    ready: str
    reason: str
    created: str
    calls: tuple[int, ...]


def condition(body: Body, type_: str) -> dict[str, Any] | None:
    """Return one condition of an object, or None."""
    conditions = body.get("status", {}).get("conditions", [])
    return next((item for item in conditions if item["type"] == type_), None)


def _status(*path: str) -> Callable[[Body], str]:
    def word(body: Body) -> str:
        found: Any = body.get("status", {})
        for name in path:
            found = (found or {}).get(name)
        return "" if found is None else str(found)

    return word


ENVIRONMENTS = Kind(
    plural="mwaaenvironments",
    title="MwaaEnvironments in namespace data",
    service="mwaa",
    words={"State": _status("state")},
    calls={
        "Create": "CreateEnvironment",
        "Get": "GetEnvironment",
        "Update": "UpdateEnvironment",
        "Delete": "DeleteEnvironment",
    },
    default_name="{name}",
)
WORKFLOWS = Kind(
    plural="serverlessworkflows",
    title="ServerlessWorkflows in namespace data",
    service="mwaa-serverless",
    words={
        "Schedule": _status("schedule"),
        "Last run": _status("lastRun", "state"),
        "Versions": _status("versionsUsed"),
    },
    calls={
        "Create": "CreateWorkflow",
        "Read": "[GL]*",
        "Update": "UpdateWorkflow",
        "Run": "StartWorkflowRun",
    },
    default_name="{namespace}-{name}",
)
KINDS = (ENVIRONMENTS, WORKFLOWS)
