"""The name of a role of the operator's own: `mwaas-<hash>-<namespace>-<name>`, cut to what IAM takes. Pure.

The hash keeps apart what a cut would make equal, and gives an object that was made anew a role of a new name: the
service does not accept the name of a role that was deleted (MWAA Serverless user guide, "Execution role").
"""

from __future__ import annotations

import hashlib

MOST_CHARACTERS = 64
"""Of a role's name (IAM user guide, "IAM and AWS STS quotas")."""


def role_name(*, namespace: str, name: str, identity: str) -> str:
    """Return the role's name.

    Args:
        namespace: Of the object; DNS characters.
        name: Of the object; DNS characters.
        identity: What tells the object from every other; see RoleFacts.
    """
    digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
    return f"mwaas-{digest}-{namespace}-{name}"[:MOST_CHARACTERS].rstrip("-.")
