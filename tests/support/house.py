"""The rules of the house as pure functions: each takes the tree as (path, content) pairs and returns what breaks it.

Words that must not occur anywhere are put together here from halves, so that these files keep their own rules.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import PurePosixPath

Tree = Mapping[str, bytes]
"""Paths relative to the repository's root, with forward slashes, and the files' contents."""

REGISTRIES = re.compile(
    "|".join(
        (
            r"(?<!no-emit-)ind" + "ex-url",
            "py" + r"pi\.(?:org|python)",
            "files.python" + "hosted",
            r"(?:proxy|sum)\.go" + r"lang\.org",
            "registry.np" + "mjs",
            "repo1?.ma" + "ven",
            r"(?:static|index)\.cra" + r"tes\.io",
            "deb.deb" + "ian",
        )
    )
)
"""Whoever installs chooses the registry; a tree that names one breaks for those who have a mirror."""

MACHINE_PATHS = re.compile(r"(?<![\w.$}~-])/(?:" + "ro" + "ot|wo" + "rk|ho" + r"me/[a-z_][\w-]*)(?=/)")

LEFT_OPEN = re.compile(r"\b(?:TO" + "DO|FIX" + r"ME|XX" + r"X)\b")

BINARY_STARTS = (
    b"\x7fELF",
    b"MZ\x90",
    b"\xfe\xed\xfa",
    b"\xcf\xfa\xed\xfe",
    b"\x00asm",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"!<arch>",
)
"""ELF, PE, Mach-O, WebAssembly, ZIP, gzip, ar."""

PURE = (
    "operator/mwaa_operator/api/*.py",
    "operator/mwaa_operator/*/api.py",
    "operator/mwaa_operator/*/plan*.py",
    "operator/mwaa_operator/*/plan/*.py",
    "operator/mwaa_operator/*/preflight/checks.py",
    "operator/mwaa_operator/*/admit.py",
    "operator/mwaa_operator/*/compare*.py",
    "operator/mwaa_operator/gateway/bpg/*.py",
    "operator/mwaa_operator/workflow/definition/validate.py",
    "operator/mwaa_operator/workflow/definition/canonical.py",
    "operator/mwaa_operator/workflow/role/generate.py",
    "operator/mwaa_operator/workflow/role/trust.py",
    "operator/mwaa_operator/gateway/hidden.py",
    "operator/mwaa_operator/gateway/names.py",
    "operator/mwaa_operator/gateway/clusters/keys.py",
    "operator/mwaa_operator/gateway/clusters/minted.py",
    "operator/mwaa_operator/gateway/clusters/timings.py",
    "operator/mwaa_operator/gateway/objects/*.py",
    "operator/mwaa_operator/gateway/render/*.py",
    "operator/mwaa_operator/gateway/tokens/judge.py",
    "operator/mwaa_operator/gateway/tokens/jwts.py",
    "operator/mwaa_operator/gateway/tokens/outcomes.py",
    "operator/mwaa_operator/gateway/tokens/ring.py",
    "operator/mwaa_operator/gateway/tokens/rotation.py",
    "operator/mwaa_operator/gateway/tokens/secrets.py",
    "operator/mwaa_operator/gateway/tokens/told.py",
    "operator/mwaa_operator/gateway/routestatus/*.py",
    "operator/mwaa_operator/gateway/tally.py",
    "operator/mwaa_operator/gateway/importing/*.py",
)
"""Modules that decide. Whatever of ours they import has to be as pure as they are."""

IMPURE_MODULES = frozenset(
    {"aiohttp", "boto3", "botocore", "kopf", "kubernetes", "requests", "structlog", "urllib3"}
    | {"asyncio", "concurrent", "multiprocessing", "queue", "selectors", "signal", "subprocess", "threading"}
    | {"glob", "importlib", "io", "logging", "os", "pathlib", "shutil", "sys", "tempfile"}
    | {"http", "random", "secrets", "socket", "ssl", "time", "urllib"}
)
IMPURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__"})
IMPURE_METHODS = frozenset(
    {"now", "utcnow", "today", "read_text", "read_bytes", "write_text", "write_bytes", "uuid1", "uuid4"}
)


def shadowing_packages(tree: Tree) -> list[str]:
    """`operator/` on the import path with an `__init__.py` would hide the standard library's `operator`."""
    return [path for path in tree if path == "operator/__init__.py"]


def registry_addresses(tree: Tree) -> list[str]:
    """Lines that name a package registry or an option to choose one."""
    return _lines_with(REGISTRIES, tree)


def machine_paths(tree: Tree) -> list[str]:
    """Lines with a path that exists on one machine only."""
    return _lines_with(MACHINE_PATHS, tree)


def open_ends(tree: Tree) -> list[str]:
    """Lines that say that something is unfinished."""
    return _lines_with(LEFT_OPEN, tree)


def binaries(tree: Tree) -> list[str]:
    """Files that are no text."""
    return [path for path, content in tree.items() if b"\0" in content or content.startswith(BINARY_STARTS)]


def unhashed_requirements(tree: Tree) -> list[str]:
    """Requirements in a lock file without a hash, or not pinned to one version."""
    return [
        f"{path}: {requirement.split()[0]}"
        for path, content in tree.items()
        if fnmatch(path, "requirements/*.txt")
        for requirement in _logical_lines(content.decode())
        if "==" not in requirement or "--hash=sha256:" not in requirement
    ]


def impurities(tree: Tree) -> list[str]:
    """What modules that decide, and ours that they import, do with the world: imports, calls, clocks, files."""
    modules = {_module(path): path for path in tree if path.startswith("operator/") and path.endswith(".py")}
    waiting = [name for name, path in modules.items() if any(_matches(path, pattern) for pattern in PURE)]
    seen: set[str] = set()
    found: list[str] = []
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        code = ast.parse(tree[modules[name]])
        imported = list(_imports(code))
        outside = sorted({other.split(".")[0] for other in imported} & IMPURE_MODULES)
        found += [f"{modules[name]} imports {other}" for other in outside]
        found += [f"{modules[name]}:{line} calls {what}" for line, what in _calls(code)]
        waiting += [other for other in imported if other in modules]
    return sorted(found)


def _lines_with(pattern: re.Pattern[str], tree: Tree) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, content in tree.items()
        for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]


def _logical_lines(text: str) -> Iterator[str]:
    joined = text.replace("\\\n", " ")
    return (line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def _matches(path: str, pattern: str) -> bool:
    return len(PurePosixPath(path).parts) == len(PurePosixPath(pattern).parts) and fnmatch(path, pattern)


def _module(path: str) -> str:
    return path.removeprefix("operator/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imports(code: ast.Module) -> Iterator[str]:
    """Yield modules imported at run time; `from a import b` yields both a and a.b, since b may be a module."""
    for node in _run_time_nodes(code):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _run_time_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from _run_time_nodes(child)


def _calls(code: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(code):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_CALLS:
                yield node.lineno, name
            case ast.Call(func=ast.Attribute(attr=name)) if name in IMPURE_METHODS:
                yield node.lineno, name


def tree_of(files: Iterable[tuple[str, str | bytes]]) -> Tree:
    """Build a tree from pairs, for tests."""
    return {path: content.encode() if isinstance(content, str) else content for path, content in files}
