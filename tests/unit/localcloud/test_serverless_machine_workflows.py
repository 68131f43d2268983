"""Workflows, versions, tokens and tags in the pure machine of the simulated MWAA Serverless."""

from __future__ import annotations

import re
from typing import Any

import pytest

from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.texts import role_not_assumable
from tests.support.aws import ACCOUNT, REGION
from tests.support.serverless import LOCATION, ROLE, Machine, create_request, dag, members, refused, task

VERSION = re.compile(r"[a-z0-9]{32}")


def versions(machine: Machine, arn: str) -> list[str]:
    listed = machine.call("ListWorkflowVersions", WorkflowArn=arn)["WorkflowVersions"]
    return [item["WorkflowVersion"] for item in sorted(listed, key=lambda item: item["CreatedAt"])]


def test_a_create_answers_the_first_version() -> None:
    machine = Machine()
    machine.definition = dag(description="x")

    answer = machine.create(Tags={"team": "data"})

    assert re.fullmatch(
        rf"arn:aws:airflow-serverless:{REGION}:{ACCOUNT}:workflow/one-[a-z0-9]{{10}}", answer["WorkflowArn"]
    )
    assert VERSION.fullmatch(answer["WorkflowVersion"])
    assert (answer["WorkflowStatus"], answer["IsLatestVersion"]) == ("READY", True)
    assert answer["Warnings"] == ["ignored attributes: description"]


def test_get_shows_settings_and_snapshot_but_neither_tags_nor_revision() -> None:
    machine = Machine()
    arn = machine.made(
        dag(schedule="@daily"),
        Tags={"team": "data"},
        Description="nightly",
        TriggerMode="manual_only",
        Environment={"Variables": {"STAGE": "prod"}},
        NetworkConfiguration={"SubnetIds": ["subnet-2", "subnet-1"], "SecurityGroupIds": ["sg-1"]},
        EncryptionConfiguration={"Type": "CUSTOMER_MANAGED_KEY", "KmsKeyId": "key"},
        LoggingConfiguration={"LogGroupName": "mine"},
    )
    machine.definition = dag({"changed": task()})

    shown = machine.call("GetWorkflow", WorkflowArn=arn)

    assert not {"Tags", "RevisionId", "Code"} & set(shown)
    assert shown["WorkflowDefinition"] == dag(schedule="@daily").decode()
    assert shown["ScheduleConfiguration"] == {"CronExpression": "@daily"}
    assert (shown["Description"], shown["TriggerMode"], shown["EngineVersion"]) == ("nightly", "manual_only", 1)
    assert shown["NetworkConfiguration"]["SubnetIds"] == ["subnet-2", "subnet-1"]
    assert shown["EncryptionConfiguration"] == {"Type": "CUSTOMER_MANAGED_KEY", "KmsKeyId": "key"}
    assert shown["LoggingConfiguration"] == {"LogGroupName": "mine"}
    assert shown["Environment"] == {"Variables": {"STAGE": "prod"}}
    assert machine.call("ListTagsForResource", ResourceArn=arn) == {"Tags": {"team": "data"}}


def test_what_nobody_asks_for_is_the_services() -> None:
    machine = Machine()

    shown = machine.call("GetWorkflow", WorkflowArn=machine.made())

    assert shown["LoggingConfiguration"]["LogGroupName"] == f"/aws/mwaa-serverless/{machine.state().id}/"
    assert shown["EncryptionConfiguration"] == {"Type": "AWS_MANAGED_KEY"}
    assert shown["TriggerMode"] == "scheduled"
    assert not {"Description", "Environment", "NetworkConfiguration", "ScheduleConfiguration"} & set(shown)


def test_every_update_makes_a_version_even_one_that_changes_nothing() -> None:
    machine = Machine()
    arn = machine.made()
    machine.forward(1)

    second = machine.update(arn)
    machine.forward(1)
    third = machine.update(arn, TriggerMode="disabled")

    assert versions(machine, arn) == [
        machine.state().versions[0].id,
        second["WorkflowVersion"],
        third["WorkflowVersion"],
    ]
    listed = machine.call("ListWorkflowVersions", WorkflowArn=arn)["WorkflowVersions"]
    assert [item["WorkflowVersion"] for item in listed if item["IsLatestVersion"]] == [third["WorkflowVersion"]]
    shown = machine.call("GetWorkflow", WorkflowArn=arn, WorkflowVersion=second["WorkflowVersion"])
    assert shown["TriggerMode"] == "scheduled"
    assert machine.call("GetWorkflow", WorkflowArn=arn)["TriggerMode"] == "disabled"


