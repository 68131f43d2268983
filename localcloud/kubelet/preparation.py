"""From a container of a pod's spec to the program that is started for it: files, environment, kubeconfig, command.

It blocks on the API server and on files, so it is called in threads. It starts nothing.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from localcloud.kube.kubeconfig import write_kubeconfig
from localcloud.kubelet.images import Image, Launch, Surroundings, expand
from localcloud.kubelet.mounts import TOKEN_PATH, Volumes
from localcloud.kubelet.world import NODE, Body, World
from localcloud.podenv import PodIdentity, container_environment


class Preparation:
    """Makes what the containers of one pod need, below a directory of its own.

    Args:
        pod: as the API server returned it.
        ip: the pod's address.
        world: the node's.
    """

    def __init__(self, pod: Body, ip: str, world: World) -> None:
        self._pod = pod
        self._ip = ip
        self._world = world
        self._directory = world.household.directory / "pods" / pod["metadata"]["uid"]
        self._identity = identity(pod, ip)
        self._volumes = Volumes(world.rest, pod, self._identity, self._directory)

    def make_volumes(self) -> None:
        """Write the pod's volumes.

        Raises:
            NotMountedError: something that they need is missing.
            OSError: the API server did not answer.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        self._volumes.make()

    def remove(self) -> None:
        """Remove everything that was made."""
        shutil.rmtree(self._directory, ignore_errors=True)

    def launch(self, container: Body, image: Image) -> Launch:
        """Return what to run for a container.

        Raises:
            RefusedError: the program would not start like this.
            LookupError, ValueError: something that its environment refers to is missing, or cannot be had here.
        """
        if self._pod["spec"].get("initContainers"):
            raise ValueError("the kubelet stand-in runs no init containers")
        mounts = self._volumes.mounts(container)
        server = urlsplit(self._world.server)
        env = {
            "KUBERNETES_SERVICE_HOST": server.hostname or "",
            "KUBERNETES_SERVICE_PORT": str(server.port or 443),
            **self._kubeconfig(mounts.locate(f"{TOKEN_PATH}/token"), container["name"]),
            **container_environment(container, self._identity, read=self._read),
        }
        command = expand((*container.get("command", ()), *container.get("args", ())), env)
        return image(Surroundings(command, env, mounts, self._ip, self._pod, container))

    def _kubeconfig(self, token: Path, name: str) -> dict[str, str]:
        """Return KUBECONFIG if the container mounts a token: clients look for mounted files at paths we cannot have."""
        if not token.exists():
            return {}
        path = write_kubeconfig(
            self._directory / f"{name}.kubeconfig",
            server=self._world.server,
            authority=self._world.authority,
            token=token.read_text(),
            namespace=self._identity.namespace,
        )
        return {"KUBECONFIG": str(path)}

    def _read(self, path: str) -> Any:
        try:
            answer = self._world.rest.get(path)
        except OSError as silence:
            raise LookupError(f"{path}: {silence}") from silence
        if not answer.ok:
            raise LookupError(f"{path}: {answer.body}")
        return answer.body


def identity(pod: Body, ip: str) -> PodIdentity:
    """Return what the downward API knows of a pod on this node."""
    own, spec = pod["metadata"], pod["spec"]
    labelled = {
        f"metadata.{kind}['{key}']": value
        for kind in ("labels", "annotations")
        for key, value in own.get(kind, {}).items()
    }
    here = {"metadata.uid": own["uid"], "status.podIP": ip, "status.hostIP": "127.0.0.1", "spec.nodeName": NODE}
    return PodIdentity(own["namespace"], own["name"], spec.get("serviceAccountName", "default"), {**labelled, **here})
