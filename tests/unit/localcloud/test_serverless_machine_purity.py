"""The state machine is pure: what it imports, directly or not, has no clock, no chance, no threads and no network."""

from __future__ import annotations

import ast
from pathlib import Path

import localcloud.aws.serverless.machine

ROOT = Path(localcloud.aws.serverless.machine.__file__).parents[3]
ROOM = ROOT / "localcloud/aws/serverless"
ALLOWED = {
    "__future__",
    "bisect",
    "collections",
    "cronsim",
    "dataclasses",
    "datetime",
    "enum",
    "fnmatch",
    "graphlib",
    "hashlib",
    "jinja2",
    "json",
    "math",
    "localcloud",
    "re",
    "typing",
    "yaml",
}
BOUND = {"account.py", "artifacts.py", "control.py", "inspection.py", "service.py", "store.py"}
"""Modules of the room that belong to the server; all others are the machine's."""


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_the_machine_imports_nothing_that_waits_draws_or_talks() -> None:
    todo = [f"localcloud.aws.serverless.{path.stem}" for path in ROOM.glob("*.py") if path.name not in BOUND]
    seen: set[str] = set()
    roots: set[str] = set()
    while todo:
        module = todo.pop()
        path = ROOT / (module.replace(".", "/") + ".py")
        if module in seen or not path.exists():
            continue
        seen.add(module)
        names = imports_of(path)
        roots |= {name.partition(".")[0] for name in names}
        todo += [name for name in names if name.startswith("localcloud.")]

    assert len(seen) > 25
    assert roots <= ALLOWED


def test_nothing_but_the_service_asks_for_the_time() -> None:
    for path in ROOM.glob("*.py"):
        if path.name == "service.py":
            continue
        names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
        assert not names & {"utcnow", "today", "monotonic", "perf_counter", "time"}, path.name


def test_nothing_executes_or_renders_a_definition() -> None:
    for path in ROOM.glob("*.py"):
        tree = ast.parse(path.read_text())
        called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
        names = {item.id for item in called if isinstance(item, ast.Name)}
        names |= {item.attr for item in called if isinstance(item, ast.Attribute)}
        assert not names & {"eval", "exec", "render", "from_string", "full_load", "unsafe_load", "import_module"}, path
