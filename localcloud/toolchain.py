"""Finds the control plane's programs, or compiles them once per user.

Why compile: kube-apiserver has no package on PyPI, and Go modules are pinned, checked by hash and the same everywhere.
Order of choice: `KUBEBUILDER_ASSETS` (etcd, kube-apiserver, kubectl), the cache, a build. It starts nothing but the Go
compiler.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localcloud.gotoolchain import find_go

MODULES = Path(__file__).parent / "tools"

KUBE_VERSION_VARIABLES = "k8s.io/component-base/version", "k8s.io/client-go/pkg/version"
"""Packages whose gitVersion the programs report; unset, it is v0.0.0-master and upsets version checks."""


class ToolchainError(RuntimeError):
    """A tool is missing and could not be built; the message says what to do."""


@dataclass(frozen=True)
class Tool:
    """A program: the Go package it is built from and the module (a directory of tools/) that pins it."""

    name: str
    module: str
    package: str
    asset: bool = False
    """Whether `KUBEBUILDER_ASSETS` may provide it."""


# The cheap ones first: whoever waits sees progress early, and kubectl warms what the servers need.
TOOLS = (
    Tool("etcd", "kube", "go.etcd.io/etcd/server/v3", asset=True),
    Tool("kubectl", "kube", "k8s.io/kubernetes/cmd/kubectl", asset=True),
    Tool("kube-apiserver", "kube", "k8s.io/kubernetes/cmd/kube-apiserver", asset=True),
    Tool("kube-controller-manager", "kube", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    Tool("helm", "helm", "helm.sh/helm/v4/cmd/helm"),
)


@dataclass(frozen=True)
class Toolchain:
    """Where each program is."""

    paths: Mapping[str, Path]

    def __getitem__(self, name: str) -> str:
        return str(self.paths[name])


def cache_directory() -> Path:
    """Return the user's cache directory of this project (XDG base directory specification)."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "mwaa-operator"


def ensure_tools() -> Toolchain:
    """Return all programs, compiling what is missing; progress goes to standard output.

    Raises:
        ToolchainError: a build failed.
        GoMissingError: there is no Go and none could be installed.
    """
    found = {tool.name: path for tool in TOOLS if (path := _present(tool))}
    missing = [tool for tool in TOOLS if tool.name not in found]
    if missing:
        with _one_builder_at_a_time():
            found |= {tool.name: path for tool in missing if (path := _present(tool))}
            _build([tool for tool in missing if tool.name not in found])
        found |= {tool.name: _cached(tool) for tool in missing}
    return Toolchain(found)


def _present(tool: Tool) -> Path | None:
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    places = [Path(assets) / tool.name] if assets and tool.asset else []
    return next((place for place in [*places, _cached(tool)] if os.access(place, os.X_OK)), None)


def _cached(tool: Tool) -> Path:
    directory = MODULES / tool.module
    recipe = [
        (directory / "go.mod").read_bytes(),
        (directory / "go.sum").read_bytes(),
        " ".join(build_flags(tool.module)).encode(),
        f"{platform.system()} {platform.machine()}".encode(),
    ]
    digest = hashlib.sha256(b"\0".join(recipe)).hexdigest()[:16]
    return cache_directory() / "tools" / digest / "bin" / tool.name


def build_flags(module: str) -> list[str]:
    """Return the `go build` flags of a module: small, reproducible, with the version that programs report."""
    stamps: list[str] = []
    if module == "kube":
        version = module_version(module, "k8s.io/kubernetes")
        major, minor, _ = version.removeprefix("v").split(".", 2)
        stamps = [f"-X {package}.gitVersion={version}" for package in KUBE_VERSION_VARIABLES]
        stamps += [
            f"-X {KUBE_VERSION_VARIABLES[0]}.gitMajor={major}",
            f"-X {KUBE_VERSION_VARIABLES[0]}.gitMinor={minor}",
        ]
    if module == "helm":
        stamps = [f"-X helm.sh/helm/v4/internal/version.version={module_version(module, 'helm.sh/helm/v4')}"]
    return ["-trimpath", "-buildvcs=false", "-mod=readonly", f"-ldflags={' '.join(['-s', '-w', *stamps])}"]


def module_version(module: str, requirement: str) -> str:
    """Return the version that a tool module's go.mod requires of a Go module."""
    found = re.search(
        rf"^\s*(?:require )?{re.escape(requirement)} (v\S+)", (MODULES / module / "go.mod").read_text(), re.M
    )
    if found is None:
        raise ToolchainError(
            f"tools/{module}/go.mod does not require {requirement}: restore that file from the repository"
        )
    return found[1]


@contextmanager
def _one_builder_at_a_time() -> Iterator[None]:
    cache_directory().mkdir(parents=True, exist_ok=True)
    with (cache_directory() / "build.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another process is building the tools: waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(missing: Sequence[Tool]) -> None:
    if not missing:
        return
    go = find_go(cache_directory())
    print(f"Compiling {len(missing)} of {len(TOOLS)} tools with {go}", flush=True)
    print("This happens once; all of them take six to eight minutes on two cores", flush=True)
    for number, tool in enumerate(missing, start=1):
        left = ", ".join(other.name for other in missing[number:]) or "nothing"
        print(f"[{number}/{len(missing)}] {tool.name} (then: {left})", flush=True)
        began = time.monotonic()
        _compile(go, tool)
        print(f"[{number}/{len(missing)}] {tool.name} built in {time.monotonic() - began:.0f} s", flush=True)


def _compile(go: Path, tool: Tool) -> None:
    """Build into a temporary name and rename: a tool is there completely or not at all."""
    target = _cached(tool)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{tool.name}.unfinished")
    command = [str(go), "build", *build_flags(tool.module), "-o", str(unfinished), tool.package]
    settings = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    done = subprocess.run(command, cwd=MODULES / tool.module, env=os.environ | settings, check=False)
    if done.returncode != 0:
        raise ToolchainError(
            f"go could not build {tool.name} (its messages are above). If it could not download: check that Go reaches "
            "its module proxy (`go env GOPROXY`). If it ran out of memory or disk: it needs 2 GB of each. Then run the "
            "same command again; what is built is kept."
        )
    unfinished.replace(target)
