"""Where AWS and spec differ, whether somebody committed the difference, and what sending it does. Pure.

A member that spec leaves out is not compared, unless it was sent once: then its removal is sent, once. Each update
makes one of fifty versions, so what AWS fills in or writes otherwise by itself must never count as a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pydantic import SecretStr

from mwaa_operator.api.meta import OWNER_TAG, UID_TAG
from mwaa_operator.workflow.live import SCHEDULED, Live
from mwaa_operator.workflow.plan.situation import Situation
from mwaa_operator.workflow.plan.wish import File, Wish, hash_of
from mwaa_operator.workflow.status import PendingChange

Effect = Literal["NewVersion", "InPlace", "ReplacementRequired"]
CHANGED = " (another value)"
SENT = "sent"
"""What status.appliedFields says of a member that was sent and not yet seen in AWS: no value has this hash."""


@dataclass(frozen=True)
class Difference:
    """One member that differs.

    Attributes:
        field: The member of spec.
        there: What AWS has, for people; never a value of a variable.
        wanted: What spec asks for, likewise; empty for a removal.
        effect: What sending it does.
        drift: Nobody edited spec: somebody changed AWS.
    """

    field: str
    there: str
    wanted: str
    effect: Effect
    drift: bool

    def pending(self) -> PendingChange:
        """Return it as status shows it."""
        return PendingChange(field=self.field, from_=self.there, to=self.wanted, effect=self.effect)


@dataclass(frozen=True)
class Comparison:
    """A wish beside what AWS has."""

    s: Situation
    wish: Wish

    @property
    def live(self) -> Live:
        """The workflow in AWS."""
        return self.s.there

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """All differences, in the order of spec."""
        return tuple(self._found())

    @cached_property
    def pending_hash(self) -> str:
        """The value of the annotation approve-changes that lets exactly these through."""
        return hash_of([self.wish.hash, [(item.field, item.there, item.wanted) for item in self.differences]])[:16]

    def of(self, *effects: Effect) -> tuple[Difference, ...]:
        """Return the differences with one of these effects."""
        return tuple(item for item in self.differences if item.effect in effects)

    def applied(self) -> dict[str, str]:
        """Return status.appliedFields once everything is sent; what still differs, AWS writes in its own way."""
        wanted = {item.name: item.mark if item.same else item.echo for item in self._members() if item.given}
        tags = {tag_field(key): hash_of(value) for key, value in self.s.spec.tags.items()}
        return dict(sorted((wanted | tags).items()))

    def _found(self) -> Iterator[Difference]:
        before = self.s.status.applied_fields
        for item in self._members():
            mark = before.get(item.name)
            if item.same or mark == item.echo or (not item.given and mark is None):
                continue
            drift = item.given and mark == item.mark
            yield Difference(item.name, _shown(item.there), _shown(item.wanted), "NewVersion", drift)
        yield from self._encryption()
        yield from self._tags()

    def _members(self) -> Iterator[_Member]:
        members, wish = self.live.members, self.wish
        if wish.definition is not None:
            yield _file("definition", wish.definition, self.live.definition)
        if wish.code is not None:
            yield _file("code", wish.code, self.live.code)
        elif self.s.spec.code is None:
            yield _Member("code", None, dict(self.live.code) or None)
        for name, member, read in _PLAIN:
            yield _Member(name, wish.settings.get(member), read(members.get(member)))
        yield _Member("triggerMode", wish.settings["TriggerMode"], self.live.trigger_mode or SCHEDULED)
        yield _environment(wish, self.live.variables)

    def _encryption(self) -> Iterator[Difference]:
        if self.s.spec.encryption is None:
            return
        wanted = self.s.spec.encryption.kms_key_arn
        there = str((self.live.members.get("EncryptionConfiguration") or {}).get("KmsKeyId") or "")
        # AWS may name the key by its id alone.
        if wanted.rpartition("/")[2] != there.rpartition("/")[2]:
            yield Difference("encryption", there or "AWS's own key", wanted, "ReplacementRequired", False)

    def _tags(self) -> Iterator[Difference]:
        before, there = self.s.status.applied_fields, self.live.tags or {}
        for key, value in sorted(self.s.spec.tags.items()):
            if there.get(key) != value:
                drift = before.get(tag_field(key)) == hash_of(value)
                yield Difference(f"tags.{key}", there.get(key, ""), value, "InPlace", drift)
        for key in self.gone_tags():
            yield Difference(f"tags.{key}", there[key], "", "InPlace", False)

    def gone_tags(self) -> tuple[str, ...]:
        """Return keys that we set once, spec does not name any more and AWS still has."""
        before, wanted = self.s.status.applied_fields, self.s.spec.tags
        keys = set(self.live.tags or {}) - set(wanted) - {UID_TAG, OWNER_TAG}
        return tuple(sorted(key for key in keys if tag_field(key) in before))


def tag_field(key: str) -> str:
    """Return the name that a tag has in status.appliedFields."""
    return f"tags.{hash_of(key)[:16]}"


def about_to_send(wish: Wish, *, tags: Iterable[str] = (), before: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return status.appliedFields from the moment on in which a request is sent.

    Whatever becomes of the answer, a member that may be in AWS by our doing is known, so that its removal is sent.

    Args:
        wish: What is sent.
        tags: Keys of tags that are sent with it.
        before: What status.appliedFields says already.
    """
    names = ["definition", *(["code"] if wish.code is not None else [])]
    names += [name for name, member, _ in _SETTINGS if member in wish.settings]
    names += [tag_field(key) for key in tags]
    return dict(sorted((dict.fromkeys(names, SENT) | dict(before or {})).items()))


