"""kubeconfig files: a server, the authority that it is trusted by, and a bearer token.

Why: kubectl, helm, the operator and people all take one. The file carries everything inline, so that it can be copied.
"""

from __future__ import annotations

import base64
from pathlib import Path

import yaml


def write_kubeconfig(path: Path, *, server: str, authority: Path, token: str, namespace: str = "default") -> Path:
    """Write a kubeconfig with one context, readable by its owner alone, and return `path`.

    Args:
        path: the file to write.
        server: URL of the API server or of a proxy before it.
        authority: PEM file of the certificate authority that signed the server's certificate.
        token: bearer token.
        namespace: what kubectl takes when none is named.
    """
    trust = base64.b64encode(authority.read_bytes()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "localcloud",
        "clusters": [{"name": "localcloud", "cluster": {"server": server, "certificate-authority-data": trust}}],
        "users": [{"name": "localcloud", "user": {"token": token}}],
        "contexts": [
            {"name": "localcloud", "context": {"cluster": "localcloud", "user": "localcloud", "namespace": namespace}}
        ],
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path
