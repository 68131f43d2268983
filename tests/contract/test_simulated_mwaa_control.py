"""The remote control of the simulated cloud, its Python twin, and the cloud as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from localcloud.aws.cloud import SimulatedAws
from tests.support.aws import Clock, ask, create_request, refused, simulated_mwaa


@pytest.fixture
def aws() -> Iterator[SimulatedAws]:
    with simulated_mwaa(clock=Clock()) as running:
        yield running


def remote(url: str, method: str, path: str, body: Any = None) -> Any:
    """Use the remote control; returns the answer, or status and text of a mistake."""
    status, _, document = ask(url, method, f"/_localcloud/{path}", body=body)
    return document if status == 200 else (status, document["error"])


def test_faults_are_armed_listed_and_disarmed(aws: SimulatedAws) -> None:
    rule = {"operation": "ListEnvironments", "times": None, "error": {"status": 500, "code": "X", "message": "m"}}

    rule_id = remote(aws.url, "POST", "faults", rule)["id"]

    assert remote(aws.url, "GET", "faults")[rule_id]["error"]["code"] == "X"
    refused(aws.client().list_environments)
    assert remote(aws.url, "DELETE", f"faults/{rule_id}") == {"removed": True}
    assert aws.client().list_environments()["Environments"] == []
    remote(aws.url, "POST", "faults", rule)
    remote(aws.url, "DELETE", "faults")
    assert aws.faults.rules == {}


def test_holds_are_awaited_and_released(aws: SimulatedAws) -> None:
    remote(aws.url, "POST", "faults", {"operation": "ListEnvironments", "hold": "here"})
    with ThreadPoolExecutor(1) as pool:
        listing = pool.submit(aws.client().list_environments)

        assert remote(aws.url, "GET", "holds/here?timeout=10")["operation"] == "ListEnvironments"
        assert [item["name"] for item in remote(aws.url, "GET", "holds")] == ["here"]
        assert remote(aws.url, "POST", "holds/here", {"forward": True}) == {"released": 1}

        assert listing.result(10)["Environments"] == []
    status, text = remote(aws.url, "GET", "holds/here?timeout=0.01")
    assert (status, "here" in text) == (408, True)


def test_the_ledger_is_read_and_reset(aws: SimulatedAws) -> None:
    aws.client().list_environments()

    assert remote(aws.url, "GET", "totals") == {"mwaa:ListEnvironments": 1}
    assert remote(aws.url, "GET", "count?operation=List*&code=") == {"count": 1}
    assert remote(aws.url, "GET", "count?code=Nothing") == {"count": 0}
    assert remote(aws.url, "GET", "calls?last=1")[0]["call"]["operation"] == "ListEnvironments"
    remote(aws.url, "DELETE", "calls")
    assert aws.ledger.totals() == {}


def test_environments_are_poked_from_outside(aws: SimulatedAws) -> None:
    aws.client().create_environment(**create_request(EndpointManagement="CUSTOMER"))

    remote(aws.url, "POST", "mwaa/advance_clock", {"seconds": 600})
    assert remote(aws.url, "POST", "mwaa/status", {"name": "one"}) == "PENDING"
    remote(aws.url, "POST", "mwaa/publish_endpoints", {"name": "one"})
    remote(aws.url, "POST", "mwaa/finish", {"name": "one"})
    assert remote(aws.url, "POST", "mwaa/environment", {"name": "one"})["Status"] == "AVAILABLE"
    remote(aws.url, "POST", "mwaa/drift", {"name": "one", "MaxWorkers": 3})
    assert aws.client().get_environment(Name="one")["Environment"]["MaxWorkers"] == 3
    remote(aws.url, "POST", "mwaa/add", {"name": "x", "account": "210987654321", "MaxWorkers": 2})
    assert aws.mwaa.of("210987654321").names() == ["x"]
    remote(aws.url, "POST", "server/conduct", {"latency": 0.001})
    assert aws.conduct.latency == 0.001


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", "nowhere", None, 404, "nowhere"),
        ("POST", "mwaa/explode", {}, 404, "explode"),
        ("POST", "mwaa/drift", {"name": "absent"}, 400, "absent"),
        ("POST", "mwaa/status", {"nam": "x"}, 400, "nam"),
        ("POST", "faults", {"operatoin": "x"}, 400, "operatoin"),
        ("POST", "faults", {"when": "later"}, 400, "later"),
        ("POST", "server/conduct", {"speed": 1}, 400, "speed"),
        ("POST", "mwaa/configure", {"gravity": 1}, 400, "gravity"),
    ],
)
def test_mistakes_are_told(aws: SimulatedAws, method: str, path: str, body: Any, status: int, words: str) -> None:
    answered, text = remote(aws.url, method, path, body)

    assert answered == status
    assert words in text


def test_the_python_control_scripts_outcomes(aws: SimulatedAws) -> None:
    mwaa = aws.client()
    aws.mwaa.configure(environments=50, update_shows="finished", failed_update="AVAILABLE", rollback=1.0)
    for name in ("bad", "unlucky", "refused", "stuck", "undeletable"):
        aws.mwaa.add(name, tags={"team": "data", "kept": "1"})
    aws.mwaa.fail_next_update("unlucky", after=1.0, message="no such wheel")
    aws.mwaa.fail_next_update("refused", verdict="refuse", message="not today")
    aws.mwaa.fail_next_update("stuck", verdict="stuck")
    aws.mwaa.fail_next_delete("undeletable")
    aws.mwaa.fail_next_create("new")
    aws.mwaa.bad_value("MaxWorkers", 13)

    mwaa.create_environment(**create_request("new"))
    for name in ("unlucky", "stuck"):
        mwaa.update_environment(Name=name, MinWorkers=2)
    mwaa.update_environment(Name="bad", MaxWorkers=13)
    error = refused(mwaa.update_environment, Name="refused", MinWorkers=2)
    mwaa.delete_environment(Name="undeletable")
    aws.mwaa.advance_clock(3600)

    assert error.response["Error"]["Message"] == "not today"
    statuses = {name: aws.mwaa.status(name) for name in aws.mwaa.names()}
    assert statuses == {
        "bad": "AVAILABLE",
        "new": "CREATE_FAILED",
        "refused": "AVAILABLE",
        "stuck": "UPDATING",
        "undeletable": "UNAVAILABLE",
        "unlucky": "AVAILABLE",
    }
    shown = aws.mwaa.environment("unlucky")
    assert shown is not None
    assert shown["LastUpdate"]["Error"]["ErrorMessage"] == "no such wheel"
    assert shown["MinWorkers"] == 1


def test_the_python_control_plays_other_people(aws: SimulatedAws) -> None:
    mwaa = aws.client()
    aws.mwaa.add("one", tags={"team": "data", "kept": "1"})

    aws.mwaa.strip_tags("one", "team")
    assert mwaa.get_environment(Name="one")["Environment"]["Tags"] == {"kept": "1"}
    aws.mwaa.strip_tags("one")
    assert "Tags" not in mwaa.get_environment(Name="one")["Environment"]
    aws.mwaa.begin_maintenance("one")
    assert aws.mwaa.wait_for_status("one", "MAINTENANCE", within=5) == "MAINTENANCE"
    aws.mwaa.finish("one")
    assert aws.mwaa.status("one") == "AVAILABLE"
    aws.mwaa.force_status("one", "UNAVAILABLE", code="INTERNAL", message="gone wrong")
    assert mwaa.get_environment(Name="one")["Environment"]["LastUpdate"]["Error"]["ErrorMessage"] == "gone wrong"
    aws.mwaa.remove("one")
    assert aws.mwaa.wait_for_status("one", "", within=5) == ""
    with pytest.raises(KeyError, match="one"):
        aws.mwaa.drift("one", MaxWorkers=2)
    with pytest.raises(ValueError, match=r"mw1\.huge"):
        aws.mwaa.add("two", EnvironmentClass="mw1.huge")
    with pytest.raises(TimeoutError, match="one to become AVAILABLE"):
        aws.mwaa.wait_for_status("one", "AVAILABLE", within=0)


def test_the_control_sees_through_lags_and_masks(aws: SimulatedAws) -> None:
    aws.mwaa.add("one", AirflowConfigurationOptions={"core.x": "1"})
    aws.mwaa.configure(update_invisible=60.0, mask_options=True)
    aws.client().update_environment(Name="one", MaxWorkers=3)

    shown = aws.client().get_environment(Name="one")["Environment"]
    truth = aws.mwaa.environment("one")

    assert truth is not None
    assert (shown["Status"], truth["Status"]) == ("AVAILABLE", "UPDATING")
    assert (shown["AirflowConfigurationOptions"], truth["AirflowConfigurationOptions"]) == (
        {"core.x": "***"},
        {"core.x": "1"},
    )


def test_a_port_that_is_taken_is_an_error_at_once(aws: SimulatedAws) -> None:
    port = int(aws.url.rpartition(":")[2])

    with pytest.raises(OSError, match=str(port)), simulated_mwaa(port=port):
        pass


def test_the_cloud_runs_as_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "localcloud.aws", "--mwaa-only", "--time-factor", "100000", "--environments", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.getcwd()}) as process:
        assert process.stdout is not None
        env = json.loads(process.stdout.readline())
        url = env["AWS_ENDPOINT_URL_MWAA"]
        mwaa = boto3.client(
            "mwaa",
            endpoint_url=url,
            region_name=env["AWS_REGION"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
            config=boto3.session.Config(inject_host_prefix=False),
        )
        mwaa.create_environment(**create_request())
        remote(url, "POST", "mwaa/finish", {"name": "one"})
        assert remote(url, "POST", "mwaa/status", {"name": "one"}) == "AVAILABLE"
        process.send_signal(signal.SIGTERM)

        assert process.wait(20) == 0
