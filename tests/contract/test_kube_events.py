"""Events against a real API server: told once, counted while they repeat, never in anybody's way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from mwaa_operator.api.plan import Notice
from mwaa_operator.kube.client import KubeClient
from mwaa_operator.kube.events import QUIET
from tests.support.kube import GADGET, NOON, WIDGET, Ears, client_to, create_widget, serve, widget

CREATED = Notice(reason="EnvironmentCreated", note="MWAA is creating it.", action="Create")


class Watch:
    """A time that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_quiet(self) -> None:
        self.now += QUIET + timedelta(microseconds=1)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def client(control_plane: ControlPlane, watch: Watch, ears: Ears) -> KubeClient:
    serve(control_plane, WIDGET, GADGET)
    return client_to(control_plane.admin_kubeconfig, surroundings=ears.surroundings(now=watch))


@pytest.fixture
def stored(client: KubeClient, control_plane: ControlPlane, namespace: str) -> dict[str, Any]:
    return create_widget(control_plane, namespace)


def events(control_plane: ControlPlane, namespace: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control_plane.api.get(f"/apis/events.k8s.io/v1/namespaces/{namespace}/events").body[
        "items"
    ]
    return found


def test_an_event_names_the_object_and_the_reporter(
    client: KubeClient, control_plane: ControlPlane, namespace: str, stored: dict[str, Any]
) -> None:
    client.record(stored, CREATED)
    (event,) = events(control_plane, namespace)
    assert event["regarding"]["uid"] == stored["metadata"]["uid"]
    assert event["regarding"]["kind"] == "Widget"
    assert (event["reason"], event["action"], event["note"]) == ("EnvironmentCreated", "Create", CREATED.note)
    assert (event["reportingController"], event["reportingInstance"]) == ("mwaa-operator", "pod-0")
    assert event["eventTime"] == "2026-11-21T12:00:00.000000Z"
    assert "series" not in event


def test_kubectl_shows_it(control_plane: ControlPlane, client: KubeClient, namespace: str, stored: Any) -> None:
    client.record(stored, CREATED)
    assert "EnvironmentCreated" in control_plane.kubectl("describe", "widgets.mwaa-operator.io", "one", "-n", namespace)


def test_a_repetition_becomes_a_series(
    client: KubeClient, control_plane: ControlPlane, namespace: str, stored: dict[str, Any], watch: Watch
) -> None:
    client.record(stored, CREATED)
    watch.pass_quiet()
    client.record(stored, CREATED)
    (event,) = events(control_plane, namespace)
    assert event["series"] == {"count": 2, "lastObservedTime": "2026-11-21T12:01:00.000001Z"}


def test_quick_repetitions_are_counted_but_not_written(
    client: KubeClient, control_plane: ControlPlane, namespace: str, stored: dict[str, Any], watch: Watch
) -> None:
    for _ in range(5):
        client.record(stored, CREATED)
    assert "series" not in events(control_plane, namespace)[0]
    watch.pass_quiet()
    client.record(stored, CREATED)
    assert events(control_plane, namespace)[0]["series"]["count"] == 6


@pytest.mark.parametrize(
    "other",
    [
        Notice(reason="EnvironmentDeleted", note=CREATED.note),
        Notice(reason=CREATED.reason, note="Something else."),
        Notice(reason=CREATED.reason, note=CREATED.note, type="Warning"),
    ],
    ids=["reason", "note", "type"],
)
def test_another_message_is_an_event_of_its_own(
    client: KubeClient, control_plane: ControlPlane, namespace: str, stored: dict[str, Any], other: Notice
) -> None:
    client.record(stored, CREATED)
    client.record(stored, other)
    assert len(events(control_plane, namespace)) == 2


def test_a_series_whose_event_expired_begins_anew(
    client: KubeClient, control_plane: ControlPlane, namespace: str, stored: dict[str, Any], watch: Watch
) -> None:
    client.record(stored, CREATED)
    control_plane.api.delete(f"/apis/events.k8s.io/v1/namespaces/{namespace}/events")
    watch.pass_quiet()
    client.record(stored, CREATED)
    assert len(events(control_plane, namespace)) == 1


def test_events_about_cluster_scoped_objects_are_kept_in_default(
    client: KubeClient, control_plane: ControlPlane
) -> None:
    body = {**widget("", "evented"), "kind": "Gadget", "metadata": {"name": "evented"}}
    gadget = control_plane.api.post("/apis/mwaa-operator.io/v1alpha1/gadgets", body).body
    client.record(gadget, CREATED)
    uids = [event["regarding"]["uid"] for event in events(control_plane, "default")]
    assert gadget["metadata"]["uid"] in uids


def test_a_long_note_is_cut_to_what_the_server_takes(
    client: KubeClient, control_plane: ControlPlane, namespace: str, stored: dict[str, Any]
) -> None:
    client.record(stored, Notice(reason="Long", note="…" * 1024))
    assert len(events(control_plane, namespace)) == 1


def test_an_event_that_cannot_be_written_is_logged_and_not_raised(
    client: KubeClient, stored: dict[str, Any], ears: Ears
) -> None:
    elsewhere = {**stored, "metadata": {**stored["metadata"], "namespace": "no-such-namespace"}}
    client.record(elsewhere, CREATED)
    assert ears.warnings == ["event.not_recorded"]


class NotLeader(Exception):  # noqa: N818  as in the engine
    """What the fence raises."""


def test_who_lost_the_lease_records_nothing(
    control_plane: ControlPlane, namespace: str, stored: dict[str, Any]
) -> None:
    def closed(_seconds: float) -> None:
        raise NotLeader

    with pytest.raises(NotLeader):
        client_to(control_plane.admin_kubeconfig, fence=closed).record(stored, CREATED)
    assert events(control_plane, namespace) == []
