"""A user's view of the system under test: a namespace, MwaaEnvironments in it, and what is said about them.

Waiting is done on a watch that misses no version, so that what lasts for milliseconds is seen too.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from localcloud.aws.moto import landscape
from tests.support.kstatus import flux_at_rest, flux_in_progress, flux_warnings
from tests.support.wait import eventually
from tests.support.watching import Body, Key, version_of

if TYPE_CHECKING:
    from tests.support.cloud import World

API = "/apis/mwaa-operator.io/v1alpha1"
PREFIX = "mwaa-operator.io"
WITHIN = 20.0
"""Seconds; everything here takes a few."""

SPEC: Mapping[str, Any] = {
    "region": landscape.REGION,
    "executionRoleArn": f"arn:aws:iam::{landscape.ACCOUNT}:role/{landscape.EXECUTION_ROLE}",
    "sourceBucketArn": f"arn:aws:s3:::{landscape.BUCKET}",
    "dagS3Path": "dags",
    "networkConfiguration": {
        "subnetIds": list(landscape.SUBNET_IDS),
        "securityGroupIds": [landscape.SECURITY_GROUP_ID],
    },
    "airflowVersion": "2.10.3",
}


class Team:
    """A namespace of one test."""

    def __init__(self, world: World, namespace: str) -> None:
        self.world, self.namespace = world, namespace
        self.made: list[Environment] = []
        self.canaries: list[str] = []

    def canary(self) -> str:
        """Return a secret value that nobody else has; `leaks` looks for it."""
        self.canaries.append(f"canary-{uuid.uuid4().hex}")
        return self.canaries[-1]

    def leaks(self) -> list[str]:
        """Return the places where a canary was seen: any version of an object, an Event, a tag, a line of a log."""
        world = self.world
        bodies: list[Body | None] = [*self.events(), *world.accounts.versions(("", "default"))]
        bodies += [body for key in world.environments.keys(self.namespace) for body in world.environments.versions(key)]
        bodies += [world.mwaa.environment(made.aws_name) for made in self.made]
        places = [json.dumps(_without_options(body or {}), default=str) for body in bodies]
        places += [path.read_text(errors="replace") for path in world.logs()]
        return [
            f"{canary} in {_around(place, canary)}" for canary in self.canaries for place in places if canary in place
        ]

    def environment(
        self, slug: str = "etl", *, annotations: Mapping[str, str] | None = None, **spec: Any
    ) -> Environment:
        """Create an environment whose name is nobody else's; members of spec given as None are left out."""
        name = spec.get("name") or f"{slug}-{uuid.uuid4().hex[:8]}"
        found = self.handle(name)
        found.create(annotations=annotations, **spec)
        return found

    def handle(self, name: str) -> Environment:
        """Return the handle of an environment that does not exist yet."""
        found = Environment(self, name)
        self.made.append(found)
        return found

    def path(self, name: str = "") -> str:
        """Return the path of the environments, or of one."""
        return f"{API}/namespaces/{self.namespace}/mwaaenvironments" + (f"/{name}" if name else "")

    def secret(self, name: str, **data: str) -> None:
        """Create a Secret, or replace its values."""
        path = f"/api/v1/namespaces/{self.namespace}/secrets"
        body = {"metadata": {"name": name}, "stringData": data}
        answer = self.world.api.post(path, body)
        if answer.status == 409:
            answer = self.world.api.patch(f"{path}/{name}", {"stringData": data})
        assert answer.ok, answer.body

    def kubectl(self, *args: str, stdin: str | None = None) -> str:
        """Run kubectl in the namespace as the administrator."""
        return self.world.cloud.control_plane.kubectl(*args, "-n", self.namespace, stdin=stdin)

    def events(self, reason: str = "") -> list[Body]:
        """Return the Events of the namespace (with one reason)."""
        answer = self.world.api.get(f"/apis/events.k8s.io/v1/namespaces/{self.namespace}/events")
        return [item for item in answer.body["items"] if reason in ("", item["reason"])]

    def clear(self) -> None:
        """Let all objects go without touching AWS, then remove what AWS has."""
        for key in self.world.environments.keys(self.namespace):
            path = self.path(key[1])
            if self.world.api.get(path).ok:
                self.world.api.patch(path, {"spec": {"deletionPolicy": "Retain"}})
                self.world.api.delete(path)
        eventually(lambda: not self.world.api.get(self.path()).body["items"], within=WITHIN, what="all objects to go")
        for made in self.made:
            self.world.mwaa.remove(made.aws_name)
        self.world.api.delete(f"/api/v1/namespaces/{self.namespace}")

    def complaints(self) -> list[str]:
        """Return what kstatus and Flux would say against any status that was written in this namespace."""
        watch = self.world.environments
        return [text for key in watch.keys(self.namespace) for text in judge(watch.versions(key))]


