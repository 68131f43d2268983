"""Calls to another cluster on a bad day, against a server that answers from a script. Real ones: tests/contract."""

from __future__ import annotations

import base64
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from localcloud.certs import Authority
from localcloud.ports import free_ports
from mwaa_operator.kube.errors import Forbidden, KubeError, NotFound, Rejected, Unavailable
from mwaa_operator.kube.remote import Application, Reach, RemoteCluster, trust
from tests.support.http import Reply, ScriptedServer, scripted
from tests.support.kube import let_pass

CANARY = "c4nary-0f-t0k3n"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> str:
    authority = Authority(tmp_path_factory.mktemp("pki"))
    return base64.b64encode(authority.files.certificate.read_bytes()).decode()


def remote(url: str, ca: str, *, timeout: float = 5.0, fence: Any = let_pass) -> RemoteCluster:
    return RemoteCluster(url, ca=ca, token=SecretStr(CANARY), timeout=lambda: timeout, fence=fence)


def table(*rows: tuple[str, str | None], more: str = "", columns: tuple[str, ...] = ("Name", "Status")) -> Reply:
    """Return a page of a table."""
    return Reply(
        200,
        {
            "kind": "Table",
            "metadata": {"continue": more},
            "columnDefinitions": [{"name": name} for name in columns],
            "rows": [{"cells": list(row)[: len(columns)]} for row in rows],
        },
    )


def failed(server: ScriptedServer, ca: str, *, timeout: float = 5.0) -> KubeError:
    with remote(server.url, ca, timeout=timeout) as cluster, pytest.raises(KubeError) as caught:
        cluster.may("get", "g", "r", "n")
    return caught.value


def test_the_token_goes_in_the_header_and_nowhere_else(ca: str) -> None:
    with scripted(Reply(201, {"status": {"allowed": True}})) as server, remote(server.url, ca) as cluster:
        assert cluster.may("create", "sparkoperator.k8s.io", "sparkapplications", "jobs")
        assert CANARY not in repr(cluster)
    (seen,) = server.requests
    assert seen.headers["Authorization"] == f"Bearer {CANARY}"
    assert CANARY not in seen.path + repr(seen.body)
    assert seen.body["spec"]["resourceAttributes"] == {
        "verb": "create",
        "group": "sparkoperator.k8s.io",
        "resource": "sparkapplications",
        "namespace": "jobs",
    }


@pytest.mark.parametrize("answer", [{}, {"status": {}}, {"status": {"allowed": False}}])
def test_only_a_yes_is_a_yes(answer: dict[str, Any], ca: str) -> None:
    with scripted(Reply(201, answer)) as server, remote(server.url, ca) as cluster:
        assert not cluster.may("get", "g", "r", "n")


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply(401, "no"), Forbidden, ""),
        (Reply(302, "", {"Location": "https://127.0.0.1:1/"}), Unavailable, ""),
        (Reply(500, "no"), Unavailable, ""),
        (Reply(200, "<html>"), Unavailable, Reach.NO_API),
        (Reply(200, "[]"), Unavailable, Reach.NO_API),
        (Reply(drop=True), Unavailable, Reach.BROKEN),
        (Reply(hold=True), Unavailable, Reach.TIMEOUT),
    ],
    ids=["401", "redirect", "500", "page", "list", "dropped", "held"],
)
def test_a_call_is_made_once_and_says_by_what_it_failed(
    reply: Reply, kind: type[KubeError], reason: str, ca: str
) -> None:
    with scripted(reply) as server:
        error = failed(server, ca, timeout=0.3 if reply.hold else 5.0)
    assert isinstance(error, kind)
    assert error.reason == reason
    assert len(server.requests) == 1
    assert CANARY not in f"{error!r} {error.__cause__!r}"


def test_nobody_at_the_door_and_no_such_name_are_told_apart(ca: str) -> None:
    for url, reason in (
        (f"https://127.0.0.1:{free_ports(1)[0]}", Reach.REFUSED),
        ("https://nowhere.invalid", Reach.UNKNOWN_HOST),
    ):
        with remote(url, ca) as cluster, pytest.raises(Unavailable) as caught:
            cluster.serves_spark()
        assert caught.value.reason == reason


def test_a_server_without_tls_is_not_trusted(ca: str) -> None:
    with scripted(Reply()) as server:
        url = server.url.replace("http:", "https:")
        with remote(url, ca) as cluster, pytest.raises(Unavailable) as caught:
            cluster.serves_spark()
    assert caught.value.reason == Reach.TLS
    assert not server.requests


