"""The layers of a job's Spark configuration and the options of its user interface, with the nulls that break them.

Lowest first: the gateway's defaults, the cluster's, the request's, the gateway's fixed ones, the application's name.
Source: apple/batch-processing-gateway, ApplicationSubmissionHelper.getSparkConf, getSparkUIConfiguration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.gateway import java
from localcloud.gateway.config import Cluster, Config
from localcloud.gateway.errors import null
from localcloud.gateway.jackson import TextMap
from localcloud.gateway.request import Request

PLACEHOLDER = "{spark-application-resource-name}"
RANGER_SWITCH = "RangerOnCustomImage"
RANGER_KEYS = ("spark.sql.extensions", "spark.ranger.plugin.spark.env")


def spark_conf(config: Config, cluster: Cluster, request: Request, submission: str) -> TextMap:
    """Return `spec.sparkConf`.

    Args:
        config: The gateway's file.
        cluster: That was chosen.
        request: The submission.
        submission: Its id, for the placeholder.

    Raises:
        BpgError: A null among the defaults.
    """
    found: dict[str, str | None] = {}
    for key, value in _defaults(config.default_conf or {}, request).items():
        if value is None:
            raise null(f"value of {key}")
        found[key] = value.replace(PLACEHOLDER, submission)
    for key, value in (cluster.spark_conf or {}).items():
        found[key] = None if value is None else value.replace(PLACEHOLDER, submission)
    found.update(request.spark_conf or {})
    found.update(config.fixed_conf or {})
    if request.application_name:
        found["spark.app.name"] = request.application_name
    return found


def _defaults(defaults: TextMap, request: Request) -> TextMap:
    switch = defaults.get(RANGER_SWITCH)
    if request.image is None or (switch is not None and java.same(switch, "On")):
        return defaults
    return {key: value for key, value in defaults.items() if key not in RANGER_KEYS}


def ui_options(cluster: Cluster, submission: str) -> Mapping[str, Any] | None:
    """Return `spec.sparkUIOptions`, as `spark_conf`."""
    options = cluster.ui_options
    if options is None:
        return None
    found: dict[str, Any] = {}
    if options.get("servicePort") is not None:
        found["servicePort"] = options["servicePort"]
    if isinstance(annotations := options.get("ingressAnnotations"), dict):
        if None in annotations.values():
            raise null("value of an ingress annotation")
        found["ingressAnnotations"] = {
            key: str(value).replace(PLACEHOLDER, submission) for key, value in annotations.items()
        }
    if isinstance(entries := options.get("ingressTLS"), list):
        if any(entry is None or entry.get("hosts") is None for entry in entries):
            raise null("hosts of an ingress")
        found["ingressTLS"] = entries
    return found
