"""What the service refuses of a request at once: one small function each, tried in order.

Source: botocore model mwaa-serverless (documentation of Environment, EncryptionConfiguration, EngineVersion) and the
user guide. Limits of single members are the model's; the definition's content is judged by `grammar`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless.config import Params
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.texts import field_invalid

MAX_TAGS = 50
RESERVED = ("AWS_", "AIRFLOW__")
ALLOWED = re.compile(r"AIRFLOW__WORKERS__SECRETS_BACKEND(?:_KWARGS|_KWARG__\w+)?")
CUSTOMER_KEY = "CUSTOMER_MANAGED_KEY"
Rule = Callable[[Params, Laws], Refusal | None]


def refused(params: Params, laws: Laws) -> Refusal | None:
    """Return the first refusal of a create or an update, or None."""
    return next((refusal for rule in RULES if (refusal := rule(params, laws))), None)


def tags_refused(keys: Iterable[str], count: int = 0) -> Refusal | None:
    """Refuse reserved keys, and more than the service keeps (`count` afterwards)."""
    if any(key.lower().startswith("aws:") for key in keys):
        return field_invalid("Tags", "Tag keys that start with aws: are reserved.")
    return field_invalid("Tags", f"A workflow can have at most {MAX_TAGS} tags.") if count > MAX_TAGS else None


def _trigger_mode(params: Params, laws: Laws) -> Refusal | None:
    mode, modes = params.get("TriggerMode"), laws.habits.trigger_modes
    if mode is None or mode in modes:
        return None
    return field_invalid("TriggerMode", f"{mode} is not valid. Valid values: {', '.join(modes)}.")


def _engine(params: Params, laws: Laws) -> Refusal | None:
    version = params.get("EngineVersion", 1)
    return None if version == 1 else field_invalid("EngineVersion", f"Engine version {version} is not supported.")


def _encryption(params: Params, laws: Laws) -> Refusal | None:
    encryption = params.get("EncryptionConfiguration")
    if not encryption or (encryption["Type"] == CUSTOMER_KEY) == bool(encryption.get("KmsKeyId")):
        return None
    wanted = "needs" if encryption["Type"] == CUSTOMER_KEY else "must not have"
    return field_invalid("EncryptionConfiguration", f"{encryption['Type']} {wanted} a KmsKeyId.")


def _environment(params: Params, laws: Laws) -> Refusal | None:
    for name in params.get("Environment", {}).get("Variables", {}):
        if name.startswith(RESERVED) and not ALLOWED.fullmatch(name):
            return field_invalid("Environment", f"The environment variable name {name} is reserved.")
    return None


def _network(params: Params, laws: Laws) -> Refusal | None:
    network = params.get("NetworkConfiguration")
    if not network or bool(network.get("SubnetIds")) == bool(network.get("SecurityGroupIds")):
        return None
    return field_invalid("NetworkConfiguration", "SubnetIds and SecurityGroupIds are needed together.")


def _code(params: Params, laws: Laws) -> Refusal | None:
    code = params.get("Code")
    return None if code is None or code.get("S3Location") else field_invalid("Code", "Exactly one member must be set.")


def _tags(params: Params, laws: Laws) -> Refusal | None:
    return tags_refused(params.get("Tags", {}))


RULES: tuple[Rule, ...] = (_trigger_mode, _engine, _encryption, _environment, _network, _code, _tags)
