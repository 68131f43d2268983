"""What a test does to the simulated MWAA Serverless: script outcomes, play other people, change settings.

The same methods, and those of `inspection`, are the verbs of the remote control (`VERBS`), so arguments and results are
things that JSON can say. It goes around the service's rules on purpose; the service itself is in `service`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless import pokes
from localcloud.aws.serverless.config import SMALL_DEFINITION, Surroundings
from localcloud.aws.serverless.inspection import Inspection
from localcloud.aws.serverless.laws import Durations, Habits, Laws, Script
from localcloud.aws.serverless.operations import Scene, create
from localcloud.aws.serverless.render import Answer
from localcloud.aws.serverless.states import Workflow

Verdict = Literal["succeed", "fail", "timeout", "hang"]


class ServerlessControl(Inspection):
    """Handle on the workflows of one account and Region; arguments as `Inspection`'s. Thread-safe."""

    def of(self, account: str | None = None, region: str | None = None) -> ServerlessControl:
        """Return the same handle for another account or Region."""
        return ServerlessControl(self.service, account or self.account, region or self.region)

    # Scripting outcomes

    def script_task(
        self,
        task: str = "*",
        *,
        workflow: str = "*",
        attempt: int | None = None,
        verdict: Verdict = "fail",
        message: str = Script.message,
        duration: float | None = None,
        xcom: Mapping[str, str] | None = None,
        runs: int | None = None,
    ) -> int:
        """Decide what becomes of a task in runs that start from now on; see `laws.Script`. Returns the serial."""
        returned = tuple(sorted((xcom or {}).items()))
        return self._script(Script(workflow, task, attempt, verdict, message, duration, returned, runs))

    def script_run(
        self,
        workflow: str = "*",
        *,
        verdict: Verdict = "fail",
        message: str = Script.message,
        duration: float | None = None,
        runs: int | None = None,
    ) -> int:
        """Decide what becomes of whole runs that start from now on; see `laws.Script`. Returns the serial."""
        return self._script(Script(workflow, "", None, verdict, message, duration, (), runs))

    def clear_scripts(self) -> None:
        """Forget all scripts; runs that have begun follow theirs."""
        self.configure(scripts=())

    def role_not_ready(self, role: str = "*", *, times: int | None = None, seconds: float | None = None) -> None:
        """Have requests that name this role (glob on the ARN) refused so many times, or for so long."""
        until = None if seconds is None else self.service.now() + seconds
        self.service.roles.delay(role, times=times, until=until)

    def end_run(self, name: str, state: str, *, run_id: str | None = None, error: str = "") -> None:
        """Let a live run (the newest by default) end now in this state."""
        run = self._run(name, run_id)[1]
        self._poke(name, lambda item, at, laws: pokes.end_run(item, run.id, state, now=at, laws=laws, error=error))

    def end_task(self, name: str, task: str, state: str, *, run_id: str | None = None, message: str = "") -> None:
        """Let a task's attempt under way come to SUCCESS, FAILED or TIMEOUT now."""
        run = self._run(name, run_id)[1]
        self._poke(
            name, lambda item, at, laws: pokes.end_task(item, run.id, task, state, now=at, laws=laws, message=message)
        )

    def finish(self, name: str, *, run_id: str | None = None) -> None:
        """Let a live run (the newest by default) take its course at once."""
        run = self._run(name, run_id)[1]
        self._poke(name, lambda item, at, laws: pokes.finish(item, run.id, now=at, laws=laws))

    # Playing other people

    def drift(self, name: str, *, definition: str = "", **changes: Any) -> str:
        """Somebody else sends an UpdateWorkflow: `drift("etl", TriggerMode="disabled")`. Returns the new version."""
        text = definition.encode()
        self._poke(name, lambda item, at, laws: pokes.drift(item, changes, now=at, laws=laws, text=text))
        return self.versions(name)[-1]

    def retag(self, name: str, tags: Mapping[str, str]) -> None:
        """Somebody else replaces the tags."""
        self._poke(name, lambda item, at, laws: pokes.retag(item, tags))

    def start_run(self, name: str, *, kind: Literal["ON_DEMAND", "SCHEDULED"] = "ON_DEMAND") -> str:
        """Somebody else starts a run, or (SCHEDULED) the schedule fires now. Returns the RunId."""
        with self.service.lock:
            store = self._store()
            workflow, run = pokes.start(self._found(name), kind=kind, now=self.service.now(), laws=store.laws)
            store.put(name, workflow)
        return run.id

    def remove(self, name: str) -> None:
        """Somebody else deletes the workflow, and it is gone at once."""
        with self.service.lock:
            self._store().put(name, None)

    def add(
        self,
        name: str,
        *,
        tags: Mapping[str, str] | None = None,
        definition: str = SMALL_DEFINITION.decode(),
        **params: Any,
    ) -> Answer:
        """Put a workflow into the account that nobody asked us for; returns it. Quota does not matter."""
        request = {"Name": name, **_MINIMAL, **({"Tags": dict(tags)} if tags else {}), **params}
        with self.service.lock:
            store = self._store()
            around = Surroundings(definition=definition.encode())
            scene = Scene(self.account, self.region, store.laws, self.service.now(), around=around, births=store.births)
            turn = create(scene, None, request)
            if isinstance(turn.answer, Refusal):
                raise ValueError(f"{name}: {turn.answer.message}")
            store.put(name, turn.workflow)
            store.births += 1
        shown = self.workflow(name)
        assert shown is not None
        return shown

    # Settings

    def configure(self, **laws: Any) -> None:
        """Replace settings in all accounts and Regions: fields of `laws.Laws`, or of its `durations` and `habits`.

        `speed=60` lets the calendar of the schedules, and the durations that definitions name, run so much faster.
        """
        with self.service.lock:
            now, old = self.service.now(), self.service.laws
            if "speed" in laws:
                laws["calendar"] = old.calendar.running_at(laws.pop("speed"), now=now)
            for group in (Durations, Habits):
                word = group.__name__.lower()
                known = {key: laws.pop(key) for key in list(laws) if key in group.__dataclass_fields__}
                if known:
                    laws[word] = replace(laws.get(word, getattr(old, word)), **known)
            self.service.set_laws(**laws)

    def advance_clock(self, seconds: float) -> None:
        """Put the service's clock forward (or back)."""
        with self.service.lock:
            self.service.offset += seconds

    def _script(self, script: Script) -> int:
        with self.service.lock:
            serial = next(self.service.serials)
            self.configure(scripts=(*self.service.laws.scripts, replace(script, serial=serial)))
        return serial

    def _poke(self, name: str, poke: Callable[[Workflow, float, Laws], Workflow]) -> None:
        with self.service.lock:
            store = self._store()
            store.put(name, poke(self._found(name), self.service.now(), store.laws))
            self._store()


_MINIMAL: Mapping[str, Any] = {
    "RoleArn": "arn:aws:iam::123456789012:role/workflow",
    "DefinitionS3Location": {"Bucket": "definitions", "ObjectKey": "small.yaml"},
}

VERBS = (
    "names",
    "workflow",
    "status",
    "versions",
    "minted",
    "runs",
    "tasks",
    "script_task",
    "script_run",
    "clear_scripts",
    "role_not_ready",
    "end_run",
    "end_task",
    "finish",
    "drift",
    "retag",
    "start_run",
    "remove",
    "add",
    "configure",
    "advance_clock",
)
"""Methods that the remote control offers. `account` and `region` in their arguments choose another handle."""


def verbs(control: ServerlessControl) -> Mapping[str, Callable[..., Any]]:
    """Return the remote control's verbs."""

    def bound(verb: str) -> Callable[..., Any]:
        def call(*, account: str | None = None, region: str | None = None, **arguments: Any) -> Any:
            return getattr(control.of(account, region), verb)(**arguments)

        return call

    return {verb: bound(verb) for verb in VERBS}
