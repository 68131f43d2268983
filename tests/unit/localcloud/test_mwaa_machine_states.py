"""States and transitions of the simulated MWAA. The wire is the contract tests' matter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localcloud.aws.mwaa.laws import Durations, Habits, Laws, Outcome
from localcloud.aws.mwaa.machine import next_change
from localcloud.aws.mwaa.pokes import begin_maintenance, drift, finish, force_status, publish_endpoints
from localcloud.aws.mwaa.states import Status
from localcloud.aws.mwaa.texts import TROUBLESHOOTING, Refusal
from tests.support.aws import HOUR, MINUTE, START, Machine

BUSY = (
    Status.CREATING,
    Status.UPDATING,
    Status.CREATING_SNAPSHOT,
    Status.ROLLING_BACK,
    Status.DELETING,
)


def test_a_create_is_creating_for_25_minutes_and_then_available() -> None:
    machine = Machine()

    assert machine.create() == {"Arn": "arn:aws:airflow:eu-central-1:123456789012:environment/one"}

    assert machine.status() == "CREATING"
    machine.forward(25 * MINUTE - 1)
    assert machine.status() == "CREATING"
    machine.forward(1)
    assert machine.status() == "AVAILABLE"
    assert "LastUpdate" not in machine.get()


def test_a_failed_create_shows_its_error_and_can_only_be_deleted() -> None:
    machine = Machine()
    machine.script(Outcome("CreateEnvironment"))
    machine.create()

    machine.forward(25 * MINUTE)

    shown = machine.get()
    assert shown["Status"] == "CREATE_FAILED"
    assert shown["LastUpdate"]["Status"] == "FAILED"
    assert shown["LastUpdate"]["CreatedAt"] == shown["CreatedAt"]
    assert shown["LastUpdate"]["Error"] == {"ErrorCode": "INCORRECT_CONFIGURATION", "ErrorMessage": TROUBLESHOOTING}
    assert machine.update(MaxWorkers=5).message == "Environments with CREATE_FAILED status cannot be updated."
    assert machine.delete() == {}


def test_customer_endpoints_hold_a_create_in_pending_until_they_are_published() -> None:
    machine = Machine()
    machine.create(EndpointManagement="CUSTOMER")
    assert "DatabaseVpcEndpointService" not in machine.get()

    machine.forward(8 * MINUTE)

    shown = machine.get()
    assert shown["Status"] == "PENDING"
    assert shown["DatabaseVpcEndpointService"].startswith("com.amazonaws.vpce.eu-central-1.vpce-svc-")
    assert shown["WebserverVpcEndpointService"] != shown["DatabaseVpcEndpointService"]
    machine.poke(publish_endpoints(machine.state(), now=machine.now, laws=machine.world.laws))
    assert machine.status() == "CREATING"
    machine.forward(15 * MINUTE)
    assert machine.status() == "AVAILABLE"


def test_pending_without_endpoints_fails_after_72_hours() -> None:
    machine = Machine()
    machine.create(EndpointManagement="CUSTOMER")

    machine.forward(8 * MINUTE + 72 * HOUR - 1)
    assert machine.status() == "PENDING"
    machine.forward(1)

    assert machine.status() == "CREATE_FAILED"
    assert "72 hours" in machine.get()["LastUpdate"]["Error"]["ErrorMessage"]


def test_only_private_modes_have_a_web_server_endpoint_service() -> None:
    machine = Machine()

    machine.available(WebserverAccessMode="PUBLIC_ONLY")

    assert "WebserverVpcEndpointService" not in machine.get()


def test_maintenance_begins_at_a_poke_and_ends_by_itself() -> None:
    machine = Machine()
    machine.available()

    machine.poke(begin_maintenance(machine.state(), now=machine.now, laws=machine.world.laws))
    assert machine.status() == "MAINTENANCE"
    machine.forward(2 * HOUR)

    shown = machine.get()
    assert shown["Status"] == "AVAILABLE"
    assert (shown["LastUpdate"]["Status"], shown["LastUpdate"]["Source"]) == ("SUCCESS", "MWAA_MAINTENANCE")


def test_an_update_sent_in_maintenance_queues_behind_it_and_becomes_forced() -> None:
    machine = Machine()
    machine.available()
    machine.poke(begin_maintenance(machine.state(), now=machine.now, laws=machine.world.laws))

    assert "Arn" in machine.update(MaxWorkers=5, WorkerReplacementStrategy="GRACEFUL")

    shown = machine.get()
    assert shown["Status"] == "MAINTENANCE"
    assert shown["LastUpdate"]["WorkerReplacementStrategy"] == "FORCED"
    assert isinstance(machine.update(MaxWorkers=6), Refusal)
    machine.forward(2 * HOUR)
    assert machine.status() == "UPDATING"
    machine.forward(20 * MINUTE)
    assert (machine.status(), machine.get()["MaxWorkers"]) == ("AVAILABLE", 5)


def test_the_weekly_window_opens_every_week() -> None:
    machine = Machine(Laws(weekly_maintenance=True))
    machine.available(WeeklyMaintenanceWindowStart="SUN:03:30")

    openings: list[float] = []
    while len(openings) < 2:
        at = next_change(machine.world)
        assert at is not None
        machine.forward(at - machine.now)
        if machine.status() == "MAINTENANCE":
            openings.append(machine.now)

    # START is Friday 2027-01-15 08:00 UTC.
    assert openings[0] == START + 43.5 * HOUR
    assert openings[1] - openings[0] == 7 * 24 * HOUR


def test_a_delete_leaves_a_readable_deleted_environment_that_then_goes() -> None:
    machine = Machine()
    machine.available()

    assert machine.delete() == {}
    assert machine.status() == "DELETING"
    assert machine.delete() == {}
    machine.forward(12 * MINUTE)
    assert machine.status() == "DELETED"
    assert machine.delete().message == "Environments with DELETED status cannot be deleted."
    assert isinstance(machine.create(), Refusal)
    machine.forward(10 * MINUTE)

    assert machine.status() == ""
    assert machine.delete().code == "ResourceNotFoundException"
    assert machine.world.environments == ()
    assert "Arn" in machine.create()


def test_a_deleted_name_is_free_at_once_where_that_is_the_habit() -> None:
    machine = Machine(Laws(habits=Habits(deleted_name_free=True)))
    machine.available()
    machine.delete()
    machine.forward(12 * MINUTE)

    assert "Arn" in machine.create()
    assert machine.status() == "CREATING"


def test_a_failed_delete_ends_in_unavailable() -> None:
    machine = Machine()
    machine.available()
    machine.script(Outcome("DeleteEnvironment", code="INTERNAL", message="dependency"))

    machine.delete()
    machine.forward(HOUR)

    assert machine.status() == "UNAVAILABLE"
    assert machine.get()["LastUpdate"]["Error"]["ErrorCode"] == "INTERNAL"
    machine.delete()
    machine.forward(12 * MINUTE)
    assert machine.status() == "DELETED"


@pytest.mark.parametrize("operation", ["CreateEnvironment", "UpdateEnvironment", "DeleteEnvironment"])
def test_a_stuck_operation_never_ends(operation: str) -> None:
    machine = Machine()
    if operation != "CreateEnvironment":
        machine.available()
    machine.script(Outcome(operation, "stuck"))

    {"CreateEnvironment": machine.create, "UpdateEnvironment": machine.update, "DeleteEnvironment": machine.delete}[
        operation
    ]()
    before = machine.status()
    machine.forward(10_000 * HOUR)

    assert machine.status() == before
    assert next_change(machine.world) is None


@pytest.mark.parametrize("status", BUSY)
def test_busy_states_refuse_updates_and_deletes(status: str) -> None:
    machine = Machine()
    machine.available()
    machine.poke(force_status(machine.state(), status, now=machine.now))
    before = machine.world

    refused = [machine.update(MaxWorkers=3)]
    if status != Status.DELETING:
        refused.append(machine.delete())

    assert {(item.code, item.status) for item in refused} == {("ValidationException", 400)}
    assert all(status in item.message for item in refused)
    assert machine.world is before


@pytest.mark.parametrize(
    ("status", "habits", "updates", "deletes"),
    [
        (Status.UNAVAILABLE, Habits(), False, True),
        (Status.UNAVAILABLE, Habits(update_unavailable=True), True, True),
        (Status.PENDING, Habits(), False, True),
        (Status.PENDING, Habits(delete_pending=False), False, False),
        (Status.MAINTENANCE, Habits(), True, False),
        (Status.MAINTENANCE, Habits(delete_in_maintenance=True), True, True),
        (Status.UPDATE_FAILED, Habits(), True, True),
        ("HIBERNATING", Habits(), False, False),
    ],
)
def test_doubtful_states_follow_the_habits(status: str, habits: Habits, updates: bool, deletes: bool) -> None:
    for operation, allowed in (("update", updates), ("delete", deletes)):
        machine = Machine(Laws(habits=habits))
        machine.available()
        machine.poke(force_status(machine.state(), status, now=machine.now))

        answer = machine.update(MaxWorkers=3) if operation == "update" else machine.delete()

        assert isinstance(answer, Refusal) != allowed, operation


def test_a_recreated_environment_shows_new_identifiers() -> None:
    machine = Machine()
    machine.available()
    old = machine.get()
    machine.delete()
    machine.forward(HOUR)

    machine.available()

    changed = {member for member, value in machine.get().items() if value != old[member]}
    assert changed == {
        "CreatedAt",
        "WebserverUrl",
        "CeleryExecutorQueue",
        "DatabaseVpcEndpointService",
        "WebserverVpcEndpointService",
    }


def test_drift_changes_the_configuration_without_an_update() -> None:
    machine = Machine()
    machine.available(Tags={"team": "data"})

    machine.poke(drift(machine.state(), {"MaxWorkers": 3, "Tags": {}}))

    shown = machine.get()
    assert (shown["MaxWorkers"], shown["Status"]) == (3, "AVAILABLE")
    assert "Tags" not in shown
    assert "LastUpdate" not in shown


@pytest.mark.parametrize(("management", "end"), [("SERVICE", "AVAILABLE"), ("CUSTOMER", "PENDING")])
def test_finish_ends_what_is_under_way(management: str, end: str) -> None:
    machine = Machine()
    machine.create(EndpointManagement=management)

    machine.poke(finish(machine.state(), now=machine.now))

    assert machine.status() == end


def test_finish_refuses_what_is_stuck() -> None:
    machine = Machine()
    machine.script(Outcome("CreateEnvironment", "stuck"))
    machine.create()

    with pytest.raises(ValueError, match="stuck in CREATING"):
        finish(machine.state(), now=machine.now)


def test_pokes_refuse_states_that_they_are_not_for() -> None:
    machine = Machine()
    machine.create()

    with pytest.raises(ValueError, match="not PENDING"):
        publish_endpoints(machine.state(), now=machine.now, laws=machine.world.laws)
    with pytest.raises(ValueError, match="stable states"):
        begin_maintenance(machine.state(), now=machine.now, laws=machine.world.laws)


def test_durations_are_divided_by_the_time_factor() -> None:
    machine = Machine(Laws(durations=Durations().scaled(1500)))
    machine.create()

    machine.forward(1)

    assert machine.status() == "AVAILABLE"


def test_steps_that_fell_due_long_ago_are_taken_in_order() -> None:
    machine = Machine()
    machine.create(EndpointManagement="CUSTOMER")
    world = replace(machine.world)

    machine.forward(10_000 * HOUR)

    assert machine.status() == "CREATE_FAILED"
    assert machine.get()["DatabaseVpcEndpointService"]
    assert world.environments[0].status == "CREATING"
