"""From which files the gateway stand-in starts, as BPG does, and what it makes of their values."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.gateway.config import Cluster, Config, Connector, Health
from localcloud.gateway.errors import StartFailureError
from localcloud.gateway.health import readiness
from localcloud.gateway.http import HttpRequest
from localcloud.gateway.profile import Profile
from localcloud.gateway.start import bind, load

EACH = pytest.mark.parametrize("profile", list(Profile))


def started(text: str, profile: Profile = Profile.PRE_DW5) -> Config:
    return load(text, profile)


def entry(yaml: str) -> Cluster:
    """Return the one cluster with a member."""
    (found,) = started(f"sparkClusters: [{{ {yaml} }}]").clusters or ()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("written", "weight"),
    [("'50'", 50), ("1.9", 1), ("0.9", 0), ("", 0), ("''", 0), ("0x10", 16), ("010", 8), ("-3", -3), ("1_000", 1000)],
)
def test_a_weight(written: str, weight: int) -> None:
    assert entry(f"weight: {written}").weight == weight


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("3.10", "3.1"),
        ("3.5.1", "3.5.1"),
        ("01", "1"),
        ("yes", "true"),
        ("0x10", "16"),
        ("1e3", "1000.0"),
        ("0.50", "0.5"),
        ("12:30", "12:30"),
        ("2020-01-01", "2020-01-01"),
        ("1.0e7", "1.0E7"),
        ("'3.10'", "3.10"),
    ],
)
def test_a_text(written: str, text: str) -> None:
    assert entry(f"id: {written}").id == text


@EACH
@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ""),
        ("# nothing", ""),
        ("- a", ""),
        ("just words", ""),
        ("a: [", ""),
        ("sparkClusters: [{weight: abc}]", "sparkClusters.[0].weight"),
        ("sparkClusters: [{weight: 3000000000}]", "sparkClusters.[0].weight"),
        ("sparkClusters: [{timeoutMillis: 30s}]", "sparkClusters.[0].timeoutMillis"),
        ("queues: [{driverCPUBufferRatio: }]", "queues.[0].driverCPUBufferRatio"),
        ("queues: [{driverCPUBufferRatio: x}]", "queues.[0].driverCPUBufferRatio"),
        ("queues: [{secure: maybe}]", "queues.[0].secure"),
        ("allowedUsers: x", "allowedUsers"),
        ("server: {nope: 1}", "server.nope"),
        ("logging: {nope: 1}", "logging.nope"),
        ("health: {healthChecks: [{name: a, nope: 1}]}", "health.healthChecks.[0].nope"),
        ("health: {healthChecks: [{}]}", "health.healthChecks[0].name"),
        ("dbStorageSOPS: {dbName: a-b}", "dbStorageSOPS.dbName"),
        ("metrics: ", "metrics"),
    ],
)
def test_what_stops_the_start(profile: Profile, text: str, path: str) -> None:
    with pytest.raises(StartFailureError) as failure:
        load(text, profile)
    assert failure.value.path == path


@EACH
@pytest.mark.parametrize(
    "document",
    [
        {},
        {"maxRunningMillis": 5, "adminUsers": ["a"]},
        {"sparkClusters": [None], "queues": [None]},
        {"sparkClusters": [{"id": "a", "nope": 1}, {"id": "a"}]},
        {"queueTokenSOPS": {"sops": {}}},
        {"dbStorageSOPS": {"connectionString": "jdbc:mysql://nowhere"}},
    ],
)
def test_what_does_not(profile: Profile, document: dict[str, Any]) -> None:
    assert bind(document, profile).context_path == "/skatev2"


def test_of_two_equal_keys_the_last_one_counts() -> None:
    assert started("applicationContextPath: /a\napplicationContextPath: /b").context_path == "/b"


def test_an_alias_is_the_name_of_its_anchor() -> None:
    assert started("allowedUsers: [&me x, *me]").allowed_users == ("x", "me")


def test_fields_of_later_revisions_are_not_even_read_by_the_pinned_one() -> None:
    text = "fixedSparkConf: 5\nqueues: [{maxExecutorInstances: x, allowedZones: y}]"
    assert started(text, Profile.AWS_PIN).queues
    with pytest.raises(StartFailureError):
        started(text)


def test_where_it_listens_and_when_it_is_ready_stand_in_the_file() -> None:
    config = started(
        """
        server:
          applicationConnectors: [{type: http, port: 7000, bindHost: 127.0.0.9}]
          adminConnectors: [{type: http, port: 7001}]
        health:
          delayedShutdownHandlerEnabled: true
          shutdownWaitPeriod: 500ms
          healthChecks: [{name: sparkClusters, critical: true, initialState: false, schedule: {checkInterval: 1s}}]
        """
    )
    assert config.application == Connector(7000, "127.0.0.9")
    assert config.admin == Connector(7001)
    assert config.health == Health(checked=True, delayed=True, wait_seconds=0.5, begins_after=31.0)
    assert (started("{}").application.port, started("{}").admin.port, started("{}").health) == (8080, 8081, None)


@pytest.mark.parametrize(
    ("check", "seconds"),
    [
        ("{}", 0.0),
        ("{initialState: true, schedule: {successAttempts: 5}}", 0.0),
        ("{initialState: false}", 35.0),
        ("{initialState: false, schedule: {checkInterval: 1s, successAttempts: 1}}", 1.0),
        ("{initialState: false, schedule: {initialDelay: 0s, downtimeInterval: 2s, successAttempts: 3}}", 4.0),
    ],
)
def test_a_check_that_begins_unhealthy_is_believed_after_enough_successes(check: str, seconds: float) -> None:
    named = check.replace("{", "{name: sparkClusters, ", 1)
    config = started(f"sparkClusters: [{{id: a}}]\nhealth: {{healthChecks: [{named}]}}")
    assert config.health is not None
    assert config.health.begins_after == seconds
    asked = HttpRequest("GET", "/skatev2/health-check", {}, {}, b"")
    answers = [readiness(config, asked, age=age, draining=False).status for age in (max(seconds - 0.1, 0.0), seconds)]
    assert answers == [503 if seconds else 200, 200]


@pytest.mark.parametrize(
    ("member", "path"),
    [
        ("initialDelay: soon", "health.healthChecks.schedule.initialDelay"),
        ("downtimeInterval: [1]", "health.healthChecks.schedule.downtimeInterval"),
        ("successAttempts: x", "health.healthChecks.schedule.successAttempts"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_named(member: str, path: str) -> None:
    check = f"{{name: sparkClusters, initialState: false, schedule: {{{member}}}}}"
    with pytest.raises(StartFailureError) as failure:
        started(f"health: {{healthChecks: [{check}]}}")
    assert failure.value.path == path
