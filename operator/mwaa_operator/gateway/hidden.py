"""Takes secrets out of what a pod of BPG says before anybody repeats it: status and Events are open to many. Pure.

BPG's file holds the keys of queue tokens, and every probe of a secure queue brings a token along: an error that quotes
either would open the queue. It is done before a text is cut, as the beginning of a secret is a secret too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

STARS: Final = "****"

# JSON web tokens (RFC 7519, 3.1): queue tokens, and the tokens of service accounts; those of EKS have a prefix of
# their own (aws-iam-authenticator, "k8s-aws-v1.").
_TOKEN: Final = re.compile(r"\b(?:eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|k8s-aws-v1\.[\w-]+)")


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text without secrets, and without whatever is a token by its form.

    Args:
        text: What somebody else said.
        secrets: Values that must not be repeated; empty ones are passed over.
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, STARS)
    return _TOKEN.sub(STARS, text)
