"""Two replicas of the operator and one Lease, each with a proxy and an access key of its own.

So every write to the API server and to AWS can be laid at the door of one of them. It makes and asks; tests assert.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from localcloud.faultproxy import FaultProxy
from localcloud.faultrules import WRITES
from localcloud.operatorprocess import OperatorProcess
from tests.support.cloud import World
from tests.support.wait import eventually

SHORT = {
    "MWAA_OPERATOR_LEASE_DURATION": "4",
    "MWAA_OPERATOR_RENEW_DEADLINE": "3.5",
    "MWAA_OPERATOR_RETRY_PERIOD": "0.5",
}
"""A call may last (4 - 0.5) / 2 s: none may begin from 2.25 s after a renewal on. The process gives up at 3.5 s."""


@dataclass(frozen=True)
class Replica:
    """One operator with a proxy and an access key of its own."""

    process: OperatorProcess
    proxy: FaultProxy
    key: str

    def leads(self) -> bool:
        """Whether its log says that it took the Lease."""
        return "leader.acquired" in self.process.log_text()

    def writes(self) -> int:
        """Return how many writes to the API server it has asked for, its tries at the Lease apart."""
        counts = self.proxy.counts()
        return sum(number for (method, what, _), number in counts.items() if method in WRITES and what != "leases")

    def mutations(self, world: World, service: str = "mwaa") -> list[str]:
        """Return what it has asked AWS to change, in order."""
        entries = world.cloud.aws.ledger.mutations(service)
        return [f"{item.call.operation} {item.call.resource}" for item in entries if item.call.principal == self.key]


@contextmanager
def two_replicas(world: World, name: str, env: Mapping[str, str] | None = None) -> Iterator[tuple[Replica, Replica]]:
    """Start a leader and a standby with short leases; the operator that tests share is stopped meanwhile.

    Args:
        world: The system under test.
        name: Part of their access keys.
        env: Settings beside those of `SHORT`.
    """
    assert world.operator.stop(30) == 0
    with ExitStack() as closing:
        first = _start(world, closing, f"first-{name}", env or {})
        eventually(first.leads, within=20, what="the first to lead")
        second = _start(world, closing, f"second-{name}", env or {})
        assert not second.leads()
        yield first, second
    world.vacate()
    world.operator.restart()


def _start(world: World, closing: ExitStack, key: str, env: Mapping[str, str]) -> Replica:
    proxy = closing.enter_context(world.cloud.control_plane.fault_proxy())
    process = world.launcher.start(proxy=proxy, env={**SHORT, **env, "AWS_ACCESS_KEY_ID": key})
    closing.callback(process.kill)
    process.wait_ready(60)
    return Replica(process, proxy, key)
