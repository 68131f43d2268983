"""Which routes of a gateway are rendered, in which form, and which leave."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mwaa_operator.api.meta import FINALIZER
from mwaa_operator.gateway.looks.attached import attached
from mwaa_operator.gateway.plan.situation import LeavingRoute
from tests.support.manifests import spark_job_route

DELETED = "2026-11-21T12:00:00Z"
LABELS = {"team": "a"}


def body(name: str = "digital", *, ours: bool = True, deleted: bool = False, **spec: Any) -> dict[str, Any]:
    found = spark_job_route(name, "data", **spec)
    found["metadata"] |= {"finalizers": [FINALIZER] if ours else []}
    found["metadata"] |= {"deletionTimestamp": DELETED} if deleted else {}
    return found


def look(*bodies: dict[str, Any], **forms: dict[str, Any]) -> Any:
    return attached(
        bodies, forms={f"data/{name}": form for name, form in forms.items()}, labels=lambda namespace: LABELS
    )


def test_a_route_with_our_finalizer_is_rendered_with_the_labels_of_its_namespace() -> None:
    found = look(body())
    assert [(item.key, item.namespace_labels) for item in found.candidates] == [("data/digital", LABELS)]
    assert list(found.objects) == ["data/digital"]


def test_a_route_without_our_finalizer_is_not_rendered_because_it_could_vanish_but_is_told_about() -> None:
    found = look(body(ours=False))
    assert (found.candidates, list(found.objects)) == ((), ["data/digital"])


def test_a_suspended_route_keeps_the_form_that_serves_and_is_told_about_as_it_is() -> None:
    before = body(sparkVersions=["3.4"])["spec"]
    found = look(body(sparkVersions=["3.5"], suspend=True), digital=before)
    assert list(found.candidates[0].route.spec.spark_versions) == ["3.4"]
    assert list(found.objects["data/digital"].spec.spark_versions) == ["3.5"]


def test_a_suspended_route_that_never_served_does_not_begin_to() -> None:
    assert look(body(suspend=True)).candidates == ()


def test_a_route_that_does_not_fit_its_kind_any_more_keeps_the_form_that_serves() -> None:
    broken = body()
    broken["spec"]["targets"] = []
    found = look(broken, digital=body()["spec"])
    assert [item.key for item in found.candidates] == ["data/digital"]
    assert found.objects == {}, "its own pass tells what is wrong"
    assert look(broken).candidates == ()


def test_a_form_that_does_not_fit_any_more_either_renders_nothing() -> None:
    assert look(body(suspend=True), digital={"targets": []}).candidates == ()


def test_a_deleted_route_leaves_as_its_policy_says_and_is_not_rendered() -> None:
    found = look(body(deleted=True, deletionPolicy="Delete", drain={"timeout": "5m"}))
    when = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert found.leaving == (LeavingRoute("data/digital", when, waits=False, timeout=300.0),)
    assert (found.candidates, list(found.objects)) == ((), ["data/digital"])


def test_a_deleted_route_that_cannot_be_read_leaves_all_the_same() -> None:
    broken = body(deleted=True)
    broken["spec"]["targets"] = []
    assert [item.key for item in look(broken).leaving] == ["data/digital"]


def test_a_deleted_route_that_others_hold_is_no_matter_of_ours() -> None:
    assert look(body(ours=False, deleted=True)) == look()
