"""The rows of what operators need: each keeps the rules, and a planted row that breaks one is refused with its name."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.session import get_session

from mwaa_operator.workflow.definition.knowledge import State
from mwaa_operator.workflow.definition.load import load_operators
from mwaa_operator.workflow.definition.model import BASH_OPERATORS, PYTHON_OPERATORS
from mwaa_operator.workflow.role.permissions import NEVER_TO, is_destructive, only_reads, parse_permissions
from mwaa_operator.workflow.role.templates import Placeholder, Template, parse_template
from tests.support.roles import permissions

GRANT: dict[str, Any] = {"actions": ["glue:GetJob"], "resources": ["glue:job/{job_name}"]}


def document(grant: dict[str, Any] | None = None, **row: Any) -> dict[str, Any]:
    """Return a file with one module of one operator."""
    needs = {"grants": [GRANT | (grant or {})], **row}
    return {"a.module": {"read": "2026-11-21", "source": "somewhere", "operators": {"Operator": needs}}}


def test_a_row_is_found_by_its_operator() -> None:
    found = parse_permissions({"x.yaml": document()})
    (grant,) = found.needs["a.module.Operator"].grants
    assert [[template.text for template in choice] for choice in grant.choices] == [
        ["arn:{partition}:glue:{region}:{account}:job/{job_name}"]
    ]


BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("a wildcard action", {"actions": ["glue:*"]}, "'glue:\\*' is no action written in full"),
    ("a wildcard verb", {"actions": ["glue:Get*"]}, "no action written in full"),
    ("no actions", {"actions": []}, "a grant needs actions"),
    ("an action of IAM", {"actions": ["iam:PutRolePolicy"]}, "iam:PutRolePolicy may not be granted"),
    ("PassRole as an action", {"actions": ["iam:PassRole"]}, "iam:PassRole may not be granted"),
    ("an action of STS", {"actions": ["sts:AssumeRole"]}, "sts:AssumeRole may not be granted"),
    ("an unmarked deletion", {"actions": ["glue:DeleteJob"]}, "must stand with destructive: true"),
    (
        "a deletion among others",
        {"actions": ["glue:GetJob", "glue:DeleteJob"], "destructive": True},
        "destructive: false",
    ),
    ("neither resources nor unscopable", {"resources": []}, "must either be unscopable or have resources"),
    ("both resources and unscopable", {"unscopable": True}, "must either be unscopable or have resources"),
    ("everything", {"resources": ["*"]}, "must begin with arn"),
    ("any Region", {"resources": ["arn:{partition}:glue:*:{account}:job/{job_name}"]}, "must begin with arn"),
    ("any account", {"resources": ["arn:{partition}:glue:{region}:*:job/{job_name}"]}, "must begin with arn"),
    ("no account", {"resources": ["arn:{partition}:glue:{region}::job/{job_name}"]}, "must begin with arn"),
    ("one partition", {"resources": ["arn:aws:glue:{region}:{account}:job/{job_name}"]}, "must begin with arn"),
    ("an argument as the account", {"resources": ["arn:{partition}:glue:{region}:{x}:job/a"]}, "must begin with arn"),
    ("an argument as everything", {"resources": ["{job_name}"]}, "must begin with arn"),
    ("a shape that is not there", {"resources": ["glue:job/{job_name:any}"]}, "there is no shape any"),
    ("a prefix without shape", {"prefix": "prefix"}, "there is no shape of prefix"),
    ("a brace", {"resources": ["glue:job/{job_name"]}, "a brace is not part of a placeholder"),
    ("a policy variable", {"resources": ["glue:job/${aws:username}"]}, "there is no shape username"),
    (
        "a star before any argument",
        {"actions": ["glue:StartJobRun"], "resources": ["glue:job/*"]},
        r"\* before any argument is for actions that read only",
    ),
    ("a member that nobody knows", {"resource": "x"}, "grants.0.resource: Unexpected keyword argument"),
]


@pytest.mark.parametrize(("change", "words"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_row_that_breaks_a_rule_is_refused_with_its_name(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        parse_permissions({"x.yaml": document(change)})
    assert str(caught.value).startswith("x.yaml: a.module")


@pytest.mark.parametrize("service", [*sorted(NEVER_TO), "*", "glue", "*.amazonaws.com", "arn:aws:iam::1:root"])
def test_a_role_is_passed_to_a_service_by_its_name_and_never_to_cloudformation(service: str) -> None:
    with pytest.raises(ValueError, match="no role may be passed to"):
        parse_permissions({"x.yaml": document(passes=[{"argument": "role", "to": service}])})


def test_a_row_has_a_date_and_a_source() -> None:
    for member in ("read", "source"):
        broken = document()
        del broken["a.module"][member]
        with pytest.raises(ValueError, match=f"x.yaml: a.module.{member}: Field required"):
            parse_permissions({"x.yaml": broken})


def test_an_operator_is_in_one_file_only() -> None:
    with pytest.raises(ValueError, match=r"y\.yaml: a\.module\.Operator: another file has it, too"):
        parse_permissions({"x.yaml": document(), "y.yaml": document()})


@pytest.mark.parametrize("nonsense", [None, [], "text", {"a.module": None}])
def test_a_file_of_another_form_is_refused_with_its_name(nonsense: Any) -> None:
    with pytest.raises(ValueError, match=r"^x\.yaml: "):
        parse_permissions({"x.yaml": nonsense})


def test_whoever_the_validator_supports_has_a_row_or_stands_here() -> None:
    rows = load_operators().operators.items()
    supported = {name for name, row in rows if row.state is State.SUPPORTED and not row.abstract}
    assert supported - set(permissions().needs) == WITHOUT_ROW


WITHOUT_ROW = frozenset(
    {
        *PYTHON_OPERATORS,
        *BASH_OPERATORS,
        "airflow.providers.amazon.aws.operators.sagemaker_unified_studio.SageMakerNotebookOperator",
        "airflow.providers.amazon.aws.sensors.sagemaker_unified_studio.SageMakerNotebookSensor",
    }
)
"""What runs code of the user's own, and what acts for a project of SageMaker Unified Studio."""


