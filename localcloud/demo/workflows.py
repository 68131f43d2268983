"""The story of the workflows: what AWS's launch post of MWAA Serverless does by hand, as manifests; each checks itself.

Create and run, a run that fails and says why, the fix, monitoring, deletion with nothing left behind.
"""

from __future__ import annotations

from localcloud.demo.account import STORE
from localcloud.demo.board import Board
from localcloud.demo.looking import Cast, ChapterFailedError, excerpt, message, ready, reason, status_of
from localcloud.demo.rows import WORKFLOWS, Body
from localcloud.demo.stage import EXAMPLES, NAMESPACE, Stage

ORDERS, INVOICES = "data-orders", "finance-invoices"
"""What orders and invoices are called in AWS."""
MEASURED = ("workflow_runs_total", "workflow_task_failures_total", "workflow_versions_used")
"""Series that the monitoring chapter shows."""
MADE = {
    "orders": "its role and definition were checked, the definition was uploaded, the workflow created",
    "cleanup": "its definition and its Python code come from a ConfigMap",
    "invoices": "the operator wrote its role, and a variable of it comes from a Secret",
}
NO_SUCH_JOB = (
    "An error occurred (EntityNotFoundException) when calling the StartJobRun operation: "
    "Failed to start job run due to missing metadata. Job load-order was not found"
)


def create(stage: Stage, board: Board) -> None:
    """AWS's launch post of MWAA Serverless, as manifests: workflows are created, and a token starts a run."""
    cast = Cast(stage, WORKFLOWS)
    stage.kubectl("apply", "-f", str(EXAMPLES / "workflows"))
    for name, told in MADE.items():
        cast.until(name, ready)
        board.say(f"{name} is Ready: {told}")
    run(cast, "first", ends="SUCCESS")
    board.say("spec.run.token: first started a run, and it succeeded; this token never starts another")
    cast.expect(ORDERS, "CreateWorkflow", 1)
    cast.expect(ORDERS, "StartWorkflowRun", 1)


def failing_run(stage: Stage, board: Board) -> None:
    """A failing run: its task, the message and the log stream stand in the status; the workflow itself stays Ready."""
    cast = Cast(stage, WORKFLOWS)
    edit(cast, list_raw={"prefix": "orders/{{ ds }/"})
    body = cast.until("orders", lambda body: reason(body) == "DefinitionInvalid")
    board.say("an edit with a broken template, the launch post's own mistake, is not sent:")
    board.say(message(body))
    cast.expect(ORDERS, "UpdateWorkflow", 0)
    script = stage.cloud.aws.serverless
    script.script_task("load", workflow=ORDERS, message=NO_SUCH_JOB)
    edit(cast, list_raw={"prefix": "orders/{{ ds }}/"}, load={"job_name": "load-order"})
    cast.until("orders", lambda body: ready(body) and body["status"]["versionsUsed"] == 2)
    board.say("an edit with a Glue job that does not exist is a new version, and its run fails:")
    body = run(cast, "second", ends="FAILED")
    script.clear_scripts()
    board.show("kubectl describe slwf orders -n data", described(stage, "Failed Tasks:"))
    found = (reason(body, "LastRunSucceeded"), status_of(body, "Ready"))
    if found != ("TaskFailed", "True"):
        raise ChapterFailedError(f"a failed task was to be told and to leave the workflow Ready, but it says {found}")
    board.say("LastRunSucceeded is False, Ready is True; nothing is run again by itself")


def fix(stage: Stage, board: Board) -> None:
    """The fix: the next edit is the next version, the next token a run of it."""
    cast = Cast(stage, WORKFLOWS)
    edit(cast, load={"job_name": "load-orders"})
    body = cast.until("orders", lambda body: ready(body) and body["status"]["versionsUsed"] == 3)
    run(cast, "third", ends="SUCCESS")
    cast.until("orders", lambda body: status_of(body, "LastRunSucceeded") == "True")
    board.say(f"version {body['status']['version'][:8]}… runs green; AWS counts two updates and three started runs")
    cast.expect(ORDERS, "UpdateWorkflow", 2)
    cast.expect(ORDERS, "StartWorkflowRun", 3)


