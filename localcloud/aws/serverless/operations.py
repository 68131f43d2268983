"""The operations on one workflow and its versions as pure functions: what is refused, what is accepted, what follows.

Source: botocore model mwaa-serverless and its documentation. An operation sees one workflow (or none) and a `Scene`; it
must not see others, a clock or a network. Operations on runs are `runoperations`'.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from localcloud.aws.mwaa.config import digest
from localcloud.aws.mwaa.render import timestamp
from localcloud.aws.mwaa.states import StaleTags, pairs
from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless import config, runs
from localcloud.aws.serverless.config import Params, Surroundings
from localcloud.aws.serverless.definition import Definition
from localcloud.aws.serverless.findings import Malformed
from localcloud.aws.serverless.grammar import read_definition
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.render import Answer, shown_latest, shown_tags, visible, workflow_answer
from localcloud.aws.serverless.rules import refused, tags_refused
from localcloud.aws.serverless.states import SUFFIX_LENGTH, Remembered, Settings, Status, Version, Workflow
from localcloud.aws.serverless.texts import (
    conflict,
    invalid,
    name_in_use,
    quota,
    version_not_found,
    workflow_not_found,
)
from localcloud.aws.serverless.timeline import armed
from localcloud.aws.signing import Caller


@dataclass(frozen=True, slots=True)
class Scene:
    """What an operation may look at beside its workflow.

    Attributes:
        account: Whose workflows these are.
        region: Where.
        laws: Settings in force.
        now: Epoch seconds.
        caller: Who calls.
        around: What the service finds in the account.
        workflows: Those that count for the quota.
        live_runs: Of the whole account and Region.
        births: Workflows ever created here.
        remembered: What the request's client token was answered before.
        exists: Whether the workflow that `remembered` is about is still there.
    """

    account: str
    region: str
    laws: Laws
    now: float
    caller: Caller = field(default_factory=Caller)
    around: Surroundings = field(default_factory=Surroundings)
    workflows: int = 0
    live_runs: int = 0
    births: int = 0
    remembered: Remembered | None = None
    exists: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What an operation led to: the workflow afterwards (the same one when nothing changed), and the answer."""

    workflow: Workflow | None
    answer: Answer | Refusal
    born: bool = False
    remember: Remembered | None = None


Operation = Callable[[Scene, Workflow | None, Params], Turn]


def found(scene: Scene, workflow: Workflow | None, arn: str) -> Workflow | Refusal:
    """Return the workflow of this ARN, or the refusal that there is none (that this caller could see)."""
    if workflow is None or workflow.arn != arn or not visible(workflow, now=scene.now, laws=scene.laws):
        return workflow_not_found(arn.rpartition("/")[2])
    return workflow


