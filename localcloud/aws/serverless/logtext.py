"""What the log of an attempt says: JSON lines, as Airflow's task supervisor writes them. Pure.

Source: MWAA Serverless user guide ("Monitoring") and Airflow 3.0's structured task logs: `timestamp`, `level`, `event`,
`logger`, an exception's `error_detail`; the last line says "Task finished" with `final_state`.
"""

from __future__ import annotations

import json
from typing import Any

from localcloud.aws.mwaa.render import timestamp
from localcloud.aws.serverless.definition import Task
from localcloud.aws.serverless.runstates import Attempt, TaskState

Event = dict[str, Any]
"""As PutLogEvents takes it: `timestamp` in milliseconds, `message`."""


def events(task: Task, attempt: Attempt) -> list[Event]:
    """Return the log of an attempt that has ended; none of a task that does nothing, or that never ran."""
    if task.is_empty or attempt.started_at is None or attempt.ended_at is None or attempt.verdict is None:
        return []
    begun, ended, verdict = attempt.started_at, attempt.ended_at, attempt.verdict
    lines = [_line(begun, "info", f"Executing {task.operator_name} {task.id}, attempt {attempt.number}")]
    if verdict.state in (TaskState.FAILED, TaskState.TIMEOUT):
        kind = "AirflowTaskTimeout" if verdict.state == TaskState.TIMEOUT else "AirflowException"
        detail = [{"exc_type": kind, "exc_value": verdict.message, "frames": []}]
        lines.append(_line(ended, "error", "Task failed with exception", error_detail=detail))
    final = "success" if verdict.state == TaskState.SUCCESS else "failed"
    lines.append(_line(ended, "info", "Task finished", final_state=final, exit_code=int(final == "failed")))
    return lines


def _line(at: float, level: str, event: str, **more: Any) -> Event:
    said = {"timestamp": timestamp(at).isoformat(), "level": level, "event": event, "logger": "task", **more}
    return {"timestamp": int(at * 1000), "message": json.dumps(said)}
