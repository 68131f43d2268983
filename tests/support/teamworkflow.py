"""One ServerlessWorkflow of a team, and the ground that workflows need in AWS: a bucket for definitions, a role."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from localcloud.aws.moto import landscape
from tests.support.serverless import ROLE, dag
from tests.support.simulatedserverless import BUCKET
from tests.support.teamobject import WITHIN, TeamObject
from tests.support.watching import Body, Watching

if TYPE_CHECKING:
    from tests.support.cloud import World

STORE_PREFIX = "workflows"
STORE: Mapping[str, str] = {"bucket": BUCKET, "prefix": STORE_PREFIX}
"""AwsAccount.spec.definitionStore."""

_TRUST: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "airflow-serverless.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": landscape.ACCOUNT}},
        }
    ],
}
_RIGHTS: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": f"arn:aws:s3:::{BUCKET}/*"},
    ],
}


class Workflow(TeamObject):
    """One ServerlessWorkflow of a team; its name in AWS is `<namespace>-<name>`."""

    kind, plural, service = "ServerlessWorkflow", "serverlessworkflows", "mwaa-serverless"
    spec: ClassVar[Mapping[str, Any]] = {
        "region": landscape.REGION,
        "definition": {"yaml": dag().decode()},
        "role": {"arn": ROLE},
    }

    @property
    def aws_name(self) -> str:
        """Its name in AWS."""
        return f"{self.team.namespace}-{self.name}"

    @property
    def watch(self) -> Watching:
        """Every version of every ServerlessWorkflow."""
        return self._world.workflows

    @property
    def aws(self) -> Body:
        """The workflow in AWS, its latest version."""
        found = self._world.serverless.workflow(self.aws_name)
        assert found is not None, f"{self.aws_name} is not in AWS"
        return dict(found)

    @property
    def runs(self) -> list[Body]:
        """Its runs in AWS, oldest first."""
        return [dict(run) for run in self._world.serverless.runs(self.aws_name)]

    @property
    def minted(self) -> int:
        """How many versions it ever had in AWS."""
        return self._world.serverless.minted(self.aws_name)

    def until_run(self, state: str, *, within: float = WITHIN) -> Body:
        """Wait until status.lastRun has a state, and what follows from its end is told."""

        def told(body: Body) -> bool:
            last: Body = body.get("status", {}).get("lastRun", {})
            return bool(last.get("state") == state)

        return self.until(told, f"a run in {state}", within=within)

    def uploads(self) -> list[str]:
        """Return the keys of everything that was ever uploaded for objects of its namespace, and is still there."""
        listed = self._world.client("s3").list_object_versions(Bucket=BUCKET, Prefix=f"{STORE_PREFIX}/")
        found = [item["Key"] for part in ("Versions", "DeleteMarkers") for item in listed.get(part, ())]
        return sorted(key for key in found if f"/{self.team.namespace}/" in key)

    def log_groups(self) -> list[str]:
        """Return the log groups that AWS made for it."""
        prefix = f"/aws/mwaa-serverless/{self.aws_name}-"
        listed = self._world.client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
        return [group["logGroupName"] for group in listed]

    def shown(self) -> Any:
        """Return what AWS shows of it without its variables, and its runs."""
        found = self._world.serverless.workflow(self.aws_name) or {}
        return [{name: value for name, value in found.items() if name != "Environment"}, self.runs]

    def vanish(self) -> None:
        """Remove it from AWS behind the operator's back."""
        self._world.serverless.remove(self.aws_name)


def prepare(world: World) -> None:
    """Make the bucket and the role that `Workflow.spec` names; it may write logs and read definitions."""
    s3, iam = world.client("s3"), world.client("iam")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": landscape.REGION})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    name = ROLE.rpartition("/")[2]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))
    iam.put_role_policy(RoleName=name, PolicyName="workflow", PolicyDocument=json.dumps(_RIGHTS))
