"""Verdicts on plugins.zip, requirements.txt and the startup script. Pure: each returns what is wrong, or None.

Sources: Amazon MWAA user guide, "Installing custom plugins", "Installing Python dependencies" and "Managing Python
dependencies in requirements.txt"; the published MWAA container images for what a commented constraint does.
"""

from __future__ import annotations

import re
from functools import partial

from mwaa_operator.environment.knowledge import parse_version
from mwaa_operator.environment.preflight.case import Case, artifacts_of, bucket_of
from mwaa_operator.environment.preflight.facts import Unknown, need
from mwaa_operator.environment.preflight.results import Check

RECOMMENDED_BYTES = 1_000_000_000
"""Of plugins and dependencies together (Amazon MWAA user guide, "Installing custom plugins")."""
FORCES_CONSTRAINTS = (2, 7, 2)
"""The first Airflow version for which MWAA brings its own constraints."""

_FIELDS = {"plugins": "pluginsS3", "requirements": "requirementsS3", "startupScript": "startupScriptS3"}

_CONSTRAINT = re.compile(r"^\s*(?P<comment>#+)?\s*(?:-c|--constraint)[ =]\s*[\"']?(?P<url>[^\s\"']+)", re.MULTILINE)
_URL_VERSIONS = re.compile(r"constraints-(?P<airflow>\d+\.\d+\.\d+)/constraints-(?P<python>\d+\.\d+)")
_PACKAGE = re.compile(r"^\s*[A-Za-z0-9]", re.MULTILINE)
_OTHER_SOURCE = re.compile(r"^\s*(?:--no-index|-i\b|--index[-]url|--find-links|-f\b)", re.MULTILINE)


def _present(case: Case, *, name: str) -> str | None:
    path, version = artifacts_of(case.spec)[name]
    found = case.facts.bucket.objects.get(name, Unknown("it was not looked at"))
    if need(found) is not None:
        return None
    where = f"s3://{bucket_of(case.spec)}/{path}"
    if version is None:
        return f"{_FIELDS[name]}Path: {where} does not exist. Upload it, or correct the path."
    return f"{_FIELDS[name]}ObjectVersion: {where} has no version {version}. Name one that exists."


def _names(case: Case, *, name: str) -> bool:
    return name in artifacts_of(case.spec)


def _small(case: Case) -> str | None:
    found = need(case.facts.bucket.objects.get("plugins", Unknown("it was not looked at")))
    if found is None or found.size < RECOMMENDED_BYTES:
        return None
    return (
        f"pluginsS3Path: plugins.zip has {found.size / 1e9:.1f} GB. Keep it below 1 GB, or environments start slowly."
    )


def _constraints(case: Case) -> str | None:
    text = need(case.facts.bucket.requirements)
    version = case.spec.airflow_version
    if text is None or version is None:
        return None
    lines = list(_CONSTRAINT.finditer(text))
    if not lines and parse_version(version) < FORCES_CONSTRAINTS:
        return f"requirementsS3Path: no --constraint line. Add the constraints file of Airflow {version}."
    if lines and all(line["comment"] for line in lines):
        return "requirementsS3Path: a commented --constraint line turns MWAA's own constraints off. Remove the line."
    return next((problem for line in lines if (problem := _mismatch(case, line, version))), None)


def _mismatch(case: Case, line: re.Match[str], version: str) -> str | None:
    """Return how a constraints file belongs to something else than the environment."""
    url = _URL_VERSIONS.search(line["url"])
    if line["comment"] or url is None:
        return None
    if url["airflow"] != version:
        return f"requirementsS3Path: the constraints are those of Airflow {url['airflow']}. Use those of {version}."
    row = case.knowledge.versions.get(version)
    if row is not None and row.python and url["python"] != row.python:
        return f"requirementsS3Path: the constraints are for Python {url['python']}. Use those for {row.python}."
    return None


def _installable(case: Case) -> str | None:
    text = need(case.facts.bucket.requirements)
    if text is None or not _PACKAGE.search(text) or _OTHER_SOURCE.search(text):
        return None
    return (
        "requirementsS3Path: the web server of a private environment does not reach PyPI. Ship wheels in plugins.zip "
        "and add --no-index and --find-links, or name a private index."
    )


def _private_with_requirements(case: Case) -> bool:
    return case.private and case.spec.requirements_s3_path is not None


CHECKS = (
    Check("PluginsPresent", "Block", partial(_present, name="plugins"), partial(_names, name="plugins")),
    Check("RequirementsPresent", "Block", partial(_present, name="requirements"), partial(_names, name="requirements")),
    Check(
        "StartupScriptPresent", "Block", partial(_present, name="startupScript"), partial(_names, name="startupScript")
    ),
    Check("PluginsSize", "Warn", _small, partial(_names, name="plugins")),
    Check("RequirementsConstraints", "Warn", _constraints, partial(_names, name="requirements")),
    Check("RequirementsIndex", "Warn", _installable, _private_with_requirements),
)
