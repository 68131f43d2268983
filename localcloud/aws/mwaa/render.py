"""What GetEnvironment shows of an environment, as boto3 would return it.

Source: botocore model mwaa (Environment). Identifiers that AWS draws at random are derived from the environment, so
that the same history always shows the same answer, and a recreated environment shows new ones.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from localcloud.aws.mwaa.config import ARTIFACTS, PLAIN, digest
from localcloud.aws.mwaa.laws import Habits
from localcloud.aws.mwaa.states import (
    MODULES,
    Config,
    Environment,
    LastUpdate,
    Module,
    ModuleLog,
    Status,
    partition,
)

Answer = dict[str, Any]

SERVICE_ACCOUNT = "777788889999"
"""Account in which the service keeps its own parts."""
SERVICE_ROLE = "aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA"
MASK = "***"


def render(environment: Environment, habits: Habits) -> Answer:
    """Return the member `Environment` of GetEnvironment's answer; absent members are left out."""
    status, config, last_update = _shown(environment, habits)
    answer: Answer = {
        "Name": environment.name,
        "Arn": environment.arn,
        "Status": status,
        "CreatedAt": timestamp(environment.created_at),
        **render_config(config, habits, environment),
        **_made_by_service(environment, config),
        "Tags": dict(shown_tags(environment)),
    }
    if last_update is not None:
        answer["LastUpdate"] = _last_update(last_update)
    if not answer["Tags"]:
        del answer["Tags"]
    if habits.unknown_members:
        answer["CostCenter"] = {"Currency": "USD"}
    return answer


def shown_tags(environment: Environment) -> tuple[tuple[str, str], ...]:
    """Return the tags that reads show now."""
    return environment.stale_tags.tags if environment.stale_tags else environment.tags


def host(environment: Environment) -> str:
    """Return the web server's host name (the service leaves `https://` out, against its own model)."""
    seed = _seed(environment)
    suffix = "amazonaws.com.cn" if partition(environment.region) == "aws-cn" else "on.aws"
    return f"{_uuid(seed)}.c{int(seed[32:34], 16) % 60 + 1}.airflow.{environment.region}.{suffix}"


def timestamp(seconds: float) -> datetime:
    """Return epoch seconds as boto3 gives them."""
    return datetime.fromtimestamp(round(seconds, 3), UTC)


def render_config(config: Config, habits: Habits, environment: Environment) -> Answer:
    """Return the members that requests set."""
    answer = {member: value for member, attribute in PLAIN.items() if (value := getattr(config, attribute)) is not None}
    answer["DagS3Path"] = _dag_path(config.dag_s3_path, habits)
    if config.kms_key:
        answer["KmsKey"] = _kms_key(config.kms_key, habits, environment)
    ordered = sorted if habits.lists == "sorted" else list
    answer["NetworkConfiguration"] = {
        "SubnetIds": ordered(config.subnet_ids),
        "SecurityGroupIds": ordered(config.security_group_ids),
    }
    answer["LoggingConfiguration"] = {
        module.member: _module(module, log, environment) for module, log in zip(MODULES, config.logging, strict=True)
    }
    answer["AirflowConfigurationOptions"] = {
        key: MASK if habits.mask_options else value for key, value in config.options
    }
    for word, attribute in ARTIFACTS.items():
        if artifact := getattr(config, attribute):
            answer[f"{word}S3Path"], answer[f"{word}S3ObjectVersion"] = artifact
    if config.identity_center:
        answer["IdentityCenterConfiguration"] = dict(config.identity_center)
    if config.teams:
        answer["Teams"] = {
            team.name: {"SourceBucketArn": team.source_bucket_arn, "DagS3Path": team.dag_s3_path}
            for team in config.teams
        }
    return answer


def member_of(config: Config, member: str) -> Any:
    """Return one member of a configuration by its name in GetEnvironment; None when it has no such member.

    `AirflowConfigurationOptions.<key>` means one option.
    """
    group, _, key = member.partition(".")
    if group == "AirflowConfigurationOptions":
        return dict(config.options).get(key)
    if group in PLAIN:
        return getattr(config, PLAIN[group])
    for word, attribute in ARTIFACTS.items():
        if group in (f"{word}S3Path", f"{word}S3ObjectVersion"):
            artifact = getattr(config, attribute)
            return artifact and (artifact.path if group.endswith("Path") else artifact.version)
    return None


def _shown(environment: Environment, habits: Habits) -> tuple[str, Config, LastUpdate | None]:
    if environment.stale:
        return environment.stale.status, environment.stale.config, environment.stale.last_update
    target = (
        environment.target if habits.update_shows == "accepted" and environment.status != Status.ROLLING_BACK else None
    )
    return environment.status, target or environment.config, environment.last_update


def _made_by_service(environment: Environment, config: Config) -> Answer:
    seed, region, arn = _seed(environment), environment.region, partition(environment.region)
    answer: Answer = {
        "ServiceRoleArn": f"arn:{arn}:iam::{environment.account}:role/{SERVICE_ROLE}",
        "CeleryExecutorQueue": f"arn:{arn}:sqs:{region}:{SERVICE_ACCOUNT}:airflow-celery-{_uuid(seed)}",
    }
    if environment.endpoints:
        answer["DatabaseVpcEndpointService"] = f"com.amazonaws.vpce.{region}.vpce-svc-0{seed[40:56]}"
        if config.webserver_access_mode != "PUBLIC_ONLY":
            answer["WebserverVpcEndpointService"] = f"com.amazonaws.vpce.{region}.vpce-svc-0{seed[24:40]}"
    if environment.ready:
        answer["WebserverUrl"] = host(environment)
    return answer


def _seed(environment: Environment) -> str:
    return digest(environment.account, environment.region, environment.name, repr(environment.created_at))


def _uuid(seed: str) -> str:
    return f"{seed[:8]}-{seed[8:12]}-4{seed[13:16]}-a{seed[17:20]}-{seed[20:32]}"


def _dag_path(path: str, habits: Habits) -> str:
    if habits.dag_path == "sent":
        return path
    return path.rstrip("/") + ("/" if habits.dag_path == "slash" else "")


def _kms_key(key: str, habits: Habits, environment: Environment) -> str:
    if habits.kms_key == "sent" or key.startswith("arn:"):
        return key
    name = key if key.startswith(("key/", "alias/")) else f"key/{key}"
    return f"arn:{partition(environment.region)}:kms:{environment.region}:{environment.account}:{name}"


def _module(module: Module, log: ModuleLog, environment: Environment) -> Answer:
    answer: Answer = {"Enabled": log.enabled, "LogLevel": log.level}
    if log.enabled:
        group = f"log-group:airflow-{environment.name}-{module.suffix}"
        answer["CloudWatchLogGroupArn"] = (
            f"arn:{partition(environment.region)}:logs:{environment.region}:{environment.account}:{group}"
        )
    return answer


def _last_update(update: LastUpdate) -> Answer:
    answer: Answer = {"Status": update.status, "CreatedAt": timestamp(update.created_at)}
    if update.error is not None:
        answer["Error"] = {"ErrorCode": update.error[0], "ErrorMessage": update.error[1]}
    if update.source is not None:
        answer["Source"] = update.source
    if update.strategy is not None:
        answer["WorkerReplacementStrategy"] = update.strategy
    return answer
