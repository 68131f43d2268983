"""The body of `POST /spark`: what Jackson makes of it, and what it refuses.

It is not a SparkApplication: an unknown member is refused at the top, and dropped inside `driver` and `executor`.
Source: apple/batch-processing-gateway, SubmitApplicationRequest, ApplicationSubmissionHelper.parseSubmitRequest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.gateway import jackson
from localcloud.gateway.config import Objects
from localcloud.gateway.errors import BpgError, StartFailureError, null
from localcloud.gateway.jackson import Convert, TextMap, Texts, WrongTypeError
from localcloud.gateway.yamltext import parse


@dataclass(frozen=True)
class Pod:
    """`driver` or `executor`.

    Attributes:
        kept: Members that the SparkApplication gets as they are.
    """

    cores: int | None = None
    core_limit: str | None = None
    memory: str | None = None
    instances: int | None = None
    service_account: str | None = None
    env: Objects | None = None
    labels: TextMap | None = None
    annotations: TextMap | None = None
    volume_mounts: Objects | None = None
    affinity: Mapping[str, Any] | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """A submission.

    Attributes:
        kept: Members that the SparkApplication gets as they are.
    """

    queue: str | None = None
    queue_token: str | None = field(default=None, repr=False)
    spark_version: str | None = None
    type: str | None = None
    main_class: str | None = None
    image: str | None = None
    cluster_id: str | None = None
    spot_instance: bool | None = None
    suffix: str | None = None
    application_name: str | None = None
    spark_conf: TextMap | None = None
    volumes: Objects | None = None
    driver: Pod | None = None
    executor: Pod | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def job_type(self) -> str:
        """What the job is written for."""
        return self.type or ("Java" if self.main_class else "Python")


_POD: Mapping[str, tuple[str, Convert[Any]]] = {
    "cores": ("cores", jackson.boxed_integer),
    "coreLimit": ("core_limit", jackson.text),
    "memory": ("memory", jackson.text),
    "instances": ("instances", jackson.boxed_integer),
    "serviceAccount": ("service_account", jackson.text),
    "env": ("env", jackson.many(jackson.members)),
    "labels": ("labels", jackson.text_map),
    "annotations": ("annotations", jackson.text_map),
    "volumeMounts": ("volume_mounts", jackson.many(jackson.members)),
    "affinity": ("affinity", jackson.members),
}
_POD_KEPT = frozenset(
    {
        "coreRequest",
        "memoryOverhead",
        "image",
        "terminationGracePeriodSeconds",
        "securityContext",
        "dnsConfig",
        "javaOptions",
        "podName",
        "kubernetesMaster",
        "deleteOnTermination",
    }
)


def _pod(value: Any, place: jackson.Place) -> Pod:
    found = jackson.members(value, place) or {}
    pod = jackson.made(Pod, _POD)(found, place)
    kept = {key: item for key, item in found.items() if key in _POD_KEPT and item is not None}
    return Pod(**{**pod.__dict__, "kept": kept})


_REQUEST: Mapping[str, tuple[str, Convert[Any]]] = {
    "queue": ("queue", jackson.text),
    "queueToken": ("queue_token", jackson.text),
    "sparkVersion": ("spark_version", jackson.text),
    "type": ("type", jackson.text),
    "mainClass": ("main_class", jackson.text),
    "image": ("image", jackson.text),
    "clusterId": ("cluster_id", jackson.text),
    "spotInstance": ("spot_instance", jackson.boxed_boolean),
    "submissionIdSuffix": ("suffix", jackson.text),
    "applicationName": ("application_name", jackson.text),
    "sparkConf": ("spark_conf", jackson.text_map),
    "volumes": ("volumes", jackson.many(jackson.members)),
    "driver": ("driver", lambda value, place: None if value is None else _pod(value, place)),
    "executor": ("executor", lambda value, place: None if value is None else _pod(value, place)),
}
_KEPT: Mapping[str, Convert[Texts | Mapping[str, Any] | str | None]] = {
    "mainApplicationFile": jackson.text,
    "arguments": jackson.texts,
    "deps": jackson.members,
    "pythonVersion": jackson.text,
    "imagePullPolicy": jackson.text,
    "restartPolicy": jackson.members,
}
_IGNORED = frozenset({"mode", "driverOverheadFactor", "executorOverheadFactor", "overheadFactor"})


def read_request(body: str, content_type: str) -> Request:
    """Return the submission that a body says.

    Args:
        body: Of the HTTP request.
        content_type: Its header; only whether it speaks of YAML counts.

    Raises:
        BpgError: BPG refuses it.
    """
    form = "YAML" if "yaml" in content_type.lower() else "JSON"
    try:
        found = _parsed(body, form)
        if found is None:
            raise null("request")
        return _bound(found)
    except (ValueError, RecursionError, StartFailureError) as refusal:
        words = f"com.fasterxml.jackson.core.JsonParseException: {refusal}"
        raise BpgError(400, f"Invalid {form} request: {words}") from refusal
    except WrongTypeError as wrong:
        words = f"com.fasterxml.jackson.databind.exc.MismatchedInputException: {wrong.path}: no {wrong.wanted}"
        raise BpgError(400, f"Invalid {form} request: {words}") from wrong


def _parsed(body: str, form: str) -> Any:
    # An empty body is no null: Jackson says "No content to map due to end-of-input".
    if not body.strip():
        raise ValueError("No content to map due to end-of-input")
    return parse(body) if form == "YAML" else json.loads(body)


def _bound(found: Any) -> Request:
    members = jackson.members(found, ()) or {}
    for key in members:
        if key not in _REQUEST and key not in _KEPT and key not in _IGNORED:
            raise ValueError(f'Unrecognized field "{key}" (class com.apple.spark.api.SubmitApplicationRequest)')
    request = jackson.made(Request, _REQUEST)(members, ())
    kept = {key: convert(members[key], (key,)) for key, convert in _KEPT.items() if members.get(key) is not None}
    return Request(**{**request.__dict__, "kept": kept})
