"""Label selectors select what Kubernetes' own do."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.api.selectors import LabelSelector

LABELS = {"team": "data", "stage": "prod", "empty": ""}


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ({}, True),
        ({"matchLabels": {"team": "data"}}, True),
        ({"matchLabels": {"team": "data", "stage": "dev"}}, False),
        ({"matchLabels": {"missing": ""}}, False),
        ({"matchLabels": {"empty": ""}}, True),
        (expression("team", "In", "data", "web"), True),
        (expression("team", "In", "web"), False),
        (expression("missing", "In", "web"), False),
        (expression("team", "NotIn", "web"), True),
        (expression("team", "NotIn", "data"), False),
        (expression("missing", "NotIn", "data"), True),
        (expression("team", "Exists"), True),
        (expression("missing", "Exists"), False),
        (expression("team", "DoesNotExist"), False),
        (expression("missing", "DoesNotExist"), True),
        ({"matchLabels": {"team": "data"}} | expression("stage", "In", "dev"), False),
    ],
)
def test_a_selector_selects(selector: dict[str, Any], matches: bool) -> None:
    assert LabelSelector.model_validate(selector).matches(LABELS) is matches
