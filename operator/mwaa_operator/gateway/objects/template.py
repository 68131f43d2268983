"""How the pods of a gateway are, everything but the file that they run: image, command, size, probes, rights. Pure.

The digest of it is part of a revision's name: a change here is proven and rolled like a change of the file. What is no
matter of pods (their number, the Service, who may connect) must not show in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mwaa_operator.api.fields import seconds
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.names import FILE_NAME
from mwaa_operator.gateway.objects.metadata import digest, labels, serving_pods
from mwaa_operator.gateway.objects.quantities import amounts
from mwaa_operator.gateway.render.document import HEALTH
from mwaa_operator.gateway.rules import mebibytes

CONTAINER: Final = "bpg"
FILE_VOLUME: Final = "file"
"""The volume that a revision adds: its Secret."""
FILE_DIRECTORY: Final = "/etc/app_config"
"""Where BPG's own start script has the file (BPG source, entrypoint.sh: CONFIG_FILE_PATH)."""
JAR: Final = "/gateway/target/bpg-release.jar"
"""Where the image has the program (BPG source, Dockerfile: WORKDIR /gateway, and Maven's target; the Dockerfiles of
both AWS samples are the same there)."""
MAIN_CLASS: Final = "com.apple.spark.BPGApplication"
PORT: Final = 8080
ADMIN_PORT: Final = 8081
"""Dropwizard's administration knows no user and can change log levels: in no Service, and open to nobody."""

LEAVE_SECONDS: Final = 30
"""How long a pod that is to end serves as before: so long a load balancer may go on sending to it."""

_HEAP_PERCENT: Final = 70
"""Of the memory limit: BPG keeps a thread for each connection of the last five minutes beside its heap."""
_GRACE_SECONDS: Final = 30
"""How long Dropwizard lets requests end that are under way (Dropwizard manual, server: shutdownGracePeriod)."""
_SPARE_SECONDS: Final = 5
_USER: Final = 1000
"""The user bpguser of the AWS samples' images; theirs and BPG's own let everybody read the program."""


def pod_template(gateway: SparkGateway) -> dict[str, Any]:
    """Return labels, annotations and spec of the pods; role, revision and the revision's volume are still to come.

    Args:
        gateway: Whose pods.
    """
    waiting = int(seconds(HEALTH["shutdownWaitPeriod"]))
    return {
        "metadata": {
            "labels": labels(gateway),
            "annotations": {"kubectl.kubernetes.io/default-container": CONTAINER},
        },
        "spec": {
            "serviceAccountName": gateway.metadata.name,
            # BPG reads the tokens of Spark clusters by it (BPG source: the `k8s:secret:` form of secrets).
            "automountServiceAccountToken": True,
            # No variables from Services: fabric8, BPG's client, takes its settings from variables too.
            "enableServiceLinks": False,
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": LEAVE_SECONDS + waiting + _GRACE_SECONDS + _SPARE_SECONDS,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _USER,
                "runAsGroup": _USER,
                "fsGroup": _USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "topologySpreadConstraints": [
                _spread(gateway, over) for over in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
            ],
            "containers": [_container(gateway)],
            "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}}],
        },
    }


def template_digest(template: Mapping[str, Any]) -> str:
    """Return 12 hexadecimal digits that change when, and only when, the pods must."""
    return digest(template)


def _container(gateway: SparkGateway) -> dict[str, Any]:
    resources = gateway.spec.resources
    return {
        "name": CONTAINER,
        "image": gateway.spec.image,
        "command": _command(mebibytes(resources.limits.memory)),
        "args": ["server", f"{FILE_DIRECTORY}/{FILE_NAME}"],
        "ports": [
            {"name": "http", "containerPort": PORT, "protocol": "TCP"},
            {"name": "admin", "containerPort": ADMIN_PORT, "protocol": "TCP"},
        ],
        "resources": {"requests": amounts(resources.requests), "limits": amounts(resources.limits)},
        **_probes(f"{gateway.spec.context_path}/health-check"),
        "lifecycle": {"preStop": {"sleep": {"seconds": LEAVE_SECONDS}}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [
            {"name": FILE_VOLUME, "mountPath": FILE_DIRECTORY, "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108  the container's own
        ],
    }


def _command(limit: int) -> list[str]:
    """Return what is run in place of the image's script: that one keeps signals from Java, and opens a JMX port.

    Without the two flags, BPG answers a Spark cluster's 401 with its own service account's token (BPG source,
    entrypoint.sh; fabric8 kubernetes-client, Config). No variable is set: KUBERNETES_AUTH_TOKEN would undo them, and
    fabric8 takes HTTP_PROXY and HTTPS_PROXY for Spark clusters too.

    Args:
        limit: Memory of the container, in MiB.
    """
    return [
        "java",
        f"-Xmx{limit * _HEAP_PERCENT // 100}m",
        # Without memory BPG would go on and fail what is asked of it; started anew it serves.
        "-XX:+ExitOnOutOfMemoryError",
        "-Dkubernetes.auth.tryServiceAccount=false",
        "-Dkubernetes.auth.tryKubeConfig=false",
        "-cp",
        JAR,
        MAIN_CLASS,
    ]


def _probes(readiness: str) -> dict[str, Any]:
    """Return the three probes.

    Liveness is asked of the administration, which has threads of its own: a dead Spark cluster may hold all of the
    API's for a while, and a restart would not make it live.
    """
    ready = {"path": readiness, "port": "http", "scheme": "HTTP"}
    alive = {"path": "/healthcheck", "port": "admin", "scheme": "HTTP"}
    return {
        "startupProbe": {"httpGet": ready, "periodSeconds": 1, "timeoutSeconds": 2, "failureThreshold": 120},
        "readinessProbe": {"httpGet": ready, "periodSeconds": 2, "timeoutSeconds": 3, "failureThreshold": 2},
        "livenessProbe": {"httpGet": alive, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6},
    }


def _spread(gateway: SparkGateway, over: str) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": over,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": serving_pods(gateway)},
        # Pods that are about to leave do not count.
        "matchLabelKeys": ["pod-template-hash"],
    }
