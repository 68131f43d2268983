"""The Lease against a real API server: who loses a race is told so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from localcloud.controlplane import ControlPlane
from mwaa_operator.api.lease import Lease
from mwaa_operator.kube.errors import Conflict, Forbidden, KubeError, Unavailable
from mwaa_operator.kube.lease import KubeLease
from tests.support.http import Reply, scripted
from tests.support.kube import NOON, plain_http, transport_over, transport_to

MINE = Lease(holder="pod-0", duration=3.0, acquired_at=NOON, renewed_at=NOON, transitions=0)


class NotLeader(Exception):  # noqa: N818  as in the engine
    """What the fence raises."""


def closed(_seconds: float) -> None:
    raise NotLeader


def path(namespace: str) -> str:
    return f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/mwaa-operator"


def read(lease: KubeLease) -> Lease:
    stored = lease.get()
    assert stored is not None
    return stored


@pytest.fixture
def lease(control_plane: ControlPlane, namespace: str) -> KubeLease:
    """Return a lock whose fence is down: the fence stands on the lease, so the lease must not ask it."""
    transport = transport_to(control_plane.admin_kubeconfig, fence=closed)
    return KubeLease(transport, namespace=namespace, name="mwaa-operator", timeout=5.0)


def test_there_is_none_at_first(lease: KubeLease) -> None:
    assert lease.get() is None


def test_what_is_created_is_read_again(lease: KubeLease) -> None:
    created = lease.create(MINE)
    assert created == lease.get()
    assert replace(created, resource_version="") == MINE


def test_of_two_creates_one_wins(lease: KubeLease) -> None:
    lease.create(MINE)
    with pytest.raises(Conflict):
        lease.create(replace(MINE, holder="pod-1"))
    assert read(lease).holder == "pod-0"


def test_a_renewal_moves_the_time(lease: KubeLease) -> None:
    later = NOON + timedelta(seconds=2)
    renewed = lease.update(replace(lease.create(MINE), renewed_at=later))
    assert (renewed.renewed_at, renewed.acquired_at) == (later, NOON)


def test_of_two_updates_on_the_same_state_one_wins(lease: KubeLease) -> None:
    created = lease.create(MINE)
    lease.update(replace(created, holder="pod-1", transitions=1))
    with pytest.raises(Conflict):
        lease.update(replace(created, renewed_at=NOON + timedelta(seconds=2)))
    assert (read(lease).holder, read(lease).transitions) == ("pod-1", 1)


def test_a_released_lease_has_no_holder(lease: KubeLease) -> None:
    released = lease.update(replace(lease.create(MINE), holder="", duration=1.0))
    assert released.holder == ""
    assert released == lease.get()


def test_an_update_of_a_lease_that_somebody_deleted_is_a_conflict(
    lease: KubeLease, control_plane: ControlPlane, namespace: str
) -> None:
    created = lease.create(MINE)
    control_plane.api.delete(path(namespace))
    with pytest.raises(Conflict):
        lease.update(created)
    assert lease.get() is None


def test_labels_of_others_survive_a_renewal(lease: KubeLease, control_plane: ControlPlane, namespace: str) -> None:
    lease.create(MINE)
    control_plane.api.patch(path(namespace), {"metadata": {"labels": {"team": "platform"}}})
    lease.update(replace(read(lease), renewed_at=NOON + timedelta(seconds=1)))
    assert control_plane.api.get(path(namespace)).body["metadata"]["labels"] == {"team": "platform"}


def test_a_lease_that_others_wrote_sparsely_can_be_read(
    lease: KubeLease, control_plane: ControlPlane, namespace: str
) -> None:
    body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "mwaa-operator"}}
    assert control_plane.api.post(path(namespace).removesuffix("/mwaa-operator"), body).ok
    assert (read(lease).holder, read(lease).duration) == ("", 0.0)
    assert lease.update(replace(MINE, resource_version=read(lease).resource_version)).holder == "pod-0"


@pytest.mark.parametrize(("duration", "stored"), [(0.4, 1.0), (2.5, 3.0), (30.0, 30.0)])
def test_a_duration_is_stored_in_whole_seconds_and_never_shorter(
    lease: KubeLease, duration: float, stored: float
) -> None:
    assert lease.create(replace(MINE, duration=duration)).duration == stored


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(500), Unavailable),
        (Reply(403), Forbidden),
        (Reply(429), Unavailable),
        (Reply(drop=True), Unavailable),
    ],
)
def test_no_other_failure_is_taken_for_a_conflict(reply: Reply, expected: type[KubeError]) -> None:
    with scripted(reply) as server:
        lease = KubeLease(transport_over(plain_http(server.url)), namespace="n", name="l", timeout=1.0)
        with pytest.raises(expected):
            lease.get()
        with pytest.raises(expected):
            lease.update(replace(MINE, resource_version="1"))
        with pytest.raises(expected):
            lease.create(MINE)
