"""What `mwaa-operator simulate` prints: an answer of BPG's as a table or as JSON, and the exit code that it means.

Whatever stands in the file or the job is shown escaped, so that no name can speak to the terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mwaa_operator.cli.errors import FAILED, OK

if TYPE_CHECKING:
    from mwaa_operator.gateway.bpg.answer import Answer, Refusal
    from mwaa_operator.gateway.bpg.config import Config, StartFailure

REFUSED = 3
"""Exit code: BPG refuses the job, whatever it draws."""
UNCERTAIN = 4
"""Exit code: BPG refuses the job in some draws and takes it in others."""


def tell_failure(failure: StartFailure, output: str) -> int:
    """Print why BPG does not start, and return the exit code."""
    if output == "json":
        told = {"path": failure.path, "message": failure.message}
        sys.stdout.write(json.dumps({"startFailure": told}, indent=2) + "\n")
    else:
        Console(soft_wrap=True, highlight=False).print(Text(f"BPG does not start: {shown(failure.message)}"))
    return FAILED


def tell(config: Config, user: str, answer: Answer, *, output: str, revision: str | None) -> int:
    """Print an answer, and return the exit code.

    Args:
        config: The file that answered.
        user: Who asked.
        answer: What became of the job.
        output: text or json.
        revision: Of a gateway's file; None for one that was named.
    """
    if output == "json":
        place = {} if revision is None else {"revision": revision}
        sys.stdout.write(json.dumps(place | _plain(config, user, answer), indent=2) + "\n")
    else:
        _print(Console(soft_wrap=True, highlight=False), config, answer)
    if answer.accepted == 1:
        return OK
    return UNCERTAIN if answer.accepted else REFUSED


def shown(text: str) -> str:
    """Return a text with everything that does not print escaped."""
    return text if text.isprintable() else repr(text)[1:-1]


def _print(console: Console, config: Config, answer: Answer) -> None:
    if answer.refusal is not None:
        console.print(Text(_refusal(answer.refusal)))
    else:
        console.print(_table(config, answer))
        for refusal, share in answer.refusals:
            console.print(Text(f"{_percent(share)} ({share}) {_refusal(refusal)}"))
    for oddity in answer.warnings:
        console.print(Text.assemble(("warning", "yellow"), f": {oddity.code} {shown(oddity.message)}"))


def _table(config: Config, answer: Answer) -> Table:
    table = Table("share", "", "cluster", "namespace", "queue of the labels")
    for choice, share in answer.choices:
        namespace = _namespace(config, choice.cluster)
        cells = (_percent(share), str(share), shown(choice.id), shown(namespace), shown(choice.queue))
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _refusal(refusal: Refusal) -> str:
    return f"refused with {refusal.status} ({refusal.stage}): {shown(refusal.message)}"


def _plain(config: Config, user: str, answer: Answer) -> dict[str, Any]:
    return {
        "profile": str(config.profile),
        "user": user,
        "accepted": _share(answer.accepted),
        "choices": list(_choices(config, answer)),
        "refusals": [
            {
                "stage": str(refusal.stage),
                "status": refusal.status,
                "message": refusal.message,
                "exact": refusal.exact,
                **_share(share),
            }
            for refusal, share in answer.refusals
        ],
        "warnings": [{"code": oddity.code, "message": oddity.message} for oddity in answer.warnings],
    }


def _choices(config: Config, answer: Answer) -> Iterator[dict[str, Any]]:
    for choice, share in answer.choices:
        yield {
            "cluster": choice.id,
            "index": choice.cluster,
            "namespace": _namespace(config, choice.cluster),
            "queue": choice.queue,
            **_share(share),
        }


def _namespace(config: Config, index: int) -> str:
    entry = (config.clusters or ())[index]
    return "" if entry is None else entry.namespace or ""


def _share(share: Fraction) -> dict[str, Any]:
    return {"share": str(share), "percent": float(share * 100)}


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.2f} %"
