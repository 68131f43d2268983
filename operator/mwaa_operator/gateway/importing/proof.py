"""Whether manifests route as the file did: both are asked all that can be asked, and the exact answers compared. Pure.

Asked is every queue, version and kind of user, with and without a token. Answers are compared by API server and
namespace, because entries get other ids. What breaks jobs apart from routing (credentials, nulls) is taken out of both:
notes tell of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from mwaa_operator.api.spark import DEFAULT_QUEUE
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.bpg.answer import Answer
from mwaa_operator.gateway.bpg.bind import bind
from mwaa_operator.gateway.bpg.config import Config, StartFailure
from mwaa_operator.gateway.bpg.names import normalised
from mwaa_operator.gateway.bpg.request import Claims, Request
from mwaa_operator.gateway.bpg.simulate import simulate
from mwaa_operator.gateway.bpg.text import read
from mwaa_operator.gateway.importing.clusters import server_url
from mwaa_operator.gateway.importing.options import Options
from mwaa_operator.gateway.names import token_reference
from mwaa_operator.gateway.render.file import render
from mwaa_operator.gateway.render.scene import Candidate, ClusterView, Scene
from mwaa_operator.gateway.rules import NAMESPACE_NAME
from mwaa_operator.route.api import SparkJobRoute

KEY: Final = "stands-for-the-key-that-the-operator-makes"
"""Of queue tokens in the file that is rendered for the comparison alone."""
UNKNOWN: Final = "not-a-queue"
ANYBODY: Final = "anybody"
NO_VERSION: Final = "0.0"

Place = tuple[str, str]
"""Address of an API server and a namespace on it."""


@dataclass(frozen=True)
class Difference:
    """Jobs that come elsewhere than before.

    Attributes:
        jobs: Which ones; all of them have this fate.
        before: Where the file sends them.
        after: Where the manifests do.
    """

    jobs: tuple[str, ...]
    before: str
    after: str


def prove(
    before: Config, gateway: SparkGateway, routes: Iterable[SparkJobRoute], options: Options
) -> tuple[tuple[Difference, ...], int]:
    """Return where manifests route otherwise than a file, and how many kinds of jobs were compared.

    Args:
        before: The file.
        gateway: Made of it.
        routes: Made of it.
        options: Where the routes are.
    """
    after = bind(read(rendered(gateway, routes, options)), profile=options.profile)
    if isinstance(after, StartFailure):
        return (Difference(("every job",), "as the file says", f"BPG does not start: {after.message}"),), 1
    old, new = _routing(before), _routing(after)
    found: dict[tuple[str, str], list[str]] = {}
    requests = tuple(_requests(old))
    for request in requests:
        answers = simulate(old, request), simulate(new, request)
        if _shares(old, answers[0]) != _shares(new, answers[1]):
            fate = _told(old, answers[0]), _told(new, answers[1])
            found.setdefault(fate, []).append(_job(request))
    return tuple(Difference(tuple(jobs), *fate) for fate, jobs in found.items()), len(requests)


def rendered(gateway: SparkGateway, routes: Iterable[SparkJobRoute], options: Options) -> str:
    """Return the file that the operator would render from manifests while all clusters are well.

    Args:
        gateway: The gateway.
        routes: Its routes.
        options: Where the routes are.
    """
    labels = {NAMESPACE_NAME: options.routes_in}
    scene = Scene(
        gateway,
        candidates=tuple(Candidate(route, labels) for route in routes),
        clusters={
            cluster.name: ClusterView(
                cluster.api_server.url, cluster.api_server.ca_bundle, token_reference(gateway, cluster)
            )
            for cluster in gateway.spec.clusters
            if cluster.api_server is not None
        },
        keys=(KEY,),
    )
    return render(scene).text


def _routing(config: Config) -> Config:
    """Return a configuration of which nothing is broken but perhaps its routing."""
    return replace(
        config,
        clusters=tuple(
            replace(
                cluster,
                id=f"c{index}",
                queues=_there(cluster.queues),
                spark_versions=_there(cluster.spark_versions),
                user_token="k8s:secret::token:token",  # noqa: S106  a reference
                ca_data="",
                ui_annotations=None,
                ui_tls=None,
            )
            for index, cluster in enumerate(config.clusters or ())
            if cluster is not None
        ),
        queues=tuple(
            replace(queue, users=_there(queue.users), allowed_zones=None)
            for queue in config.queues or ()
            if queue is not None and queue.name is not None
        ),
        has_token_secrets=True,
        token_secrets=(KEY,),
        default_spark_conf=None,
    )


def _there(names: Iterable[str | None] | None) -> tuple[str, ...]:
    return tuple(name for name in names or () if name is not None)


def _requests(config: Config) -> Iterator[Request]:
    """Yield every kind of job that a file can tell apart."""
    names = _queues(config)
    job = Request(type="Java", image="any", spark_conf={})
    user = _ordinary(config)
    versions = _versions(config)
    for version in versions:
        for queue in names:
            said = replace(job, user=user, queue=queue, spark_version=version)
            yield said
            yield replace(said, queue_token=Claims(queues=(normalised(queue) or DEFAULT_QUEUE,)))
        for name in _users(config):
            said = replace(job, user=name, spark_version=version)
            yield said
            yield replace(said, queue_token=Claims(queues=(*names, *map(str.lower, names))))


def _queues(config: Config) -> tuple[str, ...]:
    """Return queues to ask for: declared ones, served ones, undeclared sub-queues of both, and one that nobody has."""
    declared = [queue.name or "" for queue in config.queues or () if queue is not None]
    served = [name for cluster in config.clusters or () if cluster for name in cluster.queues or () if name]
    parents = dict.fromkeys(name.partition(".")[0] for name in (*declared, *served))
    subs = [f"{parent}.{UNKNOWN}" for parent in parents]
    return tuple(dict.fromkeys((*declared, *served, *subs, *map(str.lower, declared), DEFAULT_QUEUE, UNKNOWN)))


def _users(config: Config) -> tuple[str, ...]:
    """Return users whose jobs name no queue: everybody with a default one, and one without."""
    mapped = [user for queue in config.queues or () if queue is not None for user in queue.users or () if user]
    return tuple(dict.fromkeys((*mapped, _ordinary(config))))


def _ordinary(config: Config) -> str:
    """Return a user who may send jobs and has no default queue; where all have one, any who may."""
    allowed = [user for user in config.allowed_users or () if user]
    mapped = {user.lower() for queue in config.queues or () if queue is not None for user in queue.users or () if user}
    blocked = set(config.blocked_users or ())
    plain = [user for user in allowed if user != "*" and user.lower() not in mapped and user not in blocked]
    named = [user for user in allowed if user != "*" and user not in blocked]
    return next(iter((*plain, *((ANYBODY,) if "*" in allowed else ()), *named)), ANYBODY)


def _versions(config: Config) -> tuple[str, ...]:
    said = [version for cluster in config.clusters or () if cluster for version in cluster.spark_versions or ()]
    return tuple(dict.fromkeys((*filter(None, said), NO_VERSION)))


def _shares(config: Config, answer: Answer) -> Mapping[Place, Fraction]:
    """Return how likely each namespace of each cluster is; the rest to one is refused."""
    found: dict[Place, Fraction] = {}
    for choice, share in answer.choices:
        cluster = (config.clusters or ())[choice.cluster]
        place = (server_url(cluster.master_url), cluster.namespace or "") if cluster else ("", "")
        found[place] = found.get(place, Fraction(0)) + share
    return found


def _job(request: Request) -> str:
    queue = "no queue" if request.queue is None else f"queue {request.queue}"
    token = "with a token" if request.queue_token else "without a token"
    return f"{queue}, version {request.spark_version}, user {request.user}, {token}"


def _told(config: Config, answer: Answer) -> str:
    """Return an answer for people: places with their shares, then what is refused and how."""
    places = sorted(_shares(config, answer).items())
    told = [f"{share} to {namespace} at {url}" for (url, namespace), share in places]
    told += [f"{share} refused with {refusal.status}: {refusal.message}" for refusal, share in answer.refusals]
    return "; ".join(told)