def _text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _group(value: Any) -> dict[str, str] | None:
    name = (value or {}).get("LogGroupName")
    return {"LogGroupName": name} if name else None


def _network(value: Any) -> dict[str, list[str]] | None:
    members = {name: sorted((value or {}).get(name) or []) for name in ("SubnetIds", "SecurityGroupIds")}
    return members if any(members.values()) else None


_PLAIN: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("role", "RoleArn", _text),
    ("description", "Description", _text),
    ("logging.logGroupName", "LoggingConfiguration", _group),
    ("engineVersion", "EngineVersion", _number),
    ("network", "NetworkConfiguration", _network),
)
_SETTINGS = (*_PLAIN, ("triggerMode", "TriggerMode", _text), ("environment", "Environment", _text))


@dataclass(frozen=True)
class _Member:
    """One member of a version; None: left out. Never holds a Secret's value.

    `token` is what is remembered of what was sent, where `wanted`, which is for people, does not say it all.
    """

    name: str
    wanted: Any
    there: Any
    token: Any = field(default=None, repr=False)

    @property
    def given(self) -> bool:
        """Whether spec says anything about it."""
        return self.wanted is not None

    @property
    def same(self) -> bool:
        """Whether AWS has it as spec says."""
        return bool(self.wanted == self.there)

    @property
    def mark(self) -> str:
        """What is remembered of it when AWS has it as spec says."""
        return hash_of(self.wanted if self.token is None else self.token)

    @property
    def echo(self) -> str:
        """What is remembered of it when this very value was sent, and what there is is how AWS gives it back."""
        return hash_of([self.mark, _shown(self.there)])


def _file(name: str, wanted: File, there: Mapping[str, Any]) -> _Member:
    location = wanted.location()
    found = location if wanted.matches(there) else dict(there) or None
    return _Member(name, location, found, token=wanted.tail or None)


def _environment(wish: Wish, there: Mapping[str, Any]) -> _Member:
    wanted = wish.variables
    differing = {name for name in wanted.keys() | there.keys() if _value(wanted.get(name)) != _value(there.get(name))}
    token = wish.tokens or None
    names = sorted(wanted) or None
    if not differing:
        return _Member("environment", names, names, token)
    marked = [f"{name}{CHANGED if name in differing and name in there else ''}" for name in sorted(wanted)]
    return _Member("environment", marked or None, sorted(there) or None, token)


def _value(value: Any) -> str | None:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items())
    return str(value)


def _plain(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)
