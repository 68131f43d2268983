"""Any order of edits, runs and lost answers: what runs has its rights at every moment, and at rest there is no more.

Not covered: limits that change on the way, which take rights away on purpose.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mwaa_operator.workflow.definition.canonical import digest
from tests.support.iam import granted
from tests.support.managedroles import BOUNDARY, LIMITS, MANAGED, etl, managed
from tests.support.workflows import ROLE, run
from tests.support.workflowworld import World

BUCKETS = ("first-bucket", "second-bucket", "third-bucket")
DEFINITIONS = {digest(etl(bucket)["yaml"].encode()): bucket for bucket in BUCKETS}
LOST = ("CreateRole", "WriteRole", "DeleteRole", "CreateWorkflow", "UpdateWorkflow")

STEPS = st.one_of(
    st.sampled_from([("pass", "")] * 5),
    st.tuples(st.just("edit"), st.sampled_from(BUCKETS)),
    st.tuples(st.just("role"), st.sampled_from(["managed", "own"])),
    st.tuples(st.sampled_from(["before", "after"]), st.sampled_from(LOST)),
    st.sampled_from([("run", ""), ("end", "")]),
)


class Walk:
    """A world, and what each of its versions needs."""

    def __init__(self) -> None:
        self.world = managed(definition=etl(BUCKETS[0]))
        self.needs: dict[str, tuple[str, str]] = {}

    def take(self, what: str, which: str) -> None:
        """Make one step."""
        world = self.world
        match what:
            case "edit":
                world.edit(definition=etl(which))
            case "role":
                world.edit(**(MANAGED if which == "managed" else {"role": {"arn": ROLE}}))
            case "run" if world.aws.members is not None:
                number = len(world.runs)
                live = world.aws.there["WorkflowVersion"]
                world.runs = (run(f"run{number}", made=1 - number, version=live), *world.runs)
            case "end":
                world.runs = tuple(replace(item, state="SUCCESS", ended_at=world.now) for item in world.runs)
            case "before" | "after":
                world.lose[which] = what
            case "pass":
                world.later(world.step().requeue_after or 5)
        self.check()

    def check(self) -> None:
        """Whatever runs, or may start to, may list its bucket; no role is without its boundary.

        Raises:
            AssertionError: A right is missing, or there is one too many.
        """
        world = self.world
        if world.aws.members is not None:
            there = world.aws.there
            bucket = DEFINITIONS[there["DefinitionS3Location"]["ObjectKey"].rpartition("-")[2].removesuffix(".yaml")]
            self.needs[there["WorkflowVersion"]] = (bucket, there["RoleArn"].rpartition("/")[2])
            active = {item.version for item in world.runs if not item.ended} | {there["WorkflowVersion"]}
            for version in active:
                allows(world, *self.needs[version])
        for role in world.iam.roles.values():
            assert role.boundary_arn == BOUNDARY
            assert role.arn.startswith(f"arn:aws:iam::123456789012:role{LIMITS.path}mwaas-")

    def rest(self) -> None:
        """Let everything come to its end."""
        self.world.lose.clear()
        self.take("end", "")
        self.world.settle(60)
        self.check()


def allows(world: World, bucket: str, role: str) -> None:
    """Check that a version may do what it needs under its role, unless the role is somebody else's."""
    if role != ROLE.rpartition("/")[2]:
        assert f"arn:aws:s3:::{bucket}" in granted(world.iam.roles[role])["s3:ListBucket"], (bucket, role)


@settings(max_examples=40, deadline=None)
@given(st.lists(STEPS, max_size=24))
def test_what_runs_has_its_rights_and_at_rest_there_is_one_role_with_no_more(steps: list[Any]) -> None:
    walk = Walk()
    for what, which in steps:
        walk.take(what, which)
    walk.rest()
    world = walk.world
    assert world.ready == ("True", "Succeeded"), world.text()
    assert world.aws.made == 1
    wanted = world.spec["role"] == MANAGED["role"]
    assert len(world.iam.roles) == wanted
    if wanted:
        bucket, _ = walk.needs[world.aws.there["WorkflowVersion"]]
        assert granted(world.iam.only)["s3:ListBucket"] == {f"arn:aws:s3:::{bucket}"}
    assert not world.status.get("formerRoles")
