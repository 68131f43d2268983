"""`mwaa-operator validate`: what is wrong with workflow definitions, before anything is sent to AWS."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from mwaa_operator.api.words import counted
from mwaa_operator.cli.errors import FAILED, OK, USAGE, CliError
from mwaa_operator.cli.given import Given, read

if TYPE_CHECKING:
    from mwaa_operator.workflow.definition.findings import Finding
    from mwaa_operator.workflow.definition.validate import Verdict

_STYLES = {"Error": "bold red", "Warning": "yellow"}


def validate(
    files: Annotated[list[Path], Parameter(allow_leading_hyphen=True)],
    /,
    *,
    strict: bool = False,
    code: Path | None = None,
    output: Annotated[Literal["text", "json"], Parameter(name=["--output", "-o"])] = "text",
) -> int:
    """Check definitions of MWAA Serverless workflows by the rules that the operator applies; AWS is not asked.

    Exit codes: 0 there is no error; 1 there is one; 2 a file cannot be read, or is a manifest without a definition.

    Args:
        files: Definitions, each one workflow, or manifests of ServerlessWorkflows; `-` is standard input.
        strict: Take operators and attributes that nobody knows for errors, as `validation: Strict` does.
        code: The code that goes with the workflows, where no manifest says it: one .py, one .sh or a .zip.
        output: text for people, json for programs.
    """
    given = list({item.name: item for file in files for item in read(file)}.values())
    code_file = None if code is None else _code_file(code)
    verdicts = [(item, _judge(item, code_file=code_file, strict=strict)) for item in given]
    if output == "json":
        sys.stdout.write(json.dumps([_plain(item, verdict) for item, verdict in verdicts], indent=2) + "\n")
    else:
        console = Console(soft_wrap=True, highlight=False)
        for item, verdict in verdicts:
            _print(console, item.name, verdict)
    return OK if all(verdict.definition is not None for _, verdict in verdicts) else FAILED


def _code_file(code: Path) -> str:
    if not code.is_file():
        raise CliError(f"{code}: there is no such file", next_step="name the code with --code", code=USAGE)
    return code.name


def _judge(item: Given, *, code_file: str | None, strict: bool) -> Verdict:
    from mwaa_operator.workflow.definition.load import load_operators
    from mwaa_operator.workflow.definition.validate import validate_bytes

    file = item.code_file or code_file
    return validate_bytes(
        item.data,
        knowledge=load_operators(),
        has_code=file is not None,
        code_file=file,
        strict=strict or item.strict,
        today=datetime.now(UTC).date(),  # noqa: TID251  the command line is where time comes in
    )


def _print(console: Console, name: str, verdict: Verdict) -> None:
    for finding in verdict.findings:
        console.print(_line(name, finding))
        console.print(Text(f"  next: {finding.hint}"))
    counts = {word: sum(item.severity == word for item in verdict.findings) for word in ("Error", "Warning")}
    told = ", ".join(counted(count, word.lower()) for word, count in counts.items() if count)
    console.print(Text(f"{name}: {'invalid' if counts['Error'] else 'valid'}{', ' if told else ''}{told}"))


def _line(name: str, finding: Finding) -> Text:
    from mwaa_operator.workflow.definition.findings import printable

    return Text.assemble(
        f"{name}:{printable(finding.path)}: ",
        (str(finding.severity), _STYLES[finding.severity]),
        f" {finding.code} {finding.message}",
    )


def _plain(item: Given, verdict: Verdict) -> dict[str, Any]:
    findings = [asdict(finding) for finding in verdict.findings]
    place = {"file": item.file, **({"workflow": item.workflow} if item.workflow else {})}
    return place | {"valid": verdict.definition is not None, "findings": findings}
