"""Queue tokens of routes: what they say, when they are written anew, and whose Secrets are left alone."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import jwt
import pytest

from mwaa_operator.gateway.tokens.ring import Ring
from mwaa_operator.gateway.tokens.told import TokensOf
from mwaa_operator.kube.errors import Conflict, Forbidden, Unavailable
from mwaa_operator.route.api import SparkJobRoute
from mwaa_operator.route.reasons import DetailReason
from tests.support.tokendesk import DAY, HOUR, KEYS, START, Desk, claims, gateway, open_route, route, token

KEY = "data/digital"
NO_KEYS = Ring((), (), gateway(status={"queueKeys": {"version": 0}}).status.queue_keys or pytest.fail("no keys"))
DENIED = Forbidden("GET /api/v1/namespaces/data/secrets/digital-token: 403 forbidden", status=403)


def verdict(found: TokensOf) -> tuple[str, DetailReason]:
    return found.ready, found.reason


class TestWhatATokenSays:
    def test_who_made_it_for_whom_what_it_opens_and_until_when(self) -> None:
        desk = Desk()
        desk.keep(route())
        assert claims(desk.text(), *desk.ring().keys) == {
            "iss": "airflow",
            "sub": "data/digital",
            "allowedQueues": ["digital"],
            "exp": int((START + 30 * DAY).timestamp()),
        }
        assert jwt.get_unverified_header(desk.text())["alg"] == "HS256"

    @pytest.mark.parametrize(
        ("queue", "opened"),
        [
            ({"name": "digital"}, ["digital"]),
            ({"name": "digital", "subQueues": ["night", "day"]}, ["digital", "digital.night", "digital.day"]),
            ({"name": "digital", "default": True}, ["digital", "poc"]),
        ],
        ids=["one queue", "sub-queues by their full names", "that of jobs that name none"],
    )
    def test_every_queue_of_the_route_and_no_other(self, queue: dict[str, Any], opened: list[str]) -> None:
        desk = Desk()
        desk.keep(route(queue=queue))
        assert claims(desk.text(), *desk.ring().keys)["allowedQueues"] == opened

    def test_its_secret_is_the_routes_and_says_when_it_ends(self) -> None:
        desk = Desk()
        desk.keep(route())
        metadata = desk.secrets.bodies["data", "digital-token"]["metadata"]
        assert metadata["annotations"] == {
            "mwaa-operator.io/expires-at": "2026-12-21T12:00:00Z",
            "mwaa-operator.io/issued-at": "2026-11-21T12:00:00Z",
            "mwaa-operator.io/key-version": "1",
        }
        assert metadata["labels"] == {
            "app.kubernetes.io/managed-by": "mwaa-operator",
            "mwaa-operator.io/route": "digital",
            "mwaa-operator.io/token": "mwaa",
        }
        (owner,) = metadata["ownerReferences"]
        assert (owner["kind"], owner["uid"]) == ("SparkJobRoute", "uid-of-digital")
        assert (owner["controller"], owner["blockOwnerDeletion"]) == (True, False)

    def test_it_is_hidden_before_it_is_written_and_when_it_is_read(self) -> None:
        desk = Desk()
        desk.secrets.before = lambda verb, *_: Unavailable("", status=0) if verb != "get" and not desk.hidden else None
        desk.keep(route())
        assert desk.text() in desk.hidden
        again = Desk(desk.secrets)
        again.keep(route())
        assert desk.text() in again.hidden

    def test_what_is_told_of_it(self) -> None:
        found = Desk().keep(route())[KEY]
        assert [item.wire() for item in found.tokens] == [
            {
                "name": "mwaa",
                "secretName": "digital-token",
                "keyVersion": 1,
                "issuedAt": "2026-11-21T12:00:00Z",
                "expiresAt": "2026-12-21T12:00:00Z",
            }
        ]
        assert verdict(found) == ("True", DetailReason.SUCCEEDED)
        assert (found.message, found.renew_in) == ("", (23 * DAY).total_seconds())

    def test_a_route_that_asks_for_none_is_ready(self) -> None:
        desk = Desk()
        found = desk.keep(open_route())["data/open"]
        assert (verdict(found), found.tokens, found.renew_in) == (("True", DetailReason.SUCCEEDED), (), math.inf)
        assert desk.secrets.writes() == [("create", "general.queue-keys")]


class TestWhenItIsWrittenAnew:
    def test_nothing_is_written_while_it_is_right(self) -> None:
        desk = Desk()
        desk.keep(route())
        written = desk.secrets.writes()
        desk.pass_(23 * DAY - timedelta(seconds=1))
        found = desk.keep(route())[KEY]
        assert desk.secrets.writes() == written
        assert found.renew_in == 1

    def test_before_its_end(self) -> None:
        desk = Desk()
        desk.keep(route())
        before = desk.text()
        desk.pass_(23 * DAY)
        found = desk.keep(route())[KEY]
        assert desk.text() != before
        assert found.tokens[0].expires_at == "2027-01-13T12:00:00Z"

    @pytest.mark.parametrize(
        "changed",
        [
            route(queue={"name": "digital", "subQueues": ["night"]}),
            route("digital", token(secretName="digital-token", lifetime="1h", renewBefore="5m")),
        ],
        ids=["other queues", "a shorter life"],
    )
    def test_when_spec_changes(self, changed: SparkJobRoute) -> None:
        desk = Desk()
        desk.keep(route())
        before = desk.text()
        desk.keep(changed)
        after = desk.text()
        desk.keep(changed)
        assert before != after == desk.text()

    def test_with_the_newest_key_as_soon_as_the_gateway_serves_it(self) -> None:
        desk = Desk()
        desk.keep(route())
        first, before = desk.ring(), desk.text()
        desk.pass_(30 * DAY - HOUR)
        desk.keep(route())
        renewed = desk.text()
        assert before != renewed
        desk.pass_(HOUR)
        assert desk.keep(route(), serving=first)[KEY].tokens[0].key_version == 1
        assert desk.text() == renewed
        assert desk.keep(route())[KEY].tokens[0].key_version == 2
        assert claims(desk.text(), desk.ring().keys[0])["sub"] == "data/digital"

    def test_when_its_secret_is_gone(self) -> None:
        desk = Desk()
        desk.keep(route())
        before = desk.secrets.bodies.pop(("data", "digital-token"))
        assert verdict(desk.keep(route())[KEY]) == ("True", DetailReason.SUCCEEDED)
        assert desk.secrets.bodies["data", "digital-token"]["data"] == before["data"]

    @pytest.mark.parametrize("wrong", ["", "x", "eyJ.eyJ.x", "[" * 100_000, "\0"])
    def test_when_somebody_wrote_into_it(self, wrong: str) -> None:
        desk = Desk()
        desk.keep(route())
        before = desk.text()
        desk.secrets.edit("data", "digital-token", token=wrong)
        desk.keep(route())
        assert desk.text() == before

    def test_another_routes_token_is_none(self) -> None:
        desk = Desk()
        desk.keep(route(), route("other"))
        before = desk.text()
        desk.secrets.edit("data", "digital-token", token=desk.text("other-token"))
        desk.keep(route())
        assert desk.text() == before

    @pytest.mark.parametrize(
        "annotations",
        [
            {"expires-at": "2036-11-21T12:00:00Z"},
            {"expires-at": "2026-12-21T12:00:00"},
            {"expires-at": "never"},
            {"issued-at": ""},
            {"key-version": "2"},
            {"key-version": "one"},
            {"key-version": "9" * 5000},
        ],
    )
    def test_when_its_annotations_lie(self, annotations: dict[str, str]) -> None:
        desk = Desk()
        desk.keep(route())
        body = desk.secrets.bodies["data", "digital-token"]
        right = dict(body["metadata"]["annotations"])
        body["metadata"]["annotations"] |= {f"mwaa-operator.io/{key}": value for key, value in annotations.items()}
        desk.keep(route())
        assert desk.secrets.bodies["data", "digital-token"]["metadata"]["annotations"] == right

    def test_when_keys_were_lost_as_soon_as_the_new_one_serves(self) -> None:
        desk = Desk()
        desk.keep(route())
        lost, before = desk.ring(), desk.text()
        del desk.secrets.bodies[KEYS]
        waiting = desk.keep(route(), serving=lost)[KEY]
        assert verdict(waiting) == ("False", DetailReason.TOKEN_PENDING)
        assert desk.text() == before
        assert verdict(desk.keep(route())[KEY]) == ("True", DetailReason.SUCCEEDED)
        assert claims(desk.text(), *desk.ring().keys)


class TestWhatStandsInTheWay:
    def test_a_gateway_that_serves_no_key_yet(self) -> None:
        desk = Desk()
        found = desk.keep(route(), serving=NO_KEYS)[KEY]
        assert verdict(found) == ("False", DetailReason.TOKEN_PENDING)
        assert found.message == "Token mwaa is not written: the gateway does not serve a key for it yet"
        assert [item.wire() for item in found.tokens] == [{"name": "mwaa", "secretName": "digital-token"}]
        assert 0 < found.renew_in < 60
        assert ("data", "digital-token") not in desk.secrets.bodies

    @pytest.mark.parametrize(
        "metadata",
        [
            {},
            {"labels": {"app.kubernetes.io/managed-by": "mwaa-operator"}},
            {"ownerReferences": [{"uid": "uid-of-digital", "controller": True}]},
            {
                "labels": {"app.kubernetes.io/managed-by": "mwaa-operator"},
                "ownerReferences": [{"uid": "uid-of-a-namesake", "controller": True}],
            },
        ],
    )
    def test_a_secret_that_is_not_the_routes(self, metadata: dict[str, Any]) -> None:
        desk = Desk()
        desk.secrets.put("data", "digital-token", metadata=metadata, token="theirs")
        found = desk.keep(route(), route("other"))
        assert verdict(found[KEY]) == ("False", DetailReason.SECRET_NOT_OWNED)
        assert "choose another secretName" in found[KEY].message
        assert desk.text() == "theirs"
        assert verdict(found["data/other"]) == ("True", DetailReason.SUCCEEDED)

    def test_two_routes_that_name_one_secret(self) -> None:
        desk = Desk()
        shared = token(secretName="shared")
        found = desk.keep(route("digital", shared), route("other", shared))
        assert [verdict(item)[1] for item in found.values()] == [DetailReason.SUCCEEDED, DetailReason.SECRET_NOT_OWNED]
        assert claims(desk.text("shared"), *desk.ring().keys)["sub"] == "data/digital"

    def test_a_missing_right_in_one_namespace(self) -> None:
        desk = Desk()
        desk.secrets.before = lambda verb, _, name: DENIED if name == "digital-token" else None
        found = desk.keep(route(), route("other"))
        assert verdict(found[KEY]) == ("Unknown", DetailReason.TOKEN_PENDING)
        assert "403 forbidden" in found[KEY].message
        assert verdict(found["data/other"]) == ("True", DetailReason.SUCCEEDED)

    def test_what_was_known_of_a_token_that_cannot_be_read_stays(self) -> None:
        desk = Desk()
        known = desk.keep(route())[KEY].tokens
        desk.secrets.before = lambda verb, _, name: DENIED if name == "digital-token" else None
        assert desk.keep(route(status={"tokens": [item.wire() for item in known]}))[KEY].tokens == known

    def test_a_write_that_is_refused(self) -> None:
        desk = Desk()
        desk.secrets.before = lambda verb, _, name: DENIED if (verb, name) == ("create", "digital-token") else None
        found = desk.keep(route(), route("other"))
        assert verdict(found[KEY]) == ("False", DetailReason.TOKEN_PENDING)
        assert found[KEY].message.startswith("Token mwaa is not written: GET")
        assert verdict(found["data/other"]) == ("True", DetailReason.SUCCEEDED)

    def test_a_renewal_that_fails_is_told_while_the_token_still_serves(self) -> None:
        desk = Desk()
        desk.keep(route())
        desk.pass_(24 * DAY)
        desk.secrets.before = lambda verb, _, name: DENIED if (verb, name) == ("apply", "digital-token") else None
        found = desk.keep(route())[KEY]
        assert verdict(found) == ("True", DetailReason.SUCCEEDED)
        assert found.message.startswith("Token mwaa is not renewed: ")
        assert 0 < found.renew_in < 60
        desk.pass_(6 * DAY)
        assert verdict(desk.keep(route())[KEY]) == ("False", DetailReason.TOKEN_PENDING)

    def test_a_key_that_cannot_be_promised_signs_nothing(self) -> None:
        desk = Desk()
        desk.ring()
        desk.secrets.before = lambda verb, _, name: Conflict("moved", status=409) if verb == "apply" else None
        found = desk.keep(route(), route("other"))
        assert {verdict(item) for item in found.values()} == {("False", DetailReason.TOKEN_PENDING)}
        assert set(desk.secrets.bodies) == {KEYS}
        assert desk.secrets.writes().count(("apply", "general.queue-keys")) == 1

    def test_a_key_that_is_lost_meanwhile_signs_nothing(self) -> None:
        desk = Desk()
        ring = desk.ring()
        del desk.secrets.bodies[KEYS]
        found = desk.tokens.keep(gateway(), ring, [route()], serving=frozenset(ring.keys))
        assert verdict(found[KEY]) == ("False", DetailReason.TOKEN_PENDING)
        assert desk.secrets.bodies == {}

    def test_a_key_that_left_meanwhile_signs_nothing(self) -> None:
        desk = Desk()
        ring = desk.ring()
        desk.pass_(30 * DAY)
        assert desk.ring().versions == (2,)
        found = desk.tokens.keep(gateway(), ring, [route()], serving=frozenset(ring.keys))
        assert verdict(found[KEY]) == ("False", DetailReason.TOKEN_PENDING)
        assert set(desk.secrets.bodies) == {KEYS}

    def test_a_token_of_a_key_that_the_gateway_does_not_serve_opens_nothing(self) -> None:
        desk = Desk()
        desk.keep(route())
        desk.pass_(30 * DAY - HOUR)
        desk.keep(route())
        desk.pass_(HOUR)
        second = desk.ring().keys[0]
        desk.secrets.before = lambda verb, _, name: DENIED if (verb, name) == ("apply", "digital-token") else None
        found = desk.tokens.keep(gateway(), desk.ring(), [route()], serving=frozenset({second}))
        assert verdict(found[KEY]) == ("False", DetailReason.TOKEN_PENDING)

    def test_a_secret_that_somebody_changes_at_the_same_time_is_left_to_the_next_look(self) -> None:
        desk = Desk()
        desk.keep(route())
        desk.pass_(23 * DAY)

        def meddle(verb: str, _: str, name: str) -> None:
            if (verb, name) == ("apply", "digital-token"):
                desk.secrets.edit("data", name, token="theirs")

        desk.secrets.before = meddle
        desk.keep(route())
        assert desk.text() == "theirs"

    def test_the_worst_of_several_is_told_of_all(self) -> None:
        desk = Desk()
        desk.secrets.put("data", "b-token", token="theirs")
        desk.secrets.before = lambda verb, _, name: DENIED if name == "c-token" else None
        found = desk.keep(route("digital", token("a"), token("b"), token("c")))[KEY]
        assert verdict(found) == ("False", DetailReason.SECRET_NOT_OWNED)
        assert [(item.name, item.key_version) for item in found.tokens] == [("a", 1), ("b", None), ("c", None)]
        assert found.message.index("Token b") < found.message.index("Token c")


class TestWhatSpecHasNoMore:
    def left(self, desk: Desk, was: SparkJobRoute, now: SparkJobRoute) -> TokensOf:
        known = [item.wire() for item in desk.keep(was)[KEY].tokens]
        body = now.model_dump(by_alias=True, exclude_none=True, mode="json") | {"status": {"tokens": known}}
        return desk.keep(SparkJobRoute.from_body(body))[KEY]

    def test_its_secret_is_deleted(self) -> None:
        desk = Desk()
        found = self.left(desk, route("digital", token("a"), token("b")), route("digital", token("a")))
        assert [item.name for item in found.tokens] == ["a"]
        assert {name for _, name in desk.secrets.bodies} == {"general.queue-keys", "a-token"}

    def test_also_when_no_token_is_asked_for_any_more(self) -> None:
        desk = Desk()
        found = self.left(desk, route(), route(access={"secure": False}))
        assert (found.tokens, set(desk.secrets.bodies)) == ((), {KEYS})

    def test_a_token_that_moves_leaves_its_old_secret(self) -> None:
        desk = Desk()
        self.left(desk, route("digital", token("a")), route("digital", token("a", secretName="new")))
        assert {name for _, name in desk.secrets.bodies} == {"general.queue-keys", "new"}

    def test_a_token_that_gets_another_name_keeps_its_secret(self) -> None:
        desk = Desk()
        found = self.left(desk, route("digital", token("a")), route("digital", token("b", secretName="a-token")))
        assert [(item.name, item.secret_name) for item in found.tokens] == [("b", "a-token")]

    def test_a_secret_that_is_not_ours_stays(self) -> None:
        desk = Desk()
        desk.secrets.put("data", "theirs", token="theirs")
        desk.keep(route(status={"tokens": [{"name": "x", "secretName": "theirs"}]}))
        assert desk.text("theirs") == "theirs"

    def test_one_that_could_not_be_deleted_is_tried_again(self) -> None:
        desk = Desk()
        desk.secrets.before = lambda verb, *_: DENIED if verb == "delete" else None
        found = self.left(desk, route("digital", token("a"), token("b")), route("digital", token("a")))
        assert [item.name for item in found.tokens] == ["a", "b"]
        assert verdict(found) == ("True", DetailReason.SUCCEEDED)
        assert found.renew_in < 60


def test_a_route_that_is_deleted_is_passed_over() -> None:
    desk = Desk()
    assert desk.keep(route(metadata={"deletionTimestamp": "2026-11-21T12:00:00Z"})) == {}
    assert ("data", "digital-token") not in desk.secrets.bodies


def test_tokens_of_a_suspended_gateway_are_renewed() -> None:
    desk = Desk()
    desk.keep(route())
    desk.pass_(24 * DAY)
    assert desk.keep(route(), suspend=True)[KEY].tokens[0].issued_at == "2026-12-15T12:00:00Z"


def test_many_routes_cost_one_read_each_and_no_write_at_rest() -> None:
    desk = Desk()
    routes = [route(f"r{number}") for number in range(50)]
    desk.keep(*routes)
    assert len(desk.secrets.writes()) == 52
    desk.secrets.calls.clear()
    desk.keep(*routes)
    assert len(desk.secrets.calls) == 51
    assert desk.secrets.writes() == []
