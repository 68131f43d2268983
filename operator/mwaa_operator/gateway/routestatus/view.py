"""One route as one pass over its gateway sees it: what was asked, what serves, what comes, how its clusters are. Pure.

Everything that several rules ask for is found here once; nothing is decided. What serves is what the closing status of
the gateway says, because the pass may have seen a revision land.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from mwaa_operator.api.conditions import READY, RECONCILING, STALLED, find
from mwaa_operator.api.verdict import PROGRESSING_WITH_RETRY
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.plan.draining import releases, routed_somewhere
from mwaa_operator.gateway.plan.situation import Situation
from mwaa_operator.gateway.plan.stages import ROLLING
from mwaa_operator.gateway.plan.wish import Target as Wish
from mwaa_operator.gateway.plan.wish import openings, target
from mwaa_operator.gateway.reasons import Reason as GatewayReason
from mwaa_operator.gateway.render.file import RenderedEntry
from mwaa_operator.gateway.render.prediction import Prediction, forecasts
from mwaa_operator.gateway.render.scene import Refused
from mwaa_operator.gateway.revision import ROUTED, TOMBSTONE, Revision
from mwaa_operator.gateway.status import AVAILABLE, ClusterStatus, SparkGatewayStatus
from mwaa_operator.gateway.tokens.told import TokensOf
from mwaa_operator.route.api import SparkJobRoute, SparkJobRouteSpec, SparkJobRouteStatus
from mwaa_operator.route.reasons import Reason
from mwaa_operator.route.targets import Target


@dataclass(frozen=True)
class Held:
    """One entry of a route in the active revision.

    Attributes:
        id: In BPG.
        target: Its name in the route; empty if nobody remembers.
        cluster: Likewise, in the gateway.
        mode: As it is now, and not as it was when the file was made.
        jobs: How many are left; None: not counted.
    """

    id: str
    target: str
    cluster: str
    mode: str
    jobs: int | None


@dataclass(frozen=True)
class Pass:
    """What all routes of a pass have in common.

    Attributes:
        s: What the pass decided from.
        closing: The gateway's status as the pass leaves it behind.
        tokens: Route key to what became of its tokens.
        url: Where clients reach the gateway.
    """

    s: Situation
    closing: SparkGatewayStatus
    tokens: Mapping[str, TokensOf]
    url: str | None

    @property
    def name(self) -> str:
        """The gateway, for people."""
        return f"SparkGateway {self.s.resource.metadata.namespace}/{self.s.resource.metadata.name}"

    @cached_property
    def active(self) -> Revision | None:
        """The revision that serves on all pods."""
        active = self.closing.active_revision
        return None if active is None else self.s.revision(active.name)

    @cached_property
    def rolled(self) -> Revision | None:
        """The revision that pods go over to, if they do."""
        staged = self.closing.staged_revision
        return self.s.revision(staged.name) if staged is not None and staged.state == ROLLING else None

    @cached_property
    def wish(self) -> Wish:
        """The revision that shall come next, and what became of the routes in it."""
        return target(self.s)

    @cached_property
    def held(self) -> Mapping[str, tuple[Held, ...]]:
        """Route key to its entries in the active revision."""
        now, found = {entry.id: entry for entry in self.closing.entries}, dict[str, list[Held]]()
        for entry in self.active.entries if self.active is not None else ():
            told = now.get(entry.id)
            mode, jobs = (told.mode, told.jobs) if told is not None else (entry.mode, None)
            found.setdefault(entry.route, []).append(Held(entry.id, entry.target, entry.cluster, mode, jobs))
        return {key: tuple(entries) for key, entries in found.items()}

    @cached_property
    def wanted(self) -> Mapping[str, tuple[RenderedEntry, ...]]:
        """Route key to the entries that it shall have in the end, as far as that is known now."""
        found: dict[str, list[RenderedEntry]] = {}
        for entry in self.wish.wanted.entries:
            if entry.mode != TOMBSTONE:
                found.setdefault(entry.route, []).append(entry)
        return {key: tuple(entries) for key, entries in found.items()}

    @cached_property
    def forms(self) -> Mapping[str, SparkJobRoute]:
        """Route key to the route in the form that is rendered: of a suspended one what serves."""
        return {candidate.key: candidate.route for candidate in self.s.observed.candidates}

    @cached_property
    def forecasts(self) -> Mapping[str, Prediction]:
        """Route key to what becomes of its jobs in the active revision; none while its text is lost."""
        active = self.active
        if active is None or not active.text:
            return {}
        specs = {key: self.forms.get(key, route).spec for key, route in self.s.observed.attached.items()}
        profile = Profile(self.s.spec.bpg_profile)
        # To ask the simulator for every queue costs as much as all else in a pass: it is asked once for each spec.
        known: dict[str, tuple[SparkJobRouteSpec, Prediction | None]] = active.once(f"forecasts {profile}", dict)
        asked = {key: spec for key, spec in specs.items() if key not in known or known[key][0] != spec}
        found = forecasts(active.text, active.entries, asked, profile=profile) if asked else {}
        known.update({key: (spec, found.get(key)) for key, spec in asked.items()})
        return {key: told for key in specs if (told := known[key][1]) is not None}

    @cached_property
    def refused(self) -> Mapping[str, Refused]:
        """Route key to why it is left out; one that this very pass set aside is among them."""
        aside = {item.route: Refused(Reason.SET_ASIDE, item.message or "") for item in self.closing.set_aside}
        return aside | dict(self.wish.rendering.refused)

    @cached_property
    def clusters(self) -> Mapping[str, ClusterStatus]:
        """Name of a cluster to how it is."""
        return {item.name: item for item in self.closing.clusters}

    @cached_property
    def open(self) -> frozenset[str]:
        """Names of the clusters that may take new jobs by their states and windows."""
        return frozenset(name for name, opening in openings(self.s).items() if opening.open)

    @cached_property
    def routed(self) -> frozenset[str]:
        """Ids under which a job may arrive now, in whatever pod."""
        return routed_somewhere(self.s)

    @cached_property
    def released(self) -> frozenset[str]:
        """Keys of the deleted routes that this pass lets go."""
        return frozenset(item.route for item in releases(self.s))

    @cached_property
    def stuck(self) -> str:
        """Why the gateway takes up no change before somebody helps; empty: it does."""
        ready, retrying = find(self.closing.conditions, READY), find(self.closing.conditions, RECONCILING)
        if ready is None or ready.reason == GatewayReason.IN_USE:
            return ""
        waits = retrying is not None and retrying.reason == PROGRESSING_WITH_RETRY
        if waits or find(self.closing.conditions, STALLED) or ready.reason == GatewayReason.SUSPENDED:
            return f"{ready.reason}: {ready.message}"
        return ""

    @cached_property
    def unavailable(self) -> str:
        """Why no request is answered at all; empty: pods take them."""
        available = find(self.closing.conditions, AVAILABLE)
        return available.message if available is not None and available.status == "False" else ""


@dataclass(frozen=True)
class View:
    """One route in one pass.

    Attributes:
        of: The pass.
        key: `namespace/name`.
        route: As the API server holds it, with the status that the last pass left behind.
    """

    of: Pass
    key: str
    route: SparkJobRoute

    @property
    def before(self) -> SparkJobRouteStatus:
        """What the last pass said."""
        return self.route.status

    @property
    def generation(self) -> int:
        """Of what is asked."""
        return self.route.metadata.generation

    @property
    def is_candidate(self) -> bool:
        """Whether the gateway would render it."""
        return self.key in self.of.forms

    @property
    def spec(self) -> SparkJobRouteSpec:
        """What counts: of a suspended route what serves."""
        return self.of.forms.get(self.key, self.route).spec

    @property
    def refused(self) -> Refused | None:
        """Why it is left out; None: it is not."""
        return self.of.refused.get(self.key)

    @property
    def held(self) -> tuple[Held, ...]:
        """Its entries in the active revision."""
        return self.of.held.get(self.key, ())

    @property
    def living(self) -> tuple[Held, ...]:
        """Those of them that are more than a memory."""
        return tuple(entry for entry in self.held if entry.mode != TOMBSTONE)

    @property
    def prediction(self) -> Prediction | None:
        """What becomes of its jobs; None: it is not in the active revision, or nobody knows."""
        return self.of.forecasts.get(self.key)

    def entry(self, target: Target) -> Held | None:
        """Return the entry of a target in the active revision: the one that it keeps, before one that it had."""
        lasting = {item.id for item in self.of.wanted.get(self.key, ()) if item.target == target.name}
        of_it = [entry for entry in self.living if entry.target == target.name]
        return min(of_it, key=lambda entry: (entry.id not in lasting, entry.mode != ROUTED, entry.id), default=None)

    def cluster(self, target: Target) -> ClusterStatus:
        """Return how the cluster of a target is."""
        return self.of.clusters.get(target.cluster, ClusterStatus(name=target.cluster))

    def may_take_jobs(self, target: Target) -> bool:
        """Return whether a target shall take jobs, were all clusters well: by its route and by its gateway."""
        return is_asked_for(target) and target.cluster in self.of.open

    @property
    def serves(self) -> bool:
        """Whether a target takes jobs whose cluster can run them."""
        found = ((self.entry(item), self.cluster(item)) for item in self.spec.targets)
        return any(entry is not None and entry.mode == ROUTED and cluster.healthy for entry, cluster in found)


def is_asked_for(target: Target) -> bool:
    """Return whether a route wants jobs to go to a target."""
    return target.weight > 0 and target.state == "Active"
