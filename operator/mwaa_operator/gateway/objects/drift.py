"""Whether an object that is there is still what we said, and whether it is ours at all. Pure.

Server-side apply merges: what others added beside ours stays, what is ours as a whole is put back. An object is looked
at in the same way, so that nothing counts as drift that an apply would leave as it is (Kubernetes API reference: list
and map types of each member).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mwaa_operator.gateway.api import SparkGateway

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "containers": ("name",),
    "env": ("name",),
    "ownerReferences": ("uid",),
    "ports": ("containerPort", "port", "protocol"),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
}
"""Lists whose items are merged, and what tells items apart; every other list is one value."""
_WHOLE: Final = frozenset({"labelSelector", "nodeSelector", "podSelector", "selector"})
"""Maps that are one value."""


def covers(live: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    """Return whether an object has all that is desired.

    Args:
        live: As the API server holds it.
        desired: As it was, or would be, applied; quantities in the API server's spelling.

    Returns:
        False if an apply would change anything. Defaults of the API server and what others added do not count.
    """
    return all(name in live and _same(name, live[name], value) for name, value in desired.items())


def is_owned(live: Mapping[str, Any], gateway: SparkGateway) -> bool:
    """Return whether an object belongs to a gateway: to this one, not to an earlier one of its name."""
    uid = gateway.metadata.uid
    owners = live["metadata"].get("ownerReferences") or ()
    return bool(uid) and any(owner.get("uid") == uid and owner.get("controller") is True for owner in owners)


def _same(name: str, live: Any, desired: Any) -> bool:
    if isinstance(desired, Mapping) and isinstance(live, Mapping) and name not in _WHOLE:
        return covers(live, desired)
    if isinstance(desired, list) and isinstance(live, list) and name in _KEYS:
        found = {_key(name, item): item for item in live}
        return all(_key(name, item) in found and covers(found[_key(name, item)], item) for item in desired)
    return bool(live == desired)


def _key(name: str, item: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(item.get(member) for member in _KEYS[name])
