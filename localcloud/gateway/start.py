"""From the text of a file to what BPG starts with, or to the reason why it does not start.

Everything that is not refused here starts green and breaks per request. Source: apple/batch-processing-gateway,
AppConfig; Dropwizard's messages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from localcloud.gateway import dropwizard, jackson
from localcloud.gateway.config import Cluster, Config, Image, Queue, Tokens
from localcloud.gateway.dropwizard import UnknownKeyError
from localcloud.gateway.errors import StartFailureError
from localcloud.gateway.jackson import Convert, Place, WrongTypeError
from localcloud.gateway.profile import Profile
from localcloud.gateway.yamltext import parse

Fields = Mapping[str, tuple[str, Convert[Any]]]

_CLUSTER: Fields = {
    "id": ("id", jackson.text),
    "weight": ("weight", jackson.integer),
    "queues": ("queues", jackson.texts),
    "sparkVersions": ("spark_versions", jackson.texts),
    "masterUrl": ("master_url", jackson.text),
    "userTokenSOPS": ("user_token", jackson.text),
    "caCertDataSOPS": ("ca_cert", jackson.text),
    "timeoutMillis": ("timeout_millis", jackson.boxed_long),
    "sparkApplicationNamespace": ("namespace", jackson.text),
    "sparkServiceAccount": ("service_account", jackson.text),
    "batchScheduler": ("batch_scheduler", jackson.text),
    "ttlSeconds": ("ttl_seconds", jackson.boxed_long),
    "sparkUIUrl": ("ui_url", jackson.text),
    "sparkConf": ("spark_conf", jackson.text_map),
    "sparkUIOptions": ("ui_options", jackson.members),
    "volumes": ("volumes", jackson.many(jackson.members)),
    "driver": ("driver", jackson.members),
    "executor": ("executor", jackson.members),
}
_QUEUE: Fields = {
    "name": ("name", jackson.text),
    "secure": ("secure", jackson.boxed_boolean),
    "users": ("users", jackson.texts),
    "maxRunningMillis": ("max_running_millis", jackson.boxed_long),
    "maxExecutorInstances": ("max_executors", jackson.boxed_integer),
    "driverNodeLabelKey": ("driver_label_key", jackson.text),
    "driverNodeLabelValues": ("driver_label_values", jackson.texts),
    "executorNodeLabelKey": ("executor_label_key", jackson.text),
    "executorNodeLabelValues": ("executor_label_values", jackson.texts),
    "executorSpotNodeLabelValues": ("spot_label_values", jackson.texts),
    "driverCPUBufferRatio": ("driver_cpu", jackson.ratio),
    "driverMemBufferRatio": ("driver_memory", jackson.ratio),
    "executorCPUBufferRatio": ("executor_cpu", jackson.ratio),
    "executorMemBufferRatio": ("executor_memory", jackson.ratio),
    "allowedZones": ("zones", jackson.texts),
}
_IMAGE: Fields = {
    "name": ("name", jackson.text),
    "types": ("types", jackson.texts),
    "version": ("version", jackson.text),
}
_DATABASE = re.compile(r"[0-9a-zA-Z$_]+")


def load(text: str, profile: Profile) -> Config:
    """Return what BPG holds after it started from a file.

    Args:
        text: YAML or JSON.
        profile: Which BPG.

    Raises:
        StartFailureError: It does not start.
    """
    return bind(parse(text), profile)


def bind(document: Any, profile: Profile) -> Config:
    """Return the configuration of a document, as `load`."""
    if not document and not isinstance(document, dict):
        raise StartFailureError("", "Configuration at the file must not be empty")
    try:
        found = jackson.members(document, ()) or {}
        config = _config({key: value for key, value in found.items() if key not in profile.unread}, profile)
    except WrongTypeError as wrong:
        what = f"Failed to parse configuration at: {wrong.path}; no {wrong.wanted}"
        raise StartFailureError(wrong.path, what) from wrong
    except UnknownKeyError as unknown:
        raise StartFailureError(unknown.path, f"Unrecognized field at: {unknown.path}") from unknown
    dropwizard.validate(found)
    _check_database(found)
    return config


def _config(document: Mapping[str, Any], profile: Profile) -> Config:
    dropwizard.check(document)
    queue = {key: field for key, field in _QUEUE.items() if key not in profile.unread}
    fields: Fields = {
        "applicationContextPath": ("context_path", jackson.text),
        "sparkClusters": ("clusters", jackson.many(jackson.made(Cluster, _CLUSTER))),
        "queues": ("queues", jackson.many(jackson.made(Queue, queue))),
        "sparkImages": ("images", jackson.many(jackson.made(Image, _IMAGE))),
        "queueTokenSOPS": ("tokens", _tokens),
        "defaultSparkConf": ("default_conf", jackson.text_map),
        "fixedSparkConf": ("fixed_conf", jackson.text_map),
        "allowedUsers": ("allowed_users", jackson.texts),
        "blockedUsers": ("blocked_users", jackson.texts),
        "statusCacheExpireMillis": ("status_cache_millis", jackson.boxed_long),
    }
    for name in ("memoryMbSecondCost", "vCoreSecondCost"):
        jackson.boxed_double(document.get(name), (name,))
    for name in ("s3Bucket", "s3Folder", "sparkLogS3Bucket", "sparkHistoryDns", "sparkHistoryUrl"):
        jackson.text(document.get(name), (name,))
    jackson.texts(document.get("adminUsers"), ("adminUsers",))
    application, admin = dropwizard.connectors(document)
    values = {fields[key][0]: fields[key][1](item, (key,)) for key, item in document.items() if key in fields}
    # A null does not undo the prefix that the code gives: BPG falls back to it.
    values["context_path"] = values.get("context_path") or "/skatev2"
    return Config(profile=profile, application=application, admin=admin, health=dropwizard.health(document), **values)


def _tokens(value: Any, place: Place) -> Tokens | None:
    if value is None:
        return None
    return jackson.made(Tokens, {"secrets": ("secrets", jackson.texts)})(value, place)


def _check_database(document: Mapping[str, Any]) -> None:
    """A name of a database that BPG would not put into a statement stops it, with or without a connection string."""
    name = (document.get("dbStorageSOPS") or {}).get("dbName")
    if name is not None and not _DATABASE.fullmatch(str(name)):
        raise StartFailureError("dbStorageSOPS.dbName", f"Invalid database name: {name}")
