"""Names of the Secrets of a gateway: valid, and never those of another gateway."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.api.fields import DNS_NAME
from mwaa_operator.gateway.names import keys_secret, proof_pod, revision_secret, token_reference, token_secret
from tests.support.spark import examples, gateway

LABEL = st.sampled_from(("a", "b", "a-b", "token", "0123456789ab"))
NAME = st.lists(LABEL, min_size=1, max_size=2).map(".".join)
REVISION = st.sampled_from(("0123456789ab", "ffffffffffff"))


@given(st.tuples(NAME, LABEL), st.tuples(NAME, LABEL))
def test_no_two_clusters_share_a_token(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (token_secret(*one) == token_secret(*other)) == (one == other)
    assert re.fullmatch(DNS_NAME, token_secret(*one))


@given(NAME, NAME, st.tuples(NAME, LABEL), st.tuples(NAME, REVISION))
def test_no_two_gateways_share_keys(one: str, other: str, token: tuple[str, str], revision: tuple[str, str]) -> None:
    assert (keys_secret(one) == keys_secret(other)) == (one == other)
    assert keys_secret(one) not in (token_secret(*token), revision_secret(*revision))
    assert re.fullmatch(DNS_NAME, keys_secret(one))


@given(st.tuples(NAME, REVISION), st.tuples(NAME, REVISION), st.tuples(NAME, LABEL))
def test_no_two_gateways_share_a_file(one: tuple[str, str], other: tuple[str, str], token: tuple[str, str]) -> None:
    assert (revision_secret(*one) == revision_secret(*other)) == (one == other)
    assert revision_secret(*one) != token_secret(*token)
    assert re.fullmatch(DNS_NAME, revision_secret(*one))


def test_the_longest_names_are_still_names_of_secrets() -> None:
    assert len(token_secret("g" * 63, "c" * 63)) <= 253


@pytest.mark.parametrize("gate", ["g", "g" * 63, "g" * 43 + "-" + "h" * 19, "g" * 44 + "-" + "h" * 18])
def test_the_pod_of_a_proof_has_a_name_that_a_host_can_have(gate: str) -> None:
    name = proof_pod(gate, "0123456789ab")
    assert re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", name)
    assert name.endswith("-proof-0123456789ab")
    assert "--" not in name


@pytest.mark.parametrize(
    ("cluster", "reference"),
    [
        ("datascience", "k8s:secret:spark-gateways:datascience-token:token"),
        ("analytics", "k8s:secret:spark-gateways:general-gateway.analytics.token:token"),
    ],
)
def test_bpg_is_told_where_the_token_is_and_never_what_it_is(cluster: str, reference: str) -> None:
    gate = examples()[0]["general-gateway"]
    (found,) = [item for item in gate.spec.clusters if item.name == cluster]
    assert token_reference(gate, found) == reference


def test_a_reference_has_five_parts_whatever_the_names_are() -> None:
    gate = gateway("a-b", "gateways")
    assert token_reference(gate, gate.spec.clusters[0]).count(":") == 4
