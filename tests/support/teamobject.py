"""One object of a team as a user handles it: made, edited, waited for, deleted through the API server.

What every kind has in common; what AWS holds of it is the kind's own. Waiting is done on a watch that misses no
version, so that what lasts for milliseconds is seen too.
"""

from __future__ import annotations

import json
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tests.support.watching import Body, Key, Watching, version_of

if TYPE_CHECKING:
    from tests.support.cloud import World
    from tests.support.team import Team

API = "/apis/mwaa-operator.io/v1alpha1"
PREFIX = "mwaa-operator.io"
WITHIN = 20.0
"""Seconds; everything here takes a few."""


class TeamObject(ABC):
    """One object of a team.

    Attributes:
        kind: Of the object.
        plural: The same in paths.
        service: boto3's name of the service that serves it.
        spec: The smallest valid one.
        since: resourceVersion from which `until` looks; moves on with what is done and found.
    """

    kind: ClassVar[str]
    plural: ClassVar[str]
    service: ClassVar[str]
    spec: ClassVar[Mapping[str, Any]]

    def __init__(self, team: Team, name: str) -> None:
        self.team, self.name = team, name
        self.since = 0
        self._world: World = team.world

    @property
    @abstractmethod
    def aws_name(self) -> str:
        """Its name in AWS."""

    @property
    @abstractmethod
    def watch(self) -> Watching:
        """Every version of every object of the kind."""

    @abstractmethod
    def shown(self) -> Any:
        """Return what AWS shows of it, without the one place that a secret's reference names."""

    @abstractmethod
    def vanish(self) -> None:
        """Remove it from AWS behind the operator's back."""

    @property
    def key(self) -> Key:
        """Namespace and name."""
        return self.team.namespace, self.name

    @property
    def path(self) -> str:
        """Of the object."""
        return f"{self.team.path(self.plural)}/{self.name}"

    def manifest(self, *, annotations: Mapping[str, str] | None = None, **spec: Any) -> Body:
        """Return the object as a user would write it."""
        members = {name: value for name, value in {**self.spec, **spec}.items() if value is not None}
        meta = {"name": self.name, "namespace": self.team.namespace, "annotations": dict(annotations or {})}
        return {"apiVersion": f"{PREFIX}/v1alpha1", "kind": self.kind, "metadata": meta, "spec": members}

    def create(self, *, annotations: Mapping[str, str] | None = None, **spec: Any) -> None:
        """Create the object; members of spec given as None are left out."""
        answer = self._world.api.post(self.team.path(self.plural), self.manifest(annotations=annotations, **spec))
        assert answer.ok, answer.body
        self.since = version_of(answer.body)

    @property
    def body(self) -> Body:
        """The object as the API server holds it now."""
        answer = self._world.api.get(self.path)
        assert answer.ok, answer.body
        found: Body = answer.body
        return found

    @property
    def status(self) -> Body:
        """Its status."""
        found: Body = self.body["status"]
        return found

    def sent(self, operation: str, *, code: str | None = None) -> int:
        """Return how often AWS accepted an operation of the kind's service on it (`code="*"`: was asked for it)."""
        ledger = self._world.cloud.aws.ledger
        return ledger.count(service=self.service, operation=operation, resource=self.aws_name, code=code)

    def patch(self, annotations: Mapping[str, str | None] | None = None, **spec: Any) -> Body:
        """Edit the object: a merge patch."""
        change: Body = {"spec": spec} if spec else {}
        if annotations is not None:
            change["metadata"] = {"annotations": {f"{PREFIX}/{name}": value for name, value in annotations.items()}}
        answer = self._world.api.patch(self.path, change)
        assert answer.ok, answer.body
        self.since = version_of(answer.body)
        found: Body = answer.body
        return found

    def forge_status(self, status: Body) -> None:
        """Replace its status, as a restored backup would; nobody judges this version."""
        gone = dict.fromkeys(self.status)
        answer = self._world.api.patch(f"{self.path}/status", {"status": gone | status})
        assert answer.ok, answer.body
        self.since = version_of(answer.body)
        self.team.forged.add(self.since)

    def look(self) -> Body:
        """Ask for a look at once and wait until it was answered."""
        token = uuid.uuid4().hex
        self.patch({"reconcile-requested-at": token})
        return self.until(
            lambda body: body.get("status", {}).get("lastHandledReconcileAt") == token, "the look to be answered"
        )

    def delete(self) -> None:
        """Ask for its deletion."""
        answer = self._world.api.delete(self.path)
        assert answer.ok, answer.body

    def until(self, holds: Callable[[Body], object], what: str, *, within: float = WITHIN) -> Body:
        """Return the first version, from the last one that was found or made on, for which something holds."""
        found = self.watch.wait(self.key, holds, since=self.since, within=within)
        if found is None:
            raise TimeoutError(f"waited {within:g} s for {self.name}: {what}; {self._told()}")
        self.since = version_of(found)
        return found

    def until_ready(self, *, within: float = WITHIN) -> Body:
        """Wait until it serves as spec of the present generation asks."""
        return self.until(is_ready, "Ready", within=within)

    def until_reason(self, reason: str, *, within: float = WITHIN) -> Body:
        """Wait until Ready has a reason, for the present generation."""
        return self.until(lambda body: ready_reason(body) == reason, f"reason {reason}", within=within)

    def until_gone(self, *, within: float = WITHIN) -> None:
        """Wait until the object is gone."""
        if not self.watch.wait_gone(self.key, within):
            raise TimeoutError(f"waited {within:g} s for {self.name} to go; {self._told()}")

    def story(self) -> list[str]:
        """Return Ready's words in the order in which they were first said in a row, as `status/reason`."""
        told: list[str] = []
        for body in self.watch.versions(self.key):
            found = condition(body, "Ready")
            word = f"{found['status']}/{found['reason']}" if found else ""
            if word and (not told or told[-1] != word):
                told.append(word)
        return told

    def _told(self) -> str:
        latest = self.watch.latest(self.key) or {"metadata": {}}
        meta = {name: value for name, value in latest["metadata"].items() if name != "managedFields"}
        long = ("preflight", "effective")
        status = {name: value for name, value in latest.get("status", {}).items() if name not in long}
        seen = json.dumps({"metadata": meta, "spec": latest.get("spec"), "status": status})
        log = "\n".join(self._world.operator.log_text().splitlines()[-10:])
        return f"last seen: {seen}\nthe operator's log ends:\n{log}"


def condition(body: Body, type_: str) -> Body:
    """Return a condition, or an empty dict."""
    conditions = body.get("status", {}).get("conditions", [])
    return next((item for item in conditions if item["type"] == type_), {})


def ready_reason(body: Body) -> str:
    """Return Ready's reason if it is about the present generation; empty otherwise."""
    found = condition(body, "Ready")
    current = found.get("observedGeneration") == body["metadata"]["generation"]
    return str(found.get("reason", "")) if current else ""


def is_ready(body: Body) -> bool:
    """Whether the object is Ready and Synced for its present generation."""
    current = body.get("status", {}).get("observedGeneration") == body["metadata"]["generation"]
    return current and all(condition(body, name).get("status") == "True" for name in ("Ready", "Synced"))


def message(body: Body, type_: str = "Ready") -> str:
    """Return a condition's message."""
    return str(condition(body, type_).get("message", ""))
