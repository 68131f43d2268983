"""The rules of a rollout, one by one: steps, debounce, proofs, culprits, pods that differ, Secrets."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from mwaa_operator.gateway.actions import (
    CreateRevisionSecret,
    DeletePod,
    DeleteRevision,
    PointDeployment,
    StartProof,
)
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.plan.chain import plan_rollout
from mwaa_operator.gateway.plan.probes import Probe, probes
from mwaa_operator.gateway.plan.situation import PodLook, Reply
from mwaa_operator.gateway.revision import Revision, joins
from tests.support.rollout import (
    LIBRARY,
    NOW,
    Setup,
    World,
    aged,
    at_rest,
    carried_out,
    modes,
    plan,
    pointed,
    ready,
    settle,
    situation,
    until,
)


def test_a_first_revision_is_proven_before_it_serves() -> None:
    world, done = settle(World().with_routes(one="a"))
    kinds = [type(action) for action in done]
    assert kinds.index(CreateRevisionSecret) < kinds.index(StartProof) < kinds.index(PointDeployment)
    assert modes(world) == [("data/one", "Routed")]
    assert ready(world)["reason"] == "Succeeded"


def test_entries_appear_unroutable_then_routable_and_leave_routable_then_drained_then_gone() -> None:
    _, done = settle(at_rest(one="a").with_routes(one="b"))
    found = [sorted(entry.mode for entry in revision.entries) for revision in pointed(done)]
    assert found == [["Routed", "Staged"], ["Routed", "Tombstone"], ["Routed"]]


def test_an_entry_stays_for_as_long_as_one_of_its_jobs_is_left() -> None:
    world = at_rest(one="a")
    world = replace(world, jobs=LIBRARY[world.deployment[0]].routed if world.deployment else frozenset())
    world, _ = settle(world.with_routes(one="b"))
    assert modes(world) == [("data/one", "Routed"), ("data/one", "Tombstone")]
    world, _ = settle(replace(world, jobs=frozenset()))
    assert modes(world) == [("data/one", "Routed")]


def test_a_burst_of_edits_is_one_rollout() -> None:
    world = at_rest(one="a")
    for index in range(50):
        world = carried_out(world.with_routes(**{f"r{index}": "a"}), plan(world))
    _, done = settle(world)
    assert len(pointed(done)) == 2, "one that expands, one that activates"


def test_no_rollout_begins_before_the_interval_is_over() -> None:
    setup = Setup(spec={"rollout": {"minInterval": "10m"}})
    world = until(at_rest(one="a").with_routes(two="b"), PointDeployment)
    recent = replace(world, status=world.status.replace("T11:00:00", "T11:55:00"))
    decided = plan(recent, setup)
    assert not pointed(decided.actions)
    assert decided.requeue_after == 300.0
    assert ready(recent, setup)["reason"] == "AwaitingInterval"
    assert pointed(plan(world, setup).actions)


def test_a_route_that_breaks_the_file_is_set_aside_and_the_rest_is_rolled() -> None:
    world, done = settle(at_rest(one="a").with_routes(two="bad", three="b", four="ab"))
    assert [item["route"] for item in world.memory["setAside"]] == ["data/two"]
    assert "answered 500 broken" in world.memory["setAside"][0]["message"]
    assert {route for route, mode in modes(world) if mode == "Routed"} == {"data/one", "data/three", "data/four"}
    assert all(revision.routed for revision in pointed(done))


def test_several_culprits_are_found_one_after_the_other() -> None:
    world, _ = settle(at_rest(one="a").with_routes(x="bad", y="worse", z="b", w="c"))
    assert [item["route"] for item in world.memory["setAside"]] == ["data/x", "data/y"]
    assert {route for route, mode in modes(world) if mode == "Routed"} == {"data/one", "data/w", "data/z"}


def test_a_route_set_aside_is_tried_again_when_it_asks_for_something_else() -> None:
    world, _ = settle(at_rest(one="a").with_routes(two="bad"))
    world, _ = settle(world.with_routes(two="b"))
    assert "setAside" not in world.memory
    assert modes(world) == [("data/one", "Routed"), ("data/two", "Routed")]


def test_what_serves_stays_where_a_proof_fails_and_no_route_is_to_blame() -> None:
    world, said = at_rest(one="a"), set()
    broken = Setup(template="broken")
    for _ in range(12):
        s = situation(world, broken)
        proofs = tuple(replace(proof, ready=False, replies=None) for proof in s.observed.proofs)
        decided = plan_rollout(replace(s, observed=replace(s.observed, proofs=proofs)))
        assert not pointed(decided.actions)
        said.add(decided.status["conditions"][0]["reason"])
        world = carried_out(world, decided)
        if "ProofFailed" in said:
            break
        world = aged(world)
    assert "ProofFailed" in said
    assert modes(world) == [("data/one", "Routed")]
    assert "setAside" not in world.memory
    assert ready(world, broken)["reason"] == "ProofFailed", "not tried again at once"
    again = replace(broken, annotations={"mwaa-operator.io/retry-requested-at": "now"})
    assert plan(world, again).status["stagedRevision"]["state"] == "Rendered"
    assert plan(aged(world), broken).status["stagedRevision"]["state"] == "Rendered", "after a good while it is"
    held = replace(again, spec={"suspend": True})
    meanwhile = carried_out(world, plan(world, held))
    assert plan(meanwhile, again).status["stagedRevision"]["state"] == "Rendered", "a retry waits for its turn"


def test_a_proof_whose_program_ends_again_and_again_is_not_waited_for_any_longer() -> None:
    world = until(at_rest(one="a").with_routes(two="b"), StartProof)
    world = carried_out(world, plan(world))
    s = situation(world)
    ended = tuple(
        replace(proof, ready=False, replies=None, restarts=3, trouble="no java") for proof in s.observed.proofs
    )
    assert ended
    decided = plan_rollout(replace(s, observed=replace(s.observed, proofs=ended)))
    assert decided.status["stagedRevision"]["tried"] == "1"
    patient = tuple(replace(proof, restarts=2) for proof in ended)
    assert (
        "tried" not in plan_rollout(replace(s, observed=replace(s.observed, proofs=patient))).status["stagedRevision"]
    )


def test_what_a_proof_found_is_remembered_until_the_culprit_is_known_whatever_else_changes_meanwhile() -> None:
    world = until(at_rest(one="a").with_routes(two="b", three="b"), StartProof)
    world = carried_out(world, plan(world))
    s = situation(world)
    ended = tuple(
        replace(proof, ready=False, replies=None, restarts=3, trouble="no java") for proof in s.observed.proofs
    )
    world = carried_out(world, plan_rollout(replace(s, observed=replace(s.observed, proofs=ended))))
    world = carried_out(world, plan(world))
    assert world.memory["stagedRevision"]["tried"] == "0/2", "without both it is what serves; now with one of them"
    # As if what is to be tried had become another revision since.
    proof = {**world.memory["proof"], "revision": "0123456789ab"}
    decided = plan(replace(world, status=json.dumps({**world.memory, "proof": proof})))
    assert "no java" in decided.status["proof"]["message"]


def test_the_deployment_is_never_moved_back_by_itself() -> None:
    world = until(at_rest(one="a").with_routes(one="b"), PointDeployment)
    world = carried_out(world, plan(world))
    stuck = aged(replace(world, slots=tuple(replace(slot, ready=False) for slot in world.slots)))
    for _ in range(10):
        decided = plan(stuck)
        assert not pointed(decided.actions)
        stuck = aged(carried_out(stuck, decided))
    assert ready(stuck)["reason"] == "PodsNotReady"


def test_a_pod_that_differs_is_deleted_once_then_it_is_degraded() -> None:
    s = situation(at_rest(one="a"))
    wrong = {key: Reply(500, "not exists") for key in s.observed.pods[0].replies or {}}
    pods = (replace(s.observed.pods[0], replies=wrong), s.observed.pods[1])
    decided = plan_rollout(replace(s, observed=replace(s.observed, pods=pods)))
    assert decided.actions == (DeletePod("pod-0-0"),)
    assert decided.intent is not None, "else it would be deleted twice"
    later = PodLook("pod-0-1", pods[0].revision, True, NOW + timedelta(seconds=1), replies=wrong)
    status = s.status.model_validate(decided.status)
    told = plan_rollout(
        replace(
            s,
            resource=s.resource.model_copy(update={"status": status}),
            observed=replace(s.observed, pods=(later, pods[1])),
        )
    )
    conditions = {item["type"]: item for item in told.status["conditions"]}
    assert not told.actions
    assert conditions["Degraded"]["status"] == "True"
    assert (conditions["Ready"]["status"], conditions["Ready"]["reason"]) == ("False", "PodsDiffer")


def test_pods_are_asked_before_anything_is_decided() -> None:
    s = situation(at_rest(one="a"))
    pods = tuple(replace(pod, replies=None) for pod in s.observed.pods)
    assert plan_rollout(replace(s, observed=replace(s.observed, pods=pods))).needs == {"pods"}


def test_a_proof_asks_every_queue_and_every_entry_and_404_of_what_is_routed_to_a_cluster_in_reach() -> None:
    world = at_rest(one="ab")
    assert world.deployment is not None
    asked = probes(LIBRARY[world.deployment[0]], profile=Profile.AWS_PIN, reachable=frozenset("a"))
    assert sorted(item.kind for item in asked) == ["Entry", "Queue", "Queue", "Status"]
    expected = {item.subject: item.expected for item in asked if item.kind == "Queue"}
    assert expected["one"] == ((400, "Spark image not found for type: __probe__, version: 3.5"),)
    assert expected["poc"][0][0] == 400


def test_a_suspended_gateway_changes_nothing() -> None:
    decided = plan(at_rest(one="a").with_routes(one="b"), Setup(spec={"suspend": True}))
    assert decided.actions == ()
    assert decided.status["conditions"][0]["reason"] == "Suspended"


def test_another_image_is_proven_and_rolled_like_another_file() -> None:
    world = at_rest(one="a")
    after, done = settle(world, Setup(template="t2"))
    assert [type(action) for action in done if isinstance(action, StartProof | PointDeployment)] == [
        StartProof,
        PointDeployment,
    ]
    assert after.deployment != world.deployment


def test_secrets_that_nothing_needs_are_deleted_and_those_of_what_runs_never() -> None:
    world = at_rest(one="a")
    for version in ("b", "a", "c", "a", "b"):
        world, done = settle(world.with_routes(one=version))
    assert any(isinstance(action, DeleteRevision) for action in done)
    assert len(world.secrets) == 5
    assert world.deployment is not None
    assert world.deployment[0] in world.secrets


def test_a_lost_status_costs_no_rollout() -> None:
    world = at_rest(one="a")
    _, done = settle(replace(world, status=json.dumps({"observedGeneration": -1})))
    assert not pointed(done)


def test_files_join_only_where_both_know_the_jobs_of_the_other() -> None:
    world = at_rest(one="a", two="b")
    assert world.deployment is not None
    both = LIBRARY[world.deployment[0]]
    half = Revision("half", both.text, both.entries[:1])
    assert joins(both, [], released=frozenset())
    assert not joins(both, [half], released=frozenset())
    assert not joins(half, [both], released=frozenset())
    assert joins(half, [both], released=both.known - half.known)


def test_a_lost_secret_of_what_serves_leads_to_a_revision_with_the_same_routes() -> None:
    world = at_rest(one="a")
    world, done = settle(replace(world, secrets=frozenset()).with_routes(two="b"))
    assert pointed(done)
    assert modes(world) == [("data/one", "Routed"), ("data/two", "Routed")]


def test_the_fate_of_entries_is_told_as_it_is_now_and_not_as_when_the_file_was_made() -> None:
    settle(at_rest(one="ab").with_routes(one="b"))
    world, _ = settle(replace(at_rest(one="ab"), down=frozenset("a")))
    assert {item["cluster"]: item["mode"] for item in world.memory["entries"]} == {"a": "Draining", "b": "Routed"}


@pytest.mark.parametrize(
    ("kind", "reply", "right"),
    [
        ("Status", Reply(404, "HTTP 404 Not Found"), True),
        ("Status", Reply(500, "Failed to get status: KubernetesClientException"), False),
        ("Entry", Reply(500, "Failed to get status: KubernetesClientException"), True),
        ("Entry", Reply(500, "UncheckedExecutionException: Cluster a (in submissionId: a-0) not exists"), False),
        ("Entry", Reply(0), False),
        ("Entry", None, False),
        ("Queue", Reply(400, "class: Spark image not found"), True),
        ("Queue", Reply(500, "class: Spark image not found"), False),
        ("Queue", Reply(400, "class: another"), False),
    ],
)
def test_an_answer_is_as_predicted_or_a_finding(kind: str, reply: Reply | None, right: bool) -> None:
    asked = Probe(kind, "a", expected=((400, "Spark image not found"),))
    assert (asked.finding(reply) is None) == right
