"""The revisions of BPG that the stand-in can be; what they have in common is not told here."""

from __future__ import annotations

from enum import StrEnum


class Profile(StrEnum):
    """A revision (apple/batch-processing-gateway), by the name that `SparkGateway.spec.bpgProfile` gives it."""

    AWS_PIN = "aws-pin"
    """aa3e5c8, July 2023: takes queues that nobody declared, knows no limit of executors per queue and no zones."""
    PRE_DW5 = "pre-dw5"
    """5e40371, October 2025, with its class `SparkApplication` made namespaced: as published it can run no job."""

    @property
    def unread(self) -> frozenset[str]:
        """Members of the file and of its queues that this revision is too old to know."""
        if self is Profile.AWS_PIN:
            return frozenset({"fixedSparkConf", "maxExecutorInstances", "allowedZones", "zonePickerName"})
        return frozenset()
