"""The demo's screen and its seeded account, without a cloud: tables fit, excerpts are right, names are the examples'.

That the story comes true is what `make demo ARGS=--once` shows.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from localcloud.aws.moto.landscape import ACCOUNT
from localcloud.demo.account import BOUNDARY, ROLES, STORE, boundary, policy, trust
from localcloud.demo.board import WIDTH, table
from localcloud.demo.looking import excerpt, ready
from localcloud.demo.rows import ENVIRONMENTS, KINDS, WORKFLOWS, Kind
from localcloud.demo.stage import DAY, noon
from localcloud.demo.story import CHAPTERS
from localcloud.demo.workflows import MADE, measured, reasons

EXAMPLES = Path(__file__).parents[3] / "examples"
CREATED = datetime(2026, 11, 21, 12, tzinfo=UTC)


def body(kind: Kind, **status: Any) -> dict[str, Any]:
    """Return an object as long-winded as it gets."""
    condition = {"type": "Ready", "status": "False", "reason": "DependencyNotReady", "observedGeneration": 2}
    return {
        "metadata": {
            "namespace": "data",
            "name": "analytics",
            "generation": 2,
            "creationTimestamp": CREATED.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "spec": {},
        "status": {"conditions": [condition], "state": "CREATING_SNAPSHOT", **status},
    }


def drawn(kind: Kind, obj: dict[str, Any]) -> list[str]:
    console = Console(width=WIDTH, file=io.StringIO())
    console.print(table(kind, [kind.row(obj, tuple(999 for _ in kind.calls))], CREATED + timedelta(hours=10)))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.plural)
def test_a_table_shows_every_word_on_120_columns(kind: Kind) -> None:
    obj = body(kind, schedule="0 6 * * MON-FRI", lastRun={"state": "STOPPING"}, versionsUsed=50)

    lines = drawn(kind, obj)

    assert max(len(line) for line in lines) <= WIDTH
    assert not any("…" in line for line in lines)
    assert sum("│" in line for line in lines) == 1


def test_a_workflow_says_how_its_last_run_ended_and_how_many_versions_it_has() -> None:
    row = WORKFLOWS.row(body(WORKFLOWS, schedule="@daily", lastRun={"state": "FAILED"}, versionsUsed=3), (1,))
    assert dict(zip(WORKFLOWS.words, row.words, strict=True)) == {
        "Schedule": "@daily",
        "Last run": "FAILED",
        "Versions": "3",
    }


def test_a_new_object_without_status_has_an_empty_row() -> None:
    fresh = body(WORKFLOWS) | {"status": {}}
    row = WORKFLOWS.row(fresh, ())
    assert (row.words, row.ready, row.reason) == (("", "", ""), "", "")


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        (ENVIRONMENTS, {}, "analytics"),
        (WORKFLOWS, {}, "data-analytics"),
        (WORKFLOWS, {"name": "finance"}, "finance"),
    ],
)
def test_calls_are_counted_under_the_name_in_aws(kind: Kind, spec: dict[str, Any], expected: str) -> None:
    assert kind.name_in_aws(body(kind) | {"spec": spec}) == expected


@pytest.mark.parametrize(("answered", "expected"), [(2, True), (1, False)])
def test_ready_counts_only_as_an_answer_to_the_present_edit(answered: int, expected: bool) -> None:
    conditions = [{"type": name, "status": "True", "observedGeneration": answered} for name in ("Ready", "Synced")]
    assert ready(body(ENVIRONMENTS, conditions=conditions)) is expected


DESCRIBED = """\
Status:
  Last Run:
    Failed Tasks:
      Attempt:  2
      Task Id:  load
    Run Id:     1
  State:        READY
"""


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Failed Tasks:", "Failed Tasks:\n  Attempt:  2\n  Task Id:  load"),
        ("Last Run:", "Last Run:\n  Failed Tasks:\n    Attempt:  2\n    Task Id:  load\n  Run Id:     1"),
        ("Status:", DESCRIBED.rstrip("\n")),
        ("Events:", ""),
    ],
)
def test_an_excerpt_is_a_heading_with_all_that_stands_under_it(heading: str, expected: str) -> None:
    assert excerpt(DESCRIBED, heading) == expected


def test_reasons_of_events_come_in_one_line() -> None:
    printed = "2s  Normal   Ready      ServerlessWorkflow/orders  all is well\n1s  Warning  RunFailed  x  y\n"
    assert reasons(printed) == "Ready, RunFailed"


def test_metrics_of_other_objects_and_zeros_are_left_out() -> None:
    runs = 'mwaa_operator_workflow_runs_total{name="orders",state="FAILED",type="ON_DEMAND"}'
    wanted = [f"{runs} 1.0", 'mwaa_operator_workflow_versions_used{name="orders"} 3.0']
    others = [
        "# HELP x y",
        'x{name="orders",type="Ready"} 1.0',
        'mwaa_operator_workflow_versions_used{name="cleanup"} 1.0',
        f"{runs.replace('ON_DEMAND', 'SCHEDULED')} 0.0",
    ]
    assert measured("\n".join([*others, *wanted])).splitlines() == wanted


def test_the_story_begins_at_noon_and_runs_as_fast_as_everything_else() -> None:
    now = datetime(2026, 11, 21, 23, 59, tzinfo=UTC).timestamp()
    calendar = noon(now, speed=60.0)
    assert calendar.shown(now) % DAY == DAY / 2
    assert calendar.shown(now + 60.0) - calendar.shown(now) == 3600.0


def test_the_seeded_account_has_what_the_applied_examples_name() -> None:
    account = yaml.safe_load((EXAMPLES / "awsaccount.yaml").read_text("utf-8"))
    assert account["spec"]["definitionStore"]["bucket"] == STORE
    managed = account["spec"]["managedRoles"]
    assert managed["permissionsBoundaryArn"] == f"arn:aws:iam::{ACCOUNT}:policy/{BOUNDARY}"
    assert boundary()["Statement"][0]["Action"] == managed["allowedActions"]
    for name in MADE:
        manifest = next(yaml.safe_load_all((EXAMPLES / "workflows" / f"{name}.yaml").read_text("utf-8")))
        arn = manifest["spec"]["role"].get("arn")
        assert arn is None or arn in {f"arn:aws:iam::{ACCOUNT}:role/{role}" for role in ROLES}


def test_every_example_of_a_workflow_is_told_of() -> None:
    assert sorted(MADE) == sorted(file.stem for file in (EXAMPLES / "workflows").glob("*.yaml"))


def test_only_workflows_of_the_account_may_use_the_roles() -> None:
    (statement,) = trust()["Statement"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert not any(item["Resource"] == "*" for item in policy()["Statement"])


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: f"{chapter.__module__}.{chapter.__name__}")
def test_every_chapter_has_a_title_of_one_line(chapter: Any) -> None:
    title = (chapter.__doc__ or "").splitlines()
    assert len(title) == 1
    assert len(title[0]) + len("10. ") <= WIDTH
