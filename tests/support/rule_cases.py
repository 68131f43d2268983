"""For every rule of every kind: objects that keep it, and objects that break it and nothing else.

The same table is judged by the models (unit) and by the API server (contract), so that the two cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mwaa_operator.account.api import AwsAccountSpec, Namespaces
from mwaa_operator.api.rules import Ruled
from mwaa_operator.api.selectors import Requirement
from mwaa_operator.environment.api import MwaaEnvironment, MwaaEnvironmentSpec, UpdatePolicy, UpdateWindow
from tests.support.gateway_rule_cases import GATEWAY_MODELS, gateway_cases
from tests.support.manifests import KEY, OTHER_KEY
from tests.support.route_rule_cases import ROUTE_MODELS, route_cases
from tests.support.rulecase import Case, Spec
from tests.support.workflow_rule_cases import WORKFLOW_MODELS, workflow_cases

MODELS: Final[tuple[type[Ruled], ...]] = (
    MwaaEnvironment,
    MwaaEnvironmentSpec,
    UpdatePolicy,
    UpdateWindow,
    AwsAccountSpec,
    Namespaces,
    Requirement,
    *WORKFLOW_MODELS,
    *GATEWAY_MODELS,
    *ROUTE_MODELS,
)
"""Every model that has rules."""

_OBSERVE: Final = {"managementPolicy": "Observe"}
_MICRO: Final = {"environmentClass": "mw1.micro"}
_LARGE: Final = {"environmentClass": "mw1.large"}
_WINDOW: Final = {"schedule": "0 2 * * SUN", "duration": "4h"}


def all_cases() -> list[Case]:
    """Return the cases of all rules."""
    return [
        *_environment_members(),
        *_environment_paths(),
        *_environment_counts(),
        *_environment_maps(),
        *_update_policy(),
        *_environment_updates(),
        *_account(),
        *workflow_cases(),
        *gateway_cases(),
        *route_cases(),
    ]


def _environment_members() -> Iterator[Case]:
    def spec(says: str, field: str, keeps: tuple[str, ...], breaks: tuple[str, ...]) -> Case:
        good, bad = tuple({field: value} for value in keeps), tuple({field: value} for value in breaks)
        return Case(MwaaEnvironmentSpec, says, good, bad)

    yield Case(MwaaEnvironment, "metadata.name", ({}, {"name": "Etl"}), ({},), name="9-lives")
    yield Case(MwaaEnvironment, "metadata.name", ({},), ({},), name="et.l")
    for field in ("executionRoleArn", "sourceBucketArn", "dagS3Path", "networkConfiguration"):
        yield Case(MwaaEnvironmentSpec, f"{field} is required", (_OBSERVE | {field: None},), ({field: None},))
    yield spec("name must begin", "name", ("E", "Etl_1-x"), ("9lives", "a.b", "a\n", "ä"))
    yield spec("region must", "region", ("us-gov-west-1",), ("Frankfurt", "eu-central", "eu-central-1a"))
    role = "arn:aws:iam::123456789012:"
    yield spec("RoleArn must", "executionRoleArn", (f"{role}role/p/x@y",), ("airflow", f"{role}user/x", f"{role}role/"))
    bucket = "arn:aws:s3:::airflow"
    yield spec("BucketArn must", "sourceBucketArn", ("arn:aws-cn:s3:::a.b-c",), ("s3://airflow", f"{bucket}/dags"))
    yield spec("airflowVersion must be three", "airflowVersion", ("2.10.3",), ("2.10", "v2.10.3", "2.10.3b1"))
    start = "weeklyMaintenanceWindowStart"
    yield spec(f"{start} must", start, ("SUN:23:30", "MON:00:00"), ("SUN:24:00", "sun:03:30", "SUN:03:15", "SUN:3:00"))
    key = "arn:aws:kms:eu-central-1:123456789012:"
    mrk = f"{key}key/mrk-1b2c3d4e11112222333344445555666a"
    yield spec("kmsKey must be the full", "kmsKey", (KEY,), (f"{key}alias/airflow", mrk))
    yield spec("kmsKey must be in the", "kmsKey", (KEY,), (KEY.replace("eu-central", "eu-west"),))
    yield Case(
        MwaaEnvironmentSpec,
        "PUBLIC_AND_PRIVATE needs",
        tuple(_open_to_both(version) for version in ("3.2.0", "3.10.0", "4.0.0", None)),
        tuple(_open_to_both(version) for version in ("3.1.9", "2.11.2")),
    )


def _open_to_both(version: str | None) -> Spec:
    return {"webserverAccessMode": "PUBLIC_AND_PRIVATE", "airflowVersion": version}


def _environment_paths() -> Iterator[Case]:
    for path in ("dagS3Path", "pluginsS3Path", "requirementsS3Path", "startupScriptS3Path"):
        good, bad = ("a/b c.zip", "s3"), ("s3://bucket/a", "/a", "/")
        keeps, breaks = tuple({path: value} for value in good), tuple({path: value} for value in bad)
        yield Case(MwaaEnvironmentSpec, f"{path} is a key", keeps, breaks)
    for of in ("pluginsS3", "requirementsS3", "startupScriptS3"):
        version = {f"{of}ObjectVersion": "1"}
        yield Case(MwaaEnvironmentSpec, f"{of}ObjectVersion needs", (version | {f"{of}Path": "a"},), (version,))


def _environment_counts() -> Iterator[Case]:
    for of in ("minWorkers", "maxWorkers", "schedulers", "minWebservers", "maxWebservers"):
        yield Case(MwaaEnvironmentSpec, f"{of} must be 1 with", (_MICRO, _MICRO | {of: 1}), (_MICRO | {of: 2},))
    for of in ("schedulers", "minWebservers", "maxWebservers"):
        yield Case(
            MwaaEnvironmentSpec, f"{of} must be 2 to 5", (_LARGE | {of: 2}, {of: 2}), (_LARGE | {of: 1}, {of: 1})
        )
    for of in ("Workers", "Webservers"):
        least, most = f"min{of}", f"max{of}"
        keeps = ({least: 3, most: 3}, {least: 2, most: 3}, {least: 4}, {most: 2})
        yield Case(MwaaEnvironmentSpec, f"{least} must not", keeps, ({least: 4, most: 3},))


def _options(**options: str) -> Spec:
    """Return options; `__` stands for the dot."""
    return {"airflowConfigurationOptions": {name.replace("__", ".", 1): value for name, value in options.items()}}


def _secret(name: str) -> Spec:
    reference = {"secretKeyRef": {"name": "smtp", "key": "password"}}
    return {"airflowConfigurationOptionsFrom": [{"name": name, "valueFrom": reference}]}


def _tags(*keys: str) -> Spec:
    return {"tags": dict.fromkeys(keys, "x")}


def _environment_maps() -> Iterator[Case]:
    spec = MwaaEnvironmentSpec
    good = (_options(core__parallelism="40", a__b_="x"), _options(), _options(**{"core__" + "a" * 59: "1"}))
    bad = (
        _options(parallelism="40"),
        _options(Core__a="1"),
        _options(core__="1"),
        _options(**{"core__" + "a" * 60: "1"}),
    )
    yield Case(spec, "has a key that is not section.option", good, bad)
    yield Case(spec, "Options must not set core", (_options(core__x="1"),), (_options(core__multi_team="True"),))
    yield Case(spec, "From must not set", (_secret("smtp.smtp_user"),), (_secret("triggerer.queues_enabled"),))
    both = _options(smtp__smtp_user="x")
    yield Case(spec, "the same option", (both | _secret("smtp.smtp_password"),), (both | _secret("smtp.smtp_user"),))
    yield Case(
        spec, "tags has a key", (_tags("Größe x_.:/=+-@", "k" * 128),), (_tags("a!"), _tags(""), _tags("k" * 129))
    )
    yield Case(spec, "(AWS reserves them)", (_tags("team:aws:"),), (_tags("AWS:team"), _tags("aws:")))
    yield Case(spec, "(the operator's own)", (_tags("mwaa-operator.io"),), (_tags("mwaa-operator.io/uid"),))


def _policy(**members: Any) -> Spec:
    return {"updatePolicy": members}


def _window(duration: str) -> Spec:
    return _policy(when="Window", window=_WINDOW | {"duration": duration})


def _update_policy() -> Iterator[Case]:
    without, beside = _policy(when="Window"), _policy(window=_WINDOW)
    yield Case(UpdatePolicy, "updatePolicy.window", (_window("4h"), _policy()), (without, beside))
    debounces = tuple(_policy(debounce=value) for value in ("24h", "0s", "1h30m5s"))
    yield Case(UpdatePolicy, "updatePolicy.debounce", debounces, (_policy(debounce="24h1s"),))
    bad = tuple(map(_window, ("9m59s", "168h1s", "0s")))
    yield Case(UpdateWindow, "window.duration", tuple(map(_window, ("10m", "168h"))), bad)


def _network(*subnets: str) -> Spec:
    return {"networkConfiguration": {"subnetIds": list(subnets), "securityGroupIds": ["sg-a1"]}}


def _environment_updates() -> Iterator[Case]:
    spec = MwaaEnvironmentSpec
    here, there = {"accountRef": {"name": "default"}}, {"accountRef": {"name": "other"}}
    yield Case(spec, "accountRef.name is", (here, {"suspend": True}), (there,), before={})
    yield Case(spec, "region is immutable", ({"suspend": True},), ({"region": "eu-west-1"},), before={})
    for says, field, one, other in (
        ("name is immutable", "name", "a", "b"),
        ("kmsKey is immutable", "kmsKey", KEY, OTHER_KEY),
        ("endpointManagement is", "endpointManagement", "SERVICE", "CUSTOMER"),
    ):
        yield Case(spec, says, ({field: one, "suspend": True},), ({field: other}, {}), before={field: one})
        yield Case(spec, says, ({"suspend": True},), ({field: one},), before={})
    yield Case(
        spec, "subnetIds is", (_network("subnet-b2", "subnet-a1"),), (_network("subnet-a1", "subnet-c3"),), before={}
    )
    for version, lower, higher in (("2.10.3", "2.9.4", "2.11.0"), ("3.0.6", "2.11.2", "3.0.6")):
        keeps: tuple[Spec, ...] = (
            {"airflowVersion": higher},
            {},
            {"airflowVersion": lower} | _policy(allowDowngrade=True),
        )
        breaks = ({"airflowVersion": lower},)
        yield Case(spec, "airflowVersion must not", keeps, breaks, before={"airflowVersion": version})
    observing = _OBSERVE | {"kmsKey": KEY, "airflowVersion": "3.0.6", "endpointManagement": "SERVICE"}
    correction = _network("subnet-a1", "subnet-c3") | {"airflowVersion": "2.10.3", "kmsKey": OTHER_KEY}
    yield Case(spec, "region is immutable", (correction,), ({"region": "eu-west-1"},), before=observing)


def _account() -> Iterator[Case]:
    changed = ({"accountId": "123456789013"},)
    yield Case(AwsAccountSpec, "accountId is immutable", ({"regions": ["*"]},), changed, before={})
    mine, other = (f"arn:aws:iam::{account}:role/operator" for account in ("123456789012", "123456789013"))
    yield Case(
        AwsAccountSpec,
        "role of the account",
        ({"assumeRole": {"roleArn": mine}},),
        ({"assumeRole": {"roleArn": other}},),
    )

    def namespaces(**members: Any) -> Spec:
        return {"namespaces": {name.rstrip("_"): value for name, value in members.items()}}

    def labels(operator: str, **values: Any) -> Spec:
        expression = {"key": "team", "operator": operator} | values
        return namespaces(from_="Selector", selector={"matchExpressions": [expression]})

    by_name, by_label = namespaces(from_="Names", names=["a"]), namespaces(from_="Selector", selector={})
    names_missing = (
        namespaces(from_="Names"),
        namespaces(from_="Names", names=[]),
        namespaces(from_="All", names=["a"]),
    )
    yield Case(Namespaces, "namespaces.names", (by_name, namespaces(from_="All")), names_missing)
    selector_missing = (namespaces(from_="Selector"), namespaces(from_="All", selector={}))
    yield Case(Namespaces, "namespaces.selector", (by_label,), selector_missing)
    good = (labels("In", values=["a"]), labels("Exists"), labels("Exists", values=[]))
    yield Case(
        Requirement,
        "values is required",
        good,
        (labels("In"), labels("NotIn", values=[]), labels("Exists", values=["a"])),
    )
