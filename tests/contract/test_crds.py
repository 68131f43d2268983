"""The CRDs on a real API server: taken without a warning, and every rule accepts and refuses what it says."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from mwaa_operator.account.api import AwsAccount
from mwaa_operator.api.schema import Schema
from mwaa_operator.environment.api import MwaaEnvironment
from mwaa_operator.gateway import fit as gateway_fit
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.route import fit as route_fit
from mwaa_operator.route.api import SparkJobRoute
from mwaa_operator.workflow.api import ServerlessWorkflow
from mwaa_operator.workflow.fit import fitted
from tests.support.crds import (
    APPLY,
    CRDS,
    all_crds,
    collection,
    committed_crds,
    create,
    info_of,
    install_crds,
    path_of,
    update,
)
from tests.support.kinds import EVERY_KIND
from tests.support.manifests import (
    KEY,
    aws_account,
    mwaa_environment,
    serverless_workflow,
    spark_gateway,
    spark_job_route,
)
from tests.support.rule_cases import all_cases
from tests.support.rulecase import Case
from tests.support.spark_status import largest_gateway, largest_route
from tests.support.wait import eventually
from tests.support.workflow_status import largest

STATE_CASES = [case for case in all_cases() if case.before is None]
UPDATE_CASES = [case for case in all_cases() if case.before is not None]


@pytest.fixture(scope="module", autouse=True)
def crds(control_plane: ControlPlane) -> None:
    install_crds(control_plane)


@contextmanager
def stored(control_plane: ControlPlane, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Keep an object while the block runs; yields it as the API server holds it."""
    answer = create(control_plane, body)
    assert answer.ok, answer.body
    try:
        yield answer.body
    finally:
        control_plane.api.delete(path_of(body))


def renamed(crd: dict[str, Any]) -> dict[str, Any]:
    """Return a copy under other names, so that it can be judged beside the installed one."""
    names = crd["spec"]["names"]
    other = {"kind": f"X{names['kind']}", "plural": f"x{names['plural']}"}
    copied: dict[str, Any] = copy.deepcopy(crd | {"metadata": {"name": f"{other['plural']}.mwaa-operator.io"}})
    copied["spec"]["names"] = other
    return copied


@pytest.mark.parametrize("crd", all_crds(), ids=lambda crd: str(crd["metadata"]["name"]))
def test_the_api_server_takes_the_crd_strictly_and_without_a_warning(
    control_plane: ControlPlane, crd: dict[str, Any]
) -> None:
    answer = control_plane.api.post(f"{CRDS}?fieldValidation=Strict&dryRun=All", renamed(crd))
    assert answer.status == 201, answer.body
    assert "Warning" not in answer.headers


def test_a_format_that_the_api_server_would_ignore_does_not_go_unnoticed(control_plane: ControlPlane) -> None:
    crd = renamed(committed_crds()[0])
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["spec"]["properties"]["accountId"]["format"] = "twelve-digits"
    answer = control_plane.api.post(f"{CRDS}?fieldValidation=Strict&dryRun=All", crd)
    assert "unrecognized format" in answer.headers.get("Warning", "")


@pytest.mark.parametrize("crd", all_crds(), ids=lambda crd: str(crd["metadata"]["name"]))
def test_the_api_server_finds_nothing_to_complain_about(control_plane: ControlPlane, crd: dict[str, Any]) -> None:
    def conditions() -> dict[str, str]:
        status = control_plane.api.get(f"{CRDS}/{crd['metadata']['name']}").body["status"]
        return {item["type"]: item["status"] for item in status.get("conditions", [])}

    eventually(lambda: conditions().get("Established") == "True", within=30, what="the CRD established")
    assert conditions().get("NamesAccepted") == "True"
    assert conditions().get("NonStructuralSchema", "False") == "False"


@pytest.mark.parametrize("case", STATE_CASES, ids=str)
def test_what_keeps_the_rule_is_accepted(control_plane: ControlPlane, case: Case) -> None:
    for body in case.kept():
        answer = create(control_plane, body, dry_run=True)
        assert answer.status == 201, answer.body


