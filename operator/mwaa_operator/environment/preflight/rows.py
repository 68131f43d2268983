"""What preflight knows about MWAA that ages: permissions of an execution role, endpoints of a private VPC. Pure.

The rows live in `data/*.yaml`, each file with its date and source; `load.py` reads them at start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SERVICE_LINKED_ROLE = "AWSServiceRoleForAmazonMWAA"
"""Made by AWS with the first environment of an account (Amazon MWAA user guide, "Service-linked role")."""

PROBE_NAME = "preflight"
"""An environment's name for simulations whose answer hardly ever depends on it, so that environments share them."""


@dataclass(frozen=True)
class RolePermission:
    """What an execution role must be allowed to do for one purpose.

    Attributes:
        purpose: Two or three words for messages.
        actions: IAM actions.
        resource: An ARN with {partition}, {region}, {account}, {bucket}, {dags}, {environment} and {key}, or `*`.
        context: Condition keys and values that MWAA's calls carry, with the same placeholders.
        when: With which key the environment is encrypted.
    """

    purpose: str
    actions: tuple[str, ...]
    resource: str
    context: Mapping[str, str]
    when: Literal["Always", "CustomerKey", "AwsKey"] = "Always"


@dataclass(frozen=True)
class Rows:
    """All rows. Empty tables ask for nothing.

    Attributes:
        permissions: Of the execution role.
        gateway_endpoints: Services that a VPC without a way out needs as gateway (or interface) endpoints.
        interface_endpoints: Services that it needs as interface endpoints.
    """

    permissions: tuple[RolePermission, ...] = ()
    gateway_endpoints: tuple[str, ...] = ()
    interface_endpoints: tuple[str, ...] = ()
