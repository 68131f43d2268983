"""Updates of the simulated MWAA: their states, what fails them, and what a failed one leaves."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.aws.mwaa.laws import BadValue, Habits, Laws, Outcome
from localcloud.aws.mwaa.machine import next_change
from localcloud.aws.mwaa.texts import Refusal
from tests.support.aws import HOUR, MINUTE, Machine


def test_an_update_is_updating_and_then_available_with_its_own_last_update() -> None:
    machine = Machine()
    machine.available()
    sent_at = machine.now

    assert machine.update(MaxWorkers=7) == {"Arn": machine.get()["Arn"]}

    shown = machine.get()
    assert (shown["Status"], shown["LastUpdate"]["Status"]) == ("UPDATING", "PENDING")
    assert shown["LastUpdate"]["CreatedAt"].timestamp() == sent_at
    assert shown["LastUpdate"]["WorkerReplacementStrategy"] == "FORCED"
    machine.forward(20 * MINUTE)
    shown = machine.get()
    assert (shown["Status"], shown["LastUpdate"]["Status"]) == ("AVAILABLE", "SUCCESS")
    assert shown["LastUpdate"]["CreatedAt"].timestamp() == sent_at
    assert shown["MaxWorkers"] == 7


def test_a_version_change_passes_through_a_snapshot() -> None:
    machine = Machine()
    machine.available()

    machine.update(AirflowVersion="2.11.2")

    seen = [machine.status()]
    while (at := next_change(machine.world)) is not None:
        machine.forward(at - machine.now)
        seen.append(machine.status())
    assert seen == ["UPDATING", "CREATING_SNAPSHOT", "UPDATING", "AVAILABLE"]
    assert machine.get()["AirflowVersion"] == "2.11.2"
    assert machine.get()["LastUpdate"]["CreatedAt"].timestamp() + HOUR == machine.now


@pytest.mark.parametrize(
    ("outcome", "habits", "end"),
    [
        (Outcome("UpdateEnvironment"), Habits(), "UPDATE_FAILED"),
        (Outcome("UpdateEnvironment"), Habits(failed_update="AVAILABLE"), "AVAILABLE"),
        (Outcome("UpdateEnvironment", settles="AVAILABLE"), Habits(), "AVAILABLE"),
    ],
)
def test_a_failed_update_rolls_back_to_the_old_configuration(outcome: Outcome, habits: Habits, end: str) -> None:
    machine = Machine(Laws(habits=habits))
    machine.available(MaxWorkers=4)
    machine.script(outcome)
    machine.update(MaxWorkers=9, AirflowConfigurationOptions={"core.parallelism": "3"})

    machine.forward(15 * MINUTE)
    shown = machine.get()
    assert (shown["Status"], shown["LastUpdate"]["Status"]) == ("ROLLING_BACK", "PENDING")
    assert shown["MaxWorkers"] == 4
    machine.forward(10 * MINUTE)

    shown = machine.get()
    assert (shown["Status"], shown["LastUpdate"]["Status"]) == (end, "FAILED")
    assert shown["LastUpdate"]["Error"]["ErrorCode"] == "INCORRECT_CONFIGURATION"
    assert (shown["MaxWorkers"], shown["AirflowConfigurationOptions"]) == (4, {})


def test_an_update_can_end_in_unavailable() -> None:
    machine = Machine()
    machine.available()
    machine.script(Outcome("UpdateEnvironment", "unavailable"))
    machine.update(MaxWorkers=9)

    machine.forward(15 * MINUTE)

    assert machine.status() == "UNAVAILABLE"
    assert machine.get()["LastUpdate"]["Status"] == "FAILED"
    assert isinstance(machine.update(MaxWorkers=9), Refusal)
    assert machine.delete() == {}


@pytest.mark.parametrize("shows", ["accepted", "finished"])
def test_get_shows_the_new_configuration_when_the_habit_says(shows: Any) -> None:
    machine = Machine(Laws(habits=Habits(update_shows=shows)))
    machine.available(MaxWorkers=4)

    machine.update(MaxWorkers=9)

    assert machine.get()["MaxWorkers"] == (9 if shows == "accepted" else 4)
    machine.forward(20 * MINUTE)
    assert machine.get()["MaxWorkers"] == 9


def test_an_outcome_is_used_up_and_belongs_to_its_name() -> None:
    machine = Machine()
    machine.available("one")
    machine.available("two")
    machine.script(Outcome("UpdateEnvironment"), name="two")

    for name in ("one", "two"):
        machine.update(name, MaxWorkers=5)
    machine.forward(HOUR)
    assert (machine.status("one"), machine.status("two")) == ("AVAILABLE", "UPDATE_FAILED")
    machine.update("two", MaxWorkers=6)
    machine.forward(HOUR)
    assert machine.status("two") == "AVAILABLE"


def test_a_bad_value_fails_every_update_that_has_it_and_no_other() -> None:
    bad = BadValue("RequirementsS3ObjectVersion", "broken", "No matching distribution found")
    machine = Machine(Laws(bad_values=(bad,)))
    machine.available(RequirementsS3Path="requirements.txt", RequirementsS3ObjectVersion="good")

    machine.update(RequirementsS3Path="requirements.txt", RequirementsS3ObjectVersion="broken")
    machine.forward(HOUR)
    assert machine.status() == "UPDATE_FAILED"
    assert machine.get()["LastUpdate"]["Error"]["ErrorMessage"] == "No matching distribution found"
    assert machine.get()["RequirementsS3ObjectVersion"] == "good"
    machine.update(MaxWorkers=3)
    machine.forward(HOUR)
    assert machine.status() == "AVAILABLE"


def test_a_bad_option_value_fails_a_create() -> None:
    machine = Machine(Laws(bad_values=(BadValue("AirflowConfigurationOptions.core.parallelism", "0"),)))

    machine.create(AirflowConfigurationOptions={"core.parallelism": "0"})
    machine.forward(HOUR)

    assert machine.status() == "CREATE_FAILED"


def test_a_key_alias_is_noticed_only_at_the_end_of_the_create() -> None:
    machine = Machine()

    machine.create(KmsKey="alias/airflow")
    machine.forward(HOUR)

    assert machine.status() == "CREATE_FAILED"


def test_graceful_takes_longer_than_forced() -> None:
    machine = Machine()
    machine.available()
    machine.update(MaxWorkers=5, WorkerReplacementStrategy="GRACEFUL")

    machine.forward(2 * HOUR)
    assert machine.status() == "UPDATING"
    machine.forward(20 * MINUTE)

    assert machine.get()["LastUpdate"]["WorkerReplacementStrategy"] == "GRACEFUL"
    assert machine.status() == "AVAILABLE"


def test_the_first_update_must_be_forced_where_that_is_the_habit() -> None:
    machine = Machine(Laws(habits=Habits(graceful_needs_forced_first=True)))
    machine.available()
    graceful: dict[str, Any] = {"MaxWorkers": 5, "WorkerReplacementStrategy": "GRACEFUL"}

    assert "FORCED" in machine.update(**graceful).message
    machine.update(MaxWorkers=6)
    machine.forward(HOUR)

    assert "Arn" in machine.update(**graceful)
