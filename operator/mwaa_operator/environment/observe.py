"""Reads what a pass needs: the AwsAccount's word, the environment, and on demand S3, Secrets and preflight.

Reads only. A failed GetEnvironment is an observation (`Observed.failure`), because the planner decides what it means; a
reader that must not fail a pass answers "unknown".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import SecretStr

from mwaa_operator.account.admit import Request
from mwaa_operator.account.resolve import Resolver
from mwaa_operator.api.digests import keyed_digest
from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.meta import ObjectKey, ObjectMeta
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.environment.api import MwaaEnvironment, MwaaEnvironmentSpec
from mwaa_operator.environment.live import Live
from mwaa_operator.environment.plan.deletion import retains
from mwaa_operator.environment.plan.situation import Admission, ArtifactLook, Observed, OptionLook, Rival
from mwaa_operator.environment.plan.wish import paths
from mwaa_operator.environment.preflight.results import CheckResult
from mwaa_operator.kube.errors import Forbidden

DEFAULT_CLASS = "mw1.small"
DEFAULT_MAX_WORKERS = 10


class Cluster(Protocol):
    """What is read from Kubernetes."""

    def get_secret(self, namespace: str, name: str) -> dict[str, SecretStr] | None:
        """Return the values of a Secret, or None."""

    def crd_is_being_deleted(self, kind: str) -> bool:
        """Return whether the kind itself is going away."""


@dataclass(frozen=True)
class Sources:
    """Where observations come from.

    Attributes:
        cached: The cached object of a key, or None.
        rivals: Keys of all environments that name the same one in AWS, this one included.
        cluster: Reads of Kubernetes.
        resolver: Asks the AwsAccount.
        scope: The way into AWS for an access.
        cluster_id: uid of kube-system.
        hash_key: Id and value of the key that Secret values are hashed with.
        now: UTC.
        preflight: Runs all checks for a spec.
    """

    cached: Callable[[ObjectKey], dict[str, Any] | None]
    rivals: Callable[[MwaaEnvironment], Iterable[ObjectKey]]
    cluster: Cluster
    resolver: Resolver
    scope: Callable[[Access], AwsScope]
    cluster_id: Callable[[], str]
    hash_key: Callable[[], tuple[str, SecretStr]]
    now: Callable[[], datetime]
    preflight: Callable[[AwsScope, MwaaEnvironmentSpec, str], tuple[CheckResult, ...]]


@dataclass(frozen=True)
class Look:
    """What was seen, and the way into AWS that it was seen through (None where no call may be made)."""

    observed: Observed
    scope: AwsScope | None


class Observer:
    """Makes the observations of one kind; remembers only since when reads fail."""

    def __init__(self, sources: Sources) -> None:
        self._from = sources
        self._failing: dict[str, datetime] = {}

    def look(self, resource: MwaaEnvironment) -> Look:
        """Return the account's word and, where it admits (or the object is being deleted), the environment."""
        admission, access = self._admission(resource)
        observed = Observed(
            cluster_id=self._from.cluster_id(),
            admission=admission,
            rivals=self._rivals(resource),
            zone=_zone(resource),
        )
        try:
            observed = replace(observed, crd_removing=self._crd_removing(resource))
        except Forbidden as error:
            return Look(replace(observed, failure=_denied("get customresourcedefinitions", error)), None)
        deleting = resource.metadata.deleting
        if access is None or (deleting and retains_without_look(resource, observed)):
            return Look(observed, None)
        if admission.state == "Refused" and not deleting:
            return Look(observed, None)
        scope = self._from.scope(access)
        return Look(self._live(resource, observed, scope), scope)

    def extend(self, resource: MwaaEnvironment, look: Look, needs: frozenset[str]) -> Look:
        """Return `look` with what the planner found missing: `artifacts`, `options`, `preflight`."""
        observed = look.observed
        if "artifacts" in needs and look.scope is not None:
            observed = replace(observed, artifacts=_artifacts(look.scope, resource.spec))
        if "options" in needs:
            key_id, key = self._from.hash_key()
            observed = replace(observed, options=self._options(resource, key), key_id=key_id)
        if "preflight" in needs and look.scope is not None:
            checks = self._from.preflight(look.scope, resource.spec, resource.aws_name)
            observed = replace(observed, preflight=checks)
        return replace(look, observed=observed)

    def forget(self, uid: str) -> None:
        """Drop what is remembered of an object that is gone."""
        self._failing.pop(uid, None)

    def _admission(self, resource: MwaaEnvironment) -> tuple[Admission, Access | None]:
        name = resource.spec.account_ref.name
        answer = self._from.resolver.resolve(
            name,
            namespace=resource.metadata.namespace,
            region=resource.spec.region,
            request=_request(resource.spec),
        )
        if answer is None:
            text = f"There is no AwsAccount {name}: ask the platform team, or correct spec.accountRef.name."
            return Admission("Missing", (text,)), None
        admission = Admission(
            state="Refused" if answer.denials else "Admitted",
            messages=tuple(f"{item.message}." for item in answer.denials),
            account_id=answer.spec.account_id,
            adoption_allowed=answer.spec.adoption.allowed,
            adoption_clusters=tuple(answer.spec.adoption.from_clusters),
        )
        return admission, answer.access

    def _rivals(self, resource: MwaaEnvironment) -> tuple[Rival, ...]:
        own = ObjectKey("MwaaEnvironment", resource.metadata.namespace, resource.metadata.name)
        rivals = []
        for key in self._from.rivals(resource):
            body = None if key == own else self._from.cached(key)
            meta = ObjectMeta.model_validate(body["metadata"]) if body is not None else None
            if meta is not None and not meta.deleting and meta.creation_timestamp is not None:
                rivals.append(Rival(key=key, created=meta.creation_timestamp))
        return tuple(rivals)

    def _crd_removing(self, resource: MwaaEnvironment) -> bool:
        wanted = resource.metadata.deleting and resource.spec.deletion_policy == "Delete"
        return wanted and self._from.cluster.crd_is_being_deleted("MwaaEnvironment")

    def _live(self, resource: MwaaEnvironment, observed: Observed, scope: AwsScope) -> Observed:
        uid = resource.metadata.uid
        try:
            scope.verify()
            members = scope.mwaa.get_environment(resource.aws_name)
        except AwsError as error:
            since = self._failing.setdefault(uid, self._from.now())
            return replace(observed, failure=error.failure, failing_since=since)
        self._failing.pop(uid, None)
        return replace(observed, live=None if members is None else Live(members))

    def _options(self, resource: MwaaEnvironment, key: SecretStr) -> tuple[OptionLook, ...]:
        looks = []
        for item in resource.spec.airflow_configuration_options_from:
            ref = item.value_from.secret_key_ref
            try:
                secret = self._from.cluster.get_secret(resource.metadata.namespace, ref.name)
            except Forbidden:
                problem = f"airflowConfigurationOptionsFrom {item.name}: the operator may not read Secret {ref.name}. "
                looks.append(OptionLook(name=item.name, problem=problem + "See rbac.secretNamespaces of the chart."))
                continue
            value = None if secret is None else secret.get(ref.key)
            if value is None:
                what = f"Secret {ref.name}" if secret is None else f"key {ref.key} in Secret {ref.name}"
                problem = f"airflowConfigurationOptionsFrom {item.name}: there is no {what}. Create it."
                looks.append(OptionLook(name=item.name, problem=problem))
                continue
            digest = keyed_digest(key, f"{resource.metadata.uid}/{item.name}", value)
            looks.append(OptionLook(name=item.name, value=value, digest=digest))
        return tuple(looks)


