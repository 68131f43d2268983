"""docs/routing.md says what the simulator does: its examples, its steps, its warnings, its table of YAML."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from mwaa_operator.cli import main
from mwaa_operator.gateway.bpg.answer import Stage
from mwaa_operator.gateway.bpg.oddities import RULES
from tests.support.bpg import cluster, document

PAGE = (Path(__file__).parents[4] / "docs" / "routing.md").read_text("utf-8")
EXAMPLE = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.S | re.M)[0]
CONSOLES = re.findall(r"^```console\n(.*?)^```$", PAGE, re.S | re.M)
CALLS = [call for block in CONSOLES for call in re.findall(r"^\$ mwaa-operator (.*)\n((?:(?!\$ ).*\n)*)", block, re.M)]


def two_queues() -> dict[str, Any]:
    """Return a file in which ana is a default user of two queues on a cluster each."""
    clusters = [
        cluster("devel", 1, ["3.5"], ["dev"], sparkApplicationNamespace="emr-dev"),
        cluster("website", 1, ["3.5"], ["web"], sparkApplicationNamespace="emr-web"),
    ]
    return document(clusters=clusters, queues=[{"name": name, "users": ["ana"]} for name in ("dev", "web")])


@pytest.mark.parametrize(("call", "output"), CALLS)
def test_examples_print_what_the_page_shows(
    call: str,
    output: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "app-config.yaml").write_text(EXAMPLE)
    (tmp_path / "two-queues.yaml").write_text(json.dumps(two_queues()))
    (tmp_path / "bad.yaml").write_text("sparkClusters: [{weight: abc}]")
    main(shlex.split(call))
    assert words(capsys.readouterr().out) == words(output)


def words(text: str) -> list[list[str]]:
    """Return lines as words: how wide a column is does not matter."""
    return [re.findall(r"[^\s│┃]+", line) for line in text.splitlines() if not re.fullmatch(r"[\W_]*", line)]


def test_there_are_examples() -> None:
    assert len(CALLS) == 5


def test_every_step_is_there_in_its_order() -> None:
    section = PAGE.partition("## From a job to a cluster")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| (\w+) \|", section, re.M)[1:]
    assert listed == ["Authentication", "Queue", "Limits", *list(Stage)[4:]]
    assert set(listed) == {*Stage} - {Stage.BODY}


def test_every_warning_is_there() -> None:
    section = PAGE.partition("\n## Warnings")[2]
    assert re.findall(r"^\| `(\w+)` \|", section, re.M) == list(RULES)
