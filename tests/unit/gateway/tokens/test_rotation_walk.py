"""Rotations at random: whatever happens in whatever order, a token that was handed out opens its queues until its end.

The gateway is two pods whose files are exchanged one by one, from files that were rendered at any earlier moment, but
never in another order; looks may be old, calls may fail before or after their effect or be overtaken by those of
another process, Secrets of tokens may be lost.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import jwt
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mwaa_operator.gateway.tokens.ring import Ring
from mwaa_operator.kube.errors import Conflict, KubeError, Unavailable
from tests.support.tokendesk import Desk, gateway, route, token

HOURS = st.sampled_from((1, 24, 240))
LIVES = st.sampled_from((("1h", "5m"), ("24h", "1h"), ("720h", "168h"), ("9000h", "1h")))
NAMES = ("a", "b")
UNSERVED: frozenset[str] = frozenset()


class Walk(RuleBasedStateMachine):
    """The operator, its crashes, and people."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.looks: list[Ring] = []
        self.pods = [UNSERVED, UNSERVED]
        self.active = UNSERVED
        self.staged: frozenset[str] | None = None
        self.lives = dict.fromkeys(NAMES, ("720h", "168h"))
        self.subs: dict[str, list[str]] = {name: [] for name in NAMES}
        self.handed: dict[str, tuple[str, datetime]] = {}

    @initialize(rotation=st.sampled_from(("24h", "720h")))
    def begin(self, rotation: str) -> None:
        self.gateway = gateway(queueTokens={"rotation": rotation})

    @rule(hours=HOURS)
    def time_passes(self, hours: int) -> None:
        self.desk.pass_(timedelta(hours=hours))

    @rule()
    def a_pass(self) -> None:
        """Do what one pass does: look, render, keep. A file that is being rolled is given up for a newer one."""
        self._trying(lambda: self.looks.append(self.desk.tokens.ring(self.gateway)))
        if self.looks:
            wanted = frozenset(self.looks[-1].keys)
            self.staged = wanted if wanted != self.active else self.staged
            self.keep(1)

    @rule(pods=st.sampled_from(((0,), (1,), (0, 1), (0, 1))))
    def roll(self, pods: tuple[int, ...]) -> None:
        """Let pods go over to the file that was rendered last."""
        if self.staged is not None:
            for pod in pods:
                self.pods[pod] = self.staged
            if all(file == self.staged for file in self.pods):
                self.active, self.staged = self.staged, None

    @precondition(lambda self: self.looks)
    @rule(back=st.sampled_from((1, 2, 3)))
    def keep(self, back: int) -> None:
        """Keep tokens by the last look, or by an older one: what a leader does that is no leader any more."""
        ring = self.looks[max(0, len(self.looks) - back)]
        routes = [self._route(name) for name in NAMES]
        self._trying(lambda: self.desk.tokens.keep(self.gateway, ring, routes, serving=self.active))

    @rule(verb=st.sampled_from(("create", "apply")), moment=st.sampled_from(("before", "after")))
    def next_write_fails(self, verb: str, moment: str) -> None:
        def fail(tried: str, *_: str) -> KubeError | None:
            if tried != verb:
                return None
            setattr(self.desk.secrets, moment, lambda *_: None)
            return Unavailable("no answer", status=0)

        setattr(self.desk.secrets, moment, fail)

    @rule(verb=st.sampled_from(("create", "apply")))
    def next_write_is_overtaken(self, verb: str) -> None:
        """Let another process look, and rotate, between a read and a write of this one."""

        def overtake(tried: str, *_: str) -> None:
            if tried == verb:
                self.desk.secrets.before = lambda *_: None
                self._trying(lambda: self.looks.append(self.desk.tokens.ring(self.gateway)))

        self.desk.secrets.before = overtake

    @rule(name=st.sampled_from(NAMES), life=LIVES, subs=st.sampled_from(([], ["night"])))
    def a_person_edits(self, name: str, life: tuple[str, str], subs: list[str]) -> None:
        self.lives[name], self.subs[name] = life, subs

    @rule(name=st.sampled_from(NAMES), text=st.sampled_from((None, "x")))
    def a_secret_is_lost_or_overwritten(self, name: str, text: str | None) -> None:
        place = ("data", f"{name}-token")
        if text is None:
            self.desk.secrets.bodies.pop(place, None)
        elif place in self.desk.secrets.bodies:
            self.desk.secrets.edit(*place, token=text)

    @invariant()
    def every_token_opens_its_queues_at_every_pod(self) -> None:
        self._gather()
        for key, expires in self.handed.values():
            if expires > self.desk.now:
                assert all(key in file for file in self.pods), "a token of a key that a pod does not have"

    @invariant()
    def keys_do_not_pile_up(self) -> None:
        if self.looks:
            assert len(self.looks[-1].keys) <= 1 + 9000 / 24

    def _gather(self) -> None:
        for namespace, name in self.desk.secrets.bodies:
            text = self.desk.text(name) if namespace == "data" else "x"
            if text != "x" and text not in self.handed:
                self.handed[text] = self._read(text)

    def _read(self, text: str) -> tuple[str, datetime]:
        for key in reversed(self.desk.hidden):
            if key.startswith("eyJ"):
                continue
            try:
                found = jwt.decode(text, key, algorithms=["HS256"], options={"verify_exp": False})
            except jwt.InvalidSignatureError:
                continue
            return key, datetime.fromtimestamp(found["exp"], self.desk.now.tzinfo)
        raise AssertionError("a token of no key that there ever was")

    def _route(self, name: str) -> Any:
        lifetime, renew = self.lives[name]
        asked = token(secretName=f"{name}-token", lifetime=lifetime, renewBefore=renew)
        return route(name, asked, queue={"name": name, "subQueues": self.subs[name]})

    def _trying(self, act: Any) -> None:
        try:
            act()
        except (Unavailable, Conflict):
            return


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    max_examples=100, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