def retains_without_look(resource: MwaaEnvironment, observed: Observed) -> bool:
    """Whether a deletion leaves AWS alone, so that no call is needed to decide it."""
    return retains(resource.spec, crd_removing=observed.crd_removing)


def _request(spec: MwaaEnvironmentSpec) -> Request:
    network = spec.network_configuration
    observe = spec.management_policy == "Observe"
    return Request(
        region=spec.region,
        execution_role_arn=spec.execution_role_arn,
        source_bucket_arn=spec.source_bucket_arn,
        kms_key=spec.kms_key,
        subnet_ids=tuple(network.subnet_ids) if network else (),
        security_group_ids=tuple(network.security_group_ids) if network else (),
        environment_class=spec.environment_class or (None if observe else DEFAULT_CLASS),
        max_workers=spec.max_workers or (None if observe else _default_workers(spec)),
    )


def _denied(what: str, error: Forbidden) -> Failure:
    """Return the failure for a right that the operator lacks in Kubernetes."""
    return Failure(FailureKind.ACCESS_DENIED, f"kubernetes: {what}", "Forbidden", str(error)[:900])


def _default_workers(spec: MwaaEnvironmentSpec) -> int:
    return 1 if spec.environment_class == "mw1.micro" else DEFAULT_MAX_WORKERS


def _artifacts(scope: AwsScope, spec: MwaaEnvironmentSpec) -> dict[str, ArtifactLook]:
    bucket = (spec.source_bucket_arn or "").rpartition(":")[2]
    looks = {}
    for name, (path, fixed) in paths(spec).items():
        try:
            if fixed is not None:
                looks[name] = ArtifactLook(fixed if scope.s3.version_exists(bucket, path, fixed) else None)
                continue
            newest = scope.s3.latest_version(bucket, path)
        except AwsError as error:
            looks[name] = ArtifactLook(None, unknown=f"{error.failure.code}: {error.failure.message}")
            continue
        unversioned = "" if newest is None or newest["VersionId"] else "the bucket keeps no versions"
        looks[name] = ArtifactLook(newest["VersionId"] if newest else None, unknown=unversioned)
    return looks


def _zone(resource: MwaaEnvironment) -> ZoneInfo | None:
    window = resource.spec.update_policy.window
    try:
        return ZoneInfo(window.time_zone) if window is not None else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
