"""The rights that the chart grants: exactly those listed here, each with its reason.

A right too many shows here; one that is missing shows in the system tests, which run the operator under these roles.
How the API server judges those for gateways is in test_chart_rights.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest

from mwaa_operator.kube.hashkey import SECRET_NAME
from tests.support.chart import Object, of_kind, only, template
from tests.support.kinds import EVERY_KIND

OURS = "mwaa-operator.io"


@dataclass(frozen=True, order=True)
class Right:
    """One verb on one resource, for all its objects or for one name."""

    verb: str
    resource: str
    group: str = ""
    name: str = "*"


TENANTS_KINDS = ("mwaaenvironments", "serverlessworkflows", "sparkjobroutes")
PLATFORMS_KINDS = ("awsaccounts", "sparkgateways")
FOR_EACH_KIND = {
    ("get", ""): "a fresh look before anything is destroyed or a finalizer changes",
    ("list", ""): "the start, and the resync",
    ("watch", ""): "edits are seen at once",
    ("patch", ""): "the finalizer: one JSON patch step with tests on uid and version",
    ("patch", "/status"): "what was observed, by server-side apply",
}
EVERYWHERE = {
    **{
        Right(verb, f"{kind}{part}", OURS): why
        for kind in (*TENANTS_KINDS, "sparkgateways")
        for (verb, part), why in FOR_EACH_KIND.items()
    },
    Right("get", "awsaccounts", OURS): "a fresh look before the finalizer changes",
    Right("list", "awsaccounts", OURS): "the start, and the resync",
    Right("watch", "awsaccounts", OURS): "a change of the account is admitted or refused at once",
    Right("patch", "awsaccounts", OURS): "the finalizer while objects refer to the account",
    Right("patch", "awsaccounts/status", OURS): "whether the account can be used, and by how many it is",
    Right(
        "get", "namespaces"
    ): "labels for AwsAccount.spec.namespaces; the uid of kube-system, which names the cluster",
    Right("list", "namespaces"): "the start of the watch",
    Right("watch", "namespaces"): "a namespace that gets or loses a label is admitted or refused at once",
    Right("get", "secrets"): "values of options and variables, one by one, in the pass that needs them",
    Right("create", "secrets"): "a route's queue token, in the namespace of the route",
    Right("patch", "secrets"): "the same token anew before it ends, by server-side apply",
    Right("delete", "secrets"): "a token that the route has no more",
    Right("get", "configmaps"): "definitions and code of workflows, one by one, in the pass that needs them",
    Right("list", "configmaps"): "which labelled ones changed, so that their workflows are looked at within seconds",
    Right("create", "events", "events.k8s.io"): "changes of state",
    Right("patch", "events", "events.k8s.io"): "the same change again is counted, not repeated",
    **{
        Right("get", "customresourcedefinitions", "apiextensions.k8s.io", info.crd_name): (
            "while a CRD is being deleted, nothing in AWS is"
        )
        for info in EVERY_KIND
    },
}
IN_OWN_NAMESPACE = {
    Right("create", "leases", "coordination.k8s.io"): "the first leader makes the Lease; a create has no name to bind",
    Right("get", "leases", "coordination.k8s.io", "mwaa-operator"): "who leads",
    Right("patch", "leases", "coordination.k8s.io", "mwaa-operator"): "to take, renew and release the Lease",
    Right("create", "secrets"): "the key of all keyed hashes, made once; a create has no name to bind",
    Right("get", "secrets", name=SECRET_NAME): "that key, also where no other Secret may be read",
}
APPLIED = {
    "get": "what is there, and whose it is",
    "create": "server-side apply of what is not there",
    "patch": "server-side apply",
}
OF_A_GATEWAY = {
    **{
        Right(verb, resource, group): why
        for resource, group in (
            ("deployments", "apps"),
            ("services", ""),
            ("serviceaccounts", ""),
            ("roles", "rbac.authorization.k8s.io"),
            ("rolebindings", "rbac.authorization.k8s.io"),
            ("poddisruptionbudgets", "policy"),
            ("networkpolicies", "networking.k8s.io"),
        )
        for verb, why in APPLIED.items()
    },
    Right("get", "secrets"): "the file of a revision, once; and so that gateways may be given the same right",
    Right("list", "secrets"): "which revisions there are, by metadata alone",
    Right("create", "secrets"): "revisions, keys of queue tokens, tokens of clusters",
    Right("patch", "secrets"): "keys and tokens anew",
    Right("delete", "secrets"): "revisions that nothing runs and history does not keep",
    Right("get", "pods"): "whose a pod is that has the name of a proof already",
    Right("list", "pods"): "which revision each pod runs, where it is asked, whether it is ready",
    Right("create", "pods"): "a proof: a pod that runs a revision and serves nobody",
    Right("delete", "pods"): "the proof's end; a serving pod that routes otherwise than its file says",
}
"""In the namespaces of gateways alone. What cannot be deleted goes with its gateway, by owner reference."""
OF_TOKENS = {
    Right("get", "secrets"): "whose the Secret is, and when its token ends",
    Right("create", "secrets"): "a route's queue token",
    Right("patch", "secrets"): "the same token anew before it ends",
    Right("delete", "secrets"): "a token that the route has no more",
}
"""What `gateways.tokenNamespaces` narrows."""
IN_TENANTS_NAMESPACES = {Right("get", "configmaps"), Right("get", "secrets")}
"""What `rbac.secretNamespaces` narrows."""
WRITTEN_TOKENS = set(OF_TOKENS) - {Right("get", "secrets")}
GONE_WHEN_NARROWED = {*IN_TENANTS_NAMESPACES, *WRITTEN_TOKENS, Right("list", "configmaps")}
TENANT_VIEW = {
    Right(verb, kind, OURS) for kind in (*TENANTS_KINDS, "sparkgateways") for verb in ("get", "list", "watch")
}
TENANT_EDIT = {
    Right(verb, kind, OURS)
    for kind in TENANTS_KINDS
    for verb in ("create", "update", "patch", "delete", "deletecollection")
}
PLATFORM = {
    Right(verb, kind, OURS)
    for kind in PLATFORMS_KINDS
    for verb in ("get", "list", "watch", "create", "update", "patch", "delete")
}


def test_the_operator_has_exactly_the_rights_that_have_a_reason() -> None:
    objects = template()
    assert set(_rights(only(objects, "ClusterRole", "mwaa-operator"))) == set(EVERYWHERE)
    roles = {
        (body["metadata"]["namespace"], body["metadata"]["name"]): set(_rights(body))
        for body in of_kind(objects, "Role")
    }
    assert roles == {
        ("mwaa-system", "mwaa-operator"): set(IN_OWN_NAMESPACE),
        ("mwaa-system", "mwaa-operator-gateways"): set(OF_A_GATEWAY),
    }


def test_the_lease_of_another_name_is_the_only_one_that_may_be_taken() -> None:
    role = only(template({"settings": {"leaseName": "mine"}}), "Role", "mwaa-operator")
    assert {right.name for right in _rights(role) if right.resource == "leases"} == {"*", "mine"}


def test_only_the_operators_account_is_bound() -> None:
    values = {"serviceAccount": {"name": "op"}, "gateways": {"namespaces": ["spark"], "tokenNamespaces": ["team-a"]}}
    bindings = [body for body in template(values) if body["kind"].endswith("RoleBinding")]
    assert {body["kind"] for body in bindings} == {"ClusterRoleBinding", "RoleBinding"}
    for body in bindings:
        assert body["subjects"] == [{"kind": "ServiceAccount", "name": "op", "namespace": "mwaa-system"}]


@pytest.mark.parametrize("namespaces", [[], ["team-a"], ["team-a", "team-b"]], ids=str)
def test_secrets_and_config_maps_can_be_restricted_to_namespaces(namespaces: list[str]) -> None:
    objects = template({"rbac": {"secretNamespaces": namespaces}})
    everywhere = set(_rights(only(objects, "ClusterRole", "mwaa-operator")))
    assert everywhere == set(EVERYWHERE) - GONE_WHEN_NARROWED
    assert _granted(objects, "mwaa-operator-secrets") == dict.fromkeys(namespaces, IN_TENANTS_NAMESPACES)
    assert _granted(objects, "mwaa-operator-tokens") == {name: set(OF_TOKENS) for name in namespaces}


def test_a_namespace_beside_the_star_changes_nothing() -> None:
    assert template({"rbac": {"secretNamespaces": ["*", "team-a"]}}) == template()
    assert template({"gateways": {"tokenNamespaces": ["*", "team-a"]}}) == template()


@pytest.mark.parametrize("namespaces", [["spark"], ["phi", "general"]], ids=str)
def test_what_belongs_to_gateways_is_written_in_their_namespaces_alone(namespaces: list[str]) -> None:
    objects = template({"gateways": {"namespaces": namespaces}})
    assert _granted(objects, "mwaa-operator-gateways") == {name: set(OF_A_GATEWAY) for name in namespaces}
    assert set(_rights(only(objects, "ClusterRole", "mwaa-operator"))) == set(EVERYWHERE)


@pytest.mark.parametrize("namespaces", [[], ["team-a"], ["team-a", "team-b"]], ids=str)
def test_tokens_can_be_restricted_to_namespaces(namespaces: list[str]) -> None:
    objects = template({"gateways": {"tokenNamespaces": namespaces}})
    assert set(_rights(only(objects, "ClusterRole", "mwaa-operator"))) == set(EVERYWHERE) - WRITTEN_TOKENS
    assert _granted(objects, "mwaa-operator-tokens") == {name: set(OF_TOKENS) for name in namespaces}


def test_tokens_go_no_further_than_secrets_are_read_unless_a_namespace_is_named() -> None:
    """So that whoever narrowed the one has narrowed the other."""
    values = {"rbac": {"secretNamespaces": ["team-a"]}, "gateways": {"tokenNamespaces": ["*", "team-b"]}}
    assert _granted(template(values), "mwaa-operator-tokens").keys() == {"team-a", "team-b"}


def test_without_gateways_there_are_no_rights_for_them_and_for_what_belongs_to_them() -> None:
    objects = template({"gateways": {"enabled": False, "namespaces": ["spark"], "tokenNamespaces": ["*", "team-a"]}})
    ours = re.compile(r"(sparkgateways|sparkjobroutes)\b")
    routing = {right for right in EVERYWHERE if ours.match(right.resource) or ours.match(right.name)}
    assert set(_rights(only(objects, "ClusterRole", "mwaa-operator"))) == set(EVERYWHERE) - WRITTEN_TOKENS - routing
    assert set(_rights(only(objects, "Role"))) == set(IN_OWN_NAMESPACE)


def test_people_get_the_rights_of_their_role_and_nobody_gets_status() -> None:
    objects = template()
    expected = {
        "mwaa-operator-view": TENANT_VIEW,
        "mwaa-operator-edit": TENANT_EDIT,
        "mwaa-operator-platform": PLATFORM,
    }
    assert {name: set(_rights(only(objects, "ClusterRole", name))) for name in expected} == expected


def test_aggregated_roles_say_nothing_of_accounts_and_write_no_gateways() -> None:
    """Whoever could write an AwsAccount could admit himself to everything; a SparkGateway runs any image."""
    aggregated = [body for body in of_kind(template(), "ClusterRole") if _aggregates(body)]
    assert {body["metadata"]["name"]: _aggregates(body) for body in aggregated} == {
        "mwaa-operator-view": {"view", "edit", "admin"},
        "mwaa-operator-edit": {"edit", "admin"},
    }
    rights = {right for body in aggregated for right in _rights(body)}
    assert {right for right in rights if right.resource.startswith("awsaccounts")} == set()
    assert {right.verb for right in rights if right.resource.startswith("sparkgateways")} == {"get", "list", "watch"}


def test_aggregation_can_be_left_out() -> None:
    names = {body["metadata"]["name"] for body in of_kind(template({"rbac": {"aggregate": False}}), "ClusterRole")}
    assert names == {"mwaa-operator", "mwaa-operator-platform"}


def test_no_roles_are_made_where_others_make_them() -> None:
    assert [body["kind"] for body in template({"rbac": {"create": False}}) if "Role" in body["kind"]] == []


def _rights(role: Object) -> Iterator[Right]:
    """Yield the rights of a role; whatever cannot be said by `Right` (non-resource URLs) fails."""
    for rule in role["rules"]:
        assert rule.keys() <= {"apiGroups", "resources", "resourceNames", "verbs"}
        for group in rule["apiGroups"]:
            yield from _of_group(group, rule)


def _of_group(group: str, rule: Object) -> Iterable[Right]:
    return [
        Right(verb, resource, group, name)
        for verb in rule["verbs"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames", ["*"])
    ]


def _granted(objects: Iterable[Object], name: str) -> dict[str, set[Right]]:
    """Return the rights of the Role of a name by namespace, if the same namespaces have a binding to it."""
    objects = list(objects)
    roles = [body for body in of_kind(objects, "Role") if body["metadata"]["name"] == name]
    bound = [body for body in of_kind(objects, "RoleBinding") if body["roleRef"]["name"] == name]
    assert [body["metadata"]["namespace"] for body in bound] == [body["metadata"]["namespace"] for body in roles]
    return {body["metadata"]["namespace"]: set(_rights(body)) for body in roles}


def _aggregates(role: Object) -> set[str]:
    prefix = "rbac.authorization.k8s.io/aggregate-to-"
    return {label.removeprefix(prefix) for label in role["metadata"]["labels"] if label.startswith(prefix)}