@pytest.mark.parametrize("case", STATE_CASES, ids=str)
def test_what_breaks_the_rule_is_refused_with_its_message_alone(control_plane: ControlPlane, case: Case) -> None:
    for body in case.broken():
        answer = create(control_plane, body, dry_run=True)
        assert answer.status == 422, answer.body
        (cause,) = answer.body["details"]["causes"]
        assert case.rule.message in cause["message"]
        assert cause["field"].endswith(case.rule.field)


@pytest.mark.parametrize("case", UPDATE_CASES, ids=str)
def test_an_update_is_judged_against_the_stored_object(control_plane: ControlPlane, case: Case) -> None:
    with stored(control_plane, case.build("etl", **(case.before or {}))) as before:
        for body in case.kept():
            answer = update(control_plane, body, before)
            assert answer.status == 200, answer.body
        for body in case.broken():
            answer = update(control_plane, body, before)
            assert answer.status == 422, answer.body
            (cause,) = answer.body["details"]["causes"]
            assert case.rule.message in cause["message"]
            assert cause["field"].endswith(case.rule.field)


@pytest.mark.parametrize("name", ["e" * 64, "e" * 100])
@pytest.mark.parametrize("build", [mwaa_environment, serverless_workflow, aws_account, spark_gateway, spark_job_route])
def test_a_name_that_does_not_fit_a_tag_is_refused(control_plane: ControlPlane, build: Any, name: str) -> None:
    answer = create(control_plane, build(name), dry_run=True)
    assert answer.status == 422
    assert "metadata.name" in answer.body["message"]


@pytest.mark.parametrize(
    ("body", "model"),
    [
        (mwaa_environment(), MwaaEnvironment),
        (mwaa_environment(accountRef={}, updatePolicy={}, preflight={}), MwaaEnvironment),
        (mwaa_environment(updatePolicy={"when": "Approval"}, preflight={"mode": "Warn"}), MwaaEnvironment),
        (mwaa_environment(tags={}), MwaaEnvironment),
        (serverless_workflow(), ServerlessWorkflow),
        (serverless_workflow(accountRef={}, logging={}, run={"token": "1"}, engineVersion=1), ServerlessWorkflow),
        (serverless_workflow(role={"managed": {}}, environment=[{"name": "A", "value": ""}]), ServerlessWorkflow),
        (spark_gateway(), SparkGateway),
        (spark_gateway(resources={"limits": {}}, access={}, rollout={}, service={}, extraConfig={}), SparkGateway),
        (spark_job_route(), SparkJobRoute),
        (spark_job_route(failover={}, drain={}, job={}, placement={}, airflow={}, limits={}), SparkJobRoute),
        (aws_account(), AwsAccount),
        (aws_account(adoption={}, managedRoles={"permissionsBoundaryArn": KEY}), AwsAccount),
    ],
)
def test_the_api_server_and_the_model_fill_in_the_same(
    control_plane: ControlPlane, body: dict[str, Any], model: Any
) -> None:
    served = create(control_plane, body, dry_run=True).body
    filled = model.model_validate(body)
    assert model.model_validate(served).spec == filled.spec
    assert _without_empty(filled.spec.wire()) == _without_empty(served["spec"])
    assert served["status"] == filled.status.wire() == {"observedGeneration": -1}


