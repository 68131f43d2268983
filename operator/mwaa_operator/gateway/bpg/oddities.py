"""What a person who sends this request would not expect of the answer: each oddity is a rule of its own. Pure.

An oddity never changes an answer. Sources: apple/batch-processing-gateway, SparkClusterHelper,
ApplicationSubmissionHelper, ApplicationSubmissionRest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from mwaa_operator.api.spark import DEFAULT_QUEUE
from mwaa_operator.gateway.bpg.answer import Choice, Oddity, Outcome
from mwaa_operator.gateway.bpg.case import Case, Job
from mwaa_operator.gateway.bpg.config import Queue
from mwaa_operator.gateway.bpg.javatext import equals_ignore_case, split_at_dots
from mwaa_operator.gateway.bpg.job import job_type, object_name
from mwaa_operator.gateway.bpg.sizes import cores

TYPES = ("Java", "Scala", "Python", "R")
"""As the Spark operator's CRD spells them."""
_LONGEST_LABEL = 63


@dataclass(frozen=True)
class Scene:
    """An answer, and where it comes from.

    Attributes:
        case: The request.
        jobs: What is accepted, with its probability.
    """

    case: Case
    jobs: tuple[tuple[Job, Fraction], ...]

    @cached_property
    def queues(self) -> tuple[Queue, ...]:
        """Declared queues that have a name."""
        return tuple(queue for queue in self.case.config.queues or () if queue is not None and queue.name)


def oddities(case: Case, outcomes: tuple[Outcome, ...]) -> tuple[Oddity, ...]:
    """Return what is odd about an answer, each oddity once.

    Args:
        case: The request.
        outcomes: Its answer.
    """
    entries = case.config.clusters or ()
    jobs = tuple(
        (Job(case, one.result.cluster, entry, one.result.queue), one.probability)
        for one in outcomes
        if isinstance(one.result, Choice) and (entry := entries[one.result.cluster]) is not None
    )
    scene = Scene(case, jobs)
    found = (Oddity(code, message) for code, rule in RULES.items() for message in rule(scene))
    return tuple(dict.fromkeys(found))


def double_draw(scene: Scene) -> Iterator[str]:
    """The queue of the labels and that of the cluster are drawn apart from each other."""
    if scene.case.request.queue:
        return
    mapped = [queue for queue in scene.queues if _mapped(queue, scene.case.user)]
    if len(mapped) < 2:
        return
    names = ", ".join(str(queue.name) for queue in mapped)
    cluster = "" if not scene.case.request.cluster_id else " of labels alone"
    yield (
        f"{scene.case.user} is a default user of {len(mapped)} queues ({names}): each draw{cluster} takes any of them, "
        f"so labels and limits may be those of one queue and the cluster that of another"
    )


def undeclared_queue(scene: Scene) -> Iterator[str]:
    """`aws-pin` takes queues that nobody declared, and sub-queues of secure ones without a token."""
    for name in _names(scene):
        if any(equals_ignore_case(str(queue.name), name) for queue in scene.queues):
            continue
        secure = [queue for queue in scene.queues if queue.secure and _is(queue, split_at_dots(name)[:1])]
        bypass = f"; {secure[0].name} demands a token, and this did not" if secure else ""
        yield f"the queue {name} is not declared{bypass}"


def queue_case(scene: Scene) -> Iterator[str]:
    """Another case finds the clusters, and nothing else."""
    for name in _names(scene):
        head = split_at_dots(name)[0]
        exact = any(queue.name == head for queue in scene.queues)
        alike = [queue for queue in scene.queues if equals_ignore_case(str(queue.name), head)]
        if alike and not exact:
            yield (
                f"{head} is not {alike[0].name}: the job loses node labels, zones, buffers and the limit of its time"
            )


def fallback_queue(scene: Scene) -> Iterator[str]:
    """Nobody said where to go."""
    if not scene.case.request.queue and DEFAULT_QUEUE in _names(scene):
        yield f"no queue is named and {scene.case.user} is no default user of one, so the job goes to {DEFAULT_QUEUE}"


