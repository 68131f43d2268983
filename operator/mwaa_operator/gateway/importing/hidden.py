"""What must not be printed: the secrets of a file, and whatever looks like one. Pure.

Names are judged as Spark judges them before it logs (Apache Spark, "Configuration": `spark.redaction.regex`); values by
what stands at the places where BPG has its secrets, and by the forms in which addresses carry passwords.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mwaa_operator.gateway.bpg.config import Config

REFERENCE: Final = re.compile(r"k8s:secret:([^:]*):([^:]+):([^:]+)")
"""How BPG is told of a Secret: its namespace, perhaps none, its name and the key."""

_NAME: Final = re.compile(
    r"secret|passw(or)?d|passphrase|pwd|token|credential|(access|api|account|private)[._-]?key", re.I
)
_HARMLESS: Final = re.compile(r"spark\.kubernetes\.(driver|executor)\.(secrets|secretKeyRef)\.|.*[._]?file$", re.I)
"""Settings that name a Secret or a file and hold no value of one (Apache Spark, "Running on Kubernetes")."""
_VALUE: Final = re.compile(
    r"(secret|passw(or)?d|pwd|token|key)\s*=\s*[^\s;&]|://[^/@\s]*:[^/@\s]*@|-----BEGIN [A-Z ]*PRIVATE", re.I
)
MASK: Final = "hidden"
"""What stands in place of a secret; every name may have it, so that a manifest stays one."""
_SHORTEST: Final = 6
"""Shorter texts are found everywhere by chance."""


@dataclass(frozen=True)
class Hidden:
    """The secrets of one file.

    Attributes:
        values: Texts that must not occur in anything that is printed.
    """

    values: frozenset[str] = field(repr=False)

    def is_secret(self, name: str, value: str) -> bool:
        """Return whether a named text holds a secret, or may hold one.

        Args:
            name: Of a setting or member.
            value: Its text.
        """
        if self.occurs(value) or _VALUE.search(value):
            return True
        if REFERENCE.fullmatch(value) or not value:
            return False
        return _NAME.search(name) is not None and not _HARMLESS.match(name)

    def occurs(self, text: str) -> bool:
        """Return whether a secret of the file stands in a text."""
        return any(value in text for value in self.values)

    def masked(self, value: Any) -> Any:
        """Return JSON without the file's secrets, wherever they stand: the last guard before it is printed."""
        match value:
            case str():
                for secret in self.values:
                    value = value.replace(secret, MASK)
                return value
            case dict():
                return {self.masked(name): self.masked(member) for name, member in value.items()}
            case list() | tuple():
                return [self.masked(item) for item in value]
        return value


def hidden_in(document: Mapping[str, Any], config: Config) -> Hidden:
    """Return the secrets of a file.

    Args:
        document: The file.
        config: What BPG made of it.
    """
    found = [*(config.token_secrets or ())]
    found += [cluster.user_token for cluster in config.clusters or () if cluster is not None]
    database = document.get("dbStorageSOPS")
    password = database.get("password") if isinstance(database, dict) else None
    found += [password] if isinstance(password, str) else []
    bare = {text.removeprefix("plaintext:") for text in found if text and not text.startswith(("k8s:", "localhost:"))}
    return Hidden(frozenset(text for text in bare if len(text) >= _SHORTEST))