def create(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """CreateWorkflow."""
    name, laws, now = params["Name"], scene.laws, scene.now
    if workflow is not None:
        return Turn(workflow, name_in_use(name, workflow.id))
    if scene.workflows >= laws.workflows:
        return Turn(None, quota("workflows in this account and Region", laws.workflows, "L-WORKFLOWS", name))
    if refusal := refused(params, laws) or scene.around.refusal:
        return Turn(None, refusal)
    definition = _definition(scene)
    if isinstance(definition, Refusal):
        return Turn(None, definition)
    settings = config.created(params, laws)
    suffix = digest("workflow", scene.account, scene.region, name, repr(now), str(scene.births))[:SUFFIX_LENGTH]
    made = Workflow(
        account=scene.account,
        region=scene.region,
        name=name,
        suffix=suffix,
        status=Status.READY,
        created_at=now,
        versions=(_version(scene, f"{name}-{suffix}", 0, settings, definition),),
        encryption=config.encryption(params),
        tags=pairs(params.get("Tags", {})),
    )
    made = armed(made, after=now, laws=laws, new=True)
    answer: Answer = {
        "WorkflowArn": made.arn,
        "CreatedAt": timestamp(now),
        "RevisionId": digest("revision", made.latest.id)[:32],
        "WorkflowStatus": str(made.status),
        "WorkflowVersion": made.latest.id,
        "IsLatestVersion": True,
        "Warnings": list(definition.warnings),
    }
    return Turn(made, answer, born=True)


def update(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """UpdateWorkflow: a version more, whatever was changed."""
    known = found(scene, workflow, params["WorkflowArn"])
    if isinstance(known, Refusal):
        return Turn(workflow, known)
    laws = scene.laws
    if known.status != Status.READY:
        return Turn(workflow, conflict(f"The workflow is in status {known.status}.", known.id))
    if refusal := refused(params, laws) or scene.around.refusal:
        return Turn(workflow, refusal)
    definition = _definition(scene)
    if isinstance(definition, Refusal):
        return Turn(workflow, definition)
    settings = config.updated(known.latest.settings, params, laws)
    if not laws.habits.mode_update_makes_version and _only_mode_differs(known.latest, settings, definition):
        newest = replace(known.latest, settings=settings)
        changed = replace(known, versions=(*known.versions[:-1], newest))
    elif len(known.versions) >= laws.versions:
        return Turn(workflow, quota("versions of a workflow", laws.versions, "L-VERSIONS", known.id))
    else:
        newest = _version(scene, known.id, known.minted, settings, definition, known.latest)
        changed = replace(known, versions=(*known.versions, newest), minted=known.minted + 1)
    answer: Answer = {
        "WorkflowArn": known.arn,
        "ModifiedAt": timestamp(newest.created_at),
        "WorkflowVersion": newest.id,
        "Warnings": list(definition.warnings),
    }
    return Turn(armed(changed, after=scene.now, laws=laws), answer)


def get(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """GetWorkflow."""
    known = found(scene, workflow, params["WorkflowArn"])
    if isinstance(known, Refusal):
        return Turn(workflow, known)
    wanted = params.get("WorkflowVersion")
    latest = shown_latest(known, now=scene.now, laws=scene.laws)
    version = known.version(wanted) if wanted else latest
    if version is None or known.versions.index(version) > known.versions.index(latest):
        return Turn(workflow, version_not_found(str(wanted)))
    return Turn(workflow, workflow_answer(known, version))


def delete(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """DeleteWorkflow, or one version of it."""
    known = found(scene, workflow, params["WorkflowArn"])
    if isinstance(known, Refusal):
        return Turn(workflow, known)
    if "WorkflowVersion" in params:
        return _delete_version(scene, known, params["WorkflowVersion"])
    answer = {"WorkflowArn": known.arn}
    if known.status == Status.DELETING:
        return Turn(workflow, answer)
    if known.live and scene.laws.habits.delete_with_runs == "refuse":
        return Turn(workflow, _has_runs(known.id, len(known.live)))
    stopped = tuple(runs.stop(run, at=scene.now, laws=scene.laws) for run in known.live)
    gone_at = scene.now + scene.laws.durations.delete
    return Turn(replace(known, status=Status.DELETING, gone_at=gone_at, next_fire=None, live=stopped), answer)


def list_tags(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """ListTagsForResource."""
    known = found(scene, workflow, params["ResourceArn"])
    return Turn(workflow, known if isinstance(known, Refusal) else {"Tags": shown_tags(known)})


def tag(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """TagResource."""
    known = found(scene, workflow, params["ResourceArn"])
    if isinstance(known, Refusal):
        return Turn(workflow, known)
    tags = dict(known.tags) | params["Tags"]
    if refusal := tags_refused(params["Tags"], len(tags)):
        return Turn(workflow, refusal)
    return Turn(_tagged(scene, known, tags), {})


def untag(scene: Scene, workflow: Workflow | None, params: Params) -> Turn:
    """UntagResource; keys that are not there are no error."""
    known = found(scene, workflow, params["ResourceArn"])
    if isinstance(known, Refusal):
        return Turn(workflow, known)
    gone = set(params["TagKeys"])
    return Turn(_tagged(scene, known, {key: value for key, value in known.tags if key not in gone}), {})


def _definition(scene: Scene) -> Definition | Refusal:
    shown = scene.laws.calendar.shown(scene.now)
    try:
        return read_definition(scene.around.definition, laws=scene.laws, now=shown)
    except Malformed as problem:
        return problem.refusal


def _version(
    scene: Scene,
    identifier: str,
    number: int,
    settings: Settings,
    definition: Definition,
    before: Version | None = None,
) -> Version:
    """Mint a version; code that a request leaves out is that of the version before, if settings still name it."""
    kept = before.code if before and settings.code == before.settings.code else None
    return Version(
        id=digest("version", scene.account, scene.region, identifier, str(number))[:32],
        created_at=scene.now,
        settings=settings,
        definition=definition,
        code=(scene.around.code or kept) if settings.code else None,
    )


def _only_mode_differs(before: Version, settings: Settings, definition: Definition) -> bool:
    same = replace(settings, trigger_mode=before.settings.trigger_mode) == before.settings
    return same and definition == before.definition and settings != before.settings


def _delete_version(scene: Scene, workflow: Workflow, version_id: str) -> Turn:
    version, habits = workflow.version(version_id), scene.laws.habits
    if version is None:
        return Turn(workflow, version_not_found(version_id))
    only = len(workflow.versions) == 1
    if version is workflow.latest and (only or habits.delete_latest == "refuse"):
        return Turn(workflow, invalid(f"Version {version_id} is the latest version of the workflow."))
    running = [run for run in workflow.live if run.version == version_id]
    if running and habits.delete_with_runs == "refuse":
        return Turn(workflow, _has_runs(version_id, len(running)))
    stopped = tuple(
        runs.stop(run, at=scene.now, laws=scene.laws) if run.version == version_id else run for run in workflow.live
    )
    past = tuple(run for run in workflow.past if run.version != version_id or not habits.version_takes_runs)
    left = replace(
        workflow, versions=tuple(item for item in workflow.versions if item is not version), live=stopped, past=past
    )
    if version is workflow.latest:
        left = armed(left, after=scene.now, laws=scene.laws)
    return Turn(left, {"WorkflowArn": workflow.arn, "WorkflowVersion": version_id})


def _has_runs(identifier: str, count: int) -> Refusal:
    return invalid(f"{identifier} has {count} active workflow runs. Stop them first.", reason="other")


def _tagged(scene: Scene, workflow: Workflow, tags: dict[str, str]) -> Workflow:
    """Replace the tags; writing the same ones again does not put off when they show."""
    if pairs(tags) == workflow.tags:
        return workflow
    lag = scene.laws.durations.tags_invisible
    stale = StaleTags(scene.now + lag, pairs(shown_tags(workflow))) if lag else None
    return replace(workflow, tags=pairs(tags), stale_tags=stale)
