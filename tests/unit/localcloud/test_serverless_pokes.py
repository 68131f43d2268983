"""What other people and AWS do to simulated workflows behind everybody's back."""

from __future__ import annotations

import pytest

from localcloud.aws.serverless import pokes
from localcloud.aws.serverless.findings import Malformed
from tests.support.aws import HOUR
from tests.support.serverless import Machine, dag, task


def test_drift_is_a_version_by_somebody_else() -> None:
    machine = Machine()
    arn = machine.made(Environment={"Variables": {"A": "1"}}, Description="ours")
    before = machine.state().latest
    machine.forward(1)

    changes = {"TriggerMode": "disabled"}
    machine.poke(pokes.drift(machine.state(), changes, now=machine.now, laws=machine.world.laws))

    shown = machine.call("GetWorkflow", WorkflowArn=arn)
    assert (shown["TriggerMode"], shown["Description"], shown["Environment"]) == (
        "disabled",
        "ours",
        {"Variables": {"A": "1"}},
    )
    assert shown["WorkflowVersion"] != before.id
    assert machine.state().minted == 2


def test_drift_may_bring_another_definition() -> None:
    machine = Machine()
    machine.made()
    laws = machine.world.laws

    machine.poke(pokes.drift(machine.state(), {}, now=machine.now, laws=laws, text=dag({"x": task()})))

    assert [item.id for item in machine.state().latest.definition.tasks] == ["x"]
    with pytest.raises(Malformed):
        pokes.drift(machine.state(), {}, now=machine.now, laws=laws, text=b"nonsense")


@pytest.mark.parametrize("state", ["SUCCESS", "FAILED", "TIMEOUT", "STOPPED"])
def test_a_run_ends_as_somebody_says(state: str) -> None:
    machine = Machine()
    arn = machine.made(dag({"a": task(), "b": task("a")}))
    run = machine.start(arn)
    machine.forward(20)

    machine.poke(pokes.end_run(machine.state(), run, state, now=machine.now, laws=machine.world.laws, error="so"))

    assert machine.run(arn, run)["RunState"] == state
    assert machine.run(arn, run)["ErrorMessage"] == "so"
    well = {"a/1": "SUCCESS", "b/0": "REMOVED"}
    assert machine.statuses(arn, run) == (well if state == "SUCCESS" else {"a/1": "CANCELLED", "b/0": "CANCELLED"})
    machine.forward(HOUR)
    assert machine.run(arn, run)["RunState"] == state


def test_a_task_ends_as_somebody_says() -> None:
    machine = Machine()
    arn = machine.made(dag({"a": task(retries=0), "b": task("a")}))
    run = machine.start(arn)
    machine.forward(20)

    workflow = pokes.end_task(
        machine.state(), run, "a", "FAILED", now=machine.now, laws=machine.world.laws, message="x"
    )
    machine.poke(workflow)

    assert machine.run(arn, run)["RunState"] == "FAILED"
    assert machine.tasks(arn, run)["a/1"]["ErrorMessage"] == "x"


def test_a_run_takes_its_course_at_once() -> None:
    machine = Machine()
    arn = machine.made(dag({"a": task(), "b": task("a")}))
    machine.script("a", attempt=1)
    run = machine.start(arn)

    machine.poke(pokes.finish(machine.state(), run, now=machine.now, laws=machine.world.laws))

    detail = machine.run(arn, run)
    assert (detail["RunState"], detail["CompletedOn"]) == ("SUCCESS", detail["CreatedAt"])
    assert machine.statuses(arn, run) == {"a/1": "FAILED", "a/2": "SUCCESS", "b/1": "SUCCESS"}


def test_mistakes_are_told() -> None:
    machine = Machine()
    machine.script("*", verdict="hang")
    run = machine.start(machine.made())
    laws = machine.world.laws

    with pytest.raises(ValueError, match="hangs in RUNNING"):
        pokes.finish(machine.state(), run, now=machine.now, laws=laws)
    with pytest.raises(ValueError, match="RUNNING is not one of"):
        pokes.end_run(machine.state(), run, "RUNNING", now=machine.now, laws=laws)
    with pytest.raises(KeyError, match="no live run x"):
        pokes.end_run(machine.state(), "x", "FAILED", now=machine.now, laws=laws)