def monitoring(stage: Stage, board: Board) -> None:
    """Monitoring: what a list, the Events and the operator's metrics say."""
    board.show("kubectl get slwf -n data", stage.kubectl("get", "slwf", "-n", NAMESPACE))
    told = ("events", "-n", NAMESPACE, "--for", "serverlessworkflow/orders", "--no-headers")
    board.say(f"Events of orders: {reasons(stage.kubectl(*told))}")
    board.show("curl -s <operator>:8080/metrics | grep orders", measured(stage.operator.metrics()))


def deletion(stage: Stage, board: Board) -> None:
    """Deletion: orders and invoices take everything along that was made for them."""
    cast = Cast(stage, WORKFLOWS)
    board.say(f"before: AWS has {left(stage)} of theirs; the user lets the logs go too")
    cast.patch("orders", {"deleteLogGroup": True})
    stage.kubectl("delete", WORKFLOWS.plural, "orders", "invoices", "-n", NAMESPACE, "--wait=false")
    for name in ("orders", "invoices"):
        cast.gone(name)
    board.say(f"after:  AWS has {left(stage)}; the role that the user made stays")
    if sum(leftovers(stage).values()):
        raise ChapterFailedError(f"nothing of orders and invoices was to be left in AWS, but there is: {left(stage)}")
    if stage.cloud.aws.serverless.names() != ["data-cleanup"]:
        raise ChapterFailedError(f"AWS was to have data-cleanup, but has {stage.cloud.aws.serverless.names()}")


def run(cast: Cast, token: str, *, ends: str) -> Body:
    """Ask for a run as a user would, and wait until it ends in a state."""
    cast.patch("orders", {"run": {"token": token}})

    def ended(body: Body) -> bool:
        asked = body["status"].get("run") or {}
        return asked.get("token") == token and asked.get("state") == ends

    return cast.until("orders", ended)


def edit(cast: Cast, **tasks: dict[str, str]) -> None:
    """Edit arguments of tasks of orders, as a commit would."""
    cast.patch("orders", {"definition": {"inline": {"orders": {"tasks": tasks}}}})


def described(stage: Stage, heading: str) -> str:
    """Return what kubectl describe says of orders under a heading."""
    return excerpt(stage.kubectl("describe", "slwf", "orders", "-n", NAMESPACE), heading)


def reasons(events: str) -> str:
    """Return the reasons of the Events that kubectl prints, the oldest first, in one line."""
    return ", ".join(line.split()[2] for line in events.splitlines() if len(line.split()) > 2)


def measured(metrics: str) -> str:
    """Return what the operator's metrics say of orders' runs, but for what is zero."""
    lines = [line for line in metrics.splitlines() if 'name="orders"' in line and not line.endswith(" 0.0")]
    return "\n".join(line for line in lines if any(word in line for word in MEASURED))


def leftovers(stage: Stage) -> dict[str, int]:
    """Count what AWS has for orders and invoices: workflows, uploads with all their S3 versions, log groups, roles."""
    session, names = stage.session, stage.cloud.aws.serverless.names()
    stored = session.client("s3").list_object_versions(Bucket=STORE)
    uploads = [item["Key"] for member in ("Versions", "DeleteMarkers") for item in stored.get(member, [])]
    groups = session.client("logs").describe_log_groups(logGroupNamePrefix="/aws/mwaa-serverless/")["logGroups"]
    roles = session.client("iam").list_roles()["Roles"]
    return {
        "workflow": sum(name in (ORDERS, INVOICES) for name in names),
        "upload": sum("/data/orders/" in key or "/data/invoices/" in key for key in uploads),
        "log group": sum(ORDERS in item["logGroupName"] or INVOICES in item["logGroupName"] for item in groups),
        "managed role": sum(item["RoleName"].endswith("-data-invoices") for item in roles),
    }


def left(stage: Stage) -> str:
    """Return the counts of `leftovers` as words."""
    return ", ".join(f"{count} {what if count == 1 else f'{what}s'}" for what, count in leftovers(stage).items())
