"""Builders of BPG's files and requests, and the landscape of two queues on four clusters that many tests speak of."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from fractions import Fraction
from typing import Any

from mwaa_operator.gateway.bpg.answer import Answer
from mwaa_operator.gateway.bpg.bind import bind
from mwaa_operator.gateway.bpg.config import Config, StartFailure
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.bpg.request import Claims, Request
from mwaa_operator.gateway.bpg.simulate import simulate

KEY = "test-key-1"
TYPES = ["Java", "Scala", "Python"]
PINNED, CURRENT = Profile.AWS_PIN, Profile.PRE_DW5


def cluster(id_: Any, weight: Any, versions: Any, queues: Any, **more: Any) -> dict[str, Any]:
    """Return an entry of `sparkClusters` that works."""
    return {
        "id": id_,
        "weight": weight,
        "sparkVersions": versions,
        "queues": queues,
        "masterUrl": "https://127.0.0.1:6443",
        "userTokenSOPS": "k8s:secret::tokens:a",
        "caCertDataSOPS": "Q0E=",
        "sparkApplicationNamespace": "spark",
        **more,
    }


def document(*, clusters: Any, queues: Any, **more: Any) -> dict[str, Any]:
    """Return a file that lets everybody in and has an image for every type."""
    return {
        "allowedUsers": ["*"],
        "queueTokenSOPS": {"secrets": [KEY]},
        "sparkImages": [{"name": "image:1", "types": TYPES, "version": version} for version in ("3.5", "3.4")],
        "sparkClusters": clusters,
        "queues": queues,
        **more,
    }


def landscape(**more: Any) -> dict[str, Any]:
    """Return the file of two queues, one of them secure, on four clusters, of which two take no job by queue."""
    clusters = [
        cluster("a", 90, ["3.5"], ["phi"]),
        cluster("b", 10, ["3.5"], ["phi", "dev"]),
        cluster("d", 0, ["3.5"], ["dev"]),
        cluster("e", 5, [], ["dev"]),
    ]
    queues = [{"name": "phi", "secure": True}, {"name": "dev", "users": ["u1"]}]
    return document(clusters=clusters, queues=queues, **more)


def bound(body: Any, profile: Profile = CURRENT) -> Config:
    """Return the configuration of a file from which BPG starts."""
    config = bind(body, profile=profile)
    assert isinstance(config, Config), config
    return config


def failure(body: Any, profile: Profile = CURRENT) -> StartFailure:
    """Return why BPG does not start from a file."""
    found = bind(body, profile=profile)
    assert isinstance(found, StartFailure), found
    return found


def ask(body: Any, profile: Profile = CURRENT, /, *, now: float | None = None, **request: Any) -> Answer:
    """Return the answer to a request; without other words, of the user `x` for version 3.5.

    Args:
        body: The file.
        profile: The revision.
        now: As for `simulate`.
        request: Members of Request; `token` is the queues of a token that is valid otherwise.
    """
    if "token" in request:
        request["queue_token"] = Claims("airflow", tuple(request.pop("token")))
    return simulate(bound(body, profile), Request(**({"user": "x", "spark_version": "3.5"} | request)), now=now)


def shares(**parts: int) -> dict[str, Fraction]:
    """Return parts as fractions of their sum."""
    return {name: Fraction(part, sum(parts.values())) for name, part in parts.items()}


def told(answer: Answer) -> tuple[int, str] | None:
    """Return status and message of a certain refusal."""
    return None if answer.refusal is None else (answer.refusal.status, answer.refusal.message)


def jwt(claims: Any, *, key: str = KEY, header: Any = None) -> str:
    """Return a token signed with HS256.

    Args:
        claims: Its payload.
        key: The secret.
        header: Another one than that of HS256.
    """
    head = {"alg": "HS256", "typ": "JWT"} if header is None else header
    signed = ".".join(_part(json.dumps(part).encode()) for part in (head, claims))
    return f"{signed}.{_part(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())}"


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
