"""How a cluster is, from what it answers: a table of clusters at the seam, none of them real."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from mwaa_operator.gateway.clusters.health import SAMPLED, Health, health
from mwaa_operator.kube.errors import Forbidden, KubeError, NotFound, Rejected, Unavailable
from mwaa_operator.kube.remote import Application, Job, Reach

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://10.0.0.1:6443"
OLD = 120.0


@dataclass
class Answers:
    """A cluster that answers by script.

    Attributes:
        denied: (verb, namespace) that the token may not.
        jobs: Name to state and age in seconds, in every namespace.
        fails: Method to what it raises.
        serves: Whether it knows SparkApplications.
        column: Whether lists tell states.
        asked: Rights that were asked for, and jobs that were read.
    """

    denied: frozenset[tuple[str, str]] = frozenset()
    jobs: dict[str, tuple[str, float]] = field(default_factory=dict)
    fails: dict[str, KubeError] = field(default_factory=dict)
    serves: bool = True
    column: bool = True
    asked: list[str] = field(default_factory=list)

    def may(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        self._maybe_fail("may")
        assert (group, resource) == ("sparkoperator.k8s.io", "sparkapplications")
        self.asked.append(verb)
        return (verb, namespace) not in self.denied

    def serves_spark(self) -> bool:
        self._maybe_fail("serves_spark")
        return self.serves

    def applications(self, namespace: str) -> Iterable[Application]:
        self._maybe_fail("applications")
        return [Application(name, state if self.column else None) for name, (state, _) in self.jobs.items()]

    def job(self, namespace: str, name: str) -> Job | None:
        self._maybe_fail("job")
        self.asked.append(name)
        state, age = self.jobs[name]
        return Job(state, NOON - timedelta(seconds=age))

    def _maybe_fail(self, method: str) -> None:
        if method in self.fails:
            raise self.fails[method]


def look(answers: Answers, *, rights_known: bool = False) -> Health:
    return health(answers, url=URL, namespaces=("one", "two"), rights_known=rights_known, now=lambda: NOON, old=OLD)


def reason(answers: Answers) -> tuple[bool, str]:
    found = look(answers)
    return found.reachable, found.told.reason if found.told else ""


UNKNOWN = Forbidden("401", status=401)
REFUSED = Forbidden("403", status=403)
CASES: list[tuple[str, Answers, tuple[bool, str]]] = [
    ("well", Answers(), (True, "")),
    ("running jobs", Answers(jobs={"a-1": ("RUNNING", 9e9)}), (True, "")),
    ("a new job", Answers(jobs={"a-1": ("", 120.0)}), (True, "")),
    ("a job whose age may be a second less", Answers(jobs={"a-1": ("", 120.9)}), (True, "")),
    ("an old job without a state", Answers(jobs={"a-1": ("", 122.0)}), (True, "SparkOperatorMissing")),
    ("no column for states", Answers(jobs={"a-1": ("", 9e9)}, column=False), (True, "")),
    ("may not get", Answers(denied=frozenset({("get", "two")})), (False, "TokenRejected")),
    ("may not create", Answers(denied=frozenset({("create", "two")})), (True, "TokenRejected")),
    ("may not list", Answers(denied=frozenset({("list", "one")})), (True, "TokenRejected")),
    (
        "may not get nor create",
        Answers(denied=frozenset({("create", "one"), ("get", "two")})),
        (False, "TokenRejected"),
    ),
    ("knows no jobs", Answers(serves=False), (True, "SparkOperatorMissing")),
    ("forgets jobs", Answers(fails={"applications": NotFound("404", status=404)}), (True, "SparkOperatorMissing")),
    ("hides what it serves", Answers(fails={"serves_spark": REFUSED}), (True, "")),
    ("token unknown", Answers(fails={"may": UNKNOWN}), (False, "TokenRejected")),
    ("token ends meanwhile", Answers(fails={"serves_spark": UNKNOWN}), (False, "TokenRejected")),
    ("list refused all the same", Answers(fails={"applications": REFUSED}), (False, "TokenRejected")),
    ("away", Answers(fails={"may": Unavailable("x", status=0, reason=Reach.TIMEOUT)}), (False, "ClusterUnreachable")),
    ("overloaded", Answers(fails={"may": Unavailable("x", status=503)}), (False, "ClusterUnreachable")),
    ("no API", Answers(fails={"may": Rejected("x", status=400)}), (False, "ClusterUnreachable")),
]


@pytest.mark.parametrize(("answers", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_a_cluster_answers_says_how_it_is(answers: Answers, expected: tuple[bool, str]) -> None:
    assert reason(answers) == expected


def test_rights_that_are_known_are_not_asked_for_again() -> None:
    answers = Answers()
    assert look(answers, rights_known=True).told is None
    assert answers.asked == []


def test_all_three_rights_are_asked_for_in_every_namespace() -> None:
    answers = Answers()
    look(answers)
    assert sorted(answers.asked) == ["create", "create", "get", "get", "list", "list"]


def test_a_job_that_got_its_state_meanwhile_counts_for_nothing() -> None:
    class Late(Answers):
        def job(self, namespace: str, name: str) -> Job | None:
            return Job("SUBMITTED", NOON - timedelta(hours=1))

    assert reason(Late(jobs={"a-1": ("", 9e9)})) == (True, "")


def test_of_many_jobs_without_a_state_a_few_are_read() -> None:
    answers = Answers(jobs={f"a-{number}": ("", 1.0) for number in range(1000)})
    look(answers, rights_known=True)
    assert len(answers.asked) == 2 * SAMPLED


JOBS = {"a-1": ("RUNNING", 9.0), "a-2": ("COMPLETED", 9.0), "b-1": ("", 9.0)}


@pytest.mark.parametrize(
    ("answers", "namespaces"),
    [
        (Answers(jobs=JOBS), {"one", "two"}),
        (Answers(jobs={**JOBS, "c-1": ("", 9e9)}), {"one"}),
        (Answers(jobs=JOBS, column=False), set()),
        (Answers(jobs=JOBS, serves=False), set()),
        (Answers(jobs=JOBS, denied=frozenset({("list", "one")})), set()),
        (Answers(jobs=JOBS, fails={"applications": REFUSED}), set()),
    ],
    ids=["well", "nobody takes up jobs: the look ends there", "no column", "no kind", "no right", "refused"],
)
def test_jobs_are_counted_where_they_are_listed_anyway(answers: Answers, namespaces: set[str]) -> None:
    found = look(answers).running
    assert found.keys() == namespaces
    assert all((counted["a"], counted["b"]) == (1, 1) for counted in found.values())


def test_each_namespace_is_listed_once() -> None:
    class Counted(Answers):
        def applications(self, namespace: str) -> Iterable[Application]:
            self.asked.append(namespace)
            return super().applications(namespace)

    answers = Counted(jobs=JOBS)
    look(answers, rights_known=True)
    assert [item for item in answers.asked if item in ("one", "two")] == ["one", "two"]
