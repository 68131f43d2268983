"""Whether a SparkGateway grants a route what it names. Pure; asked before anything of a route is rendered.

The only place that reads the grants of a gateway. It answers with every refusal at once, each naming the field to
change on either side. That two routes want the same is not judged here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mwaa_operator.account.admit import ALL, admitted
from mwaa_operator.api.spark import DEFAULT_QUEUE
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.gateway.rules import AWS_PIN
from mwaa_operator.gateway.serving import RouteNamespaces
from mwaa_operator.route.api import SparkJobRoute
from mwaa_operator.route.reasons import Reason
from mwaa_operator.route.targets import Target


@dataclass(frozen=True)
class Denial:
    """One thing that a gateway does not grant a route.

    Attributes:
        reason: What the route's Ready says.
        field: Member of the route that asks, for example spec.targets[analytics].cluster.
        message: One sentence that names both and what to change.
    """

    reason: Reason
    field: str
    message: str


def admits(gateway: SparkGateway, route: SparkJobRoute, *, namespace_labels: Mapping[str, str]) -> tuple[Denial, ...]:
    """Return everything that the gateway refuses; empty means granted.

    Args:
        gateway: The gateway that the route refers to.
        route: The route.
        namespace_labels: Labels of the route's namespace; empty if they could not be read.
    """
    return tuple(_denials(gateway, route, namespace_labels))


def admits_namespace(namespaces: RouteNamespaces, *, name: str, labels: Mapping[str, str], own_namespace: str) -> bool:
    """Return whether routes of a namespace may refer to a gateway.

    Args:
        namespaces: The gateway's word.
        name: The route's namespace.
        labels: Its labels.
        own_namespace: The gateway's namespace.
    """
    match namespaces.from_:
        case "All":
            return True
        case "Same":
            return name == own_namespace
        case "Selector":
            return namespaces.selector is not None and namespaces.selector.matches(labels)


def _denials(gateway: SparkGateway, route: SparkJobRoute, labels: Mapping[str, str]) -> Iterator[Denial]:
    name, spec = gateway.metadata.name, route.spec
    if spec.data_class != gateway.spec.data_class:
        yield Denial(
            Reason.DATA_CLASS_MISMATCH,
            "spec.dataClass",
            f"SparkGateway {name} is for data of class {gateway.spec.data_class} and not {spec.data_class}: "
            "refer to another gateway",
        )
    yield from _routes(gateway, route, labels)
    for target in spec.targets:
        yield from _target(gateway, target, route.metadata.namespace)
    yield from _logins(gateway, route)
    if gateway.spec.bpg_profile == AWS_PIN and spec.limits and spec.limits.max_executor_instances is not None:
        yield Denial(
            Reason.UNSUPPORTED_BY_PROFILE,
            "spec.limits.maxExecutorInstances",
            f"SparkGateway {name} has bpgProfile {AWS_PIN}, whose BPG ignores limits.maxExecutorInstances: remove it",
        )


def _routes(gateway: SparkGateway, route: SparkJobRoute, labels: Mapping[str, str]) -> Iterator[Denial]:
    """Yield what allowedRoutes refuses: namespace and queues, the one of jobs that name none among them."""
    allowed, queue = gateway.spec.allowed_routes, route.spec.queue
    namespace, own = route.metadata.namespace, gateway.metadata.namespace
    if allowed is None or not admits_namespace(allowed.namespaces, name=namespace, labels=labels, own_namespace=own):
        yield _denial(gateway, "metadata.namespace", namespace, "allowedRoutes.namespaces")
    patterns = allowed.queues if allowed is not None else ()
    if not admitted(patterns, queue.name):
        yield _denial(gateway, "spec.queue.name", queue.name, "allowedRoutes.queues")
    if queue.default and not admitted(patterns, DEFAULT_QUEUE):
        yield _denial(gateway, "spec.queue.default", DEFAULT_QUEUE, "allowedRoutes.queues")


def _target(gateway: SparkGateway, target: Target, namespace: str) -> Iterator[Denial]:
    """Yield what is not granted of one target; what cannot be found hides what would be below it."""
    field = f"spec.targets[{target.name}]"
    cluster = next((item for item in gateway.spec.clusters if item.name == target.cluster), None)
    if cluster is None:
        yield _denial(gateway, f"{field}.cluster", target.cluster, "clusters")
        return
    where = f"clusters[{cluster.name}].sparkNamespaces"
    granted = next((item for item in cluster.spark_namespaces if item.name == target.namespace), None)
    if granted is None:
        yield _denial(gateway, f"{field}.namespace", target.namespace, where)
        return
    if not {namespace, ALL} & set(granted.allowed_from):
        allowed_from = f"{where}[{granted.name}].allowedFrom"
        yield _denial(gateway, f"{field}.namespace", f"{target.namespace} from {namespace}", allowed_from)
    if target.service_account not in granted.service_accounts:
        accounts = f"{where}[{granted.name}].serviceAccounts"
        yield _denial(gateway, f"{field}.serviceAccount", target.service_account, accounts)


def _logins(gateway: SparkGateway, route: SparkJobRoute) -> Iterator[Denial]:
    users = set(gateway.spec.access.users)
    for connection in route.spec.airflow.connections if route.spec.airflow else ():
        if not {connection.login, ALL} & users:
            field = f"spec.airflow.connections[{connection.connection_id}].login"
            yield _denial(gateway, field, connection.login, "access.users")


def _denial(gateway: SparkGateway, field: str, value: str, gateway_field: str) -> Denial:
    asked = field.removeprefix("spec.").removeprefix("metadata.")
    message = f"SparkGateway {gateway.metadata.name} does not grant {asked} {value}: add it to spec.{gateway_field}"
    return Denial(Reason.NOT_PERMITTED, field, message)
