"""The rows of the table of rules for ServerlessWorkflow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mwaa_operator.api.rules import Ruled
from mwaa_operator.workflow.api import (
    Encryption,
    EnvironmentVariable,
    Logging,
    S3Object,
    ServerlessWorkflowSpec,
    WorkflowCode,
    WorkflowDefinition,
    WorkflowRole,
)
from tests.support.manifests import KEY, OTHER_KEY, ROLE
from tests.support.rulecase import Case, Spec

WORKFLOW_MODELS: Final[tuple[type[Ruled], ...]] = (
    ServerlessWorkflowSpec,
    WorkflowDefinition,
    WorkflowCode,
    WorkflowRole,
    EnvironmentVariable,
    Logging,
    Encryption,
    S3Object,
)
"""Every model of the kind that has rules."""

_OBSERVE: Final = {"managementPolicy": "Observe"}
_FILE: Final = {"bucket": "orders", "key": "orders.yaml"}
_REFERENCE: Final = {"name": "orders", "key": "orders.yaml"}
_SECRET: Final = {"secretKeyRef": {"name": "orders", "key": "password"}}


def workflow_cases() -> Iterator[Case]:
    """Yield the cases of all rules of the kind."""
    yield from _members()
    yield from _definition()
    yield from _code_and_role()
    yield from _environment()
    yield from _logging()
    yield from _tag_keys()
    yield from _updates()


def _encryption(key: str) -> Spec:
    return {"encryption": {"kmsKeyArn": key}}


def _members() -> Iterator[Case]:
    spec = ServerlessWorkflowSpec
    for field in ("definition", "role"):
        yield Case(spec, f"{field} is required", (_OBSERVE | {field: None},), ({field: None},))
    names = tuple({"name": name} for name in ("O", "9-lives", "a.b_c-D", "o" * 244))
    yield Case(spec, "name must begin", names, tuple({"name": name} for name in ("-a", ".", "a\n", "ä", "a b")))
    regions = tuple({"region": region} for region in ("Frankfurt", "eu-central", "eu-central-1a"))
    yield Case(spec, "region must", ({"region": "us-gov-west-1"},), regions)
    elsewhere = _encryption(KEY.replace("eu-central", "eu-west"))
    yield Case(spec, "encryption.kmsKeyArn must", (_encryption(KEY),), (elsewhere,))
    base = KEY.partition("key/")[0]
    aliases = tuple(_encryption(key) for key in (f"{base}alias/orders", f"{base}key/", f"{base}key/a/b"))
    yield Case(Encryption, "kmsKeyArn must", (_encryption(KEY), _encryption(f"{base}key/mrk-1b2c")), aliases)


def _definition() -> Iterator[Case]:
    inline = {"inline": {"orders": {"schedule": None, "tasks": {"a": {"retries": 1, "x": [1.5, True, None]}}}}}
    ways: tuple[Spec, ...] = (inline, {"yaml": "orders:"}, {"configMapKeyRef": _REFERENCE}, {"s3": _FILE})
    wrong: tuple[Spec, ...] = ({}, ways[0] | ways[1], ways[1] | ways[2], ways[0] | ways[3])
    keeps, breaks = (tuple({"definition": way} for way in each) for each in (ways, wrong))
    yield Case(WorkflowDefinition, "definition must have exactly one", keeps, breaks)
    for key, says in {"/a.yaml": "s3.key", "s3://orders/a.yaml": "s3.key"}.items():
        good = tuple({"definition": {"s3": _FILE | {"key": key}}} for key in ("s3/a.yaml", "a/b c.yaml"))
        yield Case(S3Object, says, good, ({"definition": {"s3": _FILE | {"key": key}}},))


def _code_and_role() -> Iterator[Case]:
    def code(**members: Any) -> Spec:
        return {"code": members}

    archive, script = _FILE | {"key": "a/code.zip"}, _REFERENCE | {"key": "main.py"}
    good = (code(s3=archive), code(configMapKeyRef=script))
    yield Case(WorkflowCode, "code must have exactly one", good, (code(), code(s3=archive, configMapKeyRef=script)))
    for field, reference in (("s3", archive), ("configMapKeyRef", script)):
        keeps = tuple(code(**{field: reference | {"key": key}}) for key in ("a.py", "run.sh", "x.zip"))
        breaks = tuple(code(**{field: reference | {"key": key}}) for key in ("a.tar.gz", "main", "a.pyc", "a.PY"))
        yield Case(WorkflowCode, f"code.{field}.key must", keeps, breaks)
    roles: tuple[Spec, ...] = ({"role": {"arn": ROLE}}, {"role": {"managed": {}}})
    neither_nor: tuple[Spec, ...] = ({"role": {}}, {"role": {"arn": ROLE, "managed": {}}})
    yield Case(WorkflowRole, "role must have exactly one", roles, neither_nor)
    iam = "arn:aws:iam::123456789012:"
    good_arns, bad_arns = (f"{iam}role/p/x@y", ROLE), ("orders", f"{iam}user/x", f"{iam}role/")
    keeps, breaks = (tuple({"role": {"arn": arn}} for arn in arns) for arns in (good_arns, bad_arns))
    yield Case(WorkflowRole, "arn must", keeps, breaks)


def _environment() -> Iterator[Case]:
    def variable(name: str = "STAGE", **members: Any) -> Spec:
        return {"environment": [{"name": name} | members]}

    good = (variable(value=""), variable(value="prod"), variable(valueFrom=_SECRET))
    bad = (variable(), variable(value="", valueFrom=_SECRET))
    yield Case(EnvironmentVariable, "environment[] must have exactly one", good, bad)
    backend = "AIRFLOW__WORKERS__SECRETS_BACKEND"
    free = ("AWS", "AWSOME_X", "AIRFLOW_X", "aws_x", backend, f"{backend}_KWARGS", f"{backend}_KWARG__A")
    reserved = ("AWS_REGION", "AWS_", "AIRFLOW__", "AIRFLOW__CORE__X", f"{backend}S", f"{backend}_KWARG")
    keeps, breaks = (tuple(variable(name, value="x") for name in names) for names in (free, reserved))
    yield Case(EnvironmentVariable, "environment[].name must", keeps, breaks)


def _logging() -> Iterator[Case]:
    mine, days = {"logGroupName": "/team/orders"}, {"retentionDays": 30}
    keeps: tuple[Spec, ...] = ({"logging": mine}, {"logging": days}, {"logging": {}})
    yield Case(Logging, "logging.retentionDays is", keeps, ({"logging": mine | days},))
    delete = {"deleteLogGroup": True}
    good: tuple[Spec, ...] = (delete, delete | {"logging": days}, {"logging": mine})
    yield Case(ServerlessWorkflowSpec, "deleteLogGroup is", good, (delete | {"logging": mine},))


def _tag_keys() -> Iterator[Case]:
    def tags(*keys: str) -> Spec:
        return {"tags": dict.fromkeys(keys, "x")}

    spec, longest = ServerlessWorkflowSpec, "k" * 128
    yield Case(spec, "tags has a key", (tags("Größe x_.:/=+-@", longest),), (tags("a!"), tags(""), tags(f"{longest}k")))
    yield Case(spec, "(AWS reserves them)", (tags("team:aws:"),), (tags("AWS:team"), tags("aws:")))
    yield Case(spec, "(the operator's own)", (tags("mwaa-operator.io"),), (tags("mwaa-operator.io/uid"),))


def _updates() -> Iterator[Case]:
    spec = ServerlessWorkflowSpec
    suspended: Spec = {"suspend": True}
    there = {"accountRef": {"name": "other"}}
    yield Case(spec, "accountRef.name is", ({"accountRef": {"name": "default"}}, suspended), (there,), before={})
    yield Case(spec, "region is immutable", (suspended,), ({"region": "eu-west-1"},), before={})
    key, other = _encryption(KEY), _encryption(OTHER_KEY)
    for says, one, another in (
        ("name is immutable", {"name": "a"}, {"name": "b"}),
        ("encryption.kmsKeyArn is immutable", key, other),
    ):
        yield Case(spec, says, (one | suspended,), (another, {}), before=one)
        yield Case(spec, says, (suspended,), (one,), before={})
    yield Case(spec, "region is immutable", (other, suspended), ({"region": "eu-west-1"},), before=_OBSERVE | key)
