"""The complete status of every route of a gateway, as a pass leaves it behind, and what is told of each. Pure.

The same look gives the same status: no time moves while nothing happens, so that nothing is written then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mwaa_operator.api import verdict
from mwaa_operator.api.conditions import transition
from mwaa_operator.api.meta import RECONCILE_REQUESTED_AT, RETRY_REQUESTED_AT
from mwaa_operator.api.plan import Notice
from mwaa_operator.gateway.plan.situation import Situation
from mwaa_operator.gateway.revision import TOMBSTONE
from mwaa_operator.gateway.routestatus.deletion import Departure
from mwaa_operator.gateway.routestatus.details import details
from mwaa_operator.gateway.routestatus.forms import is_as_spec_says, revision_of
from mwaa_operator.gateway.routestatus.notices import notices
from mwaa_operator.gateway.routestatus.targets import healthy_targets, target_statuses
from mwaa_operator.gateway.routestatus.verdicts import decide
from mwaa_operator.gateway.routestatus.view import Pass, View
from mwaa_operator.gateway.status import SparkGatewayStatus
from mwaa_operator.gateway.tokens.told import TokensOf
from mwaa_operator.route.fit import fitted
from mwaa_operator.route.status import SparkJobRouteStatus

MAX_WARNINGS: Final = 8
MAX_TOKENS: Final = 8
MAX_URL: Final = 512
"""A longer one is not told at all: half an address leads astray."""


@dataclass(frozen=True)
class RouteReport:
    """What a pass says of one route.

    Attributes:
        key: `namespace/name`.
        status: The complete status, as wire JSON.
        notices: Events to record after it was written.
        goes: Whether the pass lets the route go: where its object is gone the status is stored nowhere, and the Events
            are told all the same.
    """

    key: str
    status: dict[str, Any]
    notices: tuple[Notice, ...]
    goes: bool = False


def route_reports(
    s: Situation, closing: SparkGatewayStatus, *, tokens: Mapping[str, TokensOf], url: str | None
) -> tuple[RouteReport, ...]:
    """Return what a pass says of each route that refers to its gateway, by key.

    Args:
        s: What the pass decided from; of the routes in `s.observed.attached` the status is told.
        closing: The gateway's status as the pass leaves it behind.
        tokens: Route key to what became of its queue tokens.
        url: Where clients reach the gateway, with its path; None: nowhere yet.
    """
    common = Pass(s, closing, tokens, url)
    return tuple(_report(View(common, key, route)) for key, route in sorted(s.observed.attached.items()))


def _report(v: View) -> RouteReport:
    as_spec = is_as_spec_says(v)
    decision = decide(v, as_spec=as_spec)
    conditions = transition(
        previous=v.before.conditions,
        desired=[*verdict.summary(decision.verdict), *details(v)],
        generation=v.generation,
        now=v.of.s.now,
    )
    said: dict[str, Any] = {
        "observed_generation": v.generation,
        "conditions": conditions,
        "revision": revision_of(v, as_spec=as_spec),
        "waiting": decision.waiting,
    }
    # Made anew and not copied from the one before: what this pass does not see is not said.
    status = SparkJobRouteStatus(**(said | _place(v) | _forecast(v) | _targets(v) | _answered(v)))
    goes = v.route.metadata.deleting and v.key in v.of.released
    return RouteReport(v.key, fitted(status.wire()), notices(v, status), goes)


def _place(v: View) -> dict[str, Any]:
    metadata = v.of.s.resource.metadata
    return {
        "gateway": f"{metadata.namespace}/{metadata.name}",
        "url": v.of.url if v.of.url is not None and len(v.of.url) <= MAX_URL else None,
        "profile": v.of.s.spec.bpg_profile,
    }


def _forecast(v: View) -> dict[str, Any]:
    """Return what becomes of jobs; while the text of what serves is lost, what was said of it before."""
    found, active = v.prediction, v.of.active
    if found is not None:
        warnings = [*_of_gateway(v), *found.warnings][:MAX_WARNINGS]
        return {"split": found.split or None, "queues": list(found.queues), "warnings": warnings}
    before = v.before.revision
    lost = active is not None and not active.text and before is not None and before.active == active.name
    kept = {"split": v.before.split, "queues": v.before.queues} if lost else {}
    return {**kept, "warnings": list(_of_gateway(v))}


def _of_gateway(v: View) -> Iterable[str]:
    if v.of.s.resource.metadata.deleting:
        yield f"{v.of.name} is being deleted and serves on only until no route refers to it: make a route elsewhere"


def _targets(v: View) -> dict[str, Any]:
    found = v.of.tokens.get(v.key)
    tokens = {item.name: item for item in reversed(found.tokens)} if found is not None else {}
    return {
        "healthy_targets": healthy_targets(v),
        "targets": target_statuses(v),
        "tombstones": sum(entry.mode == TOMBSTONE for entry in v.held),
        "tokens": [*reversed(tokens.values())][:MAX_TOKENS],
        "drain": Departure(v).status if v.route.metadata.deleting else None,
    }


def _answered(v: View) -> dict[str, Any]:
    annotations = v.route.metadata.annotations
    return {
        "last_handled_reconcile_at": annotations.get(RECONCILE_REQUESTED_AT),
        "last_handled_retry_at": annotations.get(RETRY_REQUESTED_AT),
    }
