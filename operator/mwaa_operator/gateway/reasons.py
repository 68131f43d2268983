"""Every reason that a condition or an Event of a SparkGateway may carry, and what to do about each.

The one list: the planner takes its words from here, the reference page is generated from the texts.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from mwaa_operator.api.reasons import Reasons


class Reason(StrEnum):
    """Synced carries the same reason, and so does Stalled where it is there. How single clusters are is told by
    TargetsHealthy and never makes Ready False."""

    SUCCEEDED = "Succeeded"
    """The active revision is as spec and routes say, and every pod serves it: nothing to do."""
    PROGRESSING = "Progressing"
    """The pass is about to change something: wait."""
    PROVING = "Proving"
    """A revision is being proven in a pod of its own: wait."""
    ROLLING_OUT = "RollingOut"
    """The pods are going over to a proven revision: wait."""
    AWAITING_INTERVAL = "AwaitingInterval"
    """A revision waits until rollout.minInterval is over: wait."""
    SUSPENDED = "Suspended"
    """spec.suspend is true, and what runs stays: set it to false to go on."""
    IN_USE = "InUse"
    """Routes still refer to the gateway, so that it is not deleted: delete those that the message names."""

    SHRINK_GUARD = "ShrinkGuard"
    """A change would take away more entries than rollout.shrinkGuardPercent allows: look at what vanished, then
    annotate with mwaa-operator.io/approve-changes and the word that the message names."""
    PROOF_FAILED = "ProofFailed"
    """A revision did not answer as predicted, and no single route is to blame: the one before stays active; read
    status.proof, correct spec, or annotate with mwaa-operator.io/retry-requested-at."""
    PODS_NOT_READY = "PodsNotReady"
    """Pods do not become ready: look at their events and logs; the revision before serves where they are not new."""
    PODS_DIFFER = "PodsDiffer"
    """A pod answers otherwise than the active revision, also after it was deleted once: look at the pod."""
    IMAGE_MISMATCH = "ImageMismatch"
    """The pods are of another revision of BPG than bpgProfile says: correct image or bpgProfile."""

    DEPENDENCY_NOT_READY = "DependencyNotReady"
    """An AwsAccount, a Secret or an EKS cluster is missing: make what the message names."""
    NOT_PERMITTED = "NotPermitted"
    """The AwsAccount does not admit an EKS cluster: ask its owner for what the message lists."""
    WRONG_NAMESPACE = "WrongNamespace"
    """Gateways are looked after only in the operator's gateway namespaces: make the object in one of them."""
    NAME_CONFLICT = "NameConflict"
    """An older gateway in another namespace has the name: choose another, because routes refer by name alone."""
    NOT_OWNED = "NotOwned"
    """An object of the gateway's name exists and is not its own: rename the gateway, or delete what the message
    names."""
    INVALID_SPEC = "InvalidSpec"
    """The operator refuses spec: correct what the message names."""
    ACCESS_DENIED = "AccessDenied"
    """The operator lacks a permission, in AWS or in this cluster: add the one that the message names; retried."""
    CREDENTIALS_FAILED = "CredentialsFailed"
    """The operator has no valid credentials for the AwsAccount: look at it; retried."""
    AWS_UNAVAILABLE = "AwsUnavailable"
    """AWS does not answer, or takes no more calls for the moment: retried."""
    REFUSED = "Refused"
    """The API server refuses an object of the gateway: correct what the message says; retried."""


class DetailReason(StrEnum):
    """Beside these, Available, TargetsHealthy, TokensEnforced and Degraded carry Succeeded, PodsNotReady, PodsDiffer
    and DependencyNotReady with the meanings above, and Reconciling says Progressing."""

    SUCCEEDED = "Succeeded"
    """Available, TargetsHealthy, TokensEnforced: it is so."""
    NO_ROUTES = "NoRoutes"
    """TargetsHealthy, TokensEnforced: no route is active, so that there is nothing to tell."""
    CLUSTER_UNREACHABLE = "ClusterUnreachable"
    """TargetsHealthy: the operator does not reach a cluster's API either, so that its entries stay staged."""
    TOKEN_REJECTED = "TokenRejected"  # noqa: S105  a reason, no token
    """TargetsHealthy: a cluster refuses the token, or the token may not do what BPG does."""
    SPARK_OPERATOR_MISSING = "SparkOperatorMissing"
    """TargetsHealthy: a cluster has no SparkApplication, or nothing that runs them."""
    MAINTENANCE = "Maintenance"
    """TargetsHealthy: a cluster takes no jobs because of a maintenance window."""
    DRAINED = "Drained"
    """TargetsHealthy: a cluster takes no jobs because its state is Drain or Disabled."""
    OPEN_QUEUES = "OpenQueues"
    """TokensEnforced: routes have access.secure: false, so that no token is asked for."""
    UNDECLARED_SUB_QUEUES = "UndeclaredSubQueues"
    """TokensEnforced: with bpgProfile aws-pin a job that names a sub-queue which no route declares passes without a
    token."""
    PROGRESSING_WITH_RETRY = "ProgressingWithRetry"
    """Reconciling: it failed, or something is missing, and is tried again by itself."""


class EventReason(StrEnum):
    """Each is told once, when it happens; what it says stands in status too."""

    PROVEN = "Proven"
    """A revision answered as predicted."""
    PROOF_FAILED = "ProofFailed"
    """A revision did not answer as predicted."""
    ROUTE_SET_ASIDE = "RouteSetAside"
    """A proof found the route that breaks the file; the others went on without it."""
    ROLLED_OUT = "RolledOut"
    """All pods serve a new revision."""
    POD_REPLACED = "PodReplaced"
    """A pod that answered otherwise than the active revision was deleted."""
    SHRINK_GUARD = "ShrinkGuard"
    """A change would take away too many entries."""
    CLUSTER_FAILED = "ClusterFailed"
    """A cluster cannot run jobs any more."""
    CLUSTER_RECOVERED = "ClusterRecovered"
    """A cluster can run jobs again."""
    MAINTENANCE_BEGAN = "MaintenanceBegan"
    """New jobs stopped for a maintenance window."""
    MAINTENANCE_ENDED = "MaintenanceEnded"
    """A cluster takes jobs again after a maintenance window."""
    TOKEN_RENEWED = "TokenRenewed"  # noqa: S105
    """A new token for a cluster was written before the old one ended."""
    KEY_ROTATED = "KeyRotated"
    """A new key signs queue tokens."""
    READY = "Ready"
    """The gateway serves its first revision."""
    DELETED = "Deleted"
    """The gateway's objects are gone."""


REASONS: Final = (
    Reasons("Ready", Reason),
    Reasons("Other conditions", DetailReason),
    Reasons("Events", EventReason),
)
