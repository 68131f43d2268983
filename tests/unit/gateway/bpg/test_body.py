"""Bodies of submissions: what BPG reads of them, what it drops, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.gateway.bpg.answer import Refusal, Stage
from mwaa_operator.gateway.bpg.body import KEYS, request_of, submit
from mwaa_operator.gateway.bpg.request import Pod, Request
from mwaa_operator.gateway.bpg.text import read
from tests.support.bpg import bound, jwt, landscape, shares

CALLERS = Request(user="x", basic_user="y", dag_user="z")


def test_every_member_is_found_again() -> None:
    body = {
        "queue": "q",
        "queueToken": "t",
        "sparkVersion": "3.5",
        "type": "Java",
        "mainClass": "a.B",
        "image": "i",
        "clusterId": "c",
        "spotInstance": "true",
        "submissionIdSuffix": "s",
        "applicationName": "n",
        "sparkConf": {"a": 1, "b": None},
        "driver": {"cores": "2", "coreLimit": 3, "memory": "1g", "tolerations": []},
        "executor": {"instances": 4.7, "gpu": {}},
        "arguments": ["a", 1],
        "mode": "cluster",
    }
    assert request_of(body, CALLERS) == Request(
        user="x",
        basic_user="y",
        dag_user="z",
        queue="q",
        queue_token="t",
        spark_version="3.5",
        type="Java",
        main_class="a.B",
        image="i",
        cluster_id="c",
        spot_instance=True,
        submission_id_suffix="s",
        application_name="n",
        spark_conf={"a": "1", "b": None},
        driver=Pod(cores=2, core_limit="3", memory="1g"),
        executor=Pod(instances=4),
    )


def test_an_empty_body_is_a_request() -> None:
    assert request_of({}, Request()) == Request()
    assert request_of(dict.fromkeys(KEYS), Request()) == Request()


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ('{"apiVersion": "sparkoperator.k8s.io/v1beta2"}', 400),
        ('{"dynamicAllocation": {}}', 400),
        ('{"queue": []}', 400),
        ('{"sparkConf": []}', 400),
        ('{"driver": 5}', 400),
        ('{"executor": {"instances": "x"}}', 400),
        ("[]", 400),
        ("{", 400),
        ("null", 500),
        ("", 500),
    ],
)
def test_what_is_no_request(text: str, status: int) -> None:
    found = request_of(read(text), Request())
    assert isinstance(found, Refusal)
    assert (found.stage, found.status, found.exact) == (Stage.BODY, status, False)


class TestSubmit:
    def test_a_body_gets_an_answer(self) -> None:
        body: Any = {"queue": "phi", "sparkVersion": "3.5"}
        body["queueToken"] = jwt({"iss": "airflow", "allowedQueues": ["phi"]})
        assert submit(bound(landscape()), body, user="x").split == shares(a=9, b=1)

    def test_strangers_are_refused_before_their_body_is_read(self) -> None:
        config = bound(landscape(allowedUsers=["y"]))
        refusal = submit(config, {"nope": 1}, user="x").refusal
        assert refusal is not None
        assert refusal.status == 401
        assert submit(config, {"queue": "dev", "sparkVersion": "3.5"}, user="x", basic_user="y").split == shares(b=1)

    def test_a_bad_body_is_refused(self) -> None:
        refusal = submit(bound(landscape()), {"nope": 1}, user="x").refusal
        assert refusal is not None
        assert refusal.stage is Stage.BODY