def _without_options(body: Body) -> Body:
    """Leave out the one place that a secret's reference names."""
    return {name: value for name, value in body.items() if name != "AirflowConfigurationOptions"}


def _around(place: str, word: str) -> str:
    at = place.index(word)
    return place[max(0, at - 300) : at + 100]


def judge(versions: list[Body]) -> list[str]:
    """Return everything that is wrong with the status writes among the versions of one object."""
    found, before = [], None
    for body in versions:
        same = before is not None and before["metadata"]["uid"] == body["metadata"]["uid"]
        if same and before is not None and body.get("status") != before.get("status"):
            broken = flux_in_progress(body)
            if condition(body, "Ready").get("status") == "True":
                broken += flux_at_rest(body, abnormal=frozenset({"EndpointsRequired"}))
            found += [f"{text}: {json.dumps(body['status'])}" for text in broken + flux_warnings(body)]
        before = body
    last = versions[-1]
    if last["status"].get("observedGeneration") == last["metadata"]["generation"]:
        broken = flux_at_rest(last, abnormal=frozenset({"EndpointsRequired"}))
        found += [f"at rest: {text}: {json.dumps(last['status'])}" for text in broken]
    return found


class Environment:
    """One MwaaEnvironment of a team.

    Attributes:
        since: resourceVersion from which `until` looks; moves on with what is done and found.
    """

    def __init__(self, team: Team, name: str) -> None:
        self.team, self.name, self.aws_name = team, name, name
        self.since = 0
        self._world = team.world

    @property
    def key(self) -> Key:
        """Namespace and name."""
        return self.team.namespace, self.name

    @property
    def path(self) -> str:
        """Of the object."""
        return self.team.path(self.name)

    def manifest(self, *, annotations: Mapping[str, str] | None = None, **spec: Any) -> Body:
        """Return the object as a user would write it."""
        members = {name: value for name, value in {**SPEC, **spec}.items() if value is not None}
        meta = {"name": self.name, "namespace": self.team.namespace, "annotations": dict(annotations or {})}
        return {"apiVersion": f"{PREFIX}/v1alpha1", "kind": "MwaaEnvironment", "metadata": meta, "spec": members}

    def create(self, *, annotations: Mapping[str, str] | None = None, **spec: Any) -> None:
        """Create the object; members of spec given as None are left out."""
        answer = self._world.api.post(self.team.path(), self.manifest(annotations=annotations, **spec))
        assert answer.ok, answer.body
        self.since = version_of(answer.body)

    @property
    def body(self) -> Body:
        """The object as the API server holds it now."""
        answer = self._world.api.get(self.path)
        assert answer.ok, answer.body
        found: Body = answer.body
        return found

    @property
    def status(self) -> Body:
        """Its status."""
        found: Body = self.body["status"]
        return found

    @property
    def aws(self) -> Body:
        """The environment in AWS."""
        found = self._world.mwaa.environment(self.aws_name)
        assert found is not None, f"{self.aws_name} is not in AWS"
        return dict(found)

    def sent(self, operation: str, *, code: str | None = None) -> int:
        """Return how often AWS accepted an MWAA operation on it (`code="*"`: was asked for it)."""
        ledger = self._world.cloud.aws.ledger
        return ledger.count(service="mwaa", operation=operation, resource=self.aws_name, code=code)

    def patch(self, annotations: Mapping[str, str | None] | None = None, **spec: Any) -> Body:
        """Edit the object: a merge patch."""
        change: Body = {"spec": spec} if spec else {}
        if annotations is not None:
            change["metadata"] = {"annotations": {f"{PREFIX}/{name}": value for name, value in annotations.items()}}
        answer = self._world.api.patch(self.path, change)
        assert answer.ok, answer.body
        self.since = version_of(answer.body)
        found: Body = answer.body
        return found

    def look(self) -> Body:
        """Ask for a look at once and wait until it was answered."""
        token = uuid.uuid4().hex
        self.patch({"reconcile-requested-at": token})
        return self.until(
            lambda body: body.get("status", {}).get("lastHandledReconcileAt") == token, "the look to be answered"
        )

    def delete(self) -> None:
        """Ask for its deletion."""
        answer = self._world.api.delete(self.path)
        assert answer.ok, answer.body

    def until(self, holds: Callable[[Body], object], what: str, *, within: float = WITHIN) -> Body:
        """Return the first version, from the last one that was found or made on, for which something holds."""
        found = self._world.environments.wait(self.key, holds, since=self.since, within=within)
        if found is None:
            raise TimeoutError(f"waited {within:g} s for {self.name}: {what}; {_told(self._world, self.key)}")
        self.since = version_of(found)
        return found

    def until_ready(self, *, within: float = WITHIN) -> Body:
        """Wait until it serves as spec of the present generation asks."""
        return self.until(is_ready, "Ready", within=within)

    def until_reason(self, reason: str, *, within: float = WITHIN) -> Body:
        """Wait until Ready has a reason, for the present generation."""
        return self.until(lambda body: ready_reason(body) == reason, f"reason {reason}", within=within)

    def until_gone(self, *, within: float = WITHIN) -> None:
        """Wait until the object is gone."""
        if not self._world.environments.wait_gone(self.key, within):
            raise TimeoutError(f"waited {within:g} s for {self.name} to go; {_told(self._world, self.key)}")

    def story(self) -> list[str]:
        """Return Ready's words in the order in which they were first said in a row, as `status/reason`."""
        told: list[str] = []
        for body in self._world.environments.versions(self.key):
            found = condition(body, "Ready")
            word = f"{found['status']}/{found['reason']}" if found else ""
            if word and (not told or told[-1] != word):
                told.append(word)
        return told


