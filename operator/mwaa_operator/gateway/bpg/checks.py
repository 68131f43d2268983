"""What is wrong with a configuration from which BPG starts, for those who write such files or take them over. Pure.

The rules stand in clusterchecks.py and queuechecks.py. Source of the sizes: Kubernetes documentation, "Secrets".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mwaa_operator.gateway.bpg import clusterchecks, queuechecks
from mwaa_operator.gateway.bpg.config import Config
from mwaa_operator.gateway.bpg.findings import Finding, Found, Severity

MAX_BYTES = 1024 * 1024
"""Of a Secret or a ConfigMap."""
LARGE_BYTES = 700 * 1024

RULES: Mapping[str, tuple[Severity, Callable[[Config], Found]]] = {
    "NullElement": (Severity.ERROR, clusterchecks.null_elements),
    "InvalidId": (Severity.ERROR, clusterchecks.cluster_ids),
    "DuplicateId": (Severity.ERROR, clusterchecks.duplicate_ids),
    "InvalidQueue": (Severity.ERROR, queuechecks.queue_names),
    "DuplicateQueue": (Severity.ERROR, queuechecks.duplicate_queues),
    "OpenSubQueue": (Severity.ERROR, queuechecks.open_sub_queues),
    "MissingKeys": (Severity.ERROR, queuechecks.missing_keys),
    "SharedUser": (Severity.ERROR, queuechecks.shared_users),
    "InvalidUser": (Severity.ERROR, queuechecks.user_names),
    "InvalidVersion": (Severity.ERROR, clusterchecks.spark_versions),
    "Credentials": (Severity.ERROR, clusterchecks.credentials),
    "NoCores": (Severity.ERROR, queuechecks.buffers),
    "UndeclaredQueue": (Severity.WARNING, clusterchecks.undeclared_queues),
    "OpenFallback": (Severity.WARNING, queuechecks.open_fallback),
    "Weightless": (Severity.WARNING, clusterchecks.weightless),
    "KeepsForever": (Severity.WARNING, clusterchecks.keeps_forever),
    "Untagged": (Severity.WARNING, clusterchecks.untagged),
    "Patient": (Severity.WARNING, clusterchecks.patient),
}
"""Codes, in the order in which they are told."""


def check(config: Config) -> tuple[Finding, ...]:
    """Return everything that is wrong with a configuration, in the order of RULES and of the file.

    Args:
        config: What BPG started from.
    """
    return tuple(
        Finding(code, severity, path, message)
        for code, (severity, rule) in RULES.items()
        for path, message in rule(config)
    )


def check_size(text: str) -> tuple[Finding, ...]:
    """Return what is wrong with the size of a file that is to be a Secret.

    Args:
        text: The whole file.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        return (Finding("TooLarge", Severity.ERROR, "", f"the file has {size:,} bytes, and a Secret {MAX_BYTES:,}"),)
    if size > LARGE_BYTES:
        return (
            Finding("Large", Severity.WARNING, "", f"the file has {size:,} of the {MAX_BYTES:,} bytes of a Secret"),
        )
    return ()
