"""`mwaa-operator validate`: what it prints, for people and for programs, and its exit codes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mwaa_operator.cli import main
from tests.support.definitions import BASH, EMPTY, PYTHON

GOOD = f"w: {{tasks: {{t: {{operator: {EMPTY}}}}}}}\n"
WARNED = f"w: {{description: x, tasks: {{t: {{operator: {EMPTY}}}}}}}\n"
WORKFLOW = """\
apiVersion: mwaa-operator.io/v1alpha1
kind: ServerlessWorkflow
metadata: {name: w, namespace: data}
spec:
  region: eu-central-1
  role: {managed: {}}
"""
EXAMPLES = sorted((Path(__file__).parents[3] / "examples" / "workflows").glob("*.yaml"))
BAD = f"w: {{tasks: {{t: {{operator: {EMPTY}, retries: 9}}}}}}\n"


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("good.yaml", GOOD), ("warned.yaml", WARNED), ("bad.yaml", BAD)):
        (tmp_path / name).write_text(text)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["validate", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.usefixtures("directory")
class TestText:
    def test_a_good_definition_is_valid(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "good.yaml") == (0, "good.yaml: valid\n", "")

    def test_warnings_alone_are_no_failure(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, err = run(capsys, "warned.yaml")
        assert (code, err) == (0, "")
        assert out.splitlines() == [
            "warned.yaml:/w/description: Warning IgnoredAttribute `description` has no effect: the service drops it",
            "  next: Remove it; describe the workflow in spec.description.",
            "warned.yaml: valid, 1 warning",
        ]

    def test_an_error_is_a_failure_and_every_file_is_looked_at(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, err = run(capsys, "bad.yaml", "good.yaml", "warned.yaml")
        assert (code, err) == (1, "")
        assert out.splitlines()[0] == "bad.yaml:/w/tasks/t/retries: Error InvalidRetries `retries` is 9"
        assert [line for line in out.splitlines() if line.split()[1].strip(",").endswith("valid")] == [
            "bad.yaml: invalid, 1 error",
            "good.yaml: valid",
            "warned.yaml: valid, 1 warning",
        ]

    def test_brackets_and_control_characters_are_printed_and_not_obeyed(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (directory / "x.yaml").write_text(f'w: {{"[bold]x\\e[31m[/]": 1, tasks: {{t: {{operator: {EMPTY}}}}}}}')
        _, out, _ = run(capsys, "x.yaml")
        assert out.startswith(r"x.yaml:/w/'[bold]x\x1b[31m[~1]': Warning UnknownAttribute '[bold]x\x1b[31m[/]' is")

    def test_strict_takes_what_nobody_knows_for_an_error(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (directory / "x.yaml").write_text("w: {tasks: {t: {operator: x.Y}}}")
        assert run(capsys, "x.yaml")[0] == 0
        assert run(capsys, "x.yaml", "--strict")[0] == 1

    def test_the_code_is_looked_at_too(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (directory / "x.yaml").write_text(f"w: {{tasks: {{t: {{operator: {PYTHON}, python_callable: main.run}}}}}}")
        (directory / "main.py").write_text("")
        (directory / "other.py").write_text("")
        assert "CodeMissing" in run(capsys, "x.yaml")[1]
        assert run(capsys, "x.yaml", "--code", "main.py")[1] == "x.yaml: valid\n"
        assert "CodeNotFound" in run(capsys, "x.yaml", "--code", "other.py")[1]

    def test_a_past_date_is_told(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (directory / "x.yaml").write_text(GOOD.replace("tasks", "start_date: 2020-01-01, tasks"))
        code, out, _ = run(capsys, "x.yaml")
        assert (code, "PastStartDate" in out) == (0, True)


@pytest.mark.usefixtures("directory")
class TestJson:
    def test_programs_get_every_member(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, _ = run(capsys, "good.yaml", "bad.yaml", "-o", "json")
        assert code == 1
        assert json.loads(out) == [
            {"file": "good.yaml", "valid": True, "findings": []},
            {
                "file": "bad.yaml",
                "valid": False,
                "findings": [
                    {
                        "code": "InvalidRetries",
                        "severity": "Error",
                        "path": "/w/tasks/t/retries",
                        "message": "`retries` is 9",
                        "hint": "Write a whole number from 0 to 3, without quotes.",
                    }
                ],
            },
        ]

    def test_a_text_that_cannot_be_read_has_findings_like_any_other(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (directory / "x.yaml").write_bytes(b"\xff\xfe\x00")
        code, out, _ = run(capsys, "x.yaml", "--output", "json")
        (entry,) = json.loads(out)
        assert (code, entry["valid"], entry["findings"][0]["code"]) == (1, False, "NotUtf8")


@pytest.mark.usefixtures("directory")
class TestManifests:
    def test_a_definition_in_a_manifest_is_judged_where_it_stands(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (directory / "x.yaml").write_text(f"{WORKFLOW}  definition: {{inline: {{{BAD.strip()}}}}}\n")
        code, out, _ = run(capsys, "x.yaml", "good.yaml")
        assert code == 1
        assert out.splitlines()[0] == "x.yaml data/w:/w/tasks/t/retries: Error InvalidRetries `retries` is 9"
        assert out.splitlines()[2:] == ["x.yaml data/w: invalid, 1 error", "good.yaml: valid"]

    def test_programs_are_told_the_workflow(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (directory / "x.yaml").write_text(f"{WORKFLOW}  definition: {{inline: {{{GOOD.strip()}}}}}\n")
        _, out, _ = run(capsys, "x.yaml", "-o", "json")
        assert json.loads(out) == [{"file": "x.yaml", "workflow": "data/w", "valid": True, "findings": []}]

    def test_the_manifest_may_say_that_it_is_strict(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        text = f"{WORKFLOW}  definition: {{inline: {{w: {{tasks: {{t: {{operator: x.Y}}}}}}}}}}\n"
        (directory / "x.yaml").write_text(text)
        assert run(capsys, "x.yaml")[0] == 0
        (directory / "x.yaml").write_text(f"{text}  validation: Strict\n")
        assert run(capsys, "x.yaml")[0] == 1

    @pytest.mark.parametrize(("file", "code"), [("main.py", 0), ("other.py", 1)])
    def test_definition_and_code_may_be_in_a_config_map_beside_it(
        self, file: str, code: int, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        definition = f"w: {{tasks: {{t: {{operator: {PYTHON}, python_callable: main.run}}}}}}"
        references = {"definition": "w.yaml", "code": file}
        spec = "".join(
            f"  {field}: {{configMapKeyRef: {{name: w, key: {key}}}}}\n" for field, key in references.items()
        )
        held = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "w", "namespace": "data"}}
        data = json.dumps(held | {"data": {"w.yaml": definition}})
        (directory / "x.yaml").write_text(f"{WORKFLOW}{spec}---\n{data}\n")
        _, out, _ = run(capsys, "x.yaml")
        assert ("CodeNotFound" in out) is bool(code)

    @pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: str(file.name))
    def test_the_examples_are_valid(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, err = run(capsys, "--strict", str(file))
        assert (code, err) == (0, "")
        assert out.splitlines()[-1].startswith(f"{file} data/{file.stem}: valid")


class TestStandardInput:
    @pytest.mark.parametrize("arguments", [["-"], ["--strict", "-"], ["-", "-o", "text"]])
    def test_a_dash_is_standard_input(
        self, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(BAD.encode())))
        code, out, _ = run(capsys, *arguments)
        assert (code, out.splitlines()[-1]) == (1, "-: invalid, 1 error")


@pytest.mark.usefixtures("directory")
class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (["nowhere.yaml"], "nowhere.yaml: No such file or directory"),
            (["good.yaml", "nowhere.yaml"], "nowhere.yaml: No such file"),
            (["."], ".: Is a directory"),
            (["good.yaml", "--code", "nowhere.py"], "nowhere.py: there is no such file"),
        ],
    )
    def test_what_cannot_be_read_is_told_and_nothing_is_judged(
        self, arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (2, "")
        assert expected in err
        assert "next:" in err

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                "# first\n---\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n---\n"
                "kind: Secret\napiVersion: v1\nmetadata: {name: a}\n",
                "x.yaml: this is a Kubernetes manifest without a ServerlessWorkflow",
            ),
            ("apiVersion: v1\nkind: ConfigMap\n", "x.yaml: a document in it is no manifest"),
            ("apiVersion: v1\nkind: ConfigMap\n\tx", "x.yaml: while scanning"),
            (WORKFLOW, "x.yaml: ServerlessWorkflow w is not valid:"),
            (
                f"{WORKFLOW}  definition: {{configMapKeyRef: {{name: w, key: w.yaml}}}}\n",
                "x.yaml: the definition of ServerlessWorkflow data/w is not in this file",
            ),
            (
                f"{WORKFLOW}  definition: {{s3: {{bucket: files, key: w.yaml}}}}\n",
                "x.yaml: the definition of ServerlessWorkflow data/w is not in this file",
            ),
        ],
        ids=["no workflow", "no name", "no YAML", "not valid", "ConfigMap elsewhere", "in S3"],
    )
    def test_a_manifest_without_a_definition_is_told(
        self, text: str, expected: str, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (directory / "x.yaml").write_text(text)
        code, out, err = run(capsys, "x.yaml")
        assert (code, out) == (2, "")
        assert expected in err
        assert "next:" in err

    def test_a_definition_that_applies_manifests_is_one(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        task: dict[str, Any] = {"operator": BASH, "bash_command": "apiVersion: v1\nkind: Pod\n"}
        (directory / "x.yaml").write_text(json.dumps({"w": {"tasks": {"t": task}}}))
        assert run(capsys, "x.yaml")[0] == 0

    @pytest.mark.parametrize("arguments", [[], ["good.yaml", "-o", "xml"], ["good.yaml", "--code"]])
    def test_a_wrong_call_exits_with_2(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as caught:
            main(["validate", *arguments])
        assert caught.value.code == 2
        assert capsys.readouterr().out == ""
