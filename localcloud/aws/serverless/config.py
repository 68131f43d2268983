"""From request members to settings: defaults on create, replacement on update; and what the service finds around.

Source: botocore model mwaa-serverless (CreateWorkflowRequest, UpdateWorkflowRequest). It checks nothing; `rules` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.aws.mwaa.states import Pairs, pairs
from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless.laws import Laws
from localcloud.aws.serverless.states import Code, Location, Network, Settings

Params = Mapping[str, Any]

SMALL_DEFINITION = b"""small:
  tasks:
    only:
      operator: airflow.providers.amazon.aws.operators.s3.S3ListOperator
      bucket: some-bucket
"""
"""What every object holds for a service that nobody gave an S3."""

AWS_MANAGED: Pairs = (("Type", "AWS_MANAGED_KEY"),)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the service finds in the account when it looks at a create or an update.

    Attributes:
        refusal: Why it refuses: role not assumable, not to be passed, object unreadable; None when all is fine.
        definition: The definition's bytes.
        code: The code artifact, when the request names one and it was looked into.
    """

    refusal: Refusal | None = None
    definition: bytes = SMALL_DEFINITION
    code: Code | None = None


def created(params: Params, laws: Laws) -> Settings:
    """Return the settings of a new workflow."""
    return _settings(params, _defaults(params, laws))


def updated(before: Settings, params: Params, laws: Laws) -> Settings:
    """Return the settings after an update; what it leaves out is kept or reset, the environment always replaced."""
    return _settings(params, before if laws.habits.update_omitted == "kept" else _defaults(params, laws))


def encryption(params: Params) -> Pairs:
    """Return the encryption of a new workflow."""
    return pairs(dict(params.get("EncryptionConfiguration") or AWS_MANAGED))


def location(member: Params) -> Location:
    """Return an S3 location of a request."""
    return Location(member["Bucket"], member["ObjectKey"], member.get("VersionId", ""))


def code_location(params: Params) -> Location | None:
    """Return where the code of a request is; None when it names none."""
    inner = params.get("Code", {}).get("S3Location")
    return location(inner) if inner else None


def _defaults(params: Params, laws: Laws) -> Settings:
    return Settings(
        role_arn=params["RoleArn"],
        definition=location(params["DefinitionS3Location"]),
        trigger_mode=laws.habits.default_trigger_mode,
    )


def _settings(params: Params, otherwise: Settings) -> Settings:
    environment = params.get("Environment")
    return Settings(
        role_arn=params["RoleArn"],
        definition=location(params["DefinitionS3Location"]),
        trigger_mode=params.get("TriggerMode", otherwise.trigger_mode),
        code=code_location(params) or otherwise.code,
        description=params.get("Description", otherwise.description),
        log_group=params.get("LoggingConfiguration", {}).get("LogGroupName", otherwise.log_group),
        engine_version=params.get("EngineVersion", otherwise.engine_version),
        network=_network(params["NetworkConfiguration"]) if "NetworkConfiguration" in params else otherwise.network,
        environment=None if environment is None else pairs(environment.get("Variables", {})),
    )


def _network(member: Params) -> Network | None:
    network = Network(tuple(member.get("SecurityGroupIds", ())), tuple(member.get("SubnetIds", ())))
    return network if any(network) else None
