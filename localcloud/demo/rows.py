"""The kinds of the demo as its tables show them: an object of Kubernetes to one row of words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]

API = "/apis/mwaa-operator.io/v1alpha1"
NAMESPACE = "data"
"""The namespace of the stories of environments and workflows."""
GATEWAY_NAMESPACE = "spark-gateways"


@dataclass(frozen=True)
class Kind:
    """A kind with a table of its own.

    Attributes:
        plural: As in the API server's paths, and for kubectl.
        title: Of the table.
        words: Heading to what the object says there.
        service: AWS's, as the ledger names it; empty where AWS has nothing of the kind.
        calls: Heading to a glob on the operations that are counted there.
        default_name: Name in AWS of an object whose spec gives none, by namespace and name.
        namespace: Where its objects are; None: everywhere, and they are spoken of as `namespace/name`.
    """

    plural: str
    title: str
    words: Mapping[str, Callable[[Body], str]] = field(repr=False)
    service: str = ""
    calls: Mapping[str, str] = field(default_factory=dict)
    default_name: str = "{name}"
    namespace: str | None = NAMESPACE

    def path(self, name: str | None = None) -> str:
        """Return the path of an object at the API server; without a name, of all of them."""
        namespace, short = self.place(name) if name else (self.namespace, None)
        below = f"/namespaces/{namespace}" if namespace else ""
        return f"{API}{below}/{self.plural}" + (f"/{short}" if short else "")

    def place(self, name: str) -> tuple[str, str]:
        """Return the namespace and the name of an object."""
        if self.namespace is not None:
            return self.namespace, name
        namespace, _, short = name.partition("/")
        return namespace, short

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


def _spec(*path: str) -> Callable[[Body], str]:
    return _member("spec", *path)


def _status(*path: str) -> Callable[[Body], str]:
    return _member("status", *path)


def _member(*path: str) -> Callable[[Body], str]:
    def word(body: Body) -> str:
        found: Any = body
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
GATEWAYS = Kind(
    plural="sparkgateways",
    title="SparkGateways in namespace spark-gateways",
    words={
        "Class": _spec("dataClass"),
        "Routes": _status("routes", "active"),
        "Clusters": _status("healthyClusters"),
        "Revision": _status("activeRevision", "name"),
    },
    namespace=GATEWAY_NAMESPACE,
)
ROUTES = Kind(
    plural="sparkjobroutes",
    title="SparkJobRoutes in all namespaces",
    words={
        "Queue": _spec("queue", "name"),
        "Gateway": lambda body: str(body["spec"]["gatewayRef"]["name"]).removesuffix("-gateway"),
        "Split": lambda body: _status("split")(body).replace(" ", "\n"),
        "Healthy": _status("healthyTargets"),
    },
    namespace=None,
)
KINDS = (ENVIRONMENTS, WORKFLOWS, GATEWAYS, ROUTES)
