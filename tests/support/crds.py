"""The CRDs of every kind on a test's control plane, and the API server's verdict on an object."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from localcloud.controlplane import ControlPlane
from localcloud.kube.rest import Answer
from mwaa_operator.api.emit import custom_resource_definition
from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.meta import API_VERSION
from mwaa_operator.kinds import DEFINITIONS
from tests.support.kinds import EVERY_DEFINITION, EVERY_KIND
from tests.support.wait import eventually

DIRECTORY = Path(__file__).parents[2] / "crds"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
APPLY = "application/apply-patch+yaml"


def committed_crds() -> list[dict[str, Any]]:
    """Return the CRDs as they are committed."""
    return [yaml.safe_load(path.read_text("utf-8")) for path in sorted(DIRECTORY.glob("*.yaml"))]


def all_crds() -> list[dict[str, Any]]:
    """Return the committed CRDs, and those of kinds that the operator does not serve yet."""
    unserved = [definition for definition in EVERY_DEFINITION if definition not in DEFINITIONS]
    return [*committed_crds(), *map(custom_resource_definition, unserved)]


def install_crds(control_plane: ControlPlane) -> list[Answer]:
    """Apply all CRDs strictly, wait until all are served, and return the API server's answers."""
    answers = []
    for crd in all_crds():
        path = f"{CRDS}/{crd['metadata']['name']}?fieldManager=test&force=true&fieldValidation=Strict"
        answer = control_plane.api.patch(path, crd, content_type=APPLY)
        assert answer.ok, answer.body
        answers.append(answer)
    for info in EVERY_KIND:
        _await_served(control_plane, info)
    return answers


def _await_served(control_plane: ControlPlane, info: KindInfo) -> None:
    path = collection(info)
    eventually(lambda: control_plane.api.get(path).ok, within=30, what=f"{info.plural} served")


def info_of(body: dict[str, Any]) -> KindInfo:
    """Return the names of an object's kind."""
    return next(info for info in EVERY_KIND if info.kind == body["kind"])


def collection(info: KindInfo, namespace: str = "default") -> str:
    """Return the path of a kind's objects."""
    scope = f"/namespaces/{quote(namespace)}" if info.namespaced else ""
    return f"/apis/{API_VERSION}{scope}/{info.plural}"


def path_of(body: dict[str, Any]) -> str:
    """Return the path of an object."""
    metadata = body["metadata"]
    return f"{collection(info_of(body), metadata.get('namespace', 'default'))}/{quote(metadata['name'])}"


def create(control_plane: ControlPlane, body: dict[str, Any], *, dry_run: bool = False) -> Answer:
    """Create an object as kubectl does: unknown members are errors.

    Args:
        control_plane: Where.
        body: The object.
        dry_run: Ask for the verdict only.
    """
    query = "?fieldValidation=Strict" + ("&dryRun=All" if dry_run else "")
    path = collection(info_of(body), body["metadata"].get("namespace", "default"))
    return control_plane.api.post(path + query, body)


def update(control_plane: ControlPlane, body: dict[str, Any], stored: dict[str, Any]) -> Answer:
    """Ask for the verdict on replacing a stored object by `body`."""
    version = {"resourceVersion": stored["metadata"]["resourceVersion"]}
    changed = body | {"metadata": body["metadata"] | version}
    return control_plane.api.put(path_of(body) + "?fieldValidation=Strict&dryRun=All", changed)
