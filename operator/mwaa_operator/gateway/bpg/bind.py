"""From a parsed file to the configuration that BPG holds, or why it does not start. Pure.

Unknown keys are dropped in silence, as BPG does; broken entries that only show when somebody asks for them are kept.
What is not a matter of the file (a port in use, an unreachable database) is not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mwaa_operator.gateway.bpg import coerce
from mwaa_operator.gateway.bpg.coerce import Path, UnbindableError
from mwaa_operator.gateway.bpg.config import Cluster, Config, Image, Queue, StartFailure
from mwaa_operator.gateway.bpg.dropwizard import check_blocks, invalid_block
from mwaa_operator.gateway.bpg.profile import Profile

_CLASS = "com.apple.spark.AppConfig"
_TLS = "com.apple.spark.operator.IngressTLS"
_VOLUME = "com.apple.spark.operator.Volume"
_TEXTS = ("s3Bucket", "s3Folder", "sparkLogS3Bucket", "sparkLogIndex", "sparkHistoryDns", "sparkHistoryUrl")
_DEAD_TEXTS = ("gatewayDns", "eksCluster")
_CLUSTER_TEXTS = ("userName", "httpProxy", "httpsProxy", "sparkServiceAccount", "batchScheduler", "sparkUIUrl")
_QUEUE_TEXTS = ("driverNodeLabelKey", "executorNodeLabelKey", "zonePickerName")
_DATABASE_NAME = re.compile(r"[0-9a-zA-Z$_]*")


def bind(document: Any, *, profile: Profile) -> Config | StartFailure:
    """Bind a file as BPG does at its start.

    Args:
        document: What `read` made of the file: mappings, lists and scalars, None if it is empty, or its failure.
        profile: The revision that reads it.

    Returns:
        The configuration, or what stops the start. Never raises, whatever the document is.
    """
    if isinstance(document, StartFailure):
        return document
    if document is None:
        return StartFailure("", "Configuration at the file must not be empty")
    try:
        config = _config(document, profile)
        return invalid_block(document) or config
    except UnbindableError as end:
        path = coerce.dotted(end.path)
        place = f" at: {path}" if path else ""
        detail = f"; {end.detail}" if end.detail else ""
        return StartFailure(path, f"{end.summary}{place}{detail}")


def _config(document: Any, profile: Profile) -> Config:
    given = coerce.mapping(document, (), _CLASS) or {}
    members = {key: item for key, item in given.items() if key not in profile.unknown_fields}
    check_blocks(members, profile)
    _check_unread(members)
    tokens = coerce.mapping(members.get("queueTokenSOPS"), ("queueTokenSOPS",), f"{_CLASS}$QueueTokenConfig")
    cache = coerce.boxed_int64(members.get("statusCacheExpireMillis"), ("statusCacheExpireMillis",))

    def many(key: str, one: Any, of: str) -> Any:
        return coerce.many(members.get(key), (key,), one, of=f"{_CLASS}${of}")

    return Config(
        profile,
        clusters=many("sparkClusters", _cluster, "SparkCluster"),
        images=many("sparkImages", _image, "SparkImage"),
        queues=many("queues", lambda value, path: _queue(value, path, profile), "QueueConfig"),
        has_token_secrets=tokens is not None,
        token_secrets=coerce.texts((tokens or {}).get("secrets"), ("queueTokenSOPS", "secrets")),
        allowed_users=coerce.texts(members.get("allowedUsers"), ("allowedUsers",)),
        blocked_users=coerce.texts(members.get("blockedUsers"), ("blockedUsers",)),
        default_spark_conf=coerce.text_map(members.get("defaultSparkConf"), ("defaultSparkConf",)),
        status_cache_millis=990 if cache is None else cache,
        context_path=coerce.text(members.get("applicationContextPath"), ("applicationContextPath",)) or "/skatev2",
    )


def _check_unread(members: Mapping[str, Any]) -> None:
    """Raise for a field that no request reads, but whose type is wrong all the same."""
    for key in (*_TEXTS, *_DEAD_TEXTS):
        coerce.text(members.get(key), (key,))
    coerce.texts(members.get("adminUsers"), ("adminUsers",))
    coerce.int32(members.get("batchFileLimit"), ("batchFileLimit",))
    for key in ("memoryMbSecondCost", "vCoreSecondCost"):
        coerce.boxed_double(members.get(key), (key,))
    coerce.text_map(members.get("fixedSparkConf"), ("fixedSparkConf",))
    _check_database(coerce.mapping(members.get("dbStorageSOPS"), ("dbStorageSOPS",), f"{_CLASS}$DBStorage"))


def _check_database(members: Mapping[str, Any] | None) -> None:
    """Raise for a name that BPG refuses at its start, whether or not it is to connect; null is its default."""
    read = _reader(members or {}, ("dbStorageSOPS",))
    for key in ("connectionString", "user", "password"):
        read(key, coerce.text)
    name = read("dbName", coerce.text)
    if not _DATABASE_NAME.fullmatch(name or ""):
        raise UnbindableError(("dbStorageSOPS", "dbName"), "Invalid database name", coerce.quoted(name))


def _cluster(value: Any, path: Path) -> Cluster:
    members = coerce.mapping(value, path, f"{_CLASS}$SparkCluster") or {}
    read = _reader(members, path)
    for key in _CLUSTER_TEXTS:
        read(key, coerce.text)
    for key in ("driver", "executor"):
        coerce.mapping(members.get(key), (*path, key), f"com.apple.spark.operator.{key.title()}Spec")
    coerce.many(members.get("volumes"), (*path, "volumes"), _volume, of=_VOLUME)
    return Cluster(
        id=read("id", coerce.text),
        weight=read("weight", coerce.int32),
        queues=read("queues", coerce.texts),
        spark_versions=read("sparkVersions", coerce.texts),
        master_url=read("masterUrl", coerce.text),
        namespace=read("sparkApplicationNamespace", coerce.text),
        user_token=read("userTokenSOPS", coerce.text),
        ca_data=read("caCertDataSOPS", coerce.text),
        ttl_seconds=read("ttlSeconds", coerce.boxed_int64),
        timeout_millis=read("timeoutMillis", coerce.boxed_int64),
        eks_cluster=read("eksCluster", coerce.text),
        spark_conf=read("sparkConf", coerce.text_map),
        **read("sparkUIOptions", _interface),
    )


def _interface(value: Any, path: Path) -> dict[str, Any]:
    """Return what a request reads of `sparkUIOptions`."""
    read = _reader(coerce.mapping(value, path, "com.apple.spark.operator.SparkUIConfiguration") or {}, path)
    read("servicePort", coerce.boxed_int32)
    return {
        "ui_annotations": read("ingressAnnotations", coerce.text_map),
        "ui_tls": read("ingressTLS", lambda value, path: coerce.many(value, path, _has_hosts, of=_TLS)),
    }


def _has_hosts(value: Any, path: Path) -> bool:
    read = _reader(coerce.mapping(value, path, _TLS) or {}, path)
    read("secretName", coerce.text)
    return read("hosts", coerce.texts) is not None


def _volume(value: Any, path: Path) -> dict[str, Any] | None:
    return coerce.mapping(value, path, _VOLUME)


def _image(value: Any, path: Path) -> Image:
    read = _reader(coerce.mapping(value, path, f"{_CLASS}$SparkImage") or {}, path)
    return Image(read("name", coerce.text), read("types", coerce.texts), read("version", coerce.text))


def _queue(value: Any, path: Path, profile: Profile) -> Queue:
    given = coerce.mapping(value, path, f"{_CLASS}$QueueConfig") or {}
    members = {key: item for key, item in given.items() if key not in profile.unknown_fields}
    read = _reader(members, path)

    def buffer(key: str) -> float:
        return coerce.ratio(members[key], (*path, key)) if key in members else 1.0

    for key in _QUEUE_TEXTS:
        read(key, coerce.text)
    return Queue(
        name=read("name", coerce.text),
        secure=read("secure", coerce.boxed_bool),
        users=read("users", coerce.texts),
        max_running_millis=read("maxRunningMillis", coerce.boxed_int64),
        max_executor_instances=read("maxExecutorInstances", coerce.boxed_int32),
        driver_values=read("driverNodeLabelValues", coerce.texts),
        executor_values=read("executorNodeLabelValues", coerce.texts),
        executor_spot_values=read("executorSpotNodeLabelValues", coerce.texts),
        driver_cpu_ratio=buffer("driverCPUBufferRatio"),
        executor_cpu_ratio=buffer("executorCPUBufferRatio"),
        driver_memory_ratio=buffer("driverMemBufferRatio"),
        executor_memory_ratio=buffer("executorMemBufferRatio"),
        allowed_zones=read("allowedZones", coerce.texts),
    )


def _reader(members: Mapping[str, Any], path: Path) -> Callable[[str, Callable[[Any, Path], Any]], Any]:
    """Return a function that binds one member of an object, null if it is not there."""
    return lambda key, one: one(members.get(key), (*path, key))
