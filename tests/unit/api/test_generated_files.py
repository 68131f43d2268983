"""What is committed is what the models say, and drift of every sort is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from mwaa_operator.kinds import ALL_KINDS, drift, render_crds, render_reference

ROOT = Path(__file__).parents[3]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory that is in step."""
    for name, text in render_crds().items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_the_committed_crds_are_in_step_with_the_models() -> None:
    assert drift(ROOT / "crds") == []


def test_the_committed_reference_is_in_step_with_the_models() -> None:
    for name, text in render_reference().items():
        assert (ROOT / "docs" / "reference" / name).read_text("utf-8") == text, f"{name}: run mwaa-operator crds --docs"


def test_files_just_written_are_in_step(directory: Path) -> None:
    assert drift(directory) == []


def test_a_changed_file_is_told(directory: Path) -> None:
    path = directory / "mwaa-operator.io_awsaccounts.yaml"
    path.write_text(path.read_text("utf-8") + "# edited\n", "utf-8")
    assert drift(directory) == ["mwaa-operator.io_awsaccounts.yaml differs from the models"]


def test_a_missing_and_a_foreign_file_are_told(directory: Path) -> None:
    (directory / "mwaa-operator.io_awsaccounts.yaml").rename(directory / "old.yaml")
    assert drift(directory) == ["mwaa-operator.io_awsaccounts.yaml is missing", "old.yaml belongs to no kind"]


def test_a_directory_that_does_not_exist_lacks_everything(tmp_path: Path) -> None:
    assert len(drift(tmp_path / "none")) == len(ALL_KINDS)
