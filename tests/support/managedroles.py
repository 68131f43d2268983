"""Worlds in which a workflow has a managed role, and the definitions that ask something of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml

from mwaa_operator.workflow.plan.situation import Admission
from mwaa_operator.workflow.role.facts import RoleLimits
from tests.support.workflows import ACCOUNT, ADMITTED
from tests.support.workflowworld import World

BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
LIMITS = RoleLimits(BOUNDARY, "/mwaa/", ("s3:*", "glue:*"), (f"arn:aws:iam::{ACCOUNT}:role/glue",))
MANAGED: dict[str, Any] = {"role": {"managed": {}}}
PROVIDER = "airflow.providers.amazon.aws."


def allowing(limits: RoleLimits | None = LIMITS) -> Admission:
    """Return the account's word with these limits for managed roles."""
    return replace(ADMITTED, limits=limits)


def managed(**spec: Any) -> World:
    """Return a world in which nothing was made yet."""
    return World(spec=MANAGED | spec, admission=allowing())


def resting(**spec: Any) -> World:
    """Return a world in which workflow and role were made and are at rest, with nothing counted yet."""
    world = managed(**spec)
    world.settle()
    assert world.ready == ("True", "Succeeded"), world.text()
    world.done.clear()
    world.notices.clear()
    world.iam.history.clear()
    return world


def etl(*buckets: str, operator: str = "operators.s3.S3ListOperator", **arguments: Any) -> dict[str, Any]:
    """Return spec.definition with a task for each bucket."""
    name = "s3_bucket" if "CreateObject" in operator else "bucket"
    tasks = {f"t{number}": {"operator": f"{PROVIDER}{operator}", name: bucket, **arguments}
             for number, bucket in enumerate(buckets)}  # fmt: skip
    return tasked(tasks)


def tasked(tasks: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return spec.definition with these tasks."""
    return {"yaml": yaml.safe_dump({"etl": {**members, "tasks": tasks}})}


def task(operator: str, **arguments: Any) -> dict[str, Any]:
    """Return a task of an operator or sensor of the provider for AWS."""
    full = operator if operator.startswith("airflow.") else f"{PROVIDER}{operator}"
    return {"operator": full, **arguments}


def role_name_of(world: World) -> str:
    """Return the name of the one role that there is."""
    return world.iam.only.arn.rpartition("/")[2]
