"""The properties of every file: the same bytes for the same set, one bad route costs only itself, nothing is null."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.gateway.bpg.bind import bind
from mwaa_operator.gateway.bpg.config import Config
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.bpg.text import read
from mwaa_operator.gateway.render import file
from mwaa_operator.gateway.render.file import MAX_BYTES, Rendering, render
from mwaa_operator.gateway.render.identity import ENTRY_ID
from mwaa_operator.gateway.render.scene import Candidate, Past
from mwaa_operator.route.reasons import Reason
from tests.support.sparkscene import (
    KEY,
    RELAXED,
    VIEWS,
    candidate,
    document,
    entries,
    gateway,
    route_sets,
    scene,
    target,
)

HEALTH = st.dictionaries(st.sampled_from(sorted(VIEWS)), st.booleans())


def seen(health: dict[str, bool]) -> dict[str, Any]:
    return {"clusters": {name: replace(view, healthy=health.get(name, True)) for name, view in VIEWS.items()}}


def owned_by(rendering: Rendering, key: str) -> dict[str, dict[str, Any]]:
    """Return the entries of one route."""
    found = entries(rendering)
    return {entry.id: found[entry.id] for entry in rendering.entries if entry.route == key}


@RELAXED
@given(routes=route_sets(), health=HEALTH, data=st.data())
def test_the_order_of_routes_changes_no_byte(routes: tuple[Candidate, ...], health: dict[str, bool], data: Any) -> None:
    shuffled = tuple(data.draw(st.permutations(routes)))
    assert render(scene(*shuffled, **seen(health))) == render(scene(*routes, **seen(health)))


@RELAXED
@given(routes=route_sets().filter(bool), health=HEALTH, data=st.data())
def test_removing_a_route_leaves_the_entries_of_the_others_as_they_are(
    routes: tuple[Candidate, ...], health: dict[str, bool], data: Any
) -> None:
    gone = data.draw(st.sampled_from(routes))
    before = render(scene(*routes, **seen(health)))
    after = render(scene(*(route for route in routes if route is not gone), **seen(health)))
    for route in routes:
        # A route that had lost against the one that is gone may take from a younger one now.
        if route is not gone and route.key not in before.refused and route.key not in after.refused:
            assert owned_by(after, route.key) == owned_by(before, route.key)
            assert json.dumps(owned_by(after, route.key)) == json.dumps(owned_by(before, route.key))


@RELAXED
@given(routes=route_sets(), health=HEALTH, profile=st.sampled_from(("aws-pin", "pre-dw5")))
def test_bpg_starts_from_every_file_and_every_id_is_valid(
    routes: tuple[Candidate, ...], health: dict[str, bool], profile: str
) -> None:
    rendering = render(scene(*routes, gateway=gateway(bpgProfile=profile), **seen(health)))
    config = bind(read(rendering.text), profile=Profile(profile))
    assert isinstance(config, Config)
    assert all(ENTRY_ID.fullmatch(id_) for id_ in entries(rendering))
    assert config.clusters
    assert config.queues


@RELAXED
@given(routes=route_sets(), health=HEALTH)
def test_every_route_is_in_the_file_or_told_why_not(routes: tuple[Candidate, ...], health: dict[str, bool]) -> None:
    rendering = render(scene(*routes, **seen(health)))
    there = {entry.route for entry in rendering.entries}
    assert there | rendering.refused.keys() == {route.key for route in routes}
    assert there & rendering.refused.keys() == set()
    for refused in rendering.refused.values():
        assert ": " in refused.message, "the next step comes after a colon"


@RELAXED
@given(routes=route_sets())
def test_no_two_data_classes_are_in_one_file(routes: tuple[Candidate, ...]) -> None:
    rendering = render(scene(*routes))
    there = {entry.route for entry in rendering.entries}
    assert {route.route.spec.data_class for route in routes if route.key in there} <= {"general"}


@RELAXED
@given(routes=route_sets(), health=HEALTH)
def test_queues_and_users_are_unique_in_any_case(routes: tuple[Candidate, ...], health: dict[str, bool]) -> None:
    queues = document(render(scene(*routes, **seen(health))))["queues"]
    names = [queue["name"].lower() for queue in queues]
    users = [user for queue in queues for user in {name.lower() for name in queue.get("users", [])}]
    assert len(set(names)) == len(names)
    assert len(set(users)) == len(users)
    assert "poc" in names


@RELAXED
@given(routes=route_sets())
def test_everything_stands_in_the_order_of_its_name(routes: tuple[Candidate, ...]) -> None:
    rendering = render(scene(*routes))
    found = document(rendering)
    assert rendering.text == json.dumps(found, sort_keys=True)
    for name, key in (("sparkClusters", "id"), ("queues", "name")):
        keys = [item[key] for item in found[name]]
        assert keys == sorted(keys)


def test_nothing_is_null_whatever_a_person_writes() -> None:
    extra = {"logIndex": None, "deep": {"a": None, "b": [None, {"c": None}], "d": float("nan")}}
    text = render(scene(candidate(), gateway=gateway(extraConfig=extra))).text
    assert "null" not in text
    assert json.loads(text)["deep"] == {"b": [{}]}


def test_what_yaml_makes_of_the_file_is_what_was_meant() -> None:
    tricks = {
        "a": "yes",
        "b": "010",
        "c": "12:30",
        "d": "*x",
        "e": "ü\u2028\x7f\N{ROCKET}",
        "f": "- &id001 {}",
        "g": "~",
    }
    job = {"sparkConf": {f"spark.{key}": value for key, value in tricks.items()}}
    rendering = render(scene(candidate(sparkVersions=["3.10", "3"], job=job)))
    assert read(rendering.text) == json.loads(rendering.text)
    (entry,) = entries(rendering).values()
    assert entry["sparkVersions"] == ["3", "3.10"]
    assert entry["sparkConf"] == job["sparkConf"]
    assert rendering.text.isascii()


def test_the_only_secrets_are_the_keys_and_nobody_prints_them() -> None:
    rendering = render(scene(candidate()))
    assert document(rendering)["queueTokenSOPS"] == {"secrets": [KEY]}
    assert rendering.text.count(KEY) == 1
    assert KEY not in repr(rendering)
    assert KEY not in repr(scene(candidate()))
    assert {entry["userTokenSOPS"] for entry in entries(rendering).values()} == {"k8s:secret:gateways:a:token"}


def test_a_file_without_routes_starts_and_lets_nothing_in() -> None:
    rendering = render(scene())
    (entry,) = entries(rendering).values()
    assert (entry["queues"], entry["sparkVersions"], entry["weight"]) == ([], [], 1)
    assert rendering.entries == ()
    assert document(rendering)["queues"] == [{"name": "poc", "secure": True}]


def test_two_files_have_one_name_only_if_they_are_the_same() -> None:
    names = {render(scene(*routes)).name for routes in ((), (candidate(),), (candidate(suspend=True),))}
    assert len(names) == 2, "suspending changes nothing in the file"
    assert render(scene(keys=("other",))).name not in names


@pytest.mark.parametrize("member", sorted(["sparkClusters", "queues", "allowedUsers", "health", "queueTokenSOPS"]))
def test_what_the_operator_writes_cannot_be_written_beside_it(member: str) -> None:
    rendering = render(scene(candidate(), gateway=gateway(extraConfig={member: ["*"], "sparkHistoryDns": "h"})))
    assert document(rendering) == document(render(scene(candidate()))) | {"sparkHistoryDns": "h"}
    (warning,) = rendering.warnings
    assert warning.startswith(f"extraConfig.{member} ")


def test_extra_members_from_which_bpg_would_not_start_are_left_out() -> None:
    rendering = render(scene(candidate(), gateway=gateway(extraConfig={"logging": {"levle": "INFO"}})))
    assert "logging" not in document(rendering)
    assert "BPG would not start" in rendering.warnings[0]


def test_a_tombstone_stays_known_and_takes_nothing_even_after_its_route_is_gone() -> None:
    first = render(scene(candidate("old", job={"ttlSeconds": 7200})))
    (told,), (entry,) = first.entries, entries(first).values()
    past = Past(ids={told.identity: told.id}, tombstones={told.id: entry})
    later = render(scene(candidate("new"), past=past))
    assert entries(later)[told.id] == entry | {"queues": [], "sparkVersions": [], "weight": 1}
    assert [(item.id, item.identity) for item in later.entries if item.mode == "Tombstone"] == [
        (told.id, told.identity)
    ]
    again = render(scene(candidate("old", job={"ttlSeconds": 7200}), past=past))
    assert entries(again) == entries(first), "the same place gets its id back"


def test_an_entry_that_is_held_is_known_and_takes_no_jobs() -> None:
    (told,) = render(scene(candidate())).entries
    held = render(scene(candidate(), held=frozenset({told.id})))
    assert [(entry.id, entry.mode) for entry in held.entries] == [(told.id, "Staged")]
    assert entries(held)[told.id]["queues"] == []


def test_routes_that_do_not_fit_are_left_out_the_youngest_first() -> None:
    conf = {f"spark.{index:03}": "x" * 2000 for index in range(60)}
    routes = [candidate(f"q{index}", age=20 - index, job={"sparkConf": conf}) for index in range(10)]
    rendering = render(scene(*routes))
    assert len(rendering.text) <= MAX_BYTES
    assert {refused.reason for refused in rendering.refused.values()} == {Reason.FILE_TOO_LARGE}
    kept = sorted({entry.route for entry in rendering.entries})
    assert kept == sorted(f"data/q{index}" for index in range(len(kept)))
    assert len(kept) + len(rendering.refused) == 10
    assert rendering.warnings[0].startswith("the file has ")


def test_a_small_route_is_not_held_back_by_a_large_one_that_is_older(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "MAX_BYTES", 8_000)
    large = candidate("large", age=2, job={"sparkConf": {"spark.a": "x" * 2000, "spark.b": "x" * 2000}}, targets=_TWO)
    rendering = render(scene(large, candidate("small", age=1)))
    assert set(rendering.refused) == {"data/large"}
    assert len(rendering.text) <= 8_000


_TWO = [target("a"), target("b")]
