"""A real Kubernetes control plane on loopback ports: etcd, kube-apiserver, kube-controller-manager.

Why real: admission, CEL, server-side apply, RBAC and watches are what the operator lives on, and no fake has them
right. There is no scheduler and no kubelet: Deployments become Pods that stay pending. It knows nothing of the
operator.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from localcloud.faultproxy import FaultProxy
from localcloud.kube import flags
from localcloud.kube.identity import ADMIN, TENANTS, Identity
from localcloud.kube.kubeconfig import write_kubeconfig
from localcloud.kube.rest import Rest
from localcloud.ports import free_ports
from localcloud.process import Household, Process
from localcloud.toolchain import Toolchain, ensure_tools
from localcloud.waiting import wait_until

READY_SECONDS = 60.0
"""Until a start counts as failed. It takes 2 to 6 s on two idle cores."""


class CommandFailedError(RuntimeError):
    """kubectl or helm ended with an error; the message carries its output."""


class ControlPlane:
    """Starts on entering the `with` block and is gone, with its files, after it (or with this process).

    Args:
        data_dir: kept for the next start if given (state, keys and tokens); otherwise a temporary directory.
        users: static users and their groups besides `admin`.
        apiserver_flags: added to the API server's command line.
        tools: where the programs are; found or built by default.

    Raises:
        ProcessFailedError, TimeoutError: a server did not come up; the message has the end of its log.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        users: Mapping[str, Sequence[str]] = TENANTS,
        apiserver_flags: Sequence[str] = (),
        tools: Toolchain | None = None,
    ) -> None:
        self._data_dir = data_dir
        self._users = users
        self._apiserver_flags = tuple(apiserver_flags)
        self.tools = tools or ensure_tools()
        self._closing = ExitStack()

    def __enter__(self) -> ControlPlane:
        with ExitStack() as undo:
            self.household = undo.enter_context(Household(self._data_dir))
            self.directory = self.household.directory
            undo.enter_context(_alone_in(self.directory))
            self.identity = Identity(self.directory, self._users)
            self.layout = flags.Layout(self.directory, *free_ports(3))
            self.admin_kubeconfig = self.kubeconfig_for_token(self.identity.user_token(ADMIN), "admin")
            self.api = self.rest()
            self._start_servers()
            self._closing = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._data_dir is not None:
            # The others keep nothing of their own; etcd is let finish what it writes.
            for process in (self.controller_manager, self.apiserver):
                process.kill()
            self.etcd.stop()
        self._closing.close()

    @property
    def url(self) -> str:
        """The API server's base URL."""
        return self.layout.apiserver_url

    def rest(self, token: str | None = None, *, proxy: FaultProxy | None = None) -> Rest:
        """Return a REST client: as the administrator by default, and through a running fault proxy if given."""
        bearer = token or self.identity.user_token(ADMIN)
        return Rest(proxy.url if proxy else self.url, self.identity.authority.client_context(), bearer)

    def token(self, namespace: str, service_account: str, *, seconds: int = 3600) -> str:
        """Mint a token of a ServiceAccount, as the kubelet would (TokenRequest, authentication.k8s.io/v1).

        Args:
            namespace: of the account.
            service_account: its name.
            seconds: lifetime; the API server's minimum is 600.
        """
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{service_account}/token"
        answer = self.api.post(path, {"spec": {"expirationSeconds": seconds}})
        if not answer.ok:
            raise CommandFailedError(f"no token for {namespace}/{service_account}: {answer.body}")
        return str(answer.body["status"]["token"])

    def user_token(self, user: str) -> str:
        """Return the token of one of the static users (`admin`, `tenant-a`, `tenant-b` …)."""
        return self.identity.user_token(user)

    def kubeconfig_for_token(self, token: str, name: str, *, namespace: str = "default") -> Path:
        """Write a kubeconfig `<name>.kubeconfig` that uses `token` and return its path."""
        path = self.directory / f"{name}.kubeconfig"
        authority = self.identity.authority.files.certificate
        return write_kubeconfig(path, server=self.url, authority=authority, token=token, namespace=namespace)

    def fault_proxy(self) -> FaultProxy:
        """Return a fault proxy before this API server: a context manager, not started yet."""
        return FaultProxy(self.url, self.identity.authority)

    def proxied_kubeconfig(self, proxy: FaultProxy, token: str, name: str) -> Path:
        """Write a kubeconfig like `kubeconfig_for_token` whose server is a running fault proxy, and return its path."""
        path = self.directory / f"{name}.kubeconfig"
        authority = self.identity.authority.files.certificate
        return write_kubeconfig(path, server=proxy.url, authority=authority, token=token)

    def kubectl(self, *args: str, stdin: str | None = None, kubeconfig: Path | None = None) -> str:
        """Run kubectl as the administrator (or by another kubeconfig) and return its standard output.

        Raises:
            CommandFailedError: it ended with an error.
        """
        return self._run("kubectl", args, stdin, kubeconfig)

    def helm(self, *args: str, stdin: str | None = None, kubeconfig: Path | None = None) -> str:
        """Run helm likewise; its cache and plugins stay in this control plane's directory."""
        return self._run("helm", args, stdin, kubeconfig)

    def restart_apiserver(self) -> None:
        """Kill the API server and start it again on the same port; returns when it is ready, some 2 s later.

        Killed, because on SIGTERM it waits for its clients' watches to end. `apiserver.kill()` and `start_apiserver()`
        are the two halves of a longer outage.
        """
        self.apiserver.kill()
        self.start_apiserver()

    def _start_servers(self) -> None:
        self.etcd = self.household.start("etcd", [self.tools["etcd"], *flags.etcd(self.layout)])
        self.start_apiserver()
        command = [self.tools["kube-controller-manager"], *flags.controller_manager(self.layout)]
        self.controller_manager = self.household.start("kube-controller-manager", command)
        self._await_controllers()

    def start_apiserver(self) -> None:
        """Start the API server after an outage and wait until it is ready."""
        command = [self.tools["kube-apiserver"], *flags.apiserver(self.layout), *self._apiserver_flags]
        self.apiserver: Process = self.household.start("kube-apiserver", command)
        self._await_ready()

    def _await_ready(self) -> None:
        def ready() -> bool:
            self.etcd.check()
            self.apiserver.check()
            try:
                return self.api.call("GET", "/readyz", timeout=2).ok
            except OSError:
                return False

        wait_until(ready, within=READY_SECONDS, what="the API server's /readyz", explain=self.apiserver.tail)

    def _await_controllers(self) -> None:
        """The default ServiceAccount and the published root CA are the controllers' first visible deeds."""
        paths = ("serviceaccounts/default", "configmaps/kube-root-ca.crt")

        def at_work() -> bool:
            self.controller_manager.check()
            return all(self.api.get(f"/api/v1/namespaces/default/{path}").ok for path in paths)

        wait_until(
            at_work,
            within=READY_SECONDS,
            what="the controller manager's first deeds",
            explain=self.controller_manager.tail,
        )

    def _run(self, tool: str, args: Sequence[str], stdin: str | None, kubeconfig: Path | None) -> str:
        home = self.directory / "home"
        env = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(home),
            "KUBECONFIG": str(kubeconfig or self.admin_kubeconfig),
        }
        done = subprocess.run(
            [self.tools[tool], *args],
            input=stdin or "",
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if done.returncode != 0:
            raise CommandFailedError(
                f"{tool} {' '.join(args)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return done.stdout


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Refuse a data directory that another control plane is at work in."""
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise RuntimeError(f"another control plane uses {directory}: stop it or name another directory") from taken
        yield