def named_cluster(scene: Scene) -> Iterator[str]:
    """`clusterId` passes weight and queues by."""
    for job, _ in scene.jobs if scene.case.request.cluster_id else ():
        heads = split_at_dots(job.queue)[:1]
        serves = any(equals_ignore_case(queue or "", head) for queue in job.cluster.queues or () for head in heads)
        if not serves:
            yield f"{job.cluster.id} does not serve {job.queue}: a cluster that is named takes any job"
        elif job.cluster.weight <= 0:
            yield f"{job.cluster.id} has weight {job.cluster.weight}, but a cluster that is named takes any job"


def lost_job(scene: Scene) -> Iterator[str]:
    """Jobs whose status nobody can ask for."""
    for job, _ in scene.jobs:
        id_ = str(job.cluster.id)
        if "-" in id_:
            yield f"the id {id_} has a hyphen: the status of its jobs is an error, and so are log and deletion"
        elif _first(scene, id_) != job.index:
            yield f"another cluster before it has the id {id_}: the jobs of the later one cannot be found"


def long_name(scene: Scene) -> Iterator[str]:
    """The Spark operator makes a label of the name."""
    for job, _ in scene.jobs:
        if len(object_name(job)) > _LONGEST_LABEL:
            length = len(object_name(job))
            yield f"names of jobs on {job.cluster.id} have {length} characters, more than a label of theirs may have"


def type_case(scene: Scene) -> Iterator[str]:
    """Images are found in any case, the CRD takes one."""
    kind = job_type(scene.case.request)
    if scene.jobs and kind not in TYPES:
        yield f"the type {kind} is none of {', '.join(TYPES)}, which the cluster's CRD may refuse"


def spot_labels(scene: Scene) -> Iterator[str]:
    """Spot values take the place of the others, even if there are none."""
    for queue in _exact_queues(scene) if scene.case.request.spot_instance else ():
        if queue.executor_values and not queue.executor_spot_values:
            yield f"{queue.name} has no labels for spot instances: executors may run on any node"


def zones(scene: Scene) -> Iterator[str]:
    """A picked zone is written into the request's sparkConf, or nowhere."""
    if scene.case.request.spark_conf is None:
        for queue in _exact_queues(scene):
            if queue.allowed_zones:
                yield f"the request has no sparkConf, so the zones of {queue.name} do not count"


def no_cores(scene: Scene) -> Iterator[str]:
    """Buffers below one can leave nothing."""
    request = scene.case.request
    for queue in _exact_queues(scene):
        for pod, asked, ratio in (
            ("driver", request.driver, queue.driver_cpu_ratio),
            ("executor", request.executor, queue.executor_cpu_ratio),
        ):
            if cores(asked, ratio) < 1:
                yield f"the buffer of {queue.name} leaves its {pod} no core, which the cluster's CRD refuses"


RULES: Mapping[str, Callable[[Scene], Iterator[str]]] = {
    "DoubleDraw": double_draw,
    "UndeclaredQueue": undeclared_queue,
    "QueueCase": queue_case,
    "FallbackQueue": fallback_queue,
    "NamedCluster": named_cluster,
    "LostJob": lost_job,
    "LongName": long_name,
    "TypeCase": type_case,
    "SpotLabels": spot_labels,
    "Zones": zones,
    "NoCores": no_cores,
}
"""Codes, in the order in which they are told."""


def _names(scene: Scene) -> tuple[str, ...]:
    """Return the queues of accepted jobs, each once."""
    return tuple(dict.fromkeys(job.queue for job, _ in scene.jobs))


def _exact_queues(scene: Scene) -> Iterator[Queue]:
    for name in _names(scene):
        head = split_at_dots(name)[0]
        yield from [queue for queue in scene.queues if queue.name == head][:1]


def _mapped(queue: Queue, user: str) -> bool:
    return any(name is not None and equals_ignore_case(name, user) for name in queue.users or ())


def _is(queue: Queue, heads: list[str]) -> bool:
    return any(equals_ignore_case(str(queue.name), head) for head in heads)


def _first(scene: Scene, id_: str) -> int:
    entries = scene.case.config.clusters or ()
    return next(index for index, entry in enumerate(entries) if entry is not None and entry.id == id_)
