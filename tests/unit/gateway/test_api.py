"""The kind's models: what is defaulted, what is not, and what nothing opens by itself.

Rules are judged in tests/unit/api/test_rule_verdicts.py, and by a real API server in tests/contract/test_crds.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mwaa_operator.gateway.rules import LEAST_MEMORY, mebibytes
from tests.support.manifests import spark_gateway
from tests.support.spark import gateway

CLUSTER: dict[str, Any] = spark_gateway()["spec"]["clusters"][0]
NAMESPACE: dict[str, Any] = CLUSTER["sparkNamespaces"][0]


def refused(**members: Any) -> str:
    """Return why the model refuses a spec."""
    with pytest.raises(ValidationError) as refusal:
        gateway(**members)
    return str(refusal.value)


def test_a_gateway_without_more_words_admits_nobody_and_is_reached_from_nowhere() -> None:
    spec = gateway(allowedRoutes=None).spec
    assert spec.allowed_routes is None
    assert (spec.access.users, spec.access.from_) == ([], [])
    assert spec.service.type == "ClusterIP"


def test_the_numbers_that_were_measured_are_the_defaults() -> None:
    spec = gateway().spec
    assert (spec.bpg_profile, spec.replicas, spec.context_path) == ("aws-pin", 2, "/skatev2")
    assert (spec.clusters[0].timeout_millis, spec.status_cache_expire_millis) == (4500, 5000)
    assert (spec.rollout.min_interval, spec.rollout.shrink_guard_percent) == ("1m", 30)


@pytest.mark.parametrize("field", ["dataClass", "image", "clusters"])
def test_what_only_a_person_can_know_is_required(field: str) -> None:
    assert field in refused(**{field: None})


@pytest.mark.parametrize("member", ["serviceAccounts", "allowedFrom"])
def test_a_namespace_says_who_may_use_it_and_as_whom(member: str) -> None:
    values: tuple[list[str] | None, ...] = (None, [])
    for value in values:
        namespace = {key: item for key, item in (NAMESPACE | {member: value}).items() if item is not None}
        assert member in refused(clusters=[CLUSTER | {"sparkNamespaces": [namespace]}])


def test_credentials_are_references_only() -> None:
    for secret in ("token", "value", "password"):
        assert "Extra inputs are not permitted" in refused(clusters=[CLUSTER | {"credentials": {secret: "x"}}])


def test_an_error_does_not_repeat_what_may_be_a_secret() -> None:
    assert "hunter2" not in refused(clusters=[CLUSTER | {"credentials": {"token": "hunter2"}}])


@pytest.mark.parametrize("name", ["general", "phi", "pci-dss"])
def test_data_classes_are_words_in_lower_case(name: str) -> None:
    access = {"from": [{"name": "mwaa", "ipBlock": {"cidr": "10.0.0.0/16"}}]}
    allowed = {"namespaces": {"from": "Same"}}
    assert gateway(dataClass=name, access=access, allowedRoutes=allowed).spec.data_class == name
    assert "dataClass" in refused(dataClass=name.upper(), access=access, allowedRoutes=allowed)


@given(st.integers(1, 999_999), st.sampled_from(["Mi", "Gi"]))
def test_memory_is_compared_in_one_unit(amount: int, unit: str) -> None:
    assert mebibytes(f"{amount}{unit}") == amount * (1024 if unit == "Gi" else 1)
    assert mebibytes(LEAST_MEMORY) == 512


@pytest.mark.parametrize("cidr", ["10.0.0.0/8/8", "10.0.0.0", "10.0.0.0/08", "fe80::%eth0/64", "10.0.0.0/255.0.0.0"])
def test_a_network_has_one_spelling(cidr: str) -> None:
    assert refused(access={"from": [{"name": "mwaa", "ipBlock": {"cidr": cidr}}]})
