"""Objects of Kubernetes' own kinds that the operator makes for one of ours: Deployments, Pods, Secrets and the like.

One door for all of them, by apiVersion and kind, so that each is read fresh, written by server-side apply and deleted
by uid. It does not know what the objects are for, decides nothing, and tells nobody the contents of a Secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from mwaa_operator.api.meta import FIELD_MANAGER
from mwaa_operator.kube.errors import Conflict, NotFound
from mwaa_operator.kube.paths import path
from mwaa_operator.kube.transport import APPLY, JSON, METADATA_LIST, Transport

Body = dict[str, Any]

PLURALS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("apps/v1", "Deployment"): "deployments",
        ("v1", "Pod"): "pods",
        ("v1", "Secret"): "secrets",
        ("v1", "Service"): "services",
        ("v1", "ServiceAccount"): "serviceaccounts",
        ("rbac.authorization.k8s.io/v1", "Role"): "roles",
        ("rbac.authorization.k8s.io/v1", "RoleBinding"): "rolebindings",
        ("policy/v1", "PodDisruptionBudget"): "poddisruptionbudgets",
        ("networking.k8s.io/v1", "NetworkPolicy"): "networkpolicies",
    }
)
"""Every kind that the operator may own, with its name in URLs. All are namespaced."""

PAGE = 50
"""Objects per page of a list: a Secret may have a megabyte."""


class OwnedObjects:
    """Reads and writes of the objects that belong to one of ours; safe for use by many threads.

    Every method raises KeyError for a kind that is not in `PLURALS`, and Rejected for a name that is no name.

    Args:
        transport: The connection to the API server.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, api_version: str, kind: str, namespace: str, name: str) -> Body | None:
        """Return an object as etcd has it now, whoever made it, or None.

        Raises:
            Forbidden: We may not read it.
            KubeError: It could not be read.
        """
        try:
            body: Body = self._transport.read(_collection(api_version, kind, namespace) + path(name))
        except NotFound:
            return None
        return body

    def list(self, api_version: str, kind: str, namespace: str, labels: Mapping[str, str]) -> list[Body]:
        """Return the objects of a namespace that carry all these labels, as etcd has them now; none is left out.

        Args:
            api_version: As in `PLURALS`.
            kind: As in `PLURALS`.
            namespace: Where; one that does not exist has no objects.
            labels: What is ours; at least one.

        Raises:
            ValueError: No labels: everything of the namespace would be read, also what is not ours.
            Forbidden: We may not list them.
            KubeError: A page could not be read; what was read before it is not returned.
        """
        names = {"apiVersion": api_version, "kind": kind}
        return [{**names, **item} for item in self._items(_collection(api_version, kind, namespace), labels, JSON)]

    def versions(
        self, api_version: str, kind: str, namespace: str, labels: Mapping[str, str]
    ) -> dict[str, tuple[str, str]]:
        """Return uid and resourceVersion of the same objects by name, without reading their contents.

        Raises:
            ValueError, Forbidden, KubeError: As `list`.
        """
        items = self._items(_collection(api_version, kind, namespace), labels, METADATA_LIST)
        metadata = [item["metadata"] for item in items]
        return {meta["name"]: (meta["uid"], meta["resourceVersion"]) for meta in metadata}

    def apply(self, body: Mapping[str, Any]) -> Body:
        """Make an object so, by server-side apply, and return it as it is afterwards.

        It is made if it is not there. A member that we applied before and leave out now goes; those of others stay,
        and where others wrote what we say, ours wins. What is so already moves no resourceVersion.

        Args:
            body: All that we say of the object. With `metadata.resourceVersion` it is written onto that state alone:
                never onto a newer one or a namesake, and nothing is made. A uid alone protects nothing.

        Raises:
            Conflict: The object is not what was planned on any more: read again and plan again.
            NotFound: Its namespace is not there.
            Forbidden: We may not write it, or it would grant what we do not hold ourselves.
            Rejected: The server refuses the content.
            KubeError: Anything else, also a member that the server does not know; after Unavailable it may have been
                written.
        """
        query = {"fieldManager": FIELD_MANAGER, "force": "true"}
        said = self._bound(body) if "resourceVersion" in body["metadata"] else body
        written: Body = self._transport.mutate("PATCH", _item(body), said, content_type=APPLY, query=query)
        return written

    def create(self, body: Mapping[str, Any]) -> Body:
        """Make an object that is not there and return it as stored.

        Args:
            body: The whole object.

        Raises:
            AlreadyExists: There is one of that name, whoever made it; it may be one that is being deleted.
            NotFound: Its namespace is not there.
            Forbidden: We may not make it, or a quota or admission refuses it.
            Rejected: The server refuses the content.
            KubeError: Anything else; after Unavailable it may have been made.
        """
        collection = _collection(body["apiVersion"], body["kind"], body["metadata"]["namespace"])
        # A member that the server does not know would be dropped, and something else than meant ran.
        query = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"}
        created: Body = self._transport.mutate("POST", collection, body, query=query)
        return created

    def delete(self, body: Mapping[str, Any], *, grace: int | None = None, unchanged: bool = False) -> None:
        """Delete an object that was read; that it is gone already is success. What it owns goes in the background.

        Args:
            body: The object; nothing but what has its uid is deleted.
            grace: Seconds that a Pod gets to end, instead of those in its spec; 0 waits for no kubelet.
            unchanged: Whether it also has to be at the resourceVersion of `body`. Not for Pods: their status moves.

        Raises:
            Conflict: Another object has that name now, or (with `unchanged`) it moved on.
            Forbidden: We may not delete it.
            KubeError: Anything else; after Unavailable it may have been deleted.
        """
        expected = ("uid", "resourceVersion") if unchanged else ("uid",)
        options: Body = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": {name: body["metadata"][name] for name in expected},
            "propagationPolicy": "Background",
        }
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        try:
            self._transport.mutate("DELETE", _item(body), options)
        except NotFound:
            return

    def _bound(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a body with the uid of the object that it is planned on, so that no write ever makes it anew.

        The API server makes an object that is not there even if the body has a resourceVersion; a uid it refuses then.
        """
        meta = body["metadata"]
        if "uid" in meta:
            return body
        live = self.get(body["apiVersion"], body["kind"], meta["namespace"], meta["name"])
        if live is None or live["metadata"]["resourceVersion"] != meta["resourceVersion"]:
            raise Conflict(f"{_item(body)} is not what was planned on any more", status=409)
        return {**body, "metadata": {**meta, "uid": live["metadata"]["uid"]}}

    def _items(self, collection: str, labels: Mapping[str, str], accept: str) -> Iterator[Body]:
        if not labels:
            raise ValueError(f"{collection}: name the labels of what is ours")
        selector = ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
        query = {"labelSelector": selector, "limit": str(PAGE)}
        while True:
            page = self._transport.read(collection, query, accept=accept)
            yield from page["items"] or ()
            if not (token := page["metadata"].get("continue")):
                return
            query = {**query, "continue": token}


def _collection(api_version: str, kind: str, namespace: str) -> str:
    plural = PLURALS[api_version, kind]
    group, _, version = api_version.rpartition("/")
    root = ("apis", group, version) if group else ("api", version)
    return path(*root, "namespaces", namespace, plural)


def _item(body: Mapping[str, Any]) -> str:
    meta = body["metadata"]
    return _collection(body["apiVersion"], body["kind"], meta["namespace"]) + path(meta["name"])
