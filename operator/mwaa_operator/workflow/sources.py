"""Reads what a request is made from: definition, code and secret values, wherever spec says they are.

Reads only, and nothing is judged here but whether it is there. What is missing or denied becomes a sentence with the
next step (`problem`), because that is a matter of the object and not a failure of the pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pydantic import SecretStr

from mwaa_operator.api.conditions import shorten
from mwaa_operator.api.digests import keyed_digest
from mwaa_operator.api.failure import FailureKind
from mwaa_operator.api.policies import ArtifactPolicy
from mwaa_operator.api.references import ConfigMapKeyRef
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.kube.errors import Forbidden
from mwaa_operator.workflow.api import MAX_DEFINITION, S3Object, ServerlessWorkflow
from mwaa_operator.workflow.definition.canonical import canonical
from mwaa_operator.workflow.plan.situation import SourceLook, VariableLook
from mwaa_operator.workflow.status import StoredObject

MOST_TEXT = 500
"""Characters of AWS's own words in a problem."""
RIGHTS = "See rbac.secretNamespaces of the chart."
_UNREADABLE = (FailureKind.ACCESS_DENIED, FailureKind.INVALID)


class Cluster(Protocol):
    """What is read from Kubernetes."""

    def get_secret(self, namespace: str, name: str) -> dict[str, SecretStr] | None:
        """Return the values of a Secret, or None."""

    def get_config_map(self, namespace: str, name: str) -> dict[str, bytes] | None:
        """Return the contents of a ConfigMap by key, or None."""

    def crd_is_being_deleted(self, kind: str) -> bool:
        """Return whether the kind itself is going away."""


def definition_of(resource: ServerlessWorkflow, *, cluster: Cluster, scope: AwsScope) -> SourceLook:
    """Return the bytes that spec.definition leads to.

    Raises:
        AwsError: S3 did not answer; that says nothing of the file.
        KubeError: Likewise the API server.
    """
    wanted = resource.spec.definition
    if wanted is None:
        return SourceLook()
    if wanted.s3 is not None:
        version = wanted_version(wanted.s3, resource.status.definition, resource.spec.artifact_policy)
        return _content("definition.s3", wanted.s3, version, scope)
    if wanted.config_map_key_ref is not None:
        namespace = resource.metadata.namespace
        return _config_map("definition.configMapKeyRef", wanted.config_map_key_ref, namespace, cluster)
    try:
        return SourceLook(canonical(wanted.inline if wanted.inline is not None else wanted.yaml or ""))
    except ValueError as error:
        return SourceLook(problem=f"spec.definition.inline: {error}: make it flatter.")


def code_of(resource: ServerlessWorkflow, *, cluster: Cluster, scope: AwsScope) -> SourceLook:
    """Return the bytes that spec.code leads to, or for a file in S3 its version; raises as `definition_of` does."""
    wanted = resource.spec.code
    if wanted is None:
        return SourceLook()
    if wanted.s3 is not None:
        version = wanted_version(wanted.s3, resource.status.code, resource.spec.artifact_policy)
        return _version("code.s3", wanted.s3, version, scope)
    if wanted.config_map_key_ref is None:
        return SourceLook()
    return _config_map("code.configMapKeyRef", wanted.config_map_key_ref, resource.metadata.namespace, cluster)


def variables_of(resource: ServerlessWorkflow, cluster: Cluster, key: SecretStr) -> tuple[VariableLook, ...]:
    """Return the values of spec.environment that come from Secrets, and their digests by `key`; raises KubeError."""
    looks = []
    for item in resource.spec.environment:
        if item.value_from is None:
            continue
        ref, field = item.value_from.secret_key_ref, f"spec.environment {item.name}"
        try:
            secret = cluster.get_secret(resource.metadata.namespace, ref.name)
        except Forbidden:
            problem = f"{field}: the operator may not read Secret {ref.name}. {RIGHTS}"
            looks.append(VariableLook(item.name, problem=problem))
            continue
        value = None if secret is None else secret.get(ref.key)
        what = f"Secret {ref.name}" if secret is None else f"key {ref.key} in Secret {ref.name}"
        if value is None:
            looks.append(VariableLook(item.name, problem=f"{field}: there is no {what}. Create it."))
            continue
        looks.append(
            VariableLook(item.name, value, digest=keyed_digest(key, f"{resource.metadata.uid}/{item.name}", value))
        )
    return tuple(looks)


def wanted_version(wanted: S3Object, before: StoredObject | None, policy: ArtifactPolicy) -> str | None:
    """Return the S3 version to read: the one that is named, the one that is pinned, or None for the newest."""
    if wanted.version_id is not None or policy == "Follow" or before is None:
        return wanted.version_id
    return before.version_id if (before.bucket, before.key) == (wanted.bucket, wanted.key) else None


def _content(field: str, wanted: S3Object, version: str | None, scope: AwsScope) -> SourceLook:
    def read() -> SourceLook | None:
        # One byte more than AWS takes shows the validator that there is more.
        limit = MAX_DEFINITION + 1
        found = scope.s3.read_bytes(wanted.bucket, wanted.key, version=version, limit=limit)
        return None if found is None else SourceLook(found[0], found[1])

    return _found(field, wanted, version, read)


def _version(field: str, wanted: S3Object, version: str | None, scope: AwsScope) -> SourceLook:
    def head() -> SourceLook | None:
        if version is not None:
            found = scope.s3.version(wanted.bucket, wanted.key, version)
        else:
            found = scope.s3.latest_version(wanted.bucket, wanted.key)
        return None if found is None else SourceLook(version_id=version or found["VersionId"])

    return _found(field, wanted, version, head)


def _found(field: str, wanted: S3Object, version: str | None, look: Callable[[], SourceLook | None]) -> SourceLook:
    place = f"s3://{wanted.bucket}/{wanted.key}" + (f" version {version}" if version else "")
    try:
        seen = look()
    except AwsError as error:
        if error.failure.kind not in _UNREADABLE:
            raise
        text = shorten(f"{error.failure.code}: {error.failure.message}", MOST_TEXT)
        return SourceLook(problem=f"spec.{field}: the operator cannot read {place}: {text}")
    if seen is None:
        return SourceLook(problem=f"spec.{field}: there is no {place}. Upload it, or correct spec.{field}.")
    return seen


def _config_map(field: str, ref: ConfigMapKeyRef, namespace: str, cluster: Cluster) -> SourceLook:
    try:
        found = cluster.get_config_map(namespace, ref.name)
    except Forbidden:
        return SourceLook(problem=f"spec.{field}: the operator may not read ConfigMap {ref.name}. {RIGHTS}")
    data = None if found is None else found.get(ref.key)
    if data is None:
        what = f"ConfigMap {ref.name}" if found is None else f"key {ref.key} in ConfigMap {ref.name}"
        return SourceLook(problem=f"spec.{field}: there is no {what}. Create it.")
    return SourceLook(data)
