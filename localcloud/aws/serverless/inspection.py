"""Looking inside the simulated MWAA Serverless, and waiting for what one wants to see. It changes nothing.

It sees through lags: what it shows is what reads show once everything is consistent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from localcloud.aws.serverless.render import Answer, shown_tags, workflow_answer
from localcloud.aws.serverless.runrender import instances, run_answer, task_answer
from localcloud.aws.serverless.runstates import ENDED, Run
from localcloud.aws.serverless.service import ServerlessService
from localcloud.aws.serverless.states import Workflow
from localcloud.aws.serverless.store import Store
from localcloud.waiting import wait_until


class Inspection:
    """Eyes on the workflows of one account and Region. Thread-safe.

    Args:
        service: The service.
        account: Twelve digits.
        region: For example "eu-central-1".
    """

    def __init__(self, service: ServerlessService, account: str, region: str) -> None:
        self.service, self.account, self.region = service, account, region

    def names(self) -> list[str]:
        """Return the names of all workflows, also of those that reads do not show (yet)."""
        with self.service.lock:
            return sorted(self._store().workflows)

    def state(self, name: str) -> Workflow | None:
        """Return the state machine's own value."""
        with self.service.lock:
            return self._store().workflows.get(name)

    def status(self, name: str) -> str:
        """Return the status, "" when there is no workflow."""
        state = self.state(name)
        return str(state.status) if state else ""

    def workflow(self, name: str) -> Answer | None:
        """Return the latest version as GetWorkflow shows it once everything is consistent, with Tags; None = none."""
        state = self.state(name)
        if state is None:
            return None
        return {**workflow_answer(state, state.latest), "Tags": shown_tags(replace(state, stale_tags=None))}

    def versions(self, name: str) -> list[str]:
        """Return the ids of a workflow's versions, oldest first; empty when there is no workflow."""
        state = self.state(name)
        return [version.id for version in state.versions] if state else []

    def minted(self, name: str) -> int:
        """Return how many versions a workflow ever had; 0 when there is no workflow."""
        state = self.state(name)
        return state.minted if state else 0

    def runs(self, name: str) -> list[Answer]:
        """Return a workflow's runs as GetWorkflowRun shows them, oldest first."""
        state = self.state(name)
        if state is None:
            return []
        ordered = sorted((*state.past, *state.live), key=lambda run: run.created_at)
        return [run_answer(state, run, self.service.laws) for run in ordered]

    def tasks(self, name: str, run_id: str | None = None) -> list[Answer]:
        """Return the task instances of a run (of the newest by default) as GetTaskInstance shows them."""
        workflow, run = self._run(name, run_id)
        return [task_answer(workflow, run, item, self.service.laws) for item in instances(run)]

    def wait_for_status(self, name: str, *statuses: str, within: float = 30.0) -> str:
        """Wait until the workflow has one of these statuses ("" = is gone). Raises TimeoutError."""
        what = f"{name} to become {' or '.join(statuses)}"
        return self._wait(lambda: self.status(name), statuses, within=within, what=what)

    def wait_for_run(self, name: str, *states: str, run_id: str | None = None, within: float = 30.0) -> str:
        """Wait until a run (the newest by default) has one of these states; any end by default. Raises TimeoutError."""

        def look() -> str:
            state = self.state(name)
            return str(self._run(name, run_id)[1].state) if state and (state.live or state.past) else ""

        wanted = states or tuple(ENDED)
        return self._wait(look, wanted, within=within, what=f"a run of {name} to become {' or '.join(wanted)}")

    def _run(self, name: str, run_id: str | None) -> tuple[Workflow, Run]:
        workflow = self._found(name)
        newest = max((*workflow.live[::-1], *workflow.past[::-1]), key=lambda run: run.created_at, default=None)
        run = newest if run_id is None else workflow.run(run_id)
        if run is None:
            raise KeyError(f"{name} has no run {run_id or ''}")
        return workflow, run

    def _found(self, name: str) -> Workflow:
        state = self.state(name)
        if state is None:
            raise KeyError(f"No workflow {name} in {self.account} {self.region}")
        return state

    def _wait(self, look: Callable[[], str], wanted: tuple[str, ...], *, within: float, what: str) -> str:
        if not wanted:
            raise ValueError("Name at least one state")
        found = wait_until(lambda: (seen,) if (seen := look()) in wanted else None, within=within, what=what)
        assert found is not None
        return found[0]

    def _store(self) -> Store:
        return self.service.store(self.account, self.region)
