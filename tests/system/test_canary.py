"""A secret's value goes to the one place that its reference names, on good days and on bad ones, and nowhere else.

Every test of this directory looks for the values that it used; this one does what is most likely to betray them.
"""

from __future__ import annotations

import json

from localcloud.aws.faults import INTERNAL, Error, Rule
from localcloud.faultrules import Refuse
from localcloud.faultrules import Rule as ApiRule
from tests.support.cloud import World
from tests.support.team import Team
from tests.support.wait import eventually


def test_a_secret_is_seen_nowhere_but_in_its_option(world: World, team: Team) -> None:
    first, second, third = team.canary(), team.canary(), team.canary()
    team.secret("smtp", password=first)
    source = {"name": "smtp.smtp_password", "valueFrom": {"secretKeyRef": {"name": "smtp", "key": "password"}}}
    name = f"canary-{team.namespace}"
    script = world.cloud.aws.faults
    # AWS quotes what it was sent, in errors that become conditions, Events and log lines.
    quoting = Error(400, "ValidationException", f"Failed to assume role: smtp.smtp_password={first} was sent")
    script.add(Rule(service="mwaa", operation="CreateEnvironment", resource=name, error=quoting))
    environment = team.environment(name=name, airflowConfigurationOptionsFrom=[source])
    environment.until_ready()
    assert environment.aws["AirflowConfigurationOptions"] == {"smtp.smtp_password": first}
    script.add(Rule(service="mwaa", operation="UpdateEnvironment", resource=name, error=INTERNAL))
    world.proxy.add(ApiRule(Refuse(500), methods=["PATCH"], path=f"/{name}/", times=3))
    team.secret("smtp", password=second)
    environment.look()
    eventually(lambda: environment.aws["AirflowConfigurationOptions"]["smtp.smtp_password"] == second, within=20)
    environment.until_ready()
    refused = Error(400, "ValidationException", f"'{third}' is not a valid value for smtp.smtp_password")
    script.add(Rule(service="mwaa", operation="UpdateEnvironment", resource=name, error=refused))
    team.secret("smtp", password=third)
    environment.look()
    environment.until_reason("UpdateFailed")
    world.mwaa.drift(name, AirflowConfigurationOptions={"smtp.smtp_password": "somebody-elses"})
    environment.look()
    environment.delete()
    environment.until_gone()
    assert team.leaks() == []


def test_a_secret_is_seen_nowhere_but_in_its_variable(world: World, team: Team) -> None:
    first, second, third = team.canary(), team.canary(), team.canary()
    team.secret("api", token=first)
    workflow, script = team.workflow_handle(), world.cloud.aws.faults
    name, service = workflow.aws_name, "mwaa-serverless"
    quoting = Error(400, "ValidationException", f"Invalid request: Environment TOKEN={first} was sent")
    script.add(Rule(service=service, operation="CreateWorkflow", resource=name, error=quoting))
    variable = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "api", "key": "token"}}}
    workflow.create(environment=[variable], run={"token": "one"})
    workflow.until_reason("RejectedByService")
    workflow.patch({"retry-requested-at": "1"})
    workflow.until_run("SUCCESS")
    assert workflow.aws["Environment"] == {"Variables": {"TOKEN": first}}
    script.add(Rule(service=service, operation="UpdateWorkflow", resource=name, error=INTERNAL))
    world.proxy.add(ApiRule(Refuse(500), methods=["PATCH"], path=f"/{workflow.name}/", times=3))
    team.secret("api", token=second)
    workflow.look()
    eventually(lambda: workflow.aws["Environment"] == {"Variables": {"TOKEN": second}}, within=20)
    workflow.until_ready()
    refused = Error(400, "ValidationException", f"'{third}' is not a valid value for TOKEN")
    script.add(Rule(service=service, operation="UpdateWorkflow", resource=name, error=refused))
    team.secret("api", token=third)
    workflow.look()
    workflow.until_reason("RejectedByService")
    workflow.patch(suspend=True)
    world.serverless.drift(name, Environment={"Variables": {"TOKEN": "somebody-elses"}})
    workflow.look()
    workflow.patch(suspend=False)
    workflow.delete()
    workflow.until_gone()
    assert team.leaks() == []
    assert not any(canary in world.operator.metrics() for canary in team.canaries)


def test_the_search_for_secrets_finds_them(world: World, team: Team) -> None:
    canary = team.canary()
    environment = team.environment(tags={"careless": canary})
    environment.until_ready()
    workflow = team.workflow(environment=[{"name": "CARELESS", "value": canary}])
    workflow.until_ready()
    assert len(team.leaks()) >= 4, json.dumps([environment.body, workflow.body])
    team.canaries.clear()
