"""A role that the operator wrote for one object is no role for another, whatever the account admits."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.api.meta import UID_TAG
from mwaa_operator.engine.readcache import ReadCache
from mwaa_operator.workflow.rolelook import RoleLooks
from tests.support.aws import Clock
from tests.support.scriptedscope import Decoded, ScriptedScope
from tests.support.simulatedserverless import TRUST
from tests.support.workflows import ROLE, UID, situation


@pytest.mark.parametrize(
    ("tags", "refused"), [({UID_TAG: "another"}, True), ({UID_TAG: UID}, False), ({"team": "data"}, False), ({}, False)]
)
def test_a_role_with_the_tag_of_another_object_is_not_used(tags: dict[str, str], *, refused: bool) -> None:
    role: dict[str, Any] = {"Arn": ROLE, "AssumeRolePolicyDocument": dict(TRUST)}
    role["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    scope = ScriptedScope(iam={"GetRole": [Decoded({"Role": role})]})
    look = RoleLooks(ReadCache(seconds=3600, monotonic=Clock())).look(situation(), scope)
    assert (look.verdict == "NotOwned") is refused
    assert ("another object" in look.message) is refused
    assert scope.mutations() == []
