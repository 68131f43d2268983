"""Reads what a pass needs: the AwsAccount's word, the workflow with its tags, and on demand sources, role and history.

Reads only. A read that AWS did not answer is an observation (`Observed.failure`), because the planner decides what it
means. That a name is in no list is never taken for the absence of a workflow that may have been made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from mwaa_operator.account.admit import Named, Request
from mwaa_operator.account.api import DefinitionStore
from mwaa_operator.account.resolve import Resolver
from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.meta import ObjectKey, ObjectMeta
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.kube.errors import Forbidden
from mwaa_operator.workflow.api import KIND, ServerlessWorkflow, ServerlessWorkflowSpec
from mwaa_operator.workflow.definition.knowledge import OperatorKnowledge
from mwaa_operator.workflow.live import DELETING, Live
from mwaa_operator.workflow.managedlook import ManagedLooks
from mwaa_operator.workflow.memory import Memory, key_of
from mwaa_operator.workflow.plan.deletion import retains
from mwaa_operator.workflow.plan.situation import Admission, Observed, Rival, Situation, Store
from mwaa_operator.workflow.role.facts import limits_of
from mwaa_operator.workflow.rolelook import RoleLooks
from mwaa_operator.workflow.runlook import runs_of, tasks_of, versions_of, with_details
from mwaa_operator.workflow.sources import Cluster, code_of, definition_of, variables_of
from mwaa_operator.workflow.sweep import Sweep

TASKS = "tasks:"
"""Begins the name of what is needed of one run; its id follows."""
LOOK = "look"


@dataclass(frozen=True)
class Sources:
    """Where observations come from.

    Attributes:
        cached: The cached object of a key, or None.
        rivals: Keys of all workflows that name the same one in AWS, this one included.
        cluster: Reads of Kubernetes.
        resolver: Asks the AwsAccount.
        scope: The way into AWS for an access.
        sweep: Finds workflows by name.
        memory: What was last seen of workflows at rest.
        roles: Looks at roles.
        managed: Looks at managed roles.
        knowledge: What is known about definitions.
        hash_key: What Secret values are hashed with.
        cluster_id: uid of kube-system.
        now: UTC.
    """

    cached: Callable[[ObjectKey], dict[str, Any] | None]
    rivals: Callable[[ServerlessWorkflow], Iterable[ObjectKey]]
    cluster: Cluster
    resolver: Resolver
    scope: Callable[[Access], AwsScope]
    sweep: Sweep
    memory: Memory
    roles: RoleLooks
    managed: ManagedLooks
    knowledge: OperatorKnowledge
    hash_key: Callable[[], SecretStr]
    cluster_id: Callable[[], str]
    now: Callable[[], datetime]


@dataclass(frozen=True)
class Look:
    """What was seen, and the way into AWS that it was seen through (None where no call may be made)."""

    observed: Observed
    scope: AwsScope | None


class Observer:
    """Makes the observations of one kind; remembers since when reads fail, and who was said to have a name."""

    def __init__(self, sources: Sources) -> None:
        self._from = sources
        self._failing: dict[str, dict[str, datetime]] = {}
        self._named: dict[str, str] = {}

    def look(self, resource: ServerlessWorkflow) -> Look:
        """Return the account's word and, where it admits (or the object is being deleted), the workflow."""
        admission, access = self._admission(resource)
        observed = Observed(cluster_id=self._from.cluster_id(), admission=admission, rivals=self._rivals(resource))
        try:
            observed = replace(observed, crd_removing=self._crd_removing(resource, observed))
        except Forbidden as error:
            return Look(replace(observed, failure=_denied("get customresourcedefinitions", error)), None)
        deleting = resource.metadata.deleting
        if access is None or (deleting and retains(self.situation(resource, observed))):
            return Look(observed, None)
        if admission.state == "Refused" and not deleting:
            return Look(observed, None)
        scope = self._from.scope(access)
        return Look(self._tried(resource, observed, LOOK, lambda: self._live(resource, observed, scope)), scope)

    def extend(self, resource: ServerlessWorkflow, look: Look, needs: frozenset[str]) -> Look:
        """Return `look` with what the planner found missing.

        Args:
            resource: The object.
            look: What was seen so far.
            needs: `definition`, `code`, `variables`, `role`, `managed_role`, `managed_role:fresh`, `versions`, `runs`,
                `tasks:<run id>`, and `live` for a workflow that an earlier pass has seen.
        """
        observed, scope = look.observed, look.scope
        if scope is None:
            return look
        for need in sorted(needs):
            seen = self._reader(need, resource, observed, scope)
            observed = self._tried(resource, observed, need.partition(":")[0], seen)
        return replace(look, observed=observed)

    def situation(self, resource: ServerlessWorkflow, observed: Observed) -> Situation:
        """Return what the planner's questions are asked about, with the product's own timings."""
        return Situation(resource=resource, observed=observed, now=self._from.now(), knowledge=self._from.knowledge)

    def rest(self, resource: ServerlessWorkflow, look: Look) -> None:
        """Remember the look of a pass that sent nothing: it may serve the next ones."""
        if look.scope is not None:
            self._from.memory.keep(resource, look.scope.access, look.observed)

    def named(self, uid: str, arn: str) -> None:
        """Remember that AWS refused a create of this object because the workflow `arn` has the name."""
        self._named[uid] = arn

    def gone(self, key: ObjectKey) -> None:
        """Drop the last look at an object that is no more."""
        self._from.memory.forget(key)

    def forget(self, uid: str) -> None:
        """Drop what is remembered of an object that is gone."""
        self._failing.pop(uid, None)
        self._named.pop(uid, None)

    def _admission(self, resource: ServerlessWorkflow) -> tuple[Admission, Access | None]:
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
        store = answer.spec.definition_store
        messages = [f"{item.message}." for item in answer.denials]
        messages += _reaching_into_store(resource.spec, store, self._from.cluster_id())
        admission = Admission(
            state="Refused" if messages else "Admitted",
            messages=tuple(messages),
            account_id=answer.spec.account_id,
            adoption_allowed=answer.spec.adoption.allowed,
            adoption_clusters=tuple(answer.spec.adoption.from_clusters),
            store=None if store is None else Store(store.bucket, store_prefix(store), store.kms_key_arn),
            limits=None if answer.spec.managed_roles is None else limits_of(answer.spec.managed_roles),
        )
        return admission, answer.access

    def _rivals(self, resource: ServerlessWorkflow) -> tuple[Rival, ...]:
        own = key_of(resource)
        rivals = []
        for key in self._from.rivals(resource):
            body = None if key == own else self._from.cached(key)
            meta = ObjectMeta.model_validate(body["metadata"]) if body is not None else None
            if meta is not None and not meta.deleting and meta.creation_timestamp is not None:
                rivals.append(Rival(key=key, created=meta.creation_timestamp))
        return tuple(rivals)

    def _crd_removing(self, resource: ServerlessWorkflow, observed: Observed) -> bool:
        wanted = resource.metadata.deleting and not retains(self.situation(resource, observed))
        return wanted and self._from.cluster.crd_is_being_deleted(KIND.kind)

    def _live(self, resource: ServerlessWorkflow, observed: Observed, scope: AwsScope) -> Observed:
        scope.verify()
        recorded = resource.status.workflow_arn
        if recorded is not None and not _of(scope, recorded):
            return replace(observed, failure=_elsewhere(recorded))
        before = self._from.memory.recall(resource, scope.access)
        if before is None:
            return replace(observed, live=self._found(resource, scope, recorded))
        seen = replace(observed, live=before.live, seen_at=before.seen_at)
        return replace(seen, runs=before.runs, runs_at=before.runs_at)

    def _anew(self, resource: ServerlessWorkflow, observed: Observed, scope: AwsScope) -> Observed:
        """Look at a workflow itself that an earlier pass has seen; runs that this pass listed stand."""
        self._from.memory.forget(key_of(resource))
        found = self._found(resource, scope, resource.status.workflow_arn)
        runs = observed.runs if observed.runs_at is None else None
        return replace(observed, live=found, seen_at=None, runs=runs, runs_at=None)

    def _found(self, resource: ServerlessWorkflow, scope: AwsScope, recorded: str | None) -> Live | None:
        """Look for the workflow by the recorded ARN, then by the one that AWS named, then by its name."""
        if recorded is not None and (live := _workflow(scope, recorded)) is not None:
            return live
        for arn in self._candidates(resource, scope):
            live = _workflow(scope, arn) if arn != recorded else None
            if live is not None and (recorded is None or self._counts(resource, live)):
                return live
        return None

    def _candidates(self, resource: ServerlessWorkflow, scope: AwsScope) -> Iterator[str]:
        named = self._named.get(resource.metadata.uid)
        if named is not None:
            yield named
        listed = self._from.sweep.find(scope.access, resource.aws_name)
        if listed is not None and listed.arn != named:
            yield listed.arn

    def _counts(self, resource: ServerlessWorkflow, live: Live) -> bool:
        """Whether one of the same name stands for the recorded one that is gone: a stranger's does not in a deletion,
        where it would keep us from clearing up."""
        return not resource.metadata.deleting or live.uid == resource.metadata.uid

    def _reader(
        self, need: str, resource: ServerlessWorkflow, observed: Observed, scope: AwsScope
    ) -> Callable[[], Observed]:
        cluster, arn = self._from.cluster, observed.live.arn if observed.live is not None else ""

        def read() -> Observed:
            match need:
                case "definition":
                    return replace(observed, definition=definition_of(resource, cluster=cluster, scope=scope))
                case "code":
                    return replace(observed, code=code_of(resource, cluster=cluster, scope=scope))
                case "variables":
                    return replace(observed, variables=variables_of(resource, cluster, self._from.hash_key()))
                case "role":
                    return replace(observed, role=self._from.roles.look(self.situation(resource, observed), scope))
                case "managed_role" | "managed_role:fresh":
                    here, fresh = self.situation(resource, observed), need.endswith(":fresh")
                    return replace(observed, managed_role=self._from.managed.look(here, scope, fresh=fresh))
                case "versions":
                    return replace(observed, versions=versions_of(scope, arn))
                case "runs":
                    return replace(observed, runs=runs_of(scope, arn), runs_at=None)
                case "live":
                    return self._anew(resource, observed, scope)
                case _ if need.startswith(TASKS):
                    return _with_tasks(observed, scope, need.removeprefix(TASKS))
                case _:
                    raise ValueError(f"nobody knows how to observe {need}")

        return read

    def _tried(
        self, resource: ServerlessWorkflow, observed: Observed, what: str, read: Callable[[], Observed]
    ) -> Observed:
        """Return what `read` gives, or `observed` with how it failed, and since when it has."""
        failing = self._failing.setdefault(resource.metadata.uid, {})
        try:
            seen = read()
        except AwsError as error:
            since = failing.setdefault(what, self._from.now())
            return replace(observed, failure=error.failure, failing_since=since)
        failing.pop(what, None)
        return seen


