"""URL paths of the API server. Pure.

Every segment is quoted and checked, because names of Secrets come from tenants' specs: `../../other/secrets/x` must
never become a path of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.meta import GROUP, VERSION, ObjectKey
from mwaa_operator.kube.errors import Rejected


def path(*segments: str) -> str:
    """Return an absolute path of quoted segments.

    Raises:
        Rejected: A segment is empty, or one that HTTP clients resolve away (`.`, `..`).
    """
    for name in segments:
        if name in {"", ".", ".."}:
            raise Rejected(f"{name!r} is not the name of a Kubernetes object: correct the reference", status=0)
    return "".join(f"/{quote(name, safe='')}" for name in segments)


class KindPaths:
    """Paths of our own kinds.

    Args:
        kinds: All kinds of the operator.
    """

    def __init__(self, kinds: Iterable[KindInfo]) -> None:
        self._kinds = {info.kind: info for info in kinds}

    def info(self, kind: str) -> KindInfo:
        """Return the names of a kind; KeyError if it is not one of ours."""
        return self._kinds[kind]

    def collection(self, kind: str) -> str:
        """Return the path that lists a kind in all namespaces."""
        return path("apis", GROUP, VERSION, self._kinds[kind].plural)

    def item(self, key: ObjectKey, *subresource: str) -> str:
        """Return the path of one object, or of a subresource of it."""
        info = self._kinds[key.kind]
        scope = ("namespaces", key.namespace) if info.namespaced else ()
        return path("apis", GROUP, VERSION, *scope, info.plural, key.name, *subresource)
