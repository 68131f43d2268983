"""`mwaa-operator simulate`: where a gateway sends a job, and how likely, before anybody sends one."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mwaa_operator.cli.errors import FAILED, OK, USAGE, CliError

if TYPE_CHECKING:
    from mwaa_operator.gateway.bpg.answer import Answer, Refusal
    from mwaa_operator.gateway.bpg.config import Config, StartFailure
    from mwaa_operator.gateway.bpg.request import Claims, Request

REFUSED = 3
"""Exit code: BPG refuses the job, whatever it draws."""
UNCERTAIN = 4
"""Exit code: BPG refuses the job in some draws and takes it in others."""


def simulate(
    *,
    config: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    user: str,
    profile: Literal["aws-pin", "pre-dw5", "head"] = "aws-pin",
    queue: str | None = None,
    spark_version: str | None = None,
    cluster_id: str | None = None,
    type_: Annotated[str | None, Parameter(name="--type")] = None,
    image: str | None = None,
    spot: bool = False,
    token_for: list[str] | None = None,
    token_file: Path | None = None,
    body: Path | None = None,
    output: Annotated[Literal["text", "json"], Parameter(name=["--output", "-o"])] = "text",
) -> int:
    """Tell where BPG would send a job, from its configuration file alone; nothing is asked and nothing is sent.

    Exit codes: 0 the job is taken; 1 BPG does not start from this file; 2 the call or the file is wrong; 3 the job is
    refused; 4 it depends on the draw whether it is refused.

    Args:
        config: What BPG reads, YAML or JSON; `-` is standard input.
        user: Who sends the job.
        profile: The revision of BPG.
        queue: As the job names it; without one the user's default queue is taken, or `poc`.
        spark_version: As the job names it.
        cluster_id: Of an entry that the job names itself.
        type_: Java, Scala or Python.
        image: Of the job's own, instead of one that is configured.
        spot: The job asks for spot instances.
        token_for: The job has a good token for this queue; may be repeated.
        token_file: The job's queue token, which is checked against the file's keys.
        body: The whole job as it would be sent, JSON or YAML, instead of the options that describe one.
        output: text for people, json for programs.
    """
    from mwaa_operator.gateway.bpg.config import StartFailure
    from mwaa_operator.gateway.bpg.request import Request

    bound = _bound(config, profile)
    if isinstance(bound, StartFailure):
        return _tell_failure(bound, output)
    said = Request(None, queue=queue, spark_version=spark_version, cluster_id=cluster_id, type=type_, image=image)
    said = replace(said, spot_instance=spot, queue_token=_token(token_for, token_file))
    answer = _answer(bound, replace(said, user=user)) if body is None else _answer_to_body(bound, body, said, user)
    return _tell(bound, user, answer, output)


def _bound(file: Path, profile: str) -> Config | StartFailure:
    from mwaa_operator.gateway.bpg.bind import bind
    from mwaa_operator.gateway.bpg.profile import Profile
    from mwaa_operator.gateway.bpg.text import read

    document = read(_read(file))
    if isinstance(document, dict) and {"apiVersion", "kind"} <= document.keys():
        raise CliError(
            f"{file}: this is a Kubernetes manifest, not BPG's configuration",
            next_step="name the file that the manifest carries, such as the value of its app-config.yaml",
            code=USAGE,
        )
    return bind(document, profile=Profile(profile))


def _read(file: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise CliError(f"{file}: {error.strerror}", next_step="name a file that you can read", code=USAGE) from error
    except UnicodeDecodeError as error:
        raise CliError(f"{file}: this is no UTF-8", next_step="name the configuration file", code=USAGE) from error


def _token(queues: list[str] | None, file: Path | None) -> str | Claims | None:
    from mwaa_operator.gateway.bpg.request import Claims

    if queues and file is not None:
        raise CliError("there are two tokens", next_step="give --token-for or --token-file, not both", code=USAGE)
    if file is not None:
        return _read(file).strip()
    return Claims("airflow", tuple(queues)) if queues else None


def _answer(config: Config, request: Request) -> Answer:
    from mwaa_operator.gateway.bpg.simulate import simulate as answer

    return answer(config, request, now=time.time())  # noqa: TID251  the command line is where time comes in


def _answer_to_body(config: Config, file: Path, said: Request, user: str) -> Answer:
    from mwaa_operator.gateway.bpg.body import submit
    from mwaa_operator.gateway.bpg.request import Request
    from mwaa_operator.gateway.bpg.text import read

    if said != Request():
        raise CliError(
            "the job is described twice", next_step="say with --body everything but --user and --profile", code=USAGE
        )
    return submit(config, read(_read(file)), user=user, now=time.time())  # noqa: TID251  as above


def _tell_failure(failure: StartFailure, output: str) -> int:
    if output == "json":
        told = {"path": failure.path, "message": failure.message}
        sys.stdout.write(json.dumps({"startFailure": told}, indent=2) + "\n")
    else:
        Console(soft_wrap=True, highlight=False).print(Text(f"BPG does not start: {_shown(failure.message)}"))
    return FAILED


def _tell(config: Config, user: str, answer: Answer, output: str) -> int:
    if output == "json":
        sys.stdout.write(json.dumps(_plain(config, user, answer), indent=2) + "\n")
    else:
        _print(Console(soft_wrap=True, highlight=False), config, answer)
    return _code(answer)


def _code(answer: Answer) -> int:
    if answer.accepted == 1:
        return OK
    return UNCERTAIN if answer.accepted else REFUSED


def _print(console: Console, config: Config, answer: Answer) -> None:
    if answer.refusal is not None:
        console.print(Text(_refusal(answer.refusal)))
    else:
        console.print(_table(config, answer))
        for refusal, share in answer.refusals:
            console.print(Text(f"{_percent(share)} ({share}) {_refusal(refusal)}"))
    for oddity in answer.warnings:
        console.print(Text.assemble(("warning", "yellow"), f": {oddity.code} {_shown(oddity.message)}"))


def _table(config: Config, answer: Answer) -> Table:
    table = Table("share", "", "cluster", "namespace", "queue of the labels")
    for choice, share in answer.choices:
        namespace = _namespace(config, choice.cluster)
        cells = (_percent(share), str(share), _shown(choice.id), _shown(namespace), _shown(choice.queue))
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _refusal(refusal: Refusal) -> str:
    return f"refused with {refusal.status} ({refusal.stage}): {_shown(refusal.message)}"


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


def _shown(text: str) -> str:
    """Return a text with everything that does not print escaped."""
    return text if text.isprintable() else repr(text)[1:-1]
