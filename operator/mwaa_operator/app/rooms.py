"""The rooms of this operator: how each kind's controller is put together, and what wakes it beside its own objects.

A new kind adds one function here and its name to `ROOMS`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
from mwaa_operator.workflow import build as workflow_build
from mwaa_operator.workflow.api import KIND as WORKFLOW

BACKED_BY_AWS = (ENVIRONMENT, WORKFLOW)
"""The kinds whose objects name an AwsAccount."""


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


def account(platform: Platform) -> Registration:
    """Return the controller of AwsAccount; an object that is the first to name it wakes it."""
    cache = platform.cache

    def references(name: str) -> list[ObjectKey]:
        return [key for info in BACKED_BY_AWS for key in cache.by_index(info.kind, ACCOUNT_INDEX, name)]

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
    dependents = Dependents(cached=cache.get)
    watches = tuple(Watch(source_kind=info.kind, dependents=dependents) for info in BACKED_BY_AWS)
    return Registration(controller, workers=platform.workers, watches=watches)


def _woken_by_account(platform: Platform, kind: str) -> Watch:
    def users_of(account: dict[str, Any]) -> Iterable[ObjectKey]:
        return platform.cache.by_index(kind, ACCOUNT_INDEX, account["metadata"]["name"])

    return Watch(source_kind=ACCOUNT.kind, dependents=users_of)


def _resolver(platform: Platform) -> Resolver:
    return Resolver(
        cached=platform.cache.get,
        namespace_labels=platform.namespace_labels,
        cluster_id=platform.kube.cluster_id,
    )


ROOMS: tuple[Room, ...] = (environment, workflow, account)
"""All rooms; the order has no meaning."""
