"""A container's environment is resolved as the kubelet does it."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.podenv import PodIdentity, container_environment

POD = PodIdentity("team", "pod-1", "robot")

STORED: dict[str, Any] = {
    "/api/v1/namespaces/team/secrets/s": {"data": {"k": "aGlkZGVu"}},
    "/api/v1/namespaces/team/configmaps/c": {"data": {"k": "shown"}},
}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"value": "plain"}, "plain"),
        ({}, ""),
        ({"valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}}, "team"),
        ({"valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, "pod-1"),
        ({"valueFrom": {"fieldRef": {"fieldPath": "spec.serviceAccountName"}}}, "robot"),
        ({"valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}, "hidden"),
        ({"valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}, "shown"),
    ],
)
def test_a_variable_has_its_sources_value(source: dict[str, Any], expected: str) -> None:
    container = {"env": [{"name": "X", **source}]}
    assert container_environment(container, POD, read=STORED.__getitem__) == {"X": expected}


def test_a_container_without_variables_has_none() -> None:
    assert container_environment({}, POD, read=STORED.__getitem__) == {}


@pytest.mark.parametrize(
    "source", [{"fieldRef": {"fieldPath": "status.hostIP"}}, {"resourceFieldRef": {"resource": "limits.cpu"}}]
)
def test_a_source_without_an_answer_here_is_refused(source: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="the launcher cannot"):
        container_environment({"env": [{"name": "X", "valueFrom": source}]}, POD, read=STORED.__getitem__)
