"""What entries say of their jobs → `job` of a route: settings, environment, volumes, user interface, lifetime. Pure.

BPG has these for each entry, a route for all its targets: what all entries of a queue have in common is kept, the rest
is noted. Values that may be secrets are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from mwaa_operator.gateway.bpg import coerce
from mwaa_operator.gateway.importing.groups import Group
from mwaa_operator.gateway.importing.hidden import Hidden
from mwaa_operator.gateway.importing.notes import Notes
from mwaa_operator.gateway.importing.options import Options
from mwaa_operator.gateway.importing.source import Entry
from mwaa_operator.route.job import EnvironmentVariable, Job, Volume
from mwaa_operator.route.rules import POD_ROLES

_LEAST_TTL: Final = 3600
_MOST_TTL: Final = 2_592_000
_MOST_SETTINGS: Final = 64
_LONGEST_KEY: Final = 253
_LONGEST_VALUE: Final = 2048
_MOST_VARIABLES: Final = 32
_MOST_VOLUMES: Final = 8
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*")

Item = TypeVar("Item")


def job(group: Group, options: Options, hidden: Hidden, notes: Notes) -> dict[str, Any]:
    """Return `job` of a route, or nothing.

    Args:
        group: Its entries.
        options: The data class, which decides about volumes of the node.
        hidden: The file's secrets.
        notes: Takes what is not there as it was.
    """
    found: dict[str, Any] = {}
    if conf := _common(group, lambda entry: _conf(entry, hidden, notes), "sparkConf", notes):
        found["sparkConf"] = dict(sorted(conf.items())[:_MOST_SETTINGS])
    if env := _common(group, lambda entry: _env(entry, hidden, notes), "driver/executor env", notes):
        found["env"] = [{"name": name, "value": value} for name, value in sorted(env.items())[:_MOST_VARIABLES]]
    if volumes := _common(group, lambda entry: _volumes(entry, options, notes), "volumes", notes):
        found["volumes"] = list(volumes.values())[:_MOST_VOLUMES]
    if (port := _port(group, notes)) is not None:
        found["ui"] = {"servicePort": port}
    found |= _lifetime(group, notes)
    return {"job": found} if found else {}


def usable_conf(
    conf: Mapping[str, str | None] | None, path: tuple[str | int, ...], hidden: Hidden, notes: Notes
) -> dict[str, str]:
    """Return the settings that a manifest can have; what it cannot, and what may be a secret, is noted.

    Args:
        conf: As BPG bound it.
        path: Where it stands.
        hidden: The file's secrets.
        notes: Takes what is left out.
    """
    found = {}
    for name, value in (conf or {}).items():
        if value is None:
            notes.add((*path, name), "is null: left out")
        elif not _KEY.fullmatch(name) or len(name) > _LONGEST_KEY or len(value) > _LONGEST_VALUE:
            notes.add((*path, hidden.masked(name)), "is no name of a Spark setting, or too long: left out")
        elif hidden.is_secret(name, value):
            notes.add(
                (*path, name), "looks like a secret: left out; give it to jobs from a Secret on the Spark cluster"
            )
        else:
            found[name] = value
    for name in sorted(found)[_MOST_SETTINGS:]:
        notes.add((*path, name), f"is left out: a manifest has at most {_MOST_SETTINGS} settings")
    return found


def _common(group: Group, read: Callable[[Entry], Mapping[str, Item]], member: str, notes: Notes) -> dict[str, Item]:
    """Return what all entries of a group have alike."""
    said = [(entry, read(entry)) for entry in group.entries]
    common = {
        name: value for name, value in said[0][1].items() if all(other.get(name) == value for _, other in said[1:])
    }
    for entry, found in said:
        if lost := sorted(found.keys() - common.keys()):
            what = f"{', '.join(lost)} ({member})"
            notes.add(entry.path, f"{what}: not alike in all clusters of {group.name!r}, as a route has it: left out")
    return common


def _conf(entry: Entry, hidden: Hidden, notes: Notes) -> dict[str, str]:
    return usable_conf(entry.cluster.spark_conf, (*entry.path, "sparkConf"), hidden, notes)


def _pods(entry: Entry) -> dict[str, Mapping[str, Any]]:
    """Return what an entry says of drivers and executors, in BPG's own words."""
    found = {role: entry.written.get(role) for role in POD_ROLES}
    return {role: pod if isinstance(pod, Mapping) else {} for role, pod in found.items()}


