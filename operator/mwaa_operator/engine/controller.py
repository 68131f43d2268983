"""What the engine knows of a kind: its name, one function, and which other objects its objects depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.api.result import Result
from mwaa_operator.engine.entry import Body


class Controller(Protocol):
    """Brings the world in line with one object; create, update, retry, drift and deletion are the same call."""

    @property
    def kind(self) -> str:
        """The kind whose keys it is given."""
        ...

    def reconcile(self, key: ObjectKey) -> Result:
        """Make one pass over one object.

        Level-triggered: the key says which object, never what happened to it. Runs in a worker thread, never twice at
        once for one key. An object that is not in the cache is gone: return `Done`.

        Raises:
            Wait: Something outside is not ready; looked at again after the seconds that it names.
            Stalled: Only a person can help.
            Exception: Anything else is logged with its trace and tried again with exponential back-off.
        """
        ...


@dataclass(frozen=True)
class Watch:
    """A dependency: when an object of `source_kind` changes, the objects that `dependents` names are looked at.

    Attributes:
        source_kind: The kind that is watched; it needs no controller of its own.
        dependents: Given the object as it was and as it is (both are asked, so a reference that was dropped counts);
            runs on the event loop, so it looks up an index of the cache and does no I/O.
        on_status: Whether a change of nothing but status counts.
    """

    source_kind: str
    dependents: Callable[[Body], Iterable[ObjectKey]]
    on_status: bool = False


@dataclass(frozen=True)
class Registration:
    """One controller and how it runs.

    Attributes:
        controller: The controller.
        workers: Passes that may run at once.
        watches: On which other kinds its objects depend.
    """

    controller: Controller
    workers: int = 16
    watches: tuple[Watch, ...] = ()
