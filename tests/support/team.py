"""A user's view of the system under test: a namespace, MwaaEnvironments and ServerlessWorkflows in it, and what is said
about them.

At a test's end every status that was written in the namespace is judged with the eyes of kstatus and Flux, and every
place is searched for the secrets that the test used.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from localcloud.aws.moto import landscape
from tests.support.kstatus import flux_at_rest, flux_in_progress, flux_warnings
from tests.support.teamobject import (
    API,
    PREFIX,
    WITHIN,
    TeamObject,
    condition,
    is_ready,
    message,
    ready_reason,
)
from tests.support.teamworkflow import Workflow
from tests.support.wait import eventually
from tests.support.watching import Body, Watching, version_of

if TYPE_CHECKING:
    from tests.support.cloud import World

__all__ = [
    "API",
    "PREFIX",
    "WITHIN",
    "Environment",
    "Team",
    "Workflow",
    "condition",
    "is_ready",
    "message",
    "ready_reason",
]


class Environment(TeamObject):
    """One MwaaEnvironment of a team; its name in AWS is its own."""

    kind, plural, service = "MwaaEnvironment", "mwaaenvironments", "mwaa"
    spec: ClassVar[Mapping[str, Any]] = {
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

    @property
    def aws_name(self) -> str:
        """Its name in AWS."""
        return self.name

    @property
    def watch(self) -> Watching:
        """Every version of every MwaaEnvironment."""
        return self._world.environments

    @property
    def aws(self) -> Body:
        """The environment in AWS."""
        found = self._world.mwaa.environment(self.aws_name)
        assert found is not None, f"{self.aws_name} is not in AWS"
        return dict(found)

    def shown(self) -> Body:
        """Return what AWS shows of it without its options."""
        found = self._world.mwaa.environment(self.aws_name) or {}
        return {name: value for name, value in found.items() if name != "AirflowConfigurationOptions"}

    def vanish(self) -> None:
        """Remove it from AWS behind the operator's back."""
        self._world.mwaa.remove(self.aws_name)


class Team:
    """A namespace of one test."""

    def __init__(self, world: World, namespace: str) -> None:
        self.world, self.namespace = world, namespace
        self.made: list[TeamObject] = []
        self.canaries: list[str] = []
        self.forged: set[int] = set()

    def canary(self) -> str:
        """Return a secret value that nobody else has; `leaks` looks for it."""
        self.canaries.append(f"canary-{uuid.uuid4().hex}")
        return self.canaries[-1]

    def leaks(self) -> list[str]:
        """Return the places where a canary was seen: any version of an object, an Event, a tag, a line of a log."""
        world = self.world
        bodies: list[Any] = [*self.events(), *world.accounts.versions(("", "default"))]
        bodies += [body for versions in self._versions() for body in versions]
        bodies += [made.shown() for made in self.made]
        places = [json.dumps(body, default=str) for body in bodies]
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

    def workflow(self, name: str = "etl", /, *, annotations: Mapping[str, str] | None = None, **spec: Any) -> Workflow:
        """Create a workflow; members of spec given as None are left out."""
        found = self.workflow_handle(name)
        found.create(annotations=annotations, **spec)
        return found

    def workflow_handle(self, name: str = "etl") -> Workflow:
        """Return the handle of a workflow that does not exist yet."""
        found = Workflow(self, name)
        self.made.append(found)
        return found

    def path(self, plural: str = Environment.plural) -> str:
        """Return the path of a kind's objects in the namespace."""
        return f"{API}/namespaces/{self.namespace}/{plural}"

    def secret(self, name: str, **data: str) -> None:
        """Create a Secret, or replace its values."""
        self._put("secrets", name, {"stringData": data})

    def config_map(self, name: str, data: Mapping[str, str], *, watched: bool = False) -> None:
        """Create a ConfigMap, or replace its values; `watched` labels it so that a change is seen at once."""
        labels = {"labels": {f"{PREFIX}/watch": "true"}} if watched else {}
        self._put("configmaps", name, {"metadata": labels, "data": dict(data)})

    def kubectl(self, *args: str, stdin: str | None = None) -> str:
        """Run kubectl in the namespace as the administrator."""
        return self.world.cloud.control_plane.kubectl(*args, "-n", self.namespace, stdin=stdin)

    def events(self, reason: str = "") -> list[Body]:
        """Return the Events of the namespace (with one reason)."""
        answer = self.world.api.get(f"/apis/events.k8s.io/v1/namespaces/{self.namespace}/events")
        return [item for item in answer.body["items"] if reason in ("", item["reason"])]

    def clear(self) -> None:
        """Let all objects go without touching AWS, then remove what AWS has."""
        kinds = [self.path(kind.plural) for kind in (Environment, Workflow)]
        for path in kinds:
            for item in self._objects(path):
                self.world.api.patch(f"{path}/{item['metadata']['name']}", {"spec": {"deletionPolicy": "Retain"}})
                self.world.api.delete(f"{path}/{item['metadata']['name']}")
        eventually(lambda: not any(map(self._objects, kinds)), within=WITHIN, what="all objects to go")
        for made in self.made:
            made.vanish()
        self.world.api.delete(f"/api/v1/namespaces/{self.namespace}")

    def complaints(self) -> list[str]:
        """Return what kstatus and Flux would say against any status that was written in this namespace."""
        written = ([body for body in each if version_of(body) not in self.forged] for each in self._versions())
        return [text for versions in written for text in judge(versions)]

    def _versions(self) -> list[list[Body]]:
        watches = (self.world.environments, self.world.workflows)
        return [watch.versions(key) for watch in watches for key in watch.keys(self.namespace)]

    def _objects(self, path: str) -> list[Body]:
        found: list[Body] = self.world.api.get(path).body["items"]
        return found

    def _put(self, resource: str, name: str, body: Body) -> None:
        path = f"/api/v1/namespaces/{self.namespace}/{resource}"
        meta = {**body.get("metadata", {}), "name": name}
        answer = self.world.api.post(path, {**body, "metadata": meta})
        if answer.status == 409:
            answer = self.world.api.patch(f"{path}/{name}", body)
        assert answer.ok, answer.body


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
