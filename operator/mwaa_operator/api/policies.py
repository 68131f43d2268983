"""Field types that every kind with a resource in AWS shares: the policies, tags and the values that AWS fixes.

Each kind says in its own words what a policy means for it, and which value is its default; the values are these.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mwaa_operator.api.fields import Number

TAG_TEXT = r"^[\p{L}\p{Z}\p{N}_.:/=+@-]+$"

ManagementPolicy = Literal["Manage", "Observe"]
AdoptionPolicy = Literal["Never", "AdoptOrCreate", "AdoptExisting"]
DriftPolicy = Literal["Report", "Correct"]
DeletionPolicy = Literal["Retain", "Delete"]
ArtifactPolicy = Literal["Pinned", "Follow"]

Region = Annotated[str, Field(min_length=1, max_length=32)]
"""Its shape is a rule: `awsrules.region_rule`."""
TagValue = Annotated[str, Field(min_length=1, max_length=256, pattern=TAG_TEXT)]
Tags = Annotated[dict[str, TagValue], Field(max_length=48)]
"""AWS takes 50 tags; two are the operator's own. The keys are a matter of `awsrules.tag_rules`."""
S3Key = Annotated[str, Field(min_length=1, max_length=1024)]
S3Version = Annotated[str, Field(min_length=1, max_length=1024)]
LogRetentionDays = Annotated[
    Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
    Number,
]
"""Amazon CloudWatch Logs API reference, PutRetentionPolicy."""
