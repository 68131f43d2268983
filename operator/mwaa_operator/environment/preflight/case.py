"""What a check judges: one spec, the facts, the day, and what is known about MWAA. Pure.

It also answers the questions about a spec that several checks ask, so that they all get the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mwaa_operator.environment.api import MwaaEnvironmentSpec, NetworkConfiguration
from mwaa_operator.environment.knowledge import Knowledge
from mwaa_operator.environment.preflight.facts import PreflightFacts
from mwaa_operator.environment.preflight.rows import Rows
from mwaa_operator.environment.rules import MICRO

DEFAULT_MAX_WORKERS = 10
DEFAULT_SCHEDULERS = 2
DEFAULT_MAX_WEBSERVERS = 2
"""What AWS takes for counts that are not given (Amazon MWAA user guide)."""


@dataclass(frozen=True)
class Case:
    """One environment to be judged."""

    spec: MwaaEnvironmentSpec
    facts: PreflightFacts
    today: date
    knowledge: Knowledge
    rows: Rows

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn` or `aws-us-gov`."""
        return partition_of(self.spec)

    @property
    def network(self) -> NetworkConfiguration:
        """The network of the spec; empty where it names none."""
        named = self.spec.network_configuration
        return named or NetworkConfiguration.model_construct(subnet_ids=[], security_group_ids=[])

    @property
    def environment_arn(self) -> str:
        """The ARN that the environment will have."""
        facts = self.facts
        return f"arn:{self.partition}:airflow:{self.spec.region}:{facts.account_id}:environment/{facts.name}"

    @property
    def max_workers(self) -> int:
        """The most workers that the environment may come to."""
        return 1 if self.spec.environment_class == MICRO else self.spec.max_workers or DEFAULT_MAX_WORKERS

    @property
    def containers(self) -> int:
        """The most containers, each of which needs an address in one of the two subnets."""
        if self.spec.environment_class == MICRO:
            return 2
        webservers = self.spec.max_webservers or DEFAULT_MAX_WEBSERVERS
        return self.max_workers + webservers + (self.spec.schedulers or DEFAULT_SCHEDULERS)

    @property
    def private(self) -> bool:
        """Whether the web server is reached from the VPC alone; AWS's choice where nothing is given."""
        return self.spec.webserver_access_mode in (None, "PRIVATE_ONLY")


def partition_of(spec: MwaaEnvironmentSpec) -> str:
    """Return the partition that the ARNs of a spec name; `aws` where it names none."""
    arn = spec.execution_role_arn or spec.source_bucket_arn or spec.kms_key
    return arn.split(":")[1] if arn else "aws"


def bucket_of(spec: MwaaEnvironmentSpec) -> str:
    """Return the name of the bucket; empty where the spec names none."""
    return (spec.source_bucket_arn or "").rpartition(":")[2]


def artifacts_of(spec: MwaaEnvironmentSpec) -> dict[str, tuple[str, str | None]]:
    """Return path and version of each artefact that the spec names: plugins, requirements, startupScript."""
    named = {
        "plugins": (spec.plugins_s3_path, spec.plugins_s3_object_version),
        "requirements": (spec.requirements_s3_path, spec.requirements_s3_object_version),
        "startupScript": (spec.startup_script_s3_path, spec.startup_script_s3_object_version),
    }
    return {name: (path, version) for name, (path, version) in named.items() if path is not None}
