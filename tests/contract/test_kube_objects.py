"""Reads and writes of our objects against a real API server: nothing lands on a newer state or on a namesake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from mwaa_operator.api.meta import FIELD_MANAGER, FINALIZER, ObjectKey
from mwaa_operator.kube.client import KubeClient
from mwaa_operator.kube.errors import Conflict, Forbidden, NotFound, Rejected
from mwaa_operator.kube.objects import PAGE
from tests.support.kube import GADGET, WIDGET, Ears, client_to, create_widget, serve, widget, widgets
from tests.support.wait import eventually

Body = dict[str, Any]


@pytest.fixture(scope="module")
def client(control_plane: ControlPlane) -> KubeClient:
    serve(control_plane, WIDGET, GADGET)
    return client_to(control_plane.admin_kubeconfig)


def edit(control_plane: ControlPlane, namespace: str) -> Body:
    answer = control_plane.api.patch(widgets(namespace, "one"), {"spec": {"edited": True}})
    assert answer.ok, answer.body
    edited: Body = answer.body
    return edited


def recreate(control_plane: ControlPlane, namespace: str) -> Body:
    control_plane.api.delete(widgets(namespace, "one"))
    eventually(lambda: control_plane.api.get(widgets(namespace, "one")).status == 404, within=10, what="it gone")
    return create_widget(control_plane, namespace)


def version(body: Body) -> str:
    return str(body["metadata"]["resourceVersion"])


class TestReads:
    def test_an_object_is_read_as_it_is_now(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        stored = create_widget(control_plane, namespace)
        assert client.get(ObjectKey("Widget", namespace, "one")) == stored

    def test_a_missing_object_is_none(self, client: KubeClient, namespace: str) -> None:
        assert client.get(ObjectKey("Widget", namespace, "nobody")) is None

    def test_a_list_holds_every_object_of_all_pages(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        names = {f"w-{number}" for number in range(PAGE + 3)}
        for name in names:
            create_widget(control_plane, namespace, name)
        items, resource_version = client.list("Widget")
        assert {item["metadata"]["name"] for item in items if item["metadata"]["namespace"] == namespace} == names
        assert {(item["kind"], item["apiVersion"]) for item in items} == {("Widget", "mwaa-operator.io/v1alpha1")}
        assert int(resource_version) >= max(int(version(item)) for item in items)
        control_plane.api.delete(widgets(namespace))

    def test_a_kind_that_is_not_served_is_an_error_and_not_an_empty_list(self, control_plane: ControlPlane) -> None:
        nothing = type(WIDGET)(kind="Nothing", plural="nothings", short_names=())
        with pytest.raises(NotFound):
            client_to(control_plane.admin_kubeconfig, kinds=(nothing,)).list("Nothing")

    def test_what_is_served_can_be_asked(self, client: KubeClient, control_plane: ControlPlane) -> None:
        nothing = type(WIDGET)(kind="Nothing", plural="nothings", short_names=())
        assert client.is_served("Widget")
        assert not client_to(control_plane.admin_kubeconfig, kinds=(nothing,)).is_served("Nothing")

    def test_a_kind_that_we_may_not_list_is_forbidden_and_not_missing(self, control_plane: ControlPlane) -> None:
        kubeconfig = control_plane.kubeconfig_for_token(control_plane.user_token("tenant-a"), "tenant-served")
        with pytest.raises(Forbidden):
            client_to(kubeconfig).is_served("Widget")

    def test_cluster_scoped_objects_are_read_and_listed(self, client: KubeClient, control_plane: ControlPlane) -> None:
        body = {**widget("", "g"), "kind": "Gadget", "metadata": {"name": "g"}}
        assert control_plane.api.post("/apis/mwaa-operator.io/v1alpha1/gadgets", body).ok
        assert client.get(ObjectKey("Gadget", "", "g")) is not None
        assert "g" in [item["metadata"]["name"] for item in client.list("Gadget")[0]]


class TestStatus:
    def test_a_status_is_stored_and_the_answer_is_the_new_object(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        stored = create_widget(control_plane, namespace)
        written = client.apply_status(stored, {"phase": "Made"})
        assert written["status"] == {"phase": "Made"}
        assert written == control_plane.api.get(widgets(namespace, "one")).body
        managers = {entry["manager"]: entry.get("subresource") for entry in written["metadata"]["managedFields"]}
        assert managers[FIELD_MANAGER] == "status"

    def test_only_what_was_written_is_counted(self, control_plane: ControlPlane, namespace: str) -> None:
        ears = Ears()
        counted = client_to(control_plane.admin_kubeconfig, surroundings=ears.surroundings())
        stored = create_widget(control_plane, namespace)
        counted.apply_status(stored, {"phase": "Made"})
        with pytest.raises(Conflict):
            counted.apply_status(stored, {"phase": "Other"})
        assert ears.statuses == ["Widget"]

    def test_a_member_that_is_left_out_is_removed(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        written = client.apply_status(create_widget(control_plane, namespace), {"phase": "Made", "arn": "a"})
        assert client.apply_status(written, {"phase": "Made"})["status"] == {"phase": "Made"}

    def test_a_member_that_somebody_else_wrote_stays(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        create_widget(control_plane, namespace)
        foreign = control_plane.api.patch(widgets(namespace, "one/status"), {"status": {"theirs": 1}}).body
        assert client.apply_status(foreign, {"ours": 2})["status"] == {"theirs": 1, "ours": 2}

    def test_an_equal_status_moves_no_resource_version(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        written = client.apply_status(create_widget(control_plane, namespace), {"phase": "Made"})
        assert version(client.apply_status(written, {"phase": "Made"})) == version(written)

    def test_a_status_that_was_planned_on_an_older_state_is_refused(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        planned_on = create_widget(control_plane, namespace)
        edit(control_plane, namespace)
        with pytest.raises(Conflict):
            client.apply_status(planned_on, {"phase": "Made"})
        assert "status" not in control_plane.api.get(widgets(namespace, "one")).body

    def test_a_status_never_lands_on_a_namesake(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        planned_on = create_widget(control_plane, namespace)
        recreate(control_plane, namespace)
        with pytest.raises(Conflict):
            client.apply_status(planned_on, {"phase": "Made"})
        assert "status" not in control_plane.api.get(widgets(namespace, "one")).body

    def test_a_status_never_brings_a_deleted_object_back(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        planned_on = create_widget(control_plane, namespace)
        control_plane.api.delete(widgets(namespace, "one"))
        with pytest.raises(NotFound):
            client.apply_status(planned_on, {"phase": "Made"})
        assert control_plane.api.get(widgets(namespace, "one")).status == 404

    def test_a_status_changes_nothing_else(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        stored = create_widget(control_plane, namespace)
        written = client.apply_status({**stored, "spec": {"smuggled": True}}, {"phase": "Made"})
        assert written["spec"] == stored["spec"]
        assert written["metadata"]["generation"] == stored["metadata"]["generation"]

    def test_a_status_that_the_schema_refuses_is_rejected(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        stored = create_widget(control_plane, namespace)
        with pytest.raises(Rejected, match="phase"):
            client.apply_status(stored, {"phase": "longer than the schema allows"})


class TestFinalizer:
    @pytest.mark.parametrize("others", [[], ["example.com/theirs"]], ids=["alone", "beside-another"])
    def test_it_is_added_and_removed_and_others_stay(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str, others: list[str]
    ) -> None:
        held = client.add_finalizer(create_widget(control_plane, namespace, finalizers=others))
        assert held["metadata"]["finalizers"] == [*others, FINALIZER]
        assert client.remove_finalizer(held)["metadata"].get("finalizers", []) == others
        control_plane.api.patch(widgets(namespace, "one"), {"metadata": {"finalizers": None}})

    def test_what_is_there_already_costs_no_call(self, control_plane: ControlPlane, namespace: str) -> None:
        held = create_widget(control_plane, namespace, finalizers=[FINALIZER])
        calls: list[tuple[str, str, int, float]] = []
        quiet = client_to(control_plane.admin_kubeconfig, observer=lambda *facts: calls.append(facts))
        assert quiet.add_finalizer(held) is held
        free = quiet.remove_finalizer(held)
        calls.clear()
        assert quiet.remove_finalizer(free) is free
        assert calls == []

    def test_removing_the_last_one_lets_a_deleted_object_go(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        client.add_finalizer(create_widget(control_plane, namespace))
        going = control_plane.api.delete(widgets(namespace, "one")).body
        client.remove_finalizer(going)
        assert client.get(ObjectKey("Widget", namespace, "one")) is None

    @pytest.mark.parametrize("change", [edit, recreate], ids=["edited", "re-created"])
    def test_it_is_not_added_to_anything_but_what_was_seen(
        self,
        client: KubeClient,
        control_plane: ControlPlane,
        namespace: str,
        change: Callable[[ControlPlane, str], Body],
    ) -> None:
        seen = create_widget(control_plane, namespace)
        change(control_plane, namespace)
        with pytest.raises(Conflict):
            client.add_finalizer(seen)
        assert "finalizers" not in control_plane.api.get(widgets(namespace, "one")).body["metadata"]

    def test_it_is_not_taken_from_a_namesake(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        held = client.add_finalizer(create_widget(control_plane, namespace))
        client.remove_finalizer(held)
        namesake = client.add_finalizer(recreate(control_plane, namespace))
        with pytest.raises(Conflict):
            client.remove_finalizer(held)
        client.remove_finalizer(namesake)

    def test_it_cannot_be_added_to_what_is_being_deleted(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        create_widget(control_plane, namespace, finalizers=["example.com/theirs"])
        control_plane.api.delete(widgets(namespace, "one"))
        going = control_plane.api.get(widgets(namespace, "one")).body
        with pytest.raises(Rejected, match="being deleted"):
            client.add_finalizer(going)
        control_plane.api.patch(widgets(namespace, "one"), {"metadata": {"finalizers": None}})

    def test_a_gone_object_says_so(self, client: KubeClient, control_plane: ControlPlane, namespace: str) -> None:
        held = create_widget(control_plane, namespace, finalizers=[FINALIZER])
        control_plane.api.patch(widgets(namespace, "one"), {"metadata": {"finalizers": None}})
        control_plane.api.delete(widgets(namespace, "one"))
        with pytest.raises(NotFound):
            client.remove_finalizer(held)
