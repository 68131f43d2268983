"""Rules that every kind with a resource in AWS shares: what is required and immutable, Region, roles and tags.

They are rules of the model that carries the members of `policies`: accountRef, region, name, managementPolicy, tags.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from mwaa_operator.api.meta import GROUP, attribute_of
from mwaa_operator.api.policies import TAG_TEXT
from mwaa_operator.api.rules import Rule, cel_text, given, immutable, shaped

OBSERVED: Final = "oldSelf.managementPolicy == 'Observe'"
"""While an object only observes, its members configure nothing, so they may still be corrected."""

_REGION: Final = r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}"
_ROLE_ARN: Final = r"arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@/-]+"


def required_unless_observing(steps: Mapping[str, str]) -> Iterator[Rule]:
    """Yield what a creation cannot do without; an Observe object creates nothing.

    Args:
        steps: Wire name of a member to what a person should do who left it out.
    """
    for field, step in steps.items():
        yield Rule(
            cel=f"self.managementPolicy == 'Observe' || has(self.{field})",
            holds=partial(_given_unless_observing, attribute_of(field)),
            message=f"{field} is required unless managementPolicy is Observe: {step}",
            field=field,
            reason="FieldValueRequired",
        )


def region_rule() -> Rule:
    """Return the rule about region."""
    return Rule(
        cel=f"self.region.matches({cel_text(f'^{_REGION}$')})",
        holds=lambda spec: re.fullmatch(_REGION, spec.region) is not None,
        message="region must be the code of an AWS Region: for example eu-central-1",
        field="region",
    )


def role_rule(field: str) -> Rule:
    """Return the rule that a member is the ARN of a role."""
    message = f"{field} must be the full ARN of an IAM role: arn:aws:iam::<account>:role/<name>"
    return shaped(field, pattern=_ROLE_ARN, message=message)


def tag_rules() -> Iterator[Rule]:
    """Yield the rules about the keys of tags."""
    yield given(
        "tags",
        cel=f"self.tags.all(k, size(k) <= 128 && k.matches({cel_text(TAG_TEXT)}))",
        holds=lambda tags: all(len(key) <= 128 and _is_tag_text(key) for key in tags),
        message="tags has a key that is empty, longer than 128 characters, or holds others than letters, digits, "
        "spaces and _.:/=+-@: rename it",
    )
    yield given(
        "tags",
        cel="self.tags.all(k, !k.lowerAscii().startsWith('aws:'))",
        holds=lambda tags: not any(key.lower().startswith("aws:") for key in tags),
        message="tags must not have keys that begin with aws: (AWS reserves them): rename the key",
    )
    yield given(
        "tags",
        cel=f"self.tags.all(k, !k.startsWith('{GROUP}/'))",
        holds=lambda tags: not any(key.startswith(f"{GROUP}/") for key in tags),
        message=f"tags must not have keys that begin with {GROUP}/ (the operator's own): rename the key",
    )


def identity_rules(kind: str) -> Iterator[Rule]:
    """Yield the rules that say which resource in AWS an object of `kind` means, once and for all."""
    for path in ("accountRef.name", "region", "name"):
        yield immutable(path, always=path != "name", message=f"{path} is immutable: create another {kind} instead")


def _given_unless_observing(name: str, spec: Any) -> bool:
    return spec.management_policy == "Observe" or getattr(spec, name) is not None


def _is_tag_text(text: str) -> bool:
    """Return whether `text` matches TAG_TEXT: the standard library's regular expressions know no Unicode classes."""
    return bool(text) and all(unicodedata.category(char)[0] in "LZN" or char in "_.:/=+-@" for char in text)
