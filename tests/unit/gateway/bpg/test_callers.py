"""Who may ask, and whose tokens open a secure queue: BPG's words for each way to be refused."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.bpg.request import Claims
from tests.support.bpg import CURRENT, KEY, PINNED, ask, jwt, landscape, shares, told

EACH = pytest.mark.parametrize("profile", list(Profile))
NOW = 1_795_000_000
CONTACT = "Please provide a valid queue token, or contact service support."
INVALID = "Queue token is not valid: {}. " + CONTACT
SIGNATURE = INVALID.format("The Token's Signature resulted invalid when verified using the Algorithm: HmacSHA256")
GOOD = {"iss": "airflow", "allowedQueues": ["phi"]}


class TestCallers:
    @pytest.mark.parametrize(
        ("lists", "names", "passes"),
        [
            ({"allowedUsers": ["*"]}, {"user": "x"}, True),
            ({"allowedUsers": ["x"]}, {"user": "x"}, True),
            ({"allowedUsers": ["X"]}, {"user": "x"}, False),
            ({"allowedUsers": []}, {"user": "x"}, False),
            ({"allowedUsers": None}, {"user": "x"}, False),
            ({"allowedUsers": ["*"], "blockedUsers": ["x"]}, {"user": "x"}, False),
            ({"allowedUsers": ["*"], "blockedUsers": ["X"]}, {"user": "x"}, True),
            ({"allowedUsers": ["x"], "blockedUsers": ["x"]}, {"user": "x"}, False),
            ({"allowedUsers": ["*"]}, {"user": None}, False),
            ({"allowedUsers": ["y"]}, {"user": None, "basic_user": "y"}, True),
            ({"allowedUsers": ["y"], "blockedUsers": ["x"]}, {"user": "x", "basic_user": "y"}, True),
            ({"allowedUsers": ["y"]}, {"user": "y", "basic_user": "x"}, True),
        ],
    )
    def test_either_name_may_pass(self, lists: dict[str, Any], names: dict[str, Any], passes: bool) -> None:
        answer = ask(landscape(**lists), queue="dev", **names)
        assert told(answer) == (None if passes else (401, "HTTP 401 Unauthorized."))

    def test_the_code_of_an_unknown_caller_is_a_text(self) -> None:
        refusal = ask(landscape(), user=None).refusal
        assert refusal is not None
        assert refusal.body(CURRENT) == {"code": "401", "message": "HTTP 401 Unauthorized."}

    def test_default_queues_are_those_of_the_name_that_passed(self) -> None:
        body = landscape(blockedUsers=["x"])
        assert ask(body, user="x", basic_user="u1").split == shares(b=1)

    def test_airflow_may_speak_for_somebody_who_makes_no_label(self) -> None:
        spoken: dict[str, Any] = {"queue": "dev", "dag_user": "a@b"}
        assert ask(landscape(), user="airflow_system_account", **spoken).refusal is not None
        assert ask(landscape(), user="another", **spoken).split == shares(b=1)


@EACH
class TestTokens:
    @pytest.mark.parametrize(
        ("claims", "expected"),
        [
            (GOOD, None),
            (GOOD | {"iss": "ADMIN"}, None),
            (GOOD | {"allowedQueues": ["other", "phi"]}, None),
            (GOOD | {"allowedQueues": [7, None, True, "phi"]}, None),
            (GOOD | {"allowedQueues": ["PHI"]}, f"Queue token does not allow queue phi. {CONTACT}"),
            (GOOD | {"allowedQueues": []}, f"Queue token has no allowed queues. {CONTACT}"),
            (GOOD | {"allowedQueues": "phi"}, f"Queue token has no allowed queues. {CONTACT}"),
            (GOOD | {"allowedQueues": ["phi", {}]}, f"Queue token has no allowed queues. {CONTACT}"),
            ({"iss": "airflow"}, f"Queue token is not valid due to no claim: allowedQueues. {CONTACT}"),
            (GOOD | {"allowedQueues": None}, f"Queue token is not valid due to no claim: allowedQueues. {CONTACT}"),
            ({"allowedQueues": ["phi"]}, f"Queue token is not valid: no issuer. {CONTACT}"),
            (GOOD | {"iss": ""}, f"Queue token is not valid: no issuer. {CONTACT}"),
            (GOOD | {"iss": "me"}, f"Queue token is not valid due to unsupported issuer: me. {CONTACT}"),
            (GOOD | {"exp": NOW}, None),
            (GOOD | {"exp": NOW + 0.5}, None),
            (GOOD | {"exp": NOW - 1}, INVALID.format("The Token has expired on Wed Nov 18 11:06:39 UTC 2026.")),
            (GOOD | {"iat": NOW, "nbf": NOW}, None),
            (
                GOOD | {"iat": NOW + 5},
                INVALID.format("The Token can't be used before Wed Nov 18 11:06:45 UTC 2026."),
            ),
            (
                GOOD | {"nbf": NOW + 60},
                INVALID.format("The Token can't be used before Wed Nov 18 11:07:40 UTC 2026."),
            ),
            (GOOD | {"exp": str(NOW)}, INVALID.format("The claim 'exp' contained a non-numeric date value.")),
            (GOOD | {"exp": None}, None),
            (GOOD | {"exp": "x", "nbf": "x"}, INVALID.format("The claim 'exp' contained a non-numeric date value.")),
            (
                GOOD | {"exp": 0, "nbf": NOW + 60},
                INVALID.format("The Token can't be used before Wed Nov 18 11:07:40 UTC 2026."),
            ),
            (GOOD | {"allowedQueues": [None]}, f"Queue token does not allow queue phi. {CONTACT}"),
        ],
    )
    def test_claims(self, profile: Profile, claims: dict[str, Any], expected: str | None) -> None:
        answer = ask(landscape(), profile, queue="phi", queue_token=jwt(claims), now=NOW + 0.9)
        assert told(answer) == (None if expected is None else (400, expected))

    @pytest.mark.parametrize(
        ("token", "expected"),
        [
            ("garbage", INVALID.format("The token was expected to have 3 parts, but got 1.")),
            ("a.b.c.d", INVALID.format("The token was expected to have 3 parts, but got 4.")),
            ("", "Please specify queueToken for queue phi"),
            ("a.b.c", INVALID.format("The input is not a valid base 64 encoded string.")),
            (".b.c", INVALID.format("The input is not a valid base 64 encoded string.")),
            (".e30.xx", INVALID.format("The string '' doesn't have a valid JSON format.")),
            ("e30!.e30.x", INVALID.format("The input is not a valid base 64 encoded string.")),
            (
                "e30=.e30.xx",
                INVALID.format("The provided Algorithm doesn't match the one defined in the JWT's Header."),
            ),
            ("W10.e30.xx", INVALID.format("The string '[]' doesn't have a valid JSON format.")),
            (jwt(GOOD, key="another"), SIGNATURE),
            (jwt(GOOD) + "A", SIGNATURE),
            (jwt(GOOD) + "==", SIGNATURE),
            (jwt(GOOD).replace("-", "+").replace("_", "/") + "+", SIGNATURE),
            (
                jwt(GOOD, header={"alg": "HS512"}),
                INVALID.format("The provided Algorithm doesn't match the one defined in the JWT's Header."),
            ),
            (
                jwt(GOOD, header={"alg": "none"}).rpartition(".")[0] + ".",
                INVALID.format("The provided Algorithm doesn't match the one defined in the JWT's Header."),
            ),
        ],
    )
    def test_what_is_no_token_of_ours(self, profile: Profile, token: str, expected: str) -> None:
        assert told(ask(landscape(), profile, queue="phi", queue_token=token)) == (400, expected)

    @pytest.mark.parametrize(
        ("secrets", "signed_with", "expected"),
        [
            (["new", "old"], "old", None),
            (["new", "old"], "new", None),
            (["", "k"], "k", None),
            (["k", ""], "k", None),
            (["k", None], "k", None),
            (["new", "old"], "none", (400, SIGNATURE)),
            (["new", ""], "none", (400, SIGNATURE)),
            (["new", ""], "", (400, SIGNATURE)),
            (["new", None], "none", (500, "Server failed to verify queue token. Please contact service support.")),
            ([None, "new"], "none", (400, SIGNATURE)),
            (["", "new"], "none", (400, SIGNATURE)),
            ([], "k", (500, "Server not configured with secrets to verify queue token")),
            (None, "k", (500, "Server not configured with secrets to verify queue token")),
        ],
    )
    def test_any_key_will_do(self, profile: Profile, secrets: Any, signed_with: str, expected: Any) -> None:
        body = landscape(queueTokenSOPS={"secrets": secrets})
        assert told(ask(body, profile, queue="phi", queue_token=jwt(GOOD, key=signed_with))) == expected

    def test_an_expired_token_of_the_first_key_reads_like_a_wrong_signature(self, profile: Profile) -> None:
        body = landscape(queueTokenSOPS={"secrets": ["first", "second"]})
        token = jwt(GOOD | {"exp": 1}, key="first")
        assert told(ask(body, profile, queue="phi", queue_token=token, now=NOW)) == (400, SIGNATURE)

    def test_without_a_time_no_token_is_too_old(self, profile: Profile) -> None:
        token = jwt(GOOD | {"exp": 1, "nbf": NOW})
        assert told(ask(landscape(), profile, queue="phi", queue_token=token)) is None

    def test_a_null_in_place_of_the_token_breaks_the_server(self, profile: Profile) -> None:
        for token in (jwt(None), f"{jwt(None).split('.')[1]}.e30.xx"):
            broken = (500, "Server failed to verify queue token. Please contact service support.")
            assert told(ask(landscape(), profile, queue="phi", queue_token=token)) == broken

    def test_without_keys_the_server_is_to_blame_unless_there_is_no_token(self, profile: Profile) -> None:
        body = landscape(queueTokenSOPS=None)
        missing = (500, "Server hit configuration error: no queue token configure")
        assert told(ask(body, profile, queue="phi", queue_token=jwt(GOOD))) == missing
        assert told(ask(body, profile, queue="phi")) == (400, "Please specify queueToken for queue phi")

    def test_the_token_of_the_parent_does_not_open_a_sub_queue(self, profile: Profile) -> None:
        body = landscape()
        body["queues"].append({"name": "phi.night", "secure": True})
        refused = told(ask(body, profile, queue="phi.night", token=["phi"]))
        assert refused == (400, f"Queue token does not allow queue phi.night. {CONTACT}")
        assert told(ask(body, profile, queue="phi.night", token=["phi.night"])) is None

    def test_a_declared_sub_queue_that_is_not_secure_is_open(self, profile: Profile) -> None:
        body = landscape()
        body["queues"].append({"name": "phi.night"})
        assert ask(body, profile, queue="phi.night").split == shares(a=9, b=1)


def test_keys_are_never_shown() -> None:
    from tests.support.bpg import bound

    assert KEY not in repr(bound(landscape()))
    assert "secret-token" not in repr(ask(landscape(), PINNED, queue="phi", queue_token="secret-token"))


def test_claims_are_taken_for_good_but_still_judged() -> None:
    refused = told(ask(landscape(), queue="phi", queue_token=Claims(None, ("phi",))))
    assert refused == (400, f"Queue token is not valid: no issuer. {CONTACT}")
