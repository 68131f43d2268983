"""The prober against the gateway stand-in, whole files in both profiles, and against pods that are no BPG."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from localcloud.aws.faults import Rule
from localcloud.gateway.config import Connector
from localcloud.gateway.credentials import References
from localcloud.gateway.dice import seeded
from localcloud.gateway.memorycluster import MemoryClusters
from localcloud.gateway.profile import Profile as StandInProfile
from localcloud.gateway.server import GatewayServer
from localcloud.gateway.service import World
from localcloud.gateway.start import bind
from mwaa_operator.engine.clock import SystemClock
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.plan.probes import ENTRY, QUEUE, STATUS, Probe, probes
from mwaa_operator.gateway.plan.situation import Replies
from mwaa_operator.gateway.podhttp import MAX_BODY, Patience
from mwaa_operator.gateway.probing import MAX_MESSAGE, Prober
from mwaa_operator.gateway.render.file import render
from mwaa_operator.gateway.revision import Revision
from tests.support.oddpod import Behaviour, drips, echoes, floods, is_silent, odd_pod, says
from tests.support.sparkscene import CLUSTERS, KEY, VIEWS, candidate, gateway, scene, target

PROFILES = [(Profile.AWS_PIN, StandInProfile.AWS_PIN), (Profile.PRE_DW5, StandInProfile.PRE_DW5)]
CLOCK = SystemClock()
TOKENS = {"secure": True, "tokens": [{"name": "mwaa", "secretName": "token"}]}
EVERY_CLUSTER = frozenset("abc")
STRANGER = Probe(ENTRY, "stranger")


@pytest.fixture(params=PROFILES, ids=["aws-pin", "pre-dw5"])
def profiles(request: pytest.FixtureRequest) -> tuple[Profile, StandInProfile]:
    found: tuple[Profile, StandInProfile] = request.param
    return found


def revision(profile: Profile) -> Revision:
    """Return a file of two routes on three clusters: queues with and without tokens, an entry that takes no jobs."""
    routes = (
        candidate("phi", access=TOKENS, queue={"name": "phi", "subQueues": ["night"], "default": True}),
        candidate("web", targets=[target("a"), target("b", weight=50), target("c", state="Drain")]),
    )
    clusters = [item | {"timeoutMillis": 500} for item in CLUSTERS]
    resource = gateway(bpgProfile=profile.value, clusters=clusters, access={"users": ["svc"]})
    rendering = render(scene(*routes, gateway=resource))
    return Revision(rendering.name, rendering.text, rendering.entries)


@contextmanager
def serving(file: Revision, profile: StandInProfile) -> Iterator[tuple[GatewayServer, MemoryClusters]]:
    clusters = MemoryClusters(lambda: CLOCK.now().timestamp())
    for view in VIEWS.values():
        clusters.add(view.url)
    world = World(clusters.connect, References({}), seeded(1))
    config, anywhere = bind(json.loads(file.text), profile), Connector(0)
    with GatewayServer(config, world, application=anywhere, admin=anywhere) as server:
        yield server, clusters


def prober(port: int, **patience: Any) -> Prober:
    return Prober(now=CLOCK.now, monotonic=CLOCK.monotonic, port=port, patience=Patience(**patience))


def prober_of(server: GatewayServer) -> Prober:
    return prober(int(server.url.rpartition(":")[2]))


def ask(server: GatewayServer, *asked: Probe, keys: tuple[str, ...] = (KEY,)) -> Replies:
    return prober_of(server).ask("127.0.0.1", asked, context_path="/skatev2", keys=keys)


def test_a_pod_of_a_rendered_file_answers_as_predicted(profiles: tuple[Profile, StandInProfile]) -> None:
    file = revision(profiles[0])
    asked = probes(file, profile=profiles[0], reachable=EVERY_CLUSTER)
    assert {probe.kind for probe in asked} == {QUEUE, ENTRY, STATUS}
    assert {probe.subject for probe in asked if probe.secure} == {"phi", "phi.night", "poc"}
    with serving(file, profiles[1]) as (server, clusters):
        replies = ask(server, *asked)
        assert [finding for probe in asked if (finding := probe.finding(replies.get(probe.key)))] == []
        assert all(not cluster.apps for cluster in clusters.by_url.values())
        assert len(replies) == len(asked)


def test_an_entry_that_the_pod_does_not_know_is_told(profiles: tuple[Profile, StandInProfile]) -> None:
    with serving(revision(profiles[0]), profiles[1]) as (server, _):
        (reply,) = ask(server, replace(STRANGER, user="svc")).values()
        assert "not exists" in reply.message
        assert STRANGER.finding(reply) is not None


def test_a_token_of_another_key_is_refused(profiles: tuple[Profile, StandInProfile]) -> None:
    file = revision(profiles[0])
    asked = [probe for probe in probes(file, profile=profiles[0], reachable=EVERY_CLUSTER) if probe.secure]
    with serving(file, profiles[1]) as (server, _):
        for keys in (("another-key-of-thirty-two-characters",), ()):
            replies = ask(server, *asked, keys=keys)
            assert all(probe.finding(replies[probe.key]) for probe in asked)


def test_a_silent_cluster_costs_its_own_entries_alone(profiles: tuple[Profile, StandInProfile]) -> None:
    file = revision(profiles[0])
    with serving(file, profiles[1]) as (server, clusters):
        clusters.by_url[VIEWS["b"].url].mute = True
        reached = probes(file, profile=profiles[0], reachable=EVERY_CLUSTER)
        replies = ask(server, *reached)
        cluster_of = {entry.id: entry.cluster for entry in file.entries}
        wrong = [finding for probe in reached if (finding := probe.finding(replies[probe.key]))]
        assert [(item.probe, cluster_of[item.subject]) for item in wrong] == [(STATUS, "b")]
        unreached = probes(file, profile=profiles[0], reachable=frozenset("ac"))
        assert [probe for probe in unreached if probe.finding(replies[probe.key])] == []


def test_a_user_who_is_not_let_in_gets_an_answer(profiles: tuple[Profile, StandInProfile]) -> None:
    with serving(revision(profiles[0]), profiles[1]) as (server, _):
        (reply,) = ask(server, Probe(QUEUE, "web", "nobody")).values()
        assert (reply.status, reply.message) == (401, "HTTP 401 Unauthorized.")


@pytest.mark.parametrize(("profile", "commit"), [(PROFILES[0], "aa3e5c8"), (PROFILES[1], "5e40371")])
def test_a_pod_says_which_revision_of_bpg_it_is(profile: tuple[Profile, StandInProfile], commit: str) -> None:
    with serving(revision(profile[0]), profile[1]) as (server, _):
        assert prober_of(server).version("127.0.0.1", context_path="/skatev2", user="svc") == commit
        assert prober_of(server).version("127.0.0.1", context_path="/skatev2") is None
        assert prober_of(server).version("127.0.0.1", context_path="/other", user="svc") is None


def test_a_connection_that_breaks_is_tried_once_more() -> None:
    file = revision(Profile.AWS_PIN)
    asked = Probe(QUEUE, "web", "svc")
    with serving(file, StandInProfile.AWS_PIN) as (server, _):
        server.faults.add(Rule(service="bpg", drop=True))
        assert ask(server, asked)[asked.key].status == 400
        server.faults.add(Rule(service="bpg", drop=True, times=2))
        assert ask(server, asked)[asked.key].status == 0


JSON = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%s"


def whole(body: bytes) -> Behaviour:
    return says(JSON % (len(body), body))


@pytest.mark.parametrize(
    ("behaviour", "status", "message"),
    [
        (whole(b'{"code": 400, "message": "text"}'), 400, "text"),
        (whole(b'{"message": "' + b"m" * 1000 + b'"}'), 400, "m" * MAX_MESSAGE),
        (whole(b'{"message": "two\\nlines\\u0000"}'), 400, "two lines"),
        (whole(b'{"message": 7}'), 400, '{"message": 7}'),
        (whole(b"<html>\x1b[31mBad\xff"), 400, "<html> [31mBad\ufffd"),
        (whole(b"[" * 60_000), 400, "[" * MAX_MESSAGE),
        (whole(b"1" * 60_000), 400, "1" * MAX_MESSAGE),
        (whole(b""), 400, ""),
        (floods, 200, "x" * MAX_MESSAGE),
        (whole(b"x" * (2 * MAX_BODY)), 400, "x" * MAX_MESSAGE),
        (says(b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n"), 302, ""),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), 0, "ProtocolError"),
        (says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 0, "ProtocolError"),
        (says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"), 0, "DecodeError"),
        (says(b"SSH-2.0-OpenSSH_9.6\r\n"), 0, "ProtocolError"),
        (says(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 1000), 0, "ProtocolError"),
        (says(b"HTTP/1.1 huge\r\n\r\n"), 0, "ProtocolError"),
        (says(b""), 0, "ProtocolError"),
    ],
)
def test_whatever_a_pod_answers_is_a_reply(behaviour: Behaviour, status: int, message: str) -> None:
    with odd_pod(behaviour) as port:
        (reply,) = prober(port, read=5.0, total=10.0).ask("127.0.0.1", [STRANGER], context_path="/x", keys=()).values()
        assert (reply.status, reply.message) == (status, message)
        assert prober(port, read=5.0, total=10.0).version("127.0.0.1", context_path="/x") is None


@pytest.mark.parametrize(
    "behaviour",
    [is_silent, drips(b""), drips(b"HTTP/1.1 200 OK\r\n"), drips(b"HTTP/1.1 200 OK\r\nContent-Length: 65000\r\n\r\n")],
    ids=["silent", "drips before the answer", "drips headers", "drips the body"],
)
def test_a_pod_that_comes_to_no_end_takes_no_longer_than_all_may_take(behaviour: Behaviour) -> None:
    asked = [Probe(ENTRY, f"entry{number}") for number in range(40)]
    with odd_pod(behaviour) as port:
        began = CLOCK.monotonic()
        replies = prober(port, total=0.5).ask("127.0.0.1", asked, context_path="/x", keys=())
        assert CLOCK.monotonic() - began < 10
    assert len(replies) == 40
    assert {reply.status for reply in replies.values()} == {0}


def test_a_silent_pod_is_given_up_after_its_time() -> None:
    with odd_pod(is_silent) as port:
        (reply,) = prober(port, read=0.2).ask("127.0.0.1", [STRANGER], context_path="/x", keys=()).values()
    assert (reply.status, reply.message) == (0, "ReadTimeoutError")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "no-such-host.invalid"])
def test_where_nobody_listens_there_is_no_answer(address: str) -> None:
    with odd_pod(is_silent) as port:
        pass
    (reply,) = prober(port).ask(address, [STRANGER], context_path="/x", keys=()).values()
    assert reply.status == 0
    assert prober(port).version(address, context_path="/x") is None


def test_no_more_is_asked_at_once_than_is_allowed() -> None:
    file = revision(Profile.AWS_PIN)
    asked = [Probe(ENTRY, f"entry{number}", "svc") for number in range(30)]
    with serving(file, StandInProfile.AWS_PIN) as (server, _):
        port = int(server.url.rpartition(":")[2])
        server.faults.add(Rule(service="bpg", hold="held", times=None))
        found = prober(port, at_once=4, total=1.0).ask("127.0.0.1", asked, context_path="/skatev2", keys=())
        assert {reply.status for reply in found.values()} == {0}
        assert len(server.faults.held) == 4
        server.faults.clear()


def test_nothing_is_asked_where_there_is_no_question() -> None:
    assert prober(1).ask("192.0.2.1", [], context_path="/x", keys=()) == {}


def test_a_pod_that_quotes_a_token_is_quoted_without_it() -> None:
    asked = Probe(QUEUE, "phi", secure=True)
    with odd_pod(echoes) as port:
        replies = prober(port).ask("127.0.0.1", [asked], context_path="", keys=(KEY,))
    reply = replies[asked.key]
    assert reply.status == 400
    assert "queueToken" in reply.message
    assert "eyJ" not in reply.message
