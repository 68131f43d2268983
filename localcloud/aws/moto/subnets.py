"""Subnets that belong to somebody else.

A subnet that was shared through Resource Access Manager is seen by the participant with the owner's account. moto
cannot say that; here the subnet object itself tells another owner.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.subnets import Subnet


class _SharedSubnet(Subnet):
    """A subnet as its participant sees it."""

    shared_by: str

    @property
    def owner_id(self) -> str:
        return self.shared_by


def share_subnet(*, account: str, region: str, subnet_id: str, owner: str) -> None:
    """Make `subnet_id`, which lives in `account`, belong to the account `owner`.

    Raises:
        moto.ec2.exceptions.InvalidSubnetIdError: there is no such subnet.
    """
    subnet: Any = ec2_backends[account][region].get_subnet(subnet_id)
    subnet.__class__ = _SharedSubnet
    subnet.shared_by = owner
