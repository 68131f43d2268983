"""The policy documents of the seeded account.

The execution role's follow the MWAA user guide ("Amazon MWAA execution role"), scoped to this account; the key's lets
CloudWatch Logs encrypt the environments' log groups. Pure data.
"""

from __future__ import annotations

from typing import Any

from localcloud.aws.moto import landscape as names

_VERSION = "2012-10-17"
_BUCKET_ARN = f"arn:aws:s3:::{names.BUCKET}"
_KEY_ARN = f"arn:aws:kms:{names.REGION}:{names.ACCOUNT}:key/{names.KEY_ID}"
_KEY_ACTIONS = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt"]
_LOGS = [
    "logs:CreateLogStream",
    "logs:CreateLogGroup",
    "logs:PutLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:GetLogGroupFields",
    "logs:GetQueryResults",
]
_QUEUE = [
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
]


def _allow(actions: str | list[str], resource: str | list[str], **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def execution_trust() -> dict[str, Any]:
    """Return the trust policy: both of MWAA's service principals."""
    services = {"Service": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]}
    return {
        "Version": _VERSION,
        "Statement": [{"Effect": "Allow", "Principal": services, "Action": "sts:AssumeRole"}],
    }


def execution_policy() -> dict[str, Any]:
    """Return what an environment of any name in this account needs."""
    via = {"StringLike": {"kms:ViaService": [f"{service}.{names.REGION}.amazonaws.com" for service in ("sqs", "s3")]}}
    own_keys = f"arn:aws:kms:*:{names.ACCOUNT}:key/*"
    aws_owned = {
        "Effect": "Allow",
        "Action": _KEY_ACTIONS,
        "NotResource": own_keys,
        "Condition": {"StringLike": {"kms:ViaService": [f"sqs.{names.REGION}.amazonaws.com"]}},
    }
    return {
        "Version": _VERSION,
        "Statement": [
            _allow("airflow:PublishMetrics", f"arn:aws:airflow:{names.REGION}:{names.ACCOUNT}:environment/*"),
            {"Effect": "Deny", "Action": "s3:ListAllMyBuckets", "Resource": [_BUCKET_ARN, f"{_BUCKET_ARN}/*"]},
            _allow(["s3:GetObject*", "s3:GetBucket*", "s3:List*"], [_BUCKET_ARN, f"{_BUCKET_ARN}/*"]),
            _allow("s3:GetAccountPublicAccessBlock", "*"),
            _allow(_LOGS, f"arn:aws:logs:{names.REGION}:{names.ACCOUNT}:log-group:airflow-*"),
            _allow(["logs:DescribeLogGroups", "cloudwatch:PutMetricData"], "*"),
            _allow(_QUEUE, f"arn:aws:sqs:{names.REGION}:*:airflow-celery-*"),
            _allow(_KEY_ACTIONS, _KEY_ARN, Condition=via),
            aws_owned,
        ],
    }


def operator_trust() -> dict[str, Any]:
    """Return a trust policy for the account itself that asks for the external id."""
    account = {"AWS": f"arn:aws:iam::{names.ACCOUNT}:root"}
    return {
        "Version": _VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": account,
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": names.EXTERNAL_ID}},
            },
            {"Effect": "Allow", "Principal": account, "Action": "sts:TagSession"},
        ],
    }


def key_policy() -> dict[str, Any]:
    """Return a key policy for the account, and for CloudWatch Logs of the Region (CloudWatch Logs user guide)."""
    arn = f"arn:aws:logs:{names.REGION}:{names.ACCOUNT}:log-group:airflow-*"
    return {
        "Version": _VERSION,
        "Statement": [
            _allow("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{names.ACCOUNT}:root"}),
            _allow(
                ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                "*",
                Principal={"Service": f"logs.{names.REGION}.amazonaws.com"},
                Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}},
            ),
        ],
    }
