"""Who is calling: access keys, their accounts and assumed-role sessions.

AWS tells the account from the access key; so do we. Thread-safe, because the server answers calls in parallel. It
decides nothing about rights.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_ACCOUNT = "123456789012"
_ACCOUNT_DIGITS = 12


@dataclass(frozen=True)
class Session:
    """What a caller said when it assumed a role (botocore model sts: AssumeRoleRequest)."""

    role_arn: str
    name: str
    external_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Principal:
    """The identity behind an access key.

    Attributes:
        account: Twelve digits.
        arn: As GetCallerIdentity tells it; for a session `arn:aws:sts::…:assumed-role/<role>/<session>`.
        user_id: The unique id that goes with it.
        session: None for a user.
    """

    account: str
    arn: str
    user_id: str
    session: Session | None = None

    @property
    def names(self) -> frozenset[str]:
        """Every spelling under which a policy or a test may mean this principal."""
        own = {self.arn, self.account, f"arn:aws:iam::{self.account}:root"}
        return frozenset(own | ({self.session.role_arn} if self.session else set()))


@dataclass(frozen=True)
class AccessKey:
    """Credentials as boto3 wants them; the token is empty for users."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""


class Principals:
    """The access keys of the simulated cloud."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Principal] = {}
        self._secrets: dict[str, str] = {}

    def add_user(self, account: str, name: str) -> AccessKey:
        """Make an IAM user's access key; the same account and name always give the same key."""
        key = _key("AKIA", f"{account}/{name}")
        user = Principal(
            account, f"arn:aws:iam::{account}:user/{name}", _key("AIDA", f"{account}/{name}").access_key_id
        )
        with self._lock:
            self._known[key.access_key_id] = user
            self._secrets[key.access_key_id] = key.secret_access_key
        return key

    def add_session(self, role_id: str, session: Session) -> AccessKey:
        """Make the temporary access key of an assumed role; the session lives in the role's account."""
        account = session.role_arn.split(":")[4]
        role_name = session.role_arn.rsplit("/", 1)[-1]
        arn = f"arn:aws:sts::{account}:assumed-role/{role_name}/{session.name}"
        with self._lock:
            key = _key("ASIA", f"{arn}/{len(self._known)}", token=True)
            self._known[key.access_key_id] = Principal(account, arn, f"{role_id}:{session.name}", session)
            self._secrets[key.access_key_id] = key.secret_access_key
        return key

    def of(self, access_key_id: str) -> Principal:
        """Return who uses this access key.

        A key that nobody made belongs to the default account, and one of twelve digits to the account of that number:
        people and examples need not register anything.
        """
        with self._lock:
            known = self._known.get(access_key_id)
        if known is not None:
            return known
        is_account = len(access_key_id) == _ACCOUNT_DIGITS and access_key_id.isdigit()
        account, name = (access_key_id, "admin") if is_account else (DEFAULT_ACCOUNT, access_key_id or "anonymous")
        return Principal(
            account, f"arn:aws:iam::{account}:user/{name}", _key("AIDA", f"{account}/{name}").access_key_id
        )

    def secret_of(self, access_key_id: str) -> str:
        """Return the secret that goes with an access key; that of a key which nobody made is `localcloud`."""
        with self._lock:
            return self._secrets.get(access_key_id, "localcloud")

    def sessions(self) -> tuple[Session, ...]:
        """Return every session in the order in which the roles were assumed."""
        with self._lock:
            return tuple(principal.session for principal in self._known.values() if principal.session)


def _key(prefix: str, seed: str, *, token: bool = False) -> AccessKey:
    digest = hashlib.sha256(f"{prefix}{seed}".encode()).hexdigest().upper()
    return AccessKey(prefix + digest[:16], digest[16:56].lower(), f"localcloud-{digest}" if token else "")
