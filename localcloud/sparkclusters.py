"""The EKS clusters of examples/spark: simulated AWS says where they are, jobs run on them, and each of them can die.

One API server stands for both, behind an address of its own each: another one would cost seconds and show nothing more.
What stands on it is in sparkclusters.yaml. It knows neither the operator nor the gateways.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from localcloud.aws.moto.cloud import MotoCloud
from localcloud.aws.moto.principals import DEFAULT_ACCOUNT
from localcloud.controlplane import ControlPlane
from localcloud.faultproxy import FaultProxy
from localcloud.faultrules import Drop, Rule
from localcloud.gateway import kubecluster
from localcloud.gateway.clusters import APPS, App, apps_path
from localcloud.gateway.sparkoperator import SparkOperator
from localcloud.gateway.sparkstates import TERMINAL
from localcloud.kube.eksauth import EksAuthenticator, User

ANALYTICS, DATASCIENCE = "analytics-cluster", "datascience-cluster"
CLUSTERS = (ANALYTICS, DATASCIENCE)
MANIFESTS = Path(__file__).with_name("sparkclusters.yaml")
OPERATOR = f"arn:aws:iam::{DEFAULT_ACCOUNT}:user/localcloud"
"""Whom simulated AWS takes the local cloud's own credentials for."""
OPERATOR_USER = "mwaa-operator"
"""Who that is on the clusters; MANIFESTS name it."""
DAY_SECONDS = 24 * 3600
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class SparkClusters:
    """Run inside the `with` block, and are known to AWS then.

    Attributes:
        control_plane: Their API server.
        proxies: What stands before it, by the names of the clusters in AWS.
        operator: Walks the jobs of both.

    Args:
        moto: Simulated AWS; running.
        time_factor: How much faster jobs run.
    """

    control_plane: ControlPlane
    proxies: Mapping[str, FaultProxy]
    operator: SparkOperator

    def __init__(self, moto: MotoCloud, *, time_factor: float) -> None:
        self._moto = moto
        self._time_factor = time_factor
        self._closing = ExitStack()

    def __enter__(self) -> SparkClusters:
        with ExitStack() as undo:
            plane = self.control_plane = undo.enter_context(ControlPlane(apiserver_flags=self._authentication(undo)))
            plane.kubectl("apply", "-f", str(MANIFESTS))
            kubecluster.install_crd(plane.api)
            self.proxies = {name: undo.enter_context(plane.fault_proxy()) for name in CLUSTERS}
            for name, proxy in self.proxies.items():
                self._moto.eks_cluster(name, proxy.url, self._authority())
            jobs = kubecluster.KubeJobs(plane.api)
            self.operator = undo.enter_context(SparkOperator(jobs, factor=self._time_factor))
            self._closing = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def token(self) -> str:
        """Return a token of datascience-cluster that holds for a day, as its owner would hand it to a gateway."""
        return self.control_plane.token("emr-science", "bpg", seconds=DAY_SECONDS)

    @contextmanager
    def down(self, cluster: str) -> Iterator[None]:
        """Let a cluster refuse every connection meanwhile; its jobs run on.

        Args:
            cluster: Its name in AWS.
        """
        self.proxies[cluster].add(Rule(Drop(), methods=METHODS, times=None))
        try:
            yield
        finally:
            self.proxies[cluster].clear()

    def remove_ended(self) -> None:
        """Delete the SparkApplications that have ended, as a Spark operator does when their time to live is over."""
        apps: list[App] = self.control_plane.api.get(f"{APPS}/sparkapplications").body["items"]
        for app in apps:
            state = (app.get("status") or {}).get("applicationState") or {}
            if state.get("state") in TERMINAL:
                self.control_plane.api.delete(apps_path(app["metadata"]["namespace"], app["metadata"]["name"]))

    def _authentication(self, undo: ExitStack) -> list[str]:
        """Return the flags for an API server that knows the operator by its AWS identity.

        The token of datascience-cluster is one of Kubernetes itself, so that one name of a cluster is enough.
        """
        answering = EksAuthenticator(ANALYTICS, sts=self._moto.url, secret_of=self._moto.secret_of)
        answering.entries[OPERATOR] = User(OPERATOR_USER)
        directory = undo.enter_context(tempfile.TemporaryDirectory())
        return undo.enter_context(answering).flags(Path(directory))

    def _authority(self) -> str:
        certificate = self.control_plane.identity.authority.files.certificate
        return base64.b64encode(certificate.read_bytes()).decode()