def store_prefix(store: DefinitionStore) -> str:
    """Return the prefix of a store as a path: without a slash at its beginning, with one at its end."""
    inner = store.prefix.strip("/")
    return f"{inner}/" if inner else ""


def _workflow(scope: AwsScope, arn: str) -> Live | None:
    members = scope.serverless.get_workflow(arn)
    if members is None:
        return None
    tags = scope.serverless.tags(arn)
    if tags is None and members.get("WorkflowStatus") == DELETING:
        # The deletion ended between the two looks.
        return None
    if tags is None:
        text = "AWS shows the workflow and does not know it when its tags are asked for: it may have gone meanwhile"
        kind, operation = FailureKind.UNAVAILABLE, "mwaa-serverless:ListTagsForResource"
        raise AwsError(Failure(kind, operation, "ResourceNotFoundException", text))
    return Live(members, tags)


def _with_tasks(observed: Observed, scope: AwsScope, run_id: str) -> Observed:
    arn = observed.live.arn if observed.live is not None else ""
    tasks = {**observed.tasks, run_id: tasks_of(scope, arn, run_id)}
    runs = None if observed.runs is None else with_details(scope, arn, run_id, observed.runs)
    return replace(observed, tasks=tasks, runs=runs)


def _of(scope: AwsScope, arn: str) -> bool:
    parts = arn.split(":")
    return len(parts) < 6 or (parts[3], parts[4]) == (scope.access.region, scope.access.account_id)


