"""What a valid SparkGateway is, beyond the shape of single fields: judged by API server and model alike.

Sources: BPG's source (revisions aa3e5c8 and 5e40371) and how it ran; Kubernetes' API reference for Services and
NetworkPolicies. What neither CEL nor a single object can tell is in checks.py, or for whoever sees both objects to say.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from mwaa_operator.api.awsrules import region_rule
from mwaa_operator.api.meta import GROUP
from mwaa_operator.api.rules import Rule, cel_text, exactly_one, given, immutable, lasting, shaped
from mwaa_operator.api.selectors import LABEL_KEY
from mwaa_operator.api.spark import GENERAL, base_url_rule, conf_rule

if TYPE_CHECKING:
    from mwaa_operator.gateway.api import SparkGateway, SparkGatewaySpec
    from mwaa_operator.gateway.cluster import Cluster
    from mwaa_operator.gateway.serving import IpBlock, Peer, Resources, Service

NAMESPACE_NAME: Final = "kubernetes.io/metadata.name"
"""The label that every namespace has, with its name (Kubernetes reference, "Well-Known Labels")."""
INTERNAL: Final = (
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
    ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
)
"""Annotations that keep a load balancer inside the VPC (AWS Load Balancer Controller, "Service annotations")."""
AWS_PIN: Final = "aws-pin"
LEAST_MEMORY: Final = "512Mi"

_SERVICE_NAME: Final = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_API_SERVER: Final = r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?"
_PEM_IN_BASE64: Final = "LS0tLS1CRUdJTi"
_MAX_KEY: Final = 317
_UNITS: Final = {"Mi": 1, "Gi": 1024}
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def root_rules() -> Iterator[Rule]:
    """Yield the rules that need metadata."""
    yield Rule(
        cel=f"self.metadata.name.matches({cel_text(f'^{_SERVICE_NAME}$')})",
        holds=_names_a_service,
        message="metadata.name must begin with a letter and hold no dot: rename the object",
    )


def spec_rules() -> Iterator[Rule]:
    """Yield all rules of spec."""
    yield from _isolation()
    yield Rule(
        cel=f"self.bpgProfile != {cel_text(AWS_PIN)} || !has(self.fixedSparkConf) || size(self.fixedSparkConf) == 0",
        holds=lambda spec: spec.bpg_profile != AWS_PIN or not spec.fixed_spark_conf,
        message=f"fixedSparkConf is ignored with bpgProfile {AWS_PIN}: remove it, or use another bpgProfile",
        field="fixedSparkConf",
    )
    for field in ("defaultSparkConf", "fixedSparkConf"):
        yield conf_rule(field)
    yield base_url_rule("url")
    yield immutable("dataClass", always=True, message="dataClass is immutable: create another SparkGateway instead")


def _isolation() -> Iterator[Rule]:
    """Yield what a gateway must be like whose class promises isolation: BPG itself has none between its users."""
    general = f"self.dataClass == {cel_text(GENERAL)}"
    yield Rule(
        cel=f"{general} || has(self.access.from) && size(self.access.from) > 0",
        holds=lambda spec: spec.data_class == GENERAL or bool(spec.access.from_),
        message=f"access.from must not be empty unless dataClass is {GENERAL}: name who may open connections",
        field="access.from",
        reason="FieldValueRequired",
    )
    yield Rule(
        cel=f"{general} || self.bpgProfile != {cel_text(AWS_PIN)} || !has(self.allowedRoutes) || "
        "[self.allowedRoutes.namespaces].all(n, n.from == 'Same' || n.from == 'Selector' && has(n.selector) && "
        f"has(n.selector.matchLabels) && {cel_text(NAMESPACE_NAME)} in n.selector.matchLabels)",
        holds=_admits_one_namespace,
        message=f"allowedRoutes.namespaces must be one namespace unless dataClass is {GENERAL}, because "
        f"undeclared sub-queues pass without a token on {AWS_PIN}: use from: Same, or matchLabels with "
        f"{NAMESPACE_NAME}",
        field="allowedRoutes.namespaces",
    )


def cluster_rules() -> Iterator[Rule]:
    """Yield the rules of one item of spec.clusters."""
    yield exactly_one("eks", "apiServer", of="clusters[]", step="keep the one that you mean")
    yield Rule(
        cel="!has(self.credentials.tokenRequest) || has(self.eks)",
        holds=_asks_eks_only,
        message="credentials.tokenRequest needs eks, where the operator has an identity: use tokenSecretRef",
        field="credentials.tokenRequest",
    )
    yield base_url_rule("sparkUiUrl")


def eks_rules() -> Iterator[Rule]:
    """Yield the rules of an EKS cluster."""
    yield region_rule()


def api_server_rules() -> Iterator[Rule]:
    """Yield the rules of the address of an API server."""
    yield shaped(
        "url",
        pattern=_API_SERVER,
        message="apiServer.url must be https://, a host in lower case and perhaps a port: leave out path and a "
        "trailing slash",
    )
    yield given(
        "caBundle",
        cel=f"self.caBundle.startsWith({cel_text(_PEM_IN_BASE64)})",
        holds=lambda bundle: bundle.startswith(_PEM_IN_BASE64),
        message="apiServer.caBundle must be PEM in base64: encode a file that begins with -----BEGIN",
    )


def credentials_rules() -> Iterator[Rule]:
    """Yield the rules of the credentials of a cluster."""
    yield exactly_one("tokenSecretRef", "tokenRequest", of="credentials", step="keep the one that you mean")


def token_request_rules() -> Iterator[Rule]:
    """Yield the rules of tokens that are asked for."""
    yield lasting("lifetime", least="1h", most="24h", of="tokenRequest")


def maintenance_rules() -> Iterator[Rule]:
    """Yield the rules of one maintenance window."""
    yield lasting("duration", least="10m", most="168h", of="maintenanceWindows[]")
    yield lasting("drainLead", least="0s", most="24h", of="maintenanceWindows[]")


def rotation_rules() -> Iterator[Rule]:
    """Yield the rules of spec.queueTokens."""
    yield lasting("rotation", least="24h", most="9000h", of="queueTokens")


def rollout_rules() -> Iterator[Rule]:
    """Yield the rules of spec.rollout."""
    yield lasting("minInterval", least="0s", most="1h", of="rollout")


def resources_rules() -> Iterator[Rule]:
    """Yield the rules of spec.resources."""
    limit, request = "quantity(self.limits.memory)", "quantity(self.requests.memory)"
    yield Rule(
        cel=f"{limit}.compareTo(quantity('{LEAST_MEMORY}')) >= 0",
        holds=lambda resources: mebibytes(resources.limits.memory) >= mebibytes(LEAST_MEMORY),
        message=f"limits.memory must be at least {LEAST_MEMORY}, which BPG needs: raise it",
        field="limits.memory",
    )
    yield Rule(
        cel=f"{request}.compareTo({limit}) <= 0",
        holds=_requests_within_limits,
        message="requests.memory must not be greater than limits.memory: lower it, or raise the limit",
        field="requests.memory",
    )


def service_rules() -> Iterator[Rule]:
    """Yield the rules of spec.service."""
    internal = " || ".join(
        f"self.annotations[?{cel_text(key)}].orValue('') == {cel_text(value)}" for key, value in INTERNAL
    )
    yield Rule(
        cel="self.type != 'LoadBalancer' || has(self.loadBalancerSourceRanges) && "
        f"size(self.loadBalancerSourceRanges) > 0 || has(self.annotations) && ({internal})",
        holds=_not_open_to_the_world,
        message=f"service.annotations must make a load balancer internal ({INTERNAL[0][0]}: {INTERNAL[0][1]}), because "
        "BPG believes every user name: add one, or loadBalancerSourceRanges",
        field="annotations",
    )
    yield Rule(
        cel="!has(self.loadBalancerSourceRanges) || size(self.loadBalancerSourceRanges) == 0 || "
        "self.type == 'LoadBalancer'",
        holds=lambda service: not service.load_balancer_source_ranges or service.type == "LoadBalancer",
        message="service.loadBalancerSourceRanges needs type: LoadBalancer: remove it, or set the type",
        field="loadBalancerSourceRanges",
    )
    yield given(
        "loadBalancerSourceRanges",
        cel="self.loadBalancerSourceRanges.all(r, isCIDR(r))",
        holds=_networks,
        message="service.loadBalancerSourceRanges must be networks: for example 10.0.0.0/16",
    )
    yield given(
        "annotations",
        cel=f"self.annotations.all(k, size(k) <= {_MAX_KEY} && k.matches({cel_text(LABEL_KEY)}) && "
        f"!k.startsWith('{GROUP}/'))",
        holds=lambda annotations: all(map(_is_annotation, annotations)),
        message=f"service.annotations has a key that is none of Kubernetes', or begins with {GROUP}/: rename or "
        "remove it",
    )


def ip_block_rules() -> Iterator[Rule]:
    """Yield the rules of a network that may open connections."""
    yield Rule(
        cel="isCIDR(self.cidr) && (!has(self.except) || self.except.all(r, isCIDR(r) && "
        "cidr(self.cidr).containsCIDR(r) && cidr(r).prefixLength() > cidr(self.cidr).prefixLength()))",
        holds=_is_network_with_holes,
        message="ipBlock.cidr must be a network and ipBlock.except smaller ones in it: for example 10.0.0.0/16",
        field="cidr",
    )


def peer_rules() -> Iterator[Rule]:
    """Yield the rules of one item of spec.access.from."""
    yield Rule(
        cel="has(self.ipBlock) != (has(self.namespaceSelector) || has(self.podSelector))",
        holds=_network_or_pods,
        message="access.from[] must be either an ipBlock or selectors: keep one, or make two items",
    )


def mebibytes(memory: str) -> int:
    """Return an amount of memory such as 1Gi in MiB."""
    return int(memory[:-2]) * _UNITS[memory[-2:]]


def _names_a_service(gateway: SparkGateway) -> bool:
    return re.fullmatch(_SERVICE_NAME, gateway.metadata.name) is not None


def _admits_one_namespace(spec: SparkGatewaySpec) -> bool:
    if spec.data_class == GENERAL or spec.bpg_profile != AWS_PIN or spec.allowed_routes is None:
        return True
    namespaces = spec.allowed_routes.namespaces
    selector = namespaces.selector
    return namespaces.from_ == "Same" or (
        namespaces.from_ == "Selector" and selector is not None and NAMESPACE_NAME in selector.match_labels
    )


def _asks_eks_only(cluster: Cluster) -> bool:
    return cluster.credentials.token_request is None or cluster.eks is not None


def _requests_within_limits(resources: Resources) -> bool:
    return mebibytes(resources.requests.memory) <= mebibytes(resources.limits.memory)


def _not_open_to_the_world(service: Service) -> bool:
    if service.type != "LoadBalancer" or service.load_balancer_source_ranges:
        return True
    return any(service.annotations.get(key) == value for key, value in INTERNAL)


def _is_annotation(key: str) -> bool:
    return len(key) <= _MAX_KEY and re.fullmatch(LABEL_KEY, key) is not None and not key.startswith(f"{GROUP}/")


def _is_network_with_holes(block: IpBlock) -> bool:
    if not _networks((block.cidr, *block.excluded)):
        return False
    whole = ipaddress.ip_network(block.cidr, strict=False)
    return all(_is_part(ipaddress.ip_network(text, strict=False), whole) for text in block.excluded)


def _is_part(part: _Network, whole: _Network) -> bool:
    """Return whether a network lies within another one and is smaller."""
    if isinstance(part, ipaddress.IPv4Network) and isinstance(whole, ipaddress.IPv4Network):
        return part != whole and part.subnet_of(whole)
    if isinstance(part, ipaddress.IPv6Network) and isinstance(whole, ipaddress.IPv6Network):
        return part != whole and part.subnet_of(whole)
    return False


def _networks(texts: Iterable[str]) -> bool:
    return all(map(_is_network, texts))


def _is_network(text: str) -> bool:
    """Return whether Kubernetes takes a text for a CIDR; IPv4 within IPv6 is none to it."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return not (isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped)


def _network_or_pods(peer: Peer) -> bool:
    return (peer.ip_block is not None) != (peer.namespace_selector is not None or peer.pod_selector is not None)
