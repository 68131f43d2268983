"""Who runs a revision: the Deployment and the pod of a proof are made of the same, and only one is reached."""

from __future__ import annotations

from typing import Any

from mwaa_operator.gateway.names import REVISION_LABEL, revision_secret
from mwaa_operator.gateway.objects.template import template_digest
from tests.support.gatewayobjects import (
    REVISION,
    deployment_of,
    proof_of,
    standing_of,
    stored_gateway,
    template_of,
)


def matches(selector: dict[str, str], body: dict[str, Any]) -> bool:
    """Return whether a selector selects an object."""
    labels: dict[str, str] = body["metadata"]["labels"]
    return selector.items() <= labels.items()


def test_what_is_proven_is_what_serves() -> None:
    gateway = stored_gateway()
    assert proof_of(gateway)["spec"] == deployment_of(gateway)["spec"]["template"]["spec"]


def test_both_say_which_revision_they_run() -> None:
    gateway = stored_gateway()
    for body in (proof_of(gateway), deployment_of(gateway)["spec"]["template"]):
        assert body["metadata"]["labels"][REVISION_LABEL] == REVISION
        assert body["metadata"]["annotations"][REVISION_LABEL] == REVISION
        (file,) = [volume for volume in body["spec"]["volumes"] if "secret" in volume]
        assert file["secret"]["secretName"] == revision_secret("general", REVISION)
        assert file["secret"]["items"] == [{"key": "app-config.yaml", "path": "app-config.yaml"}]


def test_clients_reach_serving_pods_and_never_those_of_proofs() -> None:
    gateway = stored_gateway()
    objects, pods = standing_of(gateway), deployment_of(gateway)["spec"]["template"]
    for selector in (
        objects["Service"]["spec"]["selector"],
        objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        deployment_of(gateway)["spec"]["selector"]["matchLabels"],
    ):
        assert matches(selector, pods)
        assert not matches(selector, proof_of(gateway))
        assert not matches(selector, deployment_of(stored_gateway("other"))["spec"]["template"])


def test_the_network_policy_holds_for_every_pod_of_the_gateway() -> None:
    gateway = stored_gateway()
    selector = standing_of(gateway)["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]
    assert matches(selector, deployment_of(gateway)["spec"]["template"])
    assert matches(selector, proof_of(gateway))
    assert not matches(selector, proof_of(stored_gateway("other")))


def test_another_pod_answers_before_one_goes() -> None:
    spec = deployment_of(stored_gateway(replicas=3))["spec"]
    assert spec["replicas"] == 3
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_the_selector_of_a_deployment_never_changes() -> None:
    before = deployment_of(stored_gateway())
    after = deployment_of(stored_gateway(image="registry.example.com/bpg:later", contextPath="/x"), "ffffffffffff")
    assert before["spec"]["selector"] == after["spec"]["selector"]


def test_making_pods_of_a_template_leaves_the_template_as_it_is() -> None:
    template = template_of(stored_gateway())
    before = template_digest(template)
    deployment_of(stored_gateway())
    proof_of(stored_gateway())
    assert template_digest(template) == before
    assert REVISION not in str(template)
