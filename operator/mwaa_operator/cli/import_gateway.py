"""`mwaa-operator import-gateway`: a file of BPG as manifests that render the same routing, proven by the simulator."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from mwaa_operator.api.words import counted
from mwaa_operator.cli.answers import shown
from mwaa_operator.cli.bpgfile import parsed, read_text
from mwaa_operator.cli.errors import FAILED, OK, USAGE, CliError

if TYPE_CHECKING:
    from mwaa_operator.gateway.importing.convert import Imported
    from mwaa_operator.gateway.importing.options import Options


def import_gateway(
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    name: str = "spark-gateway",
    namespace: Annotated[str, Parameter(name=["--namespace", "-n"])] = "spark-gateways",
    route_namespace: str = "",
    data_class: str = "general",
    profile: Literal["aws-pin", "pre-dw5"] = "aws-pin",
    image: str = "",
    output: Annotated[Literal["yaml", "json"], Parameter(name=["--output", "-o"])] = "yaml",
) -> int:
    """Print the SparkGateway and SparkJobRoutes that route jobs as a configuration file of BPG does.

    Manifests go to standard output, warnings to standard error; secrets are never printed. Nothing is asked and nothing
    is written. Both the file and the manifests are simulated, and where they differ is said exactly.

    Exit codes: 0 the routing is the same; 1 it differs, and the manifests are printed all the same; 2 the call or the
    file is wrong.

    Args:
        file: What BPG reads, YAML or JSON; `-` is standard input.
        name: Of the SparkGateway; spark-gateway without it.
        namespace: Of the SparkGateway; spark-gateways without it.
        route_namespace: Of the SparkJobRoutes; that of the gateway without it.
        data_class: Of all of them; general without it.
        profile: The revision of BPG that reads the file; aws-pin without it.
        image: Of the gateway's pods; the file does not say it.
        output: yaml to be applied, json with warnings and differences for programs.
    """
    from mwaa_operator.gateway.importing.convert import UnimportableError, convert

    options = _options(name, namespace, route_namespace, data_class, profile, image)
    text = read_text(file)
    parsed(text, name=str(file))
    try:
        found = convert(text, options)
    except UnimportableError as error:
        raise CliError(
            f"{file}: {shown(str(error))}", next_step="correct the file, or the options", code=USAGE
        ) from error
    _print(found, output)
    return FAILED if found.differences else OK


def _options(name: str, namespace: str, route_namespace: str, data_class: str, profile: str, image: str) -> Options:
    """Return the options; names that no object can have are refused before anything is made of them."""
    from mwaa_operator.api.spark import DataClass, DnsLabel
    from mwaa_operator.gateway.api import ImageName
    from mwaa_operator.gateway.bpg.profile import Profile
    from mwaa_operator.gateway.importing.naming import fitting
    from mwaa_operator.gateway.importing.options import Options

    for option, shape, value in (
        ("--name", DnsLabel, name),
        ("--namespace", DnsLabel, namespace),
        ("--route-namespace", DnsLabel, route_namespace or namespace),
        ("--data-class", DataClass, data_class),
        ("--image", ImageName, image or "none"),
    ):
        if not fitting(shape, value):
            raise CliError(f"{option} cannot be {value!r}", next_step="write it in lower case", code=USAGE)
    return Options(name, namespace, route_namespace, data_class, Profile(profile), image)


def _print(found: Imported, output: str) -> None:
    manifests = [found.gateway, *found.routes]
    if output == "json":
        told = {
            "sameRouting": not found.differences,
            "manifests": manifests,
            "warnings": [asdict(note) for note in found.notes],
            "differences": [asdict(difference) for difference in found.differences],
        }
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    else:
        sys.stdout.write(_yaml(manifests))
    _warn(Console(stderr=True, soft_wrap=True, highlight=False), found)


def _yaml(manifests: Iterable[dict[str, Any]]) -> str:
    import yaml

    text: str = yaml.safe_dump_all(manifests, sort_keys=False, allow_unicode=True, width=120)
    return text


def _warn(console: Console, found: Imported) -> None:
    for note in found.notes:
        place = f" {shown(note.pointer)}:" if note.pointer else ""
        console.print(Text.assemble(("warning", "yellow"), f":{place} {shown(note.message)}"))
    for item in found.differences:
        console.print(Text.assemble(("differs", "bold red"), f": before: {shown(item.before)}"))
        console.print(Text(f"         after:  {shown(item.after)}"))
        for job in item.jobs:
            console.print(Text(f"         {shown(job)}"))
    different = sum(len(item.jobs) for item in found.differences)
    verdict = f"differs for {different} of them" if different else "is the same"
    console.print(Text(f"{counted(found.compared, 'kind')} of jobs simulated: the routing {verdict}"))
