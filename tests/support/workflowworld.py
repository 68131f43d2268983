"""A ServerlessWorkflow and an AWS without wires: passes of the planner, whose actions take effect in memory.

Knows of AWS only what the planner relies on: a version for each update, tokens, tags, one workflow of a name. Every
status that a pass leaves behind is held against the rules for conditions, sizes and secrets.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.plan import Plan
from mwaa_operator.api.timing import Timings
from mwaa_operator.workflow import actions as do
from mwaa_operator.workflow.api import ServerlessWorkflow
from mwaa_operator.workflow.facts import Facts, Sent, closed
from mwaa_operator.workflow.fit import MAX_BYTES, size
from mwaa_operator.workflow.live import Live, Version, derived_log_group
from mwaa_operator.workflow.live_runs import Run, Task
from mwaa_operator.workflow.plan import plan_failure, plan_workflow
from mwaa_operator.workflow.plan.rolefacts import managed_name
from mwaa_operator.workflow.plan.situation import Admission, Observed, RoleLook, Situation, SourceLook, VariableLook
from tests.support.iam import Iam
from tests.support.kstatus import flux_at_rest, flux_in_progress
from tests.support.roles import permissions
from tests.support.workflows import ACCOUNT, ADMITTED, CLUSTER, KNOWLEDGE, NOW, REGION, SPEC, UID, body

CANARY = "hunter2-never-shown"
"""Stands for every value that may be shown nowhere."""
WRITTEN = ("CreateWorkflow", "UpdateWorkflow", "DeleteWorkflow", "DeleteVersion", "TagResource", "UntagResource")
TASKS = "tasks:"
SETTLES_IN = 12
REST = Timings().settled
"""A pass that waits so long has nothing to do."""

LOST = Failure(FailureKind.UNAVAILABLE, "mwaa-serverless:Any", "ReadTimeout", "no answer", may_have_happened=True)
REFUSED = Failure(FailureKind.INVALID, "mwaa-serverless:Any", "ValidationException", "Schedule is wrong.")
Members = dict[str, Any]


@dataclass
class Aws:
    """One workflow, or none.

    Attributes:
        members: As GetWorkflow gives them back, without what changes with each version.
        versions: Names, newest last, each with where its definition is.
        tags: All of them.
        writes_its_own_way: Changes what was asked into what AWS gives back.
        tokens: Client tokens of creates, with the ARN that each made.
        made: How many workflows there ever were.
        runs: Client tokens of runs, with the id of the one that each started.
    """

    members: Members | None = None
    versions: dict[str, Members] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    writes_its_own_way: Callable[[Members], Members] = dict
    tokens: dict[str, str] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    made: int = 0
    minted: int = 0

    @property
    def there(self) -> Members:
        """The workflow; there is one."""
        assert self.members is not None
        return self.members

    def create(self, request: Mapping[str, Any]) -> str:
        token = request["ClientToken"]
        if token in self.tokens:
            return self.tokens[token]
        assert self.members is None, "a second workflow of the name"
        self.made += 1
        arn = f"arn:aws:airflow-serverless:{REGION}:{ACCOUNT}:workflow/{request['Name']}-{self.made:010}"
        self.tokens[token], self.tags = arn, dict(request["Tags"])
        kept = {name: value for name, value in request.items() if name not in ("ClientToken", "Tags")}
        self.members, self.versions = {"WorkflowArn": arn, "WorkflowStatus": "READY", "CreatedAt": NOW} | kept, {}
        self.mint(kept)
        return arn

    def mint(self, settings: Mapping[str, Any]) -> str:
        """Make a version; what is left out falls back to AWS's defaults, all of it."""
        self.minted += 1
        version = f"{self.minted:032}"
        fixed = {name: self.there[name] for name in ("WorkflowArn", "WorkflowStatus", "CreatedAt", "Name")}
        defaults: Members = {"EngineVersion": 1, "EncryptionConfiguration": {"Type": "AWS_MANAGED_KEY"}}
        if "EncryptionConfiguration" in self.there:
            defaults["EncryptionConfiguration"] = self.there["EncryptionConfiguration"]
        given = {name: value for name, value in settings.items() if name != "WorkflowArn"}
        self.members = defaults | self.writes_its_own_way(given) | fixed | {"WorkflowVersion": version}
        self.versions[version] = self.members["DefinitionS3Location"]
        return version

    def live(self) -> Live | None:
        return None if self.members is None else Live(dict(self.members), dict(self.tags))


