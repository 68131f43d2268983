"""Names every external write of the operator, so that a test can hold exactly this one and kill the process around it.

A write is told apart by what it is (`PATCH mwaaenvironments/status Creating`, `mwaa CreateEnvironment`) and by its turn
among its likes, because counting all writes would name another one as soon as a pass takes a different turn.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from localcloud.aws.faults import Rule as AwsRule
from localcloud.aws.ledger import Entry
from localcloud.faultrules import ApiRequest, Delay, Hold, Rule

NAME = "<name>"
"""Stands for the environment's name in a write to AWS."""


@dataclass(frozen=True, order=True)
class Write:
    """One external write.

    Attributes:
        what: For the API server method, resource and what is said; for AWS service, operation and resource.
        nth: Which one of its likes, from 1.
        in_aws: Whether it goes to AWS.
        late: Whether AWS had done what was asked for by then, so that a new process finds it at rest.
    """

    what: str
    nth: int
    in_aws: bool
    late: bool

    def __str__(self) -> str:
        """Return it as a test's id."""
        return f"{self.what} {self.nth}"


class Noted(Rule):
    """A rule that befalls nothing and writes down every write below a namespace.

    Args:
        namespace: of the environment.
        is_late: Asked at every write; see `Write.late`.
    """

    def __init__(self, namespace: str, is_late: Callable[[], bool]) -> None:
        super().__init__(Delay(0), path=f"/namespaces/{namespace}/", times=None)
        self._is_late = is_late
        self.words: list[tuple[str, bool]] = []

    def befalls(self, request: ApiRequest) -> bool:
        """Take note."""
        if self.matches(request):
            self.words.append((said(request), self._is_late()))
        return False


class HoldAt(Rule):
    """Holds one write below a namespace."""

    def __init__(self, namespace: str, write: Write) -> None:
        super().__init__(Hold(), path=f"/namespaces/{namespace}/", nth=write.nth)
        self._what = write.what

    def matches(self, request: ApiRequest) -> bool:
        """Whether it is a write of this kind."""
        return super().matches(request) and said(request) == self._what


def said(request: ApiRequest) -> str:
    """Return what a write to the API server says."""
    resource = f"{request.resource}/{request.subresource}" if request.subresource else request.resource
    return f"{request.method} {resource} {_word(request)}".strip()


def _word(request: ApiRequest) -> str:
    body = json.loads(request.body) if request.body else {}
    if isinstance(body, list):
        return str(body[-1]["op"])
    if request.subresource == "status":
        conditions = body["status"].get("conditions", [])
        return "".join(f"{item['status']}/{item['reason']}" for item in conditions if item["type"] == "Ready")
    return str(body.get("reason", ""))


def writes_to_kubernetes(words: Iterable[tuple[str, bool]]) -> list[Write]:
    """Number what was said."""
    return numbered(words, in_aws=False)


def writes_to_aws(entries: Iterable[Entry], name: str) -> list[Write]:
    """Return the mutations that concern an environment and were accepted, numbered.

    Log groups are the only thing that is touched when MWAA is done.
    """
    words = [
        (f"{entry.call.service} {entry.call.operation} {entry.call.resource.replace(name, NAME)}", entry.call.service)
        for entry in entries
        if entry.mutating and name in entry.call.resource and entry.code is None
    ]
    return numbered([(word, service == "logs") for word, service in words], in_aws=True)


def numbered(words: Iterable[tuple[str, bool]], *, in_aws: bool) -> list[Write]:
    turns: Counter[str] = Counter()
    found = []
    for word, late in words:
        turns[word] += 1
        found.append(Write(word, turns[word], in_aws, late))
    return found


def hold_in_aws(write: Write, name: str, *, happened: bool) -> AwsRule:
    """Return the rule that holds a write to AWS before or after its effect, under the environment's name."""
    service, operation, resource = write.what.split(" ", 2)
    return AwsRule(
        service=service,
        operation=operation,
        resource=resource.replace(NAME, name),
        skip=write.nth - 1,
        when="after" if happened else "before",
        hold=name,
    )
