"""The revisions of BPG that differ in what they make of a file or a request. Pure data.

Their names are those of `SparkGateway.spec.bpgProfile`. What is the same in all of them is not told here.
"""

from __future__ import annotations

from enum import StrEnum


class Profile(StrEnum):
    """One revision of BPG (apple/batch-processing-gateway)."""

    AWS_PIN = "aws-pin"
    """aa3e5c8, July 2023: what AWS's samples pin. Takes queues that nobody declared, knows no limit per queue."""
    PRE_DW5 = "pre-dw5"
    """5e40371, October 2025: the last one on Dropwizard 2; runs jobs only with one class corrected."""
    HEAD = "head"
    """88b38af, December 2025: the same features on Dropwizard 5; does not start as published."""

    @property
    def draws_queue_first(self) -> bool:
        """Whether the queue is drawn, its token checked and its declaration demanded before a cluster is chosen."""
        return self is not Profile.AWS_PIN

    @property
    def exception_package(self) -> str:
        """Where the exceptions live that stand in the bodies of errors."""
        return "jakarta" if self is Profile.HEAD else "javax"

    @property
    def unknown_fields(self) -> frozenset[str]:
        """Fields of the file and of its queues that it drops unread, because it is older than they are."""
        if self is Profile.AWS_PIN:
            return frozenset({"fixedSparkConf", "maxExecutorInstances", "allowedZones", "zonePickerName"})
        return frozenset()