@dataclass
class World:
    """The object, AWS, and the clock.

    Attributes:
        lose: Names of actions that fail once: with `after`, when they have taken effect.
        refuse: Name of an action that AWS refuses for as long as it is here, and how.
        hidden: Passes for which AWS does not show what was created or updated last.
    """

    spec: Members = field(default_factory=dict)
    aws: Aws = field(default_factory=Aws)
    status: Members = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    now: datetime = NOW
    generation: int = 1
    finalizer: bool = False
    deleted: datetime | None = None
    gone: bool = False
    admission: Admission = ADMITTED
    role: RoleLook = field(default_factory=lambda: RoleLook("Ready"))
    iam: Iam = field(default_factory=Iam)
    sources: dict[str, SourceLook] = field(default_factory=dict)
    runs: tuple[Run, ...] = ()
    tasks: dict[str, tuple[Task, ...]] = field(default_factory=dict)
    lose: dict[str, str] = field(default_factory=dict)
    refuse: dict[str, Failure] = field(default_factory=dict)
    hidden: int = 0
    done: list[Any] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    writes: int = 0
    _shown: Live | None = None

    def edit(self, **spec: Any) -> None:
        """Edit spec; None removes a member."""
        self.spec = {name: value for name, value in (self.spec | spec).items() if value is not None}
        self.generation += 1

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def count(self, name: str) -> int:
        """Return how many actions of this name took place."""
        return sum(type(action).__name__ == name for action in self.done)

    def mutations(self) -> list[str]:
        """Return the names of the actions that changed AWS."""
        return [name for action in self.done if (name := type(action).__name__) in WRITTEN]

    @property
    def ready(self) -> tuple[str, str]:
        """Status and reason of Ready."""
        return self.word("Ready")

    def word(self, type_: str) -> tuple[str, str]:
        """Return status and reason of a condition."""
        found = next(item for item in self.status["conditions"] if item["type"] == type_)
        return found["status"], found["reason"]

    def text(self, type_: str = "Ready") -> str:
        """Return the message of a condition."""
        return str(next(item["message"] for item in self.status["conditions"] if item["type"] == type_))

    def object_body(self) -> Members:
        """Return the object as the API server holds it."""
        made = body(
            spec=self.spec, status=self.status, annotations=self.annotations, generation=self.generation,
            finalizer=self.finalizer,
        )  # fmt: skip
        if self.deleted is not None:
            made["metadata"]["deletionTimestamp"] = self.deleted.isoformat()
        return made

    def step(self) -> Plan:
        """Make one pass, with everything that follows from it."""
        s, plan = self._decide()
        if plan.intent is not None:
            self._store(plan.intent, flux_in_progress)
        plan, facts = self._act(s, plan)
        self.notices += [item.reason for item in plan.notices]
        assert CANARY not in repr(plan) + json.dumps([vars(item) for item in plan.notices])
        if not self.gone:
            self._store(closed(s, plan.status, facts), flux_at_rest)
        return plan

    def settle(self, most: int = SETTLES_IN) -> Plan:
        """Make passes, as far apart as they ask, until one changes nothing and has nothing to wait for but runs.

        Raises:
            AssertionError: It does not come to rest.
        """
        for _ in range(most):
            before, done = self.status, len(self.done)
            plan = self.step()
            resting = (plan.requeue_after or 0.0) >= REST or any(not run.ended for run in self.runs)
            if self.gone or (resting and self.status == before and len(self.done) == done):
                return plan
            self.later(plan.requeue_after if plan.requeue_after is not None else 5.0)
        raise AssertionError(f"not at rest after {most} passes: {self.ready}, {self.text()}")

    def idle(self, passes: int = 20, *, seconds: float = 600.0) -> None:
        """Make passes at rest.

        Raises:
            AssertionError: One of them writes anything, in AWS or in status.
        """
        before, done = self.status, len(self.done)
        for number in range(passes):
            self.later(seconds)
            self.step()
            assert len(self.done) == done, f"pass {number}: {self.done[done:]}"
            assert self.status == before, f"pass {number}: {self.ready}"

    def end(self, run_id: str, state: str, *tasks: Task) -> None:
        """Let a run end."""
        self.runs = tuple(
            replace(run, state=state, ended_at=self.now) if run.run_id == run_id else run for run in self.runs
        )
        self.tasks[run_id] = tasks

    def situation(self, observed: Observed) -> Situation:
        """Return what is planned on."""
        resource = ServerlessWorkflow.from_body(self.object_body())
        return Situation(resource, observed, self.now, KNOWLEDGE, permissions=permissions())

    def _decide(self) -> tuple[Situation, Plan]:
        if self.hidden > 0:
            self.hidden -= 1
        else:
            self._shown = self.aws.live()
        seen: dict[str, Any] = {"cluster_id": CLUSTER, "admission": self.admission, "live": self._shown}
        for _ in range(8):
            s = self.situation(Observed(**seen))
            plan = plan_workflow(s)
            if not plan.needs:
                return s, plan
            asked = {name for name in plan.needs if name in seen or name.removeprefix(TASKS) in seen.get("tasks", {})}
            assert not asked, f"asked twice: {asked}"
            runs = {name.removeprefix(TASKS) for name in plan.needs if name.startswith(TASKS)}
            named = [name for name in plan.needs if not name.startswith(TASKS)]
            seen |= {name.partition(":")[0]: self._look(s, name) for name in named}
            if runs:
                seen["tasks"] = {run_id: self.tasks.get(run_id, ()) for run_id in runs}
        raise AssertionError(f"still asks for {plan.needs}")

    def _look(self, s: Situation, name: str) -> Any:
        match name:
            case "managed_role" | "managed_role:fresh":
                return self.iam.look(managed_name(s), fresh=name.endswith(":fresh"))
            case "definition" | "code":
                given = self.sources.get(name)
                wanted = (SPEC | self.spec).get(name) or {}
                return given or SourceLook(str(wanted.get("yaml", "")).encode())
            case "variables":
                return tuple(self._variable(item) for item in self.spec["environment"] if "valueFrom" in item)
            case "role":
                return self.role
            case "versions":
                names = list(self.aws.versions)[::-1]
                return tuple(
                    Version(name, name == names[0], self.now, self.aws.versions[name], "", "") for name in names
                )
            case "runs":
                return self.runs
        raise AssertionError(f"nobody knows {name}")

    def _variable(self, item: Members) -> VariableLook:
        ref = item["valueFrom"]["secretKeyRef"]["name"]
        value = self.secrets.get(ref)
        if value is None:
            return VariableLook(item["name"], problem=f"There is no Secret {ref}. Create it.")
        return VariableLook(item["name"], SecretStr(value), digest=f"{len(value)}-{sum(value.encode())}")

    def _store(self, status: Members, checks: Callable[[Members], list[str]]) -> None:
        text = json.dumps(status)
        assert CANARY not in text
        assert size(status) <= MAX_BYTES
        parsed = ServerlessWorkflow.from_body(self.object_body() | {"status": status})
        assert parsed.status.wire() == status, "what is written can be read"
        self.writes += self.status != status
        self.status = status
        broken = checks(self.object_body())
        assert broken == [] or self.deleted is not None, (broken, status["conditions"])
        assert {item["type"] for item in status["conditions"]} >= {"Ready", "Synced"}

    def _act(self, s: Situation, plan: Plan) -> tuple[Plan, Facts]:
        facts = Facts()
        for action in plan.actions:
            name = type(action).__name__
            failure = self.refuse.get(name)
            when = self.lose.pop(name, None) if failure is None else None
            if failure is None and when != "before":
                told = self._do(action)
                self.done.append(action)
                facts = facts if told is None or when else told
            if failure is not None or when is not None:
                return plan_failure(s, plan, action, failure or LOST), Facts()
        return plan, facts

    def _do(self, action: Any) -> Facts | None:
        aws = self.aws
        assert name_of(action) in ("AddFinalizer", "RemoveFinalizer") or self.finalizer, "the finalizer comes first"
        match action:
            case do.AddFinalizer():
                self.finalizer = True
            case do.RemoveFinalizer():
                assert self.deleted is not None
                self.gone = True
            case do.CreateWorkflow(request):
                arn = aws.create(request)
                version = next(iter(aws.versions), "")
                return Facts(Sent(arn, version, request["DefinitionS3Location"]))
            case do.UpdateWorkflow(request):
                assert self.status["operation"]["type"] == "Update", "the intent comes first"
                assert self.status["operation"]["version"] == (self._shown and self._shown.version)
                version = aws.mint(request)
                return Facts(Sent(request["WorkflowArn"], version, request["DefinitionS3Location"]))
            case do.StartRun(_, token, _, version):
                return Facts(run=self._start(token, version))
            case do.StopRun(_, run_id):
                self.runs = tuple(replace(run, state="STOPPING") if run.run_id == run_id else run for run in self.runs)
            case do.DeleteWorkflow():
                assert aws.tags.get("mwaa-operator.io/uid") == UID, "not ours"
                assert all(run.ended or run.state == "STOPPING" for run in self.runs)
                aws.members, aws.versions, aws.tags = None, {}, {}
            case do.DeleteVersion(_, version):
                assert version != aws.there["WorkflowVersion"], "the latest"
                assert version not in {run.version for run in self.runs if not run.ended}, "it runs"
                del aws.versions[version]
            case do.TagResource(_, tags):
                aws.tags |= tags
            case do.UntagResource(_, keys):
                aws.tags = {key: value for key, value in aws.tags.items() if key not in keys}
            case do.CreateRole() | do.WriteRole() | do.DeleteRole():
                assert not isinstance(action, do.DeleteRole) or not self._runs_under(action.name), "it is in use"
                self.iam.do(action)
            case do.SetLogRetention(group):
                assert group == derived_log_group(aws.there["WorkflowArn"])
        return None

    def _start(self, token: str, version: str | None) -> Members:
        """Start a run, or return the one that the token started."""
        assert self.status["operation"]["type"] == "StartRun", "the intent comes first"
        known = self.aws.runs.get(token)
        if known is None:
            known = self.aws.runs[token] = f"run{len(self.aws.runs) + 1}"
            version = version or self.aws.there["WorkflowVersion"]
            began = Run(known, "STARTING", "ON_DEMAND", version, created_at=self.now, started_at=self.now)
            self.runs = (began, *self.runs)
        return {"RunId": known, "Status": "STARTING", "StartedAt": self.now}

    def _runs_under(self, role: str) -> bool:
        return self.aws.members is not None and str(self.aws.members["RoleArn"]).endswith(f"/{role}")


def name_of(action: Any) -> str:
    """Return the name of an action."""
    return type(action).__name__


def settled(**spec: Any) -> World:
    """Return a world in which the workflow was created and is at rest, with nothing counted yet."""
    world = World(spec=spec)
    world.settle()
    assert world.ready == ("True", "Succeeded"), world.text()
    world.done.clear()
    world.notices.clear()
    return world
