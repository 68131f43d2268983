"""The server's store of simulated workflows: its indexes agree with what the pure machine would count."""

from __future__ import annotations

from typing import Any

from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless.config import Surroundings
from localcloud.aws.serverless.laws import Calendar, Laws
from localcloud.aws.serverless.states import Workflow
from localcloud.aws.serverless.store import Store
from localcloud.aws.signing import Caller
from tests.support.aws import ACCOUNT, HOUR, REGION, START
from tests.support.serverless import create_request, dag, members, refused


class Shelf:
    """A store, its time, and what it told of."""

    def __init__(self, laws: Laws | None = None) -> None:
        self.now = START
        self.told: list[tuple[Workflow | None, Workflow | None]] = []
        self.store = Store(ACCOUNT, REGION, laws or Laws(), observe=lambda old, new: self.told.append((old, new)))

    def call(self, operation: str, *, content: bytes | None = None, **params: Any) -> Any:
        around = Surroundings(definition=content or dag())
        return self.store.act(operation, params, now=self.now, caller=Caller(ACCOUNT), around=around)

    def made(self, name: str = "one", **members_of_request: Any) -> str:
        answer = self.call("CreateWorkflow", **members_of_request, **create_request(name))
        assert not isinstance(answer, Refusal), answer
        return str(answer["WorkflowArn"])

    def forward(self, seconds: float) -> None:
        self.now += seconds
        self.store.advance(self.now)


def test_live_runs_of_all_workflows_count_for_the_accounts_quota() -> None:
    shelf = Shelf(Laws(account_runs=2))
    one, two = shelf.made(), shelf.made("two")
    shelf.call("StartWorkflowRun", WorkflowArn=one)
    shelf.call("StartWorkflowRun", WorkflowArn=two)

    refusal = refused(shelf.call("StartWorkflowRun", WorkflowArn=one), "ServiceQuotaExceededException")

    assert members(refusal)["QuotaCode"] == "L-RUNS"
    shelf.forward(HOUR)
    assert shelf.call("StartWorkflowRun", WorkflowArn=one)["Status"] == "STARTING"


def test_runs_of_a_workflow_that_is_gone_count_no_more() -> None:
    shelf = Shelf(Laws(account_runs=1))
    one, two = shelf.made(), shelf.made("two")
    shelf.call("StartWorkflowRun", WorkflowArn=one)

    shelf.store.put("one", None)

    assert shelf.call("StartWorkflowRun", WorkflowArn=two)["Status"] == "STARTING"


def test_a_new_calendar_moves_schedules_but_wakes_nothing_that_is_being_deleted() -> None:
    shelf = Shelf(Laws(calendar=Calendar(START, START, 1.0)))
    for name in ("kept", "gone"):
        shelf.made(name, content=dag(schedule="@daily"))
    gone = shelf.store.workflows["gone"]
    shelf.call("DeleteWorkflow", WorkflowArn=gone.arn)

    shelf.store.set_laws(shelf.now, calendar=Calendar(START, START, 600.0))

    assert shelf.store.workflows["gone"].next_fire is None
    assert shelf.store.workflows["kept"].next_fire == START + 16 * HOUR / 600


def test_tokens_are_forgotten_when_their_time_is_over() -> None:
    shelf = Shelf()
    first = shelf.made(ClientToken="t")
    shelf.store.put("one", None)

    assert shelf.made(ClientToken="t") == first
    shelf.forward(24 * HOUR)
    assert shelf.made(ClientToken="t") != first


def test_every_change_is_told_with_what_was_before() -> None:
    shelf = Shelf()
    arn = shelf.made()
    shelf.call("GetWorkflow", WorkflowArn=arn)
    shelf.call("DeleteWorkflow", WorkflowArn=arn)
    shelf.forward(HOUR)

    seen = [(str(old.status) if old else None, str(new.status) if new else None) for old, new in shelf.told]
    assert seen == [(None, "READY"), ("READY", "DELETING"), ("DELETING", None)]
