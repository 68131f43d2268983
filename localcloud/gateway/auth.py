"""Who is let in: names alone count, and either of two will do. Pure.

Source: apple/batch-processing-gateway, UserNameAuthFilter, UserUnauthorizedHandler; Dropwizard's chained filters.
"""

from __future__ import annotations

from localcloud.gateway.config import Config
from localcloud.gateway.errors import UnauthorizedError

ANYBODY = "*"


def caller(config: Config, *names: str | None) -> str:
    """Return the first name that passes.

    Args:
        config: Its lists compare case and all.
        names: Those that a request bears, None where it bears none.

    Raises:
        UnauthorizedError: None passes.
    """
    allowed, blocked = config.allowed_users or (), config.blocked_users or ()
    for name in names:
        if name is not None and name not in blocked and (ANYBODY in allowed or name in allowed):
            return name
    raise UnauthorizedError
