"""The kind's models: what is defaulted, what is not, and names that BPG and Kubernetes read alike.

Rules are judged in tests/unit/api/test_rule_verdicts.py, and by a real API server in tests/contract/test_crds.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from mwaa_operator.api.emit import custom_resource_definition
from mwaa_operator.api.spark import MAX_QUEUE
from mwaa_operator.route.api import DEFINITION
from mwaa_operator.route.job import NODE_LABEL
from tests.support.manifests import spark_job_route
from tests.support.spark import route

TARGET: dict[str, Any] = spark_job_route()["spec"]["targets"][0]


def refused(**members: Any) -> str:
    """Return why the model refuses a spec."""
    with pytest.raises(ValidationError) as refusal:
        route(**members)
    return str(refusal.value)


def test_the_defaults_fail_over_and_drain_and_forbid_spot() -> None:
    spec = route(placement={"executor": {"values": ["a"]}}).spec
    assert (spec.failover.enabled, spec.failover.on_all_unhealthy) == (True, "KeepLast")
    assert (spec.deletion_policy, spec.drain.timeout, spec.suspend) == ("Drain", "24h", False)
    assert spec.placement is not None
    assert spec.placement.spot.policy == "Forbid"
    assert spec.placement.executor is not None
    assert spec.placement.executor.label_key == NODE_LABEL


@pytest.mark.parametrize("field", ["dataClass", "access", "gatewayRef", "queue", "targets", "sparkVersions"])
def test_what_isolation_depends_on_is_never_assumed(field: str) -> None:
    assert field in refused(**{field: None})


def test_whether_a_queue_asks_for_tokens_is_said_by_a_person() -> None:
    assert "secure" in refused(access={})


@pytest.mark.parametrize("member", ["cluster", "namespace", "serviceAccount", "weight"])
def test_a_target_is_said_in_full(member: str) -> None:
    assert member in refused(targets=[{name: value for name, value in TARGET.items() if name != member}])


@pytest.mark.parametrize("weight", [-1, 1001, 0.5, "50", True])
def test_a_weight_is_a_whole_number_up_to_a_thousand(weight: Any) -> None:
    assert "weight" in refused(targets=[TARGET | {"weight": weight}])


@pytest.mark.parametrize("version", ["3", "3.5", "3.10", "3.5.1", "3.5.0-amzn-1"])
def test_versions_are_texts(version: str) -> None:
    assert route(sparkVersions=[version]).spec.spark_versions == [version]


@pytest.mark.parametrize("version", [3.5, 3, "", "v3.5", "3.5-", "3.5-AMZN", "latest", "3.5\n", "\u0663.\u0665"])
def test_what_yaml_read_as_a_number_or_differs_by_case_alone_is_no_version(version: Any) -> None:
    assert "sparkVersions" in refused(sparkVersions=[version])


@pytest.mark.parametrize("name", ["PHI", "a.b", "-a", "a-", "", "a b", "q" * (MAX_QUEUE + 1), "\u0441linical", "a\n"])
def test_a_queue_has_no_name_that_bpg_or_a_label_would_read_otherwise(name: str) -> None:
    assert "queue" in refused(queue={"name": name})


@pytest.mark.parametrize("user", ["a@b.c", "a b", "", "-a", "u" * 64, "ü"])
def test_a_user_is_one_that_becomes_a_label(user: str) -> None:
    assert "defaultForUsers" in refused(access={"secure": False, "defaultForUsers": [user]})


@pytest.mark.parametrize("field", ["url", "namespace", "credentials", "tokenSecretRef", "masterUrl", "caBundle"])
def test_there_is_no_way_around_the_gateway(field: str) -> None:
    assert "Extra inputs are not permitted" in refused(**{field: "x"})
    assert "Extra inputs are not permitted" in refused(targets=[TARGET | {field + "X": "x"}])
    assert "Extra inputs are not permitted" in refused(gatewayRef={"name": "general", field: "x"})


def test_targets_and_tokens_are_told_apart_by_name() -> None:
    assert "equal items (by name)" in refused(targets=[TARGET, TARGET | {"cluster": "other"}])


def test_the_route_shows_the_columns_that_people_look_for() -> None:
    (version,) = custom_resource_definition(DEFINITION)["spec"]["versions"]
    columns = version["additionalPrinterColumns"]
    narrow = [column["name"] for column in columns if "priority" not in column]
    assert narrow == ["Ready", "Queue", "Gateway", "Split", "Healthy", "Age"]
