"""What a pass reads beside its own object: Secrets, ConfigMaps, namespaces, CRDs, and who this cluster is.

Contents come by a fresh `get` of one name: lists and watches of Secrets would need the right to read all of them.
"""

from __future__ import annotations

import base64
import threading
from typing import Any

from pydantic import SecretStr

from mwaa_operator.api.meta import WATCH_LABEL
from mwaa_operator.kube.errors import NotFound
from mwaa_operator.kube.paths import KindPaths, path
from mwaa_operator.kube.surroundings import Surroundings
from mwaa_operator.kube.transport import METADATA_LIST, Transport


class Cluster:
    """Reads of single objects that are not ours.

    Args:
        transport: The connection to the API server.
        paths: Names of our kinds.
        surroundings: Told of secrets that were read.
    """

    def __init__(self, transport: Transport, paths: KindPaths, surroundings: Surroundings) -> None:
        self._transport, self._paths, self._surroundings = transport, paths, surroundings
        self._lock = threading.Lock()
        self._cluster_id = ""

    def get_secret(self, namespace: str, name: str) -> dict[str, SecretStr] | None:
        """Return the values of a Secret, or None if there is none. Values that are not UTF-8 text are left out.

        Raises:
            Forbidden: We may not read it.
            KubeError: It could not be read, or the name is no name.
        """
        try:
            secret = self._transport.read(path("api", "v1", "namespaces", namespace, "secrets", name))
        except NotFound:
            return None
        texts = _texts(secret.get("data") or {})
        for text in texts.values():
            self._surroundings.secret_read(text)
        return {key: SecretStr(text) for key, text in texts.items()}

    def get_config_map(self, namespace: str, name: str) -> dict[str, bytes] | None:
        """Return the contents of a ConfigMap by key, texts as UTF-8, or None if there is none.

        Raises:
            Forbidden: We may not read it.
            KubeError: It could not be read, or the name is no name.
        """
        try:
            found = self._transport.read(path("api", "v1", "namespaces", namespace, "configmaps", name))
        except NotFound:
            return None
        texts = {key: text.encode() for key, text in (found.get("data") or {}).items()}
        return texts | {key: base64.b64decode(encoded) for key, encoded in (found.get("binaryData") or {}).items()}

    def watched_config_maps(self) -> dict[tuple[str, str], str]:
        """Return the resourceVersion of every ConfigMap that carries our label, by namespace and name.

        From the API server's own cache and without their contents: cheap enough to be asked often.

        Raises:
            Forbidden: We may not list them in all namespaces.
            KubeError: They could not be listed.
        """
        query = {"labelSelector": f"{WATCH_LABEL}=true", "resourceVersion": "0"}
        found = self._transport.read(path("api", "v1", "configmaps"), query, accept=METADATA_LIST)
        metadata = [item["metadata"] for item in found["items"] or ()]
        return {(meta["namespace"], meta["name"]): meta["resourceVersion"] for meta in metadata}

    def get_namespace(self, name: str) -> dict[str, Any] | None:
        """Return a namespace with its labels, or None.

        Raises:
            KubeError: It could not be read.
        """
        try:
            body: dict[str, Any] = self._transport.read(path("api", "v1", "namespaces", name))
        except NotFound:
            return None
        return body

    def crd_is_being_deleted(self, kind: str) -> bool:
        """Return whether the objects of a kind go because their CRD goes, in which case nothing in AWS may go.

        A CRD that is not there counts as gone: to retain what should have been deleted can be put right.

        Raises:
            KubeError: It could not be read: not known, so the caller has to wait and to say so.
        """
        name = self._paths.info(kind).crd_name
        try:
            crd = self._transport.read(path("apis", "apiextensions.k8s.io", "v1", "customresourcedefinitions", name))
        except NotFound:
            return True
        return "deletionTimestamp" in crd["metadata"]

    def cluster_id(self) -> str:
        """Return the uid of the namespace `kube-system`: the one identity that every cluster has and none shares.

        Raises:
            KubeError: It could not be read.
        """
        with self._lock:
            if not self._cluster_id:
                body = self._transport.read(path("api", "v1", "namespaces", "kube-system"))
                self._cluster_id = body["metadata"]["uid"]
            return self._cluster_id


def _texts(data: dict[str, str]) -> dict[str, str]:
    texts = {}
    for key, encoded in data.items():
        try:
            texts[key] = base64.b64decode(encoded).decode()
        except UnicodeDecodeError:
            continue
    return texts
