"""The command line: what each verb prints, where, and with which exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mwaa_operator import __version__, kinds
from mwaa_operator.cli import main
from mwaa_operator.settings import CONFIG, PREFIX


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every line room, so that no message is broken where a test looks for it."""
    monkeypatch.setenv("COLUMNS", "200")


def usage_error(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return int(caught.value.code or 0)


class TestHelp:
    def test_it_names_the_verbs_and_the_exit_codes(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--help"]) == 0
        text = capsys.readouterr().out
        for word in ("run", "crds", "MWAA_OPERATOR_CONFIG", "Exit codes"):
            assert word in text

    def test_no_arguments_are_a_question_for_help(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([]) == 0
        assert "Usage" in capsys.readouterr().out

    def test_the_version_is_the_packages(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--version"]) == 0
        assert capsys.readouterr().out.strip() == __version__

    @pytest.mark.parametrize("arguments", [["nonsense"], ["crds", "--nope"], ["crds", "--output-dir"], ["run", "now"]])
    def test_a_wrong_call_is_told_on_standard_error_and_exits_with_2(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert usage_error(*arguments) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.strip()


class TestCrds:
    def test_they_are_printed_as_one_stream(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["crds"]) == 0
        printed = list(yaml.safe_load_all(capsys.readouterr().out))
        assert {body["metadata"]["name"] for body in printed} == {info.crd_name for info in kinds.ALL_KINDS}

    def test_they_are_written_one_file_for_each_kind(self, tmp_path: Path) -> None:
        assert main(["crds", "--output-dir", str(tmp_path / "a" / "b")]) == 0
        written = {path.name: path.read_text("utf-8") for path in (tmp_path / "a" / "b").iterdir()}
        assert written == kinds.render_crds()

    def test_the_reference_is_written_beside_them(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["crds", "--output-dir", str(tmp_path / "crds"), "--docs", str(tmp_path / "docs")]) == 0
        assert {path.name for path in (tmp_path / "docs").iterdir()} == set(kinds.render_reference())
        assert capsys.readouterr().out == ""

    def test_what_was_written_passes_the_check(self, tmp_path: Path) -> None:
        where = ["--output-dir", str(tmp_path / "crds"), "--docs", str(tmp_path / "docs")]
        assert main(["crds", *where]) == 0
        assert main(["crds", "--check", *where]) == 0

    def test_the_check_names_every_difference_and_the_next_step(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        where = ["--output-dir", str(tmp_path / "crds"), "--docs", str(tmp_path / "docs")]
        main(["crds", *where])
        edited, removed, *_ = sorted((tmp_path / "crds").iterdir())
        edited.write_text("edited")
        removed.unlink()
        (tmp_path / "crds" / "stray.yaml").write_text("")
        assert main(["crds", "--check", *where]) == 1
        told = capsys.readouterr().err
        assert f"{edited} differs" in told
        assert f"{removed} is missing" in told
        assert "stray.yaml belongs to no kind" in told
        assert "mwaa-operator crds --output-dir crds --docs docs/reference" in told

    def test_a_directory_that_cannot_be_written_is_told(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "file").write_text("")
        assert main(["crds", "--output-dir", str(tmp_path / "file")]) == 1
        assert "next" in capsys.readouterr().err


class TestRun:
    def test_brackets_in_a_message_are_printed_and_not_obeyed(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv(CONFIG, "/no/[bold]file[/]")
        assert main(["run"]) == 2
        assert "/no/[bold]file[/]" in capsys.readouterr().err

    def test_wrong_settings_end_it_before_anything_starts(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv(CONFIG, raising=False)
        monkeypatch.delenv(f"{PREFIX}NAMESPACE", raising=False)
        monkeypatch.setenv(f"{PREFIX}WORKERS", "none")
        assert main(["run"]) == 2
        told = capsys.readouterr().err
        assert "MWAA_OPERATOR_NAMESPACE" in told
        assert "MWAA_OPERATOR_WORKERS" in told
        assert "next" in told
