"""One list of all workflows of an account and Region, shared by everybody who looks for one by its name.

It exists because AWS finds workflows by ARN only, and a list for each object would be a list for each object. What it
lacks proves nothing: lists lag, and this one is seconds old.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mwaa_operator.aws.access import Access
from mwaa_operator.aws.clients import AwsScope
from mwaa_operator.engine.readcache import Cache
from mwaa_operator.workflow.live import DELETING, Summary, summary_of


@dataclass(frozen=True)
class Sweep:
    """Finds workflows by name.

    Attributes:
        scope: The way into AWS for an access.
        cache: Keeps lists for a few seconds.
    """

    scope: Callable[[Access], AwsScope]
    cache: Cache

    def find(self, access: Access, name: str) -> Summary | None:
        """Return the workflow of a name as the list tells it, or None; raises AwsError.

        Args:
            access: Of the object that asks; the list belongs to no tenant and is read without its tags.
            name: In AWS.
        """
        nobodys = replace(access, namespace="")
        key = ("workflows", nobodys.identity, nobodys.region)
        return self.cache.get(key, lambda: self._listed(nobodys)).get(name)

    def _listed(self, access: Access) -> Mapping[str, Summary]:
        found = [summary_of(members) for members in self.scope(access).serverless.list_workflows()]
        # One that goes and one that came may share a name for a while: the latter is meant.
        found.sort(key=lambda summary: summary.state != DELETING)
        return {summary.name: summary for summary in found}
