"""What AWS should have: spec, the definition's bytes and Secret values put together into requests. Pure.

Made only when everything that it names was looked at; what is missing is `gaps`, and a wish with gaps is never sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from mwaa_operator.workflow import live
from mwaa_operator.workflow.actions import Upload
from mwaa_operator.workflow.api import S3Object
from mwaa_operator.workflow.definition.canonical import digest
from mwaa_operator.workflow.plan.ownership import ownership_tags
from mwaa_operator.workflow.plan.rolefacts import is_managed, managed_arn, stored_prefix
from mwaa_operator.workflow.plan.situation import Situation, SourceLook
from mwaa_operator.workflow.status import StoredObject

DEFINITION = "definition"
"""What the names of uploaded definitions begin with."""
LONGEST_KEY = 1024
"""Bytes of a key (Amazon S3 user guide, "Naming Amazon S3 objects")."""

TRIGGER_MODES: Mapping[str, str] = {
    "Scheduled": live.SCHEDULED,
    "ManualOnly": live.MANUAL_ONLY,
    "Disabled": live.DISABLED,
}


@dataclass(frozen=True)
class File:
    """A definition or code as AWS is to read it.

    Attributes:
        source: The member of spec that it comes from.
        bucket: Where it is, or will be after `upload`.
        key: Likewise.
        version_id: S3 version of somebody else's file; None: whatever the upload gets.
        digest: SHA-256 of the bytes; empty where they were not read.
        upload: For a file of our own.
        root: Of our own: the store's prefix.
        tail: Of our own: the end of the key, which holds the digest.
    """

    source: str
    bucket: str
    key: str
    version_id: str | None = None
    digest: str = ""
    upload: Upload | None = None
    root: str = ""
    tail: str = ""

    @property
    def mark(self) -> tuple[dict[str, str], str]:
        """What tells it from other content: the key of our own, the S3 version of others, else the bytes."""
        return self.location(), "" if self.version_id else self.digest

    def location(self) -> dict[str, str]:
        """Return AWS's Bucket, ObjectKey and, where it is known, VersionId."""
        place = {"Bucket": self.bucket, "ObjectKey": self.key}
        return place | {"VersionId": self.version_id} if self.version_id else place

    def matches(self, there: Mapping[str, Any]) -> bool:
        """Whether a location in AWS holds this file: keys in our store tell the content, others need the S3 version.

        An upload of an earlier object of the same name has another folder and is the same content all the same.
        """
        bucket, key = there.get("Bucket"), str(there.get("ObjectKey", ""))
        if self.upload is not None:
            return bucket == self.bucket and key.startswith(self.root) and key.endswith(f"/{self.tail}")
        if (bucket, key) != (self.bucket, self.key):
            return False
        return self.version_id is None or there.get("VersionId") == self.version_id


@dataclass(frozen=True)
class Wish:
    """What the workflow should be in AWS.

    Attributes:
        definition: The definition; None where Observe gives none.
        code: The code; None for none.
        settings: Members of UpdateWorkflowRequest without ARN, definition and code; values may be SecretStr.
        variables: Names and values of the environment.
        gaps: What is missing to send it, one sentence each.
        absent: Files in S3 that are missing: AWS has its own copy of what is live, so only what would be sent waits.
        digests: Keyed digests of the variables that come from Secrets.
    """

    definition: File | None
    code: File | None
    settings: Mapping[str, Any] = field(repr=False)
    variables: Mapping[str, str | SecretStr] = field(repr=False)
    gaps: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def hash(self) -> str:
        """24 hexadecimal digits that tell this wish from another; of Secret values only the keyed digests are in it."""
        parts = {
            "definition": self.definition and self.definition.mark,
            "code": self.code and self.code.mark,
            "settings": {name: value for name, value in self.settings.items() if name != "Environment"},
            "variables": self.tokens,
        }
        return hash_of(parts)

    @property
    def tokens(self) -> dict[str, str]:
        """What is remembered of each variable: its value, or the keyed digest of one from a Secret."""
        return {
            name: f"keyed {self.digests.get(name, '')}" if isinstance(value, SecretStr) else value
            for name, value in sorted(self.variables.items())
        }

    def request(self) -> dict[str, Any]:
        """Return the members of UpdateWorkflowRequest but the ARN; CreateWorkflow takes the same."""
        if self.definition is None:
            raise LookupError("there is no definition; the rule ran where it must not")
        members = {**self.settings, "DefinitionS3Location": self.definition.location()}
        if self.code is not None:
            members["Code"] = {"S3Location": self.code.location()}
        return members


