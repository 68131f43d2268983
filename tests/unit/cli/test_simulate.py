"""`mwaa-operator simulate`: what it prints, for people and for programs, and its exit codes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mwaa_operator.cli import main
from tests.support.bpg import cluster, document, jwt, landscape


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the landscape's file, and room on the terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "app.yaml").write_text(json.dumps(landscape()))
    return tmp_path


def run(
    capsys: pytest.CaptureFixture[str], *arguments: str, config: str = "app.yaml", version: str | None = "3.5"
) -> tuple[int, str, str]:
    job = [] if version is None else ["--spark-version", version]
    code = main(["simulate", "--config", config, *job, *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def shared() -> dict[str, Any]:
    """Return a file in which u is a default user of two queues, one of them secure."""
    clusters = [cluster("a", 1, ["3.5"], ["p"]), cluster("b", 3, ["3.5"], ["p", "q"], sparkApplicationNamespace="[b]")]
    queues = [{"name": "p", "users": ["u"]}, {"name": "q", "users": ["u"], "secure": True}]
    return document(clusters=clusters, queues=queues)


class TestText:
    def test_a_split_is_a_table(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, err = run(capsys, "--user", "x", "--queue", "phi", "--token-for", "phi")
        assert (code, err) == (0, "")
        rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in out.splitlines() if "%" in line]
        assert rows == [["90.00 %", "9/10", "a", "spark", "phi"], ["10.00 %", "1/10", "b", "spark", "phi"]]

    def test_a_refusal_is_a_line_in_the_words_of_bpg(self, capsys: pytest.CaptureFixture[str]) -> None:
        expected = "refused with 400 (Queue): Please specify queueToken for queue phi\n"
        assert run(capsys, "--user", "x", "--queue", "phi") == (3, expected, "")

    def test_what_may_be_refused_says_how_likely(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (directory / "app.yaml").write_text(json.dumps(shared()))
        code, out, _ = run(capsys, "--user", "u")
        assert code == 4
        assert "75.00 % (3/4) refused with 400 (Queue): Please specify queueToken for queue q\n" in out
        assert "warning: DoubleDraw u is a default user of 2 queues (p, q)" in out
        assert "[b]" in out

    def test_the_profile_decides(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "--user", "x", "--queue", "nope", "--cluster-id", "a")[0] == 0
        code, out, _ = run(capsys, "--user", "x", "--queue", "nope", "--cluster-id", "a", "--profile", "pre-dw5")
        assert (code, out.split(":")[0]) == (3, "refused with 500 (Limits)")

    def test_real_tokens_are_checked_with_the_keys_of_the_file(
        self, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        claims = {"iss": "airflow", "allowedQueues": ["phi"]}
        for token, code in ((jwt(claims), 0), (jwt(claims, key="other"), 3), (jwt(claims | {"exp": 1}), 3)):
            (directory / "token").write_text(f"{token}\n")
            assert run(capsys, "--user", "x", "--queue", "phi", "--token-file", "token")[0] == code

    def test_every_option_reaches_the_request(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        body = landscape(sparkImages=[])
        body["queues"][1] |= {"executorNodeLabelValues": ["x"]}
        (directory / "app.yaml").write_text(json.dumps(body))
        assert "type: Scala" in run(capsys, "--user", "x", "--queue", "dev", "--type", "Scala")[1]
        code, out, _ = run(capsys, "--user", "x", "--queue", "dev", "--image", "i", "--spot")
        assert (code, "SpotLabels" in out) == (0, True)

    def test_control_characters_are_printed_and_not_obeyed(self, capsys: pytest.CaptureFixture[str]) -> None:
        _, out, _ = run(capsys, "--user", "x", "--queue", "dev", version="\x1b[31m[bold]")
        assert r"Spark version not supported: \x1b[31m[bold]" in out

    def test_a_file_from_which_bpg_does_not_start(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (directory / "app.yaml").write_text("sparkClusters: [{weight: abc}]\n")
        code, out, _ = run(capsys, "--user", "x")
        message = "Incorrect type of value at: sparkClusters.[0].weight; is of type: String, expected: int"
        assert (code, out) == (1, f"BPG does not start: {message}\n")


class TestJson:
    def test_programs_get_every_member(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (directory / "app.yaml").write_text(json.dumps(shared()))
        code, out, _ = run(capsys, "--user", "u", "--cluster-id", "b", "--profile", "head", "-o", "json")
        assert code == 4
        told = json.loads(out)
        assert {key: told[key] for key in ("profile", "user", "accepted")} == {
            "profile": "head",
            "user": "u",
            "accepted": {"share": "1/2", "percent": 50.0},
        }
        assert told["choices"] == [
            {"cluster": "b", "index": 1, "namespace": "[b]", "queue": "p", "share": "1/2", "percent": 50.0}
        ]
        assert told["refusals"] == [
            {
                "stage": "Queue",
                "status": 400,
                "message": "Please specify queueToken for queue q",
                "exact": True,
                "share": "1/2",
                "percent": 50.0,
            }
        ]
        assert [warning["code"] for warning in told["warnings"]] == ["DoubleDraw"]

    def test_a_start_failure_too(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (directory / "app.yaml").write_text("allowedUsers: x")
        code, out, _ = run(capsys, "--user", "x", "-o", "json")
        assert (code, json.loads(out)["startFailure"]["path"]) == (1, "allowedUsers")


class TestBodies:
    @pytest.mark.parametrize(
        ("body", "code", "expected"),
        [
            ('{"queue": "dev", "sparkVersion": "3.5", "driver": {"gpu": 1}}', 0, "100.00 %"),
            ("queue: dev\nsparkVersion: 3.5\n", 0, "100.00 %"),
            ("queue: dev\nsparkVersion: 3.50\nclusterId: a\n", 0, "NamedCluster"),
            ("queue: dev\nnope: 1\n", 3, "refused with 400 (Body): Invalid JSON request: Unrecognized field at: nope"),
            ("", 3, "refused with 500 (Body)"),
        ],
    )
    def test_a_job_as_it_would_be_sent(
        self, directory: Path, body: str, code: int, expected: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (directory / "job").write_text(body)
        found, out, _ = run(capsys, "--user", "x", "--body", "job", version=None)
        assert found == code
        assert expected in out

    def test_a_job_is_described_once(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (directory / "job").write_text("{}")
        code, out, err = run(capsys, "--user", "x", "--body", "job")
        assert (code, out) == (2, "")
        assert "the job is described twice" in err


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    data = io.BytesIO(json.dumps(landscape()).encode())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=data))
    assert run(capsys, "--user", "x", "--queue", "dev", config="-")[0] == 0


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "config", "expected"),
        [
            ([], "nowhere.yaml", "nowhere.yaml: No such file or directory"),
            ([], ".", ".: Is a directory"),
            ([], "bytes.yaml", "bytes.yaml: this is no UTF-8"),
            ([], "manifest.yaml", "manifest.yaml: this is a Kubernetes manifest, not BPG's configuration"),
            (["--token-file", "nowhere"], "app.yaml", "nowhere: No such file"),
            (["--token-file", "app.yaml", "--token-for", "q"], "app.yaml", "there are two tokens"),
        ],
    )
    def test_what_cannot_be_read_is_told(
        self,
        directory: Path,
        arguments: list[str],
        config: str,
        expected: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (directory / "bytes.yaml").write_bytes(b"\xff")
        (directory / "manifest.yaml").write_text("apiVersion: v1\nkind: Secret\n")
        code, out, err = run(capsys, "--user", "x", *arguments, config=config)
        assert (code, out) == (2, "")
        assert expected in err
        assert "next:" in err

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ([], "nothing says where the configuration is"),
            (["--config", "app.yaml", "--gateway", "g"], "two options say where the configuration is"),
            (["--config", "app.yaml", "-n", "g"], "--namespace is that of a gateway"),
        ],
    )
    def test_the_configuration_is_in_one_place(
        self, arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code = main(["simulate", "--user", "x", *arguments])
        assert code == 2
        assert expected in capsys.readouterr().err

    def test_a_gateway_without_a_cluster_to_ask_says_what_to_do(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("KUBECONFIG", str(directory / "nowhere"))
        code = main(["simulate", "--gateway", "g", "--user", "x"])
        told = capsys.readouterr()
        assert (code, told.out) == (1, "")
        assert "set KUBECONFIG to the cluster of the gateway" in told.err

    @pytest.mark.parametrize("arguments", [[], ["--user", "x", "--profile", "old"], ["--user", "x", "-o", "xml"]])
    def test_a_wrong_call_exits_with_2(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as caught:
            run(capsys, *arguments)
        assert caught.value.code == 2
