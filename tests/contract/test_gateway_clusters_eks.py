"""Clusters of EKS: where AWS says they are, whom the AwsAccount admits, and tokens that the operator asks for there.

One API server is Spark's cluster and the gateway's at once; localcloud's authenticator tells it AWS identities.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from localcloud.aws.faults import UNAVAILABLE, Rule
from localcloud.gateway import kubecluster
from localcloud.kube.eksauth import User
from mwaa_operator.aws.access import Access
from mwaa_operator.gateway.clusters.minted import EXPIRES_AT, TOKEN_OF
from mwaa_operator.gateway.objects.secrets import revision_secret
from mwaa_operator.gateway.objects.template import pod_template, template_digest
from mwaa_operator.gateway.plan.situation import ClusterLook, ClusterTrouble
from mwaa_operator.gateway.render.file import RenderedEntry
from mwaa_operator.gateway.revision import Revision, revision_name
from mwaa_operator.gateway.status import Revision as ActiveRevision
from mwaa_operator.gateway.status import SparkGatewayStatus
from tests.support.controlplane import fresh_namespace
from tests.support.ekscluster import NAME, OPERATOR_ARN, Eks, eks_cluster
from tests.support.kube import Ears, client_to
from tests.support.operatoraws import REGION, Operator
from tests.support.sparkclusters import (
    BPG_VERBS,
    RBAC,
    UID,
    Looking,
    allow,
    authority,
    cluster,
    gateway,
    put_secret,
)
from tests.support.wait import eventually

HOUR = timedelta(hours=1)
OPERATOR = User("operator")


class Stand:
    """A gateway with one cluster of EKS."""

    def __init__(self, eks: Eks, namespace: str, operator: Operator, active: str = "") -> None:
        self.eks, self.namespace, self.ears, self.operator = eks, namespace, Ears(), operator
        self.active = active
        kube = client_to(eks.control_plane.admin_kubeconfig, surroundings=self.ears.surroundings())
        self.looking = Looking(kube, accounts={"default": {"eksClusters": [NAME]}}, scope=self.scope)
        self.asked: list[Access] = []

    def scope(self, access: Access) -> Any:
        self.asked.append(access)
        return self.operator.clients.scope(access)

    def both(self, **members: Any) -> tuple[dict[str, ClusterLook], dict[str, ClusterTrouble]]:
        request = {"serviceAccount": "default", "namespace": self.namespace, "lifetime": "12h"}
        body = cluster(
            self.eks.control_plane,
            namespace=self.namespace,
            **{"apiServer": None, "eks": {"name": NAME, "region": REGION}, "credentials": {"tokenRequest": request}}
            | members,
        )
        self.gateway = gateway(self.namespace, body)
        if self.active:
            status = SparkGatewayStatus(active_revision=ActiveRevision(name=self.active))
            self.gateway = self.gateway.model_copy(update={"status": status})
        return self.looking.clusters.look(self.gateway)

    def serve(self, url: str, ca: str) -> None:
        """Store a revision with an entry of the cluster, which later gateways say is active."""
        template = pod_template(self.gateway)
        item = {"id": "a1", "masterUrl": url, "caCertDataSOPS": ca}
        text = json.dumps({"sparkClusters": [item]})
        self.active = revision_name(text, template_digest(template))
        revision = Revision(self.active, text, (RenderedEntry("a1", "i", "Routed", "data/r", "t", "a", 1),))
        self.looking.kube.owned.apply(revision_secret(self.gateway, revision, template=template, routes={}))

    def look(self, **members: Any) -> ClusterLook:
        looks, troubles = self.both(**members)
        assert not troubles
        return looks["a"]

    def trouble(self, **members: Any) -> ClusterTrouble:
        looks, troubles = self.both(**members)
        assert not looks
        return troubles["a"]

    def pass_time(self, delta: timedelta) -> None:
        self.looking.hands.ahead += delta
        self.looking.hands.seconds += delta.total_seconds()

    def secret(self) -> dict[str, Any]:
        path = f"/api/v1/namespaces/{self.namespace}/secrets/phi.a.token"
        answer = self.eks.control_plane.api.get(path)
        assert answer.ok, answer.body
        found: dict[str, Any] = answer.body
        return found

    def token(self) -> str:
        return base64.b64decode(self.secret()["data"]["token"]).decode()

    def is_there(self) -> bool:
        return self.eks.control_plane.api.get(f"/api/v1/namespaces/{self.namespace}/secrets/phi.a.token").ok


@pytest.fixture(scope="module")
def running() -> Iterator[Eks]:
    with eks_cluster() as eks:
        eks.know(OPERATOR)
        kubecluster.install_crd(eks.control_plane.api)
        minting = {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]}
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "minting"}
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "operator"}
        for kind, body in (
            ("clusterroles", {"rules": [minting]}),
            ("clusterrolebindings", {"roleRef": role, "subjects": [subject]}),
        ):
            assert eks.control_plane.api.post(f"{RBAC}/{kind}", {"metadata": {"name": "minting"}, **body}).ok
        yield eks


@pytest.fixture(scope="module")
def operator(running: Eks) -> Operator:
    """The way into AWS, whose models take a second to load."""
    made = Operator()
    made.scope().verify()
    return made


@pytest.fixture
def stand(running: Eks, operator: Operator) -> Iterator[Stand]:
    with fresh_namespace(running.control_plane) as namespace:
        mine = running.control_plane.rest(allow(running.control_plane, namespace, *BPG_VERBS))
        path = f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{namespace}/sparkapplications"
        eventually(lambda: mine.get(path).ok, within=20, what="the rights of the token")
        yield Stand(running, namespace, operator)
    running.aws.faults.clear()
    running.moto.denials.clear()
    running.tell()
    if running.authenticator.entries.get(OPERATOR_ARN) != OPERATOR:
        running.know(OPERATOR)


class TestAddresses:
    def test_come_from_aws_in_the_name_of_the_gateways_namespace(self, stand: Stand) -> None:
        look = stand.look()
        assert look.url == stand.eks.control_plane.url
        assert look.healthy, look.message
        assert {(access.namespace, access.region) for access in stand.asked} == {(stand.namespace, REGION)}

    def test_are_asked_for_every_ten_minutes(self, stand: Stand) -> None:
        calls = stand.eks.aws.ledger
        before = calls.count(service="eks")
        for minutes in (0, 3, 6, 2):
            stand.pass_time(timedelta(minutes=minutes))
            assert stand.look().healthy
        assert calls.count(service="eks") == before + 2

    def test_stand_while_aws_does_not_answer(self, stand: Stand) -> None:
        assert stand.look().healthy
        stand.eks.aws.faults.add(Rule(service="eks", error=UNAVAILABLE, times=None))
        stand.pass_time(HOUR)
        assert stand.look().healthy

    def test_of_the_file_that_serves_stand_for_a_process_that_begins_while_aws_is_away(self, stand: Stand) -> None:
        stand.look()
        stand.serve(stand.eks.control_plane.url, authority(stand.eks.control_plane))
        stand.eks.aws.faults.add(Rule(service="eks", error=UNAVAILABLE, times=None))
        again = Stand(stand.eks, stand.namespace, stand.operator)
        assert again.trouble().reason == "AwsUnavailable"
        again = Stand(stand.eks, stand.namespace, stand.operator, active=stand.active)
        assert again.look().healthy
        again.looking.accounts["default"] = {"eksClusters": []}
        assert again.trouble().reason == "NotPermitted"

    @pytest.mark.parametrize(
        ("accounts", "reason", "words"),
        [
            ({}, "DependencyNotReady", "there is no AwsAccount default"),
            ({"default": {}}, "NotPermitted", f"does not admit eks.name {NAME}: add it to spec.eksClusters"),
            ({"default": {"eksClusters": ["*"], "regions": []}}, "NotPermitted", "spec.regions"),
            ({"default": {"accountId": "1"}}, "DependencyNotReady", "correct it"),
        ],
    )
    def test_that_the_account_does_not_admit_are_not_asked_for(
        self, accounts: dict[str, dict[str, Any]], reason: str, words: str, stand: Stand
    ) -> None:
        stand.looking.accounts.clear()
        stand.looking.accounts.update(accounts)
        trouble = stand.trouble()
        assert trouble.reason == reason
        assert words in trouble.message
        assert not stand.asked
        assert not stand.is_there()

    def test_that_the_account_admits_no_more_are_not_known_any_more(self, stand: Stand) -> None:
        assert stand.look().healthy
        stand.looking.accounts["default"] = {"eksClusters": []}
        assert stand.trouble().reason == "NotPermitted"

    def test_that_aws_does_not_know_are_told(self, stand: Stand) -> None:
        stand.looking.accounts["default"] = {"eksClusters": ["*"]}
        trouble = stand.trouble(eks={"name": "nothing", "region": REGION})
        assert trouble.reason == "DependencyNotReady"
        assert "there is no EKS cluster nothing in" in trouble.message

    def test_of_a_cluster_that_is_made_are_waited_for(self, stand: Stand) -> None:
        stand.eks.tell(endpoint="", ca="", status="CREATING")
        assert "is CREATING" in stand.trouble().message
        stand.eks.tell()
        stand.pass_time(timedelta(seconds=30))
        assert stand.look().healthy

    def test_of_a_cluster_that_went_stay_in_the_file_and_say_so(self, stand: Stand) -> None:
        assert stand.look().healthy
        stand.eks.moto.client("eks").delete_cluster(name=NAME)
        stand.pass_time(timedelta(minutes=11))
        look = stand.look()
        assert (look.url, look.reachable, look.reason) == (
            stand.eks.control_plane.url,
            False,
            "DependencyNotReady",
        )
        stand.eks.tell()
        stand.pass_time(timedelta(minutes=1))
        assert stand.look().healthy

    @pytest.mark.parametrize(
        ("fault", "reason"),
        [("deny", "AccessDenied"), ("outage", "AwsUnavailable"), ("account", "CredentialsFailed")],
    )
    def test_that_cannot_be_asked_for_say_why(self, fault: str, reason: str, stand: Stand) -> None:
        if fault == "deny":
            stand.eks.moto.deny("*", "eks:DescribeCluster")
        elif fault == "outage":
            stand.eks.aws.faults.add(Rule(service="eks", error=UNAVAILABLE, times=None))
        else:
            stand.looking.accounts["default"]["accountId"] = "210987654321"
        assert stand.trouble().reason == reason

    def test_where_nobody_answers_are_asked_for_again_before_long(self, stand: Stand) -> None:
        stand.eks.tell(endpoint="https://127.0.0.1:9")
        assert stand.look().reason == "ClusterUnreachable"
        stand.eks.tell()
        stand.pass_time(timedelta(seconds=65))
        assert stand.look().healthy


class TestTokens:
    def test_are_made_by_the_operators_own_identity_and_kept_in_a_secret_of_the_gateway(self, stand: Stand) -> None:
        look = stand.look()
        assert look.healthy, look.message
        assert look.token == f"k8s:secret:{stand.namespace}:phi.a.token:token"
        meta = stand.secret()["metadata"]
        assert [owner["uid"] for owner in meta["ownerReferences"]] == [UID]
        assert meta["labels"]["mwaa-operator.io/gateway"] == "phi"
        assert meta["annotations"][TOKEN_OF] == f"{stand.namespace}/default on default/{REGION}/{NAME}"
        assert look.token_expires_at == datetime.fromisoformat(meta["annotations"][EXPIRES_AT])
        left = look.token_expires_at - stand.looking.hands.now()
        assert timedelta(hours=11, minutes=59) < left <= timedelta(hours=12)
        assert stand.eks.known_as(stand.token()) == f"system:serviceaccount:{stand.namespace}:default"
        assert stand.looking.clusters.renewed(stand.gateway) == ()

    def test_are_not_told_and_whoever_writes_lines_hides_them(self, stand: Stand) -> None:
        look = stand.look()
        assert stand.token() not in repr(look)
        assert stand.token() not in repr(vars(stand.looking.clusters))
        assert stand.token() in stand.ears.secrets

    def test_serve_until_a_third_of_their_life_is_left(self, stand: Stand) -> None:
        assert stand.look().healthy
        first = stand.token()
        stand.pass_time(HOUR * 7.9)
        assert stand.look().healthy
        assert stand.token() == first
        stand.pass_time(HOUR * 0.2)
        assert stand.look().healthy
        assert stand.token() != first
        assert stand.eks.known_as(first)
        assert stand.looking.clusters.renewed(stand.gateway) == ("a",)
        assert stand.looking.clusters.renewed(stand.gateway) == ()

    def test_outlive_the_process(self, stand: Stand) -> None:
        assert stand.look().healthy
        first = stand.token()
        again = Stand(stand.eks, stand.namespace, stand.operator)
        assert again.look().healthy
        assert stand.token() == first

    def test_that_cannot_be_renewed_serve_on_while_they_last_and_it_is_told(self, stand: Stand) -> None:
        assert stand.look().healthy
        first = stand.token()
        stand.eks.know(None)
        stand.pass_time(HOUR * 9)
        look = stand.look()
        assert (look.healthy, look.reason) == (True, "")
        assert "does not know the operator's AWS identity" in look.message
        assert stand.token() == first
        stand.pass_time(HOUR * 4)
        look = stand.look()
        assert (look.reachable, look.reason) == (False, "AccessDenied")

    def test_of_another_account_are_asked_for_anew_and_the_old_one_goes_nowhere(self, stand: Stand) -> None:
        assert stand.look().healthy
        first = stand.token()
        request = {"serviceAccount": "other", "namespace": stand.namespace}
        look = stand.look(credentials={"tokenRequest": request})
        assert (look.reachable, look.reason) == (False, "DependencyNotReady")
        assert f"no service account {stand.namespace}/other" in look.message
        path = f"/api/v1/namespaces/{stand.namespace}/serviceaccounts"
        assert stand.eks.control_plane.api.post(path, {"metadata": {"name": "other"}}).ok
        stand.pass_time(timedelta(seconds=30))
        stand.look(credentials={"tokenRequest": request})
        assert stand.token() != first
        assert stand.eks.known_as(stand.token()).endswith(":other")

    def test_need_a_right_on_the_cluster(self, stand: Stand) -> None:
        stand.eks.know(User("nobody-in-particular"))
        look = stand.look()
        assert (look.reachable, look.reason) == (False, "AccessDenied")
        assert "create on serviceaccounts/token" in look.message

    def test_are_not_written_over_what_somebody_else_made(self, stand: Stand) -> None:
        put_secret(stand.eks.control_plane, stand.namespace, "phi.a.token", token=b"somebody-elses-token")
        look = stand.look()
        assert (look.reachable, look.reason) == (False, "NotOwned")
        assert stand.token() == "somebody-elses-token"

    def test_that_somebody_broke_are_made_anew(self, stand: Stand) -> None:
        assert stand.look().healthy
        path = f"/api/v1/namespaces/{stand.namespace}/secrets/phi.a.token"
        assert stand.eks.control_plane.api.patch(path, {"data": {"token": None}}).ok
        stand.pass_time(timedelta(seconds=30))
        assert stand.look().healthy
        assert stand.eks.known_as(stand.token())

    def test_are_made_by_the_leader_alone(self, stand: Stand) -> None:
        stand.looking.refuse = PermissionError("not the leader")
        with pytest.raises(PermissionError):
            stand.look()
        assert not stand.is_there()

    def test_of_a_secret_serve_a_cluster_of_eks_too(self, stand: Stand) -> None:
        token = stand.eks.control_plane.token(stand.namespace, "default")
        put_secret(stand.eks.control_plane, stand.namespace, "a-token", token=token.encode())
        look = stand.look(credentials={"tokenSecretRef": {"name": "a-token", "key": "token"}})
        assert look.healthy
        assert not stand.is_there()

    def test_are_not_made_for_a_disabled_cluster(self, stand: Stand) -> None:
        assert stand.look(state="Disabled").reason == "Drained"
        assert not stand.is_there()