def hash_of(value: Any) -> str:
    """Return 24 hexadecimal digits of SHA-256 over a value's JSON with sorted keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:24]


def make_wish(s: Situation) -> Wish:
    """Return what spec asks for; call it only when definition, code and variables were looked at."""
    definition, code = _definition(s), _code(s)
    variables = _variables(s)
    problems = [look.problem for look in s.observed.variables or () if look.problem]
    absent: list[str] = []
    for source, look in ((s.spec.definition, s.observed.definition), (s.spec.code, s.observed.code)):
        if look is not None and look.problem:
            referred = source is not None and source.s3 is not None
            (absent if referred else problems).append(look.problem)
    return Wish(
        definition,
        code,
        _settings(s, variables),
        variables,
        gaps=(*problems, *_no_store(s), *_too_long(s, definition, code)),
        absent=tuple(absent),
        digests={look.name: look.digest for look in s.observed.variables or ()},
    )


def create_request(s: Situation, wish: Wish) -> dict[str, Any]:
    """Return the members of CreateWorkflowRequest.

    The token is the same in every try. It is another one after a workflow that is gone, because AWS may answer a token
    that it knows with what it made for it, and for another request, which AWS refuses with a token that it knows: a
    refusal that names the workflow which has the name says more, and the name makes sure that there is no second one.
    """
    gone, asked = s.status.workflow_arn or "", hash_of([wish.hash, s.spec.tags])
    members = wish.request() | {
        "Name": s.name,
        "ClientToken": client_token(s.observed.cluster_id, s.resource.metadata.uid, "create", gone, asked),
        "Tags": {**s.spec.tags, **ownership_tags(s)},
    }
    if s.spec.encryption is not None:
        key = s.spec.encryption.kms_key_arn
        members["EncryptionConfiguration"] = {"Type": "CUSTOMER_MANAGED_KEY", "KmsKeyId": key}
    return members


def client_token(*parts: str) -> str:
    """Return a token of 64 characters (botocore model mwaa-serverless: IdempotencyTokenString, 1 to 128)."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _definition(s: Situation) -> File | None:
    wanted = s.spec.definition
    if wanted is None:
        return None
    if wanted.s3 is not None:
        there = s.live.definition if s.live is not None else {}
        return _referred(s, wanted.s3, s.observed.definition, s.status.definition, there)
    source = "inline" if wanted.inline is not None else "yaml" if wanted.yaml is not None else "configMapKeyRef"
    return _own(s, source, s.observed.definition, name=DEFINITION, ending="yaml")


def _code(s: Situation) -> File | None:
    wanted = s.spec.code
    if wanted is None:
        return None
    if wanted.s3 is not None:
        there = s.live.code if s.live is not None else {}
        return _referred(s, wanted.s3, s.observed.code, s.status.code, there)
    key = wanted.config_map_key_ref.key if wanted.config_map_key_ref else ""
    # AWS imports a single module under its file name, so each digest is a folder and the name stays.
    return _own(s, "configMapKeyRef", s.observed.code, name="code", ending=key, folder=True)


def _referred(
    s: Situation, wanted: S3Object, look: SourceLook | None, before: StoredObject | None, there: Mapping[str, Any]
) -> File:
    pinned = None if s.spec.artifact_policy == "Follow" else _pinned(wanted, before, there)
    read = look.version_id if look is not None else None
    # With a file that cannot be found, Follow keeps what it has: nothing else could be sent.
    version = wanted.version_id or pinned or read or _pinned(wanted, before, there)
    sha256 = digest(look.data) if look is not None and look.data is not None else ""
    return File("s3", wanted.bucket, wanted.key, version, sha256)


def _pinned(wanted: S3Object, before: StoredObject | None, there: Mapping[str, Any]) -> str | None:
    """Return the S3 version that was found before: as status remembers it, else as AWS was given it."""
    if before is not None and (before.bucket, before.key) == (wanted.bucket, wanted.key):
        return before.version_id
    same = (there.get("Bucket"), there.get("ObjectKey")) == (wanted.bucket, wanted.key)
    return there.get("VersionId") if same else None


def _own(
    s: Situation, source: str, look: SourceLook | None, *, name: str, ending: str, folder: bool = False
) -> File | None:
    store = s.observed.admission.store
    if look is None or look.data is None or store is None:
        return None
    sha256 = digest(look.data)
    tail = f"{name}-{sha256}{'/' if folder else '.'}{ending}"
    key = stored_prefix(s) + tail
    upload = Upload(store.bucket, key, look.data, sha256, store.kms_key_arn)
    return File(source, store.bucket, key, None, sha256, upload, store.prefix, tail)


def _too_long(s: Situation, *files: File | None) -> tuple[str, ...]:
    """A store's prefix and a file's name may each be so long that together they are no key."""
    longest = max((len(file.key.encode()) for file in files if file is not None and file.upload), default=0)
    if longest <= LONGEST_KEY:
        return ()
    account = s.spec.account_ref.name
    return (
        f"The upload's key would have {longest} bytes, S3 allows {LONGEST_KEY}: shorten the key of the ConfigMap, or "
        f"AwsAccount {account} spec.definitionStore.prefix.",
    )


def _no_store(s: Situation) -> tuple[str, ...]:
    definition, code = s.spec.definition, s.spec.code
    own = (definition is not None and definition.s3 is None) or (code is not None and code.s3 is None)
    if not own or s.observed.admission.store is not None:
        return ()
    account = s.spec.account_ref.name
    return (f"AwsAccount {account} has no spec.definitionStore to upload to: ask the platform team, or use s3.",)


def _variables(s: Situation) -> dict[str, str | SecretStr]:
    found = {look.name: look.value for look in s.observed.variables or () if look.value is not None}
    return {
        item.name: found.get(item.name, SecretStr("")) if item.value is None else item.value
        for item in s.spec.environment
    }


def _settings(s: Situation, variables: Mapping[str, str | SecretStr]) -> dict[str, Any]:
    spec = s.spec
    settings: dict[str, Any] = {"TriggerMode": TRIGGER_MODES[spec.trigger_mode]}
    if spec.role is not None and spec.role.arn is not None:
        settings["RoleArn"] = spec.role.arn
    elif is_managed(s):
        settings["RoleArn"] = managed_arn(s)
    if spec.description is not None:
        settings["Description"] = spec.description
    if spec.engine_version is not None:
        settings["EngineVersion"] = int(spec.engine_version)
    if spec.logging is not None and spec.logging.log_group_name is not None:
        settings["LoggingConfiguration"] = {"LogGroupName": spec.logging.log_group_name}
    if spec.network is not None:
        settings["NetworkConfiguration"] = {
            "SubnetIds": sorted(spec.network.subnet_ids),
            "SecurityGroupIds": sorted(spec.network.security_group_ids),
        }
    if variables:
        settings["Environment"] = {"Variables": dict(variables)}
    return settings
