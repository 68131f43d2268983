"""Words that gateways and routes share: data classes, queues, users, Spark versions, settings, base URLs.

The shapes are those under which Apple's Batch Processing Gateway (BPG) and Kubernetes read a name alike: BPG compares
some names with and some without their case, and puts queues and users into labels as they are (BPG source, revisions
aa3e5c8 and 5e40371: ApplicationSubmissionHelper, SparkClusterHelper). Nothing is decided here.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import Field

from mwaa_operator.api.fields import DNS_NAME
from mwaa_operator.api.rules import Rule, cel_text, given, shaped

GENERAL: Final = "general"
"""The data class that promises no isolation; every other one does."""
DEFAULT_QUEUE: Final = "poc"
"""The queue that BPG takes for a request that names none, of a user whom no queue names."""
MAX_QUEUE: Final = 58
"""`root.<queue>` becomes the value of a label, which has at most 63 characters."""

_SEGMENT: Final = "[a-z0-9]([a-z0-9_-]*[a-z0-9])?"
_LABEL_VALUE: Final = "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
_CONF_KEY: Final = r"[A-Za-z][A-Za-z0-9._/-]*"
_MAX_CONF_KEY: Final = 253
_BASE_URL: Final = r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?"

DataClass = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
"""Lower case, so that no two classes differ by their case alone."""
DnsLabel = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
"""The name of a namespace, or of a part of an object."""
ServiceAccountName = Annotated[str, Field(min_length=1, max_length=253, pattern=DNS_NAME)]
QueueName = Annotated[str, Field(min_length=1, max_length=MAX_QUEUE, pattern=f"^{_SEGMENT}$")]
"""A queue's own name, without a dot: what comes before the first dot decides about clusters."""
SubQueueName = Annotated[str, Field(min_length=1, max_length=MAX_QUEUE - 2, pattern=rf"^{_SEGMENT}(\.{_SEGMENT})*$")]
"""What comes behind the first dot of a queue's full name."""
UserName = Annotated[str, Field(min_length=1, max_length=63, pattern=f"^{_LABEL_VALUE}$")]
"""Letters, digits, and . _ - within: it becomes a label value as it is."""
SparkVersion = Annotated[
    str,
    Field(min_length=1, max_length=32, pattern=r"^[0-9]{1,4}(\.[0-9]{1,4}){0,3}(-[0-9a-z][0-9a-z.-]*)?$"),
]
"""A text and no number: YAML reads 3.10 as 3.1."""
SparkConf = Annotated[dict[str, Annotated[str, Field(max_length=2048)]], Field(max_length=64)]
"""Spark settings; the keys are a matter of `conf_rule`. No value is null: BPG refuses every job for one."""
LabelText = Annotated[str, Field(min_length=1, max_length=63, pattern=f"^{_LABEL_VALUE}$")]
"""The value of a label, and not an empty one."""


def conf_rule(field: str) -> Rule:
    """Return the rule about the keys of a map of Spark settings.

    Args:
        field: Wire name of the map.
    """
    return given(
        field,
        cel=f"self.{field}.all(k, size(k) <= {_MAX_CONF_KEY} && k.matches({cel_text(f'^{_CONF_KEY}$')}))",
        holds=lambda conf: all(len(key) <= _MAX_CONF_KEY and re.fullmatch(_CONF_KEY, key) for key in conf),
        message=f"{field} has a key that is longer than {_MAX_CONF_KEY} characters or no name of a Spark setting: "
        "write for example spark.eventLog.enabled",
    )


def base_url_rule(field: str) -> Rule:
    """Return the rule that an optional member is the base URL of a service: scheme, host and port.

    Args:
        field: Wire name of the member.
    """
    return shaped(
        field,
        pattern=_BASE_URL,
        message=f"{field} must be http:// or https://, a host in lower case and perhaps a port: leave out path, query "
        "and a trailing slash",
    )
