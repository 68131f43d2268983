"""What /livez, /readyz and /metrics answer, and the heartbeat that tells whether an event loop still turns.

What is healthy is decided by those who are asked; here it only gets a status code. Bodies have kube-apiserver's form,
so that people can read them. Sockets are telemetry/server.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

TEXT = "text/plain; charset=utf-8"

Check = Callable[[], Iterable[object]]
"""Returns what is wrong, each with a `str` for people; nothing while all is well. Answers at once, from any thread."""

Render = Callable[[str], tuple[bytes, str]]
"""Accept header → body and content type."""


class Heartbeat:
    """Whether an event loop still turns: it beats, and somebody else looks at how long ago.

    Args:
        limit: Seconds without a beat that are too many.
        monotonic: The clock; starts as if a beat had just happened.
    """

    def __init__(self, *, limit: float, monotonic: Callable[[], float]) -> None:
        self._limit, self._monotonic = limit, monotonic
        self._last = monotonic()

    def beat(self) -> None:
        """Say that the loop turns; costs nothing."""
        self._last = self._monotonic()

    def problems(self) -> list[str]:
        """Return a sentence if the last beat is too long ago."""
        age = self._monotonic() - self._last
        return [] if age <= self._limit else [f"the event loop has not turned for {age:.0f} s"]


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: HTTPStatus
    body: bytes
    content_type: str = TEXT


@dataclass(frozen=True)
class Site:
    """The three pages.

    Attributes:
        live: Checks by name; one that fails means that a restart helps.
        ready: Checks by name; one that fails means "not yet".
        metrics: Renders /metrics.
    """

    live: Mapping[str, Check]
    ready: Mapping[str, Check]
    metrics: Render

    def answer(self, target: str, accept: str = "") -> Answer:
        """Return the answer to a GET.

        Args:
            target: Path and query; `?verbose` lists the checks that passed as well.
            accept: The request's Accept header.
        """
        url = urlsplit(target)
        match url.path:
            case "/metrics":
                body, content_type = self.metrics(accept)
                return Answer(HTTPStatus.OK, body, content_type)
            case "/livez":
                return _judged(url.path, self.live, verbose=_is_verbose(url.query))
            case "/readyz":
                return _judged(url.path, self.ready, verbose=_is_verbose(url.query))
        return Answer(HTTPStatus.NOT_FOUND, b"there is /livez, /readyz and /metrics\n")


def _is_verbose(query: str) -> bool:
    return "verbose" in parse_qs(query, keep_blank_values=True)


def _judged(path: str, checks: Mapping[str, Check], *, verbose: bool) -> Answer:
    found = {name: [str(problem) for problem in check()] for name, check in checks.items()}
    failed = any(found.values())
    if not failed and not verbose:
        return Answer(HTTPStatus.OK, b"ok")
    lines = [f"[-]{name} failed: {'; '.join(wrong)}" if wrong else f"[+]{name} ok" for name, wrong in found.items()]
    lines.append(f"{path.removeprefix('/')} check {'failed' if failed else 'passed'}")
    status = HTTPStatus.SERVICE_UNAVAILABLE if failed else HTTPStatus.OK
    return Answer(status, ("\n".join(lines) + "\n").encode())
