"""Paths: no name that a tenant writes leads anywhere else."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.kube.errors import Rejected
from mwaa_operator.kube.paths import KindPaths, path
from tests.support.kube import GADGET, WIDGET

PATHS = KindPaths([WIDGET, GADGET])


def test_a_namespaced_object_has_its_namespace_in_the_path() -> None:
    expected = "/apis/mwaa-operator.io/v1alpha1/namespaces/team/widgets/one"
    assert PATHS.item(ObjectKey("Widget", "team", "one")) == expected


def test_a_cluster_scoped_object_has_none() -> None:
    assert PATHS.item(ObjectKey("Gadget", "", "one")) == "/apis/mwaa-operator.io/v1alpha1/gadgets/one"


def test_a_subresource_comes_last() -> None:
    assert PATHS.item(ObjectKey("Widget", "team", "one"), "status").endswith("/widgets/one/status")


def test_a_list_spans_all_namespaces() -> None:
    assert PATHS.collection("Widget") == "/apis/mwaa-operator.io/v1alpha1/widgets"


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_segment_that_clients_resolve_away_is_refused(name: str) -> None:
    with pytest.raises(Rejected, match="is not the name"):
        path("api", "v1", "namespaces", "team", "secrets", name)


@given(st.text(min_size=1))
def test_whatever_a_name_holds_it_stays_one_segment(name: str) -> None:
    if name in {".", ".."} or "\ud800" <= min(name) <= "\udfff":
        return
    try:
        made = path("api", name)
    except UnicodeEncodeError:
        return
    assert made.startswith("/api/")
    assert unquote(made.removeprefix("/api/")) == name
    assert made.count("/") == 2
    assert "?" not in made
    assert "#" not in made
