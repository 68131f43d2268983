"""A pod's volumes become directories as the kubelet fills them, for nobody else's eyes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from localcloud.kube.rest import Answer, Rest
from localcloud.kubelet.mounts import NotMountedError, Volumes
from localcloud.kubelet.preparation import identity

CORE = "/api/v1/namespaces/team"


class Stored(Rest):
    """An API server that has two objects and makes tokens."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def call(self, method: str, path: str, body: object = None, **more: Any) -> Answer:
        self.asked.append(body)
        stored: dict[str, Any] = {
            f"{CORE}/secrets/s": {"data": {"a": base64.b64encode(b"\x00hidden").decode(), "b": ""}},
            f"{CORE}/configmaps/c": {"data": {"a": "shown"}, "binaryData": {"z": base64.b64encode(b"z").decode()}},
            f"{CORE}/serviceaccounts/robot/token": {"status": {"token": "minted"}},
        }
        return Answer(200 if path in stored else 404, stored.get(path), {})


def made(directory: Path, *volumes: dict[str, Any], api: Rest | None = None) -> dict[str, bytes]:
    """Make volumes and return the files by path."""
    own = {"namespace": "team", "name": "pod", "uid": "u", "labels": {"app": "x"}}
    pod = {"metadata": own, "spec": {"serviceAccountName": "robot", "volumes": list(volumes)}}
    Volumes(api or Stored(), pod, identity(pod, "127.0.9.1"), directory).make()
    places = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory / "volumes")): path.read_bytes() for path in places}


@pytest.mark.parametrize(
    ("source", "files"),
    [
        ({"emptyDir": {}}, {}),
        ({"secret": {"secretName": "s"}}, {"v/a": b"\x00hidden", "v/b": b""}),
        ({"secret": {"secretName": "s", "items": [{"key": "a", "path": "deep/x"}]}}, {"v/deep/x": b"\x00hidden"}),
        ({"secret": {"secretName": "none", "optional": True}}, {}),
        ({"secret": {"secretName": "s", "optional": True, "items": [{"key": "no", "path": "x"}]}}, {}),
        ({"configMap": {"name": "c"}}, {"v/a": b"shown", "v/z": b"z"}),
        (
            {"downwardAPI": {"items": [{"path": "app", "fieldRef": {"fieldPath": "metadata.labels['app']"}}]}},
            {"v/app": b"x"},
        ),
        (
            {
                "projected": {
                    "sources": [
                        {"serviceAccountToken": {"path": "token"}},
                        {"configMap": {"name": "c", "items": [{"key": "a", "path": "ca.crt"}]}},
                        {
                            "downwardAPI": {
                                "items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]
                            }
                        },
                    ]
                }
            },
            {"v/token": b"minted", "v/ca.crt": b"shown", "v/namespace": b"team"},
        ),
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else "",
)
def test_a_volume_has_its_sources_files(tmp_path: Path, source: dict[str, Any], files: dict[str, bytes]) -> None:
    assert made(tmp_path, {"name": "v", **source}) == files
    assert (tmp_path / "volumes" / "v").is_dir()


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ({"secret": {"secretName": "none"}}, 'secret "none" not found'),
        ({"configMap": {"name": "none"}}, 'configmap "none" not found'),
        ({"secret": {"secretName": "s", "items": [{"key": "no", "path": "x"}]}}, 'secret "s" has no key no'),
        ({"downwardAPI": {"items": [{"path": "x", "fieldRef": {"fieldPath": "status.x"}}]}}, "downwardAPI: "),
        ({"hostPath": {"path": "/"}}, "knows no volume such as v"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, source: dict[str, Any], why: str) -> None:
    with pytest.raises(NotMountedError, match=why):
        made(tmp_path, {"name": "v", **source})


def test_files_are_for_this_user_alone(tmp_path: Path) -> None:
    made(tmp_path, {"name": "v", "secret": {"secretName": "s"}})
    assert (tmp_path / "volumes" / "v" / "a").stat().st_mode & 0o777 == 0o600


def test_a_token_ends_with_its_pod_and_is_for_its_audience(tmp_path: Path) -> None:
    api = Stored()
    source = {"serviceAccountToken": {"path": "token", "audience": "sts"}}
    made(tmp_path, {"name": "v", "projected": {"sources": [source]}}, api=api)
    (asked,) = api.asked
    assert asked["spec"]["boundObjectRef"] == {"apiVersion": "v1", "kind": "Pod", "name": "pod", "uid": "u"}
    assert asked["spec"]["audiences"] == ["sts"]


def test_a_container_finds_what_it_mounts(tmp_path: Path) -> None:
    pod: dict[str, Any] = {"metadata": {"namespace": "team", "name": "pod", "uid": "u"}, "spec": {}}
    volumes = Volumes(Stored(), pod, identity(pod, "127.0.9.1"), tmp_path)
    mounts = volumes.mounts(
        {"volumeMounts": [{"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "/b/c", "subPath": "c"}]}
    )
    assert mounts.locate("/a/x") == tmp_path / "volumes" / "v" / "x"
    assert mounts.locate("/b/c") == tmp_path / "volumes" / "v" / "c"
    assert mounts.locate("/b/d") == tmp_path / "root" / "b" / "d"