def condition(body: Body, type_: str) -> Body:
    """Return a condition, or an empty dict."""
    conditions = body.get("status", {}).get("conditions", [])
    return next((item for item in conditions if item["type"] == type_), {})


def ready_reason(body: Body) -> str:
    """Return Ready's reason if it is about the present generation; empty otherwise."""
    found = condition(body, "Ready")
    current = found.get("observedGeneration") == body["metadata"]["generation"]
    return str(found.get("reason", "")) if current else ""


def is_ready(body: Body) -> bool:
    """Whether the object is Ready and Synced for its present generation."""
    current = body.get("status", {}).get("observedGeneration") == body["metadata"]["generation"]
    return current and all(condition(body, name).get("status") == "True" for name in ("Ready", "Synced"))


def message(body: Body, type_: str = "Ready") -> str:
    """Return a condition's message."""
    return str(condition(body, type_).get("message", ""))


def _told(world: World, key: Key) -> str:
    latest = world.environments.latest(key) or {"metadata": {}}
    meta = {name: value for name, value in latest["metadata"].items() if name != "managedFields"}
    status = {name: value for name, value in latest.get("status", {}).items() if name not in ("preflight", "effective")}
    seen = json.dumps({"metadata": meta, "spec": latest.get("spec"), "status": status})
    log = "\n".join(world.operator.log_text().splitlines()[-10:])
    return f"last seen: {seen}\nthe operator's log ends:\n{log}"
