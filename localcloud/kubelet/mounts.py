"""A pod's volumes as directories, filled as the kubelet fills them; for this user's eyes alone.

Secrets, ConfigMaps, the downward API, projected tokens and empty directories. They are written once, when the pod
starts: a change of a Secret is not carried into a running pod. Tokens last for a day and are not renewed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from localcloud.kube.rest import Rest
from localcloud.kubelet.images import Mounts
from localcloud.launcher import TOKEN_SECONDS
from localcloud.podenv import PodIdentity

Body = Mapping[str, Any]
Files = Iterable[tuple[str, bytes]]
"""Paths below the volume, and contents."""

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"


class NotMountedError(RuntimeError):
    """Something that a volume needs is not there; the pod waits for it."""


class Volumes:
    """Makes the volumes of one pod below a directory.

    Args:
        api: reads Secrets and ConfigMaps and asks for tokens.
        pod: as the API server returned it.
        identity: answers for the downward API.
        directory: exists and is empty.
    """

    def __init__(self, api: Rest, pod: Body, identity: PodIdentity, directory: Path) -> None:
        self._api = api
        self._pod = pod
        self._identity = identity
        self._directory = directory

    def make(self) -> None:
        """Write all volumes; what was written before is written again.

        Raises:
            NotMountedError: a Secret, a ConfigMap or a key is missing, or the kind of volume is unknown here.
        """
        for volume in self._pod["spec"].get("volumes", ()):
            place = self._directory / "volumes" / volume["name"]
            place.mkdir(parents=True, exist_ok=True)
            for path, content in self._files(volume):
                _write(place / path, content)

    def mounts(self, container: Body) -> Mounts:
        """Return where the volumes are that a container mounts."""
        root = self._directory / "root"
        root.mkdir(exist_ok=True)
        places = {
            mount["mountPath"]: self._directory / "volumes" / mount["name"] / mount.get("subPath", "")
            for mount in container.get("volumeMounts", ())
        }
        return Mounts(places, root)

    def _files(self, volume: Body) -> Files:
        match volume:
            case {"emptyDir": _}:
                return ()
            case {"secret": source}:
                return self._secret({**source, "name": source["secretName"]})
            case {"configMap": source}:
                return self._config_map(source)
            case {"downwardAPI": source}:
                return self._downward(source)
            case {"projected": {"sources": sources}}:
                return [file for source in sources for file in self._projected(source)]
        raise NotMountedError(f"the kubelet stand-in knows no volume such as {volume['name']}: {sorted(volume)}")

    def _projected(self, source: Body) -> Files:
        match source:
            case {"serviceAccountToken": asked}:
                return [(asked["path"], self._token(asked).encode())]
            case {"secret": inner}:
                return self._secret(inner)
            case {"configMap": inner}:
                return self._config_map(inner)
            case {"downwardAPI": inner}:
                return self._downward(inner)
        raise NotMountedError(f"the kubelet stand-in knows no projection of {sorted(source)}")

    def _secret(self, source: Body) -> Files:
        found = self._read("secrets", source)
        data = {key: base64.b64decode(value) for key, value in (found.get("data") or {}).items()}
        return _chosen(source, data, f'secret "{source["name"]}"')

    def _config_map(self, source: Body) -> Files:
        found = self._read("configmaps", source)
        data = {key: value.encode() for key, value in (found.get("data") or {}).items()}
        data |= {key: base64.b64decode(value) for key, value in (found.get("binaryData") or {}).items()}
        return _chosen(source, data, f'configmap "{source["name"]}"')

    def _downward(self, source: Body) -> Files:
        try:
            return [
                (item["path"], self._identity.field(item["fieldRef"]["fieldPath"]).encode())
                for item in source.get("items", ())
            ]
        except (KeyError, ValueError) as unknown:
            raise NotMountedError(f"downwardAPI: {unknown}") from unknown

    def _read(self, plural: str, source: Body) -> Body:
        answer = self._api.get(f"/api/v1/namespaces/{self._identity.namespace}/{plural}/{source['name']}")
        if answer.ok:
            found: Body = answer.body
            return found
        if source.get("optional"):
            return {}
        raise NotMountedError(f'{plural[:-1]} "{source["name"]}" not found')

    def _token(self, asked: Body) -> str:
        """Ask for a token that ends with the pod (TokenRequest, authentication.k8s.io/v1)."""
        own = self._pod["metadata"]
        bound = {"apiVersion": "v1", "kind": "Pod", "name": own["name"], "uid": own["uid"]}
        audiences = [asked["audience"]] if asked.get("audience") else []
        spec = {"expirationSeconds": TOKEN_SECONDS, "boundObjectRef": bound, "audiences": audiences}
        account = f"/api/v1/namespaces/{own['namespace']}/serviceaccounts/{self._identity.service_account}"
        answer = self._api.post(f"{account}/token", {"spec": spec})
        if not answer.ok:
            raise NotMountedError(f"no token for {self._identity.service_account}: {answer.body}")
        return str(answer.body["status"]["token"])


def _chosen(source: Body, data: Mapping[str, bytes], what: str) -> Iterator[tuple[str, bytes]]:
    """Yield all keys, or those that `items` names under the paths that it gives them."""
    if "items" not in source:
        yield from data.items()
        return
    for item in source["items"]:
        if item["key"] in data:
            yield item["path"], data[item["key"]]
        elif not source.get("optional"):
            raise NotMountedError(f"{what} has no key {item['key']}")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
