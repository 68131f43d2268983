"""What the chart's rights for gateways mean when the API server judges them: enough for all that is done, and no more.

Which rights there are is in test_chart_rbac.py. Here the operator's own code acts under them, and tries more than them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud.controlplane import ControlPlane
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.names import GATEWAY_LABEL
from mwaa_operator.gateway.objects.pods import deployment, proof_pod
from mwaa_operator.gateway.objects.secrets import revision_secret
from mwaa_operator.gateway.objects.standing import standing
from mwaa_operator.gateway.objects.template import pod_template, template_digest
from mwaa_operator.gateway.revision import Revision, revision_name
from mwaa_operator.gateway.tokens.secrets import Labelled, token_body
from mwaa_operator.kube.errors import Forbidden
from mwaa_operator.kube.owned import OwnedObjects
from mwaa_operator.route.api import SparkJobRoute
from tests.support.chart import CLUSTER_SCOPED, Object, collection_of, template
from tests.support.controlplane import fresh_namespace
from tests.support.crds import create, install_crds
from tests.support.kube import client_to
from tests.support.manifests import spark_gateway, spark_job_route
from tests.support.rights import may
from tests.support.wait import eventually

ACCOUNT = "rights-mwaa-operator"
KINDS = {"ServiceAccount", "Role", "RoleBinding", *CLUSTER_SCOPED}
"""What of the chart says who may do what."""
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
REFUSED = "writes no Secret here but the queue tokens"


@dataclass(frozen=True)
class Site:
    """A cluster with the operator's rights: `own` is where it runs, `spark` where gateways are, `team` where routes."""

    cluster: ControlPlane
    own: str
    spark: str
    team: str

    @property
    def user(self) -> str:
        return f"system:serviceaccount:{self.own}:{ACCOUNT}"

    def owned(self) -> OwnedObjects:
        """Return what the operator uses, as the operator."""
        token = self.cluster.token(self.own, ACCOUNT)
        return client_to(self.cluster.kubeconfig_for_token(token, f"rights-{self.own}")).owned

    def is_held_to_its_own(self) -> bool:
        """Return whether the API server refuses another Secret already: it learns of a policy a moment after us."""
        rest = self.cluster.rest(self.cluster.token(self.own, ACCOUNT))
        answer = rest.post(f"/api/v1/namespaces/{self.team}/secrets?dryRun=All", secret(self.team))
        return answer.status == 403 and REFUSED in answer.body["message"]


@pytest.fixture(scope="module")
def site(control_plane: ControlPlane) -> Iterator[Site]:
    install_crds(control_plane)
    with ExitStack() as stack:
        places = [stack.enter_context(fresh_namespace(control_plane, prefix)) for prefix in ("own", "spark", "team")]
        made = Site(control_plane, *places)
        values = {"gateways": {"namespaces": [made.spark]}, "rbac": {"aggregate": False}, "crds": {"enabled": False}}
        for body in template(values, release="rights", namespace=made.own):
            if body["kind"] in KINDS:
                stack.callback(control_plane.api.delete, _made(control_plane, body))
        eventually(made.is_held_to_its_own, within=30, what="the policy in force")
        yield made


@pytest.fixture(scope="module")
def gateway(site: Site) -> SparkGateway:
    answer = create(site.cluster, spark_gateway("phi", site.spark))
    assert answer.ok, answer.body
    return SparkGateway.model_validate(answer.body)


@pytest.fixture(scope="module")
def route(site: Site) -> SparkJobRoute:
    answer = create(site.cluster, spark_job_route("etl", site.team))
    assert answer.ok, answer.body
    return SparkJobRoute.model_validate(answer.body)


def secret(namespace: str, name: str = "theirs", **members: Any) -> Object:
    """Return a Secret that is no queue token."""
    meta = {"namespace": namespace, "name": name}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque", "data": {"a": "MQ=="}, **members}


def token(route: SparkJobRoute, name: str, text: str = "one") -> Object:
    """Return a route's queue token, as the operator writes it."""
    return token_body(route, name="ci", secret=name, token=text, labelled=Labelled(1, NOON, NOON))


