"""What the service looks at in the customer's account before it accepts a create or an update.

The default finds everything fine, so that the simulated MWAA works alone. Somebody who simulates S3 and IAM as well
gives a `Look` of their own. `RolePropagation` is the scripted part: roles that IAM has not told everybody about yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.aws.mwaa.config import Surroundings
from localcloud.aws.mwaa.states import Environment
from localcloud.aws.mwaa.texts import role_not_assumable
from localcloud.aws.propagation import Propagation

LOOKED_AT = frozenset({"CreateEnvironment", "UpdateEnvironment"})


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A create or update that the service is about to judge.

    Attributes:
        account: Whose it is.
        region: Where.
        operation: CreateEnvironment or UpdateEnvironment.
        params: The request.
        environment: The environment that an update is about.
    """

    account: str
    region: str
    operation: str
    params: Mapping[str, Any]
    environment: Environment | None = None


Look = Callable[[Inquiry], Surroundings]
Appeared = Callable[[Environment], None]


@dataclass(frozen=True)
class Dependencies:
    """How the service sees and changes the customer's account.

    Attributes:
        look: Judges role, bucket and objects and finds current object versions. Quick: it runs on the server's loop.
        appeared: Told when an environment became ready, or serves with another configuration (the service makes the log
            groups that are missing then).
    """

    look: Look = lambda inquiry: Surroundings()
    appeared: Appeared = lambda environment: None


class RolePropagation(Propagation):
    """Roles that the service cannot assume yet."""

    def check(self, params: Mapping[str, Any], now: float) -> Surroundings | None:
        """Return the refusal that is due for a request, None when there is none."""
        role = params.get("ExecutionRoleArn")
        if role is None or not self.is_pending(role, now):
            return None
        return Surroundings(refusal=role_not_assumable(role))
