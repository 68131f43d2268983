"""What status remembers of a secret value: a keyed digest, from which the value cannot be guessed. Pure."""

from __future__ import annotations

import hashlib
import hmac

from pydantic import SecretStr


def keyed_digest(key: SecretStr, name: str, value: SecretStr) -> str:
    """Return 24 hexadecimal digits of HMAC-SHA256 over a secret value; `name` keeps equal secrets apart."""
    text = f"{name}\0{value.get_secret_value()}".encode()
    return hmac.new(key.get_secret_value().encode(), text, hashlib.sha256).hexdigest()[:24]
