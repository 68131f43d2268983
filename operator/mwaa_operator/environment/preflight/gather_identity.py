"""Reads the facts about the execution role, the key and the account's limits. Never raises for what AWS refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mwaa_operator.environment.api import MwaaEnvironmentSpec
from mwaa_operator.environment.preflight.case import bucket_of, partition_of
from mwaa_operator.environment.preflight.facts import Key, KeyFacts, LimitFacts, RoleFacts, Unknown
from mwaa_operator.environment.preflight.reads import Reads
from mwaa_operator.environment.preflight.rows import PROBE_NAME, SERVICE_LINKED_ROLE, RolePermission, Rows


def gather_role(reads: Reads, spec: MwaaEnvironmentSpec, name: str, rows: Rows) -> RoleFacts:
    """Return the facts about the execution role of an environment called `name`."""
    arn = spec.execution_role_arn
    if arn is None:
        return RoleFacts()
    role = reads(reads.scope.iam.role, arn.rpartition("/")[2])
    if isinstance(role, Unknown):
        return RoleFacts(role, {}, _denied(reads, spec, name, rows))
    if role is None:
        return RoleFacts(None, {}, Unknown("the role does not exist"))
    return RoleFacts(str(role["Arn"]), _document(role["AssumeRolePolicyDocument"]), _denied(reads, spec, name, rows))


def gather_key(reads: Reads, spec: MwaaEnvironmentSpec) -> KeyFacts:
    """Return the facts about the customer's key, if there is one."""
    if spec.kms_key is None:
        return KeyFacts()
    found = reads(reads.scope.kms.key, spec.kms_key)
    if isinstance(found, Unknown) or found is None:
        return KeyFacts(found, Unknown("the key cannot be read"))
    key = Key(
        state=str(found.get("KeyState", "")),
        usage=str(found.get("KeyUsage") or "ENCRYPT_DECRYPT"),
        spec=str(found.get("KeySpec") or "SYMMETRIC_DEFAULT"),
        multi_region=bool(found.get("MultiRegion")),
    )
    policy = reads(reads.scope.kms.key_policy, spec.kms_key)
    return KeyFacts(key, policy if isinstance(policy, Unknown) else _document(policy))


def gather_limits(reads: Reads) -> LimitFacts:
    """Return the account's limits and what it has."""
    role = reads(reads.scope.iam.role, SERVICE_LINKED_ROLE)
    return LimitFacts(
        environments=reads(reads.scope.mwaa.count_environments),
        quotas=reads(reads.scope.quotas.mwaa_quotas),
        service_linked_role=role if isinstance(role, Unknown) else role is not None,
    )


def _denied(reads: Reads, spec: MwaaEnvironmentSpec, name: str, rows: Rows) -> Mapping[str, tuple[str, ...]] | Unknown:
    """Simulate every permission; the first that cannot be simulated makes all of them unknown."""
    denied: dict[str, tuple[str, ...]] = {}
    for row in rows.permissions:
        if row.when != "Always" and (row.when == "CustomerKey") is not (spec.kms_key is not None):
            continue
        refused = _simulated(reads, spec, PROBE_NAME, row)
        if refused and "{environment}" in row.resource and not isinstance(refused, Unknown):
            # The role may be scoped to this very environment; most are not, and then share the answer.
            refused = _simulated(reads, spec, name, row)
        if isinstance(refused, Unknown):
            return refused
        if refused:
            denied[row.purpose] = refused
    return denied


def _simulated(reads: Reads, spec: MwaaEnvironmentSpec, name: str, row: RolePermission) -> tuple[str, ...] | Unknown:
    """Return `action on resource` for everything that the simulator refuses."""
    fill = {
        "partition": partition_of(spec),
        "region": spec.region,
        "account": reads.scope.access.account_id,
        "bucket": bucket_of(spec),
        "dags": (spec.dag_s3_path or "").strip("/"),
        "environment": name,
        "key": spec.kms_key or "",
    }
    results = reads(
        reads.scope.iam.simulate,
        spec.execution_role_arn or "",
        actions=row.actions,
        resource=row.resource.format_map(fill),
        context=tuple((key, value.format_map(fill)) for key, value in row.context.items()),
    )
    if isinstance(results, Unknown):
        return results
    refused = [item for item in results if item["EvalDecision"] != "allowed"]
    return tuple(f"{item['EvalActionName']} on {item['EvalResourceName']}" for item in refused)


def _document(text: Any) -> Mapping[str, Any]:
    """Return a policy document that botocore has decoded already, or has not."""
    document: Mapping[str, Any] = json.loads(text) if isinstance(text, str) else text
    return document
