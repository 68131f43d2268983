"""Ids that a caller chooses, for resources that manifests have to name.

moto rolls dice for subnets, VPCs, security groups and keys. A resource that is created with moto's own tag for this
purpose gets the id in the tag instead, so that the examples can be static files. Nothing else is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from moto.ec2.models import ec2_backends, security_groups, subnets, vpcs
from moto.kms import models as kms
from moto.utilities.id_generator import TAG_KEY_CUSTOM_ID

from localcloud.aws.moto.apicall import ApiCall

ID_TAG = TAG_KEY_CUSTOM_ID
"""The tag's key, `_custom_id_`; its value is the wanted id."""

_wanted: ContextVar[str | None] = ContextVar("_wanted", default=None)

_GENERATORS: tuple[tuple[Any, str, str], ...] = (
    (vpcs, "random_vpc_id", "vpc-"),
    (subnets, "random_subnet_id", "subnet-"),
    (security_groups, "random_security_group_id", "sg-"),
    (kms, "generate_key_id", ""),
)
"""Module, function that rolls the dice there, and the prefix of its ids."""

_CREATES = {"CreateVpc", "CreateSubnet", "CreateSecurityGroup", "CreateKey"}


def wanted_id(call: ApiCall) -> str | None:
    """Return the id that a creating call asks for in its tags."""
    if call.operation not in _CREATES:
        return None
    lists = [
        call.params.get("Tags") or [],
        *(spec.get("Tags") or [] for spec in call.params.get("TagSpecifications") or []),
    ]
    tags = {tag.get("Key", tag.get("TagKey")): tag.get("Value", tag.get("TagValue")) for item in lists for tag in item}
    return tags.get(ID_TAG)


@contextmanager
def giving(wanted: str | None, call: ApiCall) -> Iterator[None]:
    """Let moto give `wanted` to what the call creates."""
    if wanted is None:
        yield
        return
    # The first look at a Region makes its default VPC, which must not get the id.
    _ = ec2_backends[call.account][call.region]
    token = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(token)


@contextmanager
def choosable_ids() -> Iterator[None]:
    """Make moto's dice listen to `giving` for as long as the context lasts."""
    originals = [(module, name, getattr(module, name)) for module, name, _ in _GENERATORS]
    for (module, name, original), (_, _, prefix) in zip(originals, _GENERATORS, strict=True):
        setattr(module, name, _listening(original, prefix))
    try:
        yield
    finally:
        for module, name, original in originals:
            setattr(module, name, original)


def _listening(original: Callable[..., str], prefix: str) -> Callable[..., str]:
    def choose(*args: Any, **kwargs: Any) -> str:
        wanted = _wanted.get()
        return wanted if wanted is not None and wanted.startswith(prefix) else original(*args, **kwargs)

    return choose
