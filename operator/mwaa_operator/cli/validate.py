"""`mwaa-operator validate`: what is wrong with workflow definitions, before anything is sent to AWS."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from mwaa_operator.cli.errors import FAILED, OK, USAGE, CliError

if TYPE_CHECKING:
    from mwaa_operator.workflow.definition.findings import Finding
    from mwaa_operator.workflow.definition.validate import Verdict

_MANIFEST = re.compile(rb"^(apiVersion|kind):[ \t]", re.M)
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

    Exit codes: 0 there is no error; 1 there is one; 2 a file cannot be read or is no definition but a manifest.

    Args:
        files: Definitions, each one workflow; `-` is standard input.
        strict: Take operators and attributes that nobody knows for errors, as `validation: Strict` does.
        code: The code that goes with the workflows: one .py, one .sh or a .zip.
        output: text for people, json for programs.
    """
    texts = {str(file): _read(file) for file in files}
    code_file = None if code is None else _code_file(code)
    verdicts = _judge(texts, code_file=code_file, strict=strict)
    if output == "json":
        sys.stdout.write(json.dumps([_plain(name, verdict) for name, verdict in verdicts.items()], indent=2) + "\n")
    else:
        console = Console(soft_wrap=True, highlight=False)
        for name, verdict in verdicts.items():
            _print(console, name, verdict)
    return OK if all(verdict.definition is not None for verdict in verdicts.values()) else FAILED


def _read(file: Path) -> bytes:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise CliError(f"{file}: {error.strerror}", next_step="name a file that you can read", code=USAGE) from error
    if {b"apiVersion", b"kind"} <= set(_MANIFEST.findall(data)):
        raise CliError(
            f"{file}: this is a Kubernetes manifest, not a workflow definition",
            next_step="put what stands in its spec.definition (inline or yaml) into a file of its own and name that",
            code=USAGE,
        )
    return data


def _code_file(code: Path) -> str:
    if not code.is_file():
        raise CliError(f"{code}: there is no such file", next_step="name the code with --code", code=USAGE)
    return code.name


def _judge(texts: dict[str, bytes], *, code_file: str | None, strict: bool) -> dict[str, Verdict]:
    from mwaa_operator.workflow.definition.load import load_operators
    from mwaa_operator.workflow.definition.validate import validate_bytes

    knowledge = load_operators()
    today = datetime.now(UTC).date()  # noqa: TID251  the command line is where time comes in
    return {
        name: validate_bytes(
            data,
            knowledge=knowledge,
            has_code=code_file is not None,
            code_file=code_file,
            strict=strict,
            today=today,
        )
        for name, data in texts.items()
    }


def _print(console: Console, name: str, verdict: Verdict) -> None:
    for finding in verdict.findings:
        console.print(_line(name, finding))
        console.print(Text(f"  next: {finding.hint}"))
    counts = {word: sum(item.severity == word for item in verdict.findings) for word in ("Error", "Warning")}
    told = ", ".join(f"{count} {word.lower()}{'s' if count > 1 else ''}" for word, count in counts.items() if count)
    console.print(Text(f"{name}: {'invalid' if counts['Error'] else 'valid'}{', ' if told else ''}{told}"))


def _line(name: str, finding: Finding) -> Text:
    from mwaa_operator.workflow.definition.findings import printable

    return Text.assemble(
        f"{name}:{printable(finding.path)}: ",
        (str(finding.severity), _STYLES[finding.severity]),
        f" {finding.code} {finding.message}",
    )


def _plain(name: str, verdict: Verdict) -> dict[str, Any]:
    findings = [asdict(finding) for finding in verdict.findings]
    return {"file": name, "valid": verdict.definition is not None, "findings": findings}
