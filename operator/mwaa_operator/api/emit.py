"""A kind's definition → its CustomResourceDefinition, as data and as the text of the committed file.

The text is a function of the models alone, byte for byte, so that a difference to the committed file means drift.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

import yaml

from mwaa_operator.api.meta import GROUP, VERSION
from mwaa_operator.api.resource import CATEGORY, MAX_NAME, Column, Definition
from mwaa_operator.api.schema import Schema, structural

SCHEMA_HASH: Final = f"{GROUP}/schema-hash"
"""Annotation of every CRD: tells an installed schema from the one that this operator was built with."""

_TYPE_META: Final = {
    "apiVersion": {"type": "string", "description": f"Version of the schema of this object: {GROUP}/{VERSION}."},
    "kind": {"type": "string", "description": "Name of the kind."},
    "metadata": {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": MAX_NAME}},
    },
}


def custom_resource_definition(definition: Definition) -> dict[str, Any]:
    """Return the CRD of a kind, ready to be sent to the API server.

    Raises:
        UnknownConstruct: The models use what cannot be said in a CRD.
    """
    info = definition.info
    spec = {
        "group": GROUP,
        "names": {
            "kind": info.kind,
            "listKind": f"{info.kind}List",
            "plural": info.plural,
            "singular": info.kind.lower(),
            "shortNames": list(info.short_names),
            "categories": [CATEGORY],
        },
        "scope": "Namespaced" if info.namespaced else "Cluster",
        "versions": [_version(definition)],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": info.crd_name, "annotations": {SCHEMA_HASH: _digest(spec)}},
        "spec": spec,
    }


def render(definition: Definition) -> str:
    """Return the text of the CRD's file."""
    body = yaml.dump(
        custom_resource_definition(definition), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=4096
    )
    return f"# Generated from the models by `mwaa-operator crds`. Do not edit.\n{body}"


class _Plain(yaml.SafeDumper):
    """Writes what occurs twice twice, without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Treat nothing as an alias."""
        return True


def file_name(definition: Definition) -> str:
    """Return the name of the CRD's file."""
    return f"{GROUP}_{definition.info.plural}.yaml"


def root_schema(definition: Definition) -> Schema:
    """Return the schema of the kind with the default that keeps a fresh object from counting as current."""
    schema = structural(definition.model, skip=frozenset(_TYPE_META))
    schema["properties"] = _TYPE_META | schema["properties"]
    status = schema["properties"]["status"]
    _drop_defaults(status)
    status["default"] = {"observedGeneration": -1}
    return schema


def _version(definition: Definition) -> dict[str, Any]:
    version: dict[str, Any] = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "additionalPrinterColumns": [_column(column) for column in definition.columns],
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": root_schema(definition)},
    }
    if definition.selectable:
        version["selectableFields"] = [{"jsonPath": path} for path in definition.selectable]
    return version


def _column(column: Column) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": column.name, "type": column.type, "jsonPath": column.path}
    return entry | ({"priority": 1} if column.wide else {})


def _drop_defaults(schema: Schema) -> None:
    """Remove all defaults below `schema`: the operator writes status, and reads back exactly what it wrote."""
    schema.pop("default", None)
    for member in (*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")):
        if isinstance(member, dict):
            _drop_defaults(member)


def _digest(spec: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:16]
