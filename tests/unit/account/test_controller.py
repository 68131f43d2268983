"""One pass over an AwsAccount against a Kubernetes and an AWS that answer by hand.

The API server is a dict here; that it behaves so is tested in tests/contract/test_kube_objects.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mwaa_operator.account.api import AwsAccountSpec
from mwaa_operator.account.controller import AccountController
from mwaa_operator.account.observe import Observer, Sources, verification_region
from mwaa_operator.account.reasons import Reason
from mwaa_operator.account.resolve import account_key
from mwaa_operator.api.failure import Failure, FailureKind
from mwaa_operator.api.meta import FINALIZER, ObjectKey
from mwaa_operator.api.plan import Notice
from mwaa_operator.api.result import Done, RequeueAfter, Result, Wait
from mwaa_operator.api.timing import Timings
from mwaa_operator.aws import identity
from mwaa_operator.aws.access import Access
from mwaa_operator.aws.errors import AwsError
from mwaa_operator.aws.sts import CallerIdentity
from mwaa_operator.kube.errors import Conflict, NotFound
from tests.support.accounts import ACCOUNT, ROLE, account_body

TIMINGS = Timings()
KEY = account_key("default")
CALLER = CallerIdentity(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/s")
USER = ObjectKey("MwaaEnvironment", "team-a", "one")
DENIED = Failure(FailureKind.CREDENTIALS, "sts:AssumeRole", "AccessDenied", "no")
SILENT = Failure(FailureKind.UNAVAILABLE, "sts:AssumeRole", "ReadTimeoutError", "late")


@dataclass
class Aws:
    """AWS as AwsAccounts see it: fulfils the part of AwsScope that is used."""

    answer: CallerIdentity | Failure = CALLER
    asked: list[tuple[Access, bool]] = field(default_factory=list)
    access: Access | None = None

    def scope(self, access: Access) -> Any:
        self.access = access
        return self

    def verify(self, *, fresh: bool = False) -> CallerIdentity:
        assert self.access is not None
        self.asked.append((self.access, fresh))
        if isinstance(self.answer, Failure):
            raise AwsError(self.answer)
        return self.answer


@dataclass
class World:
    """A cache, an API server and an AWS, and the controller between them."""

    stored: dict[ObjectKey, dict[str, Any]] = field(default_factory=dict)
    cached: dict[ObjectKey, dict[str, Any]] = field(default_factory=dict)
    references: tuple[ObjectKey, ...] = ()
    aws: Aws = field(default_factory=Aws)
    now: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)
    writes: list[str] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    reported: dict[ObjectKey, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sources = Sources(
            references=lambda name: self.references,
            scope=self.aws.scope,
            cluster_id=lambda: "cluster-uid",
            now=lambda: self.now,
        )
        self.controller = AccountController(
            cached=self.cached.get,
            written=lambda body: self.cached.update({KEY: body}),
            reported=lambda key, status: self.reported.update({key: status}),
            kube=self,
            observer=Observer(sources),
            timings=TIMINGS,
            now=lambda: self.now,
        )

    def put(self, body: dict[str, Any]) -> None:
        self.stored[KEY] = self.cached[KEY] = body

    def reconcile(self) -> Result:
        return self.controller.reconcile(KEY)

    def ready(self) -> tuple[str, str]:
        found = next(item for item in self.stored[KEY]["status"]["conditions"] if item["type"] == "Ready")
        return found["status"], found["reason"]

    def get(self, key: ObjectKey) -> dict[str, Any] | None:
        return self.stored.get(key)

    def apply_status(self, body: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
        return self._write("status", body, {**self._current(body), "status": status})

    def add_finalizer(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._with_finalizers("add", body, [*body["metadata"].get("finalizers", []), FINALIZER])

    def remove_finalizer(self, body: dict[str, Any]) -> dict[str, Any]:
        rest = [name for name in body["metadata"]["finalizers"] if name != FINALIZER]
        changed = self._with_finalizers("remove", body, rest)
        if not rest and "deletionTimestamp" in body["metadata"]:
            del self.stored[KEY]
        return changed

    def record(self, body: dict[str, Any], notice: Notice) -> None:
        self.notices.append(notice)

    def _with_finalizers(self, what: str, body: dict[str, Any], finalizers: list[str]) -> dict[str, Any]:
        current = self._current(body)
        return self._write(what, body, {**current, "metadata": {**current["metadata"], "finalizers": finalizers}})

    def _current(self, body: dict[str, Any]) -> dict[str, Any]:
        if KEY not in self.stored:
            raise NotFound("gone", status=404)
        if self.stored[KEY]["metadata"]["resourceVersion"] != body["metadata"]["resourceVersion"]:
            raise Conflict("moved on", status=409)
        return self.stored[KEY]

    def _write(self, what: str, body: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
        version = str(int(body["metadata"]["resourceVersion"]) + 1)
        self.stored[KEY] = {**changed, "metadata": {**changed["metadata"], "resourceVersion": version}}
        self.writes.append(what)
        return self.stored[KEY]


@pytest.fixture
def world() -> World:
    made = World()
    made.put(account_body())
    return made


def test_an_account_is_verified_with_one_write_and_then_left_alone(world: World) -> None:
    assert world.reconcile() == RequeueAfter(TIMINGS.maintenance)
    assert world.ready() == ("True", "Verified")
    assert world.writes == ["status"]
    assert [notice.reason for notice in world.notices] == ["Verified"]
    assert world.reported[KEY] == world.stored[KEY]["status"]
    world.reconcile()
    assert world.writes == ["status"]
    assert len(world.notices) == 1


def test_the_check_belongs_to_no_tenant_and_is_made_where_the_account_may_be_used(world: World) -> None:
    world.put(
        account_body(assumeRole={"roleArn": ROLE, "externalId": "ext"}, regions=["us-*", "eu-west-3", "eu-west-1"])
    )
    world.reconcile()
    assert world.aws.asked == [(Access("default", ACCOUNT, ROLE, "ext", "", "eu-west-3", "cluster-uid"), False)]


REGIONS = [
    (["eu-west-3"], None, None, "eu-west-3"),
    (["eu-*", "eu-west-3"], None, "us-east-2", "eu-west-3"),
    (["*"], None, "us-east-2", "us-east-2"),
    ([], None, None, "us-east-1"),
    (["*"], ROLE.replace("arn:aws:", "arn:aws-cn:"), None, "cn-north-1"),
    (["*"], ROLE.replace("arn:aws:", "arn:aws-us-gov:"), None, "us-gov-west-1"),
]


@pytest.mark.parametrize(("regions", "role", "home", "expected"), REGIONS)
def test_the_region_of_the_check_is_one_of_the_right_partition(
    regions: list[str], role: str | None, home: str | None, expected: str
) -> None:
    wire = {"accountId": ACCOUNT, "regions": regions} | ({"assumeRole": {"roleArn": role}} if role else {})
    assert verification_region(AwsAccountSpec.model_validate(wire), home) == expected


def test_the_mismatch_of_accounts_is_known_by_the_code_that_the_aws_layer_gives_it() -> None:
    assert identity.ACCOUNT_MISMATCH == Reason.ACCOUNT_MISMATCH


def test_a_refusal_is_written_and_retried_by_the_back_off(world: World) -> None:
    world.aws.answer = DENIED
    with pytest.raises(Wait) as waiting:
        world.reconcile()
    assert (waiting.value.reason, waiting.value.after) == ("AccessDenied", None)
    assert world.ready() == ("False", "AccessDenied")


def test_silence_is_measured_from_the_first_look_that_failed(world: World) -> None:
    world.reconcile()
    world.aws.answer = SILENT
    for minutes, ready in ((1, "True"), (30, "True"), (59, "True"), (61, "False")):
        world.now = datetime(2026, 11, 21, 12, tzinfo=UTC) + timedelta(minutes=minutes)
        with pytest.raises(Wait):
            world.reconcile()
        assert world.ready()[0] == ready, minutes


def test_silence_that_is_interrupted_begins_anew(world: World) -> None:
    world.reconcile()
    for answer in (SILENT, CALLER, SILENT):
        world.aws.answer = answer
        world.now += timedelta(minutes=40)
        try:
            world.reconcile()
        except Wait:
            assert isinstance(answer, Failure)
    assert world.ready() == ("True", "Verified")


def test_a_request_to_look_again_asks_aws_again_once(world: World) -> None:
    world.put(account_body(annotations={"mwaa-operator.io/reconcile-requested-at": "now"}))
    world.reconcile()
    world.reconcile()
    assert [fresh for _, fresh in world.aws.asked] == [True, False]
    assert world.stored[KEY]["status"]["lastHandledReconcileAt"] == "now"


def test_the_first_user_puts_the_finalizer_on_before_the_status_is_written(world: World) -> None:
    world.references = (USER,)
    world.reconcile()
    assert world.writes == ["add", "status"]
    assert world.stored[KEY]["metadata"]["finalizers"] == [FINALIZER]
    assert world.cached[KEY] == world.stored[KEY]


def test_the_last_user_takes_the_finalizer_with_it(world: World) -> None:
    world.put(account_body(finalizers=[FINALIZER, "theirs"]))
    world.reconcile()
    assert world.stored[KEY]["metadata"]["finalizers"] == ["theirs"]
    assert world.ready() == ("True", "Verified")


def test_a_deleted_account_that_is_used_stays_and_makes_no_call(world: World) -> None:
    world.references = (USER,)
    world.put(account_body(finalizers=[FINALIZER], deletionTimestamp="2026-11-21T12:00:00Z"))
    assert world.reconcile() == RequeueAfter(TIMINGS.poll_min)
    assert world.ready() == ("False", "InUse")
    assert world.aws.asked == []
    world.references = ()
    assert world.reconcile() == Done()
    assert KEY not in world.stored
    assert world.reported[KEY] is None


def test_a_namesake_made_in_the_meantime_keeps_its_finalizer(world: World) -> None:
    world.put(account_body(finalizers=[FINALIZER], deletionTimestamp="2026-11-21T12:00:00Z"))
    world.stored[KEY] = account_body(finalizers=[FINALIZER], uid="another", resourceVersion="9")
    assert world.reconcile() == Done()
    assert world.writes == []


def test_an_object_that_moved_on_is_read_again_and_nothing_is_told(world: World) -> None:
    world.stored[KEY] = account_body(resourceVersion="8", generation=2)
    assert isinstance(world.reconcile(), RequeueAfter)
    assert (world.writes, world.notices) == ([], [])
    assert world.cached[KEY]["metadata"]["generation"] == 2
    world.reconcile()
    assert world.stored[KEY]["status"]["observedGeneration"] == 2
    assert [notice.reason for notice in world.notices] == ["Verified"]


def test_an_object_that_is_gone_is_done(world: World) -> None:
    del world.stored[KEY]
    assert world.reconcile() == Done()
    world.cached.clear()
    assert world.reconcile() == Done()
    assert world.reported[KEY] is None


def test_an_account_that_does_not_fit_its_kind_any_more_says_why_and_makes_no_call(world: World) -> None:
    world.put(account_body(accountId="not twelve digits"))
    assert world.reconcile() == RequeueAfter(TIMINGS.stalled)
    assert world.ready() == ("False", "InvalidSpec")
    assert "accountId" in str(world.stored[KEY]["status"]["conditions"])
    assert world.aws.asked == []
    world.reconcile()
    assert world.writes == ["status"]
