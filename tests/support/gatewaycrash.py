"""The room of SparkGateway whose process dies at writes of objects that gateways own, before or after their effect.

A death is an exception that nothing in the product catches. Whoever comes next is a controller made anew over the same
stored objects, as after a restart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mwaa_operator.api.meta import ObjectKey
from tests.support.gatewayroom import GatewayRoom, Owned

Body = dict[str, Any]
KEPT = 5
"""So many of the revisions that served last are kept, that which serves among them."""


class DiedError(BaseException):
    """The process is no more."""


@dataclass
class Fate:
    """When the process dies.

    Attributes:
        at: Whether it dies at a write, given verb and body; None: never.
        forward: Whether the write takes effect.
        told: Called before every write.
        deaths: How often it died.
    """

    at: Callable[[str, Mapping[str, Any]], bool] | None = None
    forward: bool = False
    told: Callable[[str, Mapping[str, Any]], object] = lambda verb, body: None
    deaths: int = 0

    @contextmanager
    def around(self, verb: str, body: Mapping[str, Any]) -> Iterator[None]:
        """Let a write happen inside the block, or not, and die."""
        self.told(verb, body)
        dies = self.at is not None and self.at(verb, body)
        self.deaths += dies
        if dies and not self.forward:
            raise DiedError
        yield
        if dies:
            raise DiedError


class MortalOwned(Owned):
    """Objects of Kubernetes' own kinds whose writer may die."""

    def __init__(self, counts: Counter[str], now: Callable[[], datetime], fate: Fate) -> None:
        super().__init__(counts, now)
        self._fate = fate

    def create(self, body: Mapping[str, Any]) -> Body:
        """Make an object."""
        with self._fate.around("create", body):
            return super().create(body)

    def apply(self, body: Mapping[str, Any]) -> Body:
        """Write an object."""
        with self._fate.around("apply", body):
            return super().apply(body)

    def delete(self, body: Mapping[str, Any]) -> None:
        """Delete an object."""
        with self._fate.around("delete", body):
            super().delete(body)


@dataclass
class MortalRoom(GatewayRoom):
    """A controller that may die.

    Attributes:
        fate: When it does.
    """

    fate: Fate = field(default_factory=Fate)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.kube.owned = MortalOwned(self.counts, self.now, self.fate)
        self.restarted()

    def once(self, key: ObjectKey) -> float:
        """Make one pass; a process that dies in it is followed by another one, which begins at once."""
        try:
            return super().once(key)
        except DiedError:
            self.kube.owned.run()
            self.restarted()
            return 0.0

    def revision(self, key: ObjectKey) -> str:
        """Return the revision that the gateway's Deployment names."""
        found = self.kube.owned.bodies["Deployment", key.namespace, key.name]
        return str(found["spec"]["template"]["metadata"]["labels"]["mwaa-operator.io/revision"])

    def secrets(self, key: ObjectKey) -> set[str]:
        """Return the revisions that have a Secret."""
        names = {name for kind, _, name in self.kube.owned.bodies if kind == "Secret"}
        return {name.removeprefix(f"{key.name}.") for name in names} - {"queue-keys"}

    def in_use(self, key: ObjectKey) -> set[str]:
        """Return the revisions that something runs, or is to run, or that are kept by promise."""
        bodies, status = self.kube.owned.bodies, self.kube.objects[key]["status"]
        running = {_revision(body["spec"]["template"]) for (kind, *_), body in bodies.items() if kind == "Deployment"}
        running |= {_revision(body) for (kind, *_), body in bodies.items() if kind == "Pod"}
        told = {status.get(name, {}).get("name", "") for name in ("activeRevision", "stagedRevision")}
        return (running | told | set(status.get("history", ())[:KEPT])) - {""}


def _revision(body: Mapping[str, Any]) -> str:
    return str(body["metadata"]["labels"]["mwaa-operator.io/revision"])
