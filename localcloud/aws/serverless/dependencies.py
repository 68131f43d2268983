"""What the service looks at in the customer's account before it accepts a create or an update, and leaves there.

The default finds everything fine and leaves nothing, so that the simulated service works alone. Somebody who simulates
S3, IAM and CloudWatch Logs as well gives a `Dependencies` of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.aws.serverless.config import Surroundings
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.runstates import Attempt, Run
from localcloud.aws.serverless.states import Code, Workflow
from localcloud.aws.signing import Caller

LOOKED_AT = frozenset({"CreateWorkflow", "UpdateWorkflow"})
ANY_CODE = Code(names=("*",))
"""Code in which every module and file is found."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A create or update that the service is about to judge.

    Attributes:
        account: Whose it is.
        region: Where.
        params: The request.
        caller: Who asks.
        laws: Settings in force.
        now: Epoch seconds.
        identifier: `<name>-<suffix>` of the workflow; of one that is not there yet, with a suffix made up.
    """

    account: str
    region: str
    params: Mapping[str, Any]
    caller: Caller
    laws: Laws
    now: float
    identifier: str


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt that has ended, and of what."""

    workflow: Workflow
    run: Run
    task: str
    attempt: Attempt


@dataclass(frozen=True)
class Dependencies:
    """How the service sees and changes the customer's account. All are quick: they run on the server's loop.

    Attributes:
        look: Judges role and objects and takes the snapshots.
        appeared: Told of a workflow's first and every later version (the log group is made then).
        ended: Told of every attempt that has ended (its log is written then).
    """

    look: Callable[[Inquiry], Surroundings] = lambda inquiry: Surroundings(code=ANY_CODE)
    appeared: Callable[[Workflow], None] = lambda workflow: None
    ended: Callable[[Ended], None] = lambda ended: None
