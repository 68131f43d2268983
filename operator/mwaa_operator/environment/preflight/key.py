"""Verdicts on the customer's KMS key, if there is one. Pure: each returns what is wrong, or None.

MWAA looks at the key only while it creates, so a bad one shows half an hour later. That the ARN is one of a
single-Region key of the Region is a rule of the schema. Source: Amazon MWAA user guide,
"Encryption on Amazon MWAA" and "Using customer managed keys"; CloudWatch Logs user guide, "Encrypt log data".
"""

from __future__ import annotations

from mwaa_operator.api.resourcepolicies import Answer, Request, answer
from mwaa_operator.environment.preflight.case import Case
from mwaa_operator.environment.preflight.facts import CannotTell, need
from mwaa_operator.environment.preflight.results import Check

_FIELD = "kmsKey"
LOG_ACTIONS = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:DescribeKey")
"""What CloudWatch Logs does with the key of a log group."""


def _given(case: Case) -> bool:
    return case.spec.kms_key is not None


def _usable(case: Case) -> str | None:
    key = need(case.facts.key.key)
    if key is None:
        return f"{_FIELD}: there is no key {case.spec.kms_key}. Create it, or correct the ARN."
    if key.state != "Enabled":
        return f"{_FIELD}: the key is {key.state}. Enable it."
    if key.usage != "ENCRYPT_DECRYPT" or key.spec != "SYMMETRIC_DEFAULT":
        return f"{_FIELD}: the key is for {key.usage} with {key.spec}. Use a symmetric key for encryption."
    if key.multi_region:
        return f"{_FIELD}: MWAA does not take multi-Region keys. Use a single-Region key."
    return None


def _admits_logs(case: Case) -> str | None:
    policy, region = need(case.facts.key.policy), case.spec.region
    account, name = case.facts.account_id, case.facts.name
    log_group = f"arn:{case.partition}:logs:{region}:{account}:log-group:airflow-{name}-Task"
    context = {"kms:encryptioncontext:aws:logs:arn": log_group, "aws:sourceaccount": account}
    services = frozenset({f"logs.{region}.amazonaws.com", f"logs.{region}.amazonaws.com.cn", "logs.amazonaws.com"})
    said = {action: answer(policy, Request(services, action, context)) for action in LOG_ACTIONS}
    refused = [action for action, word in said.items() if word is Answer.NO]
    if not refused and Answer.UNSURE in said.values():
        raise CannotTell("the key's policy has conditions that only AWS can judge")
    if not refused:
        return None
    return (
        f"{_FIELD}: the key's policy does not let logs.{region}.amazonaws.com do {', '.join(refused)} for {log_group}. "
        "Add a statement for CloudWatch Logs."
    )


CHECKS = (
    Check("KmsKeyUsable", "Block", _usable, _given),
    Check("KmsKeyPolicyLogs", "Warn", _admits_logs, _given),
)
