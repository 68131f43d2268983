"""From bytes to plain YAML values: safe, bounded, and never more than data.

Source: MWAA Serverless user guide, quotas (a definition has at most 50 KB). Tags other than YAML's own are refused by
SafeLoader; aliases may not blow a small text up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from localcloud.aws.serverless.findings import Findings, Malformed

SIZE_LIMIT = 50 * 1024
NODE_LIMIT = 50_000
DEPTH_LIMIT = 64
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(content: bytes) -> Any:
    """Return what the text says. Raises Malformed when it is too large, not UTF-8, no YAML, or expands without end."""
    if len(content) > SIZE_LIMIT:
        findings = Findings()
        findings.problem(
            "DefinitionS3Location", f"The definition has {len(content)} bytes; at most {SIZE_LIMIT} are allowed."
        )
        raise Malformed.of(findings)
    try:
        text = content.decode("utf-8")
        _check_depth(text)
        value = yaml.load(text, Loader=LOADER)  # noqa: S506  it is a SafeLoader
    except UnicodeDecodeError as problem:
        raise Malformed.unreadable(f"not UTF-8: {problem.reason}") from None
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as problem:
        raise Malformed.unreadable(str(problem).partition("\n")[0]) from None
    for count, _ in enumerate(strings(value), start=1):
        if count > NODE_LIMIT:
            raise Malformed.unreadable("aliases expand to too many values")
    return value


def _check_depth(text: str) -> None:
    """Refuse what nests too deeply before a tree is built of it: libyaml's composer recurses until the stack ends."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH_LIMIT:
                raise Malformed.unreadable("nested too deeply")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def strings(value: Any, depth: int = 0) -> Iterator[str]:
    """Return every text in a value, keys included, depth first; other leaves as "". Raises Malformed when too deep."""
    if depth > DEPTH_LIMIT:
        raise Malformed.unreadable("nested too deeply")
    if isinstance(value, dict):
        for key, item in value.items():
            yield key if isinstance(key, str) else ""
            yield from strings(item, depth + 1)
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield ""
            yield from strings(item, depth + 1)
    else:
        yield value if isinstance(value, str) else ""
