"""The exposition: names and labels that dashboards rely on, and series that go with their object."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mwaa_operator.engine.metrics import EngineMetrics, QueueFacts
from mwaa_operator.telemetry.metrics import THROTTLES, Metrics

ONE = ("Widget", "team", "one")


@pytest.fixture
def metrics() -> Metrics:
    return Metrics({"version": "1.2.3"})


def samples(metrics: Metrics) -> dict[str, float]:
    """Return every sample as `name{label="value",…}` → value, as Prometheus would read it."""
    body, _ = metrics.render()
    found = {}
    for family in text_string_to_metric_families(body.decode()):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def exercise(metrics: Metrics) -> None:
    """Call everything once, as the engine, the clients and the controllers do."""
    engine: EngineMetrics = metrics
    engine.queue_registered("Widget", lambda: QueueFacts(depth=3, unfinished_seconds=2.5, longest_running_seconds=2.0))
    engine.queue_added("Widget")
    engine.queue_waited("Widget", 0.5)
    engine.queue_worked("Widget", 0.25)
    engine.queue_retried("Widget")
    engine.workers("Widget", 16)
    engine.pass_started("Widget")
    engine.pass_started("Widget")
    engine.pass_finished("Widget", "error", 0.25)
    engine.pass_terminal("Widget")
    engine.pass_panicked("Widget")
    engine.leading("mwaa-operator", True)
    engine.cache_diverged("Widget", 2)
    metrics.rest_client_request("PATCH", "10.0.0.1:443", 200, 0.01)
    metrics.rest_client_request("GET", "10.0.0.1:443", 0, 10.0)
    metrics.aws_request("mwaa", "GetEnvironment", "OK", 0.1)
    metrics.aws_request("mwaa", "CreateEnvironment", "ThrottlingException", 0.1)
    metrics.aws_limiter_waited("mwaa", 0.5)
    metrics.status_written("Widget")
    metrics.drift_found("Widget")
    metrics.conditions(*ONE, {"Ready": "True", "Synced": "False"})
    metrics.workflow("team", "etl", active_runs=2, versions_used=45, versions_quota=50, last_success=1.8e9)
    metrics.run_ended("team", "etl", state="FAILED", type_="SCHEDULED", seconds=90.0, failed_tasks=3)
    metrics.run_ended("team", "etl", state="FAILED", type_="ANOTHER", seconds=None, failed_tasks=0)
    place = ("team", "digital", "a")
    metrics.gateways.show(
        ("team", "bpg"), clusters={"a": False}, routes={"refused": 2}, jobs={place: 7}, shares={place: 0.25}
    )
    metrics.gateways.ended(("team", "bpg"), result="active", seconds=80.0)


EXPECTED = {
    'controller_runtime_reconcile_total{controller="Widget",result="error"}': 1,
    'controller_runtime_reconcile_total{controller="Widget",result="success"}': 0,
    'controller_runtime_reconcile_total{controller="Widget",result="requeue"}': 0,
    'controller_runtime_reconcile_total{controller="Widget",result="requeue_after"}': 0,
    'controller_runtime_reconcile_errors_total{controller="Widget"}': 1,
    'controller_runtime_terminal_reconcile_errors_total{controller="Widget"}': 1,
    'controller_runtime_reconcile_panics_total{controller="Widget"}': 1,
    'controller_runtime_reconcile_time_seconds_count{controller="Widget"}': 1,
    'controller_runtime_reconcile_time_seconds_bucket{controller="Widget",le="0.25"}': 1,
    'controller_runtime_max_concurrent_reconciles{controller="Widget"}': 16,
    'controller_runtime_active_workers{controller="Widget"}': 1,
    'workqueue_depth{name="Widget"}': 3,
    'workqueue_adds_total{name="Widget"}': 1,
    'workqueue_retries_total{name="Widget"}': 1,
    'workqueue_queue_duration_seconds_sum{name="Widget"}': 0.5,
    'workqueue_work_duration_seconds_sum{name="Widget"}': 0.25,
    'workqueue_unfinished_work_seconds{name="Widget"}': 2.5,
    'workqueue_longest_running_processor_seconds{name="Widget"}': 2,
    'rest_client_requests_total{code="200",host="10.0.0.1:443",method="PATCH"}': 1,
    'rest_client_requests_total{code="<error>",host="10.0.0.1:443",method="GET"}': 1,
    'rest_client_request_duration_seconds_count{host="10.0.0.1:443",verb="GET"}': 1,
    'leader_election_master_status{name="mwaa-operator"}': 1,
    'mwaa_operator_aws_requests_total{code="OK",operation="GetEnvironment",service="mwaa"}': 1,
    'mwaa_operator_aws_requests_total{code="ThrottlingException",operation="CreateEnvironment",service="mwaa"}': 1,
    'mwaa_operator_aws_request_duration_seconds_count{operation="GetEnvironment",service="mwaa"}': 1,
    'mwaa_operator_aws_throttles_total{service="mwaa"}': 1,
    'mwaa_operator_aws_limiter_wait_seconds_sum{service="mwaa"}': 0.5,
    'mwaa_operator_resource_condition{kind="Widget",name="one",namespace="team",status="True",type="Ready"}': 1,
    'mwaa_operator_resource_condition{kind="Widget",name="one",namespace="team",status="False",type="Synced"}': 1,
    'mwaa_operator_status_writes_total{kind="Widget"}': 1,
    'mwaa_operator_cache_divergence_total{kind="Widget"}': 2,
    'mwaa_operator_drift_total{kind="Widget"}': 1,
    'mwaa_operator_build_info{version="1.2.3"}': 1,
    'mwaa_operator_workflow_runs_total{name="etl",namespace="team",state="FAILED",type="SCHEDULED"}': 1,
    'mwaa_operator_workflow_runs_total{name="etl",namespace="team",state="FAILED",type="OTHER"}': 1,
    'mwaa_operator_workflow_runs_total{name="etl",namespace="team",state="TIMEOUT",type="ON_DEMAND"}': 0,
    'mwaa_operator_workflow_run_duration_seconds_sum{state="FAILED",type="SCHEDULED"}': 90,
    'mwaa_operator_workflow_run_duration_seconds_bucket{le="120.0",state="FAILED",type="SCHEDULED"}': 1,
    'mwaa_operator_workflow_task_failures_total{name="etl",namespace="team"}': 3,
    'mwaa_operator_workflow_active_runs{name="etl",namespace="team"}': 2,
    'mwaa_operator_workflow_versions_used{name="etl",namespace="team"}': 45,
    'mwaa_operator_workflow_versions_quota_ratio{name="etl",namespace="team"}': 0.9,
    'mwaa_operator_workflow_last_success_timestamp_seconds{name="etl",namespace="team"}': 1.8e9,
    'mwaa_operator_gateway_rollouts_total{name="bpg",namespace="team",result="active"}': 1,
    'mwaa_operator_gateway_rollouts_total{name="bpg",namespace="team",result="proof_failed"}': 0,
    "mwaa_operator_gateway_rollout_duration_seconds_sum{}": 80,
    'mwaa_operator_gateway_rollout_duration_seconds_bucket{le="90.0"}': 1,
    'mwaa_operator_gateway_cluster_healthy{cluster="a",name="bpg",namespace="team"}': 0,
    'mwaa_operator_gateway_routes{name="bpg",namespace="team",state="refused"}': 2,
    'mwaa_operator_route_target_active_jobs{name="digital",namespace="team",target="a"}': 7,
    'mwaa_operator_route_target_share_ratio{name="digital",namespace="team",target="a"}': 0.25,
}


@pytest.mark.parametrize(("series", "value"), EXPECTED.items(), ids=list(EXPECTED))
def test_every_promised_series_is_there(metrics: Metrics, series: str, value: float) -> None:
    exercise(metrics)
    assert samples(metrics)[series] == value


def test_counters_of_a_kind_show_zero_before_anything_happens(metrics: Metrics) -> None:
    metrics.workers("Widget", 1)
    metrics.queue_registered("Widget", QueueFacts)
    found = samples(metrics)
    assert found['controller_runtime_reconcile_errors_total{controller="Widget"}'] == 0
    assert found['workqueue_retries_total{name="Widget"}'] == 0


def test_the_process_itself_is_measured(metrics: Metrics) -> None:
    assert samples(metrics)["process_resident_memory_bytes{}"] > 0


def conditions(metrics: Metrics) -> list[str]:
    return [name for name in samples(metrics) if name.startswith("mwaa_operator_resource_condition")]


def test_a_condition_that_changes_leaves_no_series_behind(metrics: Metrics) -> None:
    metrics.conditions(*ONE, {"Ready": "False", "Stalled": "True"})
    metrics.conditions(*ONE, {"Ready": "True"})
    (series,) = conditions(metrics)
    assert 'status="True",type="Ready"' in series


def test_the_series_of_an_object_go_with_it(metrics: Metrics) -> None:
    metrics.conditions(*ONE, {"Ready": "True"})
    metrics.conditions("Widget", "team", "two", {"Ready": "True"})
    metrics.object_gone(*ONE)
    metrics.object_gone("Widget", "team", "never-seen")
    (series,) = conditions(metrics)
    assert 'name="two"' in series


def of_workflows(metrics: Metrics) -> dict[str, float]:
    """Return the series that name a workflow."""
    return {name: value for name, value in samples(metrics).items() if 'name="etl"' in name}


def test_a_workflow_counts_from_zero_before_its_first_run_ends(metrics: Metrics) -> None:
    metrics.workflow("team", "etl", active_runs=None, versions_used=None, versions_quota=50, last_success=None)
    found = of_workflows(metrics)
    assert set(found.values()) == {0}
    assert len([name for name in found if "_runs_total" in name]) == 8
    assert not any("versions" in name or "last_success" in name or "active" in name for name in found)


def test_the_series_of_a_workflow_go_with_it_and_with_no_other_kind(metrics: Metrics) -> None:
    exercise(metrics)
    metrics.object_gone("MwaaEnvironment", "team", "etl")
    assert of_workflows(metrics)
    metrics.object_gone("ServerlessWorkflow", "team", "etl")
    assert of_workflows(metrics) == {}


def test_the_series_of_gateways_and_routes_go_with_them_and_with_no_other_kind(metrics: Metrics) -> None:
    exercise(metrics)
    metrics.object_gone("SparkJobRoute", "team", "bpg")
    metrics.object_gone("SparkGateway", "team", "digital")
    assert 'name="bpg"' in metrics.render()[0].decode()
    assert 'name="digital"' in metrics.render()[0].decode()
    metrics.object_gone("SparkJobRoute", "team", "digital")
    assert 'name="digital"' not in metrics.render()[0].decode()
    metrics.object_gone("SparkGateway", "team", "bpg")
    assert 'name="bpg"' not in metrics.render()[0].decode()


@pytest.mark.parametrize("code", ["OK", "ValidationException", "AccessDeniedException"])
def test_other_answers_of_aws_are_no_throttles(metrics: Metrics, code: str) -> None:
    metrics.aws_request("mwaa", "GetEnvironment", code, 0.1)
    assert not any(name.startswith("mwaa_operator_aws_throttles_total{") for name in samples(metrics))


def test_what_counts_as_throttling_is_what_botocore_counts() -> None:
    from botocore.retries.standard import ThrottledRetryableChecker

    assert set(ThrottledRetryableChecker._THROTTLED_ERROR_CODES) == THROTTLES


@pytest.mark.parametrize(
    ("accept", "content_type", "end"),
    [
        ("", "text/plain", b"\n"),
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics-text", b"# EOF\n"),
    ],
)
def test_the_form_is_the_one_that_was_asked_for(metrics: Metrics, accept: str, content_type: str, end: bytes) -> None:
    exercise(metrics)
    body, found = metrics.render(accept)
    assert found.startswith(content_type)
    assert body.endswith(end)
    assert b"_created" not in body


def test_two_registries_do_not_share_anything(metrics: Metrics) -> None:
    exercise(metrics)
    other = Metrics({"version": "0"})
    assert conditions(other) == []
