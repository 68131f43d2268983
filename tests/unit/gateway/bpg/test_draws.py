"""Default queues: who is sent where, how the two draws mix, and which entry of several with one name counts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from mwaa_operator.gateway.bpg.profile import Profile
from tests.support.bpg import CURRENT, PINNED, ask, cluster, document, shares, told

EACH = pytest.mark.parametrize("profile", list(Profile))


def several(*names: str, **more: Any) -> dict[str, Any]:
    """Return a file in which u is a default user of these queues, each on a cluster of its own."""
    clusters = [cluster(f"c{name}", 1, ["3.5"], [name]) for name in names]
    queues = [{"name": name, "users": ["u"], "secure": name in more.get("secure", ())} for name in names]
    return document(clusters=clusters, queues=queues)


@EACH
class TestDoubleDraw:
    def test_labels_and_cluster_are_drawn_apart(self, profile: Profile) -> None:
        answer = ask(several("p", "q"), profile, user="u")
        assert {(choice.queue, choice.id): share for choice, share in answer.choices} == {
            (queue, f"c{other}"): Fraction(1, 4) for queue in "pq" for other in "pq"
        }
        assert answer.split == shares(cp=1, cq=1)

    @pytest.mark.parametrize("count", [2, 3, 5])
    def test_the_mismatch_is_one_minus_one_in_k(self, profile: Profile, count: int) -> None:
        answer = ask(several(*"pqrst"[:count]), profile, user="u")
        mismatch = sum(share for choice, share in answer.choices if choice.id != f"c{choice.queue}")
        assert mismatch == 1 - Fraction(1, count)

    def test_both_draws_must_miss_the_secure_queue(self, profile: Profile) -> None:
        answer = ask(several("p", "q", "r", secure="r"), profile, user="u")
        assert answer.accepted == Fraction(4, 9)
        assert [(refusal.message, share) for refusal, share in answer.refusals] == [
            ("Please specify queueToken for queue r", Fraction(5, 9))
        ]
        assert answer.refusal is None

    def test_a_queue_twice_in_the_file_is_twice_as_likely(self, profile: Profile) -> None:
        body = several("p", "q")
        body["queues"].append({"name": "p", "users": ["u"]})
        assert ask(body, profile, user="u").split == shares(cp=2, cq=1)

    def test_a_user_of_one_queue_has_one_outcome(self, profile: Profile) -> None:
        assert len(ask(several("p"), profile, user="u").outcomes) == 1

    def test_a_named_queue_is_not_drawn(self, profile: Profile) -> None:
        answer = ask(several("p", "q"), profile, user="u", queue="p")
        assert [(choice.queue, choice.id) for choice, _ in answer.choices] == [("p", "cp")]

    def test_a_named_cluster_leaves_one_draw(self, profile: Profile) -> None:
        answer = ask(several("p", "q"), profile, user="u", cluster_id="cp")
        assert {choice.queue: share for choice, share in answer.choices} == shares(p=1, q=1)
        assert answer.split == shares(cp=1)


class TestOrderOfStages:
    def test_one_draw_is_refused_before_the_other_is_made(self) -> None:
        body = several("p", "q")
        body["queues"][1]["name"] = "gone"
        body["sparkClusters"] = body["sparkClusters"][:1]
        current, pinned = ask(body, CURRENT, user="u"), ask(body, PINNED, user="u")
        assert current.split == pinned.split == {"cp": Fraction(1, 2)}
        assert [refusal.stage for refusal, _ in current.refusals] == ["Cluster"]

    def test_the_pinned_revision_looks_at_executors_before_anything_else(self) -> None:
        from mwaa_operator.gateway.bpg.request import Pod

        many = Pod(instances=5001)
        pinned = told(ask(several("p"), PINNED, queue="nope", executor=many))
        assert pinned == (400, "Executor instances (5001) exceeds limit 5000)")
        assert told(ask(several("p"), CURRENT, queue="nope", executor=many)) == (
            500,
            "The queue nope does not exist. Please check the queue name and try again.",
        )


class TestDuplicateNames:
    def test_the_first_decides_whether_a_token_is_needed(self) -> None:
        body = several("p")
        body["queues"] = [{"name": "P"}, {"name": "p", "secure": True}]
        assert ask(body, CURRENT, queue="p").split == shares(cp=1)
        body["queues"].reverse()
        assert told(ask(body, CURRENT, queue="p")) == (400, "Please specify queueToken for queue p")

    def test_the_last_bounds_the_executors(self) -> None:
        body = several("p")
        body["queues"] = [{"name": "p", "maxExecutorInstances": 1}, {"name": "P", "maxExecutorInstances": 5}]
        asked: dict[str, Any] = {"queue": "p", "spark_conf": {"spark.executor.instances": "6"}}
        assert told(ask(body, CURRENT, **asked)) == (400, "Executor instances in Spark config (6) exceeds limit (5)")
        body["queues"].reverse()
        assert told(ask(body, CURRENT, **asked)) == (400, "Executor instances in Spark config (6) exceeds limit (1)")

    def test_the_exact_one_bounds_the_time(self) -> None:
        body = several("p")
        body["queues"] = [{"name": "P", "maxRunningMillis": 5}, {"name": "p", "maxRunningMillis": 7}]
        asked: dict[str, Any] = {"spark_conf": {"bpg.maxRunningMillis": "8"}}
        refused = told(ask(body, CURRENT, queue="p", **asked))
        assert refused == (400, "maxRunningMillis 8 is too large than allowed 7 for queue p")
        body["queues"].pop(0)
        assert ask(body, CURRENT, queue="P", **asked).split == shares(cp=1)


@EACH
class TestStrangeNames:
    @pytest.mark.parametrize(
        ("asked", "used"),
        [("p..x", "p.x"), (".p.", "p"), ("p.", "p"), ("...p...x..", "p.x"), ("p.\n.x", "p.\n")],
    )
    def test_dots_are_put_in_order(self, profile: Profile, asked: str, used: str) -> None:
        body = several("p")
        body["queues"] += [{"name": used, "secure": True}] if used != "p" else []
        answer = ask(body, profile, queue=asked)
        if used == "p":
            assert [choice.queue for choice, _ in answer.choices] == ["p"]
        else:
            assert told(answer) == (400, f"Please specify queueToken for queue {used}")

    def test_a_queue_called_by_a_dot_breaks_requests_of_its_users(self, profile: Profile) -> None:
        body = several("p")
        body["queues"] = [{"name": ".", "users": ["u"]}]
        refusal = ask(body, profile, user="u").refusal
        assert refusal is not None
        assert refusal.body(profile) == {
            "code": 500,
            "message": "java.lang.ArrayIndexOutOfBoundsException: Index 0 out of bounds for length 0",
        }

    def test_a_queue_without_a_name_stands_for_the_fallback(self, profile: Profile) -> None:
        body = several("poc")
        body["queues"].insert(1, {"users": ["v"]})
        answer = ask(body, profile, user="v")
        # The current revision walks all queues to find the last; the pinned one stops at the first that fits.
        assert (answer.refusal is None) == (profile is PINNED)


@EACH
@pytest.mark.parametrize("queue", ["poc", "POC"])
def test_a_declared_fallback_catches_whoever_names_no_queue(profile: Profile, queue: str) -> None:
    body = several("p", "q")
    body["queues"].append({"name": queue, "secure": True})
    assert told(ask(body, profile, user="nobody")) == (400, "Please specify queueToken for queue poc")