def test_an_update_replaces_the_environment_always_and_the_rest_as_the_law_says() -> None:
    for omitted, description in (("kept", "nightly"), ("reset", None)):
        machine = Machine()
        machine.set(habits={"update_omitted": omitted})
        arn = machine.made(Description="nightly", Environment={"Variables": {"A": "1"}}, TriggerMode="manual_only")

        machine.update(arn)

        shown = machine.call("GetWorkflow", WorkflowArn=arn)
        assert "Environment" not in shown
        assert shown.get("Description") == description
        assert shown["TriggerMode"] == ("manual_only" if omitted == "kept" else "scheduled")


def test_a_mode_only_update_may_make_no_version() -> None:
    machine = Machine()
    machine.set(habits={"mode_update_makes_version": False})
    arn = machine.made()

    machine.update(arn, TriggerMode="disabled")
    assert len(versions(machine, arn)) == 1
    assert machine.call("GetWorkflow", WorkflowArn=arn)["TriggerMode"] == "disabled"

    machine.update(arn, TriggerMode="disabled", Description="x")
    assert len(versions(machine, arn)) == 2


def test_a_name_that_is_taken_is_a_conflict_that_names_the_taker() -> None:
    machine = Machine()
    machine.made()

    refusal = refused(machine.create(ClientToken="other"), "ConflictException")

    assert members(refusal) == {"ResourceId": machine.state().id, "ResourceType": "Workflow"}
    machine.call("DeleteWorkflow", WorkflowArn=machine.state().arn)
    refused(machine.create(), "ConflictException")
    machine.forward(120)
    assert machine.create()["WorkflowStatus"] == "READY"


def test_a_name_used_again_gets_another_suffix() -> None:
    machine = Machine()
    machine.set(durations={"delete": 0.0})
    first = machine.made()
    machine.call("DeleteWorkflow", WorkflowArn=first)

    assert machine.made() != first
    refused(machine.call("GetWorkflow", WorkflowArn=first), "ResourceNotFoundException")


def test_quotas_have_their_members() -> None:
    machine = Machine(Laws(workflows=1, versions=2))
    arn = machine.made()
    machine.update(arn)

    for refusal in (machine.create("two"), machine.update(arn)):
        told = members(refused(refusal, "ServiceQuotaExceededException"))
        assert set(told) == {"ResourceId", "ResourceType", "ServiceCode", "QuotaCode"}
        assert told["ServiceCode"] == "airflow-serverless"

    oldest = machine.state().versions[0].id
    machine.call("DeleteWorkflow", WorkflowArn=arn, WorkflowVersion=oldest)
    assert VERSION.fullmatch(machine.update(arn)["WorkflowVersion"])
    assert machine.state().minted == 3


def test_a_refused_update_leaves_the_version_before_live() -> None:
    machine = Machine()
    arn = machine.made()
    before = machine.state()
    machine.definition = dag({"only": task(retries=9)})

    refused(machine.update(arn), "ValidationException")

    assert machine.state() == before


def test_a_token_answers_the_same_request_once_and_other_requests_never() -> None:
    machine = Machine()
    request = create_request(ClientToken="t", Tags={"a": "1"})

    first = machine.call("CreateWorkflow", **request)
    machine.forward(10)
    again = machine.call("CreateWorkflow", **{**request, "Tags": {"a": "1"}})

    assert {**again, "Warnings": list(again["Warnings"])} == first
    told = members(refused(machine.call("CreateWorkflow", **{**request, "Tags": {"a": "2"}}), "ConflictException"))
    assert told["ResourceType"] == "ClientToken"
    machine.set(habits={"token_mismatch": "new"})
    told = members(refused(machine.call("CreateWorkflow", **{**request, "Tags": {"a": "2"}}), "ConflictException"))
    assert told["ResourceType"] == "Workflow"


def test_a_token_is_forgotten_in_time() -> None:
    machine = Machine()
    machine.set(durations={"token": 60.0})
    machine.made(ClientToken="t")
    machine.forward(60)

    refused(machine.create(ClientToken="t"), "ConflictException")
    assert machine.world.tokens == ()


