"""What one decision is made from: the object, what was observed, the clock, and what is known about MWAA.

All of it is frozen data. The planner's rules take a `Situation` and nothing else, so that a table, a property or the
model checker can put them into any situation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Literal

from pydantic import SecretStr

from mwaa_operator.api.failure import Failure
from mwaa_operator.api.fields import seconds
from mwaa_operator.api.meta import RETRY_REQUESTED_AT, ObjectKey
from mwaa_operator.api.ownership import owner_value
from mwaa_operator.api.timing import Timings
from mwaa_operator.environment.api import MwaaEnvironment, MwaaEnvironmentSpec
from mwaa_operator.environment.knowledge import Knowledge
from mwaa_operator.environment.live import Live
from mwaa_operator.environment.preflight.results import CheckResult
from mwaa_operator.environment.status import MwaaEnvironmentStatus


@dataclass(frozen=True)
class Admission:
    """What the AwsAccount says to the environment.

    Attributes:
        state: Missing: there is no such account. Refused: it does not admit what spec names. Admitted: it does.
        messages: For Missing and Refused: one sentence for each thing that is missing.
        account_id: Twelve digits.
        adoption_allowed: Whether environments that nobody owns may be adopted.
        adoption_clusters: Ids of clusters whose environments may be taken over.
    """

    state: Literal["Missing", "Refused", "Admitted"]
    messages: tuple[str, ...] = ()
    account_id: str = ""
    adoption_allowed: bool = False
    adoption_clusters: tuple[str, ...] = ()


@dataclass(frozen=True)
class ArtifactLook:
    """The newest version of a file in S3: None means that there is no such file; `unknown` says why we cannot tell."""

    version_id: str | None
    unknown: str = ""


@dataclass(frozen=True)
class OptionLook:
    """An option's value from a Secret. `problem` says which Secret or key is missing; then there is no value."""

    name: str
    value: SecretStr | None = None
    digest: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Rival:
    """Another object that names the same environment in the same account and Region."""

    key: ObjectKey
    created: datetime


@dataclass(frozen=True)
class Observed:
    """What one pass saw. None in `artifacts`, `options` and `preflight` means: not looked at yet.

    Attributes:
        cluster_id: uid of the namespace kube-system.
        admission: What the AwsAccount says.
        live: The environment as GetEnvironment told it; None when AWS said that it does not exist.
        failure: Why GetEnvironment gave no answer; then `live` says nothing.
        failing_since: Since when reads have failed in a row.
        rivals: Other objects for the same environment.
        crd_removing: Whether the CustomResourceDefinition itself is being deleted.
        artifacts: `plugins`, `requirements`, `startupScript` to what S3 has, for the paths that spec names.
        options: Values of airflowConfigurationOptionsFrom.
        key_id: Which key the options' digests were made with.
        preflight: Results of the checks.
        zone: The time zone of updatePolicy.window.
    """

    cluster_id: str
    admission: Admission
    live: Live | None = None
    failure: Failure | None = None
    failing_since: datetime | None = None
    rivals: tuple[Rival, ...] = ()
    crd_removing: bool = False
    artifacts: Mapping[str, ArtifactLook] | None = None
    options: tuple[OptionLook, ...] | None = None
    key_id: str = ""
    preflight: tuple[CheckResult, ...] | None = None
    zone: tzinfo | None = None


@dataclass(frozen=True)
class Situation:
    """Everything that a rule may look at.

    Attributes:
        resource: The object as the API server holds it.
        observed: What this pass saw.
        now: UTC.
        timings: Durations, already scaled.
        knowledge: Versions, classes and options of MWAA.
    """

    resource: MwaaEnvironment
    observed: Observed
    now: datetime
    timings: Timings = field(default_factory=Timings)
    knowledge: Knowledge = field(default_factory=Knowledge)

    @property
    def spec(self) -> MwaaEnvironmentSpec:
        """What is asked for."""
        return self.resource.spec

    @property
    def status(self) -> MwaaEnvironmentStatus:
        """What the last pass left behind."""
        return self.resource.status

    @property
    def live(self) -> Live | None:
        """The environment in AWS, if there is one."""
        return self.observed.live

    @property
    def there(self) -> Live:
        """The environment in AWS, for rules that run only when there is one.

        Raises:
            LookupError: There is none; the rule ran where it must not.
        """
        if self.observed.live is None:
            raise LookupError("no environment was observed")
        return self.observed.live

    @property
    def name(self) -> str:
        """The environment's name in AWS."""
        return self.resource.aws_name

    @property
    def owner(self) -> str:
        """The value of our owner tag: cluster, namespace and name."""
        return owner_value(self.observed.cluster_id, self.resource.metadata)

    @cached_property
    def retry(self) -> str | None:
        """The retry annotation if it was not answered yet, cut as status keeps it."""
        asked = self.resource.metadata.annotations.get(RETRY_REQUESTED_AT)
        asked = None if asked is None else asked[:256]
        return asked if asked and asked != self.status.last_handled_retry_at else None

    def since(self, moment: str | None) -> float:
        """Return the seconds since an RFC 3339 time of status; 0 for None."""
        return 0.0 if moment is None else max(0.0, (self.now - parse_time(moment)).total_seconds())

    def waited(self, reason: str) -> float:
        """Return for how many seconds status has said that it waits for `reason`; 0 if it does not."""
        waiting = self.status.waiting
        return self.since(waiting.since) if waiting is not None and waiting.reason == reason else 0.0


def parse_time(text: str) -> datetime:
    """Return an RFC 3339 time of status as a UTC datetime."""
    return datetime.fromisoformat(text)


def print_time(moment: datetime) -> str:
    """Return a UTC time with microseconds, so that short scaled durations can be measured from it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


DEFAULT_DEBOUNCE = 120.0
"""The default of updatePolicy.debounce in seconds; `Timings.debounce` over it is one over the time factor."""


def debounce(s: Situation) -> float:
    """Return updatePolicy.debounce in seconds, scaled like every other duration."""
    return seconds(s.spec.update_policy.debounce) * s.timings.debounce / DEFAULT_DEBOUNCE
