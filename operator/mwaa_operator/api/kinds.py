"""How the API server knows a kind."""

from __future__ import annotations

from dataclasses import dataclass

from mwaa_operator.api.meta import GROUP


@dataclass(frozen=True)
class KindInfo:
    """Names and scope of one custom resource.

    Attributes:
        kind: CamelCase, singular.
        plural: Lower case, as in URLs.
        short_names: For kubectl.
        namespaced: False for cluster-scoped kinds.
    """

    kind: str
    plural: str
    short_names: tuple[str, ...]
    namespaced: bool = True

    @property
    def crd_name(self) -> str:
        """The name of its CustomResourceDefinition."""
        return f"{self.plural}.{GROUP}"
