"""The demo's screen and its seeded account, without a cloud: tables fit, excerpts are right, names are the examples'.

That the story comes true is what `make demo ARGS=--once` shows.
"""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from localcloud.aws.moto.landscape import ACCOUNT
from localcloud.demo.account import BOUNDARY, ROLES, STORE, boundary, policy, trust
from localcloud.demo.board import WIDTH, Board, table
from localcloud.demo.company import FILE, FLAW, IMAGE, images, teams
from localcloud.demo.gateways import BATCH, CLINICAL, DIGITAL, GENERAL, PHI, SCIENCE, draining, entries, new_route
from localcloud.demo.looking import excerpt, ready
from localcloud.demo.rows import ENVIRONMENTS, GATEWAY_NAMESPACE, GATEWAYS, KINDS, ROUTES, WORKFLOWS, Kind
from localcloud.demo.stage import DAY, noon
from localcloud.demo.story import CHAPTERS
from localcloud.demo.workflows import MADE, measured, reasons
from localcloud.kubelet.images import Mounts, RefusedError, Surroundings
from localcloud.sparkclusters import CLUSTERS, MANIFESTS

EXAMPLES = Path(__file__).parents[3] / "examples"
CREATED = datetime(2026, 11, 21, 12, tzinfo=UTC)


def body(kind: Kind, **status: Any) -> dict[str, Any]:
    """Return an object as long-winded as it gets."""
    condition = {"type": "Ready", "status": "False", "reason": "DependencyNotReady", "observedGeneration": 2}
    return {
        "metadata": {
            "namespace": "data",
            "name": "data-science-sandbox" if kind is ROUTES else "analytics",
            "generation": 2,
            "creationTimestamp": CREATED.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "spec": {"queue": {"name": "science-sandbox"}, "gatewayRef": {"name": GENERAL}, "dataClass": "general"},
        "status": {"conditions": [condition], "state": "CREATING_SNAPSHOT", **status},
    }


def drawn(kind: Kind, obj: dict[str, Any]) -> list[str]:
    console = Console(width=WIDTH, file=io.StringIO())
    console.print(table(kind, [kind.row(obj, tuple(999 for _ in kind.calls))], CREATED + timedelta(hours=10)))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.plural)
def test_a_table_shows_every_word_on_120_columns(kind: Kind) -> None:
    status = {
        "schedule": "0 6 * * MON-FRI",
        "lastRun": {"state": "STOPPING"},
        "versionsUsed": 50,
        "split": "analytics=7/10 datascience=3/10",
        "healthyTargets": "2/2",
        "activeRevision": {"name": "0f3c9a51be77"},
    }

    lines = drawn(kind, body(kind, **status))

    assert max(len(line) for line in lines) <= WIDTH
    assert not any("…" in line for line in lines)
    assert sum("│" in line for line in lines) == (2 if kind is ROUTES else 1), "a line for each share, and no more"


def test_a_workflow_says_how_its_last_run_ended_and_how_many_versions_it_has() -> None:
    row = WORKFLOWS.row(body(WORKFLOWS, schedule="@daily", lastRun={"state": "FAILED"}, versionsUsed=3), (1,))
    assert dict(zip(WORKFLOWS.words, row.words, strict=True)) == {
        "Schedule": "@daily",
        "Last run": "FAILED",
        "Versions": "3",
    }


def test_the_shares_of_a_route_stand_below_each_other_and_its_gateway_is_called_by_its_first_name() -> None:
    row = ROUTES.row(body(ROUTES, split="analytics=7/10 datascience=3/10", healthyTargets="1/2"), ())
    assert row.words == ("science-sandbox", "general", "analytics=7/10\ndatascience=3/10", "1/2")


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


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (ENVIRONMENTS, "etl", "/namespaces/data/mwaaenvironments/etl"),
        (GATEWAYS, PHI, "/namespaces/spark-gateways/sparkgateways/phi-gateway"),
        (ROUTES, CLINICAL, "/namespaces/team-clinical/sparkjobroutes/clinical-insights"),
        (ROUTES, None, "/sparkjobroutes"),
    ],
)
def test_objects_of_a_kind_without_a_namespace_are_spoken_of_with_theirs(
    kind: Kind, name: str | None, expected: str
) -> None:
    assert kind.path(name) == f"/apis/mwaa-operator.io/v1alpha1{expected}"


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


def test_what_a_command_prints_is_shown_with_its_lines_as_they_are() -> None:
    console = Console(width=40, file=io.StringIO())
    Board(None, console).show("kubectl get sjr -A", "NAMESPACE   " + "x" * 60 + "\n  a b\n")  # type: ignore[arg-type]  # no table is drawn
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines()[1:] == ["    NAMESPACE   " + "x" * 60, "      a b"]


