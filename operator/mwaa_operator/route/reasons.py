"""Every reason that a condition or an Event of a SparkJobRoute may carry, and what to do about each.

The one list: whoever writes a route's status takes its words from here, the reference page is generated from the texts.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from mwaa_operator.api.reasons import Reasons


class Reason(StrEnum):
    """Synced carries the same reason, and so does Stalled where it is there. How single targets are is told by
    TargetsHealthy and never makes Ready False while one of them serves."""

    SUCCEEDED = "Succeeded"
    """The route is active as spec says: nothing to do."""
    PROGRESSING = "Progressing"
    """The gateway is looking at the route: wait."""
    STAGED = "Staged"
    """The route is in a revision that is being proven or rolled: wait."""
    SUSPENDED = "Suspended"
    """spec.suspend is true, and what was active before stays: set it to false to go on."""
    DRAINING = "Draining"
    """No new jobs arrive, and the last ones are still running: wait."""
    DELETING = "Deleting"
    """The route is being taken out of its gateway: wait."""

    DEPENDENCY_NOT_READY = "DependencyNotReady"
    """The gateway, or a Secret that it refers to, is missing: make what the message names."""
    GATEWAY_NOT_READY = "GatewayNotReady"
    """The gateway cannot serve: look at its own conditions; retried."""
    NOT_PERMITTED = "NotPermitted"
    """The gateway does not grant the namespace, queue, cluster, Spark namespace or service account: ask its owner for
    what the message lists."""
    DATA_CLASS_MISMATCH = "DataClassMismatch"
    """The gateway has another data class: refer to a gateway of spec.dataClass."""
    UNSUPPORTED_BY_PROFILE = "UnsupportedByProfile"
    """The gateway's BPG ignores a field that is set: remove what the message names, or ask for another bpgProfile."""
    QUEUE_CONFLICT = "QueueConflict"
    """An older route has the queue, compared without case: choose another queue.name or sub-queue."""
    USER_CONFLICT = "UserConflict"
    """An older route is the default of a user: remove the user from access.defaultForUsers of one of them."""
    DEFAULT_QUEUE_CONFLICT = "DefaultQueueConflict"
    """An older route serves jobs that name no queue: set queue.default to false in one of them."""
    ISOLATION_CONFLICT = "IsolationConflict"
    """A cluster's namespace serves another data class already: use another namespace."""
    FILE_TOO_LARGE = "FileTooLarge"
    """The gateway's file would outgrow a Secret: move routes to another gateway."""
    INVALID_SPEC = "InvalidSpec"
    """The operator refuses spec, which was stored before a rule existed: correct what the message names."""
    SET_ASIDE = "SetAside"
    """A proof found that the route breaks the gateway's file, and the others went on without it: correct what the
    message says, or annotate with mwaa-operator.io/retry-requested-at to try it once more."""
    REFUSED_BY_GATEWAY = "RefusedByGateway"
    """The gateway refuses all jobs of the queue, or answers them otherwise than predicted: read the message, then ask
    the gateway's owner."""
    NO_HEALTHY_TARGET = "NoHealthyTarget"
    """No cluster of the route can run jobs: mend what TargetsHealthy names; looked at again soon."""
    NO_ROUTABLE_TARGET = "NoRoutableTarget"
    """Every target is drained, disabled or weighs 0, so that jobs are refused: give one of them a weight."""


class DetailReason(StrEnum):
    """Beside these, TargetsHealthy, TokensReady, TokensEnforced, Drained and ConnectionsReady carry Succeeded and
    DependencyNotReady with the meanings above, and Reconciling says Progressing."""

    SUCCEEDED = "Succeeded"
    """TargetsHealthy, TokensReady, TokensEnforced, Drained, ConnectionsReady: it is so."""
    TARGET_UNHEALTHY = "TargetUnhealthy"
    """TargetsHealthy: a cluster fails; status.targets says which and why."""
    CLUSTER_UNREACHABLE = "ClusterUnreachable"
    """TargetsHealthy: the operator does not reach a cluster's API, so that its entries stay staged."""
    TOKEN_REJECTED = "TokenRejected"  # noqa: S105  a reason, no token
    """TargetsHealthy: a cluster refuses the token, or the token may not do what BPG does."""
    SPARK_OPERATOR_MISSING = "SparkOperatorMissing"
    """TargetsHealthy: a cluster has no SparkApplication, or nothing that runs them."""
    FAILED_OVER = "FailedOver"
    """TargetsHealthy: jobs go to the other targets until the cluster has been well for failover.recoverAfter."""
    NOT_CHECKED = "NotChecked"
    """TargetsHealthy: no target has been looked at yet."""
    OPEN_QUEUE = "OpenQueue"
    """TokensEnforced: access.secure is false, so that no token is asked for."""
    UNDECLARED_SUB_QUEUES = "UndeclaredSubQueues"
    """TokensEnforced: with bpgProfile aws-pin a job that names a sub-queue which no route declares passes without a
    token."""
    TOKEN_PENDING = "TokenPending"  # noqa: S105
    """TokensReady: a token is not written yet."""
    SECRET_NOT_OWNED = "SecretNotOwned"  # noqa: S105
    """TokensReady: the Secret of a token exists and is not the route's: choose another secretName."""
    JOBS_RUNNING = "JobsRunning"
    """Drained: jobs have not ended; status.drain counts them."""
    DRAIN_TIMED_OUT = "DrainTimedOut"
    """Drained: drain.timeout has passed, and jobs that still run lose their status."""
    CONNECTION_REFUSED = "ConnectionRefused"
    """ConnectionsReady: an environment does not accept connections of this namespace, or does not answer."""
    PROGRESSING_WITH_RETRY = "ProgressingWithRetry"
    """Reconciling: it failed, or something is missing, and is tried again by itself."""
    DELETION_BLOCKED = "DeletionBlocked"
    """Stalled: the deletion could not go on for half an hour: mend what the message names, or set deletionPolicy:
    Delete."""


class EventReason(StrEnum):
    """Each is told once, when it happens; what it says stands in status too."""

    STAGED = "Staged"
    """A change of the route is on its way: it is being proven and rolled."""
    ACTIVATED = "Activated"
    """A revision with the route as spec says became active."""
    READY = "Ready"
    """The route serves jobs."""
    FAILED_OVER = "FailedOver"
    """A cluster failed, and its share went to the others."""
    RECOVERED = "Recovered"
    """A cluster takes its share again."""
    NO_HEALTHY_TARGET = "NoHealthyTarget"
    """No cluster of the route can run jobs."""
    REFUSED = "Refused"
    """The gateway does not grant what the route asks for, or refuses its jobs."""
    CONFLICT = "Conflict"
    """An older route has what this one asks for."""
    SET_ASIDE = "SetAside"
    """A proof found that the route breaks the gateway's file."""
    DRAINED = "Drained"
    """The last job of a target has ended."""
    DRAIN_TIMED_OUT = "DrainTimedOut"
    """drain.timeout passed with jobs still running."""
    TOKEN_ISSUED = "TokenIssued"  # noqa: S105
    """A queue token was written into its Secret."""
    DELETED = "Deleted"
    """The route is out of its gateway."""


REASONS: Final = (
    Reasons("Ready", Reason),
    Reasons("Other conditions", DetailReason),
    Reasons("Events", EventReason),
)