def test_a_proxy_of_the_environment_is_not_taken(ca: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(Reply(500)) as proxy, scripted(Reply(404)) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        with remote(server.url, ca) as cluster:
            assert not cluster.serves_spark()
    assert not proxy.requests


class TestSpark:
    def test_is_served_if_the_kind_is_listed(self, ca: str) -> None:
        listed = Reply(200, {"resources": [{"name": "sparkapplications"}]})
        other = Reply(200, {"resources": [{"name": "scheduledsparkapplications"}]})
        with scripted(Reply(404), other, listed) as server, remote(server.url, ca) as cluster:
            assert [cluster.serves_spark() for _ in range(3)] == [False, False, True]

    def test_jobs_are_listed_page_by_page_without_their_contents(self, ca: str) -> None:
        pages = (table(("a-1", "RUNNING"), ("a-2", None), more="x"), table(("b-1", "")))
        with scripted(*pages) as server, remote(server.url, ca) as cluster:
            found = list(cluster.applications("jobs", page=2))
        assert found == [Application("a-1", "RUNNING"), Application("a-2", ""), Application("b-1", "")]
        first, second = server.requests
        assert "includeObject=None" in first.path
        assert "limit=2" in first.path
        assert "as=Table" in first.headers["Accept"]
        assert second.path.endswith("continue=x")

    def test_states_are_unknown_without_a_column_for_them(self, ca: str) -> None:
        with scripted(table(("a-1", None), columns=("Name",))) as server, remote(server.url, ca) as cluster:
            assert list(cluster.applications("jobs")) == [Application("a-1", None)]

    def test_a_list_that_breaks_off_is_an_error(self, ca: str) -> None:
        pages = (table(("a-1", "RUNNING"), more="x"), Reply(410))
        with scripted(*pages) as server, remote(server.url, ca) as cluster, pytest.raises(Unavailable):
            list(cluster.applications("jobs"))

    def test_a_job_that_is_gone_is_none(self, ca: str) -> None:
        with scripted(Reply(404)) as server, remote(server.url, ca) as cluster:
            assert cluster.job("jobs", "a-1") is None

    def test_a_crafted_name_reaches_nothing_else(self, ca: str) -> None:
        with scripted(Reply(404)) as server, remote(server.url, ca) as cluster:
            assert cluster.job("jobs", "../../secrets/x") is None
            with pytest.raises(Rejected):
                list(cluster.applications(".."))
        assert server.requests[0].path.endswith("/sparkapplications/..%2F..%2Fsecrets%2Fx")


class TestTokenRequests:
    GIVEN = Reply(201, {"status": {"token": "n3w", "expirationTimestamp": "2026-11-22T00:00:00Z"}})

    def test_give_a_token_and_its_end_after_the_fence_agreed(self, ca: str) -> None:
        asked: list[float] = []
        with scripted(self.GIVEN) as server, remote(server.url, ca, fence=asked.append) as cluster:
            token, ends = cluster.request_token("jobs", "bpg", 43_200, audiences=("me",))
        assert token.get_secret_value() == "n3w"
        assert ends == datetime(2026, 11, 22, tzinfo=UTC)
        assert asked == [5.0]
        (seen,) = server.requests
        assert seen.path == "/api/v1/namespaces/jobs/serviceaccounts/bpg/token"
        assert seen.body["spec"] == {"expirationSeconds": 43_200, "audiences": ["me"]}

    def test_are_not_sent_by_who_does_not_lead(self, ca: str) -> None:
        def refuse(_seconds: float) -> None:
            raise PermissionError("not the leader")

        with scripted(self.GIVEN) as server:
            with remote(server.url, ca, fence=refuse) as cluster, pytest.raises(PermissionError):
                cluster.request_token("jobs", "bpg", 600)
            assert not server.requests

    @pytest.mark.parametrize("status", [{}, {"token": "n3w"}, {"expirationTimestamp": "2026-11-22T00:00:00Z"}])
    def test_without_a_token_and_its_end_are_no_answer(self, status: dict[str, str], ca: str) -> None:
        reply = Reply(201, {"status": status})
        with scripted(reply) as server, remote(server.url, ca) as cluster, pytest.raises(Unavailable):
            cluster.request_token("jobs", "bpg", 600)

    def test_of_an_account_that_is_not_there_say_so(self, ca: str) -> None:
        with scripted(Reply(404)) as server, remote(server.url, ca) as cluster, pytest.raises(NotFound):
            cluster.request_token("jobs", "bpg", 600)


@pytest.mark.parametrize("ca", ["", "%", "bm9uZQ==", base64.b64encode(b"\xff").decode()])
def test_certificates_that_cannot_be_read_are_rejected_before_anything_is_sent(ca: str) -> None:
    with pytest.raises(Rejected) as caught:
        trust(ca)
    assert caught.value.reason == Reach.BAD_CA


def test_only_the_given_certificates_are_believed(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = trust(base64.b64encode(authority.files.certificate.read_bytes()).decode())
    assert len(context.get_ca_certs()) == 1
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
