"""What BPG answers to a submission: how likely each cluster is, how likely each refusal, what is odd. Pure.

Probabilities are exact fractions that sum to one. Whether a cluster is up, and whether its API server takes the token,
is not known here: an outcome with a cluster means that BPG sends the job there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from mwaa_operator.gateway.bpg.profile import Profile

Key = TypeVar("Key", bound=Hashable)

WEB = "ws.rs.WebApplicationException"
"""What BPG throws on purpose; its package depends on the profile."""


class Stage(StrEnum):
    """Where a request ended."""

    AUTHENTICATION = "Authentication"
    BODY = "Body"
    """The body is no request."""
    LIMITS = "Limits"
    """Executors that the request asks for; except on `aws-pin` also whether the queue is declared."""
    QUEUE = "Queue"
    """The queue drawn or named, and its token."""
    CLUSTER = "Cluster"
    SPEC = "Spec"
    """Zones and sizes of pods."""
    IMAGE = "Image"
    SPARK_CONF = "SparkConf"
    """Layers of Spark configuration and the user interface's options."""
    CLIENT = "Client"
    """Token and CA of the chosen cluster, before anything is sent there."""
    RUNNING_TIME = "RunningTime"
    CREATE = "Create"
    """The cluster's API server would refuse the object, however healthy it is."""


@dataclass(frozen=True)
class Refusal:
    """An error that BPG answers with.

    Attributes:
        stage: Where.
        status: HTTP.
        message: BPG's words after the exception's class; where `exact` is false, what broke in words of ours.
        exception: The class, without the package that depends on the profile.
        exact: Whether `message` is what the body says.
    """

    stage: Stage
    status: int
    message: str
    exception: str = WEB
    exact: bool = True

    def body(self, profile: Profile) -> Mapping[str, int | str]:
        """Return the answer's body.

        Args:
            profile: The revision that answers.
        """
        if self.stage is Stage.AUTHENTICATION:
            return {"code": str(self.status), "message": self.message}
        exception = f"{profile.exception_package}.{WEB}" if self.exception == WEB else self.exception
        return {"code": self.status, "message": f"{exception}: {self.message}"}


class RefusedError(Exception):
    """Carries a refusal out of the depth of one request.

    Attributes:
        refusal: What BPG answers.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def refused(stage: Stage, status: int, message: str) -> RefusedError:
    """Return an error that BPG answers on purpose, to be raised."""
    return RefusedError(Refusal(stage, status, message))


def broken(
    stage: Stage, message: str, *, exception: str = "java.lang.NullPointerException", exact: bool = False
) -> RefusedError:
    """Return an error that BPG did not expect, to be raised; it answers 500.

    Args:
        stage: What it was doing.
        message: Its words, or what broke.
        exception: The class that it names.
        exact: Whether they are its words.
    """
    return RefusedError(Refusal(stage, 500, message, exception, exact))


@dataclass(frozen=True)
class Choice:
    """A job that goes to a cluster.

    Attributes:
        cluster: Index of its entry in `Config.clusters`; ids need not be unique.
        id: Of the entry.
        queue: Whose label and limits the job gets; with the double draw not always the one that chose the cluster.
    """

    cluster: int
    id: str
    queue: str


@dataclass(frozen=True)
class Outcome:
    """One thing that can happen, and how likely it is."""

    probability: Fraction
    result: Choice | Refusal


@dataclass(frozen=True)
class Oddity:
    """Something that a person who reads the answer would not expect.

    Attributes:
        code: Stable CamelCase constant.
        message: One sentence.
    """

    code: str
    message: str


@dataclass(frozen=True)
class Answer:
    """Everything that can become of a request.

    Attributes:
        outcomes: Different results, choices before refusals, the likeliest first; their probabilities sum to one.
        warnings: In a stable order.
    """

    outcomes: tuple[Outcome, ...]
    warnings: tuple[Oddity, ...] = ()

    @property
    def refusal(self) -> Refusal | None:
        """The refusal if it is the only thing that can happen."""
        certain = self.outcomes[0].result
        return certain if len(self.outcomes) == 1 and isinstance(certain, Refusal) else None

    @property
    def clusters(self) -> Mapping[int, Fraction]:
        """How likely each entry is, by its index in `Config.clusters`; the rest to one is refused."""
        return _sums((choice.cluster, probability) for choice, probability in self.choices)

    @property
    def split(self) -> Mapping[str, Fraction]:
        """How likely each id is, entries that share one taken together."""
        return _sums((choice.id, probability) for choice, probability in self.choices)

    @property
    def accepted(self) -> Fraction:
        """How likely it is that the job goes anywhere."""
        return sum((probability for _, probability in self.choices), Fraction(0))

    @property
    def choices(self) -> tuple[tuple[Choice, Fraction], ...]:
        """Outcomes that are no refusals."""
        return tuple((one.result, one.probability) for one in self.outcomes if isinstance(one.result, Choice))

    @property
    def refusals(self) -> tuple[tuple[Refusal, Fraction], ...]:
        """Outcomes that are refusals."""
        return tuple((one.result, one.probability) for one in self.outcomes if isinstance(one.result, Refusal))


def gathered(outcomes: Iterable[tuple[Fraction, Choice | Refusal]]) -> tuple[Outcome, ...]:
    """Return outcomes with equal results made one: choices first, then the likeliest, then in the file's order.

    Args:
        outcomes: Probabilities and results; probabilities of nothing are dropped.
    """
    sums = _sums((result, probability) for probability, result in outcomes)
    return tuple(
        Outcome(probability, result) for result, probability in sorted(sums.items(), key=_order) if probability
    )


def _order(item: tuple[Choice | Refusal, Fraction]) -> tuple[bool, Fraction, int, str]:
    result, probability = item
    if isinstance(result, Choice):
        return False, -probability, result.cluster, result.queue
    return True, -probability, 0, f"{result.stage} {result.message}"


def _sums(pairs: Iterable[tuple[Key, Fraction]]) -> dict[Key, Fraction]:
    sums: dict[Key, Fraction] = {}
    for key, probability in pairs:
        sums[key] = sums.get(key, Fraction(0)) + probability
    return sums
