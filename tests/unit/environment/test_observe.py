"""Observations that come from Kubernetes alone: Secrets, the account's word, the kind itself; AWS is not called."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from pydantic import SecretStr

from mwaa_operator.account.resolve import Resolver
from mwaa_operator.api.digests import keyed_digest
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.environment.api import MwaaEnvironment
from mwaa_operator.environment.observe import Look, Observer, Sources
from mwaa_operator.environment.plan.situation import Admission, Observed
from mwaa_operator.kube.errors import Forbidden
from tests.support.environments import ACCOUNT, CLUSTER, NOW, REGION, body

KEY = SecretStr("key")
OPTION = {"name": "smtp.smtp_password", "valueFrom": {"secretKeyRef": {"name": "smtp", "key": "password"}}}


class FakeCluster:
    """Kubernetes as the observer sees it."""

    def __init__(self, *, secrets: dict[str, dict[str, str]] | None = None, forbidden: bool = False) -> None:
        self._secrets, self._forbidden = secrets or {}, forbidden

    def get_secret(self, namespace: str, name: str) -> dict[str, SecretStr] | None:
        self._check()
        found = self._secrets.get(name)
        return None if found is None else {key: SecretStr(value) for key, value in found.items()}

    def crd_is_being_deleted(self, kind: str) -> bool:
        self._check()
        return False

    def _check(self) -> None:
        if self._forbidden:
            raise Forbidden("may not read it", status=403)


def no_call(*_: Any) -> NoReturn:
    raise AssertionError("AWS was called")


def account(**spec: Any) -> dict[str, Any]:
    every = ["*"]
    lists = dict.fromkeys(("executionRoles", "buckets", "subnets", "securityGroups", "environmentClasses"), every)
    return {
        "apiVersion": "mwaa-operator.io/v1alpha1",
        "kind": "AwsAccount",
        "metadata": {"name": "default"},
        "spec": {"accountId": ACCOUNT, "regions": [REGION], "namespaces": {"from": "All"}} | lists | spec,
    }


def observer(cluster: FakeCluster, *objects: dict[str, Any]) -> Observer:
    known = {ObjectKey(item["kind"], "", item["metadata"]["name"]): item for item in objects}
    return Observer(
        Sources(
            cached=known.get,
            rivals=lambda resource: (),
            cluster=cluster,
            resolver=Resolver(cached=known.get, namespace_labels=lambda name: {}, cluster_id=lambda: CLUSTER),
            scope=no_call,
            cluster_id=lambda: CLUSTER,
            hash_key=lambda: ("k1", KEY),
            now=lambda: NOW,
            preflight=no_call,
        )
    )


def resource(**object_: Any) -> MwaaEnvironment:
    return MwaaEnvironment.from_body(body(**object_))


def options(cluster: FakeCluster) -> Any:
    look = Look(Observed(cluster_id=CLUSTER, admission=Admission("Admitted")), None)
    wanted = resource(spec={"airflowConfigurationOptionsFrom": [OPTION]})
    return observer(cluster).extend(wanted, look, frozenset({"options"})).observed.options


@pytest.mark.parametrize(
    ("cluster", "told"),
    [
        (FakeCluster(), "there is no Secret smtp"),
        (FakeCluster(secrets={"smtp": {"other": "x"}}), "there is no key password in Secret smtp"),
        (FakeCluster(forbidden=True), "may not read Secret smtp"),
    ],
)
def test_a_secret_that_cannot_be_had_is_told_by_name(cluster: FakeCluster, told: str) -> None:
    (look,) = options(cluster)
    assert told in look.problem
    assert look.value is None


def test_a_secret_is_read_and_only_its_keyed_digest_is_shown() -> None:
    (look,) = options(FakeCluster(secrets={"smtp": {"password": "canary-41c9"}}))
    assert look.value.get_secret_value() == "canary-41c9"
    assert "canary-41c9" not in repr(look)
    assert look.digest == keyed_digest(KEY, f"{resource().metadata.uid}/smtp.smtp_password", look.value)


def test_equal_secrets_have_different_digests_under_other_names_and_keys() -> None:
    value = SecretStr("same")
    digests = {
        keyed_digest(KEY, "a", value),
        keyed_digest(KEY, "b", value),
        keyed_digest(SecretStr("other"), "a", value),
    }
    assert len(digests) == 3


def test_a_deletion_that_must_not_see_its_kind_is_a_failure_and_no_retention() -> None:
    seen = observer(FakeCluster(forbidden=True), account()).look(
        resource(spec={"deletionPolicy": "Delete"}, deleting=1)
    )
    assert seen.observed.failure is not None
    assert "customresourcedefinitions" in seen.observed.failure.operation
    assert not seen.observed.crd_removing


@pytest.mark.parametrize(
    ("objects", "state"),
    [((), "Missing"), ((account(regions=[]),), "Refused"), ((account(environmentClasses=["mw1.large"]),), "Refused")],
)
def test_without_the_accounts_word_aws_is_not_called(objects: tuple[dict[str, Any], ...], state: str) -> None:
    seen = observer(FakeCluster(), *objects).look(resource())
    assert seen.observed.admission.state == state
    assert seen.observed.admission.messages
    assert seen.scope is None


def test_micro_needs_one_worker_of_the_account() -> None:
    refused = observer(FakeCluster(), account(maxWorkers=5)).look(resource())
    assert refused.observed.admission.state == "Refused"
    with pytest.raises(AssertionError, match="AWS was called"):
        observer(FakeCluster(), account(maxWorkers=5)).look(resource(spec={"environmentClass": "mw1.micro"}))


def test_retaining_needs_no_look_at_aws() -> None:
    seen = observer(FakeCluster(), account()).look(resource(deleting=1))
    assert seen.scope is None
