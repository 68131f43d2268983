"""The members of BPG's file that are the gateway's alone → the rest of a SparkGateway's spec. Pure.

What the kind has no field for goes into `extraConfig` where the operator admits it; what the operator writes itself,
what BPG never reads, and what is a secret is left out and noted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import ValidationError

from mwaa_operator.api.spark import DEFAULT_QUEUE, SparkVersion
from mwaa_operator.gateway.api import ImageName, SparkGatewaySpec
from mwaa_operator.gateway.bpg import coerce
from mwaa_operator.gateway.importing.hidden import REFERENCE
from mwaa_operator.gateway.importing.jobs import usable_conf
from mwaa_operator.gateway.importing.naming import fitting
from mwaa_operator.gateway.importing.notes import Notes
from mwaa_operator.gateway.importing.options import Options
from mwaa_operator.gateway.importing.source import Source
from mwaa_operator.gateway.render.document import OWNED
from mwaa_operator.gateway.rules import AWS_PIN, NAMESPACE_NAME
from mwaa_operator.gateway.serving import Access, AllowedRoutes

NO_IMAGE: Final = "replace-me/batch-processing-gateway"
NOBODY: Final = {"name": "replace-me", "ipBlock": {"cidr": "192.0.2.0/24"}}
"""A peer that nobody is: the network is one for documentation (RFC 5737, "IPv4 Address Blocks")."""

DEAD: Final = frozenset({"adminUsers", "sparkLogIndex", "batchFileLimit", "gatewayDns", "eksCluster"})
"""Members that no code of BPG's reads (BPG source, AppConfig)."""
_EXTRA = (
    "blockedUsers s3Bucket s3Folder sparkLogS3Bucket sparkHistoryDns sparkHistoryUrl memoryMbSecondCost "
    "vCoreSecondCost dbStorageSOPS logging metrics"
)
EXTRA: Final = frozenset(_EXTRA.split())
"""Members that BPG reads and the kind has no field for."""
TYPES: Final = {name.lower(): name for name in ("Java", "Scala", "Python", "R")}

_LEAST_CACHE: Final = 5000
_MOST_CACHE: Final = 9000
_MOST_USERS: Final = 256
_MOST_QUEUES: Final = 128
_MOST_IMAGES: Final = 32


def settings(source: Source, options: Options, queues: list[str], *, fallback: bool, notes: Notes) -> dict[str, Any]:
    """Return members of spec that are not clusters.

    Args:
        source: The file.
        options: What the person decides.
        queues: Names of the routes' queues.
        fallback: Whether a route serves jobs that name no queue.
        notes: Takes what is not there as it was.
    """
    found: dict[str, Any] = {
        "dataClass": options.data_class,
        "bpgProfile": str(options.profile),
        "image": options.image or NO_IMAGE,
        "access": _access(source, options, notes),
        "allowedRoutes": _allowed(options, queues, fallback=fallback),
    }
    if not options.image:
        notes.add((), f"the file names no image: replace spec.image {NO_IMAGE}, or give --image")
    found |= _context_path(source, notes) | _cache(source, notes) | _images(source, notes)
    found |= _conf(source, notes)
    _note_left_out(source, notes)
    if extra := _extra(source, options, notes):
        found["extraConfig"] = extra
    return found


def _access(source: Source, options: Options, notes: Notes) -> dict[str, Any]:
    users = list(dict.fromkeys(user for user in source.config.allowed_users or () if user is not None))
    good = [user for user in users if _is_user(user)]
    for user in users:
        if user not in good:
            notes.add(("allowedUsers",), f"{user!r} makes no label, so that BPG refuses the jobs: left out")
    if not users:
        notes.add(("allowedUsers",), "is empty or not there: BPG lets nobody in, and neither does the gateway")
    if len(good) > _MOST_USERS:
        notes.add(
            ("allowedUsers",), f"has more than {_MOST_USERS} names: the last {len(good) - _MOST_USERS} are left out"
        )
    found: dict[str, Any] = {"users": good[:_MOST_USERS]}
    if options.isolated:
        found["from"] = [NOBODY]
        notes.add((), "the file does not say who may open connections: replace spec.access.from[replace-me]")
    else:
        notes.add(
            (), "the file does not say who may open connections: add them to spec.access.from; without, nobody may"
        )
    return found


def _is_user(user: str) -> bool:
    try:
        Access.model_validate({"users": [user]})
    except ValidationError:
        return False
    return True


def _allowed(options: Options, queues: list[str], *, fallback: bool) -> dict[str, Any]:
    names = sorted({*queues, DEFAULT_QUEUE} if fallback else set(queues))
    namespaces: dict[str, Any] = {"from": "Same"}
    if options.routes_in != options.namespace:
        namespaces = {"from": "Selector", "selector": {"matchLabels": {NAMESPACE_NAME: options.routes_in}}}
    body = {"namespaces": namespaces, "queues": names if len(names) <= _MOST_QUEUES else ["*"]}
    AllowedRoutes.model_validate(body)
    return body