@pytest.mark.parametrize("outlives", [True, False])
def test_a_token_may_outlive_its_workflow(outlives: bool) -> None:
    machine = Machine()
    machine.set(habits={"token_outlives_workflow": outlives})
    arn = machine.made(ClientToken="t")
    machine.call("DeleteWorkflow", WorkflowArn=arn)
    machine.forward(120)

    again = machine.create(ClientToken="t")

    assert (again["WorkflowArn"] == arn) == outlives
    assert (machine.world.find("one") is None) == outlives


def test_a_refused_request_does_not_use_up_its_token() -> None:
    machine = Machine()
    machine.refusal = role_not_assumable(ROLE)
    refused(machine.create(ClientToken="t"), "ValidationException")
    machine.refusal = None

    assert machine.create(ClientToken="t")["WorkflowStatus"] == "READY"


def test_a_deleted_workflow_is_deleting_for_a_while_and_then_gone() -> None:
    machine = Machine()
    arn = machine.made()

    assert machine.call("DeleteWorkflow", WorkflowArn=arn) == {"WorkflowArn": arn}
    assert machine.call("GetWorkflow", WorkflowArn=arn)["WorkflowStatus"] == "DELETING"
    assert machine.call("DeleteWorkflow", WorkflowArn=arn) == {"WorkflowArn": arn}
    refused(machine.update(arn), "ConflictException")
    refused(machine.call("StartWorkflowRun", WorkflowArn=arn), "ConflictException")
    machine.forward(120)

    for operation in ("GetWorkflow", "DeleteWorkflow"):
        told = members(refused(machine.call(operation, WorkflowArn=arn), "ResourceNotFoundException"))
        assert told == {"ResourceId": arn.rpartition("/")[2], "ResourceType": "Workflow"}
    assert machine.call("ListWorkflows") == {"Workflows": []}


def test_deleting_a_version() -> None:
    machine = Machine()
    arn = machine.made()
    first = machine.state().latest.id
    latest = machine.update(arn)["WorkflowVersion"]

    refused(machine.call("DeleteWorkflow", WorkflowArn=arn, WorkflowVersion=latest), "ValidationException")
    answer = machine.call("DeleteWorkflow", WorkflowArn=arn, WorkflowVersion=first)

    assert answer == {"WorkflowArn": arn, "WorkflowVersion": first}
    for operation in ("GetWorkflow", "DeleteWorkflow"):
        gone = machine.call(operation, WorkflowArn=arn, WorkflowVersion=first)
        assert members(refused(gone, "ResourceNotFoundException"))["ResourceType"] == "WorkflowVersion"


def test_deleting_the_latest_version_may_promote_the_one_before() -> None:
    machine = Machine()
    machine.set(habits={"delete_latest": "promote"})
    arn = machine.made()
    first = machine.state().latest.id
    latest = machine.update(arn)["WorkflowVersion"]

    machine.call("DeleteWorkflow", WorkflowArn=arn, WorkflowVersion=latest)

    assert machine.call("GetWorkflow", WorkflowArn=arn)["WorkflowVersion"] == first
    refused(machine.call("DeleteWorkflow", WorkflowArn=arn, WorkflowVersion=first), "ValidationException")


@pytest.mark.parametrize("way", ["name", "suffix", "region"])
def test_only_the_exact_arn_is_known(way: str) -> None:
    machine = Machine()
    arn = machine.made()
    wrong = {
        "name": arn.replace("/one-", "/two-"),
        "suffix": arn[:-1] + ("x" if arn[-1] != "x" else "y"),
        "region": arn.replace(REGION, "eu-west-1"),
    }[way]

    refused(machine.call("GetWorkflow", WorkflowArn=wrong), "ResourceNotFoundException")
    refused(machine.call("TagResource", ResourceArn=wrong, Tags={"a": "1"}), "ResourceNotFoundException")


def test_writing_the_same_tags_again_does_not_put_off_when_they_show() -> None:
    machine = Machine()
    arn = machine.made(Tags={"a": "1"})
    machine.set(durations={"tags_invisible": 5})
    for _ in range(2):
        machine.call("TagResource", ResourceArn=arn, Tags={"a": "2"})
        assert machine.call("ListTagsForResource", ResourceArn=arn)["Tags"] == {"a": "1"}
        machine.forward(3)
    assert machine.call("ListTagsForResource", ResourceArn=arn)["Tags"] == {"a": "2"}


