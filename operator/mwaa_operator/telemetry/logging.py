"""Logs: one JSON object a line, ours and the libraries' alike, with secrets taken out.

`ts`, `level`, `msg`, then fields; `msg` of our own lines is a constant event name. kopf, boto3 and the HTTP clients
speak from WARNING upwards only, because below that they print whole bodies. Called once, by cli.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from mwaa_operator.telemetry.redaction import Redactor
from mwaa_operator.telemetry.traces import summary, trace

ROOT = "mwaa_operator"
LIBRARIES = (
    "kopf",
    "kopf.objects",
    "boto3",
    "botocore",
    "s3transfer",
    "urllib3",
    "kubernetes",
    "aiohttp",
    "asyncio",
)
"""Loggers that stay at WARNING whatever the level: at DEBUG kopf prints whole objects and botocore whole requests."""

TOLD_ELSEWHERE = ("botocore.credentials",)
"""Loggers that stay at ERROR: a failed renewal of credentials is a failed call, which is told with its consequence."""

_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)

Context = Callable[[], Mapping[str, object]]
"""Fields that belong to every line of the calling thread, for example the object of the pass that it is in."""


def configure(
    *,
    level: str,
    log_format: Literal["json", "console"],
    stream: TextIO,
    redactor: Redactor,
    context: Context = dict,
) -> None:
    """Send everything that this process logs to one stream.

    Args:
        level: DEBUG, INFO, WARNING or ERROR, for our own lines.
        log_format: json for machines, console for a person at a terminal.
        stream: Where lines go, normally standard error.
        redactor: Takes secrets out.
        context: Asked for each line, in the thread that logs.
    """
    common: list[Processor] = [
        _Context(context),
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*common, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _exceptions,
                _Redaction(redactor),
                _render_json if log_format == "json" else _console(stream),
            ],
        )
    )
    _install(handler, level)
    structlog.configure(
        processors=[*common, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=lambda *_: logging.getLogger(ROOT),
        cache_logger_on_first_use=False,
    )


def get_logger() -> Any:
    """Return our logger; it fulfils `engine.log.Log`. Lines before `configure` go to structlog's default."""
    return structlog.get_logger()


def _install(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(ROOT).setLevel(level)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in TOLD_ELSEWHERE:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.captureWarnings(True)


class _Context:
    def __init__(self, context: Context) -> None:
        self._context = context

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        """Add the fields of the calling thread; what the line says itself wins."""
        for name, value in self._context().items():
            event.setdefault(name, value)
        return event


class _Redaction:
    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        """Take secrets out, and put `ts`, `level` and `msg` first."""
        ordered = {"ts": event.pop("ts", None), "level": event.pop("level", None), "msg": event.pop("event", None)}
        ordered.update(event)
        return {name: self._redactor.field(name, value) for name, value in ordered.items()}


def _exceptions(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Turn `exc_info` into `error` and `trace`."""
    found = event.pop("exc_info", None)
    if isinstance(found, tuple):
        found = found[1]
    if isinstance(found, BaseException):
        event.setdefault("error", summary(found))
        event["trace"] = trace(found)
    return event


def _render_json(_: WrappedLogger, __: str, event: EventDict) -> str:
    return _JSON.encode(event)


def _console(stream: TextIO) -> Processor:
    renderer = structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), event_key="msg", timestamp_key="ts", sort_keys=False, pad_event_to=24
    )

    def render(logger: WrappedLogger, method: str, event: EventDict) -> str | bytes | bytearray:
        if "trace" in event:
            event["exception"] = "\n".join(f"    {line}" for line in event.pop("trace"))
        return renderer(logger, method, event)

    return render
