"""kopf's settings for a shell that only watches.

Each line switches off something that kopf would do on its own, or bounds something that it leaves unbounded. With these
settings and only `on.event` handlers kopf writes nothing to the cluster.
"""

from __future__ import annotations

import kopf

INACTIVITY_SECONDS = 70.0
"""A watch that brings nothing for so long is opened anew; the API server sends a bookmark about once a minute."""


def watch_settings(*, inactivity_timeout: float = INACTIVITY_SECONDS) -> kopf.OperatorSettings:
    """Return kopf's settings.

    Args:
        inactivity_timeout: Seconds of silence after which a watch counts as dead.
    """
    settings = kopf.OperatorSettings()
    settings.peering.standalone = True  # the Lease decides who acts; peers would freeze each other
    settings.posting.enabled = False  # Events are ours
    settings.scanning.disabled = True  # no watch on CRDs: it would need more rights, and `served` waits for them
    settings.watching.server_timeout = 600
    settings.watching.client_timeout = 900
    settings.watching.connect_timeout = 10
    settings.watching.inactivity_timeout = inactivity_timeout
    settings.watching.chunk_size = 500
    settings.networking.request_timeout = 30
    settings.networking.connect_timeout = 10
    settings.queueing.worker_limit = None  # a limit would count idle objects and starve the others
    settings.process.ultimate_exiting_timeout = None  # how the process ends is decided in `lifecycle`
    return settings
