"""The states of a SparkApplication, by the names that Spark's operator gives them (kubeflow/spark-operator 2.1)."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """`status.applicationState.state`."""

    NEW = ""
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    SUCCEEDING = "SUCCEEDING"
    FAILING = "FAILING"
    PENDING_RERUN = "PENDING_RERUN"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    SUBMISSION_FAILED = "SUBMISSION_FAILED"
    UNKNOWN = "UNKNOWN"


TERMINAL = frozenset({State.COMPLETED, State.FAILED, State.SUBMISSION_FAILED})