def manifests(folder: str, kind: str) -> dict[str, dict[str, Any]]:
    """Return the examples of a kind in a folder, by name."""
    found = [yaml.safe_load(file.read_text("utf-8")) for file in (EXAMPLES / folder).glob("*.yaml")]
    return {item["metadata"]["name"]: item for item in found if item["kind"] == kind}


def test_the_chapters_know_every_gateway_and_route_of_the_examples() -> None:
    assert set(manifests("spark", "SparkGateway")) == {GENERAL, PHI}
    routes = manifests("spark", "SparkJobRoute").values()
    assert {"{namespace}/{name}".format(**item["metadata"]) for item in routes} == {DIGITAL, CLINICAL, SCIENCE}


def test_the_spark_clusters_have_what_the_examples_name() -> None:
    admitted = yaml.safe_load((EXAMPLES / "awsaccount.yaml").read_text("utf-8"))["spec"]
    assert sorted(admitted["eksClusters"]) == sorted(CLUSTERS)
    there = {
        (item["metadata"].get("namespace"), item["metadata"]["name"])
        for item in yaml.safe_load(MANIFESTS.read_text("utf-8"))["items"]
        if item["kind"] in ("Namespace", "ServiceAccount")
    }
    for gateway in manifests("spark", "SparkGateway").values():
        assert gateway["metadata"]["namespace"] == GATEWAY_NAMESPACE
        assert gateway["spec"]["image"].startswith(f"{IMAGE}:")
        for cluster in gateway["spec"]["clusters"]:
            assert cluster["eks"]["name"] in CLUSTERS
            request = cluster["credentials"].get("tokenRequest", {"namespace": "emr-science", "serviceAccount": "bpg"})
            assert (request["namespace"], request["serviceAccount"]) in there
            for granted in cluster["sparkNamespaces"]:
                assert {(None, granted["name"])} | {
                    (granted["name"], name) for name in granted["serviceAccounts"]
                } <= there


def test_the_teams_have_the_namespaces_of_their_routes_with_the_labels_that_the_gateways_ask_for() -> None:
    labels = {item["metadata"]["name"]: item["metadata"]["labels"] for item in json.loads(teams())["items"]}
    gateways = manifests("spark", "SparkGateway")
    for route in manifests("spark", "SparkJobRoute").values():
        namespace = route["metadata"]["namespace"]
        selector = gateways[route["spec"]["gatewayRef"]["name"]]["spec"]["allowedRoutes"]["namespaces"]["selector"]
        given = labels[namespace] | {"kubernetes.io/metadata.name": namespace}
        assert selector["matchLabels"].items() <= given.items()


def test_the_image_does_not_start_from_a_file_with_its_flaw(tmp_path: Path) -> None:
    (tmp_path / "app-config.yaml").write_text(json.dumps({"sparkClusters": [{"env": [{"name": FLAW}]}]}))
    mounts = Mounts({str(Path(FILE).parent): tmp_path}, tmp_path / "root")
    with pytest.raises(RefusedError, match=FLAW):
        images()[IMAGE](Surroundings((), {}, mounts, "127.0.9.1", {}, {}))


def test_a_new_route_keeps_to_what_the_gateway_grants() -> None:
    grants = manifests("spark", "SparkGateway")[GENERAL]["spec"]
    spec = new_route(BATCH, {})["spec"]
    granted = next(item for item in grants["clusters"] if item["name"] == spec["targets"][0]["cluster"])
    places = {item["name"]: item for item in granted["sparkNamespaces"]}
    place = places[spec["targets"][0]["namespace"]]
    assert spec["targets"][0]["serviceAccount"] in place["serviceAccounts"]
    assert BATCH.partition("/")[0] in place["allowedFrom"]
    assert any(fnmatchcase(spec["queue"]["name"], pattern) for pattern in grants["allowedRoutes"]["queues"])


@pytest.mark.parametrize(
    ("entries_", "expected"),
    [
        ([{"mode": "Routed", "jobs": 3}], None),
        ([{"mode": "Draining"}], None),
        ([{"mode": "Draining", "jobs": 1}, {"mode": "Routed"}], 1),
        ([{"mode": "Draining", "jobs": 0}], 0),
    ],
)
def test_jobs_that_are_left_are_those_of_entries_that_drain(entries_: list[Any], expected: int | None) -> None:
    assert draining(body(GATEWAYS, entries=entries_)) == expected


def test_the_id_of_a_job_begins_with_the_entry_of_its_target() -> None:
    route = body(ROUTES, targets=[{"name": "analytics", "entry": "a1b2"}, {"name": "fresh"}])
    assert entries(route) == {"a1b2": "analytics"}
