"""Ids of entries: valid, stable, and never anybody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.gateway.render.file import render
from mwaa_operator.gateway.render.identity import ENTRY_ID, PLACEHOLDER, Identity, assign
from mwaa_operator.gateway.render.scene import Past
from tests.support.sparkscene import RELAXED, VIEWS, candidate, scene, target

NAME = st.text("ab9-.", min_size=1, max_size=8)
IDENTITIES = st.builds(Identity, NAME, NAME, NAME, NAME, NAME)


@RELAXED
@given(st.lists(IDENTITIES, max_size=6))
def test_every_identity_gets_a_valid_id_of_its_own(identities: list[Identity]) -> None:
    given_ids = assign(identities, {})
    assert set(given_ids) == set(identities)
    assert all(ENTRY_ID.fullmatch(id_) for id_ in given_ids.values())
    assert len(set(given_ids.values())) == len(given_ids)


@RELAXED
@given(IDENTITIES, st.sampled_from(["route", "namespace", "target", "url", "spark_namespace"]))
def test_whatever_an_identity_differs_in_gives_another_id(identity: Identity, member: str) -> None:
    other = replace(identity, **{member: getattr(identity, member) + "x"})
    ids = assign([identity, other], {})
    assert identity.id() != other.id()
    assert identity.digest != other.digest
    assert ids == {identity: identity.id(), other: other.id()}


@RELAXED
@given(st.lists(IDENTITIES, max_size=4), IDENTITIES)
def test_an_id_that_was_given_is_kept_whatever_comes(identities: list[Identity], newcomer: Identity) -> None:
    known = {identity.digest: f"old{index}" for index, identity in enumerate(dict.fromkeys(identities))}
    ids = assign([*identities, newcomer], known)
    assert all(ids[identity] == known[identity.digest] for identity in identities)


@RELAXED
@given(IDENTITIES)
def test_an_id_that_another_identity_ever_had_is_not_given_again(identity: Identity) -> None:
    usual = identity.id()
    given_id = assign([identity], {"somebody-elses": usual})[identity]
    assert given_id != usual
    assert ENTRY_ID.fullmatch(given_id)


@RELAXED
@given(IDENTITIES, st.sampled_from(["", "a-b", "UPPER", "a", "x" * 18, PLACEHOLDER]))
def test_a_memory_that_was_tampered_with_does_no_harm(identity: Identity, nonsense: str) -> None:
    given_id = assign([identity], {identity.digest: nonsense})[identity]
    assert ENTRY_ID.fullmatch(given_id)
    assert given_id != PLACEHOLDER


@pytest.mark.parametrize("name", ["9", "9-lives", "a.b", "-", "clinical-insights"])
def test_an_id_begins_with_letters_of_its_route(name: str) -> None:
    id_ = Identity("t", name, "a", "https://a", "spark").id()
    letters = "".join(character for character in name if character.isalpha())[:5]
    assert id_.startswith(letters or "r")


def test_a_target_that_moves_to_another_namespace_gets_another_id_and_the_old_one_stays_taken() -> None:
    (before,) = render(scene(candidate())).entries
    past = Past(ids={before.identity: before.id})
    moved = {"a": replace(VIEWS["a"], url="https://moved")}
    (after,) = render(scene(candidate(), clusters=moved, past=past)).entries
    assert after.id != before.id
    (back,) = render(scene(candidate(), past=past)).entries
    assert back.id == before.id


def test_ids_do_not_depend_on_weights_states_or_accounts() -> None:
    (one,) = render(scene(candidate())).entries
    (other,) = render(scene(candidate(targets=[target(weight=7, state="Drain")], suspend=True))).entries
    assert one.id == other.id
