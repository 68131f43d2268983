"""What a jar of Batch Processing Gateway is started with: its container's command and mounts, and the pod's address."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.kubelet.gatewayimage import FLAGS
from localcloud.kubelet.gatewayjar import gateway_jar
from localcloud.kubelet.images import Launch, Mounts, RefusedError, Surroundings

JAR = Path("/builds/target/bpg-release.jar")
COMMAND = ("java", "-Xmx1g", *FLAGS, "-cp", "/gateway/target/bpg-release.jar", "Main", "server", "/etc/app/file.yaml")


def launched(tmp_path: Path, file: dict[str, Any], *command: str) -> Launch:
    place, root = tmp_path / "file", tmp_path / "root"
    place.mkdir()
    root.mkdir()
    (place / "file.yaml").write_text(json.dumps(file))
    env = {"KUBECONFIG": "/k", "KUBERNETES_SERVICE_HOST": "127.0.0.1"}
    return gateway_jar(JAR)(Surroundings(command, env, Mounts({"/etc/app": place}, root), "127.0.9.1", {}, {}))


def test_it_runs_the_containers_command_among_its_mounts(tmp_path: Path) -> None:
    launch = launched(tmp_path, {}, *COMMAND)
    end = launch.argv.index("--")
    assert launch.argv[end + 1 :] == COMMAND
    pairs = launch.argv[end - 6 : end]
    assert dict(zip(pairs[1::2], pairs[::2], strict=True)) == {
        "/etc/app": str(tmp_path / "file"),
        "/etc/app/file.yaml": str(tmp_path / "root" / "bound.json"),
        "/gateway/target": str(JAR.parent),
    }


def test_it_has_no_access_that_a_container_would_not_have(tmp_path: Path) -> None:
    assert {*launched(tmp_path, {}, *COMMAND).env} == {"KUBERNETES_SERVICE_HOST", "PATH", "PYTHONUNBUFFERED"}


@pytest.mark.parametrize("port", [8080, 9000])
def test_the_file_that_is_served_differs_in_the_address_alone(tmp_path: Path, port: int) -> None:
    said = {"adminConnectors": [{"type": "http", "port": port}], "requestLog": {"appenders": []}}
    file = {"queues": [{"name": "q"}], "server": said}
    launched(tmp_path, file, *COMMAND)
    served = json.loads((tmp_path / "root" / "bound.json").read_text())
    assert served == {
        "queues": [{"name": "q"}],
        "server": {
            "requestLog": {"appenders": []},
            "applicationConnectors": [{"type": "http", "port": 8080, "bindHost": "127.0.9.1"}],
            "adminConnectors": [{"type": "http", "port": port, "bindHost": "127.0.9.1"}],
        },
    }


def test_what_would_not_start_is_refused(tmp_path: Path) -> None:
    nowhere = ("java", *FLAGS, "Main", "server", "/etc/app/file.yaml")
    with pytest.raises(RefusedError, match="where the program is"):
        launched(tmp_path, {}, *nowhere)
