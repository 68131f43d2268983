"""docs/from-app-config.md says what an import does: its example prints what the page shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from mwaa_operator.cli import main
from tests.support.bpgimport import entry, file

PAGE = (Path(__file__).parents[4] / "docs" / "from-app-config.md").read_text("utf-8")
EXAMPLE, ROUTE = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.S | re.M)
FIRST, SECOND = re.findall(r"^```console\n\$ mwaa-operator (.*?) > gateway.yaml\n(.*?)^```$", PAGE, re.S | re.M)


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "1000")
    (tmp_path / "app-config.yaml").write_text(EXAMPLE)
    body = file(entry("a", 2, ["dev"], sparkVersions=["3.4"]), entry("b", 1, ["dev"]), queues=[{"name": "dev"}])
    (tmp_path / "versions.yaml").write_text(json.dumps(body))


def test_the_example_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(FIRST[0].split()) == 0
    told = capsys.readouterr()
    assert told.err == FIRST[1]
    assert yaml.safe_load(ROUTE) in list(yaml.safe_load_all(told.out))


def test_the_difference_is_told_as_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(SECOND[0].split()) == 1
    told = capsys.readouterr().err
    assert [line for line in SECOND[1].splitlines() if line != "…" and f"{line}\n" not in told] == []


def test_every_option_and_exit_code_is_in_the_page() -> None:
    for word in ("--name", "--namespace", "--route-namespace", "--data-class", "--profile", "--image", "-o json"):
        assert f"`{word}`" in PAGE
    assert [code for code in "012" if f"| {code} |" not in PAGE] == []
