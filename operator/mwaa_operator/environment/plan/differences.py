"""Where AWS differs from spec, and whether an edit or somebody else's hand made the difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mwaa_operator.api.meta import GROUP
from mwaa_operator.environment.knowledge import parse_version
from mwaa_operator.environment.plan.fields import (
    ARTIFACTS,
    DOWNGRADE,
    IMMUTABLE,
    IN_PLACE,
    MUTABLE,
    OPTIONS,
    REPLACEMENT,
    ROLLING,
    Value,
    digest,
    merge,
)
from mwaa_operator.environment.plan.situation import Situation, print_time
from mwaa_operator.environment.plan.wish import Wish, artifact_request, companions
from mwaa_operator.environment.status import PendingChange

MASK = set("*")
TAGS = "tags"


@dataclass(frozen=True)
class Difference:
    """One member of spec that AWS does not have as asked.

    Attributes:
        field: Member of spec.
        found: What AWS has, for people; never a secret.
        wanted: What spec asks for, likewise.
        effect: What sending it does.
        drift: True if spec's value was applied before, so that AWS was changed by somebody else.
    """

    field: str
    found: str
    wanted: str
    effect: str
    drift: bool

    def pending(self) -> PendingChange:
        """Return the entry of status.pendingChanges."""
        return PendingChange(field=self.field, from_=self.found, to=self.wanted, effect=self.effect)


def differences(s: Situation, wish: Wish) -> tuple[Difference, ...]:
    """Return every difference between spec and AWS, in the order of spec's members; tags come last."""
    members, found = s.there.members, []
    for row in (*MUTABLE, *IMMUTABLE):
        wanted = (wish.immutable if row in IMMUTABLE else wish.values).get(row.name)
        current = row.live(members)
        if wanted is not None and not _equal(row.name, wanted, current):
            effect = _version_effect(s, wanted, current) if row.name == "airflowVersion" else row.effect
            found.append(_difference(s, row.name, current, wanted, effect))
    pinned = [_artifact_difference(s, name, wish.values[name]) for name in ARTIFACTS if name in wish.values]
    found += [item for item in pinned if item is not None]
    return (*found, *_option_difference(s, wish), *_tag_differences(s))


def update_request(s: Situation, wish: Wish, sent: tuple[Difference, ...]) -> dict[str, Any]:
    """Return the members of UpdateEnvironmentInput that carry `sent`; without name, secrets and strategy."""
    names = {item.field for item in sent}
    parts = [row.request(wish.values[row.name]) for row in MUTABLE if row.name in names]
    parts += [artifact_request(name, wish.values[name]) for name in ARTIFACTS if name in names]
    request = merge(parts)
    if OPTIONS in names:
        request["AirflowConfigurationOptions"] = dict(wish.options or {})
    if "environmentClass" in names:
        request = companions(s, wish.values["environmentClass"]) | request
    return request


