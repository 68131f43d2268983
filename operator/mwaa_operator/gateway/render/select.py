"""Which routes are rendered: those that the gateway grants what they name, and that no older route contradicts. Pure.

Each rule says why one route is left out; the first that has something to say wins. A route never suffers from another
one but by age.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mwaa_operator.gateway.admit import admits
from mwaa_operator.gateway.render.scene import Candidate, Refused, Scene
from mwaa_operator.route.reasons import Reason


@dataclass
class Taken:
    """What older routes have.

    Attributes:
        queues: Queue to route.
        users: User in lower case to route.
        default: The route of jobs that name no queue; at most one element.
    """

    queues: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    default: list[str] = field(default_factory=list)

    def add(self, candidate: Candidate) -> None:
        """Give a route what it asks for."""
        spec = candidate.route.spec
        self.queues[spec.queue.name] = candidate.key
        self.users |= {user.lower(): candidate.key for user in spec.access.default_for_users}
        self.default += [candidate.key] if spec.queue.default else []


def select(scene: Scene) -> tuple[tuple[Candidate, ...], dict[str, Refused]]:
    """Return the routes to render, the oldest first, and why each other one is left out, by its key."""
    taken = Taken()
    accepted, refused = [], {}
    for candidate in sorted(scene.candidates, key=_age):
        found = next(filter(None, (rule(candidate, scene, taken) for rule in RULES)), None)
        if found is None:
            taken.add(candidate)
            accepted.append(candidate)
        else:
            refused[candidate.key] = found
    return tuple(accepted), refused


def set_aside(candidate: Candidate, scene: Scene, taken: Taken) -> Refused | None:
    """A proof found that it breaks the file."""
    message = scene.aside.get(candidate.key)
    return None if message is None else Refused(Reason.SET_ASIDE, message)


def not_granted(candidate: Candidate, scene: Scene, taken: Taken) -> Refused | None:
    """The gateway does not grant all that it names; another data class is told before everything else."""
    denials = admits(scene.gateway, candidate.route, namespace_labels=candidate.namespace_labels)
    if not denials:
        return None
    reason = denials[0].reason
    if reason is Reason.UNSUPPORTED_BY_PROFILE or reason is Reason.DATA_CLASS_MISMATCH:
        return Refused(reason, denials[0].message)
    return Refused(reason, "; ".join(denial.message for denial in denials))


def not_isolated(candidate: Candidate, scene: Scene, taken: Taken) -> Refused | None:
    """A target's namespace serves another data class, of an older gateway."""
    for target in candidate.route.spec.targets:
        view = scene.clusters.get(target.cluster)
        other = scene.places.get((view.url, target.namespace)) if view else None
        if other not in (None, scene.gateway.spec.data_class):
            message = f"namespace {target.namespace} of cluster {target.cluster} serves data of class {other} already"
            return Refused(Reason.ISOLATION_CONFLICT, f"{message}: use another namespace")
    return None


def queue_taken(candidate: Candidate, scene: Scene, taken: Taken) -> Refused | None:
    """An older route has the queue; no two names differ by case alone, because all are in lower case."""
    name = candidate.route.spec.queue.name
    return _older(Reason.QUEUE_CONFLICT, f"queue {name}", taken.queues.get(name), "choose another queue.name")


def user_taken(candidate: Candidate, scene: Scene, taken: Taken) -> Refused | None:
    """An older route is the default of a user: BPG would draw anew for labels and for the cluster."""
    for user in candidate.route.spec.access.default_for_users:
        if owner := taken.users.get(user.lower()):
            step = "remove it from access.defaultForUsers"
            return _older(Reason.USER_CONFLICT, f"default user {user}", owner, step)
    return None


def default_taken(candidate: Candidate, scene: Scene, taken: Taken) -> Refused | None:
    """An older route serves jobs that name no queue."""
    owner = next(iter(taken.default), None) if candidate.route.spec.queue.default else None
    step = "set queue.default to false"
    return _older(Reason.DEFAULT_QUEUE_CONFLICT, "the queue of jobs that name none", owner, step)


def nowhere_to_go(candidate: Candidate, scene: Scene, taken: Taken) -> Refused | None:
    """Nothing is known of any of its clusters."""
    names = sorted({target.cluster for target in candidate.route.spec.targets})
    if any(name in scene.clusters for name in names):
        return None
    message = f"address or certificates of {', '.join(names)} are not known yet: look at the gateway's clusters"
    return Refused(Reason.DEPENDENCY_NOT_READY, message)


Rule = Callable[[Candidate, Scene, Taken], Refused | None]
RULES: tuple[Rule, ...] = (
    set_aside,
    not_granted,
    not_isolated,
    nowhere_to_go,
    queue_taken,
    user_taken,
    default_taken,
)


def _older(reason: Reason, what: str, owner: str | None, step: str) -> Refused | None:
    return Refused(reason, f"{what} belongs to the older SparkJobRoute {owner}: {step}") if owner else None


def _age(candidate: Candidate) -> tuple[datetime, str, str]:
    """Order by age; a route that was never stored is younger than all others."""
    metadata = candidate.route.metadata
    return metadata.creation_timestamp or _NEVER, metadata.namespace, metadata.name


_NEVER = datetime.max.replace(tzinfo=UTC)