def _items(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _env(entry: Entry, hidden: Hidden, notes: Notes) -> dict[str, str]:
    """Return the variables that drivers and executors have alike."""
    both: dict[str, dict[str, str]] = {}
    for role, pod in _pods(entry).items():
        both[role] = {}
        for index, item in enumerate(_items(pod.get("env"))):
            path = (*entry.path, role, "env", index)
            if variable := _variable(item, path, hidden, notes):
                both[role][variable.name] = variable.value
    return _alike(both, entry, "env", notes)


def _variable(item: Mapping[str, Any], path: Iterable[str | int], hidden: Hidden, notes: Notes) -> Any:
    name, value = item.get("name"), item.get("value")
    if isinstance(name, str) and isinstance(value, str) and hidden.is_secret(name, value):
        notes.add(path, "looks like a secret: left out; give it to jobs from a Secret on the Spark cluster")
        return None
    try:
        return EnvironmentVariable.model_validate({"name": name, "value": value})
    except ValidationError:
        notes.add(path, "has no name or no plain value that a route can have: left out")
        return None


def _alike(both: Mapping[str, Mapping[str, Item]], entry: Entry, member: str, notes: Notes) -> dict[str, Item]:
    driver, executor = (both[role] for role in POD_ROLES)
    for role in POD_ROLES:
        if lost := sorted(name for name in both[role] if driver.get(name) != executor.get(name)):
            message = f"{', '.join(lost)}: not alike in drivers and executors, as a route has it: left out"
            notes.add((*entry.path, role, member), message)
    return {name: value for name, value in driver.items() if executor.get(name) == value}


def _volumes(entry: Entry, options: Options, notes: Notes) -> dict[str, dict[str, Any]]:
    """Return the volumes that drivers and executors mount alike, once each."""
    mounts = {
        role: {str(item.get("name")): _mount(item) for item in _items(pod.get("volumeMounts"))}
        for role, pod in _pods(entry).items()
    }
    alike = _alike(mounts, entry, "volumeMounts", notes)
    found = {}
    for index, item in enumerate(_items(entry.written.get("volumes"))):
        source = {name: value for name, value in item.items() if name in ("configMap", "hostPath", "name")}
        body = _volume(source | alike.get(str(item.get("name")), {}))
        if body is None or (options.isolated and "hostPath" in body):
            message = "is no configMap or hostPath that drivers and executors mount alike, or not allowed: left out"
            notes.add((*entry.path, "volumes", index), message)
        else:
            found[body["name"]] = body
    return found


def _mount(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"mountPath": item.get("mountPath"), "readOnly": bool(item.get("readOnly"))}


def _volume(body: dict[str, Any]) -> dict[str, Any] | None:
    named = {name: _only(value, {"configMap": "name", "hostPath": "path"}.get(name)) for name, value in body.items()}
    try:
        Volume.model_validate(named)
    except ValidationError:
        return None
    return named


def _only(value: Any, member: str | None) -> Any:
    return {member: value.get(member)} if member and isinstance(value, Mapping) else value


def _port(group: Group, notes: Notes) -> int | None:
    ports = {}
    for entry in group.entries:
        options = entry.written.get("sparkUIOptions")
        given = options if isinstance(options, Mapping) else {}
        ports[entry.index] = coerce.boxed_int32(given.get("servicePort"), ())
        for name in sorted(set(map(str, given)) - {"servicePort"}):
            read = name in ("ingressAnnotations", "ingressTLS")
            why = (
                "a route has the port of the user interface alone" if read else "BPG ignores it, and reads servicePort"
            )
            notes.add((*entry.path, "sparkUIOptions", name), f"is left out: {why}")
    said = set(ports.values())
    if len(said) == 1 and (port := said.pop()) is not None and 1 <= port <= 65_535:
        return port
    for entry in group.entries:
        if ports[entry.index] is not None:
            message = "is no port, or not alike in all clusters of the queue: left out"
            notes.add((*entry.path, "sparkUIOptions", "servicePort"), message)
    return None


def _lifetime(group: Group, notes: Notes) -> dict[str, int]:
    said = [entry.cluster.ttl_seconds for entry in group.entries]
    default = Job().ttl_seconds
    chosen = max((min(max(seconds, _LEAST_TTL), _MOST_TTL) for seconds in said if seconds is not None), default=default)
    for entry in group.entries:
        if entry.cluster.ttl_seconds != chosen:
            was = entry.cluster.ttl_seconds
            shown = "is not there, so that nothing was ever removed" if was is None else f"was {was}"
            notes.add((*entry.path, "ttlSeconds"), f"{shown}: becomes {chosen}")
    return {} if chosen == default else {"ttlSeconds": chosen}
