"""Which files say where the API server is, and who we are."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mwaa_operator.kube.connection import authorization, credentials, load_configuration
from mwaa_operator.kube.errors import Forbidden

IN_CLUSTER = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def kubeconfig(path: Path, server: str, **user: str) -> Path:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    """Return a directory as the kubelet mounts it."""
    directory = tmp_path / "serviceaccount"
    directory.mkdir()
    (directory / "token").write_text("mounted-token\n")
    (directory / "ca.crt").write_text("a certificate")
    return directory


def test_kubeconfig_wins_over_the_pods_own_files(tmp_path: Path, mounted: Path) -> None:
    named = kubeconfig(tmp_path / "named", "https://named:6443/", token="t")
    found = credentials(load_configuration({**IN_CLUSTER, "KUBECONFIG": str(named)}, mounted))
    assert (found.server, found.authorization) == ("https://named:6443", "Bearer t")


def test_the_pods_own_files_win_over_the_home_directory(tmp_path: Path, mounted: Path) -> None:
    kubeconfig(tmp_path / ".kube" / "config", "https://home", token="t")
    found = credentials(load_configuration({**IN_CLUSTER, "HOME": str(tmp_path)}, mounted))
    assert (found.server, found.authorization) == ("https://10.0.0.1:443", "bearer mounted-token")
    assert found.ca_file == str(mounted / "ca.crt")


def test_outside_a_pod_the_home_directory_serves(tmp_path: Path, mounted: Path) -> None:
    kubeconfig(tmp_path / ".kube" / "config", "https://home", token="t")
    assert credentials(load_configuration({"HOME": str(tmp_path)}, mounted)).server == "https://home"


@pytest.mark.parametrize("environ", [{}, {"KUBECONFIG": "/nonexistent/config"}, IN_CLUSTER], ids=str)
def test_no_access_says_what_to_do(environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(Forbidden, match="set KUBECONFIG"):
        load_configuration({"HOME": str(tmp_path), **environ}, tmp_path / "nothing")


@pytest.mark.parametrize("content", ["", "current-context: gone", "[1, 2"], ids=["empty", "dangling", "not-yaml"])
def test_a_broken_kubeconfig_says_what_to_do(content: str, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(content)
    with pytest.raises(Forbidden, match="set KUBECONFIG"):
        load_configuration({"KUBECONFIG": str(path)}, tmp_path)


def test_a_rotated_token_file_is_read_by_the_next_load(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first")
    named = {"KUBECONFIG": str(kubeconfig(tmp_path / "named", "https://named", tokenFile=str(token)))}
    assert authorization(load_configuration(named, tmp_path)) == "Bearer first"
    token.write_text("second")
    assert authorization(load_configuration(named, tmp_path)) == "Bearer second"


def test_a_token_is_never_printed(tmp_path: Path) -> None:
    named = kubeconfig(tmp_path / "named", "https://named", token="hidden")
    assert "hidden" not in repr(credentials(load_configuration({"KUBECONFIG": str(named)}, tmp_path)))


def test_mutations_are_not_resent_by_the_pool(tmp_path: Path) -> None:
    named = kubeconfig(tmp_path / "named", "https://named", token="t")
    assert load_configuration({"KUBECONFIG": str(named)}, tmp_path).retries is False
