"""What kopf is told: settings under which it only watches, one handler for each kind, our credentials."""

from __future__ import annotations

import asyncio
from typing import Any

import kopf

from mwaa_operator.kube.connection import Credentials
from mwaa_operator.shell.options import watch_settings
from mwaa_operator.shell.registry import connection_info, watch_registry
from tests.support.kube import GADGET, WIDGET

HERE = Credentials(server="https://here", authorization="Bearer secret", ca_file="/ca")


def registry(events: list[Any] | None = None) -> kopf.OperatorRegistry:
    seen = [] if events is None else events
    return watch_registry([WIDGET, GADGET], on_event=lambda *event: seen.append(event), login=lambda: HERE)


def test_kopf_decides_nothing_and_writes_nothing() -> None:
    settings = watch_settings()
    assert settings.peering.standalone
    assert not settings.posting.enabled
    assert settings.scanning.disabled
    assert settings.queueing.worker_limit is None


def test_a_silent_watch_is_never_believed_for_long() -> None:
    settings = watch_settings()
    assert settings.watching.inactivity_timeout == 70
    assert settings.watching.server_timeout == 600
    assert settings.watching.client_timeout == 900
    assert settings.watching.connect_timeout == 10
    assert settings.watching.chunk_size == 500


def test_each_kind_has_one_watching_handler_and_no_other() -> None:
    made = registry()
    watching = made._watching.get_all_handlers()
    selectors = [handler.selector for handler in watching]
    assert {(one.group, one.version, one.any_name) for one in selectors if one is not None} == {
        ("mwaa-operator.io", "v1alpha1", "widgets"),
        ("mwaa-operator.io", "v1alpha1", "gadgets"),
    }
    others = (made._changing, made._spawning, made._indexing, made._webhooks)
    assert [handler for group in others for handler in group.get_all_handlers()] == []


def test_an_event_is_handed_over_as_a_plain_copy() -> None:
    events: list[Any] = []
    handler = next(iter(registry(events)._watching.get_all_handlers()))
    body = {"metadata": {"name": "one"}}
    fn: Any = handler.fn
    asyncio.run(fn(event={"type": "ADDED", "object": body}, patch={}, memo={}))
    assert events == [("ADDED", body)]
    assert events[0][1] is not body


def test_the_watches_use_the_same_credentials_as_the_client() -> None:
    info = connection_info(HERE)
    assert (info.server, info.ca_path, info.scheme, info.token) == ("https://here", "/ca", "Bearer", "secret")
    assert not info.insecure


def test_a_client_certificate_needs_no_token() -> None:
    info = connection_info(
        Credentials(server="https://here", authorization=None, certificate_file="/crt", key_file="/key", verify=False)
    )
    assert (info.scheme, info.token, info.certificate_path, info.private_key_path) == (None, None, "/crt", "/key")
    assert info.insecure