def test_tags_are_merged_removed_and_limited() -> None:
    machine = Machine()
    arn = machine.made(Tags={"a": "1", "b": "2"})

    assert machine.call("TagResource", ResourceArn=arn, Tags={"b": "3", "c": "4"}) == {}
    assert machine.call("UntagResource", ResourceArn=arn, TagKeys=["a", "absent"]) == {}

    assert machine.call("ListTagsForResource", ResourceArn=arn)["Tags"] == {"b": "3", "c": "4"}
    many = {f"k{number}": "" for number in range(49)}
    refused(machine.call("TagResource", ResourceArn=arn, Tags=many), "ValidationException")
    refused(machine.call("TagResource", ResourceArn=arn, Tags={"aws:x": "1"}), "ValidationException")
    assert len(machine.state().versions) == 1


@pytest.mark.parametrize(
    ("request_members", "name"),
    [
        ({"TriggerMode": "SCHEDULED"}, "TriggerMode"),
        ({"TriggerMode": "manual"}, "TriggerMode"),
        ({"EngineVersion": 2}, "EngineVersion"),
        ({"EncryptionConfiguration": {"Type": "CUSTOMER_MANAGED_KEY"}}, "EncryptionConfiguration"),
        ({"EncryptionConfiguration": {"Type": "AWS_MANAGED_KEY", "KmsKeyId": "k"}}, "EncryptionConfiguration"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "Environment"),
        ({"Environment": {"Variables": {"AIRFLOW__CORE__X": "x"}}}, "Environment"),
        ({"Environment": {"Variables": {"AIRFLOW__WORKERS__SECRETS_BACKENDX": "x"}}}, "Environment"),
        ({"NetworkConfiguration": {"SubnetIds": ["subnet-1"]}}, "NetworkConfiguration"),
        ({"Code": {}}, "Code"),
        ({"Tags": {"aws:x": "1"}}, "Tags"),
    ],
)
def test_a_request_is_judged(request_members: dict[str, Any], name: str) -> None:
    told = members(refused(Machine().create(**request_members), "ValidationException"))

    assert told["Reason"] == "fieldValidationFailed"
    assert told["FieldList"][0]["Name"] == name


def test_the_secrets_backend_may_be_set() -> None:
    names = ("AIRFLOW__WORKERS__SECRETS_BACKEND", "AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS")
    more = (*names, "AIRFLOW__WORKERS__SECRETS_BACKEND_KWARG__X", "STAGE")

    assert not isinstance(Machine().create(Environment={"Variables": dict.fromkeys(more, "x")}), Refusal)


def test_lists_are_complete_paged_and_in_no_useful_order() -> None:
    machine = Machine()
    names = [f"w{number:02d}" for number in range(12)]
    for name in names:
        machine.made(name=name)

    first = machine.call("ListWorkflows", MaxResults=5)
    second = machine.call("ListWorkflows", MaxResults=5, NextToken=first["NextToken"])
    third = machine.call("ListWorkflows", MaxResults=5, NextToken=second["NextToken"])

    listed = [item["Name"] for page in (first, second, third) for item in page["Workflows"]]
    assert sorted(listed) == names
    assert listed != names
    assert listed != names[::-1]
    assert "NextToken" not in third
    assert [item["Name"] for item in machine.call("ListWorkflows")["Workflows"]] == listed
    refused(machine.call("ListWorkflows", NextToken="nonsense"), "ValidationException")


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_lists_may_be_in_order_of_time(order: str) -> None:
    machine = Machine()
    machine.set(habits={"order": order})
    arn = machine.made()
    for _ in range(5):
        machine.update(arn)
        machine.forward(1)

    listed = [
        item["WorkflowVersion"] for item in machine.call("ListWorkflowVersions", WorkflowArn=arn)["WorkflowVersions"]
    ]

    made = [version.id for version in machine.state().versions]
    assert listed == (made if order == "oldest" else made[::-1])


def test_a_page_goes_on_where_the_last_one_ended_whatever_happened_between() -> None:
    machine = Machine()
    machine.set(durations={"delete": 0.0})
    for number in range(10):
        machine.made(name=f"w{number}")
    first = machine.call("ListWorkflows", MaxResults=5)
    machine.call("DeleteWorkflow", WorkflowArn=first["Workflows"][-1]["WorkflowArn"])

    rest = machine.call("ListWorkflows", NextToken=first["NextToken"])

    assert len(rest["Workflows"]) == 5


