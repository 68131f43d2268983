"""One operator process from settings to exit code: parts are made in the order in which they need each other.

What the parts do is theirs; here is only who is connected to whom. The one thing that is decided here is how a process
ends that must not act any more: at once.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from random import Random

from mwaa_operator.app.lookouts import config_maps
from mwaa_operator.app.observing import Observing, observe
from mwaa_operator.app.platform import Platform, Room
from mwaa_operator.app.rooms import ROOMS
from mwaa_operator.aws.budget import Pace
from mwaa_operator.aws.clients import AwsClients, Limits
from mwaa_operator.engine.cache import Cache
from mwaa_operator.engine.instruments import Instruments
from mwaa_operator.engine.leader import Elector
from mwaa_operator.engine.leadership import AlwaysLeader, Leadership, LeaseTimes, LockErrors
from mwaa_operator.engine.manager import Manager, Source
from mwaa_operator.engine.queue import Priority
from mwaa_operator.kinds import ALL_KINDS, served
from mwaa_operator.kube.client import KubeClient
from mwaa_operator.kube.connection import credentials, load_configuration
from mwaa_operator.kube.errors import Conflict, KubeError
from mwaa_operator.kube.lease import KubeLease
from mwaa_operator.kube.surroundings import Surroundings
from mwaa_operator.kube.transport import Transport
from mwaa_operator.settings import Settings
from mwaa_operator.shell.lifecycle import Shell
from mwaa_operator.telemetry.health import Site
from mwaa_operator.telemetry.server import HealthServer


def operate(settings: Settings, rooms: Mapping[str, Room] = ROOMS) -> int:
    """Run the operator until it is told to stop; return the exit code.

    Raises:
        KubeError: There is no access to Kubernetes at all.
        OSError: The address of the health pages cannot be used.
    """
    observing = observe(settings)
    instruments = Instruments(observing.clock, Random(), observing.metrics, observing.log)  # noqa: S311  jitter
    leadership = _leadership(settings, observing, instruments)
    kube = _kube(settings, observing, leadership)
    cache = Cache()
    platform = _platform(settings, observing, leadership, kube=kube, cache=cache)
    manager = Manager(
        registrations=[room(platform) for kind, room in rooms.items() if kind in platform.kinds],
        cache=cache,
        leadership=leadership,
        source=Source(list_kind=kube.pages, errors=(KubeError,)),
        timings=platform.timings,
        on_exit=lambda reason: _exit_at_once(observing, reason),
        passes=observing.passes,
        instruments=instruments,
    )
    shell = Shell(
        kinds=served(gateways=settings.gateways),
        engine=manager,
        login=lambda: credentials(load_configuration(os.environ)),
        is_served=kube.is_served,
        beat=observing.heartbeat.beat,
        drain_seconds=settings.drain_timeout,
        on_exit=lambda reason: _exit_at_once(observing, reason),
        log=observing.log,
    )
    server = HealthServer(
        host=settings.http_host, port=settings.http_port, site=_site(observing, manager, shell), log=observing.log
    )
    manager.supervisor.start("http", server.serve)
    manager.supervisor.start("lookout", config_maps(platform, manager.enqueue, instruments).run)
    return shell.run()


def _leadership(settings: Settings, observing: Observing, instruments: Instruments) -> Leadership:
    if not settings.leader_election:
        return AlwaysLeader(name=settings.lease_name, clock=observing.clock, metrics=observing.metrics)
    # Connections of its own, so that no pass delays a renewal; and no fence, because the fence stands on the Lease.
    transport = Transport(
        lambda: load_configuration(os.environ),
        fence=lambda seconds: None,
        observer=observing.metrics.rest_client_request,
        pool_size=1,
    )
    return Elector(
        lock=KubeLease(
            transport,
            namespace=settings.namespace,
            name=settings.lease_name,
            timeout=settings.lease_request_timeout,
        ),
        errors=LockErrors(conflict=Conflict, failures=(KubeError,)),
        name=settings.lease_name,
        # Unique for each process: a container that restarts in its pod must not take the Lease of its predecessor,
        # whose calls may still be under way.
        identity=f"{settings.pod_name}_{os.urandom(4).hex()}",
        times=LeaseTimes(settings.lease_duration, settings.renew_deadline, settings.retry_period),
        instruments=instruments,
    )


def _kube(settings: Settings, observing: Observing, leadership: Leadership) -> KubeClient:
    transport = Transport(
        lambda: load_configuration(os.environ),
        fence=leadership.fence,
        observer=observing.metrics.rest_client_request,
        timeout=settings.kube_request_timeout,
        mutation_timeout=settings.kube_mutation_timeout,
        pool_size=settings.workers * len(ALL_KINDS),
    )
    surroundings = Surroundings(
        instance=settings.pod_name,
        now=observing.clock.now,
        log=observing.log,
        secret_read=observing.redactor.register,
        status_written=observing.metrics.status_written,
    )
    return KubeClient(transport, kinds=ALL_KINDS, namespace=settings.namespace, surroundings=surroundings)


def _platform(
    settings: Settings, observing: Observing, leadership: Leadership, *, kube: KubeClient, cache: Cache
) -> Platform:
    def is_urgent() -> bool:
        current = observing.passes.current()
        return current is not None and current.priority is Priority.USER

    aws = AwsClients(
        fence=leadership.fence,
        observe=observing.metrics.aws_request,
        observe_wait=observing.metrics.aws_limiter_waited,
        urgent=is_urgent,
        limits=Limits(
            rate=settings.aws_rate,
            burst=settings.aws_burst,
            serverless=Pace(settings.aws_serverless_rate, settings.aws_serverless_burst),
            concurrency=settings.account_concurrency,
            pool_size=settings.workers,
            mutation_seconds=settings.aws_mutation_timeout,
        ),
        monotonic=observing.clock.monotonic,
    )
    return Platform(
        kinds=frozenset(info.kind for info in served(gateways=settings.gateways)),
        kube=kube,
        cache=cache,
        scope=aws.scope,
        reported=observing.reported,
        measured=observing.measured,
        gateway_measured=observing.gateway_measured,
        fence=leadership.fence,
        timings=settings.timings(),
        time_factor=settings.time_factor,
        workers=settings.workers,
        namespace=settings.namespace,
        gateway_namespaces=frozenset(settings.gateway_namespaces),
        home_region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        now=observing.clock.now,
        monotonic=observing.clock.monotonic,
    )


def _site(observing: Observing, manager: Manager, shell: Shell) -> Site:
    def engine_is_alive() -> list[object]:
        # While kinds are missing nothing has been started, and a restart would bring them no nearer.
        return [*manager.liveness()] if shell.is_working() else []

    return Site(
        live={"event-loop": observing.heartbeat.problems, "engine": engine_is_alive},
        ready={"kinds": shell.readiness, "cache": manager.readiness},
        metrics=observing.metrics.render,
    )


def _exit_at_once(observing: Observing, reason: str) -> None:
    """End the process without a look at what is under way: another replica may lead by now."""
    observing.log.error("process.exit", reason=reason)
    logging.shutdown()
    os._exit(1)
