"""The state machine is pure: what it imports, directly or not, has no clock, no chance, no threads and no network."""

from __future__ import annotations

import ast
from pathlib import Path

import localcloud.aws.mwaa.machine
import localcloud.aws.mwaa.pokes

ROOT = Path(localcloud.aws.mwaa.machine.__file__).parents[3]
ALLOWED = {
    "__future__",
    "bisect",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "hashlib",
    "localcloud",
    "re",
    "typing",
}


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
    todo = ["localcloud.aws.mwaa.machine", "localcloud.aws.mwaa.pokes"]
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

    assert len(seen) > 10
    assert roots <= ALLOWED


def test_the_machine_never_asks_for_the_time() -> None:
    for path in (ROOT / "localcloud/aws/mwaa").glob("*.py"):
        if path.name == "service.py":
            continue
        names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
        assert not names & {"utcnow", "today", "monotonic", "perf_counter"}, path.name
