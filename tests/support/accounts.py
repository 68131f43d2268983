"""Builders of AwsAccounts as the API server sends them."""

from __future__ import annotations

from typing import Any

from mwaa_operator.account.api import AwsAccount

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/mwaa-operator"


def account_body(name: str = "default", *, status: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return an AwsAccount; keywords with a capital-free name of metadata go there, all others into spec."""
    of_metadata = {"generation", "finalizers", "annotations", "deletionTimestamp", "uid", "resourceVersion"}
    metadata = {"name": name, "uid": f"uid-of-{name}", "resourceVersion": "7", "generation": 1}
    metadata |= {key: value for key, value in changes.items() if key in of_metadata}
    spec = {"accountId": ACCOUNT, "regions": ["eu-central-1"]}
    spec |= {key: value for key, value in changes.items() if key not in of_metadata}
    body = {"apiVersion": "mwaa-operator.io/v1alpha1", "kind": "AwsAccount", "metadata": metadata, "spec": spec}
    return body if status is None else {**body, "status": status}


def account(name: str = "default", **changes: Any) -> AwsAccount:
    """Return the model of `account_body`."""
    return AwsAccount.from_body(account_body(name, **changes))
