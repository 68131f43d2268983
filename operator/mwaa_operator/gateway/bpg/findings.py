"""What a check of a configuration finds, and how checks walk through one. Pure; no rule stands here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError

from mwaa_operator.gateway.bpg.config import Cluster, Config, Queue


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "Error"
    """It breaks jobs, or a promise to whom a queue belongs."""
    WARNING = "Warning"
    """It will cost somebody time."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        code: Name of the rule.
        severity: How bad it is.
        path: Of the culprit, as Dropwizard writes paths.
        message: What is wrong with it, without its path.
    """

    code: str
    severity: Severity
    path: str
    message: str


Found = Iterator[tuple[str, str]]
"""Paths and messages."""


def clusters_of(config: Config) -> Iterator[tuple[str, Cluster]]:
    """Yield the clusters that are there, each with its path."""
    for index, cluster in enumerate(config.clusters or ()):
        if cluster is not None:
            yield f"sparkClusters.[{index}]", cluster


def queues_of(config: Config) -> Iterator[tuple[str, Queue]]:
    """Yield the queues that are there, each with its path."""
    for index, queue in enumerate(config.queues or ()):
        if queue is not None:
            yield f"queues.[{index}]", queue


def fits(shape: TypeAdapter[str], text: str) -> bool:
    """Whether a text has a shape."""
    try:
        shape.validate_python(text)
    except ValidationError:
        return False
    return True
