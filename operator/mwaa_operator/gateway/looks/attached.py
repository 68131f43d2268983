"""The routes of a gateway, from their objects: who is rendered, who leaves, whose status is written. Pure.

A route that is suspended, or that does not fit its kind any more, keeps the form that serves: the file's revision has
it. One without our finalizer is not rendered, because it could vanish while its jobs run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from mwaa_operator.api.fields import seconds
from mwaa_operator.api.meta import FINALIZER, ObjectMeta
from mwaa_operator.gateway.plan.situation import LeavingRoute
from mwaa_operator.gateway.render.scene import Candidate
from mwaa_operator.route.api import SparkJobRoute

Body = dict[str, Any]
Forms = Mapping[str, Mapping[str, Any]]
"""Route key to its spec as a revision was made of it."""


@dataclass(frozen=True)
class Attached:
    """Routes that refer to a gateway.

    Attributes:
        candidates: Those to render, in the form that counts.
        leaving: Those that are deleted and wait for us.
        objects: All that fit their kind, as the API server holds them, by key.
        referring: Keys of all, also of those that do not fit.
    """

    candidates: tuple[Candidate, ...] = ()
    leaving: tuple[LeavingRoute, ...] = ()
    objects: Mapping[str, SparkJobRoute] = field(default_factory=dict)
    referring: tuple[str, ...] = ()


def attached(
    bodies: Iterable[Body], *, forms: Forms, labels: Callable[[str], Mapping[str, str]], factor: float = 1.0
) -> Attached:
    """Return the routes of a gateway.

    Args:
        bodies: Every SparkJobRoute that refers to it.
        forms: What the active revision was made of.
        labels: Labels of a namespace.
        factor: What the durations of specs are divided by.

    Raises:
        KubeError: What `labels` raises.
    """
    candidates, leaving, objects, referring = [], [], {}, []
    for body in bodies:
        metadata = ObjectMeta.model_validate(body["metadata"])
        key, route = f"{metadata.namespace}/{metadata.name}", parsed(body)
        if is_let_go(body):
            continue
        referring.append(key)
        if route is not None:
            objects[key] = route
        if metadata.deletion_timestamp is not None:
            leaving.append(_leaving(key, metadata.deletion_timestamp, route, factor))
        elif FINALIZER in metadata.finalizers and (form := _form(body, route, forms.get(key))) is not None:
            candidates.append(Candidate(form, labels(metadata.namespace)))
    return Attached(tuple(candidates), tuple(leaving), objects, tuple(sorted(referring)))


def is_let_go(body: Body) -> bool:
    """Return whether a route is deleted and held by others alone: it is no matter of its gateway any more."""
    metadata = body["metadata"]
    return "deletionTimestamp" in metadata and FINALIZER not in (metadata.get("finalizers") or ())


def parsed(body: Body) -> SparkJobRoute | None:
    """Return a route as the API server sent it, or None if it does not fit its kind any more."""
    try:
        return SparkJobRoute.from_body(body)
    except ValidationError:
        return None


def _form(body: Body, route: SparkJobRoute | None, form: Mapping[str, Any] | None) -> SparkJobRoute | None:
    """Return what is rendered of a route; None: nothing, because it never served and may not begin."""
    if route is not None and not route.spec.suspend:
        return route
    return None if form is None else parsed({**body, "spec": dict(form)})


def _leaving(key: str, deleted_at: datetime, route: SparkJobRoute | None, factor: float) -> LeavingRoute:
    if route is None:
        return LeavingRoute(key, deleted_at)
    waits = route.spec.deletion_policy == "Drain"
    return LeavingRoute(key, deleted_at, waits=waits, timeout=seconds(route.spec.drain.timeout) / factor)
