"""Who refers to an AwsAccount: the index over AWS-backed kinds, and when a reference makes the account worth a look.

It exists because thousands of objects name the same account: a pass over the account for each of their events would
cost more than the objects themselves. It makes no I/O, so the event loop may call it. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mwaa_operator.account.resolve import account_key
from mwaa_operator.api.meta import FINALIZER, ObjectKey

Body = dict[str, Any]

ACCOUNT_INDEX = "account"
"""Name of the cache index of AWS-backed kinds whose values `accounts_of` gives."""


def accounts_of(body: Body) -> Iterable[str]:
    """Return the name of the AwsAccount that an AWS-backed object names; total, as an index function must be."""
    spec = body.get("spec")
    reference = spec.get("accountRef") if isinstance(spec, dict) else None
    name = reference.get("name") if isinstance(reference, dict) else None
    return (str(name or "default"),)


@dataclass(frozen=True)
class Dependents:
    """Which accounts to look at when an AWS-backed object changes: those that do not know yet that they are used.

    An account that holds its finalizer counts its references at its own next look, within a minute.

    Attributes:
        cached: The cached object of a key, or None.
        names: Names of the accounts that an object refers to.
    """

    cached: Callable[[ObjectKey], Body | None]
    names: Callable[[Body], Iterable[str]] = accounts_of

    def __call__(self, body: Body) -> Iterable[ObjectKey]:
        """Return the keys of the accounts to look at."""
        return [key for name in self.names(body) if self._is_unheld(key := account_key(name))]

    def _is_unheld(self, key: ObjectKey) -> bool:
        account = self.cached(key)
        return account is not None and FINALIZER not in (account["metadata"].get("finalizers") or ())
