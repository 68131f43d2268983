"""From a reference to the way into AWS: missing, refusing, admitting."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from mwaa_operator.account.admit import Request
from mwaa_operator.account.resolve import Resolution, Resolver, account_key
from mwaa_operator.aws.access import Access
from tests.support.accounts import ACCOUNT, ROLE, account_body

OPEN = {"from": "All"}
BY_LABEL = {"from": "Selector", "selector": {"matchLabels": {"team": "a"}}}
REQUEST = Request(region="eu-central-1")


def resolve(body: dict[str, Any] | None, *, labels: dict[str, str] | None = None) -> Resolution | None:
    asked: list[str] = []

    def namespace_labels(name: str) -> dict[str, str]:
        asked.append(name)
        return labels or {}

    found = {account_key("default"): body}
    resolver = Resolver(cached=found.get, namespace_labels=namespace_labels, cluster_id=lambda: "cluster-uid")
    resolution = resolver.resolve("default", namespace="team-a", region="eu-central-1", request=REQUEST)
    wanted = body is not None and body["spec"].get("namespaces", {}).get("from") == "Selector"
    assert asked == (["team-a"] if wanted else [])
    return resolution


def test_an_account_that_is_missing_resolves_to_nothing() -> None:
    assert resolve(None) is None


def test_an_admitting_account_gives_the_way_in() -> None:
    resolution = resolve(account_body(namespaces=OPEN, assumeRole={"roleArn": ROLE, "externalId": "ext"}))
    assert resolution is not None
    assert resolution.denials == ()
    assert resolution.access == Access("default", ACCOUNT, ROLE, "ext", "team-a", "eu-central-1", "cluster-uid")


def test_without_a_role_the_way_in_is_the_operators_own() -> None:
    resolution = resolve(account_body(namespaces=OPEN))
    assert resolution is not None
    assert (resolution.access.assume_role_arn, resolution.access.external_id) == (None, None)


def test_a_refusing_account_says_everything_that_it_refuses() -> None:
    resolution = resolve(account_body(regions=["us-east-1"]))
    assert resolution is not None
    assert [denial.account_field for denial in resolution.denials] == ["spec.namespaces", "spec.regions"]
    assert resolution.access.account_id == ACCOUNT


@pytest.mark.parametrize(("labels", "admitted"), [({"team": "a"}, True), ({"team": "b"}, False), ({}, False)])
def test_an_account_that_chooses_by_labels_reads_those_of_the_namespace(labels: dict[str, str], admitted: bool) -> None:
    resolution = resolve(account_body(namespaces=BY_LABEL), labels=labels)
    assert resolution is not None
    assert (resolution.denials == ()) is admitted


def test_an_account_that_does_not_fit_its_kind_any_more_is_told_to_the_caller() -> None:
    with pytest.raises(ValidationError):
        resolve(account_body(accountId="no digits"))
