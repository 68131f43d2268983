"""`mwaa-operator crds`: the CustomResourceDefinitions and the reference pages, generated from the models."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from mwaa_operator.cli.errors import FAILED, OK, CliError

CRDS = Path("crds")
REFERENCE = Path("docs/reference")
CHART = Path("charts/mwaa-operator/files/crds")
"""The chart's copy, kept in step with `crds` in the repository; elsewhere there is none."""


def crds(*, output_dir: Path | None = None, docs: Path | None = None, check: bool = False) -> int:
    """Print, write or check the CustomResourceDefinitions.

    Without options they are printed as one YAML stream, for `mwaa-operator crds | kubectl apply --server-side -f -`.

    Parameters
    ----------
    output_dir
        Write one file for each kind into this directory; `crds` in the repository fills the chart's copy too.
    docs
        Write the reference page of each kind into this directory.
    check
        Write nothing; say what differs and exit with 1. Compares `crds` and `docs/reference` unless told otherwise.
    """
    from mwaa_operator import kinds

    definitions, pages = kinds.render_crds(), kinds.render_reference()
    if check:
        copies = dict.fromkeys(_places(output_dir or CRDS), definitions)
        return _check(copies | {docs or REFERENCE: pages})
    if output_dir is None and docs is None:
        # Not through a console: this is for machines.
        sys.stdout.write("---\n".join(definitions.values()))
        return OK
    for directory in _places(output_dir):
        _write(directory, definitions)
    if docs is not None:
        _write(docs, pages)
    return OK


def _places(directory: Path | None) -> list[Path]:
    """Return where the definitions belong: the directory, and with the repository's own the chart's copy."""
    if directory is None:
        return []
    return [directory, CHART] if directory == CRDS and CHART.is_dir() else [directory]


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
