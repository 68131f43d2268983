"""What a valid ServerlessWorkflow is, beyond the shape of single fields: judged by API server and model alike.

Sources: botocore model mwaa-serverless (CreateWorkflowRequest, UpdateWorkflowRequest) and the Amazon MWAA Serverless
user guide. What is inside a definition is for the validator to say, what is in AWS for the planner.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mwaa_operator.api.awsrules import (
    OBSERVED,
    identity_rules,
    region_rule,
    required_unless_observing,
    role_rule,
    tag_rules,
)
from mwaa_operator.api.rules import Rule, cel_text, exactly_one, given, immutable, shaped

if TYPE_CHECKING:
    from mwaa_operator.workflow.api import EnvironmentVariable, ServerlessWorkflowSpec

WORKFLOW_NAME: Final = r"[a-zA-Z0-9][a-zA-Z0-9._-]*"
CODE_FILES: Final = (".py", ".sh", ".zip")
"""What code may be (MWAA Serverless user guide, "Python and Bash operators")."""
RESERVED: Final = ("AWS_", "AIRFLOW__")
_BACKEND: Final = "AIRFLOW__WORKERS__SECRETS_BACKEND"
ALLOWED: Final = (_BACKEND, f"{_BACKEND}_KWARGS")
ALLOWED_PREFIX: Final = f"{_BACKEND}_KWARG__"
"""What a variable may not be called, but for the secrets backend (botocore model mwaa-serverless:
EnvironmentVariablesMap)."""

_KEY_ARN: Final = r"arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+"


def spec_rules() -> Iterator[Rule]:
    """Yield all rules of spec."""
    yield from required_unless_observing(
        {
            "definition": "give it as inline, yaml, configMapKeyRef or s3",
            "role": "give the arn of a role, or managed: {} to have one written",
        }
    )
    yield region_rule()
    yield shaped(
        "name",
        pattern=WORKFLOW_NAME,
        message="name must begin with a letter or digit and hold only letters, digits, and . - _: choose another",
    )
    yield Rule(
        cel="!has(self.encryption) || self.encryption.kmsKeyArn.contains(':' + self.region + ':')",
        holds=lambda spec: spec.encryption is None or f":{spec.region}:" in spec.encryption.kms_key_arn,
        message="encryption.kmsKeyArn must be in the workflow's region: use a key of spec.region",
        field="encryption.kmsKeyArn",
    )
    yield Rule(
        cel="!self.deleteLogGroup || !has(self.logging) || !has(self.logging.logGroupName)",
        holds=_deletes_no_foreign_group,
        message="deleteLogGroup is for the log group that AWS makes, never for one that logging.logGroupName names: "
        "remove one of them",
        field="deleteLogGroup",
    )
    yield from tag_rules()
    yield from identity_rules("ServerlessWorkflow")
    yield immutable(
        "encryption.kmsKeyArn",
        unless=OBSERVED,
        message="encryption.kmsKeyArn is immutable, AWS fixes it at creation: create another ServerlessWorkflow "
        "instead",
    )


def definition_rules() -> Iterator[Rule]:
    """Yield the rules of spec.definition."""
    yield exactly_one("inline", "yaml", "configMapKeyRef", "s3", of="definition", step="keep the one that you mean")


def code_rules() -> Iterator[Rule]:
    """Yield the rules of spec.code."""
    yield exactly_one("s3", "configMapKeyRef", of="code", step="keep the one that you mean")
    endings = "[" + ", ".join(map(cel_text, CODE_FILES)) + "]"
    for field in ("s3", "configMapKeyRef"):
        yield given(
            field,
            cel=f"{endings}.exists(ending, self.{field}.key.endsWith(ending))",
            holds=lambda reference: reference.key.endswith(CODE_FILES),
            message=f"code.{field}.key must end in {', '.join(CODE_FILES[:-1])} or {CODE_FILES[-1]}: AWS takes one "
            "Python file, one shell script or one archive",
        )


def role_rules() -> Iterator[Rule]:
    """Yield the rules of spec.role."""
    yield exactly_one("arn", "managed", of="role", step="keep the one that you mean")
    yield role_rule("arn")


def variable_rules() -> Iterator[Rule]:
    """Yield the rules of one item of spec.environment."""
    yield exactly_one("value", "valueFrom", of="environment[]", step="keep the one that you mean")
    reserved = " || ".join(f"self.name.startsWith({cel_text(prefix)})" for prefix in RESERVED)
    allowed = "[" + ", ".join(map(cel_text, ALLOWED)) + "]"
    yield Rule(
        cel=f"!({reserved}) || self.name in {allowed} || self.name.startsWith({cel_text(ALLOWED_PREFIX)})",
        holds=_not_reserved,
        message=f"environment[].name must not begin with {' or '.join(RESERVED)} (AWS reserves them, but for "
        f"{_BACKEND}, {_BACKEND}_KWARGS and {ALLOWED_PREFIX}*): rename it",
        field="name",
    )


def logging_rules() -> Iterator[Rule]:
    """Yield the rules of spec.logging."""
    yield Rule(
        cel="!has(self.retentionDays) || !has(self.logGroupName)",
        holds=lambda logging: logging.retention_days is None or logging.log_group_name is None,
        message="logging.retentionDays is for the log group that AWS makes, never for one that logGroupName names: "
        "remove one of them",
        field="retentionDays",
    )


def encryption_rules() -> Iterator[Rule]:
    """Yield the rules of spec.encryption."""
    yield shaped(
        "kmsKeyArn",
        pattern=_KEY_ARN,
        message="kmsKeyArn must be the full ARN of a key and no alias: arn:aws:kms:<region>:<account>:key/<id>",
    )


def object_rules() -> Iterator[Rule]:
    """Yield the rules of a file in S3."""
    yield given(
        "key",
        cel="(!self.key.startsWith('/') && !self.key.startsWith('s3://'))",
        holds=lambda key: not key.startswith(("/", "s3://")),
        message="s3.key is a key in the bucket: leave out s3://, the bucket's name and a leading slash",
    )


def _deletes_no_foreign_group(spec: ServerlessWorkflowSpec) -> bool:
    return not spec.delete_log_group or spec.logging is None or spec.logging.log_group_name is None


def _not_reserved(variable: EnvironmentVariable) -> bool:
    name = variable.name
    return not name.startswith(RESERVED) or name in ALLOWED or name.startswith(ALLOWED_PREFIX)