def test_no_row_is_about_an_operator_that_the_service_does_not_have() -> None:
    refused = {name for name, row in load_operators().operators.items() if row.state is State.UNSUPPORTED}
    assert refused & set(permissions().needs) == set()


def test_the_services_that_the_rows_speak_of_have_these_operations() -> None:
    """A misspelt action grants nothing and nobody would see it: every one is an operation, or known not to be."""
    operations = _operations({action.partition(":")[0] for action in permissions().actions()})
    others = {
        action
        for action in permissions().actions()
        if action.partition(":")[2] not in operations[action.partition(":")[0]]
    }
    assert others == NOT_OPERATIONS


NOT_OPERATIONS = frozenset(
    {
        "lambda:InvokeFunction",
        "s3:GetObjectVersion",
        "s3:ListBucket",
        "s3:ListBucketMultipartUploads",
        "s3:ListMultipartUploadParts",
    }
)
"""Actions with another name than the operation that they allow (Service Authorization Reference)."""

MODELS = {
    "aoss": ("opensearchserverless",),
    "airflow": ("mwaa",),
    "airflow-serverless": ("mwaa-serverless",),
    "bedrock": ("bedrock", "bedrock-runtime", "bedrock-agent", "bedrock-agent-runtime"),
    "elasticmapreduce": ("emr",),
    "kinesisanalytics": ("kinesisanalyticsv2",),
    "states": ("stepfunctions",),
}


def _operations(services: set[str]) -> dict[str, set[str]]:
    loader: Loader = get_session().get_component("data_loader")
    return {
        service: {
            name
            for model in MODELS.get(service, (service,))
            for name in loader.load_service_model(model, "service-2")["operations"]
        }
        for service in services
    }


def test_a_verb_tells_what_an_action_does() -> None:
    assert [is_destructive(f"x:{verb}") for verb in ("DeleteJob", "TerminateJob", "GetJob", "StopJob")] == [
        True,
        True,
        False,
        False,
    ]
    assert [only_reads(f"x:{verb}") for verb in ("GetJob", "ListJobs", "DescribeJob", "StartJob", "DeleteJob")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_what_hands_out_secrets_is_only_granted_literally() -> None:
    secrets = {"secretsmanager:GetSecretValue", "redshift:GetClusterCredentials", "redshift-serverless:GetCredentials"}
    found = [grant for needs in permissions().needs.values() for grant in needs.grants if secrets & set(grant.actions)]
    assert found
    assert all(grant.literal and set(grant.actions) <= secrets for grant in found)


def test_a_template_is_read_into_text_and_placeholders() -> None:
    assert parse_template("s3:::{bucket:bucket}/{a.b:key?}*").parts == (
        "arn:{partition}:s3:::",
        Placeholder("bucket", "bucket"),
        "/",
        Placeholder("a.b", "key", optional=True),
        "*",
    )
    assert parse_template("batch:job/{}").parts[-1] == Placeholder("")
    assert isinstance(parse_template("arn:{partition}:iam::{account}:role/{role:role}"), Template)
