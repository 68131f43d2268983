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


def test_the_search_for_secrets_finds_them(world: World, team: Team) -> None:
    canary = team.canary()
    environment = team.environment(tags={"careless": canary})
    environment.until_ready()
    assert len(team.leaks()) >= 2, json.dumps(environment.body)
    team.canaries.clear()
