"""What a test does to the simulated MWAA: look inside, script outcomes, change things behind everybody's back.

The same methods are the verbs of the remote control (`VERBS`), so arguments and results are things that JSON can say.
It goes around the service's rules on purpose; the service itself is in `service`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from localcloud.aws.mwaa import pokes
from localcloud.aws.mwaa.config import Surroundings
from localcloud.aws.mwaa.laws import BadValue, Durations, Habits, Laws, Outcome
from localcloud.aws.mwaa.operations import Scene, create
from localcloud.aws.mwaa.render import Answer, render
from localcloud.aws.mwaa.service import MwaaService
from localcloud.aws.mwaa.states import Environment
from localcloud.aws.mwaa.store import Store
from localcloud.aws.mwaa.texts import INCORRECT_CONFIGURATION, TROUBLESHOOTING, Refusal
from localcloud.waiting import wait_until

Verdict = Literal["fail", "unavailable", "stuck", "refuse"]


class MwaaControl:
    """Handle on the environments of one account and Region. Thread-safe.

    Args:
        service: The service.
        account: Twelve digits.
        region: For example "eu-central-1".
    """

    def __init__(self, service: MwaaService, account: str, region: str) -> None:
        self.service, self.account, self.region = service, account, region

    def of(self, account: str | None = None, region: str | None = None) -> MwaaControl:
        """Return the same handle for another account or Region."""
        return MwaaControl(self.service, account or self.account, region or self.region)

    def names(self) -> list[str]:
        """Return the names of all environments, also of those that reads do not show (yet)."""
        with self.service.lock:
            return sorted(self._store().environments)

    def environment(self, name: str) -> Answer | None:
        """Return an environment as GetEnvironment shows it once everything is consistent; None when there is none."""
        with self.service.lock:
            state = self.state(name)
            if state is None:
                return None
            plain = replace(self._store().laws.habits, mask_options=False, unknown_members=False)
            return render(replace(state, stale=None, stale_tags=None), plain)

    def state(self, name: str) -> Environment | None:
        """Return the state machine's own value."""
        with self.service.lock:
            return self._store().environments.get(name)

    def status(self, name: str) -> str:
        """Return the status, "" when there is no environment."""
        state = self.state(name)
        return state.status if state else ""

    def wait_for_status(self, name: str, *statuses: str, within: float = 30.0) -> str:
        """Wait until the environment has one of these statuses ("" = is gone). Raises TimeoutError."""
        if not statuses:
            raise ValueError("Name at least one status")

        def look() -> tuple[str] | None:
            status = self.status(name)
            return (status,) if status in statuses else None

        found = wait_until(look, within=within, what=f"{name} to become {' or '.join(statuses)}")
        assert found is not None
        return found[0]

    def script_next(
        self,
        operation: str,
        *,
        name: str = "*",
        verdict: Verdict = "fail",
        code: str = INCORRECT_CONFIGURATION,
        message: str = TROUBLESHOOTING,
        after: float | None = None,
        settles: Literal["UPDATE_FAILED", "AVAILABLE"] | None = None,
        times: int | None = 1,
    ) -> None:
        """Decide what becomes of the next `times` operations on a name; see `laws.Outcome`."""
        outcome = Outcome(operation, verdict, after, code, message, settles, times)
        with self.service.lock:
            self._store().script(name, outcome)

    def fail_next_create(self, name: str = "*", **how: Any) -> None:
        """Let the next create of a name end in CREATE_FAILED; keywords as in `script_next`."""
        self.script_next("CreateEnvironment", name=name, **how)

    def fail_next_update(self, name: str = "*", **how: Any) -> None:
        """Let the next update of a name fail and roll back; keywords as in `script_next`."""
        self.script_next("UpdateEnvironment", name=name, **how)

    def fail_next_delete(self, name: str = "*", **how: Any) -> None:
        """Let the next delete of a name end in UNAVAILABLE; keywords as in `script_next`."""
        self.script_next("DeleteEnvironment", name=name, **how)

    def bad_value(self, member: str, value: Any, message: str | None = None) -> None:
        """Make creates and updates with this value fail late; see `laws.BadValue`."""
        bad = BadValue(member, value, message) if message else BadValue(member, value)
        self.configure(bad_values=(*self._store().laws.bad_values, bad))

    def role_not_ready(self, role: str = "*", *, times: int | None = None, seconds: float | None = None) -> None:
        """Have requests that name this role (glob on the ARN) refused so many times, or for so long."""
        until = None if seconds is None else self.service.now() + seconds
        self.service.roles.delay(role, times=times, until=until)

    def drift(self, name: str, **changes: Any) -> None:
        """Somebody else changes members at once: `drift("one", MaxWorkers=3, Tags={})`."""
        self._poke(name, lambda environment: pokes.drift(environment, changes))

    def strip_tags(self, name: str, *keys: str) -> None:
        """Somebody else removes tags; all of them when no key is given."""
        gone = set(keys)

        def strip(environment: Environment) -> Environment:
            kept = {key: value for key, value in environment.tags if keys and key not in gone}
            return pokes.drift(environment, {"Tags": kept})

        self._poke(name, strip)

    def remove(self, name: str) -> None:
        """Somebody else deletes the environment, and it is gone at once."""
        with self.service.lock:
            self._store().put(name, None)

    def recreate(self, name: str, *, tags: Mapping[str, str] | None = None) -> None:
        """Somebody else deletes the environment and makes one of the same name, which is AVAILABLE at once."""
        with self.service.lock:
            before = self._found(name)
            now = self.service.now()
            made = replace(
                before, created_at=now, status="AVAILABLE", steps=(), target=None, last_update=None, ready=True
            )
            self._store().put(name, None)
            self._store().put(name, pokes.drift(made, {"Tags": dict(tags or {})}))

    def add(self, name: str, *, tags: Mapping[str, str] | None = None, **params: Any) -> Answer:
        """Put an AVAILABLE environment into the account that nobody asked us for; returns it. Quota does not matter."""
        request = {"Name": name, **_MINIMAL, **({"Tags": dict(tags)} if tags else {}), **params}
        with self.service.lock:
            store = self._store()
            scene = Scene(self.account, self.region, Laws(), self.service.now(), around=Surroundings())
            turn = create(scene, None, request)
            if isinstance(turn.answer, Refusal) or turn.environment is None:
                raise ValueError(f"{name}: {turn.answer}")
            store.put(name, pokes.finish(turn.environment, now=scene.now))
            store.advance(scene.now)
        shown = self.environment(name)
        assert shown is not None
        return shown

    def publish_endpoints(self, name: str) -> None:
        """Somebody makes the VPC endpoints that a PENDING environment waits for."""
        self._poke(name, lambda item: pokes.publish_endpoints(item, now=self.service.now(), laws=self._store().laws))

    def begin_maintenance(self, name: str) -> None:
        """AWS begins maintenance."""
        self._poke(name, lambda item: pokes.begin_maintenance(item, now=self.service.now(), laws=self._store().laws))

    def force_status(self, name: str, status: str, *, code: str = "", message: str = "") -> None:
        """Put the environment into any status, with an error in LastUpdate if `code` is given; it stays there."""
        error = (code, message) if code else None
        self._poke(name, lambda item: pokes.force_status(item, status, now=self.service.now(), error=error))

    def finish(self, name: str) -> None:
        """Let the operation under way end now."""
        self._poke(name, lambda item: pokes.finish(item, now=self.service.now()))

    def configure(self, **laws: Any) -> None:
        """Replace settings in all accounts and Regions: fields of `laws.Laws`, or of its `durations` and `habits`."""
        for group in (Durations, Habits):
            word = group.__name__.lower()
            known = {key: laws.pop(key) for key in list(laws) if key in group.__dataclass_fields__}
            if known:
                laws[word] = replace(getattr(self.service.laws, word), **known)
        self.service.set_laws(**laws)

    def advance_clock(self, seconds: float) -> None:
        """Put the service's clock forward (or back)."""
        with self.service.lock:
            self.service.offset += seconds

    def _poke(self, name: str, poke: Callable[[Environment], Environment]) -> None:
        with self.service.lock:
            self._store().put(name, poke(self._found(name)))
            self._store()

    def _found(self, name: str) -> Environment:
        state = self.state(name)
        if state is None:
            raise KeyError(f"No environment {name} in {self.account} {self.region}")
        return state

    def _store(self) -> Store:
        return self.service.store(self.account, self.region)


_MINIMAL: Mapping[str, Any] = {
    "ExecutionRoleArn": "arn:aws:iam::123456789012:role/airflow",
    "SourceBucketArn": "arn:aws:s3:::airflow-bucket",
    "DagS3Path": "dags",
    "NetworkConfiguration": {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
}

VERBS = (
    "names",
    "environment",
    "status",
    "script_next",
    "fail_next_create",
    "fail_next_update",
    "fail_next_delete",
    "bad_value",
    "role_not_ready",
    "drift",
    "remove",
    "recreate",
    "add",
    "publish_endpoints",
    "begin_maintenance",
    "force_status",
    "finish",
    "configure",
    "advance_clock",
)
"""Methods that the remote control offers. `account` and `region` in their arguments choose another handle."""


def verbs(control: MwaaControl) -> Mapping[str, Callable[..., Any]]:
    """Return the remote control's verbs."""

    def bound(verb: str) -> Callable[..., Any]:
        def call(*, account: str | None = None, region: str | None = None, **arguments: Any) -> Any:
            return getattr(control.of(account, region), verb)(**arguments)

        return call

    return {verb: bound(verb) for verb in VERBS}
