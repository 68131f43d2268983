"""One read of preflight: through the cache, and "unknown" instead of a failure.

It knows no service; what is read is in the gather modules.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from mwaa_operator.api.failure import FailureKind
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.aws.errors import AwsError, permission_of
from mwaa_operator.engine.readcache import Cache
from mwaa_operator.environment.preflight.facts import Unknown

T = TypeVar("T")


class Reads:
    """The reads of one scope.

    Args:
        scope: The way into AWS.
        cache: Keeps what was read.
    """

    def __init__(self, scope: AwsScope, cache: Cache) -> None:
        self.scope = scope
        self._cache = cache
        self._who = (scope.access.identity, scope.access.region)

    def __call__(self, read: Callable[..., T], *arguments: Hashable, **options: Hashable) -> T | Unknown:
        """Return what a port's method answers, or Unknown where AWS does not let us look or cannot be asked."""
        key = (*self._who, read.__qualname__, arguments, tuple(sorted(options.items())))
        try:
            return self._cache.get(key, lambda: read(*arguments, **options))
        except AwsError as error:
            return Unknown(_reason(error))


def _reason(error: AwsError) -> str:
    failure = error.failure
    if failure.kind is FailureKind.ACCESS_DENIED:
        return f"the operator may not call {permission_of(failure)}; allow it in the role that the AwsAccount names"
    return f"{failure.operation} failed with {failure.code}"
