"""values.yaml, its schema, the chart's README and the operator's settings say the same.

What a template does with a value is in test_chart.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from mwaa_operator.settings import Settings, load_settings
from tests.support.chart import (
    CHART,
    FOREIGN,
    HelmFailedError,
    KeyPath,
    leaves,
    load_schema,
    load_values,
    operator_container,
    schema_of,
    template,
)


def test_every_value_is_in_the_schema_and_its_comment_is_the_description() -> None:
    schema, comments = load_schema(), _comments()
    for path, _ in leaves(load_values()):
        assert schema_of(schema, path)["description"] == comments[path], path


def test_every_key_of_the_schema_is_in_values() -> None:
    known = {path for path, _ in leaves(load_values())}
    unknown = [path for path in _schema_leaves(load_schema()) if path not in known and path != ("global",)]
    assert unknown == []


def test_every_object_of_the_chart_s_own_keys_refuses_other_keys() -> None:
    schema = load_schema()
    parents = {path[:depth] for path, _ in leaves(load_values()) for depth in range(len(path))}
    assert [path for path in parents if schema_of(schema, path)["additionalProperties"] is not False] == []


def test_the_defaults_satisfy_the_schema() -> None:
    schema = load_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(load_values())


def test_the_readme_lists_every_value_with_its_default() -> None:
    assert values_table() in (CHART / "README.md").read_text("utf-8")


def test_each_setting_of_the_chart_is_a_setting_of_the_operator_with_the_same_default() -> None:
    fields = Settings.model_fields
    for key, value in load_values()["settings"].items():
        assert fields[_snake(key)].default == value, key


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"replica": 2}, "replica"),
        ({"settings": {"worker": 4}}, "worker"),
        ({"settings": {"timeFactor": 60}}, "timeFactor"),
        ({"settings": {"logLevel": "Info"}}, "logLevel"),
        ({"settings": {"leaseName": ""}}, "leaseName"),
        ({"image": {"digest": "sha256:abc"}}, "digest"),
        ({"rbac": {"secretNamespaces": ["Team_A"]}}, "secretNamespaces"),
        ({"gateways": {"namespace": ["spark"]}}, "namespace"),
        ({"gateways": {"namespaces": ["*"]}}, "namespaces"),
        ({"gateways": {"namespaces": ["spark", "spark"]}}, "namespaces"),
        ({"gateways": {"tokenNamespaces": ["Team_A"]}}, "tokenNamespaces"),
        ({"env": [{"value": "no name"}]}, "env"),
        ({"networkPolicy": {"metricsFrom": {}}}, "metricsFrom"),
        ({"terminationGracePeriodSeconds": 5}, "terminationGracePeriodSeconds"),
        ({"settings": {"drainTimeout": 55}}, "terminationGracePeriodSeconds must be at least 10 longer"),
        ({"settings": {"leaseDuration": 15}}, "leaseDuration must be longer"),
        ({"settings": {"retryPeriod": 18}}, "leaseDuration must be longer"),
        ({"defaultAccount": {"create": True}}, "accountId"),
        ({"defaultAccount": {"create": True, "spec": {"accountId": 123456789012}}}, "accountId"),
        ({"replicas": 2, "settings": {"leaderElection": False}}, "leaderElection must be true"),
        ({"serviceAccount": {"create": False}}, "serviceAccount.name is required"),
    ],
    ids=lambda case: str(case)[:60],
)
def test_a_wrong_value_fails_the_installation_and_says_which(values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(HelmFailedError, match=re.escape(complaint)):
        template(values)


def test_values_for_all_charts_of_an_umbrella_are_not_refused() -> None:
    assert template({"global": {"team": "data"}})


def test_settings_become_environment_variables_as_text() -> None:
    env = _env({"settings": {"workers": 100, "awsRate": 0.5, "leaseName": "mine"}})
    assert env["MWAA_OPERATOR_WORKERS"]["value"] == "100"
    assert env["MWAA_OPERATOR_AWS_RATE"]["value"] == "0.5"
    assert env["MWAA_OPERATOR_LEASE_NAME"]["value"] == "mine"
    assert env["MWAA_OPERATOR_LEADER_ELECTION"]["value"] == "true"


@pytest.mark.parametrize(
    ("gateways", "told"),
    [
        ({}, ("mwaa-system",)),
        ({"namespaces": ["phi", "general"]}, ("phi", "general")),
        ({"enabled": False, "namespaces": ["phi"]}, ()),
    ],
    ids=str,
)
def test_the_operator_is_told_the_namespaces_of_gateways(
    monkeypatch: pytest.MonkeyPatch, gateways: dict[str, Any], told: tuple[str, ...]
) -> None:
    for name, entry in _env({"gateways": gateways}).items():
        monkeypatch.setenv(name, entry.get("value", "mwaa-system"))
    assert load_settings().gateway_namespaces == told


def test_each_environment_variable_of_the_operator_names_a_setting() -> None:
    names = {name.removeprefix("MWAA_OPERATOR_").lower() for name in _env({}) if name.startswith("MWAA_OPERATOR_")}
    assert names <= set(Settings.model_fields)


def test_a_name_in_env_wins_over_the_setting_of_that_name_and_stands_once() -> None:
    mine = {"name": "MWAA_OPERATOR_LEASE_DURATION", "value": "3"}
    container = operator_container(template({"env": [mine, {"name": "AWS_ENDPOINT_URL_MWAA", "value": "http://x"}]}))
    names = [entry["name"] for entry in container["env"]]
    assert len(names) == len(set(names))
    assert mine in container["env"]
    assert "AWS_ENDPOINT_URL_MWAA" in names


def values_table() -> str:
    """Return the table of values, as the chart's README must have it."""
    lines, comments = ["| Value | Default | Meaning |", "|---|---|---|"], _comments()
    for path, default in leaves(load_values()):
        meaning = comments[path].replace("|", "\\|").replace("<", "&lt;")
        lines.append(f"| `{'.'.join(path)}` | `{json.dumps(default)}` | {meaning} |")
    return "\n".join(lines)


def _env(values: dict[str, Any]) -> dict[str, Any]:
    return {entry["name"]: entry for entry in operator_container(template(values))["env"]}


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", key).lower()


def _schema_leaves(schema: dict[str, Any], at: KeyPath = ()) -> Iterator[KeyPath]:
    for key, member in schema["properties"].items():
        here = (*at, key)
        if member.get("additionalProperties") is False and here not in FOREIGN:
            yield from _schema_leaves(member, here)
        else:
            yield here


def _comments() -> dict[KeyPath, str]:
    """Return the comment above each key of values.yaml, its lines joined."""
    found: dict[KeyPath, str] = {}
    stack: list[tuple[int, str]] = []
    comment: list[str] = []
    for line in (CHART / "values.yaml").read_text("utf-8").splitlines():
        if said := re.fullmatch(r" *# ?(.*)", line):
            comment.append(said[1])
            continue
        if key := re.match(r"( *)([A-Za-z]\w*):", line):
            while stack and stack[-1][0] >= len(key[1]):
                stack.pop()
            stack.append((len(key[1]), key[2]))
            found[tuple(name for _, name in stack)] = " ".join(comment)
        comment = []
    return found
