"""Renders the chart with helm, without a cluster, and finds objects in what comes out.

For tests of the chart only. It reads the chart's files and runs `helm`; it never talks to an API server.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from localcloud.toolchain import ensure_tools

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "mwaa-operator"
CHART_CRDS = CHART / "files" / "crds"

CLUSTER_SCOPED = frozenset(
    {
        "AwsAccount",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    }
)
"""Kinds that the chart makes and that are in no namespace."""

Object = dict[str, Any]
KeyPath = tuple[str, ...]


class HelmFailedError(AssertionError):
    """helm ended with an error; the message is its output."""


def helm(*args: str, stdin: str = "") -> str:
    """Run helm without a cluster and return its standard output.

    Raises:
        HelmFailedError: It ended with an error.
    """
    env = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "KUBECONFIG": "/nonexistent"}
    done = subprocess.run(
        [_program(), *args], input=stdin, env=env, capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode != 0:
        raise HelmFailedError(done.stdout + done.stderr)
    return done.stdout


def template(
    values: Mapping[str, Any] | None = None,
    *,
    release: str = "mwaa-operator",
    namespace: str = "mwaa-system",
    api_versions: Iterable[str] = (),
) -> list[Object]:
    """Return what an installation with these values would apply, CRDs and hooks included.

    Raises:
        HelmFailedError: The values are refused, or a template failed.
    """
    known = [argument for version in api_versions for argument in ("--api-versions", version)]
    command = ("template", release, str(CHART), "--namespace", namespace, "--values", "-", *known)
    text = helm(*command, stdin=json.dumps(dict(values or {})))
    return [body for body in yaml.safe_load_all(text) if body]


def of_kind(objects: Iterable[Object], kind: str) -> list[Object]:
    """Return the objects of a kind, in order."""
    return [body for body in objects if body["kind"] == kind]


def only(objects: Iterable[Object], kind: str, name: str | None = None) -> Object:
    """Return the one object of a kind (and name)."""
    (found,) = [body for body in of_kind(objects, kind) if name in (None, body["metadata"]["name"])]
    return found


def collection_of(body: Object) -> str:
    """Return the path that objects like this one are posted to."""
    group = body["apiVersion"]
    plural = re.sub("ys$", "ies", body["kind"].lower() + "s")
    scope = "" if body["kind"] in CLUSTER_SCOPED else f"/namespaces/{body['metadata']['namespace']}"
    return f"/{'apis' if '/' in group else 'api'}/{group}{scope}/{plural}"


def operator_container(objects: Iterable[Object]) -> Object:
    """Return the container of the rendered Deployment."""
    (container,) = only(objects, "Deployment")["spec"]["template"]["spec"]["containers"]
    found: Object = container
    return found


def leaves(tree: Mapping[str, Any], at: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield every value of values.yaml with its path, down to where the chart's own keys end.

    A mapping below one of `FOREIGN` belongs to Kubernetes, and an empty one to the user: both are one value.
    """
    for key, value in tree.items():
        here = (*at, key)
        if isinstance(value, dict) and value and here not in FOREIGN:
            yield from leaves(value, here)
        else:
            yield here, value


FOREIGN = frozenset({("resources",), ("strategy",), ("podSecurityContext",), ("securityContext",)})


def schema_of(schema: Mapping[str, Any], path: KeyPath) -> Mapping[str, Any]:
    """Return the schema of the value at a path; KeyError if the schema does not know it."""
    for key in path:
        schema = schema["properties"][key]
    return schema


def load_values() -> dict[str, Any]:
    """Return values.yaml."""
    loaded: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    return loaded


def load_schema() -> dict[str, Any]:
    """Return values.schema.json."""
    loaded: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    return loaded


@cache
def _program() -> str:
    return ensure_tools()["helm"]
