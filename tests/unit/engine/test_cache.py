"""The cache: which version wins, what a pass gets, what stays gone, and the indices."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.api.meta import FINALIZER
from mwaa_operator.engine.cache import GRAVES, Cache
from mwaa_operator.engine.entry import LAST_APPLIED, Change
from tests.support.engine import KIND, body, key

ONE = key("one")


@pytest.fixture
def cache() -> Cache:
    return Cache()


def test_a_pass_gets_a_copy_of_its_own(cache: Cache) -> None:
    cache.put(body(spec={"list": [1]}))
    copy = cache.get(ONE)
    assert copy is not None
    copy["spec"]["list"].append(2)
    assert cache.get(ONE) == body(spec={"list": [1]})


def test_what_was_put_is_not_kept_and_not_changed(cache: Cache) -> None:
    managed = body(managedFields=[{"manager": "x"}], annotations={LAST_APPLIED: "{}"}, status={"a": 1})
    before = json.dumps(managed)
    cache.put(managed)
    managed["spec"]["size"] = 99
    stored = cache.get(ONE)
    assert stored is not None
    assert stored["spec"] == {"size": 1}
    managed["spec"]["size"] = 1
    assert json.dumps(managed) == before


@pytest.mark.parametrize(
    ("metadata", "stored"),
    [
        ({"managedFields": [{"manager": "kubectl"}]}, {}),
        ({"annotations": {LAST_APPLIED: "{}"}}, {}),
        ({"annotations": {LAST_APPLIED: "{}", "mine": "x"}}, {"annotations": {"mine": "x"}}),
        ({"annotations": {"mine": "x"}}, {"annotations": {"mine": "x"}}),
    ],
)
def test_bookkeeping_of_others_is_not_stored(cache: Cache, metadata: dict[str, Any], stored: dict[str, Any]) -> None:
    cache.put(body(**metadata))
    assert cache.get(ONE) == body(**stored)


def test_objects_are_stored_as_compact_json(cache: Cache) -> None:
    cache.put(body(spec={"text": "ä", "number": 1}, status={"ready": True}))
    entry = cache.entry(ONE)
    assert entry is not None
    assert '"spec":{"number":1,"text":"ä"}'.encode() in entry.essence
    assert entry.status == b'{"ready":true}'


def test_an_unknown_object_is_none(cache: Cache) -> None:
    assert cache.get(ONE) is None
    assert cache.entry(ONE) is None
    assert not cache.remove(ONE)


VERSIONS = [
    (1, 2, True, "a newer version wins"),
    (2, 2, False, "the same version says nothing new"),
    (2, 1, False, "an older version never wins"),
    (9, 10, True, "versions are numbers, not texts"),
    ("abc", "abd", True, "an opaque version counts as newer"),
    ("abc", "abc", False, "the same opaque version says nothing new"),
    (5, "abc", True, "one opaque version is enough"),
    ("", "", True, "objects without versions are always taken"),
]


@pytest.mark.parametrize(("known", "version", "wins", "why"), VERSIONS, ids=[row[3] for row in VERSIONS])
def test_which_version_wins(cache: Cache, known: int | str, version: int | str, wins: bool, why: str) -> None:
    cache.put(body(version=known))
    assert bool(cache.put(body(version=version, spec={"size": 2}))) is wins
    stored = cache.get(ONE)
    assert stored is not None
    assert stored["spec"]["size"] == (2 if wins else 1)


@given(st.permutations(range(1, 7)))
def test_in_whatever_order_versions_arrive_the_newest_stays(order: list[int]) -> None:
    cache = Cache()
    for version in order:
        cache.put(body(version=version, spec={"size": version}))
    stored = cache.get(ONE)
    assert stored is not None
    assert stored["spec"]["size"] == 6


CHANGES: list[tuple[str, dict[str, Any], Change]] = [
    ("only status", {"status": {"ready": True}}, Change.ECHO),
    ("only managedFields", {"managedFields": [{"manager": "x"}]}, Change.ECHO),
    ("only last-applied", {"annotations": {"team": "a", LAST_APPLIED: "{}"}}, Change.ECHO),
    ("our finalizer appears", {"finalizers": [FINALIZER]}, Change.ECHO),
    ("our finalizer and a status", {"finalizers": [FINALIZER], "status": {"ready": True}}, Change.ECHO),
    ("our finalizer and an edit", {"finalizers": [FINALIZER], "spec": {"size": 2}}, Change.EDIT),
    ("a foreign finalizer appears", {"finalizers": ["other/finalizer"]}, Change.EDIT),
    ("ours and a foreign finalizer", {"finalizers": [FINALIZER, "other/finalizer"]}, Change.EDIT),
    ("spec", {"spec": {"size": 2}}, Change.EDIT),
    ("generation", {"generation": 2}, Change.EDIT),
    ("annotations", {"annotations": {"team": "b"}}, Change.EDIT),
    ("labels", {"labels": {"x": "y"}}, Change.EDIT),
    ("deletion", {"deletionTimestamp": "2026-01-01T00:00:00Z"}, Change.EDIT),
    ("another uid", {"uid": "another"}, Change.NEW),
]


@pytest.mark.parametrize(("what", "difference", "change"), CHANGES, ids=[row[0] for row in CHANGES])
def test_what_kind_of_change_a_difference_is(
    cache: Cache, what: str, difference: dict[str, Any], change: Change
) -> None:
    assert cache.put(body(version=1, annotations={"team": "a"})) is Change.NEW
    assert cache.put(body(version=2, **{"annotations": {"team": "a"}, **difference})) is change


def test_the_loss_of_our_finalizer_is_somebody_elses_doing(cache: Cache) -> None:
    cache.put(body(version=1, finalizers=[FINALIZER]))
    assert cache.put(body(version=2)) is Change.EDIT


def test_our_finalizer_beside_foreign_ones_is_an_echo(cache: Cache) -> None:
    cache.put(body(version=1, finalizers=["other/finalizer"]))
    assert cache.put(body(version=2, finalizers=["other/finalizer", FINALIZER])) is Change.ECHO


def test_the_order_of_members_is_no_difference(cache: Cache) -> None:
    cache.put(body(version=1, spec={"a": 1, "b": 2}))
    assert cache.put(body(version=2, spec={"b": 2, "a": 1})) is Change.ECHO


def test_a_deleted_object_does_not_come_back_with_a_late_answer(cache: Cache) -> None:
    cache.put(body(version=1))
    assert cache.remove(ONE, "uid-one")
    assert not cache.put(body(version=2))
    assert cache.get(ONE) is None


def test_an_object_whose_deletion_came_first_is_not_stored_either(cache: Cache) -> None:
    assert not cache.remove(ONE, "uid-one")
    assert not cache.put(body(version=2))


def test_a_namesake_of_a_deleted_object_is_stored(cache: Cache) -> None:
    cache.put(body(version=1))
    cache.remove(ONE)
    assert cache.put(body(version=3, uid="second")) is Change.NEW


def test_the_late_deletion_of_a_predecessor_leaves_its_namesake(cache: Cache) -> None:
    cache.put(body(version=3, uid="second"))
    assert not cache.remove(ONE, "uid-one")
    assert cache.get(ONE) is not None


def test_the_late_version_of_a_predecessor_does_not_replace_its_namesake(cache: Cache) -> None:
    cache.put(body(version=3, uid="second"))
    assert not cache.put(body(version=2, uid="first"))


def test_a_list_that_proves_that_the_server_went_back_wins_over_everything(cache: Cache) -> None:
    cache.put(body(version=9, spec={"size": 9}))
    cache.remove(ONE)
    assert cache.replace(body(version=2)) is Change.NEW
    assert cache.replace(body(version=1, spec={"size": 0})) is Change.EDIT
    assert cache.put(body(version=3))


def test_the_memory_of_deleted_objects_is_bounded(cache: Cache) -> None:
    for number in range(GRAVES + 10):
        cache.remove(ONE, f"uid-{number}")
    assert len(cache._graves) == GRAVES
    assert not cache.put(body(uid=f"uid-{GRAVES + 9}"))
    assert cache.put(body(uid="uid-0"))


def test_keys_and_versions_are_those_of_one_kind(cache: Cache) -> None:
    cache.put(body("one", version=4))
    cache.put(body("two", version=5))
    cache.put(body("other", kind="Gadget"))
    assert sorted(cache.keys(KIND)) == [key("one"), key("two")]
    assert cache.resource_versions(KIND) == {key("one"): "4", key("two"): "5"}


def test_listeners_hear_of_every_change_with_what_was_and_what_is(cache: Cache) -> None:
    heard: list[tuple[Change, object, object]] = []
    cache.listen(lambda _, change, old, new: heard.append((change, old and old.version, new and new.version)))
    cache.put(body(version=1))
    cache.put(body(version=2, spec={"size": 2}))
    cache.put(body(version=2))
    cache.remove(ONE)
    assert heard == [(Change.NEW, None, "1"), (Change.EDIT, "1", "2"), (Change.GONE, "2", None)]


def by_account(widget: dict[str, Any]) -> list[str]:
    account = widget["spec"].get("account")
    return [account] if account else []


def test_an_index_follows_every_change(cache: Cache) -> None:
    cache.put(body("early", spec={"account": "a"}))
    cache.add_index(KIND, "account", by_account)
    cache.put(body("two", version=1, spec={"account": "a"}))
    assert cache.by_index(KIND, "account", "a") == [key("early"), key("two")]
    cache.put(body("two", version=2, spec={"account": "b"}))
    assert cache.by_index(KIND, "account", "a") == [key("early")]
    assert cache.by_index(KIND, "account", "b") == [key("two")]
    cache.put(body("two", version=3, spec={"x": 1}))
    cache.remove(key("early"))
    assert cache.by_index(KIND, "account", "a") == cache.by_index(KIND, "account", "b") == []
    assert cache._indices[KIND]["account"].keys == {}


def test_asking_for_an_index_that_does_not_exist_is_an_error(cache: Cache) -> None:
    with pytest.raises(KeyError):
        cache.by_index(KIND, "nothing", "x")


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", None, "gone"])), max_size=30),
)
def test_the_index_is_what_a_scan_would_find(history: list[tuple[str, str | None]]) -> None:
    cache = Cache()
    cache.add_index(KIND, "account", by_account)
    for version, (name, account) in enumerate(history, start=1):
        if account == "gone":
            cache.remove(key(name))
        else:
            cache.put(body(name, version=version, uid=f"{name}-{version}", spec={"account": account}))
    for value in ("x", "y"):
        found = [item for item in cache.keys(KIND) if by_account(cache.get(item) or {"spec": {}}) == [value]]
        assert cache.by_index(KIND, "account", value) == sorted(found)
