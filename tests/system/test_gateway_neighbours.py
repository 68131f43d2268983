"""Gateways that are held up, each in its own way, and one beside them that goes its way as if they were not there.

Nothing is timed: the others are held until the one has rolled a change to the end. Where else a gateway may be held,
pods that are silent among it, is tried in memory (tests/unit/gateway/test_side_by_side.py).
"""

from __future__ import annotations

from contextlib import ExitStack

from localcloud.faultrules import Hold, Rule
from tests.support.gatewayclients import Rollouts
from tests.support.gatewayfield import GATEWAYS, Field, condition, is_ready, target

LATE = 60.0
CALLS = ("GET", "POST", "DELETE", "PATCH")


def test_a_gateway_rolls_a_change_to_the_end_while_others_are_held_up(field: Field) -> None:
    with ExitStack() as closing:
        near, far = ([field.cluster(name) for name in names] for names in ("ab", "c"))
        staged, lost, free = (closing.enter_context(field.gateway(clusters=item)) for item in (near, far, near))
        for gateway, cluster in ((staged, "a"), (lost, "c"), (free, "a")):
            gateway.route("one", target(cluster))
        for gateway in (staged, lost, free):
            gateway.until_route("one", is_ready)
            gateway.until(is_ready)
        silence = closing.enter_context(ExitStack())
        silent = field.proxies["c"].add(Rule(Hold(), methods=CALLS, times=None))
        silence.callback(silent.release)
        proof = field.proxy.add(proof_of(staged.name))
        silence.callback(proof.release)
        rollouts = closing.enter_context(Rollouts(field, free))
        staged.edit("one", targets=[target("a"), target("b", 300)])
        assert proof.fired.wait(LATE)
        assert silent.fired.wait(LATE)
        free.edit("one", targets=[target("a"), target("b", 300)])
        free.until_route("one", lambda body: is_ready(body) and body["status"]["split"] == "a=1/4 b=3/4")
        assert rollouts.steps == ["Expand", "Activate"], rollouts.steps
        assert not proof.released.is_set()
        assert not silent.released.is_set()
        assert staged.body["status"]["stagedRevision"]["state"] in ("Rendered", "Proving")
        assert staged.of("one")["status"]["split"] == "a=1"
        silence.close()
        staged.until_route("one", lambda body: is_ready(body) and body["status"]["split"] == "a=1/4 b=3/4")
        lost.until(lambda body: condition(body, "TargetsHealthy").get("status") == "True")


def proof_of(gateway: str) -> Rule:
    """Return what holds every proof of a gateway."""
    return Rule(
        Hold(), methods=["POST"], resource="pods", path=f"/{GATEWAYS}/", body=f'"name": ?"{gateway}-proof-', times=None
    )
