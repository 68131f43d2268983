"""`mwaa-operator crds`: the CustomResourceDefinitions and the reference pages, generated from the models."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from mwaa_operator.cli.errors import FAILED, OK, CliError

CRDS = Path("crds")
REFERENCE = Path("docs/reference")


def crds(*, output_dir: Path | None = None, docs: Path | None = None, check: bool = False) -> int:
    """Print, write or check the CustomResourceDefinitions.

    Without options they are printed as one YAML stream, for `mwaa-operator crds | kubectl apply --server-side -f -`.

    Parameters
    ----------
    output_dir
        Write one file for each kind into this directory.
    docs
        Write the reference page of each kind into this directory.
    check
        Write nothing; say what differs and exit with 1. Compares `crds` and `docs/reference` unless told otherwise.
    """
    from mwaa_operator import kinds

    definitions, pages = kinds.render_crds(), kinds.render_reference()
    if check:
        return _check({output_dir or CRDS: definitions, docs or REFERENCE: pages})
    if output_dir is None and docs is None:
        # Not through a console: this is for machines.
        sys.stdout.write("---\n".join(definitions.values()))
        return OK
    for directory, files in ((output_dir, definitions), (docs, pages)):
        if directory is not None:
            _write(directory, files)
    return OK


def _check(expected: Mapping[Path, Mapping[str, str]]) -> int:
    differences = [line for directory, files in expected.items() for line in _differences(directory, files)]
    if not differences:
        return OK
    raise CliError(
        "generated files are out of step with the models:\n" + "\n".join(differences),
        next_step=f"run `mwaa-operator crds --output-dir {CRDS} --docs {REFERENCE}` and commit what it writes",
        code=FAILED,
    )


def _differences(directory: Path, files: Mapping[str, str]) -> list[str]:
    suffixes = {Path(name).suffix for name in files}
    found = {path.name: path for path in directory.glob("*") if path.suffix in suffixes}
    missing = [f"{directory / name} is missing" for name in files.keys() - found.keys()]
    unknown = [f"{directory / name} belongs to no kind" for name in found.keys() - files.keys()]
    differs = [
        f"{found[name]} differs from the models"
        for name in files.keys() & found.keys()
        if found[name].read_text("utf-8") != files[name]
    ]
    return sorted(missing + unknown + differs)


def _write(directory: Path, files: Mapping[str, str]) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (directory / name).write_text(text, "utf-8")
    except OSError as error:
        raise CliError(f"cannot write into {directory}: {error}", next_step="name a directory that you own") from error
