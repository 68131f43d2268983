"""What a valid MwaaEnvironment is, beyond the shape of single fields: one list, judged by API server and model alike.

Sources: botocore model mwaa (CreateEnvironmentInput, UpdateEnvironmentInput) and the Amazon MWAA user guide. Rules that
need to look at AWS (does the role exist, is the upgrade path open) are preflight checks, not rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mwaa_operator.api.awsrules import (
    OBSERVED,
    identity_rules,
    region_rule,
    required_unless_observing,
    role_rule,
    tag_rules,
)
from mwaa_operator.api.fields import seconds
from mwaa_operator.api.meta import attribute_of
from mwaa_operator.api.rules import Rule, cel_text, given, immutable, shaped

if TYPE_CHECKING:
    from mwaa_operator.environment.api import MwaaEnvironment, MwaaEnvironmentSpec, UpdatePolicy, UpdateWindow

MICRO: Final = "mw1.micro"
CLASS: Final = r"^mw1\.(micro|small|medium|large|xlarge|2xlarge)$"
ENVIRONMENT_NAME: Final = r"[a-zA-Z][0-9a-zA-Z_-]*"
OPTION_KEY: Final = r"[a-z][a-z0-9_]*\.[a-z0-9._]*[a-z0-9_]"
BLOCKED_OPTIONS: Final = ("core.multi_team", "triggerer.queues_enabled")
"""Refused by the Amazon MWAA user guide, November 2026; what single versions ignore is for preflight to say."""

_VERSION: Final = r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}"
_KEY_ARN: Final = r"arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_BUCKET_ARN: Final = r"arn:aws(-[a-z]+)*:s3:::[a-z0-9.-]+"
_WINDOW_START: Final = r"(MON|TUE|WED|THU|FRI|SAT|SUN):([01][0-9]|2[0-3]):(00|30)"


def root_rules() -> Iterator[Rule]:
    """Yield the rules that need metadata."""
    yield Rule(
        cel=f"has(self.spec.name) || self.metadata.name.matches({cel_text(f'^{ENVIRONMENT_NAME}$')})",
        holds=_name_fits_aws,
        message="metadata.name is the name in AWS and must begin with a letter and hold no dot: rename the object, "
        "or give another name in spec.name",
        field="spec.name",
    )


def spec_rules() -> Iterator[Rule]:
    """Yield all rules of spec."""
    yield from _required()
    yield from _shapes()
    yield from _paths()
    yield from _counts()
    yield from _versions()
    yield from _options()
    yield from tag_rules()
    yield from _immutables()


def update_policy_rules() -> Iterator[Rule]:
    """Yield the rules of spec.updatePolicy."""
    yield Rule(
        cel="(self.when == 'Window') == has(self.window)",
        holds=lambda policy: (policy.when == "Window") == (policy.window is not None),
        message="updatePolicy.window is required with when: Window and not allowed otherwise: set both or neither",
        field="window",
    )
    yield Rule(
        cel="duration(self.debounce) <= duration('24h')",
        holds=_debounce_in_range,
        message="updatePolicy.debounce must be at most 24h: choose a shorter one",
        field="debounce",
    )


def window_rules() -> Iterator[Rule]:
    """Yield the rules of spec.updatePolicy.window."""
    yield Rule(
        cel="duration(self.duration) >= duration('10m') && duration(self.duration) <= duration('168h')",
        holds=_window_in_range,
        message="updatePolicy.window.duration must be from 10m to 168h: an update must find time to begin",
        field="duration",
    )


def _required() -> Iterator[Rule]:
    """Yield what CreateEnvironment cannot do without."""
    yield from required_unless_observing(
        {
            "executionRoleArn": "give the ARN of the role that tasks run under",
            "sourceBucketArn": "give the ARN of the bucket that holds the DAGs",
            "dagS3Path": "give the key prefix of the DAGs in the bucket, for example dags",
            "networkConfiguration": "give two private subnets and at least one security group",
        }
    )


def _shapes() -> Iterator[Rule]:
    yield region_rule()
    name = "name must begin with a letter and hold only letters, digits, - and _: choose another"
    yield shaped("name", pattern=ENVIRONMENT_NAME, message=name)
    yield role_rule("executionRoleArn")
    messages = {
        ("sourceBucketArn", _BUCKET_ARN): "must be the ARN of a bucket without a key: arn:aws:s3:::<bucket>",
        ("airflowVersion", _VERSION): "must be three numbers: give the patch version too, for example 2.10.3",
        (
            "weeklyMaintenanceWindowStart",
            _WINDOW_START,
        ): "must be DAY:HH:MM in UTC, at :00 or :30: for example SUN:03:30",
        ("kmsKey", _KEY_ARN): "must be the full ARN of a single-Region key, arn:aws:kms:<region>:<account>:key/<uuid>: "
        "MWAA supports neither aliases nor multi-Region keys (mrk-)",
    }
    for (field, pattern), message in messages.items():
        yield shaped(field, pattern=pattern, message=f"{field} {message}")
    yield Rule(
        cel="!has(self.kmsKey) || self.kmsKey.contains(':' + self.region + ':')",
        holds=lambda spec: spec.kms_key is None or f":{spec.region}:" in spec.kms_key,
        message="kmsKey must be in the environment's region: use a key of spec.region",
        field="kmsKey",
    )


def _paths() -> Iterator[Rule]:
    for field in ("dagS3Path", "pluginsS3Path", "requirementsS3Path", "startupScriptS3Path"):
        yield given(
            field,
            cel=f"(!self.{field}.startsWith('/') && !self.{field}.startsWith('s3://'))",
            holds=lambda path: not path.startswith(("/", "s3://")),
            message=f"{field} is a key in the source bucket: leave out s3://, the bucket's name and a leading slash",
        )
    for artefact in ("pluginsS3", "requirementsS3", "startupScriptS3"):
        path, version = f"{artefact}Path", f"{artefact}ObjectVersion"
        yield Rule(
            cel=f"!has(self.{version}) || has(self.{path})",
            holds=partial(_path_given, path, version),
            message=f"{version} needs {path}: set the path, or remove the version",
            field=version,
        )


def _counts() -> Iterator[Rule]:
    """Yield the ranges of counts; where the class is unset AWS takes mw1.small (Amazon MWAA user guide)."""
    size = "self.?environmentClass.orValue('')"
    for field in ("minWorkers", "maxWorkers", "schedulers", "minWebservers", "maxWebservers"):
        yield Rule(
            cel=f"!has(self.{field}) || self.{field} == 1 || {size} != '{MICRO}'",
            holds=partial(_one_on_micro, field),
            message=f"{field} must be 1 with environmentClass {MICRO}: remove it, or choose a larger class",
            field=field,
        )
    for field in ("schedulers", "minWebservers", "maxWebservers"):
        yield Rule(
            cel=f"!has(self.{field}) || self.{field} >= 2 || {size} == '{MICRO}'",
            holds=partial(_several_above_micro, field),
            message=f"{field} must be 2 to 5 unless environmentClass is {MICRO}: raise it, or set the class",
            field=field,
        )
    for of in ("Workers", "Webservers"):
        least, most = f"min{of}", f"max{of}"
        yield Rule(
            cel=f"!has(self.{least}) || !has(self.{most}) || self.{least} <= self.{most}",
            holds=partial(_in_order, least, most),
            message=f"{least} must not be greater than {most}: lower {least} or raise {most}",
            field=least,
        )


def _versions() -> Iterator[Rule]:
    malformed = f"!self.airflowVersion.matches({cel_text(f'^{_VERSION}$')})"
    yield Rule(
        cel="!has(self.webserverAccessMode) || self.webserverAccessMode != 'PUBLIC_AND_PRIVATE' || "
        f"!has(self.airflowVersion) || {malformed} || {_cel_version('self')} >= 3002000",
        holds=_access_mode_fits_version,
        message="webserverAccessMode PUBLIC_AND_PRIVATE needs Airflow 3.2.0 or later: raise airflowVersion, or choose "
        "PUBLIC_ONLY or PRIVATE_ONLY",
        field="webserverAccessMode",
    )
    yield Rule(
        cel=f"{OBSERVED} || self.updatePolicy.allowDowngrade || !has(self.airflowVersion) || "
        f"!has(oldSelf.airflowVersion) || {malformed} || {malformed.replace('self', 'oldSelf')} || "
        f"{_cel_version('self')} >= {_cel_version('oldSelf')}",
        message="airflowVersion must not be lowered: set updatePolicy.allowDowngrade to true if that is what you want",
        field="airflowVersion",
        reason="FieldValueForbidden",
    )


def _options() -> Iterator[Rule]:
    literal, secret = "airflowConfigurationOptions", "airflowConfigurationOptionsFrom"
    blocked = "[" + ", ".join(map(cel_text, BLOCKED_OPTIONS)) + "]"
    yield given(
        literal,
        cel=f"self.{literal}.all(k, size(k) <= 64 && k.matches({cel_text(f'^{OPTION_KEY}$')}))",
        holds=lambda options: all(len(key) <= 64 and re.fullmatch(OPTION_KEY, key) for key in options),
        message=f"{literal} has a key that is not section.option in lower case with at most 64 characters: "
        "write for example core.parallelism",
    )
    yield given(
        literal,
        cel=f"{blocked}.all(k, !(k in self.{literal}))",
        holds=lambda options: not any(key in options for key in BLOCKED_OPTIONS),
        message=f"{literal} must not set {' or '.join(BLOCKED_OPTIONS)}: MWAA does not allow it, remove it",
    )
    yield given(
        secret,
        cel=f"self.{secret}.all(o, !(o.name in {blocked}))",
        holds=lambda options: not any(option.name in BLOCKED_OPTIONS for option in options),
        message=f"{secret} must not set {' or '.join(BLOCKED_OPTIONS)}: MWAA does not allow it, remove it",
    )
    yield Rule(
        cel=f"!has(self.{literal}) || !has(self.{secret}) || self.{secret}.all(o, !(o.name in self.{literal}))",
        holds=_options_disjoint,
        message=f"{secret} and {literal} must not set the same option: remove it from one of them",
        field=secret,
    )


def _immutables() -> Iterator[Rule]:
    yield from identity_rules("MwaaEnvironment")
    for path in ("kmsKey", "endpointManagement", "networkConfiguration.subnetIds"):
        yield immutable(
            path,
            unless=OBSERVED,
            message=f"{path} is immutable, AWS fixes it at creation: create another MwaaEnvironment instead",
        )


def _cel_version(root: str) -> str:
    """Return CEL for a version as one number, so that 3.2.1 becomes 3002001."""
    parts = f"{root}.airflowVersion.split('.')"
    return f"(int({parts}[0]) * 1000000 + int({parts}[1]) * 1000 + int({parts}[2]))"


def _path_given(path: str, version: str, spec: MwaaEnvironmentSpec) -> bool:
    return not _has(spec, version) or _has(spec, path)


def _one_on_micro(field: str, spec: MwaaEnvironmentSpec) -> bool:
    return _get(spec, field) in (None, 1) or spec.environment_class != MICRO


def _several_above_micro(field: str, spec: MwaaEnvironmentSpec) -> bool:
    return _get(spec, field) != 1 or spec.environment_class == MICRO


def _in_order(least: str, most: str, spec: MwaaEnvironmentSpec) -> bool:
    low, high = _get(spec, least), _get(spec, most)
    return low is None or high is None or low <= high


def _access_mode_fits_version(spec: MwaaEnvironmentSpec) -> bool:
    version = spec.airflow_version
    if spec.webserver_access_mode != "PUBLIC_AND_PRIVATE" or version is None:
        return True
    return re.fullmatch(_VERSION, version) is None or [int(part) for part in version.split(".")] >= [3, 2, 0]


def _options_disjoint(spec: MwaaEnvironmentSpec) -> bool:
    literal: Mapping[str, str] = spec.airflow_configuration_options or {}
    return not any(option.name in literal for option in spec.airflow_configuration_options_from)


def _name_fits_aws(environment: MwaaEnvironment) -> bool:
    return environment.spec.name is not None or re.fullmatch(ENVIRONMENT_NAME, environment.metadata.name) is not None


def _debounce_in_range(policy: UpdatePolicy) -> bool:
    return seconds(policy.debounce) <= 24 * 3600


def _window_in_range(window: UpdateWindow) -> bool:
    return 600 <= seconds(window.duration) <= 168 * 3600


def _get(spec: MwaaEnvironmentSpec, wire_name: str) -> Any:
    return getattr(spec, attribute_of(wire_name))


def _has(spec: MwaaEnvironmentSpec, wire_name: str) -> bool:
    return _get(spec, wire_name) is not None
