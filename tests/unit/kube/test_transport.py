"""The transport on a bad day: lost answers, refusals, rotated tokens, a fence that is down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from kubernetes.client import Configuration

from mwaa_operator.kube.errors import Forbidden, KubeError, Unavailable
from mwaa_operator.kube.transport import JSON_PATCH, Fence, Observer, Transport
from tests.support.http import Reply, ScriptedServer, scripted
from tests.support.kube import let_pass, plain_http, unobserved

THROTTLED = Reply(429, {"kind": "Status", "reason": "TooManyRequests"}, {"Retry-After": "3"})
UNKNOWN_TOKEN = Reply(401, {"kind": "Status", "reason": "Unauthorized"})
FINE = Reply(200, {"fine": True})


def transport(
    server: ScriptedServer, *, fence: Fence = let_pass, observer: Observer = unobserved, timeout: float = 5.0
) -> Transport:
    return Transport(plain_http(server.url), fence=fence, observer=observer, timeout=timeout)


def read(client: Transport) -> Any:
    return client.read("/x")


def mutate(client: Transport) -> Any:
    return client.mutate("PATCH", "/x", [], content_type=JSON_PATCH)


def test_a_read_whose_connection_broke_is_tried_once_more() -> None:
    with scripted(Reply(drop=True), FINE) as server:
        assert read(transport(server)) == {"fine": True}
    assert len(server.requests) == 2


def test_a_read_that_breaks_twice_is_unavailable() -> None:
    with scripted(Reply(drop=True)) as server, pytest.raises(Unavailable) as caught:
        read(transport(server))
    assert caught.value.status == 0
    assert len(server.requests) == 2


def test_a_mutation_whose_answer_was_lost_is_sent_once() -> None:
    with scripted(Reply(drop=True)) as server, pytest.raises(Unavailable, match="no answer"):
        mutate(transport(server))
    assert len(server.requests) == 1


@pytest.mark.parametrize("call", [read, mutate])
@pytest.mark.parametrize("reply", [THROTTLED, Reply(500), Reply(503, "overloaded"), Reply(502, "<html>")])
def test_refusals_are_left_to_the_queue(call: Callable[[Transport], Any], reply: Reply) -> None:
    with scripted(reply) as server, pytest.raises(Unavailable):
        call(transport(server))
    assert len(server.requests) == 1


def test_the_servers_wish_to_wait_reaches_the_caller() -> None:
    with scripted(THROTTLED) as server, pytest.raises(Unavailable) as caught:
        mutate(transport(server))
    assert caught.value.retry_after == 3.0


@pytest.mark.parametrize("call", [read, mutate])
def test_silence_ends_with_the_time_out_and_is_not_repeated(call: Callable[[Transport], Any]) -> None:
    with scripted(Reply(hold=True)) as server, pytest.raises(Unavailable) as caught:
        call(transport(server, timeout=0.2))
    assert caught.value.reason == "Timeout"
    assert len(server.requests) == 1


@pytest.mark.parametrize("call", [read, mutate])
def test_an_answer_that_is_not_json_is_unavailable(call: Callable[[Transport], Any]) -> None:
    with scripted(Reply(200, "<html>login</html>")) as server, pytest.raises(Unavailable, match="proxy"):
        call(transport(server))


def test_a_redirect_is_not_followed() -> None:
    with scripted(Reply(302, {}, {"Location": "/elsewhere"})) as server, pytest.raises(Unavailable):
        mutate(transport(server))
    assert [seen.path.partition("?")[0] for seen in server.requests] == ["/x"]


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with scripted(FINE) as server:
        client = transport(server)
    with pytest.raises(Unavailable, match="no answer"):
        read(client)


@pytest.mark.parametrize("call", [read, mutate])
def test_a_token_that_the_server_does_not_know_is_read_again(call: Callable[[Transport], Any]) -> None:
    tokens = iter(["old", "new"])
    with scripted(UNKNOWN_TOKEN, FINE) as server:

        def configure() -> Configuration:
            configuration = plain_http(server.url)()
            configuration.api_key["BearerToken"] = f"Bearer {next(tokens)}\n"
            return configuration

        client = Transport(configure, fence=let_pass, observer=unobserved)
        assert call(client) == {"fine": True}
    assert [seen.headers["Authorization"] for seen in server.requests] == ["Bearer old", "Bearer new"]


def test_a_token_that_stays_unknown_is_forbidden() -> None:
    with scripted(UNKNOWN_TOKEN) as server, pytest.raises(Forbidden):
        mutate(transport(server))
    assert len(server.requests) == 2


class NotLeader(Exception):  # noqa: N818  as in the engine
    """What the fence raises."""


def closed(_seconds: float) -> None:
    raise NotLeader


def test_no_mutation_leaves_while_the_fence_is_down() -> None:
    with scripted(FINE) as server, pytest.raises(NotLeader):
        mutate(transport(server, fence=closed))
    assert server.requests == []


def test_reads_and_the_lease_do_not_ask_the_fence() -> None:
    with scripted(FINE) as server:
        client = transport(server, fence=closed)
        read(client)
        client.mutate("PATCH", "/lease", {}, fenced=False)
    assert len(server.requests) == 2


def test_the_fence_is_asked_for_the_whole_time_out_before_each_sending() -> None:
    asked: list[float] = []
    with scripted(UNKNOWN_TOKEN, FINE) as server:
        mutate(transport(server, fence=asked.append, timeout=4.0))
    assert asked == [4.0, 4.0]


def test_the_server_is_told_to_give_up_when_we_do() -> None:
    with scripted(FINE) as server:
        transport(server).mutate("POST", "/x", {}, timeout=1.5, query={"force": "true"})
    assert server.requests[0].path == "/x?timeout=1.5s&force=true"


def test_a_mutation_has_a_time_out_of_its_own() -> None:
    asked: list[float] = []
    with scripted(FINE) as server:
        client = Transport(
            plain_http(server.url), fence=asked.append, observer=unobserved, timeout=10.0, mutation_timeout=1.25
        )
        read(client)
        mutate(client)
    assert asked == [1.25]
    assert server.requests[1].path == "/x?timeout=1.25s"


def test_requests_say_who_we_are_and_what_they_carry() -> None:
    with scripted(FINE) as server:
        mutate(transport(server))
    headers = server.requests[0].headers
    assert headers["User-Agent"].startswith("mwaa-operator/")
    assert headers["Content-Type"] == JSON_PATCH


@pytest.mark.parametrize(
    ("reply", "expected"), [(FINE, ("PATCH", 200)), (Reply(400), ("PATCH", 400)), (Reply(drop=True), ("PATCH", 0))]
)
def test_every_request_is_observed_with_its_outcome(reply: Reply, expected: tuple[str, int]) -> None:
    observed: list[tuple[str, str, int, float]] = []
    with scripted(reply) as server:
        client = transport(server, observer=lambda *facts: observed.append(facts))
        with suppress(KubeError):
            mutate(client)
    assert [(method, status) for method, _, status, _ in observed] == [expected]
    assert f"http://{observed[0][1]}" == server.url
    assert observed[0][3] >= 0