def _context_path(source: Source, notes: Notes) -> dict[str, Any]:
    path, field = source.config.context_path, SparkGatewaySpec.model_fields["context_path"]
    if path == field.default:
        return {}
    if fitting(Annotated[str, *field.metadata], path):
        return {"contextPath": path}
    notes.add(("applicationContextPath",), f"is no path that a gateway can have: {field.default} is served")
    return {}


def _cache(source: Source, notes: Notes) -> dict[str, Any]:
    asked = source.config.status_cache_millis
    chosen = min(max(asked, _LEAST_CACHE), _MOST_CACHE)
    if chosen != asked:
        message = f"{asked} becomes {chosen}: shorter ones cost two calls for every question, longer ones are too late"
        notes.add(("statusCacheExpireMillis",), message)
    return {} if chosen == _LEAST_CACHE else {"statusCacheExpireMillis": chosen}


def _images(source: Source, notes: Notes) -> dict[str, Any]:
    found = []
    for index, image in enumerate(source.config.images or ()):
        types = {
            TYPES[name.lower()] for name in (image.types if image else None) or () if name and name.lower() in TYPES
        }
        if image is None or not types or not fitting(ImageName, image.name) or not fitting(SparkVersion, image.version):
            message = "has no name, type or version that a gateway can have: left out"
            notes.add(("sparkImages", index), message)
            continue
        if len(types) < len(set(image.types or ())):
            notes.add(
                ("sparkImages", index, "types"),
                f"only {', '.join(sorted(types))} are types of jobs: the rest is left out",
            )
        found.append({"name": image.name, "types": sorted(types), "version": image.version})
    if len(found) > _MOST_IMAGES:
        notes.add(
            ("sparkImages",), f"has more than {_MOST_IMAGES} images: the last {len(found) - _MOST_IMAGES} are left out"
        )
    return {"images": found[:_MOST_IMAGES]} if found else {}


def _conf(source: Source, notes: Notes) -> dict[str, Any]:
    default = usable_conf(source.config.default_spark_conf, ("defaultSparkConf",), source.hidden, notes)
    found = {"defaultSparkConf": dict(sorted(default.items())[:64])} if default else {}
    written = source.document.get("fixedSparkConf")
    if not written:
        return found
    if source.config.profile == AWS_PIN:
        notes.add(("fixedSparkConf",), f"is ignored by the BPG of profile {AWS_PIN}, and left out")
        return found
    fixed = usable_conf(coerce.text_map(written, ()), ("fixedSparkConf",), source.hidden, notes)
    return found | ({"fixedSparkConf": dict(sorted(fixed.items())[:64])} if fixed else {})


def _note_left_out(source: Source, notes: Notes) -> None:
    mapped = {"allowedUsers", "applicationContextPath", "defaultSparkConf", "fixedSparkConf", "queues", "sparkClusters"}
    mapped |= {"sparkImages", "statusCacheExpireMillis"} | EXTRA
    for name in source.document:
        if name == "queueTokenSOPS":
            message = "is not copied: the operator makes keys of its own, and writes a token for every secure route"
            notes.add((name,), f"{message}; tokens of the old keys are not valid at the new gateway")
        elif name in DEAD:
            notes.add((name,), "is read by no code of BPG's: left out")
        elif name in OWNED and name not in mapped:
            notes.add((name,), "is left out: the operator writes it")
        elif name not in mapped:
            notes.add((source.hidden.masked(str(name)),), "is ignored by BPG, and left out")


def _extra(source: Source, options: Options, notes: Notes) -> dict[str, Any]:
    found = {}
    for name in sorted(EXTRA & source.document.keys()):
        value = _without_secrets(source.document[name], (name,), source, options, notes)
        if value not in (None, {}, []):
            found[name] = value
    return found


def _without_secrets(value: Any, path: tuple[str | int, ...], source: Source, options: Options, notes: Notes) -> Any:
    """Return a member as it was written, without what is or may be a secret; references stay."""
    if isinstance(value, Mapping):
        members = {
            str(name): _without_secrets(member, (*path, str(name)), source, options, notes)
            for name, member in value.items()
        }
        return {name: member for name, member in members.items() if member is not None}
    if isinstance(value, list):
        items = [_without_secrets(item, (*path, index), source, options, notes) for index, item in enumerate(value)]
        return [item for item in items if item is not None]
    if not isinstance(value, str):
        return value
    reference = REFERENCE.fullmatch(value)
    if reference and reference[1] not in ("", options.namespace):
        notes.add(path, f"refers to another namespace: copy Secret {reference[2]} into {options.namespace}")
        return f"k8s:secret:{options.namespace}:{reference[2]}:{reference[3]}"
    if source.hidden.is_secret(str(path[-1]), value):
        notes.add(path, "is or looks like a secret: left out; put it into a Secret and refer to it as k8s:secret:…")
        return None
    return value
