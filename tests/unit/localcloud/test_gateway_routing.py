"""The gateway stand-in gives the answers that a running BPG gave, revision by revision.

Landscape: queue phi (secure) on a (weight 90) and b (10), queue dev (default of u1) on b; d has no weight, e no
versions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from localcloud.gateway.profile import Profile
from tests.support.bpg import jwt, landscape
from tests.support.bpg_by_hand import every_throw
from tests.support.gatewaystand import standing

OLD, NEW = Profile.AWS_PIN, Profile.PRE_DW5
EACH = pytest.mark.parametrize("profile", list(Profile))
CONTACT = "Please provide a valid queue token, or contact service support."
BOTH = {"a": 0.9, "b": 0.1}
Expected = dict[str, float] | tuple[int, str]


def outcome(profile: Profile, job: dict[str, Any], **parts: Any) -> Expected:
    """Return the split of an accepted job, or status and text of the refusal."""
    asked = dict(job)
    if "token" in asked:
        asked["queueToken"] = jwt({"iss": "airflow", "allowedQueues": asked.pop("token")})

    def once(dice: Any) -> tuple[Any, ...]:
        status, body = standing(landscape(**parts), profile, dice=dice).submit(**asked)
        if status == 200:
            return (body["submissionId"].partition("-")[0],)
        assert body["code"] == status
        assert body["message"].startswith("javax.ws.rs.WebApplicationException: ")
        return status, body["message"].partition(": ")[2]

    ends = every_throw(once)
    refusals = [end for end in ends if len(end) == 2]
    return refusals[0] if refusals else {end[0]: float(share) for end, share in ends.items()}


def missing(queue: str) -> tuple[int, str]:
    return 500, f"The queue {queue} does not exist. Please check the queue name and try again."


def unserved(queue: str) -> tuple[int, str]:
    return 400, f"Cluster with queue {queue} having Spark version 3.5 not found"


NO_TOKEN = (400, "Please specify queueToken for queue phi")
BAD_QUEUE = (400, f"Queue token does not allow queue PHI. {CONTACT}")
E_ALONE = (400, "Cluster with id e having Spark version 3.5 not found")
VECTORS: dict[str, tuple[dict[str, Any], Expected, Expected]] = {
    "a secure queue with its token": ({"queue": "phi", "token": ["phi"]}, BOTH, BOTH),
    "a secure queue without one": ({"queue": "phi"}, NO_TOKEN, NO_TOKEN),
    "dots around": ({"queue": "..phi.", "token": ["phi"]}, BOTH, BOTH),
    "another case, another token": ({"queue": "PHI", "token": ["phi"]}, BAD_QUEUE, BAD_QUEUE),
    "another case, its token": ({"queue": "PHI", "token": ["PHI"]}, BOTH, BOTH),
    "an undeclared sub-queue": ({"queue": "phi.night"}, missing("phi.night"), BOTH),
    "an open queue": ({"queue": "dev"}, {"b": 1.0}, {"b": 1.0}),
    "a default queue": ({"user": "U1"}, {"b": 1.0}, {"b": 1.0}),
    "no default queue": ({"user": "u2"}, missing("poc"), unserved("poc")),
    "nothing but dots": ({"user": "u1", "queue": "..."}, missing("poc"), unserved("poc")),
    "a named cluster without weight": ({"queue": "dev", "clusterId": "d"}, {"d": 1.0}, {"d": 1.0}),
    "a named cluster without versions": ({"queue": "dev", "clusterId": "e"}, E_ALONE, E_ALONE),
    "a named cluster of another queue": ({"queue": "dev", "clusterId": "a"}, {"a": 1.0}, {"a": 1.0}),
    "an unknown version": (
        {"queue": "dev", "sparkVersion": "3.5.1"},
        (400, "Spark version not supported: 3.5.1"),
        (400, "Spark version not supported: 3.5.1"),
    ),
    "no version": (
        {"queue": "dev", "sparkVersion": None},
        (400, "Spark version not supported: null"),
        (400, "Spark version not supported: null"),
    ),
    "both wrong": ({"queue": "nope", "sparkVersion": "9"}, missing("nope"), (400, "Spark version not supported: 9")),
    "an undeclared queue and a named cluster": ({"queue": "nope", "clusterId": "a"}, missing("nope"), {"a": 1.0}),
    "no token and a wrong version": (
        {"queue": "phi", "sparkVersion": "9"},
        NO_TOKEN,
        (400, "Spark version not supported: 9"),
    ),
    "the probe": (
        {"queue": "dev", "type": "__probe__"},
        (400, "Spark image not found for type: __probe__, version: 3.5"),
        (400, "Spark image not found for type: __probe__, version: 3.5"),
    ),
}


@pytest.mark.parametrize(("job", "new", "old"), VECTORS.values(), ids=VECTORS)
def test_known_requests_end_as_they_did(job: dict[str, Any], new: Expected, old: Expected) -> None:
    assert (outcome(NEW, job), outcome(OLD, job)) == (new, old)


@EACH
@pytest.mark.parametrize(
    ("entry", "by_queue", "by_id"),
    [
        ({"queues": [], "sparkVersions": [], "weight": 1}, unserved("dev"), "Cluster with id b having"),
        ({"queues": [], "weight": 1}, unserved("dev"), None),
        ({"weight": 0}, (400, "Spark version not supported: 3.5"), None),
    ],
)
def test_forms_that_take_no_job_by_queue(
    profile: Profile, entry: dict[str, Any], by_queue: tuple[int, str], by_id: str | None
) -> None:
    others = [one for one in landscape()["sparkClusters"] if one["id"] != "b"]
    if entry["weight"] == 0:
        others = []
    document = landscape()
    document["sparkClusters"] = [*others, {**document["sparkClusters"][1], **entry}]
    stand = standing(document, profile)
    status, body = stand.submit(queue="dev")
    assert (status, body["message"].partition(": ")[2]) == by_queue
    status, body = stand.submit(queue="dev", clusterId="b")
    assert (status == 200) == (by_id is None)
    assert by_id is None or by_id in body["message"]


@EACH
class TestTokens:
    @pytest.mark.parametrize(
        ("claims", "secrets", "text"),
        [
            ({"iss": "ADMIN", "allowedQueues": [None, "phi"]}, ["new", "test-key-1"], None),
            ({"allowedQueues": ["phi"]}, ["test-key-1"], f"Queue token is not valid: no issuer. {CONTACT}"),
            (
                {"iss": "me", "allowedQueues": ["phi"]},
                ["test-key-1"],
                f"Queue token is not valid due to unsupported issuer: me. {CONTACT}",
            ),
            ({"iss": "airflow"}, ["test-key-1"], f"Queue token is not valid due to no claim: allowedQueues. {CONTACT}"),
            (
                {"iss": "airflow", "allowedQueues": []},
                ["test-key-1"],
                f"Queue token has no allowed queues. {CONTACT}",
            ),
            (
                {"iss": "airflow", "allowedQueues": ["phi"], "exp": 1_794_999_999},
                ["test-key-1"],
                f"Queue token is not valid: The Token has expired on Wed Nov 18 11:06:39 UTC 2026.. {CONTACT}",
            ),
            (
                {"iss": "airflow", "allowedQueues": ["phi"], "iat": 1_795_000_005},
                ["test-key-1"],
                f"Queue token is not valid: The Token can't be used before Wed Nov 18 11:06:45 UTC 2026.. {CONTACT}",
            ),
            (
                {"iss": "airflow", "allowedQueues": ["phi"], "exp": 1},
                ["test-key-1", "other"],
                "Queue token is not valid: The Token's Signature resulted invalid when verified using the Algorithm: "
                f"HmacSHA256. {CONTACT}",
            ),
            (
                {"iss": "airflow", "allowedQueues": ["phi"]},
                [],
                "Server not configured with secrets to verify queue token",
            ),
        ],
    )
    def test_what_they_must_say(
        self, profile: Profile, claims: dict[str, Any], secrets: Sequence[str], text: str | None
    ) -> None:
        stand = standing(landscape(queueTokenSOPS={"secrets": list(secrets)}), profile)
        status, body = stand.submit(queue="phi", queueToken=jwt(claims))
        assert (status == 200) == (text is None)
        assert text is None or body["message"].partition(": ")[2] == text

    def test_a_declared_sub_queue_that_is_not_secure_is_open(self, profile: Profile) -> None:
        document = landscape()
        document["queues"].append({"name": "phi.night"})
        assert standing(document, profile).submit(queue="phi.night")[0] == 200
        document["queues"][-1]["secure"] = True
        assert standing(document, profile).submit(queue="phi.night")[0] == 400
