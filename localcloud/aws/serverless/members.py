"""Names that may stand in a definition: which the service takes, which it drops with a warning, which it refuses.

Source: MWAA Serverless user guide ("Unsupported and ignored attributes"), dag-factory 1.0's DAG and operator arguments.
Names only; `grammar` and `taskgrammar` judge with them.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


DAG_ACCEPTED = frozenset({"tasks", "schedule", "start_date", "end_date", "default_args", "params", "dag_id"})
DAG_IGNORED = words(
    "access_control auto_register catchup concurrency dag_display_name dagrun_timeout default_view description "
    "disable_bundle_versioning doc_md fail_fast fail_stop full_filepath is_paused_upon_creation "
    "jinja_environment_kwargs max_active_runs max_active_tasks max_consecutive_failed_dag_runs on_failure_callback "
    "on_success_callback orientation owner owner_links render_template_as_native_obj "
    "sla_miss_callback tags template_searchpath template_undefined timezone user_defined_filters "
    "user_defined_macros"
)
DEFAULT_ARGS = words(
    "owner email retries retry_delay priority_weight end_date wait_for_downstream execution_timeout trigger_rule "
    "start_date"
)
TASK_IGNORED = words(
    "aws_conn_id botocore_config deferrable depends_on_past doc doc_json doc_md doc_rst doc_yaml email "
    "email_on_failure email_on_retry end_date executor executor_config inlets map_index_template "
    "max_active_tis_per_dag max_active_tis_per_dagrun max_retry_delay on_execute_callback on_failure_callback "
    "on_retry_callback on_skipped_callback on_success_callback outlets owner pool pool_slots priority_weight queue "
    "region_name resources retry_exponential_backoff run_as_user sla start_date task_concurrency task_display_name "
    "verify wait_for_downstream weight_rule"
)
TASK_REFUSED = words("decorator depends_on downstream_tasks expand partial task_group task_group_name upstream_tasks")