def _elsewhere(arn: str) -> Failure:
    text = f"status.workflowArn is {arn}, and spec leads to another account or Region: nothing is looked for there"
    return Failure(FailureKind.CREDENTIALS, "mwaa-serverless:GetWorkflow", "AccountChanged", text)


def _request(spec: ServerlessWorkflowSpec) -> Request:
    managed = spec.role is not None and spec.role.managed is not None and spec.management_policy != "Observe"
    return Request(region=spec.region, named=tuple(_named(spec)), managed_role=managed)


def _named(spec: ServerlessWorkflowSpec) -> Iterator[Named]:
    if spec.role is not None and spec.role.arn is not None:
        yield Named("executionRoles", "role.arn", spec.role.arn)
    for field, source in (("definition", spec.definition), ("code", spec.code)):
        if source is not None and source.s3 is not None:
            yield Named("buckets", f"{field}.s3.bucket", source.s3.bucket)
    if spec.encryption is not None:
        yield Named("kmsKeys", "encryption.kmsKeyArn", spec.encryption.kms_key_arn)
    if spec.network is not None:
        for subnet in spec.network.subnet_ids:
            yield Named("subnets", "network.subnetIds", subnet)
        for group in spec.network.security_group_ids:
            yield Named("securityGroups", "network.securityGroupIds", group)


def _reaching_into_store(spec: ServerlessWorkflowSpec, store: DefinitionStore | None, cluster_id: str) -> Iterator[str]:
    """Say which files are among the operator's own uploads: they may be another tenant's."""
    for field, source in (("definition", spec.definition), ("code", spec.code)):
        wanted = source.s3 if source is not None else None
        if wanted is None or store is None or wanted.bucket != store.bucket:
            continue
        if wanted.key.startswith(f"{store_prefix(store)}{cluster_id}/"):
            yield f"spec.{field}.s3 names a file among the operator's own uploads: keep yours elsewhere."


def _denied(what: str, error: Forbidden) -> Failure:
    """Return the failure for a right that the operator lacks in Kubernetes."""
    return Failure(FailureKind.ACCESS_DENIED, f"kubernetes: {what}", "Forbidden", str(error)[:900])