def tag_changes(s: Situation) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the user tags to set and the keys to remove; tags that we never set are left alone."""
    missing = {key: value for key, value in s.spec.tags.items() if s.there.tags.get(key) != value}
    ours = [name.partition(".")[2] for name in s.status.applied_fields if name.startswith(f"{TAGS}.")]
    gone = tuple(key for key in ours if key not in s.spec.tags and key in s.there.tags and not key.startswith(GROUP))
    return missing, gone


def applied(s: Situation, wish: Wish, pending: tuple[Difference, ...]) -> dict[str, str]:
    """Return status.appliedFields: what is in AWS as asked now, and for what is pending the value applied before."""
    waiting = {item.field for item in pending}
    values: dict[str, Value] = {**wish.values, **wish.immutable}
    if wish.manages_options and (wish.options or s.spec.airflow_configuration_options is not None):
        values[OPTIONS] = dict(wish.options or {})
    values |= {f"{TAGS}.{key}": value for key, value in s.spec.tags.items()}
    before = s.status.applied_fields
    kept = {name: before[name] for name in waiting if name in before}
    return {name: digest(value) for name, value in values.items() if name not in waiting} | kept


def _equal(name: str, wanted: Value, current: Value) -> bool:
    if name.startswith("loggingConfiguration.") and current is not None and not wanted["enabled"]:
        return not current["enabled"]
    return bool(wanted == current)


def _difference(s: Situation, name: str, current: Value, wanted: Value, effect: str) -> Difference:
    drift = s.status.applied_fields.get(name) == digest(wanted)
    return Difference(field=name, found=_show(current), wanted=_show(wanted), effect=effect, drift=drift)


def _show(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        if "enabled" in value:
            return str(value["level"]) if value["enabled"] else "Disabled"
        return "@".join(str(part) for part in value.values() if part)
    return ", ".join(value) if isinstance(value, list) else str(value)


def _version_effect(s: Situation, wanted: str, current: str | None) -> str:
    lower = current is not None and parse_version(wanted) < parse_version(current)
    return DOWNGRADE if lower else next(row.effect for row in MUTABLE if row.name == "airflowVersion")


def _artifact_difference(s: Situation, name: str, wanted: Value) -> Difference | None:
    path_member, version_member = ARTIFACTS[name]
    current = {"path": s.there.members.get(path_member), "version": s.there.members.get(version_member)}
    same_version = wanted["version"] is None or wanted["version"] == current["version"]
    if wanted["path"] == current["path"] and same_version:
        return None
    return _difference(s, name, current, wanted, ROLLING)


def _option_difference(s: Situation, wish: Wish) -> tuple[Difference, ...]:
    if not wish.manages_options:
        return ()
    current: Mapping[str, str] = s.there.members.get("AirflowConfigurationOptions") or {}
    plain = dict(wish.options or {})
    unknown_key = s.status.secret_hashes is not None and s.status.secret_hashes.key_id != s.observed.key_id
    applied_before = s.status.applied_fields.get(OPTIONS) == digest(plain)
    carried = _carried(s, wish)
    recorded = s.status.secret_hashes.hashes if s.status.secret_hashes else {}

    def same(name: str) -> bool:
        value = current.get(name)
        if value is None:
            return False
        masked = bool(value) and set(value) <= MASK
        if name in wish.secrets:
            known = recorded.get(name) == wish.secret_digests[name] or (unknown_key and name in recorded)
            return (known or carried) if masked else value == wish.secrets[name].get_secret_value()
        return (applied_before or carried) if masked else value == plain[name]

    wanted = [*plain, *wish.secrets]
    changed = sorted(name for name in wanted if not same(name))
    removed = sorted(name for name in current if name not in wanted)
    if not changed and not removed:
        return ()
    text = "; ".join(f"{what}: {', '.join(names)}" for what, names in (("set", changed), ("remove", removed)) if names)
    secrets_same = all(recorded.get(name) == value for name, value in wish.secret_digests.items())
    drift = applied_before and (secrets_same or unknown_key) and set(recorded) == set(wish.secret_digests)
    return (Difference(field=OPTIONS, found="", wanted=text, effect=ROLLING, drift=drift),)


def _carried(s: Situation, wish: Wish) -> bool:
    """Whether our last call to AWS carried exactly this wish and was done; all that tells values behind stars then."""
    operation, update = s.status.operation, s.there.last_update
    if operation is None or operation.hash != wish.hash:
        return False
    if operation.type == "Create":
        return s.there.state == "AVAILABLE" and not update
    moment = update.get("CreatedAt")
    answered = moment is not None and print_time(moment) != operation.last_update_created_at
    return answered and update.get("Status") == "SUCCESS"


def _tag_differences(s: Situation) -> list[Difference]:
    missing, gone = tag_changes(s)
    found = [
        Difference(
            field=f"{TAGS}.{key}",
            found=s.there.tags.get(key, ""),
            wanted=value,
            effect=IN_PLACE,
            drift=s.status.applied_fields.get(f"{TAGS}.{key}") == digest(value),
        )
        for key, value in missing.items()
    ]
    found += [
        Difference(field=f"{TAGS}.{key}", found=s.there.tags[key], wanted="", effect=IN_PLACE, drift=False)
        for key in gone
    ]
    return found


def is_tag(item: Difference) -> bool:
    """Whether a difference is sent by TagResource or UntagResource."""
    return item.field.startswith(f"{TAGS}.")


def is_immutable(item: Difference) -> bool:
    """Whether only a new environment could carry the difference."""
    return item.effect == REPLACEMENT
