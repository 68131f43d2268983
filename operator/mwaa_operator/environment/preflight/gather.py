"""Reads every fact that the checks of one environment need, through ports and a cache.

It decides nothing and never raises for what AWS refuses to show or cannot answer: such a fact is `Unknown`.
"""

from __future__ import annotations

from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.engine.readcache import Cache
from mwaa_operator.environment.api import MwaaEnvironmentSpec
from mwaa_operator.environment.preflight.facts import PreflightFacts
from mwaa_operator.environment.preflight.gather_bucket import gather_bucket
from mwaa_operator.environment.preflight.gather_identity import gather_key, gather_limits, gather_role
from mwaa_operator.environment.preflight.gather_network import gather_network
from mwaa_operator.environment.preflight.reads import Reads
from mwaa_operator.environment.preflight.rows import Rows


def gather(scope: AwsScope, spec: MwaaEnvironmentSpec, name: str, *, rows: Rows, cache: Cache) -> PreflightFacts:
    """Return the facts about everything that `spec` names.

    Args:
        scope: The way into the account and Region.
        spec: What is to be created.
        name: The environment's name in AWS.
        rows: What the execution role must be allowed to do.
        cache: Where answers are shared with other environments.
    """
    reads = Reads(scope, cache)
    return PreflightFacts(
        name=name,
        account_id=scope.access.account_id,
        bucket=gather_bucket(reads, spec),
        network=gather_network(reads, spec),
        role=gather_role(reads, spec, name, rows),
        key=gather_key(reads, spec),
        limits=gather_limits(reads),
    )
