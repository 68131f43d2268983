"""Loopback addresses of one's own, 127.0.x.y, for pods and Services.

Why reserved: ports of pods are fixed, so two nodes on one machine must not hand out the same address. A subnet is held
by an abstract socket's name, which the kernel frees with the process (unix(7)). It opens no port.
"""

from __future__ import annotations

import random
import socket
from collections import deque
from collections.abc import Sequence
from types import TracebackType

SUBNETS = range(1, 255)
"""127.0.0.0/24 is everybody's."""
HOSTS = range(1, 255)


class NoAddressError(RuntimeError):
    """Every subnet is in use."""


class Addresses:
    """Hands out addresses inside its `with` block; one that was given back comes last.

    Args:
        subnets: the x that may be taken.
    """

    def __init__(self, subnets: Sequence[int] = SUBNETS) -> None:
        self._subnets = subnets
        self._held: list[socket.socket] = []
        self._free: deque[str] = deque()

    def take(self) -> str:
        """Return an address that nobody else on this machine was given.

        Raises:
            NoAddressError: there is none.
        """
        if not self._free:
            subnet = self._reserve()
            self._free.extend(f"127.0.{subnet}.{host}" for host in HOSTS)
        return self._free.popleft()

    def give_back(self, address: str) -> None:
        """Let an address be used again."""
        self._free.append(address)

    def __enter__(self) -> Addresses:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in self._held:
            name.close()
        self._held.clear()
        self._free.clear()

    def _reserve(self) -> int:
        for subnet in random.SystemRandom().sample(self._subnets, len(self._subnets)):
            name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                name.bind(f"\0mwaa-localcloud-127.0.{subnet}")
            except OSError:
                name.close()
                continue
            self._held.append(name)
            return subnet
        raise NoAddressError("every subnet 127.0.x.0/24 is used by a kubelet stand-in; end some of them")
