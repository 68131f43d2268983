"""The Dockerfile and the chart agree on who runs and what runs; nothing but what is installed gets into the image.

No image is built here: that needs a container engine.
"""

from __future__ import annotations

import re

import pytest

from tests.support.chart import ROOT, of_kind, only, operator_container, template

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
LAST_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def test_the_image_runs_as_the_user_of_the_chart() -> None:
    context = only(template(), "Deployment")["spec"]["template"]["spec"]["securityContext"]
    assert re.findall(r"^USER (\d+):(\d+)$", LAST_STAGE, re.M) == [
        (str(context["runAsUser"]), str(context["runAsGroup"]))
    ]


def test_the_image_starts_what_the_chart_starts() -> None:
    container = operator_container(template())
    assert f'ENTRYPOINT ["{container["command"][0]}"]' in LAST_STAGE
    assert f'CMD ["{container["args"][0]}"]' in LAST_STAGE
    port = container["ports"][0]["containerPort"]
    assert f"EXPOSE {port}" in LAST_STAGE


def test_only_what_the_first_stage_installed_is_copied() -> None:
    assert re.findall(r"^(?:COPY|ADD) (.*)$", LAST_STAGE, re.M) == [
        "--from=build /opt/mwaa-operator /opt/mwaa-operator"
    ]


def test_every_dependency_is_checked_by_its_hash() -> None:
    installs = re.findall(r"pip (?:--python \S+ )?install .*", DOCKERFILE)
    assert installs
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


@pytest.mark.parametrize("file", ["Dockerfile", ".dockerignore"])
def test_no_address_of_an_index_or_registry_is_in_it(file: str) -> None:
    assert "://" not in (ROOT / file).read_text("utf-8")


def test_the_build_needs_nothing_that_is_kept_out_of_its_context() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    first = DOCKERFILE[: DOCKERFILE.rindex("\nFROM ")]
    copied = {source for line in re.findall(r"^COPY (.*)$", first, re.M) for source in line.split()[:-1]}
    assert copied == kept


def test_the_build_backend_is_locked_with_all_that_it_needs() -> None:
    """The same names as in the Dockerfile's selection from the lock file; pip refuses a build if one is missing."""
    (selected,) = re.findall(r"\^\(([a-z|-]+)\)==", DOCKERFILE)
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / "dev.txt").read_text("utf-8"), re.M))
    assert set(selected.split("|")) <= locked


def test_the_service_of_the_chart_leads_to_the_port() -> None:
    (service,) = of_kind(template(), "Service")
    assert [port["targetPort"] for port in service["spec"]["ports"]] == ["http"]
