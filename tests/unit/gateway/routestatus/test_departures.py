"""What a route says while what it left drains: targets that were removed, and the route itself when it is deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mwaa_operator.gateway.plan import plan_rollout
from tests.support.rollout import NOW
from tests.support.routewatch import begun, entries, reports, seen, settled, told


def test_jobs_are_counted_where_a_target_drains_and_the_last_one_is_told() -> None:
    watched = begun(one="ab")
    watched = settled(watched.with_world(jobs=entries(watched, "one")).edited(one="b"))
    status = watched.status("one")
    assert status["tombstones"] == 1
    assert [(item["name"], item["mode"], item.get("jobs")) for item in status["targets"]] == [
        ("b", "Routed", None),
        ("a", "Tombstone", 1),
    ]
    watched, said = told(watched.with_world(jobs=frozenset()))
    assert [(notice.reason, notice.note) for notice in said["data/one"].notices] == [
        ("Drained", "The last job of target a has ended.")
    ]
    assert told(watched)[1]["data/one"].notices == ()


def test_a_deleted_route_says_how_far_it_is_and_when_it_is_gone() -> None:
    watched = begun(one="a", two="b")
    watched = watched.with_world(jobs=entries(watched, "one")).edited(one=None)
    watched, _ = told(watched)
    assert watched.ready("one") == ("False", "Deleting")
    assert "drain" not in watched.status("one")
    assert watched.conditions("one")["Drained"]["reason"] == "JobsRunning"
    watched = settled(watched)
    assert watched.ready("one") == ("False", "Draining")
    assert "Reconciling" in watched.conditions("one"), "an hour of waiting for jobs is no trouble"
    drain = watched.status("one")["drain"]
    assert drain["jobs"] == 1
    assert drain["deadline"] == f"{NOW + timedelta(hours=23):%Y-%m-%dT%H:%M:%SZ}", "an hour ago it was deleted"
    assert "split" not in watched.status("one"), "jobs are refused"
    watched, said = told(watched.with_world(jobs=frozenset()))
    assert [str(notice.reason) for notice in said["data/one"].notices] == ["Drained", "Deleted"]
    assert [key for key, report in said.items() if report.goes] == ["data/one"]
    assert said["data/one"].status["conditions"][0]["reason"] == "Deleting"
    assert "data/one" not in watched.statuses


def test_a_deletion_that_nobody_can_count_the_jobs_of_is_blocked_after_half_an_hour_with_a_way_out() -> None:
    watched = begun(one="a", two="b")
    watched = settled(watched.with_world(jobs=entries(watched, "one")).edited(one=None))
    s = seen(watched)
    s = replace(s, observed=replace(s.observed, jobs={}))
    conditions = {item["type"]: item for item in reports(s, plan_rollout(s))["data/one"].status["conditions"]}
    assert conditions["Stalled"]["reason"] == "DeletionBlocked"
    assert "deletionPolicy: Delete" in conditions["Stalled"]["message"]
    assert "jobs on a cannot be counted" in conditions["Stalled"]["message"]


def test_a_drain_that_takes_too_long_is_told_when_the_route_goes() -> None:
    watched = begun(one="a", two="b")
    watched = settled(watched.with_world(jobs=entries(watched, "one")).edited(one=None))
    s = seen(watched)
    route = s.observed.attached["data/one"]
    spec = route.spec.model_copy(update={"drain": route.spec.drain.model_copy(update={"timeout": "30m"})})
    late = route.model_copy(update={"spec": spec})
    leaving = tuple(replace(item, timeout=1800.0) for item in s.observed.leaving)
    s = replace(s, observed=replace(s.observed, attached={**s.observed.attached, "data/one": late}, leaving=leaving))
    report = reports(s, plan_rollout(s))["data/one"]
    assert [str(notice.reason) for notice in report.notices] == ["DrainTimedOut", "Deleted"]
    assert {item["type"]: item["reason"] for item in report.status["conditions"]}["Drained"] == "DrainTimedOut"


def test_a_count_that_is_not_there_is_no_end() -> None:
    watched = begun(one="ab")
    watched = settled(watched.with_world(jobs=entries(watched, "one")).edited(one="b"))
    s = seen(watched)
    s = replace(s, observed=replace(s.observed, jobs={}))
    assert reports(s, plan_rollout(s))["data/one"].notices == ()
