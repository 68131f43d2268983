"""Who may talk to the control plane: its authority, the key that signs service-account tokens, and the users' tokens.

Why files: the servers read them, and a named data directory keeps them, so that yesterday's kubeconfig still works.
"""

from __future__ import annotations

import csv
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from localcloud.certs import Authority, new_key, write_key, write_public_key

ADMIN = "admin"
CLUSTER_ADMINS = "system:masters"

TENANTS: Mapping[str, Sequence[str]] = {"tenant-a": ("tenants",), "tenant-b": ("tenants",)}
"""Users (and their groups) without any rights of their own: tests bind roles to them."""


class Identity:
    """Keys and tokens below `directory`; what is there already is reused.

    Args:
        directory: the control plane's.
        users: user names and their groups; `admin` of `system:masters` is always added.
    """

    def __init__(self, directory: Path, users: Mapping[str, Sequence[str]] = TENANTS) -> None:
        self._tokens_file = directory / "tokens.csv"
        self.authority = Authority(directory / "pki")
        self.authority.issue("apiserver", ("localhost", "127.0.0.1", "kubernetes.default.svc"))
        self._write_service_account_key(directory / "pki")
        self._tokens = self._read_tokens()
        self._write_tokens({**users, ADMIN: (CLUSTER_ADMINS,)})

    def user_token(self, user: str) -> str:
        """Return the bearer token of a user; KeyError if there is no such user."""
        return self._tokens[user]

    def _write_service_account_key(self, directory: Path) -> None:
        if (directory / "serviceaccount.key").exists():
            return
        key = new_key()
        write_public_key(directory / "serviceaccount.pub", key)
        write_key(directory / "serviceaccount.key", key)

    def _read_tokens(self) -> dict[str, str]:
        if not self._tokens_file.exists():
            return {}
        with self._tokens_file.open(newline="") as file:
            return {user: token for token, user, *_ in csv.reader(file)}

    def _write_tokens(self, users: Mapping[str, Sequence[str]]) -> None:
        self._tokens = {user: self._tokens.get(user) or secrets.token_urlsafe(24) for user in users}
        self._tokens_file.touch(mode=0o600)
        with self._tokens_file.open("w", newline="") as file:
            # Kubernetes documentation, "Static token file": token, user name, user uid, groups.
            csv.writer(file).writerows(
                [self._tokens[user], user, user, ",".join(groups)] for user, groups in users.items()
            )
