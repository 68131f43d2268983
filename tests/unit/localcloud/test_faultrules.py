"""Which requests a fault rule befalls: paths taken apart, matching, counting, releasing. Not the proxy itself."""

from __future__ import annotations

import pytest

from localcloud.faultrules import ApiRequest, Hold, MuteWatch, Refuse, Rule

GROUP = "/apis/mwaa-operator.io/v1alpha1"


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/readyz", ("GET", "", "", "", "")),
        ("GET", "/api/v1/namespaces", ("GET", "", "namespaces", "", "")),
        ("GET", "/api/v1/namespaces/team", ("GET", "", "namespaces", "team", "")),
        ("PUT", "/api/v1/namespaces/team/status", ("PUT", "", "namespaces", "team", "status")),
        ("GET", "/api/v1/namespaces/team/secrets", ("GET", "team", "secrets", "", "")),
        ("GET", "/api/v1/namespaces/team/secrets/s", ("GET", "team", "secrets", "s", "")),
        ("GET", f"{GROUP}/awsaccounts/main", ("GET", "", "awsaccounts", "main", "")),
        ("GET", f"{GROUP}/mwaaenvironments?limit=500", ("GET", "", "mwaaenvironments", "", "")),
        ("GET", f"{GROUP}/mwaaenvironments?watch=true", ("WATCH", "", "mwaaenvironments", "", "")),
        ("GET", f"{GROUP}/mwaaenvironments?watch=false", ("GET", "", "mwaaenvironments", "", "")),
        (
            "PATCH",
            f"{GROUP}/namespaces/team/mwaaenvironments/e/status?force=true",
            ("PATCH", "team", "mwaaenvironments", "e", "status"),
        ),
    ],
)
def test_a_path_is_taken_apart(method: str, target: str, expected: tuple[str, ...]) -> None:
    request = ApiRequest.parse(method, target)
    assert (request.method, request.namespace, request.resource, request.name, request.subresource) == expected


STATUS_WRITE = ApiRequest(
    "PATCH", "/x?force=true", "mwaaenvironments", "status", user_agent="OpenAPI/37", body='{"operation": 1}'
)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(Hold()), True),
        (Rule(Hold(), methods=["PUT"]), False),
        (Rule(Hold(), resource="mwaaenvironments", subresource="status"), True),
        (Rule(Hold(), resource="mwaaenvironments", subresource=""), False),
        (Rule(Hold(), resource="leases"), False),
        (Rule(Hold(), path="force=true$"), True),
        (Rule(Hold(), user_agent="kubectl"), False),
        (Rule(Hold(), user_agent="^OpenAPI"), True),
        (Rule(Hold(), body="operation"), True),
        (Rule(Hold(), body="conditions"), False),
        (Rule(MuteWatch()), False),
    ],
)
def test_a_rule_matches_by_everything_that_it_names(rule: Rule, expected: bool) -> None:
    assert rule.matches(STATUS_WRITE) is expected


@pytest.mark.parametrize(
    ("nth", "times", "expected"),
    [
        (1, 1, [True, False, False, False]),
        (2, 1, [False, True, False, False]),
        (2, 2, [False, True, True, False]),
        (3, None, [False, False, True, True]),
    ],
)
def test_a_rule_befalls_its_turn_only(nth: int, times: int | None, expected: list[bool]) -> None:
    rule = Rule(Refuse(503), nth=nth, times=times)
    assert [rule.befalls(STATUS_WRITE) for _ in expected] == expected
    assert rule.matched == len(expected)


def test_a_released_rule_befalls_nothing_more() -> None:
    rule = Rule(Hold(), times=None)
    assert rule.befalls(STATUS_WRITE)
    rule.release(forward=False)
    assert not rule.befalls(STATUS_WRITE)
    assert not rule.forward


def test_whoever_waits_is_woken_once_also_when_the_release_was_before() -> None:
    woken: list[str] = []
    rule = Rule(Hold())
    rule.when_released(lambda: woken.append("before"))
    rule.release()
    rule.release()
    rule.when_released(lambda: woken.append("after"))
    assert woken == ["before", "after"]
