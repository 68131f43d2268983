"""Requests whose answers a running BPG gave, in the revision that AWS pins and in a current one.

The landscape: queue phi (secure) on a (weight 90) and b (10); queue dev (default of u1) on b; d has weight 0, e has no
versions. Which objects a cluster then gets is not looked at here.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from mwaa_operator.gateway.bpg.profile import Profile
from tests.support.bpg import CURRENT, PINNED, TYPES, ask, cluster, document, landscape, shares, told

CONTACT = "Please provide a valid queue token, or contact service support."
BOTH = {"a": Fraction(9, 10), "b": Fraction(1, 10)}
Expected = dict[str, Fraction] | tuple[int, str]


def result(body: Any, profile: Profile, request: dict[str, Any]) -> Expected:
    """Return the split of what is accepted, or the certain refusal."""
    answer = ask(body, profile, **request)
    return told(answer) or dict(answer.split)


def missing(queue: str) -> tuple[int, str]:
    return 500, f"The queue {queue} does not exist. Please check the queue name and try again."


VECTORS: dict[str, tuple[dict[str, Any], Expected, Expected]] = {
    "phi with its token": ({"queue": "phi", "token": ["phi"]}, BOTH, BOTH),
    "phi without a token": (
        {"queue": "phi"},
        (400, "Please specify queueToken for queue phi"),
        (400, "Please specify queueToken for queue phi"),
    ),
    "phi between dots": ({"queue": "..phi.", "token": ["phi"]}, BOTH, BOTH),
    "PHI with the token of phi": (
        {"queue": "PHI", "token": ["phi"]},
        (400, f"Queue token does not allow queue PHI. {CONTACT}"),
        (400, f"Queue token does not allow queue PHI. {CONTACT}"),
    ),
    "PHI with a token of its own": ({"queue": "PHI", "token": ["PHI"]}, BOTH, BOTH),
    "an undeclared sub-queue without a token": ({"queue": "phi.night"}, missing("phi.night"), BOTH),
    "dev": ({"queue": "dev"}, {"b": Fraction(1)}, {"b": Fraction(1)}),
    "a default user": ({"user": "u1"}, {"b": Fraction(1)}, {"b": Fraction(1)}),
    "a default user in another case": ({"user": "U1"}, {"b": Fraction(1)}, {"b": Fraction(1)}),
    "nobody's default user": (
        {"user": "u2"},
        missing("poc"),
        (400, "Cluster with queue poc having Spark version 3.5 not found"),
    ),
    "only dots, of a default user": (
        {"user": "u1", "queue": "..."},
        missing("poc"),
        (400, "Cluster with queue poc having Spark version 3.5 not found"),
    ),
    "a named cluster of weight 0": ({"queue": "dev", "cluster_id": "d"}, shares(d=1), shares(d=1)),
    "a named cluster without versions": (
        {"queue": "dev", "cluster_id": "e"},
        (400, "Cluster with id e having Spark version 3.5 not found"),
        (400, "Cluster with id e having Spark version 3.5 not found"),
    ),
    "a named cluster of another queue": ({"queue": "dev", "cluster_id": "a"}, shares(a=1), shares(a=1)),
    "a named cluster in another case": (
        {"queue": "dev", "cluster_id": "A"},
        (400, "Cluster with id A having Spark version 3.5 not found"),
        (400, "Cluster with id A having Spark version 3.5 not found"),
    ),
    "another version": (
        {"queue": "dev", "spark_version": "3.5.1"},
        (400, "Spark version not supported: 3.5.1"),
        (400, "Spark version not supported: 3.5.1"),
    ),
    "no version": (
        {"queue": "dev", "spark_version": None},
        (400, "Spark version not supported: null"),
        (400, "Spark version not supported: null"),
    ),
    "an undeclared queue and another version": (
        {"queue": "nope", "spark_version": "9"},
        missing("nope"),
        (400, "Spark version not supported: 9"),
    ),
    "an undeclared queue and a named cluster": ({"queue": "nope", "cluster_id": "a"}, missing("nope"), shares(a=1)),
    "phi without a token and another version": (
        {"queue": "phi", "spark_version": "9"},
        (400, "Please specify queueToken for queue phi"),
        (400, "Spark version not supported: 9"),
    ),
    "the probe": (
        {"queue": "dev", "type": "__probe__"},
        (400, "Spark image not found for type: __probe__, version: 3.5"),
        (400, "Spark image not found for type: __probe__, version: 3.5"),
    ),
}


@pytest.mark.parametrize(("request_", "expected"), [row[:2] for row in VECTORS.values()], ids=VECTORS)
def test_a_current_revision(request_: dict[str, Any], expected: Expected) -> None:
    assert result(landscape(), CURRENT, request_) == expected


@pytest.mark.parametrize(("request_", "expected"), [row[::2] for row in VECTORS.values()], ids=VECTORS)
def test_the_revision_that_aws_pins(request_: dict[str, Any], expected: Expected) -> None:
    assert result(landscape(), PINNED, request_) == expected


@pytest.mark.parametrize("request_", [row[0] for row in VECTORS.values()], ids=VECTORS)
def test_the_head_says_the_same_as_the_current_revision(request_: dict[str, Any]) -> None:
    assert result(landscape(), Profile.HEAD, request_) == result(landscape(), CURRENT, request_)


EACH = pytest.mark.parametrize("profile", list(Profile))


@EACH
class TestWeights:
    @pytest.mark.parametrize("weights", [(1, 1000), (2**31 - 1, 2**31 - 1), (80, 20), (3, 7)])
    def test_shares_are_exact_parts_of_the_sum(self, profile: Profile, weights: tuple[int, int]) -> None:
        clusters = [cluster(name, weight, ["3.5"], ["q"]) for name, weight in zip("ab", weights, strict=True)]
        body = document(clusters=clusters, queues=[{"name": "q"}])
        assert ask(body, profile, queue="q").split == {
            name: Fraction(weight, sum(weights)) for name, weight in zip("ab", weights, strict=True)
        }

    @pytest.mark.parametrize("weight", [0, -1, -(2**31)])
    def test_no_weight_is_not_routed_but_reachable_by_name(self, profile: Profile, weight: int) -> None:
        clusters = [cluster("a", weight, ["3.5"], ["q"]), cluster("b", 1, ["3.5"], ["q"])]
        body = document(clusters=clusters, queues=[{"name": "q"}])
        assert ask(body, profile, queue="q").split == shares(b=1)
        assert ask(body, profile, queue="q", cluster_id="a").split == shares(a=1)

    def test_entries_of_several_routes_on_one_namespace_have_weights_of_their_own(self, profile: Profile) -> None:
        clusters = [
            cluster("p1", 80, ["3.5"], ["p"]),
            cluster("p2", 20, ["3.5"], ["p"]),
            cluster("q1", 30, ["3.5"], ["q"]),
            cluster("q2", 70, ["3.5"], ["q"]),
        ]
        body = document(clusters=clusters, queues=[{"name": "p"}, {"name": "q"}, {"name": "q.night"}])
        assert ask(body, profile, queue="p").split == shares(p1=80, p2=20)
        assert ask(body, profile, queue="q.night").split == shares(q1=30, q2=70)


@EACH
class TestUnroutable:
    @pytest.mark.parametrize("drained", [{"queues": [], "versions": []}, {"queues": ["q"], "versions": []}])
    def test_the_drain_form_is_reached_neither_by_queue_nor_by_name(
        self, profile: Profile, drained: dict[str, Any]
    ) -> None:
        clusters = [cluster("a", 1, drained["versions"], drained["queues"]), cluster("b", 1, ["3.5"], ["other"])]
        body = document(clusters=clusters, queues=[{"name": "q"}])
        assert told(ask(body, profile, queue="q")) == (400, "Cluster with queue q having Spark version 3.5 not found")
        by_name = told(ask(body, profile, queue="q", cluster_id="a"))
        assert by_name == (400, "Cluster with id a having Spark version 3.5 not found")

    @pytest.mark.parametrize("queues", [[], None])
    def test_an_entry_without_queues_is_reached_by_name(self, profile: Profile, queues: Any) -> None:
        clusters = [cluster("a", 1, ["3.5"], queues), cluster("b", 1, ["3.5"], ["other"])]
        body = document(clusters=clusters, queues=[{"name": "q"}])
        assert told(ask(body, profile, queue="q")) == (400, "Cluster with queue q having Spark version 3.5 not found")
        assert ask(body, profile, queue="q", cluster_id="a").split == shares(a=1)

    def test_without_any_entry_for_the_version_the_version_is_refused(self, profile: Profile) -> None:
        body = document(clusters=[cluster("a", 1, [], ["q"])], queues=[{"name": "q"}])
        assert told(ask(body, profile, queue="q")) == (400, "Spark version not supported: 3.5")


@EACH
class TestIdentities:
    def test_duplicate_ids_both_get_jobs_and_the_first_is_the_one_that_is_found(self, profile: Profile) -> None:
        clusters = [cluster("a", 1, ["3.5"], ["q"]), cluster("a", 3, ["3.5", "3.4"], ["q"])]
        body = document(clusters=clusters, queues=[{"name": "q"}])
        assert ask(body, profile, queue="q").clusters == {0: Fraction(1, 4), 1: Fraction(3, 4)}
        assert ask(body, profile, queue="q").split == shares(a=1)
        assert ask(body, profile, queue="q", cluster_id="a").clusters == {0: Fraction(1)}
        assert ask(body, profile, queue="q", cluster_id="a", spark_version="3.4").clusters == {1: Fraction(1)}

    @pytest.mark.parametrize(
        ("id_", "status"), [("a-b", None), ("x" * 31, None), ("A", 500), ("a_b", 500), ("", 500), (None, 500)]
    )
    def test_ids_that_no_object_can_be_called_by_break_the_submission(
        self, profile: Profile, id_: str | None, status: int | None
    ) -> None:
        body = document(clusters=[cluster(id_, 1, ["3.5"], ["q"])], queues=[{"name": "q"}])
        refusal = ask(body, profile, queue="q").refusal
        assert (refusal and refusal.status) == status

    @pytest.mark.parametrize("user", ["a@b.c", "a b", "-a", "a" * 64])
    def test_users_that_make_no_label_break_the_submission(self, profile: Profile, user: str) -> None:
        refusal = ask(landscape(), profile, queue="dev", user=user).refusal
        assert refusal is not None
        assert (refusal.stage, refusal.status) == ("Create", 500)

    def test_images_are_found_by_type_and_version_in_any_case(self, profile: Profile) -> None:
        body = landscape(sparkImages=[{"name": "i", "types": ["PYTHON"], "version": "3.5"}])
        assert ask(body, profile, queue="dev", type="python").split == shares(b=1)
        assert told(ask(body, profile, queue="dev", main_class="x.Y")) == (
            400,
            "Spark image not found for type: Java, version: 3.5",
        )
        assert ask(landscape(sparkImages=None), profile, queue="dev", image="mine:1").split == shares(b=1)
        assert set(TYPES) == {"Java", "Scala", "Python"}
