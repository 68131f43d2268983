"""The command lines of etcd, kube-apiserver and kube-controller-manager.

Why apart: which flags a server needs is knowledge of its own (Kubernetes' component reference), and pure. Nothing is
started here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from localcloud.ports import LOOPBACK

CONTROLLERS = (
    "clusterrole-aggregation-controller",
    "deployment-controller",
    "disruption-controller",
    "endpointslice-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "replicaset-controller",
    "resourcequota-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
)
"""What users and the operator can observe; schedulers, nodes and volumes have nobody to serve them here."""

SERVICE_RANGE = "10.0.0.0/24"

ADVERTISED = "192.0.2.1"
"""An address for documentation (RFC 5737): the server insists on one that is not loopback and we publish it nowhere."""


@dataclass(frozen=True)
class Layout:
    """Ports and files of one control plane; all files lie in `directory`."""

    directory: Path
    etcd_port: int
    etcd_peer_port: int
    apiserver_port: int

    @property
    def etcd_url(self) -> str:
        """Where etcd serves its clients."""
        return f"http://{LOOPBACK}:{self.etcd_port}"

    @property
    def apiserver_url(self) -> str:
        """Where the API server listens."""
        return f"https://{LOOPBACK}:{self.apiserver_port}"


def etcd(layout: Layout) -> list[str]:
    """Return etcd's arguments: one member, no fsync (a crash of the machine may lose data, a kill does not)."""
    peer = f"http://{LOOPBACK}:{layout.etcd_peer_port}"
    return [
        f"--data-dir={layout.directory / 'etcd'}",
        "--name=localcloud",
        f"--listen-client-urls={layout.etcd_url}",
        f"--advertise-client-urls={layout.etcd_url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=localcloud={peer}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def apiserver(layout: Layout) -> list[str]:
    """Return kube-apiserver's arguments: RBAC, static tokens, service-account tokens, all default admission plugins."""
    keys = layout.directory / "pki"
    return [
        f"--etcd-servers={layout.etcd_url}",
        f"--bind-address={LOOPBACK}",
        f"--secure-port={layout.apiserver_port}",
        f"--advertise-address={ADVERTISED}",
        "--endpoint-reconciler-type=none",
        f"--tls-cert-file={keys / 'apiserver.crt'}",
        f"--tls-private-key-file={keys / 'apiserver.key'}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={keys / 'serviceaccount.pub'}",
        f"--service-account-signing-key-file={keys / 'serviceaccount.key'}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--authorization-mode=RBAC",
        f"--token-auth-file={layout.directory / 'tokens.csv'}",
        "--profiling=false",
    ]


def controller_manager(layout: Layout) -> list[str]:
    """Return kube-controller-manager's arguments: no election, no port of its own, only CONTROLLERS."""
    keys = layout.directory / "pki"
    return [
        f"--kubeconfig={layout.directory / 'admin.kubeconfig'}",
        f"--controllers={','.join(CONTROLLERS)}",
        f"--service-account-private-key-file={keys / 'serviceaccount.key'}",
        f"--root-ca-file={keys / 'ca.crt'}",
        "--leader-elect=false",
        "--secure-port=0",
        "--profiling=false",
    ]
