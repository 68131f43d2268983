"""The dialect of AWS's own definitions passes: written anew after their manner, with everything that looks wrong in it.

`schedule: None`, echoes of ids, connections, `trigger_rule: all_done` for cleaning up, typed durations beside plain
seconds, past dates, pulls from tasks that have another name now, `${NAME}` for what a script fills in.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from mwaa_operator.workflow.definition.findings import Severity
from tests.support.definitions import judge_text, told

AMAZON = "airflow.providers.amazon.aws"

ETL = f"""
# Transform, query, clean up.
shop_etl:
  dag_id: shop_etl
  description: bucket -> glue -> athena
  schedule: None
  start_date: '2024-01-01'
  catchup: false
  max_active_runs: 1
  default_args:
    owner: data
    retries: 2
    retry_delay: 60
  params:
    stack: shop
    table:
      type: string
      default: orders
  tasks:
    make_bucket:
      operator: {AMAZON}.operators.s3.S3CreateBucketOperator
      bucket_name: shop-{{{{ ds_nodash }}}}
      task_id: make_bucket
    make_stack:
      operator: {AMAZON}.operators.cloud_formation.CloudFormationCreateStackOperator
      stack_name: '{{{{ params.stack }}}}'
      cloudformation_parameters:
        StackName: '{{{{ params.stack }}}}'
        Capabilities: [CAPABILITY_IAM]
        TemplateBody: "Resources:\\n  B:\\n    Type: AWS::S3::Bucket\\nOutputs:\\n  N:\\n    Value: !Ref B\\n"
      dependencies:
      - make_bucket
    wait_for_stack:
      operator: {AMAZON}.sensors.cloud_formation.CloudFormationCreateStackSensor
      stack_name: '{{{{ params.stack }}}}'
      dependencies: [make_stack]
    transform:
      operator: {AMAZON}.operators.glue.GlueJobOperator
      job_name: shop-{{{{ params.table }}}}
      iam_role_name: '{{{{ ti.xcom_pull(task_ids=''create_stack'')[''Outputs''][1][''OutputValue'']
        }}}}'
      create_job_kwargs:
        GlueVersion: '5.0'
        MaxRetries: 0
      execution_timeout:
        __type__: datetime.timedelta
        minutes: 45
      retry_delay: {{__type__: datetime.timedelta, seconds: 300}}
      deferrable: false
      dependencies: [wait_for_stack]
    delete_bucket:
      operator: {AMAZON}.operators.s3.S3DeleteBucketOperator
      aws_conn_id: aws_default
      bucket_name: shop-{{{{ ds_nodash }}}}
      force_delete: true
      trigger_rule: all_done
      dependencies: [transform]
"""

AGENTS = f"""
agents:
  schedule: null
  params:
    amount: {{type: number, default: 1000}}
  tasks:
    ask:
      operator: {AMAZON}.operators.bedrock.BedrockInvokeModelOperator
      model_id: "${{MODEL}}"
      input_data:
        messages:
          - role: user
            content: >
              The amount is ${{{{ params.amount }}}}.
              Answer with {{"score": 1}}.
    tell:
      operator: {AMAZON}.operators.sns.SnsPublishOperator
      target_arn: "${{TOPIC}}"
      message: >
        {{{{ ti.xcom_pull(task_ids="ask") }}}}
      dependencies: [ask]
"""

CODE = """
own_code:
  schedule: "0 2 * * *"
  tasks:
    clean:
      operator: airflow.providers.standard.operators.python.PythonOperator
      python_callable: transform.clean_rows
      op_kwargs: {day: "{{ ds }}"}
    report:
      operator: airflow.operators.bash.BashOperator
      bash_command: ./report.sh {{ ds }}
      dependencies: [clean]
    call:
      operator: airflow.providers.http.operators.http.HttpOperator
      endpoint: /done
      dependencies: [report]
"""

CONVERTED = f"""
converted:
  tasks:
    wait:
      operator: {AMAZON}.sensors.s3.S3KeySensor
      bucket_key: s3://b/k
      mode: poke
      timeout: 604800
      outlets: []
      priority_weight: 1
      weight_rule: downstream
      start_date: {{__type__: datetime.datetime, year: 2024, month: 1, day: 1}}
      retry_exponential_backoff: false
  start_date: {{__type__: datetime.datetime, year: 2024, month: 1, day: 1}}
  end_date: 2030-01-01
  dag_display_name: converted
  owner_links: {{}}
  render_template_as_native_obj: false
"""

DIALECT = {
    "etl": (ETL, {}),
    "agents": (AGENTS, {}),
    "code": (CODE, {"has_code": True, "code_file": "code.zip"}),
    "converted": (CONVERTED, {}),
}


@pytest.mark.parametrize(("text", "around"), DIALECT.values(), ids=DIALECT)
@pytest.mark.parametrize("strict", [False, True])
def test_it_passes_without_an_error(text: str, around: dict[str, Any], strict: bool) -> None:
    verdict = judge_text(text, strict=strict, today=date(2026, 11, 21), **around)
    assert [finding for finding in verdict.findings if finding.severity is Severity.ERROR] == []
    assert verdict.definition is not None


@pytest.mark.parametrize(("text", "around"), DIALECT.values(), ids=DIALECT)
def test_it_is_read_as_pyyaml_reads_it(text: str, around: dict[str, Any]) -> None:
    assert judge_text(text, **around).document == yaml.safe_load(text)


def test_what_looks_wrong_in_it_is_told_all_the_same() -> None:
    verdict = judge_text(ETL, today=date(2026, 11, 21))
    assert set(map(told, verdict.findings)) == {
        "Warning IgnoredAttribute /shop_etl/catchup",
        "Warning IgnoredAttribute /shop_etl/default_args/owner",
        "Warning IgnoredAttribute /shop_etl/description",
        "Warning IgnoredAttribute /shop_etl/max_active_runs",
        "Warning IgnoredAttribute /shop_etl/tasks/delete_bucket/aws_conn_id",
        "Warning IgnoredAttribute /shop_etl/tasks/transform/deferrable",
        "Warning PastStartDate /shop_etl/start_date",
        "Warning UnboundedSensor /shop_etl/tasks/wait_for_stack",
        "Warning XComNotUpstream /shop_etl/tasks/transform/iam_role_name",
    }


def test_the_older_form_of_the_guide_is_refused_with_the_way_out() -> None:
    text = """
    dag_id: hello
    tasks:
      - {task_id: a, operator: S3ListOperator, parameters: {bucket: b}}
    """
    (finding,) = judge_text(text).findings
    assert told(finding) == "Error NotOneWorkflow"
    assert finding.hint == "Put everything below one key, the workflow's id."
