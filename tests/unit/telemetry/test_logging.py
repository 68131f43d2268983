"""Lines as they reach the stream: one JSON object each, ours and the libraries', without secrets."""

from __future__ import annotations

import io
import json
import logging
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from mwaa_operator.engine.log import Log
from mwaa_operator.telemetry.logging import LIBRARIES, configure, get_logger
from mwaa_operator.telemetry.redaction import STARS, Redactor


class Lines:
    """A configured process whose lines can be read."""

    def __init__(self) -> None:
        self.stream, self.redactor = io.StringIO(), Redactor()
        self.fields: dict[str, object] = {}

    def configure(self, *, level: str = "INFO", console: bool = False) -> Lines:
        configure(
            level=level,
            log_format="console" if console else "json",
            stream=self.stream,
            redactor=self.redactor,
            context=lambda: self.fields,
        )
        return self

    def text(self) -> str:
        return self.stream.getvalue()

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What `configure` changes belongs to the process, so it is put back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (*LIBRARIES, "mwaa_operator")}
    yield Lines()
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


def test_a_line_is_one_json_object_with_time_level_message_and_fields(lines: Lines) -> None:
    lines.configure()
    get_logger().info("cache.filled", kind="Widget", objects=3)
    (line,) = lines.all()
    assert list(line) == ["ts", "level", "msg", "kind", "objects"]
    assert line | {"ts": ""} == {"ts": "", "level": "info", "msg": "cache.filled", "kind": "Widget", "objects": 3}
    assert line["ts"].endswith("Z")


def test_our_logger_is_what_the_engine_asks_for(lines: Lines) -> None:
    lines.configure(level="DEBUG")
    log: Log = get_logger()
    for say in (log.debug, log.info, log.warning, log.error):
        say("something", field=1)
    assert [line["level"] for line in lines.all()] == ["debug", "info", "warning", "error"]


def test_lines_below_the_level_are_not_written(lines: Lines) -> None:
    lines.configure(level="WARNING")
    get_logger().info("quiet")
    get_logger().warning("loud")
    assert [line["msg"] for line in lines.all()] == ["loud"]


def test_an_exception_is_part_of_its_line(lines: Lines) -> None:
    lines.configure()
    try:
        raise KeyError("x")
    except KeyError as error:
        get_logger().error("reconcile.failed", object="Widget/a/b", exc_info=error)
    (line,) = lines.all()
    assert line["error"] == "KeyError: 'x'"
    assert line["trace"][0].startswith("telemetry/test_logging.py:")


def test_a_line_without_an_exception_has_no_trace(lines: Lines) -> None:
    lines.configure()
    get_logger().error("part.died", exc_info=None)
    assert set(lines.all()[0]) == {"ts", "level", "msg"}


def test_lines_of_libraries_look_like_ours(lines: Lines) -> None:
    lines.configure()
    logging.getLogger("urllib3.connectionpool").warning("Retrying %s", "x")
    try:
        raise OSError("no")
    except OSError:
        logging.getLogger("kopf.objects").exception("Handler failed")
    first, second = lines.all()
    assert (first["msg"], first["level"], first["logger"]) == ("Retrying x", "warning", "urllib3.connectionpool")
    assert (second["msg"], second["error"]) == ("Handler failed", "OSError: no")


@pytest.mark.parametrize("name", ["kopf.objects", "kopf.activities", "botocore.hooks", "urllib3.connectionpool", "x"])
def test_libraries_stay_silent_below_warning_even_when_we_debug(lines: Lines, name: str) -> None:
    lines.configure(level="DEBUG")
    logging.getLogger(name).debug("a whole body")
    logging.getLogger(name).info("a whole body")
    assert lines.text() == ""


def test_warnings_of_python_are_lines_too(lines: Lines) -> None:
    lines.configure()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old api", DeprecationWarning, stacklevel=1)
    assert "old api" in lines.all()[0]["msg"]


def test_the_pass_that_a_thread_is_in_is_named_in_every_line(lines: Lines) -> None:
    lines.configure()
    lines.fields = {"object": "Widget/a/b", "pass": 7}
    get_logger().info("action.executed")
    get_logger().info("other", object="Widget/c/d")
    logging.getLogger("boto3").warning("slow")
    assert [line["object"] for line in lines.all()] == ["Widget/a/b", "Widget/c/d", "Widget/a/b"]


def test_no_secret_reaches_a_line_by_any_way(lines: Lines) -> None:
    lines.configure()
    lines.redactor.register("hunter2hunter2")
    log = get_logger()
    log.info("hunter2hunter2")
    log.info("field", text="x hunter2hunter2", held=SecretStr("hunter2hunter2"), deep={"a": ["hunter2hunter2"]})
    log.info("named", password="short", connection="postgres://u:hunter3@h/db")
    logging.getLogger("botocore").warning("sent %s", {"Authorization": "hunter2hunter2"})
    try:
        raise OSError("refused hunter2hunter2") from ValueError("because of hunter2hunter2")
    except OSError as error:
        log.error("failed", exc_info=error)
        logging.getLogger("kopf").exception("failed")
    text = lines.text()
    assert len(lines.all()) == 6
    assert "hunter" not in text
    assert "short" not in text
    assert STARS in text


def test_a_console_line_is_for_people_and_as_clean(lines: Lines) -> None:
    lines.configure(console=True)
    lines.redactor.register("hunter2hunter2")
    try:
        raise OSError("refused hunter2hunter2")
    except OSError as error:
        get_logger().error("reconcile.failed", object="Widget/a/b", exc_info=error)
    text = lines.text()
    assert "reconcile.failed" in text
    assert "object=Widget/a/b" in text
    assert "\n    telemetry/test_logging.py:" in text
    assert "hunter" not in text
    assert "\x1b" not in text, "no colours where nobody sees them"


def test_lines_of_many_threads_do_not_mix(lines: Lines) -> None:
    lines.configure()

    def talk(number: int) -> None:
        for _ in range(50):
            get_logger().info("line", thread=number, text="x" * 200)

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(lines.all()) == 200


def test_configuring_twice_does_not_double_lines(lines: Lines) -> None:
    lines.configure().configure()
    get_logger().info("once")
    assert len(lines.all()) == 1
