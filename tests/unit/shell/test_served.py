"""Waiting for kinds: what is told while one is missing, and when."""

from __future__ import annotations

from mwaa_operator.engine.log import NullLog
from mwaa_operator.kube.errors import Forbidden, Unavailable
from mwaa_operator.shell.served import Served
from tests.support.kube import GADGET, WIDGET


class RememberingLog(NullLog):
    """Remembers the names of events."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def info(self, event: str, /, **fields: object) -> None:
        self.events.append(event)

    warning = info


class Cluster:
    """What each kind answers: whether it is served, or an error."""

    def __init__(self, **answers: bool | Exception) -> None:
        self.answers = answers

    def is_served(self, kind: str) -> bool:
        answer = self.answers[kind]
        if isinstance(answer, Exception):
            raise answer
        return answer


def served(cluster: Cluster, log: RememberingLog | None = None) -> Served:
    return Served([WIDGET, GADGET], is_served=cluster.is_served, log=log or RememberingLog())


def test_before_the_first_look_nothing_counts_as_served() -> None:
    waiting = served(Cluster(Widget=True, Gadget=True))
    assert {problem.check for problem in waiting.readiness()} == {
        "crd/widgets.mwaa-operator.io",
        "crd/gadgets.mwaa-operator.io",
    }


def test_all_kinds_served_is_ready() -> None:
    waiting = served(Cluster(Widget=True, Gadget=True))
    assert waiting.look()
    assert waiting.readiness() == []


def test_each_missing_kind_is_named_with_what_to_do() -> None:
    waiting = served(Cluster(Widget=True, Gadget=False))
    assert not waiting.look()
    (problem,) = waiting.readiness()
    assert problem.check == "crd/gadgets.mwaa-operator.io"
    assert "install the CRDs" in problem.message


def test_a_kind_that_cannot_be_listed_is_named_with_the_servers_words() -> None:
    errors = Cluster(Widget=Forbidden("may not list", status=403), Gadget=Unavailable("no answer", status=0))
    waiting = served(errors)
    assert not waiting.look()
    assert [problem.message for problem in waiting.readiness()] == [
        "cannot be listed: may not list",
        "cannot be listed: no answer",
    ]


def test_the_log_is_told_only_of_changes() -> None:
    cluster, log = Cluster(Widget=False, Gadget=True), RememberingLog()
    waiting = served(cluster, log)
    for _ in range(3):
        waiting.look()
    cluster.answers["Widget"] = True
    waiting.look()
    assert log.events == ["kinds.missing", "kinds.served"]
