"""Who refers to an account, and which of their events are worth a look at it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.account.references import Dependents, accounts_of
from mwaa_operator.account.resolve import account_key
from mwaa_operator.api.meta import FINALIZER
from tests.support.accounts import account_body

ENVIRONMENT = {"spec": {"accountRef": {"name": "prod"}}}


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (ENVIRONMENT, ("prod",)),
        ({"spec": {"accountRef": {}}}, ("default",)),
        ({"spec": {}}, ("default",)),
        ({}, ("default",)),
    ],
)
def test_an_object_names_its_account_or_the_default_one(body: dict[str, Any], names: tuple[str, ...]) -> None:
    assert accounts_of(body) == names


@given(
    st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=5)
)
def test_the_index_answers_for_any_object_whatever(spec: object) -> None:
    for body in ({"spec": spec}, {"spec": {"accountRef": spec}}, {"spec": {"accountRef": {"name": spec}}}):
        (name,) = accounts_of(body)
        assert isinstance(name, str)


@pytest.mark.parametrize(
    ("finalizers", "looked_at"), [([], True), (["theirs"], True), ([FINALIZER], False), (None, True)]
)
def test_an_account_is_looked_at_until_it_knows_that_it_is_used(finalizers: list[str] | None, looked_at: bool) -> None:
    dependents = Dependents(cached=lambda key: account_body(key.name, finalizers=finalizers))
    assert list(dependents(ENVIRONMENT)) == ([account_key("prod")] if looked_at else [])


def test_an_account_that_does_not_exist_is_not_looked_at() -> None:
    assert list(Dependents(cached=lambda key: None)(ENVIRONMENT)) == []
