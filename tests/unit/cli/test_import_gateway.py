"""`mwaa-operator import-gateway`: manifests on standard output, all else on standard error, and its exit codes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from mwaa_operator.cli import main
from tests.support.bpgimport import company, entry, file

KEY = "canary-key-77"


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the company's file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "app.yaml").write_text(json.dumps(company(queueTokenSOPS={"secrets": [KEY]})))
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["import-gateway", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_manifests_are_yaml_that_can_be_applied(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "app.yaml")
    assert code == 0
    assert [body["kind"] for body in yaml.safe_load_all(out)] == ["SparkGateway", "SparkJobRoute", "SparkJobRoute"]
    assert err.splitlines()[-1].endswith("kinds of jobs simulated: the routing is the same")


def test_warnings_point_at_the_file_and_hold_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = run(capsys, "app.yaml")
    assert "warning: /queueTokenSOPS: is not copied" in err
    assert "warning: the file names no image" in err
    assert KEY not in out + err


def test_every_option_is_in_the_manifests(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--name", "phi", "-n", "gateways", "--route-namespace", "team", "--data-class", "phi"]
    _, out, err = run(capsys, "app.yaml", *options, "--profile", "pre-dw5", "--image", "registry/bpg:1")
    gateway, *routes = yaml.safe_load_all(out)
    assert gateway["metadata"] == {"name": "phi", "namespace": "gateways"}
    assert (gateway["spec"]["bpgProfile"], gateway["spec"]["image"]) == ("pre-dw5", "registry/bpg:1")
    assert {route["metadata"]["namespace"] for route in routes} == {"team"}
    assert {route["spec"]["dataClass"] for route in routes} == {"phi"}
    assert "names no image" not in err


def test_another_routing_is_told_and_printed_all_the_same(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = file(entry("a", 1, ["q"], sparkVersions=["3.4"]), entry("b", 1, ["q"]), queues=[{"name": "q"}])
    (directory / "app.yaml").write_text(json.dumps(body))
    code, out, err = run(capsys, "app.yaml")
    assert code == 1
    assert len(list(yaml.safe_load_all(out))) == 2
    assert "differs: before: 1 to spark at https://b.example.com\n" in err
    assert "         after:  1 refused with 400: Spark version not supported: 3.5\n" in err
    assert "         queue q, version 3.5, user anybody, without a token\n" in err
    assert "the routing differs for" in err


def test_programs_get_everything(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "app.yaml", "-o", "json")
    told = json.loads(out)
    assert (code, told["sameRouting"], told["differences"]) == (0, True, [])
    assert [body["kind"] for body in told["manifests"]] == ["SparkGateway", "SparkJobRoute", "SparkJobRoute"]
    assert {"pointer", "message"} == set(told["warnings"][0])


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(company()).encode())))
    assert run(capsys, "-")[0] == 0


def test_control_characters_are_printed_and_not_obeyed(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = company()
    body["allowedUsers"].append("\x1b[31m")
    (directory / "app.yaml").write_text(json.dumps(body | {"\x1b]0;x": 1}))
    _, _, err = run(capsys, "app.yaml")
    assert "\x1b" not in err
    assert r"/\x1b]0;x: is ignored by BPG" in err


@pytest.mark.parametrize(
    ("arguments", "text", "expected"),
    [
        (["app.yaml"], "sparkClusters: [{weight: abc}]", "app.yaml: BPG does not start from this file"),
        (["app.yaml"], "{}", "app.yaml: no entry of sparkClusters"),
        (["app.yaml"], "apiVersion: v1\nkind: ConfigMap\n", "this is a Kubernetes manifest"),
        (["nowhere.yaml"], "{}", "nowhere.yaml: No such file"),
        (["app.yaml", "--name", "No_Name"], "{}", "--name cannot be 'No_Name'"),
        (["app.yaml", "--data-class", "PHI"], "{}", "--data-class cannot be 'PHI'"),
        (["app.yaml", "--route-namespace", "a.b"], "{}", "--route-namespace cannot be 'a.b'"),
    ],
)
def test_what_cannot_be_imported_exits_with_2(
    arguments: list[str], text: str, expected: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (directory / "app.yaml").write_text(text)
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert expected in err
    assert "next:" in err
