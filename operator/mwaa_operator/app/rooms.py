"""The rooms of this operator: how each kind's controller is put together, and what wakes it beside its own objects.

A new kind adds one function here and its name to `ROOMS`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, Final

from mwaa_operator.account.api import KIND as ACCOUNT
from mwaa_operator.account.controller import AccountController
from mwaa_operator.account.observe import Observer, Sources
from mwaa_operator.account.references import ACCOUNT_INDEX, Dependents, accounts_of
from mwaa_operator.account.resolve import Resolver
from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.app.platform import Platform, Room
from mwaa_operator.engine.controller import Registration, Watch
from mwaa_operator.environment import build as environment_build
from mwaa_operator.environment.api import KIND as ENVIRONMENT
from mwaa_operator.gateway import build as gateway_build
from mwaa_operator.gateway.api import KIND as GATEWAY
from mwaa_operator.route.api import KIND as ROUTE
from mwaa_operator.route.controller import SparkJobRouteController
from mwaa_operator.workflow import build as workflow_build
from mwaa_operator.workflow.api import KIND as WORKFLOW

Body = dict[str, Any]

BACKED_BY_AWS: Final = {
    ENVIRONMENT.kind: accounts_of,
    WORKFLOW.kind: accounts_of,
    GATEWAY.kind: gateway_build.accounts_of,
}
"""The kinds whose objects name AwsAccounts, and what tells which."""


def environment(platform: Platform) -> Registration:
    """Return the controller of MwaaEnvironment; a change of an AwsAccount wakes those that name it."""
    kind, cache = ENVIRONMENT.kind, platform.cache
    cache.add_index(kind, environment_build.NAME_INDEX, environment_build.names_of)
    cache.add_index(kind, ACCOUNT_INDEX, accounts_of)
    parts = environment_build.Parts(
        cached=cache.get,
        indexed=lambda value: cache.by_index(kind, environment_build.NAME_INDEX, value),
        written=cache.put,
        reported=platform.reported,
        kube=platform.kube,
        resolver=_resolver(platform),
        scope=platform.scope,
        cluster_id=platform.kube.cluster_id,
        hash_key=lambda: ((key := platform.kube.hash_key()).key_id, key.secret),
        timings=platform.timings,
        now=platform.now,
        monotonic=platform.monotonic,
    )

    watch = _woken_by_account(platform, kind)
    return Registration(environment_build.build(parts), workers=platform.workers, watches=(watch,))


def workflow(platform: Platform) -> Registration:
    """Return the controller of ServerlessWorkflow; a change of an AwsAccount wakes those that name it."""
    kind, cache = WORKFLOW.kind, platform.cache
    cache.add_index(kind, workflow_build.NAME_INDEX, workflow_build.names_of)
    cache.add_index(kind, workflow_build.CONFIG_MAP_INDEX, workflow_build.config_maps_of)
    cache.add_index(kind, ACCOUNT_INDEX, accounts_of)
    parts = workflow_build.Parts(
        cached=cache.get,
        indexed=lambda value: cache.by_index(kind, workflow_build.NAME_INDEX, value),
        written=cache.put,
        reported=platform.reported,
        measured=platform.measured,
        kube=platform.kube,
        resolver=_resolver(platform),
        scope=platform.scope,
        hash_key=lambda: platform.kube.hash_key().secret,
        cluster_id=platform.kube.cluster_id,
        timings=platform.timings,
        now=platform.now,
        monotonic=platform.monotonic,
    )
    watch = _woken_by_account(platform, kind)
    return Registration(workflow_build.build(parts), workers=platform.workers, watches=(watch,))


def gateway(platform: Platform) -> Registration:
    """Return the controller of SparkGateway; a change of one of its routes, or of an AwsAccount, wakes it."""
    kind, cache = GATEWAY.kind, platform.cache
    cache.add_index(kind, ACCOUNT_INDEX, gateway_build.accounts_of)
    parts = gateway_build.Parts(
        cached=cache.get,
        routes=lambda name: _bodies(platform, _routes_of(platform, name)),
        gateways=lambda: _bodies(platform, _gateways(platform)),
        written=cache.put,
        reported=platform.reported,
        measured=platform.gateway_measured,
        kube=platform.kube,
        resolver=_resolver(platform),
        scope=platform.scope,
        namespace_labels=platform.namespace_labels,
        fence=platform.fence,
        namespaces=platform.gateway_namespaces,
        operator_namespace=platform.namespace,
        time_factor=platform.time_factor,
        entropy=os.urandom,
        now=platform.now,
        monotonic=platform.monotonic,
    )

    def gateways_of(body: Body) -> Iterable[ObjectKey]:
        names = set(gateway_build.gateway_of(body))
        return [key for key in _gateways(platform) if key.name in names]

    watches = (Watch(source_kind=ROUTE.kind, dependents=gateways_of), _woken_by_account(platform, kind))
    return Registration(gateway_build.build(parts), workers=platform.workers, watches=watches)


def route(platform: Platform) -> Registration:
    """Return the controller of SparkJobRoute; a gateway of the name that it refers to wakes it."""
    platform.cache.add_index(ROUTE.kind, gateway_build.GATEWAY_INDEX, gateway_build.gateway_of)

    def named(name: str) -> Body | None:
        return next(iter(_bodies(platform, [key for key in _gateways(platform) if key.name == name])), None)

    controller = SparkJobRouteController(
        cached=platform.cache.get,
        written=platform.cache.put,
        reported=platform.reported,
        kube=platform.kube,
        gateway=named,
        fits=gateway_build.fits,
        namespaces=tuple(sorted(platform.gateway_namespaces)),
        timings=platform.timings,
        now=platform.now,
    )

    def routes_of(body: Body) -> Iterable[ObjectKey]:
        return _routes_of(platform, body["metadata"]["name"])

    watches = (Watch(source_kind=GATEWAY.kind, dependents=routes_of),)
    return Registration(controller, workers=platform.workers, watches=watches)


def account(platform: Platform) -> Registration:
    """Return the controller of AwsAccount; an object that is the first to name it wakes it."""
    cache, backed = platform.cache, {kind: names for kind, names in BACKED_BY_AWS.items() if kind in platform.kinds}

    def references(name: str) -> list[ObjectKey]:
        return [key for kind in backed for key in cache.by_index(kind, ACCOUNT_INDEX, name)]

    sources = Sources(
        references=references,
        scope=platform.scope,
        cluster_id=platform.kube.cluster_id,
        now=platform.now,
        home_region=platform.home_region,
    )
    controller = AccountController(
        cached=cache.get,
        written=cache.put,
        reported=platform.reported,
        kube=platform.kube,
        observer=Observer(sources),
        timings=platform.timings,
        now=platform.now,
    )
    watches = tuple(
        Watch(source_kind=kind, dependents=Dependents(cached=cache.get, names=names)) for kind, names in backed.items()
    )
    return Registration(controller, workers=platform.workers, watches=watches)


def _woken_by_account(platform: Platform, kind: str) -> Watch:
    def users_of(account: Body) -> Iterable[ObjectKey]:
        return platform.cache.by_index(kind, ACCOUNT_INDEX, account["metadata"]["name"])

    return Watch(source_kind=ACCOUNT.kind, dependents=users_of)


def _resolver(platform: Platform) -> Resolver:
    return Resolver(
        cached=platform.cache.get,
        namespace_labels=platform.namespace_labels,
        cluster_id=platform.kube.cluster_id,
    )


def _gateways(platform: Platform) -> list[ObjectKey]:
    """Return the keys of the gateways that are looked after."""
    return [key for key in platform.cache.keys(GATEWAY.kind) if key.namespace in platform.gateway_namespaces]


def _routes_of(platform: Platform, gateway: str) -> list[ObjectKey]:
    return platform.cache.by_index(ROUTE.kind, gateway_build.GATEWAY_INDEX, gateway)


def _bodies(platform: Platform, keys: Iterable[ObjectKey]) -> list[Body]:
    return [body for key in keys if (body := platform.cache.get(key)) is not None]


ROOMS: Final[Mapping[str, Room]] = {
    ENVIRONMENT.kind: environment,
    WORKFLOW.kind: workflow,
    GATEWAY.kind: gateway,
    ROUTE.kind: route,
    ACCOUNT.kind: account,
}
"""The room of each kind."""
