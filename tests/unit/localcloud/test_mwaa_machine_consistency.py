"""Eventual consistency of the simulated MWAA: what reads still show, or do not show yet."""

from __future__ import annotations

from localcloud.aws.mwaa.laws import Durations, Laws
from localcloud.aws.mwaa.machine import next_change
from localcloud.aws.mwaa.pokes import force_status
from localcloud.aws.mwaa.texts import Refusal
from tests.support.aws import Machine


def lagging(**seconds: float) -> Machine:
    return Machine(Laws(durations=Durations(**seconds)))


def test_get_says_not_found_for_a_while_after_a_create() -> None:
    machine = lagging(create_invisible=5)
    arn = machine.create()["Arn"]

    assert machine.call("GetEnvironment", Name="one").status == 404
    assert machine.call("ListTagsForResource", ResourceArn=arn).code == "ResourceNotFoundException"
    assert machine.call("ListEnvironments") == {"Environments": []}
    assert "already exists" in machine.create().message
    machine.forward(5)

    assert machine.status() == "CREATING"


def test_get_says_not_found_for_some_reads_after_a_create() -> None:
    machine = Machine(Laws(hidden_reads=2))
    machine.create()

    assert [machine.status() for _ in range(3)] == ["", "", "CREATING"]


def test_get_shows_the_old_state_for_a_while_after_an_update() -> None:
    machine = lagging(update_invisible=30)
    machine.available(MaxWorkers=4)

    machine.update(MaxWorkers=9)

    before = machine.get()
    assert (before["Status"], before["MaxWorkers"]) == ("AVAILABLE", 4)
    assert "LastUpdate" not in before
    assert isinstance(machine.update(MaxWorkers=8), Refusal)
    machine.forward(30)
    after = machine.get()
    assert (after["Status"], after["MaxWorkers"], after["LastUpdate"]["Status"]) == ("UPDATING", 9, "PENDING")


def test_a_forced_status_shows_at_once_although_the_update_did_not_yet() -> None:
    machine = lagging(update_invisible=30)
    machine.available()
    machine.update(MaxWorkers=9)
    assert machine.status() == "AVAILABLE"

    machine.poke(force_status(machine.state(), "UNAVAILABLE", now=machine.now))

    assert machine.status() == "UNAVAILABLE"


def test_a_delete_shows_at_once_although_the_update_before_it_did_not_yet() -> None:
    machine = lagging(update_invisible=3600)
    machine.available()
    machine.update(MaxWorkers=9)
    machine.forward(1500)
    assert (machine.state().status, machine.get().get("LastUpdate")) == ("AVAILABLE", None)

    machine.delete()

    assert machine.status() == "DELETING"


def test_reads_show_the_old_tags_for_a_while_after_a_change() -> None:
    machine = lagging(tags_invisible=5)
    machine.available(Tags={"a": "1"})
    arn = machine.get()["Arn"]

    machine.call("TagResource", ResourceArn=arn, Tags={"a": "2"})
    machine.forward(3)
    machine.call("TagResource", ResourceArn=arn, Tags={"b": "3"})

    assert machine.get()["Tags"] == {"a": "1"}
    machine.forward(5)
    assert machine.get()["Tags"] == {"a": "2", "b": "3"}
    assert machine.call("ListTagsForResource", ResourceArn=arn) == {"Tags": {"a": "2", "b": "3"}}


def test_list_lags_behind_get() -> None:
    machine = lagging(list_invisible=60)
    machine.create()

    assert machine.status() == "CREATING"
    assert machine.call("ListEnvironments") == {"Environments": []}
    machine.forward(60)

    assert machine.call("ListEnvironments") == {"Environments": ["one"]}


def test_every_lag_is_a_change_to_come() -> None:
    machine = lagging(create_invisible=5, list_invisible=60)
    machine.create()

    seen = []
    while (at := next_change(machine.world)) is not None:
        seen.append(at - machine.state().created_at)
        machine.forward(at - machine.now)

    assert seen == [5, 60, 1500]


def test_list_pages_by_name_and_its_token_survives_changes() -> None:
    machine = Machine(Laws(environments=100))
    for number in range(7):
        machine.create(f"e{number}")

    first = machine.call("ListEnvironments", MaxResults=3)
    machine.create("e00")
    second = machine.call("ListEnvironments", MaxResults=3, NextToken=first["NextToken"])
    third = machine.call("ListEnvironments", MaxResults=3, NextToken=second["NextToken"])

    assert first["Environments"] == ["e0", "e1", "e2"]
    assert second["Environments"] == ["e3", "e4", "e5"]
    assert third == {"Environments": ["e6"]}


def test_list_has_25_names_to_a_page_and_refuses_foreign_tokens() -> None:
    machine = Machine(Laws(environments=100))
    for number in range(26):
        machine.create(f"e{number:02}")

    assert len(machine.call("ListEnvironments")["Environments"]) == 25
    assert "NextToken" in machine.call("ListEnvironments", NextToken="garbage").message
