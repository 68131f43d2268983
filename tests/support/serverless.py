"""Helpers for tests of the simulated MWAA Serverless: definitions, requests, and the pure machine with a small voice.

Nothing here asserts but what a helper needs for itself; it builds and asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless.config import Surroundings
from localcloud.aws.serverless.laws import Calendar, Laws, Script
from localcloud.aws.serverless.machine import advance, apply, put
from localcloud.aws.serverless.states import Code, Workflow, World
from tests.support.aws import ACCOUNT, REGION, START

S3_LIST = "airflow.providers.amazon.aws.operators.s3.S3ListOperator"
SENSOR = "airflow.providers.amazon.aws.sensors.s3.S3KeySensor"
EMPTY = "airflow.providers.standard.operators.empty.EmptyOperator"
PYTHON = "airflow.providers.standard.operators.python.PythonOperator"
BASH = "airflow.providers.standard.operators.bash.BashOperator"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/workflow"
LOCATION = {"Bucket": "definitions", "ObjectKey": "one.yaml"}
TIMEDELTA = "datetime.timedelta"


def task(*dependencies: str, operator: str = S3_LIST, **members: Any) -> dict[str, Any]:
    """Return a task that lists a bucket; members given as None are left out."""
    needed = {"bucket": "some-bucket"} if operator == S3_LIST else {}
    body = {"operator": operator, **needed, "dependencies": list(dependencies) or None, **members}
    return {name: value for name, value in body.items() if value is not None}


def dag(tasks: Mapping[str, Any] | None = None, **members: Any) -> bytes:
    """Return the YAML of a DAG `one`, by default with the single task `only`."""
    body = {**members, "tasks": {"only": task()} if tasks is None else dict(tasks)}
    return yaml.safe_dump({"one": body}, sort_keys=False).encode()


def create_request(name: str = "one", **members: Any) -> dict[str, Any]:
    """Return a valid CreateWorkflow request; members given as None are left out."""
    request = {"Name": name, "RoleArn": ROLE, "DefinitionS3Location": dict(LOCATION), **members}
    return {member: value for member, value in request.items() if value is not None}


class Machine:
    """The pure state machine with its world, its time and the object that every request reads, held for a test."""

    def __init__(self, laws: Laws | None = None, *, speed: float = 1.0) -> None:
        laws = replace(laws or Laws(), calendar=Calendar(START, START, speed))
        self.world = World(ACCOUNT, REGION, laws)
        self.now = START
        self.definition = dag()
        self.code: Code | None = None
        self.refusal: Refusal | None = None

    def call(self, operation: str, **params: Any) -> Any:
        """Carry out an operation and return its answer, a dict or a Refusal."""
        around = Surroundings(refusal=self.refusal, definition=self.definition, code=self.code)
        self.world, answer = apply(self.world, operation, params, now=self.now, around=around)
        return answer

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.world = advance(self.world, now=self.now)

    def create(self, name: str = "one", **members: Any) -> Any:
        """CreateWorkflow with `create_request`."""
        return self.call("CreateWorkflow", **create_request(name, **members))

    def made(self, definition: bytes | None = None, *, name: str = "one", **members: Any) -> str:
        """Create a workflow and return its ARN."""
        self.definition = self.definition if definition is None else definition
        answer = self.create(name, **members)
        assert not isinstance(answer, Refusal), answer
        return str(answer["WorkflowArn"])

    def update(self, arn: str, **members: Any) -> Any:
        """UpdateWorkflow."""
        settings = {"RoleArn": ROLE, "DefinitionS3Location": dict(LOCATION), **members}
        return self.call("UpdateWorkflow", WorkflowArn=arn, **settings)

    def start(self, arn: str, **members: Any) -> str:
        """StartWorkflowRun; returns the RunId."""
        answer = self.call("StartWorkflowRun", WorkflowArn=arn, **members)
        assert not isinstance(answer, Refusal), answer
        return str(answer["RunId"])

    def run(self, arn: str, run_id: str) -> dict[str, Any]:
        """Return GetWorkflowRun's RunDetail."""
        detail: dict[str, Any] = self.call("GetWorkflowRun", WorkflowArn=arn, RunId=run_id)["RunDetail"]
        return detail

    def tasks(self, arn: str, run_id: str) -> dict[str, dict[str, Any]]:
        """Return GetTaskInstance of every listed instance, by "<task>/<attempt>"."""
        listed = self.call("ListTaskInstances", WorkflowArn=arn, RunId=run_id)["TaskInstances"]
        named = {"WorkflowArn": arn, "RunId": run_id}
        whole = [self.call("GetTaskInstance", **named, TaskInstanceId=item["TaskInstanceId"]) for item in listed]
        return {f"{item['TaskId']}/{item['AttemptNumber']}": item for item in whole}

    def statuses(self, arn: str, run_id: str) -> dict[str, str]:
        """Return the status of every listed instance, by "<task>/<attempt>"."""
        return {name: item["Status"] for name, item in self.tasks(arn, run_id).items()}

    def ended(self, arn: str, run_id: str) -> dict[str, Any]:
        """Let time pass until a run has ended, and return its detail."""
        for _ in range(100):
            detail = self.run(arn, run_id)
            if "CompletedOn" in detail:
                return detail
            self.forward(120)
        raise AssertionError(f"{run_id} does not end: {detail}")

    def state(self, name: str = "one") -> Workflow:
        """Return the machine's value."""
        found = self.world.find(name)
        assert found is not None
        return found

    def poke(self, workflow: Workflow) -> None:
        """Put a workflow that a poke has changed."""
        self.world = put(self.world, workflow.name, workflow)

    def set(self, **laws: Any) -> None:
        """Replace settings; members of Durations and Habits by `durations` and `habits`, as mappings."""
        current = self.world.laws
        for word in ("durations", "habits"):
            if word in laws:
                laws[word] = replace(getattr(current, word), **laws[word])
        self.world = replace(self.world, laws=replace(current, **laws))

    def script(self, task_id: str = "", **how: Any) -> None:
        """Script what becomes of a task, or (without one) of runs."""
        scripts = self.world.laws.scripts
        self.set(scripts=(*scripts, Script(task=task_id, serial=len(scripts) + 1, **how)))


def refused(answer: Any, code: str) -> Refusal:
    """Return an answer that has to be a refusal with this code."""
    assert isinstance(answer, Refusal), answer
    assert answer.code == code, answer
    return answer


def members(refusal: Refusal) -> dict[str, Any]:
    """Return the members of a refusal's body."""
    return dict(refusal.members)
