"""The role of a workflow: what it allows, what it says of itself, and that the same workflow gives the same bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.account.api import ManagedRoles
from mwaa_operator.workflow.definition.model import Parameter
from mwaa_operator.workflow.role.facts import Place, ReadableObject, RoleLimits, TrustScope, limits_of
from mwaa_operator.workflow.role.findings import ALLOWED_ACTIONS, PASS_ROLE_ARNS, Missing, Note, Unknown, Widened
from mwaa_operator.workflow.role.generate import (
    BASE_POLICY,
    NEVER_IN_THE_STORE,
    TASKS_POLICY,
    GeneratedRole,
    Refused,
    generate,
)
from mwaa_operator.workflow.role.name import role_name
from tests.support.roles import (
    ACCOUNT,
    ANYTHING,
    BOUNDARY,
    FACTS,
    PLACE,
    REGION,
    allowing,
    granted,
    permissions,
    permits,
    role_of,
    statements_of,
    task,
    workflow,
)

HERE = f"{REGION}:{ACCOUNT}"
GLUE = f"arn:aws:glue:{HERE}:job"
EMR = f"arn:aws:emr-serverless:{HERE}:/applications"
OWN_BUCKETS = {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}
KEY = f"arn:aws:kms:{HERE}:key/1b2c3d4e"

EMPTY = task("airflow.providers.standard.operators.empty.EmptyOperator", "nothing")
LIST = task("operators.s3.S3ListOperator", "list", bucket="acme-raw", prefix="orders/")
WRITE = task("operators.s3.S3CreateObjectOperator", "write", s3_bucket="acme-out", s3_key="a/b", data="x", replace=True)
RUN_JOB = task("operators.glue.GlueJobOperator", "job", job_name="load-orders")
START = task(
    "operators.emr.EmrServerlessStartJobOperator",
    "spark",
    application_id="00f1abc",
    execution_role_arn=f"arn:aws:iam::{ACCOUNT}:role/spark",
    job_driver={},
)
DELETE = task("operators.s3.S3DeleteObjectsOperator", "delete", bucket="acme-out", keys=["a/b", "a/c"])


def statement(role: GeneratedRole, sid: str) -> dict[str, Any]:
    (found,) = (one for one in statements_of(role) if one["Sid"] == sid)
    return found


def test_a_workflow_that_needs_nothing_has_only_the_base() -> None:
    role = role_of(EMPTY)
    assert [name for name, _ in role.policies] == [BASE_POLICY]
    assert (role.widened, role.withheld, role.missing, role.unknown, role.notes) == ((), (), (), (), ())


def test_the_base_is_the_same_whatever_the_account_allows() -> None:
    assert role_of(EMPTY, limits=allowing()).policies == role_of(EMPTY, limits=ANYTHING).policies
    base = json.loads(dict(role_of(EMPTY).policies)[BASE_POLICY])
    store = "arn:aws:s3:::definitions"
    assert base == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Logs1",
                "Effect": "Allow",
                "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": f"arn:aws:logs:{HERE}:log-group:/aws/mwaa-serverless/data-orders-*:*",
            },
            {
                "Sid": "Objects1",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:GetObjectVersion"],
                "Resource": f"{store}/mwaa/cluster-1/data/orders/*",
            },
            {
                "Sid": "Protected1",
                "Effect": "Deny",
                "Action": list(NEVER_IN_THE_STORE),
                "Resource": [store, f"{store}/mwaa/*"],
            },
        ],
    }  # fmt: skip


def test_a_named_log_group_is_not_made_and_the_derived_one_is_narrowed_once_known() -> None:
    named = statements_of(role_of(EMPTY, log_group="/team/logs"), base=True)[0]
    assert named["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert named["Resource"] == [f"arn:aws:logs:{HERE}:log-group:/team/logs:*"]
    arn = f"arn:aws:airflow-serverless:{HERE}:workflow/data-orders-Ab3dE6gH9j"
    made = statements_of(role_of(EMPTY, place=replace(PLACE, arn=arn)), base=True)[0]
    assert made["Resource"] == [f"arn:aws:logs:{HERE}:log-group:/aws/mwaa-serverless/data-orders-Ab3dE6gH9j/:*"]


def test_keys_of_the_customer_are_for_the_base_only() -> None:
    other = f"arn:aws:kms:{HERE}:key/9f8e7d6c"
    role = role_of(EMPTY, workflow_key_arn=KEY, object_key_arns=(other,))
    assert permits(role, "kms:GenerateDataKey", KEY)
    assert permits(role, "kms:Decrypt", other)
    assert not permits(role, "kms:GenerateDataKey", other)


def test_a_literal_argument_gives_one_resource_and_nothing_is_widened() -> None:
    role = role_of(RUN_JOB)
    assert granted(role) == {
        f"glue:{verb}": {f"{GLUE}/load-orders"}
        for verb in ("BatchStopJobRun", "GetJob", "GetJobRun", "GetJobRuns", "StartJobRun")
    }
    assert role.widened == ()


def test_a_listing_is_narrowed_to_its_literal_prefix_and_to_the_account_s_buckets() -> None:
    assert statements_of(role_of(LIST)) == [
        {
            "Sid": "Scoped1",
            "Effect": "Allow",
            "Action": ["s3:ListBucket"],
            "Resource": ["arn:aws:s3:::acme-raw"],
            "Condition": {**OWN_BUCKETS, "StringLike": {"s3:prefix": "orders/"}},
        }
    ]


def test_a_parameter_with_a_literal_default_is_literal() -> None:
    one = task("operators.s3.S3ListOperator", bucket="{{ params.bucket }}-{{ params['stage'] }}")
    role = role_of(one, params={"bucket": "acme", "stage": "prod"})
    assert granted(role) == {"s3:ListBucket": {"arn:aws:s3:::acme-prod"}}
    assert role.widened == ()


def test_a_parameter_of_the_task_wins() -> None:
    one = task("operators.s3.S3ListOperator", "one", {"bucket": "mine"}, bucket="{{ params.bucket }}")
    assert granted(role_of(one, params={"bucket": "theirs"})) == {"s3:ListBucket": {"arn:aws:s3:::mine"}}


def test_what_only_a_run_knows_widens_within_service_region_and_account_and_is_reported() -> None:
    one = replace(START, arguments={**START.arguments, "application_id": "{{ ti.xcom_pull('make') }}"})
    role = role_of(one)
    assert granted(role)["emr-serverless:StartJobRun"] == {f"{EMR}/*"}
    assert granted(role)["emr-serverless:GetJobRun"] == {f"{EMR}/*/jobruns/*"}
    assert {(one.task_id, one.argument) for one in role.widened} == {("spark", "application_id")}
    assert any("emr-serverless:StartJobRun, emr-serverless:GetApplication" in one.why for one in role.widened)


def test_what_is_literal_around_a_template_stays() -> None:
    one = task("operators.s3.S3CreateObjectOperator", s3_key="s3://acme-out/{{ ds }}/x.csv", data="", replace=True)
    role = role_of(one)
    assert granted(role)["s3:PutObject"] == {"arn:aws:s3:::acme-out/*/x.csv"}
    assert [found.argument for found in role.widened] == ["s3_key"]


def test_a_parameter_without_default_widens() -> None:
    one = task("operators.glue.GlueJobOperator", job_name="{{ params.job }}")
    role = role_of(one, params={"job": Parameter(required=True)})
    assert granted(role)["glue:StartJobRun"] == {f"{GLUE}/*"}
    assert role.widened


def test_what_aws_picks_widens_and_names_no_argument() -> None:
    role = role_of(task("sensors.athena.AthenaSensor", query_execution_id="1"))
    assert role.widened == (
        Widened(
            "task",
            "",
            f"AWS picks a part of the ARN: athena:GetQueryExecution on arn:aws:athena:{HERE}:workgroup/*",
        ),
    )


def test_what_iam_cannot_narrow_stands_alone_in_the_region() -> None:
    role = role_of(
        task("operators.emr.EmrCreateJobFlowOperator", job_flow_overrides={}), task("sensors.batch.BatchSensor", "b")
    )
    alone = [one for one in statements_of(role) if one["Resource"] == ["*"]]
    assert [(one["Sid"], one["Action"]) for one in alone] == [
        ("Unscopable1", ["batch:DescribeJobs", "elasticmapreduce:RunJobFlow"])
    ]
    assert alone[0]["Condition"] == {"StringEquals": {"aws:RequestedRegion": REGION}}
    assert Widened("task", "", "IAM cannot narrow elasticmapreduce:RunJobFlow to a resource") in role.widened
    assert not any("DescribeJobs" in one.why for one in role.widened)


def test_deletions_stand_alone() -> None:
    role = role_of(DELETE, WRITE)
    assert statement(role, "Destructive1")["Action"] == ["s3:DeleteObject"]
    assert statement(role, "Destructive1")["Resource"] == ["arn:aws:s3:::acme-out/a/b", "arn:aws:s3:::acme-out/a/c"]
    assert "s3:DeleteObject" not in statement(role, "Scoped1")["Action"]


def test_a_deletion_needs_the_account_s_word() -> None:
    role = role_of(DELETE, WRITE, limits=allowing("s3:Put*", "s3:Abort*"))
    assert role.missing == (Missing(ALLOWED_ACTIONS, "s3:DeleteObject", ("delete",)),)
    assert not permits(role, "s3:DeleteObject", "arn:aws:s3:::acme-out/a/b")


def test_a_deletion_of_what_only_a_run_knows_needs_the_account_s_word_in_full() -> None:
    stop = task("operators.emr.EmrTerminateJobFlowOperator", job_flow_id="{{ ti.xcom_pull('make') }}")
    held = role_of(stop, limits=allowing("elasticmapreduce:*"))
    assert not permits(held, "elasticmapreduce:TerminateJobFlows", f"arn:aws:elasticmapreduce:{HERE}:cluster/j-1")
    (reason,) = held.withheld
    assert reason.argument == "job_flow_id"
    assert (
        "have spec.managedRoles.allowedActions name elasticmapreduce:TerminateJobFlows without a wildcard" in reason.why
    )
    role = role_of(stop, limits=allowing("elasticmapreduce:Describe*", "elasticmapreduce:TerminateJobFlows"))
    assert permits(role, "elasticmapreduce:TerminateJobFlows", f"arn:aws:elasticmapreduce:{HERE}:cluster/j-1")
    assert (role.withheld, {one.argument for one in role.widened}) == ((), {"job_flow_id"})


def test_a_role_is_passed_to_one_service_by_its_own_arn() -> None:
    assert statement(role_of(START), "PassRole1") == {
        "Sid": "PassRole1",
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": [f"arn:aws:iam::{ACCOUNT}:role/spark"],
        "Condition": {"StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}},
    }


def test_a_role_named_without_its_arn_is_one_of_the_account() -> None:
    one = replace(RUN_JOB, arguments={**RUN_JOB.arguments, "iam_role_name": "glue-etl"})
    assert granted(role_of(one))["iam:PassRole"] == {f"arn:aws:iam::{ACCOUNT}:role/glue-etl"}


def test_a_role_that_the_account_does_not_let_pass_is_missing() -> None:
    role = role_of(START, limits=allowing("emr-serverless:*", roles=(f"arn:aws:iam::{ACCOUNT}:role/glue-*",)))
    assert role.missing == (Missing(PASS_ROLE_ARNS, f"arn:aws:iam::{ACCOUNT}:role/spark", ("spark",)),)
    assert "iam:PassRole" not in granted(role)


def test_a_role_that_a_call_hands_over_under_its_own_key_is_kept_by_a_condition() -> None:
    arguments: dict[str, Any] = {"virtual_cluster_id": "vc1", "name": "n", "release_label": "r", "job_driver": {}}
    spark = f"arn:aws:iam::{ACCOUNT}:role/spark"
    one = task("operators.emr.EmrContainerOperator", execution_role_arn=spark, **arguments)
    start = [item for item in statements_of(role_of(one)) if "emr-containers:StartJobRun" in item["Action"]]
    assert [item["Condition"] for item in start] == [{"StringEquals": {"emr-containers:ExecutionRoleArn": spark}}]
    refused = role_of(one, limits=allowing("emr-containers:*"))
    assert "emr-containers:StartJobRun" not in granted(refused)
    assert refused.missing == (Missing(PASS_ROLE_ARNS, spark, ("task",)),)
    without = role_of(task("operators.emr.EmrAddStepsOperator", job_flow_id="j-1", steps=[]))
    (steps,) = (item for item in statements_of(without) if "elasticmapreduce:AddJobFlowSteps" in item["Action"])
    assert steps["Condition"] == {"Null": {"elasticmapreduce:ExecutionRoleArn": "true"}}


def test_actions_that_the_account_does_not_allow_are_listed_once_with_all_their_tasks() -> None:
    again = replace(RUN_JOB, task_id="again")
    role = role_of(RUN_JOB, again, limits=allowing("glue:Get*"))
    assert granted(role) == {f"glue:{verb}": {f"{GLUE}/load-orders"} for verb in ("GetJob", "GetJobRun", "GetJobRuns")}
    assert role.missing == (
        Missing(ALLOWED_ACTIONS, "glue:BatchStopJobRun", ("again", "job")),
        Missing(ALLOWED_ACTIONS, "glue:StartJobRun", ("again", "job")),
    )


def test_an_account_that_allows_nothing_gives_the_base_only() -> None:
    role = role_of(LIST, WRITE, RUN_JOB, START, DELETE, limits=allowing())
    assert [name for name, _ in role.policies] == [BASE_POLICY]
    assert role.missing


def test_code_of_the_user_s_own_and_operators_without_row_are_reported() -> None:
    bash = task("airflow.providers.standard.operators.bash.BashOperator", "bash", bash_command="aws s3 ls")
    python = task("airflow.operators.python.PythonOperator", "python", python_callable="a.b")
    strange = task("acme.operators.Strange", "strange", bucket="acme-raw")
    role = role_of(bash, python, strange)
    assert [(one.operator.rpartition(".")[2], one.task_ids) for one in role.unknown] == [
        ("Strange", ("strange",)),
        ("PythonOperator", ("python",)),
        ("BashOperator", ("bash",)),
    ]
    assert ["code of your own" in one.why for one in role.unknown] == [False, True, True]
    assert all(one.why.endswith("make the role yourself and name it in role.arn") for one in role.unknown)
    assert [name for name, _ in role.policies] == [BASE_POLICY]
    assert isinstance(role.unknown[0], Unknown)


def test_what_no_argument_tells_is_noted() -> None:
    role = role_of(task("operators.eks.EksPodOperator", "pod", cluster_name="c"))
    (note,) = role.notes
    assert note == Note(
        "pod", "the EKS cluster must let the role in (an access entry) with the rights in Kubernetes that the pod needs"
    )


def test_cloudformation_gets_no_role_and_no_rights_of_its_template() -> None:
    one = task(
        "operators.cloud_formation.CloudFormationCreateStackOperator",
        stack_name="s",
        cloudformation_parameters={"RoleARN": f"arn:aws:iam::{ACCOUNT}:role/admin", "Capabilities": ["CAPABILITY_IAM"]},
    )
    role = role_of(one)
    assert set(granted(role)) == {"cloudformation:CreateStack", "cloudformation:DescribeStacks"}
    assert len(role.notes) == 1


def test_no_operator_s_row_grants_iam_but_getrole() -> None:
    assert {action for action in permissions().actions() if action.startswith("iam:")} == {"iam:GetRole"}


def test_a_sensor_of_a_pattern_lists_below_its_literal_part_and_reads_nothing() -> None:
    for one in (
        task("sensors.s3.S3KeySensor", bucket_key="s3://acme-raw/in/*.csv", wildcard_match=True),
        task("sensors.s3.S3KeySensor", bucket_name="acme-raw", bucket_key="in/*.csv", wildcard_match=True),
    ):
        role = role_of(one)
        assert granted(role) == {"s3:ListBucket": {"arn:aws:s3:::acme-raw"}}
        assert statement(role, "Scoped1")["Condition"]["StringLike"] == {"s3:prefix": "in/"}
        assert (role.widened, role.withheld) == ((), ())


def test_every_value_of_a_list_is_granted() -> None:
    keys = ["s3://acme-raw/a", "s3://acme-in/b"]
    assert granted(role_of(task("sensors.s3.S3KeySensor", bucket_key=keys)))["s3:GetObject"] == {
        "arn:aws:s3:::acme-raw/a",
        "arn:aws:s3:::acme-in/b",
    }


def test_an_arn_and_a_url_name_the_same_as_a_name() -> None:
    forms = ("orders", f"arn:aws:sqs:{HERE}:orders", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders")
    roles = {role_of(task("operators.sqs.SqsPublishOperator", sqs_queue=form)).policies for form in forms}
    assert len(roles) == 1
    assert permits(role_of(task("operators.sqs.SqsPublishOperator", sqs_queue=forms[0])), "sqs:SendMessage", forms[1])


def test_resources_that_need_the_same_share_a_statement() -> None:
    jobs = [task("operators.glue.GlueJobOperator", f"t{number}", job_name=f"job-{number}") for number in range(20)]
    role = role_of(*jobs)
    assert len(statements_of(role)) == 1
    assert len(statements_of(role)[0]["Resource"]) == 20


def test_the_order_of_the_definition_does_not_count() -> None:
    tasks = [LIST, WRITE, RUN_JOB, START, DELETE, EMPTY]
    assert role_of(*tasks) == role_of(*reversed(tasks))
    assert role_of(*tasks).policies == role_of(*tasks).policies


def test_a_role_that_would_not_fit_is_refused_with_what_to_do() -> None:
    jobs = [task("operators.glue.GlueJobOperator", f"t{number}", job_name=f"job-{number:0200}") for number in range(60)]
    found = generate(workflow(*jobs), facts=FACTS, limits=ANYTHING, permissions=permissions())
    assert isinstance(found, Refused)
    assert found.reason == "TooLarge"
    assert "of at most 10240 characters: split the workflow" in found.message
    assert isinstance(
        generate(workflow(*jobs[:20]), facts=FACTS, limits=ANYTHING, permissions=permissions()), GeneratedRole
    )


def test_the_trust_policy_keeps_other_accounts_out() -> None:
    (found,) = json.loads(role_of(EMPTY).trust)["Statement"]
    assert found["Principal"] == {"Service": "airflow-serverless.amazonaws.com"}
    assert found["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:airflow-serverless:{HERE}:workflow/*"},
    }
    (narrow,) = json.loads(role_of(EMPTY, trust_scope=TrustScope.WORKFLOW).trust)["Statement"]
    assert narrow["Condition"]["ArnLike"]["aws:SourceArn"].endswith(":workflow/data-orders-*")


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-cn"])
def test_every_arn_is_of_the_workflow_s_partition(partition: str) -> None:
    place = Place(partition, "us-gov-west-1", ACCOUNT, "data-orders")
    limits = replace(ANYTHING, boundary_arn=BOUNDARY.replace("arn:aws:", f"arn:{partition}:"), pass_role_arns=("*",))
    spark = replace(
        START, arguments={**START.arguments, "execution_role_arn": f"arn:{partition}:iam::{ACCOUNT}:role/s"}
    )
    role = role_of(spark, WRITE, limits=limits, place=place)
    resources = [arn for one in statements_of(role, base=True) for arn in one["Resource"]]
    assert resources
    assert all(arn.startswith(f"arn:{partition}:") for arn in resources)
    (passed,) = (
        one["Condition"]["StringEquals"]["iam:PassedToService"]
        for one in statements_of(role)
        if one["Sid"] == "PassRole1"
    )
    service = "emr-serverless.amazonaws.com"
    assert passed == ([service, f"{service}.cn"] if partition == "aws-cn" else service)
    assert partition in role.trust


def test_the_name_fits_tells_objects_apart_and_changes_with_the_object() -> None:
    name = role_of(EMPTY).name
    assert name == role_name(namespace="data", name="orders", identity=FACTS.identity)
    assert name.startswith("mwaas-")
    assert name.endswith("-data-orders")
    long = [role_name(namespace="n" * 63, name="x" * 63, identity=uid) for uid in ("uid-1", "uid-2")]
    assert len(set(long)) == 2
    assert {len(one) for one in long} == {64}
    assert role_name(namespace="n" * 49, name="x", identity="u").endswith("n")


def test_boundary_and_path_are_the_account_s() -> None:
    managed = ManagedRoles.model_validate(
        {
            "permissionsBoundaryArn": BOUNDARY,
            "path": "/mwaa/",
            "allowedActions": ["glue:*"],
            "passRoleArns": [f"arn:aws:iam::{ACCOUNT}:role/x"],
        }
    )
    limits = limits_of(managed)
    assert limits == RoleLimits(BOUNDARY, "/mwaa/", ("glue:*",), (f"arn:aws:iam::{ACCOUNT}:role/x",))
    role = role_of(RUN_JOB, limits=limits)
    assert (role.boundary_arn, role.path) == (BOUNDARY, "/mwaa/")


WRONG: list[tuple[str, dict[str, Any], RoleLimits]] = [
    ("a wildcard as the account", {"place": replace(PLACE, account_id="*")}, ANYTHING),
    ("a wildcard as the Region", {"place": replace(PLACE, region="*")}, ANYTHING),
    ("a wildcard in the workflow's name", {"place": replace(PLACE, workflow="data-*")}, ANYTHING),
    ("a wildcard in its ARN", {"place": replace(PLACE, arn="arn:aws:airflow-serverless:*:1:workflow/*")}, ANYTHING),
    ("a wildcard as the log group", {"log_group": "*"}, ANYTHING),
    ("a variable as the log group", {"log_group": "/${aws:username}"}, ANYTHING),
    ("a wildcard as a bucket", {"objects": (ReadableObject("*", "a"),)}, ANYTHING),
    ("a wildcard as a key", {"objects": (ReadableObject("acme", "*"),)}, ANYTHING),
    ("an empty key", {"objects": (ReadableObject("acme", ""),)}, ANYTHING),
    ("a wildcard in the store", {"store": ReadableObject("acme", "*")}, ANYTHING),
    ("an alias as a key", {"workflow_key_arn": f"arn:aws:kms:{HERE}:alias/x"}, ANYTHING),
    ("every key", {"workflow_key_arn": f"arn:aws:kms:{HERE}:key/*"}, ANYTHING),
    ("a key that is everything", {"object_key_arns": ("*",)}, ANYTHING),
    ("no boundary", {}, replace(ANYTHING, boundary_arn="")),
    ("a boundary of another account", {}, replace(ANYTHING, boundary_arn="arn:aws:iam::210987654321:policy/b")),
    ("a role as the boundary", {}, replace(ANYTHING, boundary_arn=f"arn:aws:iam::{ACCOUNT}:role/b")),
    ("a path without slashes", {}, replace(ANYTHING, path="mwaa")),
]


@pytest.mark.parametrize(("changes", "limits"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_facts_that_iam_would_read_as_a_pattern_are_refused(changes: dict[str, Any], limits: RoleLimits) -> None:
    found = generate(workflow(EMPTY), facts=replace(FACTS, **changes), limits=limits, permissions=permissions())
    assert isinstance(found, Refused)
    assert found.reason == "InvalidFacts"


def test_a_boundary_of_aws_and_a_store_without_prefix_are_taken() -> None:
    limits = replace(ANYTHING, boundary_arn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    role = role_of(WRITE, limits=limits, store=ReadableObject("acme-out", ""))
    assert not permits(role, "s3:PutObject", "arn:aws:s3:::acme-out/a/b")


def test_only_two_policies_are_written() -> None:
    assert [name for name, _ in role_of(LIST).policies] == [BASE_POLICY, TASKS_POLICY]
