"""References from one object to another. No namespace anywhere: a reference never leaves its object's namespace."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mwaa_operator.api.fields import DNS_NAME, Name
from mwaa_operator.api.meta import ApiModel


class AccountRef(ApiModel):
    """Which AwsAccount (cluster-scoped) an object uses."""

    name: Name = "default"
    """Name of the AwsAccount. Default default. Immutable."""


class SecretKeyRef(ApiModel):
    """One key of a Secret in the object's own namespace."""

    name: Annotated[str, Field(min_length=1, max_length=253, pattern=DNS_NAME)]
    """Name of the Secret. Required."""
    key: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")]
    """Key in the Secret's data whose value is used. Required."""


class ConfigMapKeyRef(ApiModel):
    """One key of a ConfigMap in the object's own namespace."""

    name: Annotated[str, Field(min_length=1, max_length=253, pattern=DNS_NAME)]
    """Name of the ConfigMap. Required."""
    key: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")]
    """Key in the ConfigMap's data whose value is used. Required."""


class ValueFrom(ApiModel):
    """Where a value comes from."""

    secret_key_ref: SecretKeyRef
    """The Secret and key that hold the value. Required."""