def _without_empty(value: Any) -> Any:
    """Return `value` without empty lists and maps: absent and empty mean the same for all of them but one."""
    if isinstance(value, list):
        return [_without_empty(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _without_empty(member) for key, member in value.items()}
    return {key: member for key, member in inner.items() if member not in ([], {})}


def test_a_status_that_comes_with_the_manifest_is_dropped(control_plane: ControlPlane) -> None:
    served = create(control_plane, mwaa_environment() | {"status": {"observedGeneration": 7}}, dry_run=True).body
    assert served["status"] == {"observedGeneration": -1}


@pytest.mark.parametrize("shape", [dict, fitted], ids=["whole", "fitted"])
def test_the_largest_status_is_taken_without_losing_a_member(control_plane: ControlPlane, shape: Any) -> None:
    status = shape(largest("ü"))
    with stored(control_plane, serverless_workflow("large")) as before:
        body = {name: before[name] for name in ("apiVersion", "kind")} | {"metadata": {"name": "large"}}
        path = f"{path_of(before)}/status?fieldManager=test&fieldValidation=Strict"
        answer = control_plane.api.patch(path, body | {"status": status}, content_type=APPLY)
        assert answer.ok, answer.body
        assert answer.body["status"] == status
        assert ServerlessWorkflow.model_validate(answer.body).status.wire() == status


@pytest.mark.parametrize(
    ("build", "largest_of", "fit", "model"),
    [
        (spark_gateway, largest_gateway, gateway_fit.fitted, SparkGateway),
        (spark_job_route, largest_route, route_fit.fitted, SparkJobRoute),
    ],
    ids=["gateway", "route"],
)
def test_the_largest_status_of_a_gateway_and_of_a_route_is_taken_as_a_whole_and_fitted(
    control_plane: ControlPlane, build: Any, largest_of: Any, fit: Any, model: Any
) -> None:
    whole = largest_of("ü")
    with stored(control_plane, build("large")) as before:
        body = {name: before[name] for name in ("apiVersion", "kind")} | {"metadata": {"name": "large"}}
        path = f"{path_of(before)}/status?fieldManager=test&fieldValidation=Strict"
        for status in (whole, fit(whole)):
            answer = control_plane.api.patch(path, body | {"status": status}, content_type=APPLY)
            assert answer.ok, answer.body
            assert answer.body["status"] == status
            assert model.model_validate(answer.body).status.wire() == status


@pytest.mark.parametrize(
    ("build", "selector"),
    [
        (spark_gateway, "spec.dataClass=general,spec.bpgProfile=aws-pin,spec.suspend=false"),
        (spark_job_route, "spec.gatewayRef.name=general,spec.queue.name=digital,spec.dataClass=general"),
    ],
)
def test_gateways_and_routes_are_found_by_what_they_are_looked_for(
    control_plane: ControlPlane, build: Any, selector: str
) -> None:
    with stored(control_plane, build("found")):
        for wanted, expected in {selector: ["found"], "spec.dataClass=phi": []}.items():
            path = f"{collection(info_of(build()))}?fieldSelector={wanted}"
            names = [item["metadata"]["name"] for item in control_plane.api.get(path).body["items"]]
            assert names == expected


def test_what_the_gateway_leaves_to_bpg_comes_back_as_it_was_written(control_plane: ControlPlane) -> None:
    extra: dict[str, Any] = {"dbStorageSOPS": {"dbName": "bpg", "port": 3306, "deep": [1.5, True, None, {}]}}
    with stored(control_plane, spark_gateway(extraConfig=extra)) as served:
        assert served["spec"]["extraConfig"] == extra
    assert SparkGateway.model_validate(served).spec.wire()["extraConfig"] == extra


def test_a_version_that_yaml_reads_as_a_number_is_refused(control_plane: ControlPlane) -> None:
    answer = create(control_plane, spark_job_route(sparkVersions=[3.10]), dry_run=True)
    assert answer.status == 422
    assert "sparkVersions" in answer.body["message"]


def test_null_is_taken_for_absent(control_plane: ControlPlane) -> None:
    body = mwaa_environment()
    body["spec"] |= {"maxWorkers": None, "suspend": None}
    served = create(control_plane, body, dry_run=True).body
    assert "maxWorkers" not in served["spec"]
    assert served["spec"]["suspend"] is False


def test_an_unknown_member_is_refused(control_plane: ControlPlane) -> None:
    answer = create(control_plane, mwaa_environment(maxWorker=3), dry_run=True)
    assert answer.status == 400
    assert "maxWorker" in answer.body["message"]


@pytest.mark.parametrize("build", [mwaa_environment, serverless_workflow])
def test_objects_are_found_by_their_selectable_fields(control_plane: ControlPlane, build: Any) -> None:
    with stored(control_plane, build("found", region="eu-west-1", name="Other")):
        for selector, expected in {
            "spec.region=eu-west-1": ["found"],
            "spec.region=eu-central-1": [],
            "spec.accountRef.name=default,spec.name=Other,spec.managementPolicy=Manage": ["found"],
        }.items():
            path = f"{collection(info_of(build()))}?fieldSelector={selector}"
            names = [item["metadata"]["name"] for item in control_plane.api.get(path).body["items"]]
            assert names == expected


@pytest.mark.parametrize(
    ("build", "short", "columns"),
    [
        (mwaa_environment, "mwaa", "NAME READY STATE VERSION CLASS REASON AGE URL MESSAGE"),
        (spark_gateway, "sgw", "NAME READY CLASS ROUTES CLUSTERS REVISION AGE PROFILE URL REASON MESSAGE"),
        (spark_job_route, "sjr", "NAME READY QUEUE GATEWAY SPLIT HEALTHY AGE REVISION REASON MESSAGE"),
        (serverless_workflow, "slwf", "NAME READY MODE SCHEDULE LAST RUN STATE AGE VERSION REASON MESSAGE"),
    ],
)
def test_kubectl_prints_the_columns(control_plane: ControlPlane, build: Any, short: str, columns: str) -> None:
    with stored(control_plane, build("columns")):
        heading = control_plane.kubectl("get", short, "columns", "-o", "wide").splitlines()[0].split()
    assert heading == columns.split()


def test_what_a_person_leaves_to_the_service_to_judge_comes_back_as_it_was_written(
    control_plane: ControlPlane,
) -> None:
    inline = {"orders": {"schedule": None, "tasks": {"a": {"retries": 1, "x": [1.5, True, None, {}, ""]}}}}
    parameters: dict[str, Any] = {"day": None, "sizes": [1, 2], "deep": {"a": {"b": {}}}}
    body = serverless_workflow(definition={"inline": inline}, run={"token": "1", "parameters": parameters})
    with stored(control_plane, body) as served:
        assert served["spec"]["definition"]["inline"] == inline
        assert served["spec"]["run"]["parameters"] == parameters
    model = ServerlessWorkflow.model_validate(served)
    assert model.spec.wire()["definition"]["inline"] == inline
    assert model.spec.wire()["run"]["parameters"] == parameters


def test_kubectl_finds_the_kinds_by_short_name_and_category(control_plane: ControlPlane) -> None:
    with stored(control_plane, aws_account("short")):
        assert "short" in control_plane.kubectl("get", "awsacct", "-o", "name")
        assert "awsaccount.mwaa-operator.io/short" in control_plane.kubectl("get", "mwaa-operator", "-o", "name")


@pytest.mark.parametrize("info", EVERY_KIND, ids=lambda info: str(info.kind))
def test_kubectl_explains_every_field(control_plane: ControlPlane, info: Any) -> None:
    def published() -> Schema | None:
        answer = control_plane.api.get("/openapi/v3/apis/mwaa-operator.io/v1alpha1")
        schemas = answer.body["components"]["schemas"] if answer.ok else {}
        found: Schema | None = schemas.get(f"io.mwaa-operator.v1alpha1.{info.kind}")
        return found

    schema = eventually(published, within=30, what=f"{info.kind} in the published OpenAPI")
    assert schema is not None
    assert not list(_undescribed(schema, ""))
    text = control_plane.kubectl("explain", f"{info.plural}.spec")
    assert "DESCRIPTION" in text
    assert "<no description>" not in text


def _undescribed(schema: Schema, path: str) -> Iterator[str]:
    for name, member in schema.get("properties", {}).items():
        inner = member.get("items", member)
        if not member.get("description"):
            yield f"{path}.{name}"
        yield from _undescribed(inner, f"{path}.{name}")
