"""The whole cloud: a control plane, a simulated AWS beside it, and launchers for the operator.

Why: the demo, the system tests and `localcloud up` want the same composition. It wires; every part works without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from localcloud.aws.cloud import SimulatedAws
from localcloud.aws.listening import Tls
from localcloud.controlplane import ControlPlane
from localcloud.launcher import Launcher


class LocalCloud:
    """Runs inside its `with` block.

    Attributes:
        control_plane: Kubernetes.
        aws: simulated AWS; made when the block is entered.

    Args:
        data_dir: of the control plane, kept; None for a temporary one. AWS starts empty each time.
        time_factor: how much faster simulated AWS works; the operator that a launcher starts is told the same.
        tls: whether AWS is served by TLS, with a certificate of the control plane's authority.
    """

    aws: SimulatedAws

    def __init__(self, data_dir: Path | None = None, *, time_factor: float = 60.0, tls: bool = False) -> None:
        self.control_plane = ControlPlane(data_dir)
        self._time_factor = time_factor
        self._tls = tls
        self._closing = ExitStack()

    def __enter__(self) -> LocalCloud:
        with ExitStack() as undo:
            undo.enter_context(self.control_plane)
            self.aws = undo.enter_context(SimulatedAws(time_factor=self._time_factor, tls=self._certificate()))
            self._closing = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    @property
    def env(self) -> Mapping[str, str]:
        """Environment variables with which kubectl, helm and the AWS SDKs talk to this cloud."""
        return {"KUBECONFIG": str(self.control_plane.admin_kubeconfig), **self.aws_env}

    @property
    def aws_env(self) -> Mapping[str, str]:
        """Those for AWS alone: endpoints, credentials and, with TLS, whom to trust."""
        trust = {"AWS_CA_BUNDLE": str(self.control_plane.identity.authority.files.certificate)} if self._tls else {}
        return {**self.aws.env, **trust}

    def launcher(self, *, namespace: str = "mwaa-operator", release: str = "mwaa-operator") -> Launcher:
        """Return a launcher whose operator works on this cloud's AWS, at its speed."""
        env = {**self.aws_env, "MWAA_OPERATOR_TIME_FACTOR": f"{self._time_factor:g}"}
        return Launcher(self.control_plane, namespace=namespace, release=release, env=env)

    def _certificate(self) -> Tls | None:
        if not self._tls:
            return None
        files = self.control_plane.identity.authority.issue("aws")
        return Tls(files.certificate, files.key)
