"""From the body of a submission to a request, or BPG's refusal of it: an unknown key at the top is one. Pure.

Keys that BPG does not know inside `driver` and `executor` are dropped in silence. Sources:
apple/batch-processing-gateway, SubmitApplicationRequest, SparkPodSpec; jackson-databind, ObjectMapper.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mwaa_operator.gateway.bpg import coerce
from mwaa_operator.gateway.bpg.answer import Answer, Outcome, Refusal, Stage, broken
from mwaa_operator.gateway.bpg.coerce import Path, UnbindableError
from mwaa_operator.gateway.bpg.config import Config, StartFailure
from mwaa_operator.gateway.bpg.request import Pod, Request
from mwaa_operator.gateway.bpg.route import caller
from mwaa_operator.gateway.bpg.simulate import UNAUTHORIZED, simulate

_CLASS = "com.apple.spark.api.SubmitApplicationRequest"
_TEXTS = ("mode", "mainApplicationFile", "pythonVersion", "imagePullPolicy")
_READ = frozenset(
    ("submissionIdSuffix", "applicationName", "type", "image", "spotInstance", "sparkVersion", "mainClass", "sparkConf")
) | {"driver", "executor", "clusterId", "queue", "queueToken"}
KEYS = _READ | {*_TEXTS, "arguments", "volumes", "deps", "restartPolicy"}
KEYS |= {"driverOverheadFactor", "executorOverheadFactor", "overheadFactor"}
"""Everything that may stand at the top."""


def submit(
    config: Config,
    document: Any,
    *,
    user: str | None,
    basic_user: str | None = None,
    dag_user: str = "dagUser",
    now: float | None = None,
) -> Answer:
    """Return everything that can become of a body.

    Args:
        config: What BPG started from.
        document: What `read` made of the body.
        user: The header `User-Account`.
        basic_user: The user of basic authentication.
        dag_user: The parameter `dagUser`.
        now: As for `simulate`.
    """
    callers = Request(user=user, basic_user=basic_user, dag_user=dag_user)
    if caller(config, callers) is None:
        return Answer((Outcome(Fraction(1), UNAUTHORIZED),))
    found = request_of(document, callers)
    if isinstance(found, Refusal):
        return Answer((Outcome(Fraction(1), found),))
    return simulate(config, found, now=now)


def request_of(document: Any, callers: Request) -> Request | Refusal:
    """Return the request that a body says.

    Args:
        document: What `read` made of the body.
        callers: Has the members that are no part of a body.

    Returns:
        The request, or the refusal of what is none, with a message in words of ours. Never raises.
    """
    if isinstance(document, StartFailure):
        return _invalid(document.message)
    if document is None:
        return broken(Stage.BODY, "the body is null").refusal
    try:
        return _request(document, callers)
    except UnbindableError as end:
        return _invalid(f"{end.summary} at: {coerce.dotted(end.path)}; {end.detail}")


def _request(document: Any, callers: Request) -> Request:
    members = coerce.mapping(document, (), _CLASS) or {}
    for key in members:
        if key not in KEYS:
            raise UnbindableError((key,), "Unrecognized field", f"not marked as ignorable in {_CLASS}")

    def text(key: str) -> str | None:
        return coerce.text(members.get(key), (key,))

    for key in _TEXTS:
        text(key)
    coerce.texts(members.get("arguments"), ("arguments",))
    return Request(
        user=callers.user,
        basic_user=callers.basic_user,
        dag_user=callers.dag_user,
        queue=text("queue"),
        queue_token=text("queueToken"),
        spark_version=text("sparkVersion"),
        type=text("type"),
        main_class=text("mainClass"),
        image=text("image"),
        cluster_id=text("clusterId"),
        spot_instance=bool(coerce.boxed_bool(members.get("spotInstance"), ("spotInstance",))),
        submission_id_suffix=text("submissionIdSuffix"),
        application_name=text("applicationName"),
        spark_conf=coerce.text_map(members.get("sparkConf"), ("sparkConf",)),
        driver=_pod(members.get("driver"), ("driver",)),
        executor=_pod(members.get("executor"), ("executor",)),
    )


def _pod(value: Any, path: Path) -> Pod | None:
    members = coerce.mapping(value, path, "com.apple.spark.operator.SparkPodSpec")
    if members is None:
        return None
    return Pod(
        cores=coerce.boxed_int32(members.get("cores"), (*path, "cores")),
        core_limit=coerce.text(members.get("coreLimit"), (*path, "coreLimit")),
        memory=coerce.text(members.get("memory"), (*path, "memory")),
        instances=coerce.boxed_int32(members.get("instances"), (*path, "instances")),
    )


def _invalid(why: str) -> Refusal:
    return Refusal(Stage.BODY, 400, f"Invalid JSON request: {why}", exact=False)
