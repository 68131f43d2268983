"""The gateway without a server: takes requests, gives answers. One object is one process of BPG.

It holds what such a process holds: the file as it was at the start, the status cache, the round robin of zones. Source:
apple/batch-processing-gateway, ApplicationSubmissionRest, ApplicationGetLogRest, AdminRest.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from localcloud.aws.throttle import Throttle
from localcloud.gateway import joblog, submission, views
from localcloud.gateway.auth import caller
from localcloud.gateway.clusters import Connect
from localcloud.gateway.config import Config
from localcloud.gateway.credentials import References
from localcloud.gateway.dice import Dice
from localcloud.gateway.errors import NOT_FOUND, BpgError, KubernetesError
from localcloud.gateway.http import HttpAnswer, HttpRequest, as_error, as_json, as_text
from localcloud.gateway.jackson import Texts
from localcloud.gateway.lookup import Lookup
from localcloud.gateway.paths import Operation, Way, way
from localcloud.gateway.profile import Profile
from localcloud.gateway.request import read_request
from localcloud.gateway.routing import Turn
from localcloud.gateway.statuscache import StatusCache

LISTS_PER_SECOND = 20.0
COMMITS: Mapping[Profile, str] = {Profile.AWS_PIN: "aa3e5c8", Profile.PRE_DW5: "5e40371"}
UNCHECKED = "com.google.common.util.concurrent.UncheckedExecutionException"
TOO_MANY = 429


@dataclass(frozen=True)
class World:
    """What a process of BPG finds around it.

    Attributes:
        connect: Reaches Spark clusters.
        references: Resolves what the file refers to.
        dice: For draws.
        now: Seconds since 1970.
        clock: Monotonic seconds.
        new_id: 32 hexadecimal digits.
    """

    connect: Connect
    references: References
    dice: Dice
    now: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex


class Gateway:
    """One process of BPG.

    Args:
        config: What it started from.
        world: What is around it.
    """

    def __init__(self, config: Config, world: World) -> None:
        self.config = config
        self.closing = threading.Event()
        """Set when it stops: logs end."""
        self._world = world
        self._lookup = Lookup(config, world.references, world.connect)
        self._cache = StatusCache(config.status_cache_millis, world.clock)
        self._lists = Throttle(LISTS_PER_SECOND, LISTS_PER_SECOND, world.clock)
        self._zones: Counter[str] = Counter()
        self._operations: Mapping[Operation, Callable[[HttpRequest, Way, str], HttpAnswer]] = {
            Operation.SUBMIT: self._submit,
            Operation.STATUS: self._status,
            Operation.SPEC: lambda request, way, user: as_json(views.spec_of(self._lookup.app(way.submission)[1])),
            Operation.DRIVER: self._driver,
            Operation.DESCRIBE: self._describe,
            Operation.DELETE: self._delete,
            Operation.MINE: self._mine,
            Operation.LOG: self._log,
            Operation.ALL: self._all,
            Operation.VERSION: self._version,
            Operation.HEALTH: lambda request, way, user: as_json({"status": "OK"}),
            Operation.OPENAPI: lambda request, way, user: as_json({"openapi": "3.0.1"}),
        }

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer a request below the context path. It may take as long as a cluster takes."""
        try:
            asked = way(request.method, request.path, self.config.context_path)
            user = "" if asked.is_open else caller(self.config, request.user_account, request.basic_user)
            return self._operations[asked.operation](request, asked, user)
        except BpgError as error:
            return as_error(error)

    def _submit(self, request: HttpRequest, asked: Way, user: str) -> HttpAnswer:
        body = read_request(request.body.decode(errors="replace"), request.headers.get("content-type", ""))
        turn = Turn(self.config, body, user, self._world.dice, self._world.now())
        name = submission.proxied(user, request.query.get("dagUser", "dagUser"))
        job = submission.prepare(turn, proxy_user=name, pick_zone=self._pick_zone, new_id=self._world.new_id)
        target = self._lookup.target(job.cluster)
        app = submission.labelled(self.config, body, job, name)
        target.create(job.cluster.namespace or "", app)
        return as_json({"submissionId": job.id})

    def _status(self, request: HttpRequest, asked: Way, user: str) -> HttpAnswer:
        try:
            cluster = self._lookup.cluster(asked.submission)
        except BpgError as error:
            # It is thrown inside the cache, which wraps it and keeps nothing.
            raise BpgError(500, error.named, UNCHECKED) from error

        def load() -> dict[str, Any]:
            try:
                app = self._lookup.target(cluster).get(cluster.namespace or "", asked.submission)
            except KubernetesError as error:
                if error.answered == TOO_MANY:
                    return {"applicationState": views.UNKNOWN, "applicationErrorMessage": error.named}
                raise BpgError(500, f"Failed to get status: {error.named}") from error
            except BpgError as error:
                raise BpgError(500, f"Failed to get status: {error.named}") from error
            if app is None:
                raise BpgError(404, self._not_found(asked.submission))
            return views.status_of(app, cluster, self._world.now())

        return as_json(self._cache.get(asked.submission, load))

    def _not_found(self, name: str) -> str:
        return f"Application submission {name} not found" if self.config.profile is Profile.AWS_PIN else NOT_FOUND

    def _driver(self, request: HttpRequest, asked: Way, user: str) -> HttpAnswer:
        cluster, app = self._lookup.app(asked.submission)
        if not joblog.has_driver(app):
            return as_json({})
        pod = self._lookup.target(cluster).pod(cluster.namespace or "", app["status"]["driverInfo"]["podName"])
        if pod is None:
            return as_json({})
        started = views.millis(pod.get("status", {}).get("startTime"))
        return as_json(views.said({"podName": pod["metadata"]["name"], "startTime": started}))

    def _describe(self, request: HttpRequest, asked: Way, user: str) -> HttpAnswer:
        cluster, app = self._lookup.app(asked.submission)
        target, namespace = self._lookup.target(cluster), cluster.namespace or ""
        events, driver = (target.events(namespace, f"{asked.submission}{end}") for end in ("", "-driver"))
        return as_text(views.description(app, events, driver))

    def _delete(self, request: HttpRequest, asked: Way, user: str) -> HttpAnswer:
        cluster = self._lookup.cluster(asked.submission)
        self._lookup.target(cluster).delete(cluster.namespace or "", asked.submission)
        return as_json({} if self.config.profile is Profile.AWS_PIN else {"submissionId": asked.submission})

    def _log(self, request: HttpRequest, asked: Way, user: str) -> HttpAnswer:
        name, application = request.query.get("subId", ""), request.query.get("appId", "")
        joblog.check_ids(name, application)
        try:
            found = request.query.get("s3only", "false").lower() == "false" and joblog.has_driver(
                self._lookup.app(name)[1]
            )
        except BpgError:
            found = False
        if not found:
            return as_text(joblog.NO_LOG)
        stream = joblog.follow(lambda: self._lookup.app(name)[1], self.closing)
        return HttpAnswer(200, content_type="application/octet-stream", stream=stream)

    def _mine(self, request: HttpRequest, asked: Way, user: str) -> HttpAnswer:
        if not self._lists.passes():
            words = f"Too many requests for mySubmissions endpoint (limit: {LISTS_PER_SECOND:.0f} requests per second)"
            raise BpgError(TOO_MANY, words)
        return as_json({"submissions": list(self._summaries({"proxyUser": user}))})

    def _all(self, request: HttpRequest, asked: Way, user: str) -> HttpAnswer:
        """List everything until something fails; what came before is the answer."""
        wanted = request.query.get("name")
        found: list[dict[str, Any]] = []
        with suppress(BpgError, KeyError):
            found.extend(self._summaries({}))
        shown = [one for one in found if wanted is None or one.get("applicationName") == wanted]
        return as_text("".join(f"{json.dumps(one)}\n" for one in shown))

    def _summaries(self, labels: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        for cluster in self.config.clusters or ():
            if cluster is not None:
                for app in self._lookup.target(cluster).find(cluster.namespace or "", labels):
                    yield views.summary_of(app, cluster, self._world.now())

    def _version(self, request: HttpRequest, asked: Way, user: str) -> HttpAnswer:
        return as_json({"version": "1.0", "buildTime": "", "gitCommit": COMMITS[self.config.profile]})

    def _pick_zone(self, queue: str, zones: Texts) -> str:
        index = self._zones[queue]
        self._zones[queue] = index + 1
        return zones[index % len(zones)] or ""
