"""Waiting until every kind can be listed, before kopf is asked to watch it.

kopf looks once for what there is to watch: a CRD that is installed later is never seen, and a kind that we may not list
ends all watches after a minute. So we list first, stay unready with the reason, and look again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.engine.health import Problem
from mwaa_operator.engine.log import Log
from mwaa_operator.kube.errors import KubeError

IsServed = Callable[[str], bool]
"""Kind → whether the API server knows it; raises KubeError when it cannot say."""


class Served:
    """What is missing still.

    Args:
        kinds: What has to be served.
        is_served: Asks the API server.
        log: Told when the answer changes.
    """

    def __init__(self, kinds: Iterable[KindInfo], *, is_served: IsServed, log: Log) -> None:
        self._kinds, self._is_served, self._log = tuple(kinds), is_served, log
        self._problems = [Problem(f"crd/{info.crd_name}", "not looked for yet") for info in self._kinds]

    def look(self) -> bool:
        """Ask the API server about every kind; return whether all are served."""
        problems = [problem for info in self._kinds if (problem := self._problem(info))]
        if problems != self._problems:
            self._problems = problems
            if problems:
                self._log.warning("kinds.missing", problems=[str(problem) for problem in problems])
            else:
                self._log.info("kinds.served", kinds=[info.kind for info in self._kinds])
        return not problems

    def readiness(self) -> list[Problem]:
        """Return what was missing at the last look."""
        return self._problems

    def _problem(self, info: KindInfo) -> Problem | None:
        check = f"crd/{info.crd_name}"
        try:
            if self._is_served(info.kind):
                return None
        except KubeError as error:
            return Problem(check, f"cannot be listed: {error}")
        return Problem(check, "not served: install the CRDs (chart mwaa-operator-crds, or `mwaa-operator crds`)")
