"""Which operators the service runs, and what some of them cannot do without.

Source: MWAA Serverless user guide ("Supported operators") and the layout of Airflow's Amazon provider, 2026-11. Whole
modules are listed, because the service's own list is not published: a class that is really there must not be refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from localcloud.aws.serverless.members import words

PROVIDER = "airflow.providers.amazon.aws"
OPERATORS = words(
    "appflow athena batch bedrock cloud_formation comprehend datasync dms ec2 ecs eks emr eventbridge glacier glue "
    "glue_catalog glue_crawler glue_databrew kinesis_analytics lambda_function mwaa mwaa_serverless neptune quicksight "
    "rds redshift_cluster redshift_data s3 s3_tables s3_vectors sagemaker sagemaker_unified_studio sns sqs "
    "step_function"
)
SENSORS = words(
    "athena batch bedrock cloud_formation comprehend dms dynamodb ec2 ecs eks emr glacier glue glue_catalog_partition "
    "glue_crawler kinesis_analytics lambda_function mwaa opensearch_serverless quicksight rds redshift_cluster s3 "
    "sagemaker sagemaker_unified_studio sqs step_function"
)
TRANSFERS = words("dynamodb_to_s3 http_to_s3 local_to_s3 redshift_to_s3 s3_to_dynamodb s3_to_redshift sql_to_s3")
MODULES: Mapping[str, frozenset[str]] = {"operators": OPERATORS, "sensors": SENSORS, "transfers": TRANSFERS}
OTHERS = frozenset(
    {
        "airflow.operators.bash.BashOperator",
        "airflow.operators.empty.EmptyOperator",
        "airflow.operators.python.PythonOperator",
        "airflow.providers.common.sql.operators.sql.SQLTableCheckOperator",
        "airflow.providers.standard.operators.bash.BashOperator",
        "airflow.providers.standard.operators.empty.EmptyOperator",
        "airflow.providers.standard.operators.python.PythonOperator",
    }
)
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "AthenaOperator": ("query", "database"),
    "BashOperator": ("bash_command",),
    "BatchOperator": ("job_name", "job_definition", "job_queue"),
    "EmrServerlessStartJobOperator": ("application_id", "execution_role_arn", "job_driver"),
    "LambdaInvokeFunctionOperator": ("function_name",),
    "PythonOperator": ("python_callable",),
    "S3CreateObjectOperator": ("s3_key", "data"),
    "S3ListOperator": ("bucket",),
    "SnsPublishOperator": ("target_arn", "message"),
    "StepFunctionStartExecutionOperator": ("state_machine_arn",),
}
"""Class to arguments without which its constructor fails (Amazon provider 9.32)."""

_CLASS = re.compile(r"[A-Z]\w*(?:Operator|Sensor)")
_ABSTRACT = re.compile(
    r"(?:Aws|Sagemaker|SageMaker|Dms|Rds|Ecs|Eks|Emr|Comprehend|DataBrew|Bedrock)Base(?:Operator|Sensor)"
)


def supported(operator: str, *, extra: tuple[str, ...], excluded: tuple[str, ...]) -> bool:
    """Tell whether the service runs this class.

    Args:
        operator: Fully qualified.
        extra: Globs of further ones.
        excluded: Globs of those that are not run.
    """
    if any(fnmatchcase(operator, pattern) for pattern in excluded):
        return False
    if operator in OTHERS or any(fnmatchcase(operator, pattern) for pattern in extra):
        return True
    module, _, name = operator.rpartition(".")
    kind, _, service = module.removeprefix(f"{PROVIDER}.").partition(".")
    known = module.startswith(f"{PROVIDER}.") and service in MODULES.get(kind, ())
    return known and bool(_CLASS.fullmatch(name)) and not _ABSTRACT.fullmatch(name)
