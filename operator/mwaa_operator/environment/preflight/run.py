"""Preflight as the observer calls it: gather, judge, and no reuse of what held a create back.

It holds what all environments share: the cache, the clock and the rows. It decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.engine.readcache import ReadCache
from mwaa_operator.environment.api import MwaaEnvironmentSpec
from mwaa_operator.environment.knowledge import Knowledge
from mwaa_operator.environment.preflight.cache import Used
from mwaa_operator.environment.preflight.checks import judge
from mwaa_operator.environment.preflight.gather import gather
from mwaa_operator.environment.preflight.results import CheckResult
from mwaa_operator.environment.preflight.rows import Rows


@dataclass(frozen=True)
class Preflight:
    """Runs all checks for a spec.

    Attributes:
        cache: Answers that environments share.
        now: UTC.
        knowledge: Airflow versions.
        rows: Endpoints and permissions.
    """

    cache: ReadCache
    now: Callable[[], datetime]
    knowledge: Knowledge
    rows: Rows

    def __call__(self, scope: AwsScope, spec: MwaaEnvironmentSpec, name: str) -> tuple[CheckResult, ...]:
        """Return the answers for an environment called `name`; never raises for what AWS refuses to show."""
        used = Used(self.cache)
        facts = gather(scope, spec, name, rows=self.rows, cache=used)
        results = judge(spec, facts, self.now(), knowledge=self.knowledge, rows=self.rows)
        if any(result.blocks for result in results):
            # A person repairs what holds the create back, and the next look must see it.
            self.cache.forget(used.keys)
        return results