def test_lists_of_what_is_not_there_are_empty_or_say_so() -> None:
    machine = Machine()
    arn = machine.made().replace("/one-", "/two-")
    calls: dict[str, dict[str, Any]] = {
        "ListWorkflowVersions": {},
        "ListWorkflowRuns": {},
        "ListTaskInstances": {"RunId": "x"},
    }

    for operation, more in calls.items():
        (found,) = machine.call(operation, WorkflowArn=arn, **more).values()
        assert found == []
    machine.set(habits={"lists_of_missing": "not-found"})
    for operation, more in calls.items():
        refused(machine.call(operation, WorkflowArn=arn, **more), "ResourceNotFoundException")


def test_reads_lag_behind_writes_as_long_as_the_laws_say() -> None:
    machine = Machine()
    machine.set(
        durations={"create_invisible": 5.0, "list_invisible": 9.0, "update_invisible": 7.0, "tags_invisible": 3.0}
    )
    arn = machine.made(Tags={"a": "1"})

    refused(machine.call("GetWorkflow", WorkflowArn=arn), "ResourceNotFoundException")
    machine.forward(5)
    first = machine.call("GetWorkflow", WorkflowArn=arn)["WorkflowVersion"]
    assert machine.call("ListWorkflows")["Workflows"] == []
    machine.forward(4)
    assert len(machine.call("ListWorkflows")["Workflows"]) == 1

    second = machine.update(arn, Description="new")["WorkflowVersion"]
    assert machine.call("GetWorkflow", WorkflowArn=arn)["WorkflowVersion"] == first
    assert versions(machine, arn) == [first]
    assert machine.call("ListWorkflows")["Workflows"][0]["WorkflowVersion"] == first
    refused(machine.call("GetWorkflow", WorkflowArn=arn, WorkflowVersion=second), "ResourceNotFoundException")
    machine.forward(7)
    assert machine.call("GetWorkflow", WorkflowArn=arn)["WorkflowVersion"] == second
    assert versions(machine, arn) == [first, second]

    machine.call("TagResource", ResourceArn=arn, Tags={"a": "2"})
    machine.forward(2)
    assert machine.call("ListTagsForResource", ResourceArn=arn)["Tags"] == {"a": "1"}
    machine.forward(1)
    assert machine.call("ListTagsForResource", ResourceArn=arn)["Tags"] == {"a": "2"}


def test_what_the_account_lacks_is_refused_after_the_name_and_the_quota() -> None:
    machine = Machine(Laws(workflows=1))
    machine.refusal = role_not_assumable(ROLE)
    assert members(refused(machine.create(), "ValidationException"))["FieldList"][0]["Name"] == "RoleArn"
    machine.refusal = None
    arn = machine.made()
    machine.refusal = role_not_assumable(ROLE)

    refused(machine.create(), "ConflictException")
    refused(machine.create("two"), "ServiceQuotaExceededException")
    refused(machine.update(arn), "ValidationException")


def test_the_ui_url_leads_nowhere() -> None:
    machine = Machine()

    answer = machine.call("CreateAirflowUiUrl", ExpiresInSeconds=5)

    assert ".example.invalid/" in answer["AuthorizedUrl"]
    assert re.fullmatch("[a-z0-9]{32}", answer["SessionId"])
    assert (answer["SessionExpiresAt"] - answer["UrlExpiresAt"]).total_seconds() == 43_200 - 5


def test_the_definitions_location_is_shown_as_sent() -> None:
    machine = Machine()
    arn = machine.made(DefinitionS3Location={**LOCATION, "VersionId": "v1"})

    assert machine.call("GetWorkflow", WorkflowArn=arn)["DefinitionS3Location"] == {**LOCATION, "VersionId": "v1"}


def test_the_spelling_and_the_default_of_trigger_modes_can_be_switched() -> None:
    machine = Machine()
    machine.set(habits={"trigger_modes": ("SCHEDULED", "MANUAL", "DISABLED"), "default_trigger_mode": "DISABLED"})

    arn = machine.made(dag(schedule="@hourly"))

    assert machine.call("GetWorkflow", WorkflowArn=arn)["TriggerMode"] == "DISABLED"
    refused(machine.call("StartWorkflowRun", WorkflowArn=arn), "ConflictException")
    machine.update(arn, TriggerMode="SCHEDULED")
    machine.forward(2 * 3600)
    assert len(machine.call("ListWorkflowRuns", WorkflowArn=arn)["WorkflowRuns"]) == 2
    refused(machine.update(arn, TriggerMode="scheduled"), "ValidationException")
