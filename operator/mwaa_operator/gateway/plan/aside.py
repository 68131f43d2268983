"""Routes that a proof set aside. Pure.

They stay so until they ask for something else, or until somebody asks for one more try.
"""

from __future__ import annotations

import hashlib
import json

from mwaa_operator.api.meta import RETRY_REQUESTED_AT
from mwaa_operator.gateway.plan.situation import Situation
from mwaa_operator.gateway.render.scene import Candidate
from mwaa_operator.gateway.status import SetAside


def aside(s: Situation) -> tuple[SetAside, ...]:
    """Return the routes that stay set aside."""
    if s.retry is not None:
        return ()
    named = {item.route for item in s.status.set_aside}
    asked = {item.key: wish_hash(item) for item in s.observed.candidates if item.key in named}
    return tuple(item for item in s.status.set_aside if asked.get(item.route) == item.hash)


def wish_hash(candidate: Candidate) -> str:
    """Return 16 hexadecimal digits that tell what a route asks for, a retry by its annotation among that."""
    spec = candidate.route.spec.model_dump(mode="json")
    retry = candidate.route.metadata.annotations.get(RETRY_REQUESTED_AT)
    return hashlib.sha256(json.dumps([spec, retry], sort_keys=True).encode()).hexdigest()[:16]
