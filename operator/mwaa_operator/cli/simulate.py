"""`mwaa-operator simulate`: where a gateway sends a job, and how likely, before anybody sends one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from mwaa_operator.cli.answers import REFUSED, UNCERTAIN, tell, tell_failure
from mwaa_operator.cli.bpgfile import Given, Place, given, parsed, read_text
from mwaa_operator.cli.errors import USAGE, CliError

if TYPE_CHECKING:
    from mwaa_operator.gateway.bpg.answer import Answer
    from mwaa_operator.gateway.bpg.config import Config, StartFailure
    from mwaa_operator.gateway.bpg.request import Claims, Request

__all__ = ["REFUSED", "UNCERTAIN", "simulate"]


@Parameter(name="*")
@dataclass(frozen=True)
class Job:
    """What the job says.

    Attributes:
        queue: As the job names it; without one the user's default queue is taken, or `poc`.
        spark_version: As the job names it.
        cluster_id: Of an entry that the job names itself.
        type: Java, Scala or Python.
        image: Of the job's own, instead of one that is configured.
        spot: The job asks for spot instances.
        token_for: The job has a good token for this queue; may be repeated.
        token_file: The job's queue token, which is checked against the file's keys.
        body: The whole job as it would be sent, JSON or YAML, instead of the options that describe one.
    """

    queue: str | None = None
    spark_version: str | None = None
    cluster_id: str | None = None
    type: str | None = None
    image: str | None = None
    spot: bool = False
    token_for: list[str] | None = None
    token_file: Path | None = None
    body: Path | None = None


def simulate(
    *,
    place: Place | None = None,
    user: str,
    job: Job | None = None,
    output: Annotated[Literal["text", "json"], Parameter(name=["--output", "-o"])] = "text",
) -> int:
    """Tell where BPG would send a job, from its configuration alone; BPG is not asked and no job is sent.

    The configuration is a file, or what a SparkGateway serves now, read from the cluster of KUBECONFIG.

    Exit codes: 0 the job is taken; 1 BPG does not start from this file, or the gateway cannot be read; 2 the call or
    the file is wrong; 3 the job is refused; 4 it depends on the draw whether it is refused.

    Args:
        user: Who sends the job.
        output: text for people, json for programs.
    """
    from mwaa_operator.gateway.bpg.config import StartFailure

    file, said = given(place or Place()), job or Job()
    bound = _bound(file, str((place or Place()).config))
    if isinstance(bound, StartFailure):
        return tell_failure(bound, output)
    answer = _answer(bound, said, user) if said.body is None else _answer_to_body(bound, said.body, said, user)
    return tell(bound, user, answer, output=output, revision=file.revision)


def _bound(file: Given, name: str) -> Config | StartFailure:
    from mwaa_operator.gateway.bpg.bind import bind
    from mwaa_operator.gateway.bpg.profile import Profile

    return bind(parsed(file.text, name=name), profile=Profile(file.profile))


def _request(job: Job, user: str | None) -> Request:
    from mwaa_operator.gateway.bpg.request import Request

    return Request(
        user,
        queue=job.queue,
        queue_token=_token(job.token_for, job.token_file),
        spark_version=job.spark_version,
        type=job.type,
        image=job.image,
        cluster_id=job.cluster_id,
        spot_instance=job.spot,
    )


def _token(queues: list[str] | None, file: Path | None) -> str | Claims | None:
    from mwaa_operator.gateway.bpg.request import Claims

    if queues and file is not None:
        raise CliError("there are two tokens", next_step="give --token-for or --token-file, not both", code=USAGE)
    if file is not None:
        return read_text(file).strip()
    return Claims("airflow", tuple(queues)) if queues else None


def _answer(config: Config, job: Job, user: str) -> Answer:
    from mwaa_operator.gateway.bpg.simulate import simulate as answer

    return answer(config, _request(job, user), now=time.time())  # noqa: TID251  the command line is where time comes in


def _answer_to_body(config: Config, file: Path, job: Job, user: str) -> Answer:
    from mwaa_operator.gateway.bpg.body import submit
    from mwaa_operator.gateway.bpg.request import Request
    from mwaa_operator.gateway.bpg.text import read

    if _request(job, None) != Request():
        step = "say with --body only where the configuration is, --user and --profile"
        raise CliError("the job is described twice", next_step=step, code=USAGE)
    return submit(config, read(read_text(file)), user=user, now=time.time())  # noqa: TID251  as above
