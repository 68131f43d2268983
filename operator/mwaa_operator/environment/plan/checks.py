"""What the operator itself can refuse before AWS does: versions, upgrade paths, options that MWAA overrides."""

from __future__ import annotations

from mwaa_operator.api.plan import Plan
from mwaa_operator.environment.knowledge import parse_version
from mwaa_operator.environment.plan.fields import OPTIONS
from mwaa_operator.environment.plan.situation import Situation
from mwaa_operator.environment.plan.statuses import Verdict, conclude
from mwaa_operator.environment.plan.window import until_open
from mwaa_operator.environment.plan.wish import Wish
from mwaa_operator.environment.reasons import Reason


def invalid(s: Situation, wish: Wish) -> Plan | None:
    """Return the stalled plan for a spec that cannot work, or None. All problems stand in one message."""
    problems = [*_version_problems(s), *_option_problems(s, wish), *_window_problems(s)]
    if not problems:
        return None
    verdict = Verdict("False", Reason.INVALID_SPEC, " ".join(problems), stalled=True)
    return conclude(s, verdict, requeue=s.timings.stalled, operation=s.status.operation)


def _version_problems(s: Situation) -> list[str]:
    wanted = s.spec.airflow_version
    current = s.there.members.get("AirflowVersion") if s.live is not None else None
    if wanted is None or wanted == current:
        return []
    problems = []
    if s.knowledge.ended(wanted, s.now.date()):
        problems.append(f"airflowVersion {wanted} is past its end of support: choose a newer one.")
    if current is None:
        return problems
    lower = parse_version(wanted) < parse_version(current)
    if lower and not s.spec.update_policy.allow_downgrade:
        problems.append(
            f"airflowVersion {wanted} is lower than {current}, which runs: set updatePolicy.allowDowngrade to allow it."
        )
    detour = None if lower else s.knowledge.detour(current, wanted)
    return [*problems, f"airflowVersion {wanted}: {detour}."] if detour else problems


def _option_problems(s: Situation, wish: Wish) -> list[str]:
    version = s.spec.airflow_version or s.status.airflow_version or ""
    names = {**(wish.options or {}), **wish.secrets}
    rows = s.knowledge.blocked_options(names, version)
    return [
        f"{OPTIONS}: {row.option} is {'refused' if row.treatment == 'Refused' else 'overridden'} by MWAA; remove it."
        for row in rows
    ]


def _window_problems(s: Situation) -> list[str]:
    """What no pattern at admission can see of a window."""
    window = s.spec.update_policy.window
    if window is None:
        return []
    if s.observed.zone is None:
        return [f"updatePolicy.window.timeZone {window.time_zone} is not known: name one of the IANA time zones."]
    try:
        until_open(window, s.observed.zone, s.now)
    except ValueError:
        return [f"updatePolicy.window.schedule {window.schedule} never comes true: correct it."]
    return []
