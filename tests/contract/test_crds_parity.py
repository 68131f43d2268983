"""Model and API server give the same verdict on whatever a person may write."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from localcloud.controlplane import ControlPlane
from mwaa_operator.account import api as account
from mwaa_operator.account.api import AwsAccount
from mwaa_operator.api.emit import root_schema
from mwaa_operator.api.resource import Resource
from mwaa_operator.environment import api as environment
from mwaa_operator.environment.api import MwaaEnvironment
from mwaa_operator.gateway import api as gateway
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.route import api as route
from mwaa_operator.route.api import SparkJobRoute
from mwaa_operator.workflow import api as workflow
from mwaa_operator.workflow.api import ServerlessWorkflow
from tests.support.crds import create, install_crds
from tests.support.manifests import (
    aws_account,
    mwaa_environment,
    serverless_workflow,
    spark_gateway,
    spark_job_route,
)
from tests.support.rule_cases import all_cases
from tests.support.specs import specs

NAMES = st.sampled_from(["etl", "etl", "etl", "e" * 63, "e" * 64, "9-lives", "et.l"])
RELAXED = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", autouse=True)
def crds(control_plane: ControlPlane) -> None:
    install_crds(control_plane)


def fragments(build: Any) -> list[dict[str, Any]]:
    """Return what is known to keep (thrice as often) or break a rule of the kind."""
    cases = [case for case in all_cases() if case.build is build]
    return [members for case in cases for members in (*case.keeps * 3, *case.breaks)]


def drawn(definition: Any, build: Any) -> st.SearchStrategy[dict[str, Any]]:
    schema = root_schema(definition)["properties"]["spec"]
    return specs(schema=schema, base=build()["spec"], fragments=fragments(build))


@given(name=NAMES, spec=drawn(environment.DEFINITION, mwaa_environment))
@settings(RELAXED, max_examples=150)
def test_the_same_verdict_on_an_environment(control_plane: ControlPlane, name: str, spec: dict[str, Any]) -> None:
    assert_same_verdict(control_plane, mwaa_environment(name) | {"spec": spec}, MwaaEnvironment)


@given(name=NAMES, spec=drawn(workflow.DEFINITION, serverless_workflow))
@settings(RELAXED, max_examples=150)
def test_the_same_verdict_on_a_workflow(control_plane: ControlPlane, name: str, spec: dict[str, Any]) -> None:
    assert_same_verdict(control_plane, serverless_workflow(name) | {"spec": spec}, ServerlessWorkflow)


@given(name=NAMES, spec=drawn(gateway.DEFINITION, spark_gateway))
@settings(RELAXED, max_examples=150)
def test_the_same_verdict_on_a_gateway(control_plane: ControlPlane, name: str, spec: dict[str, Any]) -> None:
    assert_same_verdict(control_plane, spark_gateway(name) | {"spec": spec}, SparkGateway)


@given(name=NAMES, spec=drawn(route.DEFINITION, spark_job_route))
@settings(RELAXED, max_examples=150)
def test_the_same_verdict_on_a_route(control_plane: ControlPlane, name: str, spec: dict[str, Any]) -> None:
    assert_same_verdict(control_plane, spark_job_route(name) | {"spec": spec}, SparkJobRoute)


@given(spec=drawn(account.DEFINITION, aws_account))
@settings(RELAXED, max_examples=60)
def test_the_same_verdict_on_an_account(control_plane: ControlPlane, spec: dict[str, Any]) -> None:
    assert_same_verdict(control_plane, aws_account() | {"spec": spec}, AwsAccount)


def assert_same_verdict(control_plane: ControlPlane, body: dict[str, Any], model: type[Resource]) -> None:
    """Fail unless both take the object, or both refuse it; what both take they also read the same."""
    refusal: ValidationError | None = None
    try:
        model.model_validate(body)
    except ValidationError as error:
        refusal = error
    answer = create(control_plane, body, dry_run=True)
    assert answer.status in {201, 400, 422}, answer.body
    event("accepted" if answer.ok else "refused")
    if answer.ok:
        assert refusal is None, f"only the model refuses {body}: {refusal}"
        assert model.model_validate(answer.body).model_dump(include={"spec"}) == model.model_validate(body).model_dump(
            include={"spec"}
        )
    else:
        assert refusal is not None, f"only the API server refuses {body}: {answer.body['message']}"
