"""What a pass reads beside its own object, against a real API server."""

from __future__ import annotations

import base64
import threading

import pytest

from localcloud.controlplane import ControlPlane
from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.meta import WATCH_LABEL
from mwaa_operator.kube.client import KubeClient
from mwaa_operator.kube.errors import Forbidden, Rejected
from mwaa_operator.kube.hashkey import SECRET_NAME, HashKey
from tests.support.kube import CRDS, WIDGET, Ears, client_to, serve, withdraw
from tests.support.wait import eventually

DOOMED = KindInfo(kind="Doomed", plural="doomeds", short_names=())


@pytest.fixture(scope="module")
def client(control_plane: ControlPlane) -> KubeClient:
    serve(control_plane, WIDGET)
    return client_to(control_plane.admin_kubeconfig, kinds=(WIDGET, DOOMED))


def make_secret(control_plane: ControlPlane, namespace: str, name: str, **data: bytes) -> None:
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": encoded}
    answer = control_plane.api.post(f"/api/v1/namespaces/{namespace}/secrets", body)
    assert answer.ok, answer.body


class TestConfigMaps:
    def test_texts_and_bytes_are_read_as_bytes(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "c"},
            "data": {"dag.yaml": "ä: 1\n"},
            "binaryData": {"main.zip": base64.b64encode(b"PK\xff").decode()},
        }
        answer = control_plane.api.post(f"/api/v1/namespaces/{namespace}/configmaps", body)
        assert answer.ok, answer.body
        assert client.get_config_map(namespace, "c") == {"dag.yaml": "ä: 1\n".encode(), "main.zip": b"PK\xff"}

    def test_a_missing_one_is_none(self, client: KubeClient, namespace: str) -> None:
        assert client.get_config_map(namespace, "nothing") is None

    def test_a_missing_right_says_so(self, control_plane: ControlPlane, namespace: str) -> None:
        kubeconfig = control_plane.kubeconfig_for_token(control_plane.user_token("tenant-a"), "tenant-config-maps")
        with pytest.raises(Forbidden):
            client_to(kubeconfig).get_config_map(namespace, "c")
        with pytest.raises(Forbidden):
            client_to(kubeconfig).watched_config_maps()

    def test_versions_of_those_with_the_label_are_listed_and_move_with_their_contents(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        path = f"/api/v1/namespaces/{namespace}/configmaps"
        for name, labels in {"mine": {WATCH_LABEL: "true"}, "off": {WATCH_LABEL: "false"}, "other": {}}.items():
            metadata = {"name": name, "labels": labels}
            made = control_plane.api.post(path, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
            assert made.ok, made.body

        def listed() -> dict[str, str]:
            found = client.watched_config_maps()
            return {name: version for (place, name), version in found.items() if place == namespace}

        eventually(lambda: listed().keys() == {"mine"}, within=20)
        before = listed()
        assert control_plane.api.patch(f"{path}/mine", {"data": {"a": "1"}}).ok
        eventually(lambda: listed() != before, within=20)


class TestSecrets:
    def test_values_are_read_and_do_not_show(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        make_secret(control_plane, namespace, "s", password="pä55".encode())
        values = client.get_secret(namespace, "s")
        assert values is not None
        assert values["password"].get_secret_value() == "pä55"
        assert "pä55" not in repr(values)

    def test_whoever_writes_lines_is_told_what_to_hide(self, control_plane: ControlPlane, namespace: str) -> None:
        make_secret(control_plane, namespace, "s", password=b"p4ssword")
        ears = Ears()
        client_to(control_plane.admin_kubeconfig, surroundings=ears.surroundings()).get_secret(namespace, "s")
        assert ears.secrets == ["p4ssword"]

    def test_a_missing_one_is_none(self, client: KubeClient, namespace: str) -> None:
        assert client.get_secret(namespace, "nothing") is None

    def test_an_empty_one_has_no_values(self, client: KubeClient, control_plane: ControlPlane, namespace: str) -> None:
        make_secret(control_plane, namespace, "s")
        assert client.get_secret(namespace, "s") == {}

    def test_bytes_that_are_no_text_are_left_out(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str
    ) -> None:
        make_secret(control_plane, namespace, "s", keystore=b"\xff\xfe\x00", user=b"u")
        assert list(client.get_secret(namespace, "s") or {}) == ["user"]

    @pytest.mark.parametrize("name", ["../../default/secrets/s", "..", ".", "s?watch=true", "s/../t", ""])
    def test_a_crafted_name_reaches_no_other_namespace(
        self, client: KubeClient, control_plane: ControlPlane, namespace: str, name: str
    ) -> None:
        make_secret(control_plane, namespace, "s", password=b"p")
        try:
            found = client.get_secret("default", name)
        except Rejected:
            found = None
        assert found is None

    def test_a_missing_right_says_so(self, control_plane: ControlPlane, namespace: str) -> None:
        kubeconfig = control_plane.kubeconfig_for_token(control_plane.user_token("tenant-a"), "tenant-secrets")
        with pytest.raises(Forbidden):
            client_to(kubeconfig).get_secret(namespace, "s")


class TestNamespaces:
    def test_labels_are_there(self, client: KubeClient, namespace: str) -> None:
        body = client.get_namespace(namespace)
        assert body is not None
        assert body["metadata"]["labels"]["kubernetes.io/metadata.name"] == namespace

    def test_a_missing_one_is_none(self, client: KubeClient) -> None:
        assert client.get_namespace("no-such-namespace") is None

    def test_the_cluster_is_known_by_kube_system(self, client: KubeClient, control_plane: ControlPlane) -> None:
        uid = control_plane.api.get("/api/v1/namespaces/kube-system").body["metadata"]["uid"]
        assert client.cluster_id() == uid == client.cluster_id()


class TestCrds:
    def test_a_served_one_stays(self, client: KubeClient) -> None:
        assert client.crd_is_being_deleted("Widget") is False

    def test_a_missing_one_counts_as_going(self, client: KubeClient) -> None:
        assert client.crd_is_being_deleted("Doomed") is True

    def test_one_that_is_held_by_its_objects_is_going(self, client: KubeClient, control_plane: ControlPlane) -> None:
        serve(control_plane, DOOMED)
        objects = "/apis/mwaa-operator.io/v1alpha1/namespaces/default/doomeds"
        body = {
            "apiVersion": "mwaa-operator.io/v1alpha1",
            "kind": "Doomed",
            "metadata": {"name": "held", "finalizers": ["example.com/hold"]},
        }
        assert control_plane.api.post(objects, body).ok
        control_plane.api.delete(f"{CRDS}/{DOOMED.crd_name}")
        try:
            assert client.crd_is_being_deleted("Doomed") is True
            assert "deletionTimestamp" in control_plane.api.get(f"{CRDS}/{DOOMED.crd_name}").body["metadata"]
        finally:
            control_plane.api.patch(f"{objects}/held", {"metadata": {"finalizers": None}})
            withdraw(control_plane, DOOMED)

    def test_one_that_we_may_not_read_is_an_error_and_no_answer(self, control_plane: ControlPlane) -> None:
        kubeconfig = control_plane.kubeconfig_for_token(control_plane.user_token("tenant-a"), "tenant-crds")
        with pytest.raises(Forbidden):
            client_to(kubeconfig).crd_is_being_deleted("Widget")


class TestHashKey:
    def test_it_is_made_once_and_survives_a_restart(self, control_plane: ControlPlane, namespace: str) -> None:
        first = client_to(control_plane.admin_kubeconfig, namespace=namespace).hash_key()
        again = client_to(control_plane.admin_kubeconfig, namespace=namespace).hash_key()
        assert first == again
        assert len(first.secret.get_secret_value()) == 64
        secret = control_plane.api.get(f"/api/v1/namespaces/{namespace}/secrets/{SECRET_NAME}").body
        assert secret["immutable"] is True

    def test_its_id_does_not_tell_it(self, control_plane: ControlPlane, namespace: str) -> None:
        key = client_to(control_plane.admin_kubeconfig, namespace=namespace).hash_key()
        assert key.key_id not in key.secret.get_secret_value()
        assert key.secret.get_secret_value() not in repr(key)

    def test_replicas_that_race_end_with_the_same_key(self, control_plane: ControlPlane, namespace: str) -> None:
        clients = [client_to(control_plane.admin_kubeconfig, namespace=namespace) for _ in range(4)]
        keys: list[HashKey] = []
        threads = [threading.Thread(target=lambda one=one: keys.append(one.hash_key())) for one in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(keys) == 4
        assert len({key.key_id for key in keys}) == 1

    def test_a_secret_without_a_usable_key_is_not_overwritten(
        self, control_plane: ControlPlane, namespace: str
    ) -> None:
        make_secret(control_plane, namespace, SECRET_NAME, key=b"short")
        with pytest.raises(Rejected, match="restore it"):
            client_to(control_plane.admin_kubeconfig, namespace=namespace).hash_key()
