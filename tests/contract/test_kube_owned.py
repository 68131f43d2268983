"""Objects of Kubernetes' own kinds against a real API server: reads are fresh, no write or deletion hits a stranger."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from mwaa_operator.api.meta import FIELD_MANAGER
from mwaa_operator.kube.errors import AlreadyExists, Conflict, Forbidden, NotFound, Rejected, Unavailable
from mwaa_operator.kube.owned import PAGE, PLURALS, OwnedObjects
from tests.support.kube import Ears, client_to
from tests.support.owned import CONTENTS, MINE, POD, as_stranger, make, mutable, read
from tests.support.wait import eventually

Body = dict[str, Any]


@pytest.fixture(scope="module")
def owned(control_plane: ControlPlane) -> OwnedObjects:
    return client_to(control_plane.admin_kubeconfig).owned


def at(body: Body, version: Body) -> Body:
    """Return what to apply, planned on an object that was read."""
    planned = {name: version["metadata"][name] for name in ("uid", "resourceVersion")}
    return {**body, "metadata": {**body["metadata"], **planned}}


def of(body: Body) -> tuple[str, str]:
    return body["metadata"]["uid"], body["metadata"]["resourceVersion"]


def recreate(owned: OwnedObjects, body: Body) -> Body:
    owned.delete(body)
    fresh = {key: value for key, value in body.items() if key != "metadata"}
    names = {name: body["metadata"][name] for name in ("namespace", "name", "labels")}
    return owned.create({**fresh, "metadata": names})


class TestEveryKind:
    def test_the_table_of_this_test_has_every_kind(self) -> None:
        assert CONTENTS.keys() == PLURALS.keys()

    @pytest.mark.parametrize("kind", [kind for _, kind in PLURALS])
    def test_it_is_made_read_listed_and_deleted(self, owned: OwnedObjects, namespace: str, kind: str) -> None:
        body = make(namespace, kind=kind)
        assert read(owned, body) is None
        made = owned.create(body) if kind in {"Pod", "Secret"} else owned.apply(body)
        assert (made["apiVersion"], made["kind"], made["metadata"]["labels"]) == (body["apiVersion"], kind, MINE)
        (listed,) = owned.list(body["apiVersion"], kind, namespace, MINE)
        assert listed.keys() == made.keys()
        assert listed["metadata"]["uid"] == made["metadata"]["uid"]
        ((name, (uid, _)),) = owned.versions(body["apiVersion"], kind, namespace, MINE).items()
        assert (name, uid) == ("one", made["metadata"]["uid"])
        owned.delete(made, grace=0)
        eventually(lambda: read(owned, body) is None, within=20, what=f"the {kind} gone")

    def test_another_kind_is_none_of_ours(self, owned: OwnedObjects, namespace: str) -> None:
        with pytest.raises(KeyError):
            owned.get("v1", "ConfigMap", namespace, "one")
        with pytest.raises(KeyError):
            owned.get("extensions/v1beta1", "Deployment", namespace, "one")

    @pytest.mark.parametrize("name", ["../../default/secrets/one", "..", "one?watch=true", ""])
    def test_a_crafted_name_reaches_nothing_else(self, owned: OwnedObjects, namespace: str, name: str) -> None:
        owned.create(make("default" if name.startswith("../../") else namespace))
        try:
            assert owned.get("v1", "Secret", namespace, name) is None
        except Rejected:
            pass
        finally:
            for stored in owned.list("v1", "Secret", "default", MINE):
                owned.delete(stored)


class TestReads:
    def test_an_object_is_read_as_it_is_now(self, owned: OwnedObjects, namespace: str) -> None:
        stored = owned.apply(mutable(namespace, token="1"))
        assert read(owned, stored) == stored
        changed = owned.apply(mutable(namespace, token="2"))
        assert read(owned, stored) == changed

    def test_a_list_holds_what_carries_all_labels_on_all_pages(self, owned: OwnedObjects, namespace: str) -> None:
        names = {f"s-{number}" for number in range(PAGE + 3)}
        stored = {name: owned.create(make(namespace, name=name)) for name in names}
        other = make(namespace, name="other")
        other["metadata"]["labels"] = {**MINE, "mwaa-operator.io/gateway": "general"}
        owned.create(other)
        listed = {body["metadata"]["name"]: body for body in owned.list("v1", "Secret", namespace, MINE)}
        assert listed == stored
        versions = owned.versions("v1", "Secret", namespace, MINE)
        assert versions == {name: of(body) for name, body in stored.items()}

    def test_versions_move_with_contents_and_never_carry_them(
        self, control_plane: ControlPlane, namespace: str
    ) -> None:
        owned = client_to(control_plane.admin_kubeconfig).owned
        first = owned.apply(mutable(namespace, token="1"))
        assert owned.versions("v1", "Secret", namespace, MINE) == {"one": of(first)}
        second = owned.apply(mutable(namespace, token="2"))
        assert of(second) != of(first)
        assert owned.versions("v1", "Secret", namespace, MINE) == {"one": of(second)}

    @pytest.mark.parametrize("look", [OwnedObjects.list, OwnedObjects.versions], ids=["list", "versions"])
    def test_nothing_is_listed_without_labels(
        self, owned: OwnedObjects, namespace: str, look: Callable[..., object]
    ) -> None:
        with pytest.raises(ValueError, match="labels of what is ours"):
            look(owned, "v1", "Secret", namespace, {})

    def test_a_namespace_that_is_not_there_has_no_objects(self, owned: OwnedObjects) -> None:
        assert owned.list("v1", "Secret", "no-such-namespace", MINE) == []
        assert owned.versions("v1", "Secret", "no-such-namespace", MINE) == {}

    @pytest.mark.parametrize("look", [OwnedObjects.list, OwnedObjects.versions], ids=["list", "versions"])
    def test_a_missing_right_is_an_error_and_not_an_empty_answer(
        self, control_plane: ControlPlane, namespace: str, look: Callable[..., object]
    ) -> None:
        stranger = as_stranger(control_plane).owned
        with pytest.raises(Forbidden):
            look(stranger, "v1", "Secret", namespace, MINE)
        with pytest.raises(Forbidden):
            stranger.get("v1", "Secret", namespace, "one")

    def test_only_what_a_caller_names_is_hidden(self, control_plane: ControlPlane, namespace: str) -> None:
        ears = Ears()
        client = client_to(control_plane.admin_kubeconfig, surroundings=ears.surroundings())
        client.owned.apply(mutable(namespace, token="a whole file", other="p4ssword"))
        client.owned.list("v1", "Secret", namespace, MINE)
        client.hide("p4ssword")
        assert ears.secrets == ["p4ssword"]


class TestApply:
    def test_it_makes_and_it_changes(self, owned: OwnedObjects, namespace: str) -> None:
        made = owned.apply(mutable(namespace, token="1"))
        changed = owned.apply(mutable(namespace, token="2"))
        assert made["metadata"]["uid"] == changed["metadata"]["uid"]
        assert base64.b64decode(changed["data"]["token"]) == b"2"
        (manager,) = changed["metadata"]["managedFields"]
        assert (manager["manager"], manager["operation"]) == (FIELD_MANAGER, "Apply")

    @pytest.mark.parametrize("kind", sorted(kind for _, kind in PLURALS if kind != "Pod"))
    def test_what_is_so_already_moves_no_version(self, owned: OwnedObjects, namespace: str, kind: str) -> None:
        made = owned.apply(make(namespace, kind=kind))
        again = owned.apply(make(namespace, kind=kind))
        # Controllers write status meanwhile, which moves versions and leaves generations alone.
        moves = "generation" if "generation" in made["metadata"] else "resourceVersion"
        assert again["metadata"][moves] == made["metadata"][moves]
        assert _applied_at(again) == _applied_at(made)

    def test_a_member_that_is_left_out_goes_and_others_members_stay(
        self, owned: OwnedObjects, control_plane: ControlPlane, namespace: str
    ) -> None:
        stored = owned.apply(mutable(namespace, token="1", old="1"))
        path = f"/api/v1/namespaces/{namespace}/secrets/one"
        assert control_plane.api.patch(path, {"data": {"theirs": ""}}).ok
        assert owned.apply(mutable(namespace, token="1"))["data"] == {"token": stored["data"]["token"], "theirs": ""}

    def test_what_others_wrote_over_ours_becomes_ours_again(
        self, owned: OwnedObjects, control_plane: ControlPlane, namespace: str
    ) -> None:
        owned.apply(make(namespace, kind="Deployment"))
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments/one"
        assert control_plane.api.patch(path, {"spec": {"replicas": 3}}).ok
        assert owned.apply(make(namespace, kind="Deployment"))["spec"]["replicas"] == 0

    def test_it_lands_on_what_was_read(self, owned: OwnedObjects, namespace: str) -> None:
        stored = owned.apply(mutable(namespace, token="1"))
        assert of(owned.apply(at(mutable(namespace, token="2"), stored)))[0] == of(stored)[0]

    def test_it_never_lands_on_a_newer_state(self, owned: OwnedObjects, namespace: str) -> None:
        planned_on = owned.apply(mutable(namespace, token="1"))
        newer = owned.apply(mutable(namespace, token="2"))
        with pytest.raises(Conflict):
            owned.apply(at(mutable(namespace, token="3"), planned_on))
        assert read(owned, newer) == newer

    @pytest.mark.parametrize("said", [("resourceVersion",), ("uid", "resourceVersion")], ids=" and ".join)
    def test_it_never_lands_on_a_namesake(self, owned: OwnedObjects, namespace: str, said: tuple[str, ...]) -> None:
        planned_on = owned.apply(mutable(namespace, token="1"))
        namesake = recreate(owned, planned_on)
        body = mutable(namespace, token="2")
        body["metadata"] |= {name: planned_on["metadata"][name] for name in said}
        with pytest.raises(Conflict):
            owned.apply(body)
        assert read(owned, namesake) == namesake

    @pytest.mark.parametrize("said", [("resourceVersion",), ("uid", "resourceVersion")], ids=" and ".join)
    def test_it_never_brings_back_what_is_gone(
        self, owned: OwnedObjects, namespace: str, said: tuple[str, ...]
    ) -> None:
        planned_on = owned.apply(mutable(namespace, token="1"))
        owned.delete(planned_on)
        body = mutable(namespace, token="2")
        body["metadata"] |= {name: planned_on["metadata"][name] for name in said}
        with pytest.raises(Conflict):
            owned.apply(body)
        assert read(owned, body) is None

    def test_a_resource_version_costs_one_read_unless_a_uid_comes_with_it(
        self, control_plane: ControlPlane, namespace: str
    ) -> None:
        calls: list[str] = []
        client = client_to(control_plane.admin_kubeconfig, observer=lambda method, *_: calls.append(method)).owned
        stored = client.apply(mutable(namespace, token="1"))
        stored = client.apply(at(mutable(namespace, token="2"), stored))
        body = mutable(namespace, token="3")
        body["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"]
        client.apply(body)
        assert calls == ["PATCH", "PATCH", "GET", "PATCH"]

    def test_a_member_that_the_server_does_not_know_is_an_error(self, owned: OwnedObjects, namespace: str) -> None:
        body = make(namespace, kind="Service")
        body["spec"] = {**body["spec"], "loadBalancerSourceRange": ["10.0.0.0/8"]}
        with pytest.raises(Unavailable, match="loadBalancerSourceRange"):
            owned.apply(body)
        assert read(owned, body) is None

    def test_what_may_not_change_is_rejected(self, owned: OwnedObjects, namespace: str) -> None:
        owned.create(make(namespace))
        with pytest.raises(Rejected, match="immutable"):
            owned.apply(mutable(namespace, token="2"))

    def test_a_missing_right_says_so(self, control_plane: ControlPlane, namespace: str) -> None:
        with pytest.raises(Forbidden):
            as_stranger(control_plane).owned.apply(mutable(namespace, token="1"))


class TestCreate:
    def test_it_never_changes_what_is_there(self, owned: OwnedObjects, namespace: str) -> None:
        stored = owned.create(make(namespace))
        with pytest.raises(AlreadyExists):
            owned.create(mutable(namespace, token="2"))
        assert read(owned, stored) == stored

    def test_a_pod_that_is_being_deleted_still_has_its_name(
        self, owned: OwnedObjects, control_plane: ControlPlane, namespace: str
    ) -> None:
        body = make(namespace, kind="Pod")
        body["metadata"] = {**body["metadata"], "finalizers": ["example.com/hold"]}
        owned.delete(owned.create(body), grace=0)
        with pytest.raises(AlreadyExists):
            owned.create(make(namespace, kind="Pod"))
        path = f"/api/v1/namespaces/{namespace}/pods/one"
        control_plane.api.patch(path, {"metadata": {"finalizers": None}})

    def test_a_member_that_the_server_would_drop_is_rejected(self, owned: OwnedObjects, namespace: str) -> None:
        body = make(namespace, kind="Pod", spec={**POD["spec"], "automountServiceAccountTokens": False})
        with pytest.raises(Rejected, match="automountServiceAccountTokens"):
            owned.create(body)
        assert read(owned, body) is None

    def test_a_namespace_that_is_not_there_says_so(self, owned: OwnedObjects) -> None:
        with pytest.raises(NotFound):
            owned.create(make("no-such-namespace"))

    def test_a_missing_right_says_so(self, control_plane: ControlPlane, namespace: str) -> None:
        with pytest.raises(Forbidden):
            as_stranger(control_plane).owned.create(make(namespace))


class TestDelete:
    def test_what_is_gone_already_is_no_error(self, owned: OwnedObjects, namespace: str) -> None:
        stored = owned.create(make(namespace))
        owned.delete(stored)
        owned.delete(stored)
        assert read(owned, stored) is None

    @pytest.mark.parametrize("kind", ["Pod", "Secret"])
    @pytest.mark.parametrize("unchanged", [False, True], ids=["uid", "and version"])
    def test_a_namesake_stays(self, owned: OwnedObjects, namespace: str, kind: str, unchanged: bool) -> None:
        seen = owned.create(make(namespace, kind=kind))
        owned.delete(seen, grace=0)
        eventually(lambda: read(owned, seen) is None, within=20)
        namesake = owned.create(make(namespace, kind=kind))
        with pytest.raises(Conflict):
            owned.delete(seen, grace=0, unchanged=unchanged)
        live = read(owned, namesake)
        assert live is not None
        assert "deletionTimestamp" not in live["metadata"]
        owned.delete(namesake, grace=0)

    def test_a_change_since_the_look_matters_only_where_it_is_asked_for(
        self, owned: OwnedObjects, namespace: str
    ) -> None:
        seen = owned.apply(mutable(namespace, token="1"))
        owned.apply(mutable(namespace, token="2"))
        with pytest.raises(Conflict):
            owned.delete(seen, unchanged=True)
        assert read(owned, seen) is not None
        owned.delete(seen)
        assert read(owned, seen) is None

    def test_a_pod_gets_the_time_that_the_caller_says(
        self, owned: OwnedObjects, control_plane: ControlPlane, namespace: str
    ) -> None:
        on_a_node = {**POD["spec"], "nodeName": "nowhere", "terminationGracePeriodSeconds": 90}
        path = f"/api/v1/namespaces/{namespace}/pods"
        stored = {name: owned.create(make(namespace, kind="Pod", name=name, spec=on_a_node)) for name in ("a", "b")}
        owned.delete(stored["a"])
        owned.delete(stored["b"], grace=7)
        times = {
            name: control_plane.api.get(f"{path}/{name}").body["metadata"]["deletionGracePeriodSeconds"]
            for name in stored
        }
        assert times == {"a": 90, "b": 7}
        for body in stored.values():
            owned.delete(body, grace=0)

    def test_what_it_owns_goes_after_it(self, owned: OwnedObjects, namespace: str) -> None:
        deployment = owned.apply(make(namespace, kind="Deployment"))
        meta = deployment["metadata"]
        reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": meta["name"], "uid": meta["uid"]}
        child = make(namespace)
        child["metadata"] = {**child["metadata"], "ownerReferences": [reference]}
        owned.create(child)
        owned.delete(deployment)
        assert read(owned, deployment) is None
        eventually(lambda: read(owned, child) is None, within=30, what="what it owned gone")

    def test_a_missing_right_says_so(self, owned: OwnedObjects, control_plane: ControlPlane, namespace: str) -> None:
        stored = owned.create(make(namespace))
        with pytest.raises(Forbidden):
            as_stranger(control_plane).owned.delete(stored)
        assert read(owned, stored) is not None


@pytest.mark.parametrize("write", ["apply", "create", "delete"])
def test_nothing_is_sent_by_who_does_not_lead(control_plane: ControlPlane, namespace: str, write: str) -> None:
    class NotLeaderError(Exception):
        """What a fence raises."""

    def closed(_seconds: float) -> None:
        raise NotLeaderError

    stored = client_to(control_plane.admin_kubeconfig).owned.create(mutable(namespace, token="1"))
    fenced = client_to(control_plane.admin_kubeconfig, fence=closed).owned
    wish = stored if write == "delete" else mutable(namespace, token="2")
    with pytest.raises(NotLeaderError):
        getattr(fenced, write)(wish)
    assert read(fenced, stored) == stored


def _applied_at(body: Body) -> Any:
    return next(item for item in body["metadata"]["managedFields"] if item["manager"] == FIELD_MANAGER)["time"]
