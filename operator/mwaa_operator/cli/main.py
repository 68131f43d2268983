"""The program `mwaa-operator`: its verbs, its help, and what its exit codes mean.

Verbs are imported when they are called, because kopf, boto3 and the Kubernetes client take seconds to load and `--help`
must not.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App, Parameter
from rich.console import Console
from rich.text import Text

from mwaa_operator import __version__
from mwaa_operator.cli.crds import crds
from mwaa_operator.cli.errors import OK, CliError
from mwaa_operator.cli.import_gateway import import_gateway
from mwaa_operator.cli.preview import plan
from mwaa_operator.cli.run import run
from mwaa_operator.cli.simulate import simulate
from mwaa_operator.cli.validate import validate

_HELP = """Run Amazon MWAA, and Spark jobs behind the Batch Processing Gateway, declaratively from Kubernetes.

Settings come from the environment, `MWAA_OPERATOR_…`, and from the YAML file that `MWAA_OPERATOR_CONFIG` names.

Exit codes: 0 all is well; 1 it did not work, or a check found something; 2 the call or a setting is wrong.
"""


def build_app(*, out: Console, err: Console) -> App:
    """Return the command line.

    Args:
        out: Where answers go.
        err: Where errors go.
    """
    app = App(
        name="mwaa-operator",
        help=_HELP,
        version=__version__,
        help_format="markdown",
        console=out,
        error_console=err,
        default_parameter=Parameter(negative=(), show_default=False),
    )
    app.command(run)
    app.command(crds)
    app.command(plan)
    app.command(validate)
    app.command(simulate)
    app.command(import_gateway)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code; a wrong command line exits with 2 by itself.

    Args:
        arguments: Without the program's name; those of the process by default.
    """
    out, err = Console(soft_wrap=True), Console(stderr=True, soft_wrap=True)
    app = build_app(out=out, err=err)
    try:
        code = app(sys.argv[1:] if arguments is None else list(arguments), result_action="return_value")
    except CliError as error:
        err.print(Text.assemble(("error", "bold red"), f": {error.message}"))
        err.print(Text.assemble(("next", "bold"), f":  {error.next_step}"))
        return error.code
    return code if isinstance(code, int) else OK
