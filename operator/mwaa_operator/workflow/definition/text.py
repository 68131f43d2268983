"""From bytes to a document: size, UTF-8 and YAML, with every limit that keeps a hostile text harmless. Pure.

Nothing is executed, no tag creates an object, no alias is written out. Whatever the bytes are, the answer is a document
or findings, never an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from mwaa_operator.workflow.definition.codes import Code
from mwaa_operator.workflow.definition.findings import Finding, error, printable
from mwaa_operator.workflow.definition.tree import Tree, TreeError

MAX_BYTES = 51_200
"""The guide says 50 KB (MWAA Serverless user guide, "Quotas"); read as 50 times 1,024, the larger of the two readings,
so that nothing is held back that the service would take."""


@dataclass(frozen=True)
class Parsed:
    """What a text says.

    Attributes:
        document: Mappings, lists and scalars; None where the text could not be read to its end. Parts that aliases
            repeat are the same object: do not change them.
        findings: What is wrong with the text itself.
    """

    document: Any
    findings: tuple[Finding, ...] = ()


def parse(data: bytes) -> Parsed:
    """Read a definition.

    Args:
        data: The whole file.
    """
    if len(data) > MAX_BYTES:
        return _failed(
            Code.TOO_LARGE,
            f"the definition has {len(data):,} bytes, more than {MAX_BYTES:,} (50 KB)",
            "Move long queries and scripts to S3 or into the code, or split the workflow.",
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as refusal:
        return _failed(Code.NOT_UTF8, f"byte {refusal.start + 1} is no UTF-8", "Save the file as UTF-8.")
    return _read(text)


def _read(text: str) -> Parsed:
    tree = Tree()
    try:
        _fill(tree, text)
    except TreeError as end:
        return Parsed(None, (*tree.findings, end.finding))
    except yaml.YAMLError as refusal:
        return Parsed(None, (*tree.findings, _syntax(refusal)))
    if not tree.filled:
        return _failed(Code.EMPTY_DEFINITION, "the definition is empty", "Write `<workflow id>: {tasks: {…}}`.")
    return Parsed(tree.document, tuple(tree.findings))


def _fill(tree: Tree, text: str) -> None:
    """Hand the text's events to the tree; as `yaml.parse`, which asks the loader twice for each."""
    loader = _LOADER(text)
    try:
        while not isinstance(event := loader.get_event(), yaml.StreamEndEvent):
            tree.add(event)
    finally:
        loader.dispose()


def _syntax(refusal: yaml.YAMLError) -> Finding:
    mark = getattr(refusal, "problem_mark", None)
    place = "the text" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"
    problem = getattr(refusal, "problem", None) or str(refusal).partition("\n")[0] or "no YAML"
    return error(
        Code.SYNTAX,
        "",
        f"{place}: {printable(str(problem))[:200]}",
        "Correct the YAML there: often a missing quote, a tab, or a wrong indentation on the line before.",
    )


def _failed(code: Code, message: str, hint: str) -> Parsed:
    return Parsed(None, (error(code, "", message, hint),))


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: about ten times as fast."""
