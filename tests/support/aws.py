"""Helpers for tests that use the simulated AWS: requests, a clock to turn by hand, the pure machine with a small voice.

Nothing here asserts; it builds and asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.mwaa.config import Surroundings
from localcloud.aws.mwaa.laws import Laws, Outcome
from localcloud.aws.mwaa.machine import advance, apply, put
from localcloud.aws.mwaa.states import Environment, World
from localcloud.aws.mwaa.texts import Refusal

ACCOUNT = "123456789012"
REGION = "eu-central-1"
START = 1_800_000_000.0
"""Where the tests' clocks begin (a Friday in January 2027), epoch seconds."""
MINUTE = 60.0
HOUR = 3600.0


def create_request(name: str = "one", **members: Any) -> dict[str, Any]:
    """Return a valid CreateEnvironment request; members given as None are left out."""
    request = {
        "Name": name,
        "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/airflow",
        "SourceBucketArn": "arn:aws:s3:::airflow-bucket",
        "DagS3Path": "dags",
        "NetworkConfiguration": {"SubnetIds": ["subnet-b", "subnet-a"], "SecurityGroupIds": ["sg-b", "sg-a"]},
        "AirflowVersion": "2.10.3",
        **members,
    }
    return {member: value for member, value in request.items() if value is not None}


class Clock:
    """A wall clock that stands still until `forward`."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time, epoch seconds."""
        return self.now

    def forward(self, seconds: float) -> None:
        """Turn the clock."""
        self.now += seconds


class Machine:
    """The pure state machine with its world and time held for a test."""

    def __init__(self, laws: Laws | None = None) -> None:
        self.world = World(ACCOUNT, REGION, laws or Laws())
        self.now = START

    def call(self, operation: str, *, around: Surroundings | None = None, **params: Any) -> Any:
        """Carry out an operation and return its answer, a dict or a Refusal."""
        self.world, answer = apply(self.world, operation, params, now=self.now, around=around)
        return answer

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.world = advance(self.world, now=self.now)

    def create(self, name: str = "one", **members: Any) -> Any:
        """CreateEnvironment with `create_request`."""
        return self.call("CreateEnvironment", **create_request(name, **members))

    def available(self, name: str = "one", **members: Any) -> Environment:
        """Return an environment that has become AVAILABLE."""
        answer = self.create(name, **members)
        assert not isinstance(answer, Refusal), answer
        self.forward(self.world.laws.durations.create)
        return self.state(name)

    def update(self, name: str = "one", **members: Any) -> Any:
        """UpdateEnvironment."""
        return self.call("UpdateEnvironment", Name=name, **members)

    def delete(self, name: str = "one") -> Any:
        """DeleteEnvironment."""
        return self.call("DeleteEnvironment", Name=name)

    def get(self, name: str = "one") -> dict[str, Any]:
        """GetEnvironment's Environment; fails on a refusal."""
        answer = self.call("GetEnvironment", Name=name)
        assert not isinstance(answer, Refusal), answer
        shown: dict[str, Any] = answer["Environment"]
        return shown

    def status(self, name: str = "one") -> str:
        """Return the status, "" for "not found"."""
        answer = self.call("GetEnvironment", Name=name)
        return "" if isinstance(answer, Refusal) else str(answer["Environment"]["Status"])

    def state(self, name: str = "one") -> Environment:
        """Return the machine's value."""
        found = self.world.find(name)
        assert found is not None
        return found

    def poke(self, environment: Environment) -> None:
        """Put an environment that a poke has changed."""
        self.world = put(self.world, environment.name, environment)

    def script(self, outcome: Outcome, name: str = "*") -> None:
        """Script what becomes of an operation."""
        self.world = replace(self.world, outcomes=(*self.world.outcomes, (name, outcome)))


@contextmanager
def simulated_mwaa(**settings: Any) -> Iterator[SimulatedAws]:
    """Serve a simulated MWAA without the other services; settings as in SimulatedAws."""
    with SimulatedAws(moto=False, **settings) as running:
        yield running


def refused(call: Callable[..., Any], /, **params: Any) -> ClientError:
    """Call a boto3 method that must be refused, and return the refusal."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value


def ask(
    url: str, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Mapping[str, str], Any]:
    """Send plain HTTP to a server of localcloud; returns status, headers and the JSON answered."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
    try:
        data = None if body is None else json.dumps(body).encode()
        connection.request(method, path, body=data, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())
    finally:
        connection.close()


def error_of(problem: ClientError) -> tuple[str, int, Mapping[str, Any]]:
    """Return code, HTTP status and the whole answer of a refused call."""
    answer = problem.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer
