"""Free loopback ports for servers that cannot be told "any".

Why a module: a port asked from the kernel's ephemeral range may be taken by somebody's outgoing connection before the
server binds it, so these come from below that range. Servers that take port 0 should be given 0 instead.
"""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"

FIRST, LAST = 20000, 32000
"""Below Linux' default ephemeral range (net.ipv4.ip_local_port_range, 32768 and up)."""


def free_ports(count: int) -> list[int]:
    """Return `count` different TCP ports of 127.0.0.1 that nobody listens on right now.

    Raises:
        RuntimeError: the whole range is taken.
    """
    found: list[int] = []
    for port in random.SystemRandom().sample(range(FIRST, LAST), LAST - FIRST):
        if len(found) == count:
            return found
        if _is_free(port):
            found.append(port)
    raise RuntimeError(
        f"no {count} free ports between {FIRST} and {LAST} on {LOOPBACK}; stop some servers and try again"
    )


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