class TestGateways:
    def test_all_that_belongs_to_one_can_be_made_found_and_taken_away(self, site: Site, gateway: SparkGateway) -> None:
        owned, place = site.owned(), (site.spark, {GATEWAY_LABEL: "phi"})
        pods = pod_template(gateway)
        revision = Revision(revision_name("{}", template_digest(pods)), "{}", ())
        for _ in range(2):
            for body in standing(gateway, operator_namespace=site.own):
                owned.apply(body)
                assert owned.get(body["apiVersion"], body["kind"], site.spark, body["metadata"]["name"])
        file = owned.create(revision_secret(gateway, revision, template=pods, routes={}))
        for _ in range(2):
            owned.apply(deployment(gateway, revision=revision.name, template=pods))
        proof = owned.create(proof_pod(gateway, revision=revision.name, template=pods))
        assert owned.get("apps/v1", "Deployment", site.spark, "phi")
        assert proof["metadata"]["uid"] in {pod["metadata"]["uid"] for pod in owned.list("v1", "Pod", *place)}
        assert file["metadata"]["name"] in owned.versions("v1", "Secret", *place)
        for body in (file, proof):
            owned.delete(body, grace=0)
            assert owned.get("v1", body["kind"], site.spark, body["metadata"]["name"]) is None

    @pytest.mark.parametrize(
        "rule",
        [
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "watch"]},
            {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]},
            {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        ],
        ids=["watch secrets", "exec", "all"],
    )
    def test_none_can_be_given_more_than_the_operator_has(self, site: Site, rule: Object) -> None:
        meta = {"namespace": site.spark, "name": "more"}
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": meta, "rules": [rule]}
        with pytest.raises(Forbidden, match="attempting to grant RBAC permissions not currently held"):
            site.owned().apply(role)

    def test_none_can_be_bound_to_a_role_with_more(self, site: Site) -> None:
        group = "rbac.authorization.k8s.io"
        binding = {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": {"namespace": site.spark, "name": "more"},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": "phi", "namespace": site.spark}],
        }
        with pytest.raises(Forbidden, match="attempting to grant RBAC permissions not currently held"):
            site.owned().apply(binding)

    @pytest.mark.parametrize(
        "right",
        [
            "watch secrets",
            "update secrets",
            "get pods/log",
            "create pods/exec",
            "create pods/attach",
            "create pods/portforward",
            "patch pods",
            "patch pods/ephemeralcontainers",
            "delete deployments",
            "delete services",
            "delete roles",
            "bind roles",
            "escalate roles",
            "impersonate serviceaccounts",
            "create serviceaccounts/token",
            "create sparkgateways",
            "update sparkgateways",
            "delete sparkgateways",
            "create configmaps",
        ],
    )
    def test_what_the_operator_may_not_do_even_where_gateways_are(self, site: Site, right: str) -> None:
        verb, resource = right.split()
        assert not may(site.cluster, site.user, verb, resource, site.spark, "any")

    @pytest.mark.parametrize("place", ["own", "team", "*"])
    @pytest.mark.parametrize(
        "right",
        [
            "list secrets",
            "watch secrets",
            "create pods",
            "list pods",
            "delete pods",
            "create deployments",
            "patch deployments",
            "create services",
            "create serviceaccounts",
            "create roles",
            "patch rolebindings",
            "create clusterroles",
        ],
    )
    def test_what_the_operator_may_not_do_elsewhere(self, site: Site, right: str, place: str) -> None:
        verb, resource = right.split()
        assert not may(site.cluster, site.user, verb, resource, getattr(site, place, place))


class TestTokens:
    """Of routes, in namespaces where the operator may write Secrets and no gateway is."""

    def test_one_can_be_written_renewed_and_deleted(self, site: Site, route: SparkJobRoute) -> None:
        owned = site.owned()
        written = owned.create(token(route, "token-1"))
        renewed = owned.apply(token(route, "token-1", "two"))
        assert renewed["metadata"]["uid"] == written["metadata"]["uid"]
        assert renewed["data"] != written["data"]
        owned.delete(renewed)
        assert owned.get("v1", "Secret", site.team, "token-1") is None

    def test_one_can_be_made_by_the_same_call_that_renews_it(self, site: Site, route: SparkJobRoute) -> None:
        owned = site.owned()
        owned.delete(owned.apply(token(route, "token-2")))

    def test_a_secret_that_holds_a_token_of_a_service_account_is_refused(
        self, site: Site, route: SparkJobRoute
    ) -> None:
        body = token(route, "stolen") | {"type": "kubernetes.io/service-account-token"}
        body["metadata"]["annotations"]["kubernetes.io/service-account.name"] = "default"
        with pytest.raises(Forbidden, match=REFUSED):
            site.owned().create(body)

    @pytest.mark.parametrize("lacking", ["labels", "ownerReferences"])
    def test_a_secret_that_is_no_token_of_a_route_is_refused(
        self, site: Site, route: SparkJobRoute, lacking: str
    ) -> None:
        body = token(route, "other")
        del body["metadata"][lacking]
        with pytest.raises(Forbidden, match=REFUSED):
            site.owned().create(body)

    def test_a_secret_of_a_tenant_is_neither_overwritten_nor_taken_over_nor_deleted(
        self, site: Site, route: SparkJobRoute
    ) -> None:
        path, owned = f"/api/v1/namespaces/{site.team}/secrets", site.owned()
        theirs = site.cluster.api.post(path, secret(site.team)).body
        for wish in (secret(site.team, data={"a": "Mg=="}), token(route, "theirs")):
            with pytest.raises(Forbidden, match=REFUSED):
                owned.apply(wish)
        with pytest.raises(Forbidden, match=REFUSED):
            owned.delete(theirs)
        assert site.cluster.api.get(f"{path}/theirs").body == theirs

    def test_a_token_is_not_made_into_another_secret(self, site: Site, route: SparkJobRoute) -> None:
        owned = site.owned()
        written = owned.apply(token(route, "token-3"))
        stripped = secret(site.team, "token-3", data=written["data"])
        with pytest.raises(Forbidden, match=REFUSED):
            owned.apply(stripped)
        owned.delete(written)

    def test_nobody_else_is_held_to_that(self, site: Site) -> None:
        path = f"/api/v1/namespaces/{site.team}/secrets"
        assert site.cluster.api.post(path, secret(site.team, "of-the-team")).ok
        assert site.cluster.api.patch(f"{path}/of-the-team", {"data": {"a": "Mg=="}}).ok
        assert site.cluster.api.delete(f"{path}/of-the-team").ok

    def test_where_gateways_are_their_own_secrets_are_written(self, site: Site) -> None:
        owned = site.owned()
        owned.delete(owned.apply(secret(site.spark, "phi.queue-keys")))


def _made(cluster: ControlPlane, body: Object) -> str:
    """Make an object of the chart and return its path."""
    answer = cluster.api.post(collection_of(body), body)
    assert answer.ok, answer.body
    return f"{collection_of(body)}/{body['metadata']['name']}"
