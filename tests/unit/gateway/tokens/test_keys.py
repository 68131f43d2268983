"""The Secret of a gateway's keys: made once, rotated, and what becomes of one that is lost or a stranger's."""

from __future__ import annotations

import base64
import json

import pytest

from mwaa_operator.gateway.tokens.secrets import KEYS
from mwaa_operator.kube.errors import Conflict, KubeError, Rejected, Unavailable
from tests.support.tokendesk import DAY, Desk, gateway, route
from tests.support.tokendesk import KEYS as PLACE

NO_ANSWER = Unavailable("no answer", status=0)


def test_the_first_key_is_made_once() -> None:
    desk = Desk()
    first = desk.ring()
    assert desk.ring() == first
    assert desk.secrets.writes() == [("create", "general.queue-keys")]
    assert (len(first.keys), first.versions, first.status.version) == (1, (1,), 1)
    assert len(base64.urlsafe_b64decode(first.keys[0] + "=")) == 32


def test_the_secret_is_the_gateways() -> None:
    desk = Desk()
    desk.ring()
    metadata = desk.secrets.bodies[PLACE]["metadata"]
    assert metadata["ownerReferences"] == [
        {
            "apiVersion": "mwaa-operator.io/v1alpha1",
            "kind": "SparkGateway",
            "name": "general",
            "uid": "uid-of-general",
            "controller": True,
            "blockOwnerDeletion": False,
        }
    ]
    assert metadata["labels"] == {
        "app.kubernetes.io/managed-by": "mwaa-operator",
        "app.kubernetes.io/name": "batch-processing-gateway",
        "app.kubernetes.io/instance": "general",
        "mwaa-operator.io/gateway": "general",
    }


def test_every_key_is_hidden_before_it_is_written() -> None:
    desk = Desk()
    desk.secrets.before = lambda verb, *_: None if verb == "get" or desk.hidden else NO_ANSWER
    assert set(desk.ring().keys) <= set(desk.hidden)


def test_a_new_key_stands_before_the_old_one_until_that_is_not_needed() -> None:
    desk = Desk()
    first = desk.ring()
    desk.keep(route())
    desk.pass_(29 * DAY)
    desk.keep(route())
    assert desk.ring().versions == (1,)
    desk.pass_(DAY)
    second = desk.ring()
    assert second.versions == (2, 1)
    assert second.keys[1] == first.keys[0]
    assert second.status.version == 1
    desk.keep(route())
    assert (desk.ring().status.version, desk.ring().versions) == (2, (2, 1))
    desk.pass_(29 * DAY + DAY / 2)
    assert desk.ring().versions == (2,)


def test_how_often_is_the_gateways_word() -> None:
    desk = Desk()
    often = gateway(queueTokens={"rotation": "24h"})
    desk.ring(often)
    desk.pass_(DAY)
    assert desk.ring(often).versions == (2,)


@pytest.mark.parametrize("members", [{"suspend": True}, {"metadata": {"deletionTimestamp": "2026-11-21T12:00:00Z"}}])
def test_nothing_is_made_for_a_gateway_that_is_not_acted_on(members: dict[str, object]) -> None:
    desk = Desk()
    assert desk.ring(gateway(**members)).keys == ()
    first = desk.ring()
    desk.pass_(100 * DAY)
    assert desk.ring(gateway(**members)).keys == first.keys
    assert desk.secrets.writes() == [("create", "general.queue-keys")]


def test_a_lost_secret_gets_a_new_key_of_a_version_that_was_never_there() -> None:
    desk = Desk()
    first = desk.ring()
    desk.secrets.bodies.clear()
    second = desk.ring(gateway(status={"queueKeys": {"version": 3}}))
    assert second.versions == (4,)
    assert set(second.keys).isdisjoint(first.keys)


_GOOD = {"version": 1, "key": "k" * 43, "madeAt": "2026-11-21T11:00:00Z"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "[",
        "[" * 100_000,
        "[[],1,null,{}]",
        json.dumps([_GOOD | {"version": 0}]),
        json.dumps([_GOOD | {"version": "1"}]),
        json.dumps([_GOOD | {"version": 2**31}]),
        json.dumps([_GOOD | {"key": "short"}]),
        json.dumps([_GOOD | {"key": "ä" * 43}]),
        json.dumps([_GOOD | {"key": "\ud800" * 43}]),
        json.dumps([_GOOD | {"madeAt": "2026-11-21T11:00:00"}]),
        json.dumps([_GOOD | {"madeAt": "yesterday"}]),
        json.dumps([_GOOD | {"until": 1e999}]),
        json.dumps([_GOOD | {"more": 1}]),
    ],
)
def test_what_is_no_key_is_replaced(text: str) -> None:
    desk = Desk()
    before = desk.ring()
    desk.secrets.edit(*PLACE, **{KEYS: text})
    found = desk.ring()
    assert len(found.keys) == 1
    assert found.keys != before.keys
    assert desk.ring() == found


def test_keys_beside_one_that_is_none_stay() -> None:
    desk = Desk()
    first = desk.ring()
    stored = json.loads(desk.secrets.text(*PLACE, KEYS))
    desk.secrets.edit(*PLACE, **{KEYS: json.dumps([*stored, *stored, "x", _GOOD | {"version": 0}])})
    assert desk.ring() == first


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"labels": {"app.kubernetes.io/managed-by": "mwaa-operator"}},
        {"labels": {"app.kubernetes.io/managed-by": "mwaa-operator"}, "ownerReferences": [{"uid": "other"}]},
        {"ownerReferences": [{"uid": "uid-of-general", "controller": True}]},
    ],
)
def test_a_strangers_secret_is_neither_used_nor_written(metadata: dict[str, object]) -> None:
    desk = Desk()
    desk.secrets.put(*PLACE, metadata=metadata, keys=json.dumps([_GOOD]))
    with pytest.raises(Rejected, match="not the gateway's: delete it"):
        desk.ring()
    assert desk.secrets.writes() == []


def test_whoever_comes_second_reads_again() -> None:
    desk = Desk()
    desk.secrets.before = lambda verb, *_: desk.secrets.put(*PLACE, keys="[]") if verb == "create" else None
    with pytest.raises(Conflict):
        desk.ring()


def test_a_rotation_that_was_overtaken_changes_nothing() -> None:
    desk = Desk()
    desk.ring()
    desk.pass_(30 * DAY)
    desk.secrets.before = lambda verb, *_: desk.secrets.edit(*PLACE, other="x") if verb == "apply" else None
    with pytest.raises(Conflict):
        desk.ring()
    assert "2" not in {str(item["version"]) for item in json.loads(desk.secrets.text(*PLACE, KEYS))}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("verb", ["get", "create", "apply"])
def test_a_call_that_fails_repeats_safely(moment: str, verb: str) -> None:
    desk = Desk()
    setattr(desk.secrets, moment, lambda tried, *_: NO_ANSWER if tried == verb else None)
    if verb != "apply":
        with pytest.raises(KubeError):
            desk.ring()
    calm = Desk(desk.secrets)
    setattr(desk.secrets, moment, lambda *_: None)
    first = calm.ring()
    calm.keep(route())
    calm.pass_(30 * DAY)
    setattr(desk.secrets, moment, lambda tried, *_: NO_ANSWER if tried == verb else None)
    if verb != "create":
        with pytest.raises(KubeError):
            calm.ring()
    setattr(desk.secrets, moment, lambda *_: None)
    assert calm.ring().versions == (2, 1)
    assert calm.ring().keys[1:] == first.keys
