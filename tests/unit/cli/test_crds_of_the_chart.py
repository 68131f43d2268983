"""`mwaa-operator crds` keeps the chart's copy of the definitions in step, where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mwaa_operator import kinds
from mwaa_operator.cli import main
from mwaa_operator.cli.crds import CHART

WRITE = ("crds", "--output-dir", "crds", "--docs", "docs/reference")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a chart whose definitions are not there yet."""
    (tmp_path / CHART).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in directory.iterdir()}


def test_both_copies_are_written_and_pass_the_check(repository: Path) -> None:
    assert main(WRITE) == 0
    assert written(repository / "crds") == written(repository / CHART) == kinds.render_crds()
    assert main(["crds", "--check"]) == 0


def test_a_chart_that_lags_behind_fails_the_check(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(WRITE)
    edited, removed, *_ = sorted((repository / CHART).iterdir())
    edited.write_text("edited")
    removed.unlink()
    assert main(["crds", "--check"]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert f"{edited.name} differs" in told
    assert f"{removed.name} is missing" in told


def test_another_directory_leaves_the_chart_alone(repository: Path, tmp_path: Path) -> None:
    assert main(["crds", "--output-dir", str(tmp_path / "elsewhere")]) == 0
    assert written(repository / CHART) == {}


def test_without_a_chart_none_is_made_and_none_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(WRITE) == 0
    assert main(["crds", "--check"]) == 0
    assert not (tmp_path / "charts").exists()
