"""`mwaa-operator plan` against the simulated AWS: the planner's word for a manifest, and that nothing is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.moto.seed import seed
from mwaa_operator.cli.main import main

EXAMPLES = Path(__file__).parents[2] / "examples"
ACCOUNT = str(EXAMPLES / "awsaccount.yaml")


@pytest.fixture(scope="module")
def aws() -> Iterator[SimulatedAws]:
    with SimulatedAws(time_factor=10_000) as cloud:
        assert cloud.moto is not None
        seed(cloud.moto)
        yield cloud


@pytest.fixture(autouse=True)
def shell(aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.env.items():
        monkeypatch.setenv(name, value)


def manifest(tmp_path: Path, **spec: Any) -> str:
    body = yaml.safe_load((EXAMPLES / "reporting.yaml").read_text())
    body["spec"] |= spec
    path = tmp_path / "environment.yaml"
    path.write_text(yaml.safe_dump(body))
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = main(["plan", "-o", "json", *arguments])
    return code, json.loads(capsys.readouterr().out)[0]


def existing(aws: SimulatedAws, name: str) -> None:
    """Make what reporting.yaml asks for, through the verb's own answer."""
    body = yaml.safe_load((EXAMPLES / "reporting.yaml").read_text())["spec"]
    aws.client().create_environment(
        Name=name,
        ExecutionRoleArn=body["executionRoleArn"],
        SourceBucketArn=body["sourceBucketArn"],
        DagS3Path=body["dagS3Path"],
        AirflowVersion=body["airflowVersion"],
        EnvironmentClass=body["environmentClass"],
        MaxWorkers=body["maxWorkers"],
        NetworkConfiguration={
            "SubnetIds": body["networkConfiguration"]["subnetIds"],
            "SecurityGroupIds": body["networkConfiguration"]["securityGroupIds"],
        },
    )
    aws.mwaa.wait_for_status(name, "AVAILABLE")


def test_a_new_environment_would_be_created(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "-f", ACCOUNT, "-f", manifest(tmp_path, name="new-one"))
    assert (code, told["verdict"]) == (3, "Create")
    assert {"field": "maxWorkers", "from": "", "to": "5", "effect": "Create"} in told["changes"]


@pytest.mark.parametrize(
    ("spec", "code", "verdict", "effects"),
    [
        ({}, 0, "Nothing", {}),
        ({"maxWorkers": 9}, 3, "Update", {"maxWorkers": "InPlace"}),
        (
            {"schedulers": 3, "tags": {"team": "x"}},
            3,
            "Update",
            {"schedulers": "RollingUpdate", "tags.team": "InPlace"},
        ),
        ({"airflowVersion": "3.2.1"}, 3, "Update", {"airflowVersion": "Upgrade"}),
        ({"endpointManagement": "CUSTOMER"}, 4, "ReplacementRequired", {"endpointManagement": "ReplacementRequired"}),
        ({"airflowVersion": "2.10.3"}, 4, "Refused", None),
        ({"maxWorkers": 9, "updatePolicy": {"when": "Approval"}}, 4, "Held", {"maxWorkers": "InPlace"}),
        ({"executionRoleArn": "arn:aws:iam::123456789012:role/admin"}, 4, "Refused", {}),
    ],
)
def test_each_kind_of_change_has_its_word_and_its_exit_code(
    spec: dict[str, Any],
    code: int,
    verdict: str,
    effects: dict[str, str] | None,
    aws: SimulatedAws,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if "plan-verb" not in aws.mwaa.names():
        existing(aws, "plan-verb")
    before = len(aws.ledger.mutations())
    seen, told = run(capsys, "-f", ACCOUNT, "-f", manifest(tmp_path, name="plan-verb", **spec))
    assert (seen, told["verdict"]) == (code, verdict), told
    if effects is not None:
        assert {change["field"]: change["effect"] for change in told["changes"]} == effects
    assert len(aws.ledger.mutations()) == before


def test_an_account_can_be_given_by_its_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "-f", manifest(tmp_path, name="other"), "--account-id", "123456789012")
    assert (code, told["verdict"]) == (3, "Create")


def test_without_an_account_it_says_which_one_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "-f", manifest(tmp_path, name="other"))
    assert code == 4
    assert "AwsAccount default" in told["message"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("spec: [", "environment.yaml"),
        ("a: 1", "not a manifest"),
        ("kind: Secret\nmetadata: {name: x}", "no MwaaEnvironment"),
        ("kind: MwaaEnvironment\nmetadata: {name: x}\nspec: {region: eu-central-1, maxWorkers: many}", "maxWorkers"),
    ],
)
def test_a_bad_manifest_gets_a_clear_error(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "environment.yaml"
    path.write_text(text)
    assert main(["plan", "-f", str(path)]) == 1
    assert told in capsys.readouterr().err
