"""Names and metadata that every kind shares.

The group, the annotations, the finalizer and the ownership tags are public contracts: people write them into manifests,
IAM policies and Argo CD settings, so they are spelled here once and nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

GROUP = "mwaa-operator.io"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
FIELD_MANAGER = "mwaa-operator"
FINALIZER = f"{GROUP}/finalizer"

RECONCILE_REQUESTED_AT = f"{GROUP}/reconcile-requested-at"
RETRY_REQUESTED_AT = f"{GROUP}/retry-requested-at"
APPROVE_CHANGES = f"{GROUP}/approve-changes"
RECREATE = f"{GROUP}/recreate"
RUN_REQUESTED_AT = f"{GROUP}/run-requested-at"
WATCH_LABEL = f"{GROUP}/watch"
"""On a ConfigMap: changes of it are looked for all the time."""

UID_TAG = f"{GROUP}/uid"
OWNER_TAG = f"{GROUP}/owner"


@dataclass(frozen=True, order=True)
class ObjectKey:
    """Which object: the whole content of a queue entry. `namespace` is empty for cluster-scoped kinds."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """Return `Kind/namespace/name`, or `Kind/name` for cluster-scoped kinds."""
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


def attribute_of(wire_name: str) -> str:
    """Return the Python name of a member of an `ApiModel`: pydantic's own `to_snake` makes `s_3` of `s3`."""
    return re.sub("(?=[A-Z])", "_", wire_name).lower()


class ApiModel(BaseModel):
    """Base of every model that appears in a CRD: camelCase on the wire, frozen, unknown members refused.

    Attribute docstrings become the descriptions that `kubectl explain` prints. Validation is strict so that the model
    gives the same verdict as the API server (lax pydantic takes `"3"` for an integer). Errors do not repeat the value:
    an option may hold what its author should have put into a Secret.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        strict=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    def wire(self) -> dict[str, Any]:
        """Return the JSON form: camelCase names, members that are None left out."""
        return self.model_dump(by_alias=True, exclude_none=True, mode="json")


class ObjectMeta(BaseModel):
    """The part of Kubernetes' ObjectMeta that the operator reads; everything else is ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)

    name: str
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    finalizers: tuple[str, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)

    @property
    def deleting(self) -> bool:
        """Whether the API server was asked to delete the object."""
        return self.deletion_timestamp is not None


def key_of(body: dict[str, Any]) -> ObjectKey:
    """Return the key of an object as the API server sent it."""
    meta = body["metadata"]
    return ObjectKey(kind=body["kind"], namespace=meta.get("namespace", ""), name=meta["name"])
