"""What a route says through its life: an edit on its way, failover, suspension, tokens; what is told when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.api.fitting import size
from mwaa_operator.api.meta import RECONCILE_REQUESTED_AT, RETRY_REQUESTED_AT
from mwaa_operator.gateway.actions import PointDeployment
from mwaa_operator.gateway.plan import plan_rollout
from mwaa_operator.gateway.plan.situation import Reply
from mwaa_operator.gateway.tokens.told import TokensOf
from mwaa_operator.route.fit import MAX_BYTES
from mwaa_operator.route.reasons import DetailReason
from mwaa_operator.route.status import TokenStatus
from tests.support.rollout import USUAL, Setup
from tests.support.routewatch import (
    URL,
    Watched,
    aged,
    begun,
    entries,
    happened,
    modes,
    reports,
    seen,
    settled,
    stepped,
    told,
)
from tests.support.sparkscene import CLUSTERS, candidate, target

SECURE = Setup(route={"access": {"secure": True, "tokens": [{"name": "mwaa", "secretName": "t"}]}})


def test_a_route_that_serves_says_everything_about_it() -> None:
    watched = begun(one="ab")
    status = watched.status("one")
    assert watched.ready("one") == ("True", "Succeeded")
    assert (status["gateway"], status["url"], status["profile"]) == ("gateways/general", URL, "aws-pin")
    assert (status["split"], status["healthyTargets"]) == ("a=1/2 b=1/2", "2/2")
    assert watched.world.deployment is not None
    assert status["revision"] == {"active": watched.world.deployment[0], "generation": 1}
    assert modes(watched, "one") == [("a", "Routed", "1/2"), ("b", "Routed", "1/2")]
    assert {item["entry"] for item in status["targets"]} == entries(watched, "one")
    assert status["queues"] == [{"name": "one", "split": "a=1/2 b=1/2"}]
    assert status["observedGeneration"] == 1
    assert status["tombstones"] == 0


def test_a_new_route_is_staged_then_active_and_each_is_told_once() -> None:
    assert happened(Watched().edited(one="a"), "one") == ["Staged", "Activated", "Ready"]


def test_an_edit_makes_ready_false_until_it_serves_and_what_serves_is_shown_all_the_while() -> None:
    watched, _ = told(begun(one="a").edited(one="b"))
    status = watched.status("one")
    assert watched.ready("one") == ("False", "Staged")
    assert watched.conditions("one")["Reconciling"]["reason"] == "Progressing"
    assert "serves on" in watched.conditions("one")["Ready"]["message"]
    assert status["observedGeneration"] == 2
    assert status["revision"]["generation"] == 1
    assert status["revision"]["staged"] == watched.world.memory["stagedRevision"]["name"]
    assert status["split"] == "a=1"
    assert modes(watched, "one") == [("b", None, None), ("a", "Routed", "1")]
    watched = settled(watched)
    assert watched.ready("one") == ("True", "Succeeded")
    assert watched.status("one")["revision"]["generation"] == 2
    assert "staged" not in watched.status("one")["revision"]
    assert modes(watched, "one") == [("b", "Routed", "1")]


def test_an_edit_goes_through_the_modes_of_expand_and_activate() -> None:
    watched, found = begun(one="a").edited(one="b"), set()
    for _ in range(16):
        watched = stepped(watched)
        found.add(tuple(modes(watched, "one")))
    assert {
        (("b", None, None), ("a", "Routed", "1")),
        (("b", "Staged", None), ("a", "Routed", "1")),
        (("b", "Routed", "1"), ("a", "Tombstone", None)),
        (("b", "Routed", "1"),),
    } == found


def test_the_rollout_of_another_route_touches_none() -> None:
    watched = begun(one="a").edited(two="b")
    for _ in range(16):
        watched = stepped(watched)
        assert watched.ready("one") == ("True", "Succeeded")
        assert "staged" not in watched.status("one")["revision"]
    assert watched.ready("two") == ("True", "Succeeded")


def test_an_edit_that_changes_nothing_in_the_file_is_active_at_once() -> None:
    watched = begun(one="a")
    watched, said = told(replace(watched, objects={"one": ("a", 2)}))
    assert watched.ready("one") == ("True", "Succeeded")
    assert watched.status("one")["revision"]["generation"] == 2
    assert [notice.reason for notice in said["data/one"].notices] == ["Activated"]


def test_an_edit_of_queues_alone_is_on_its_way_too() -> None:
    one = candidate("one")
    watched = settled(Watched().with_forms(one=one))
    edited = candidate("one", queue={"name": "one", "subQueues": ["night"]})
    watched, _ = told(watched.with_forms(one=edited))
    assert watched.ready("one") == ("False", "Staged")
    assert "staged" in watched.status("one")["revision"]
    watched = settled(watched)
    assert watched.ready("one") == ("True", "Succeeded")
    assert [item["name"] for item in watched.status("one")["queues"]] == ["one", "one.night"]
    watched, _ = told(watched.with_forms(one=one))
    assert watched.ready("one") == ("False", "Staged"), "a queue that goes counts as well"


def test_a_version_that_does_not_serve_yet_leaves_the_split_as_it_is() -> None:
    watched = settled(Watched().with_forms(one=candidate("one", sparkVersions=["3.5"])))
    watched, _ = told(watched.with_forms(one=candidate("one", sparkVersions=["3.4"])))
    assert watched.ready("one") == ("False", "Staged")
    assert watched.status("one")["split"] == "a=1"


def test_a_queue_that_asks_for_a_token_until_the_edit_serves_is_split_as_it_is() -> None:
    secure = {"secure": True, "tokens": [{"name": "mwaa", "secretName": "t"}]}
    watched = settled(Watched().with_forms(one=candidate("one", access=secure)))
    watched, _ = told(watched.with_forms(one=candidate("one")))
    assert watched.ready("one") == ("False", "Staged")
    assert watched.status("one")["split"] == "a=1"


def test_an_entry_that_a_pod_does_not_know_is_on_its_way() -> None:
    watched = begun(one="a").edited(one="ab")
    while ("b", "Staged", None) not in modes(watched, "one"):
        watched = stepped(watched)
    s = seen(watched)
    (new,) = (item["entry"] for item in watched.status("one")["targets"] if item["name"] == "b")
    silent = {("Entry", new): Reply(0)}
    pods = tuple(replace(pod, replies={**(pod.replies or {}), **silent}) for pod in s.observed.pods)
    s = replace(s, observed=replace(s.observed, pods=pods))
    ready = reports(s, plan_rollout(s))["data/one"].status["conditions"][0]
    assert (ready["status"], ready["reason"]) == ("False", "Staged")


def test_an_edit_that_is_taken_back_while_its_revision_is_rolled_is_not_active_yet() -> None:
    watched = begun(one="a").edited(one="b")
    for _ in range(60):
        if any(isinstance(item, PointDeployment) for item in plan_rollout(seen(watched)).actions):
            break
        watched = stepped(watched)
    watched, _ = told(watched)
    watched, _ = told(watched.edited(one="a"))
    assert watched.world.memory["stagedRevision"]["state"] == "Rolling"
    assert watched.ready("one") == ("False", "Staged"), "pods are going over to what was taken back"
    watched = settled(watched)
    assert watched.ready("one") == ("True", "Succeeded")
    assert watched.status("one")["revision"]["generation"] == 3


def test_a_lost_status_is_found_again() -> None:
    watched = begun(one="ab")
    assert told(replace(watched, statuses={}))[0].status("one")["revision"] == watched.status("one")["revision"]


def test_a_failed_cluster_is_told_at_once_and_ready_stays_while_another_target_serves() -> None:
    watched, said = told(begun(one="ab").with_world(down=frozenset("a")))
    assert watched.ready("one") == ("True", "Succeeded")
    assert watched.conditions("one")["TargetsHealthy"]["reason"] == "ClusterUnreachable"
    assert watched.status("one")["healthyTargets"] == "1/2"
    assert said["data/one"].notices == ()
    for _ in range(14):
        watched = stepped(watched)
        assert watched.ready("one") == ("True", "Succeeded"), "the route's spec has not changed"
    assert modes(watched, "one") == [("a", "Draining", None), ("b", "Routed", "1")]
    assert watched.conditions("one")["TargetsHealthy"]["reason"] == "FailedOver"
    assert watched.status("one")["revision"]["generation"] == 1


def test_failover_and_recovery_are_told_once_each() -> None:
    down = begun(one="ab").with_world(down=frozenset("a"))
    assert happened(down, "one") == ["FailedOver"]
    assert happened(settled(down).with_world(down=frozenset()), "one") == ["Recovered"]


def test_the_last_target_stays_and_ready_says_that_it_cannot_run_jobs() -> None:
    watched, said = told(begun(one="a").with_world(down=frozenset("a")))
    assert watched.ready("one") == ("False", "NoHealthyTarget")
    assert watched.conditions("one")["Reconciling"]["reason"] == "ProgressingWithRetry"
    assert [notice.reason for notice in said["data/one"].notices] == ["NoHealthyTarget"]
    assert told(watched)[1]["data/one"].notices == ()
    watched, _ = told(aged(watched))
    assert watched.conditions("one")["Stalled"]["reason"] == "NoHealthyTarget"
    assert "Reconciling" not in watched.conditions("one")
    watched = settled(watched.with_world(down=frozenset()))
    assert watched.ready("one") == ("True", "Succeeded")
    assert "waiting" not in watched.status("one")


def test_a_target_whose_cluster_is_out_of_reach_stays_staged_until_it_is_there() -> None:
    watched = settled(Watched().with_world(down=frozenset("a")).edited(one="a", two="b"))
    assert modes(watched, "one") == [("a", "Staged", None)]
    assert watched.ready("one") == ("False", "NoHealthyTarget")
    assert watched.ready("two") == ("True", "Succeeded")
    watched = settled(watched.with_world(down=frozenset()))
    assert modes(watched, "one") == [("a", "Routed", "1")]
    assert watched.ready("one") == ("True", "Succeeded")


def test_a_suspended_route_serves_on_and_says_that_it_is_suspended() -> None:
    watched = begun(one="a").suspend("one")
    watched, _ = told(watched)
    assert watched.ready("one") == ("True", "Suspended")
    assert watched.conditions("one")["Synced"]["status"] == "False"
    assert watched.status("one")["revision"]["generation"] == 1, "of the form that serves"
    assert watched.status("one")["observedGeneration"] == 2
    watched, _ = told(watched.with_world(down=frozenset("a")))
    assert watched.ready("one") == ("False", "NoHealthyTarget")


def test_a_route_that_a_proof_set_aside_says_so_in_the_pass_that_finds_it() -> None:
    watched = begun(one="a").edited(two="bad")
    found = happened(watched, "two", passes=30)
    assert found == ["Staged", "SetAside"]
    watched = settled(watched)
    assert watched.conditions("two")["Stalled"]["reason"] == "SetAside"
    assert "answered 500 broken" in watched.conditions("two")["Ready"]["message"]
    assert watched.ready("one") == ("True", "Succeeded")
    watched = settled(watched.edited(two="b"))
    assert watched.ready("two") == ("True", "Succeeded")


@pytest.mark.parametrize("profile", ["aws-pin", "pre-dw5"])
def test_tokens_stand_beside_ready_and_a_new_one_is_told_once(profile: str) -> None:
    setup = replace(SECURE, spec={"bpgProfile": profile})
    watched = begun(setup, one="a")
    assert watched.ready("one") == ("True", "Succeeded")
    assert watched.conditions("one")["TokensReady"]["reason"] == "TokenPending"
    enforced = watched.conditions("one")["TokensEnforced"]
    assert enforced["reason"] == ("UndeclaredSubQueues" if profile == "aws-pin" else "Succeeded")
    token = TokenStatus(name="mwaa", secret_name="t", key_version=1, issued_at="2026-11-21T12:00:00Z")
    found = TokensOf((token, token), "True", DetailReason.SUCCEEDED, "They are written.", 60.0)
    watched, said = told(replace(watched, tokens={"data/one": found}))
    assert [notice.reason for notice in said["data/one"].notices] == ["TokenIssued"]
    assert watched.status("one")["tokens"] == [token.wire()]
    assert watched.conditions("one")["TokensReady"]["status"] == "True"
    assert told(watched)[1]["data/one"].notices == ()


def test_annotations_are_answered_and_cut() -> None:
    s = seen(begun(one="a"))
    route = s.observed.attached["data/one"]
    asked = {RECONCILE_REQUESTED_AT: "now", RETRY_REQUESTED_AT: "x" * 300}
    metadata = route.metadata.model_copy(update={"annotations": asked})
    attached = {"data/one": route.model_copy(update={"metadata": metadata})}
    s = replace(s, observed=replace(s.observed, attached=attached))
    status = reports(s, plan_rollout(s))["data/one"].status
    assert status["lastHandledReconcileAt"] == "now"
    assert len(status["lastHandledRetryAt"]) == 256


@pytest.mark.parametrize(
    ("targets", "ready", "why"),
    [
        ([{"weight": 0}], ("False", "NoRoutableTarget"), ("Drained", "its weight is 0")),
        ([{"state": "Drain"}], ("False", "NoRoutableTarget"), ("Drained", "its state is Drain")),
        ([{}, {"state": "Disabled"}], ("True", "Succeeded"), ("Drained", "its state is Disabled")),
    ],
)
def test_what_a_person_drained_is_no_fault(
    targets: list[dict[str, Any]], ready: tuple[str, str], why: tuple[str, str]
) -> None:
    spec = [target(name, **members) for name, members in zip("ab", targets, strict=False)]
    watched = settled(Watched().with_forms(one=candidate("one", targets=spec)))
    assert watched.ready("one") == ready
    told_of = watched.status("one")["targets"][-1]
    assert (told_of.get("reason"), told_of.get("message")) == why
    assert watched.conditions("one")["TargetsHealthy"]["status"] != "False"


def test_a_cluster_that_its_owner_drains_is_no_fault_either_and_comes_back_by_itself() -> None:
    drained = Setup(spec={"clusters": [CLUSTERS[0] | {"state": "Drain"}, *CLUSTERS[1:]]})
    watched = settled(replace(begun(one="ab", two="a"), setup=drained))
    assert watched.ready("one") == ("True", "Succeeded")
    assert modes(watched, "one") == [("a", "Draining", None), ("b", "Routed", "1")]
    assert watched.status("one")["targets"][0]["reason"] == "Drained"
    assert watched.conditions("one")["TargetsHealthy"]["reason"] == "Succeeded"
    assert watched.ready("two") == ("False", "NoRoutableTarget")
    assert "Reconciling" in watched.conditions("two")
    watched = settled(replace(watched, setup=USUAL))
    assert watched.ready("two") == ("True", "Succeeded")


def test_a_route_with_as_much_as_it_may_have_still_fits() -> None:
    targets = [target(f"{index:063}", cluster="abc"[index % 3]) for index in range(16)]
    queue = {"name": "q" * 20, "subQueues": [f"{index:036}" for index in range(32)], "default": True}
    watched = settled(Watched().with_forms(one=candidate("one", targets=targets, queue=queue)))
    s = seen(watched)
    clusters = {
        name: replace(look, healthy=False, message="\N{ROCKET}" * 256) for name, look in s.observed.clusters.items()
    }
    s = replace(s, observed=replace(s.observed, clusters=clusters))
    status = reports(s, plan_rollout(s))["data/one"].status
    assert size(status) <= MAX_BYTES
    assert len(status["targets"]) == 16
    assert status["healthyTargets"] == "0/16"
