"""What became of the queue tokens of one route, as its status tells it. Data.

No value of a token is here: whoever writes status never sees one.
"""

from __future__ import annotations

from dataclasses import dataclass

from mwaa_operator.api.conditions import ConditionStatus
from mwaa_operator.route.reasons import DetailReason
from mwaa_operator.route.status import TokenStatus


@dataclass(frozen=True)
class TokensOf:
    """The tokens of one route.

    Attributes:
        tokens: As they stand in their Secrets: those of spec in its order, then those that spec does not have any more
            and whose Secrets are still there.
        ready: Of TokensReady. True: each opens its queues in the file that serves. Unknown: it could not be looked at.
        reason: Of TokensReady.
        message: Of TokensReady: the same for as long as nothing changes.
        renew_in: Seconds until there is something to do for the route; infinite without a token.
    """

    tokens: tuple[TokenStatus, ...]
    ready: ConditionStatus
    reason: DetailReason
    message: str
    renew_in: float
