"""The rules of the house hold for the tree; and each rule finds a violation that is planted for it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import house
from tests.support.house import Tree, tree_of

ROOT = Path(__file__).parent.parent.parent

RULES = (
    house.shadowing_packages,
    house.registry_addresses,
    house.machine_paths,
    house.open_ends,
    house.binaries,
    house.unhashed_requirements,
    house.impurities,
)

PLAN = "operator/mwaa_operator/environment/plan.py"
HASH = "    --hash=sha256:00"

VIOLATIONS: tuple[tuple[Callable[[Tree], list[str]], str, str | bytes], ...] = (
    (house.shadowing_packages, "operator/__init__.py", ""),
    (house.registry_addresses, "requirements/run.txt", "--ind" + "ex-url https://example.org/simple"),
    (house.registry_addresses, "pip.conf", "extra-ind" + "ex-url = x"),
    (house.registry_addresses, "docs/a.md", "see https://py" + "pi.org/project/kopf"),
    (house.registry_addresses, "Dockerfile", "ENV GOPROXY=https://proxy.go" + "lang.org"),
    (house.registry_addresses, "requirements/run.txt", "kopf @ https://files.python" + "hosted.org/kopf.whl"),
    (house.registry_addresses, ".npmrc", "registry=https://registry.np" + "mjs.org"),
    (house.machine_paths, "Makefile", "VENV := /ro" + "ot/venv"),
    (house.machine_paths, "docs/a.md", "read `/wo" + "rk/main/README.md`"),
    (house.machine_paths, "a.py", "cache = '/ho" + "me/alice/.cache'"),
    (house.open_ends, "a.py", "# TO" + "DO: finish"),
    (house.open_ends, "docs/a.md", "FIX" + "ME"),
    (house.binaries, "bin/etcd", b"\x7fELF\x02"),
    (house.binaries, "data.bin", b"text\0text"),
    (house.binaries, "plugins.zip", b"PK\x03\x04"),
    (house.unhashed_requirements, "requirements/run.txt", f"kopf==1.45.2 \\\n{HASH}\nboto3==1.44.5\n"),
    (house.unhashed_requirements, "requirements/run.txt", f"kopf>=1.45 \\\n{HASH}\n"),
    (house.impurities, PLAN, "import boto3"),
    (house.impurities, PLAN, "import os.path"),
    (house.impurities, PLAN, "from time import monotonic"),
    (house.impurities, PLAN, "def f():\n    import logging"),
    (house.impurities, PLAN, "from datetime import datetime\nnow = datetime.now()"),
    (house.impurities, PLAN, "text = open('versions.yaml').read()"),
    (house.impurities, PLAN, "def f(path): return path.read_text()"),
    (house.impurities, "operator/mwaa_operator/environment/plan_update.py", "import random"),
    (house.impurities, "operator/mwaa_operator/api/meta.py", "import kubernetes"),
    (house.impurities, "operator/mwaa_operator/account/api.py", "import kopf"),
    (house.impurities, "operator/mwaa_operator/account/admit.py", "import asyncio"),
    (house.impurities, "operator/mwaa_operator/environment/compare.py", "import threading"),
    (house.impurities, "operator/mwaa_operator/gateway/bpg/route.py", "import random"),
    (house.impurities, "operator/mwaa_operator/gateway/tokens/rotation.py", "import secrets"),
)

INNOCENT: tuple[tuple[str, str | bytes], ...] = (
    ("operator/mwaa_operator/__init__.py", ""),
    ("Makefile", "uv pip compile --no-emit-ind" + "ex-url"),
    ("docs/a.md", "GET https://example.org/ro" + "ot/x and $BASE/wo" + "rk/x and the method todo()"),
    ("requirements/run.txt", f"# made by make lock\nkopf==1.45.2 \\\n{HASH} \\\n{HASH}\n"),
    (PLAN, "from datetime import datetime, timedelta\ndef plan(now: datetime): return now + timedelta(1)"),
    ("operator/mwaa_operator/environment/observe.py", "import boto3, time"),
    ("operator/mwaa_operator/aws/api/deeper.py", "import boto3"),
)


@pytest.fixture(scope="module")
def repository() -> Tree:
    """Everything that is, or would be, committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    paths = [path for path in listed.split("\0") if path and (ROOT / path).is_file()]
    return {path: (ROOT / path).read_bytes() for path in paths}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_repository_keeps_the_rule(rule: Callable[[Tree], list[str]], repository: Tree) -> None:
    assert rule(repository) == []


@pytest.mark.parametrize(("rule", "path", "content"), VIOLATIONS)
def test_a_planted_violation_is_found(rule: Callable[[Tree], list[str]], path: str, content: str | bytes) -> None:
    [found] = rule(tree_of([*INNOCENT, (path, content)]))
    assert path in found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_what_only_looks_like_a_violation_passes(rule: Callable[[Tree], list[str]]) -> None:
    assert rule(tree_of(INNOCENT)) == []


def test_what_a_pure_module_imports_of_ours_has_to_be_pure_too() -> None:
    helper = ("operator/mwaa_operator/environment/words.py", "import time")
    importing = "from mwaa_operator.environment import words"
    assert house.impurities(tree_of([helper])) == []
    assert house.impurities(tree_of([helper, (PLAN, importing)])) == [f"{helper[0]} imports time"]


def test_an_import_for_types_alone_is_no_impurity() -> None:
    code = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import boto3"
    assert house.impurities(tree_of([(PLAN, code)])) == []
