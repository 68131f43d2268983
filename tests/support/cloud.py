"""The system under test: a local cloud, the chart installed on it, and one operator process behind a fault proxy.

Tests take a `Team` (a namespace of their own) and objects in it from here, and act as users would: through the
API server and AWS. It knows the operator by its objects, its log and its calls only.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from localcloud.aws.moto import landscape
from localcloud.aws.moto.cloud import MotoCloud
from localcloud.aws.moto.seed import seed
from localcloud.aws.mwaa.control import MwaaControl
from localcloud.aws.mwaa.laws import Habits
from localcloud.aws.serverless.control import ServerlessControl
from localcloud.aws.serverless.laws import Durations as ServerlessDurations
from localcloud.aws.serverless.laws import Habits as ServerlessHabits
from localcloud.cloud import LocalCloud
from localcloud.faultproxy import FaultProxy
from localcloud.launcher import Launcher
from localcloud.operatorprocess import OperatorProcess
from tests.support import teamworkflow
from tests.support.team import API, PREFIX, Team
from tests.support.wait import eventually
from tests.support.watching import Watching

ACCOUNT = "default"

TIME_FACTOR = 600.0
DURATIONS = {
    "create": 0.6,
    "create_failure": 0.4,
    "pending_check": 0.3,
    "create_after_endpoints": 0.3,
    "update": 0.4,
    "graceful": 0.1,
    "snapshot_begins": 0.1,
    "snapshot": 0.2,
    "version_update": 0.6,
    "update_failure": 0.3,
    "rollback": 0.2,
    "delete": 0.4,
    "deleted_readable": 0.5,
    "maintenance": 1.0,
    "create_invisible": 0.0,
    "update_invisible": 0.0,
    "tags_invisible": 0.0,
}
"""Seconds that AWS takes: long enough to be seen, short enough not to be waited for."""
PLURALS = ("mwaaenvironments", "serverlessworkflows", "awsaccounts")

ACCOUNT_SPEC: Mapping[str, Any] = {
    "accountId": landscape.ACCOUNT,
    "namespaces": {"from": "All"},
    **{name: ["*"] for name in ("regions", "executionRoles", "buckets", "kmsKeys", "subnets", "securityGroups")},
    "environmentClasses": ["*"],
    "adoption": {"allowed": True},
    "definitionStore": teamworkflow.STORE,
}
SETTINGS: Mapping[str, Any] = {
    "workers": 40,
    "accountConcurrency": 40,
    "awsRate": 1000,
    "awsBurst": 1000,
    "awsServerlessRate": 1000,
    "awsServerlessBurst": 1000,
    "leaseDuration": 15,
    "renewDeadline": 10,
    "retryPeriod": 1,
    "logLevel": "DEBUG",
}


class World:
    """Everything that the system tests share, inside its `with` block.

    Attributes:
        cloud: Control plane and simulated AWS.
        proxy: Stands between operator and API server.
        launcher: Starts further replicas.
        operator: The replica that tests share; `mend` starts it again.
        environments: Every version of every MwaaEnvironment.
        workflows: Likewise of ServerlessWorkflows.
        accounts: Likewise of AwsAccounts.
    """

    cloud: LocalCloud
    proxy: FaultProxy
    launcher: Launcher
    operator: OperatorProcess
    environments: Watching
    workflows: Watching
    accounts: Watching

    def __init__(self, *, tls: bool = False) -> None:
        self._tls = tls
        self._closing = ExitStack()

    def __enter__(self) -> World:
        with ExitStack() as undo:
            self.cloud = undo.enter_context(LocalCloud(time_factor=TIME_FACTOR, tls=self._tls))
            self.proxy = undo.enter_context(self.cloud.control_plane.fault_proxy())
            self.reset_aws()
            self.launcher = self.cloud.launcher()
            self.install()
            self.environments, self.workflows, self.accounts = (
                undo.enter_context(Watching(self.cloud.control_plane, f"{API}/{plural}")) for plural in PLURALS
            )
            self.account(ACCOUNT)
            self.operator = self.launcher.start(proxy=self.proxy)
            undo.callback(lambda: self.operator.stop(10))
            self.operator.wait_ready(60)
            self._closing = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    @property
    def api(self) -> Any:
        """A REST client of the administrator, not through the proxy."""
        return self.cloud.control_plane.api

    @property
    def mwaa(self) -> MwaaControl:
        """Simulated MWAA from inside."""
        return self.cloud.aws.mwaa

    @property
    def serverless(self) -> ServerlessControl:
        """Simulated MWAA Serverless from inside."""
        return self.cloud.aws.serverless

    @property
    def moto(self) -> MotoCloud:
        """The other simulated services."""
        assert self.cloud.aws.moto is not None
        return self.cloud.aws.moto

    def client(self, service: str) -> Any:
        """Return a boto3 client of the seeded account."""
        bundle = self.cloud.aws_env.get("AWS_CA_BUNDLE")
        return self.moto.client(service, verify=bundle)

    def reset_aws(self) -> None:
        """Bring AWS's laws, and what an environment needs there, back to what every test begins with."""
        aws = self.cloud.aws
        aws.faults.clear()
        self.moto.denials.clear()
        aws.conduct.set(latency=0.0, rate=None)
        self.mwaa.configure(**DURATIONS, habits=Habits(), environments=1000, bad_values=(), hidden_reads=0)
        self.serverless.configure(
            durations=ServerlessDurations().scaled(TIME_FACTOR),
            habits=ServerlessHabits(),
            scripts=(),
            workflows=1000,
            versions=50,
            account_runs=1000,
            workflow_runs=20,
        )
        self.moto.quotas.set(landscape.ACCOUNT, "L-ENVIRONMENTS", 1000.0)
        if landscape.BUCKET not in [item["Name"] for item in self.client("s3").list_buckets()["Buckets"]]:
            # Another simulated cloud of this process took its moto along: there is one moto in a process.
            self.moto.reset()
            seed(_Clients(self))
            teamworkflow.prepare(self)

    def mend(self) -> None:
        """Undo what a test may have left: rules, faults, a dead operator."""
        self.proxy.clear()
        self.reset_aws()
        if self.operator.returncode is not None:
            self.operator.restart()
        self.operator.wait_ready(60)

    def logs(self) -> list[Path]:
        """Return the logs of all operator processes so far."""
        return sorted(self.cloud.control_plane.household.directory.glob("mwaa-operator-*.log"))

    def account(self, name: str, **spec: Any) -> str:
        """Create an AwsAccount that admits everything but what `spec` says, and return its path."""
        kind = {"apiVersion": f"{PREFIX}/v1alpha1", "kind": "AwsAccount"}
        body = {**kind, "metadata": {"name": name}, "spec": {**ACCOUNT_SPEC, **spec}}
        answer = self.api.post(f"{API}/awsaccounts", body)
        assert answer.ok, answer.body
        return f"{API}/awsaccounts/{name}"

    def install(self) -> None:
        """Install the chart, or mend what is missing of it, and wait until the kinds are served."""
        self.launcher.install({"replicas": 1, "settings": dict(SETTINGS)})
        paths = [f"{API}/{plural}" for plural in PLURALS]
        eventually(lambda: all(self.api.get(path).ok for path in paths), within=20, what="the kinds served")

    @contextmanager
    def team(self) -> Iterator[Team]:
        """Make a namespace; afterwards let its objects go, remove what they made from AWS and judge every write."""
        team = Team(self, f"team-{uuid.uuid4().hex[:8]}")
        answer = self.api.post("/api/v1/namespaces", {"metadata": {"name": team.namespace}})
        assert answer.ok, answer.body
        try:
            yield team
            leaks = team.leaks()
        finally:
            self.mend()
            team.clear()
        assert not leaks, leaks
        assert not team.complaints(), "\n".join(team.complaints())

    @contextmanager
    def teams(self, number: int) -> Iterator[list[Team]]:
        """Make several namespaces; see `team`."""
        with ExitStack() as stack:
            yield [stack.enter_context(self.team()) for _ in range(number)]

    def vacate(self) -> None:
        """Declare the Lease of a killed operator free, so that nobody has to wait for it to run out."""
        path = f"/apis/coordination.k8s.io/v1/namespaces/{self.launcher.namespace}/leases/mwaa-operator"
        answer = self.api.patch(path, {"spec": {"holderIdentity": None}})
        assert answer.ok, answer.body


class _Clients:
    """What `seed` wants: clients of the default account."""

    def __init__(self, world: World) -> None:
        self.client = world.client
