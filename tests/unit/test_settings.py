"""Settings: where they come from, what they refuse, and how the refusal reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from mwaa_operator.api.timing import Timings
from mwaa_operator.settings import CONFIG, PREFIX, InvalidSettingsError, Settings, load_settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from an environment that says only where we run."""
    monkeypatch.delenv(CONFIG, raising=False)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
    monkeypatch.setenv(f"{PREFIX}NAMESPACE", "mwaa-system")


def load(monkeypatch: pytest.MonkeyPatch, **values: object) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", str(value))
    return load_settings()


def test_the_defaults_need_only_a_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)
    assert settings.namespace == "mwaa-system"
    assert settings.pod_name
    assert (settings.lease_duration, settings.renew_deadline, settings.retry_period) == (30, 20, 4)
    assert (settings.http_host, settings.http_port) == ("0.0.0.0", 8080)  # noqa: S104  the default is all addresses
    assert settings.timings() == Timings()


def test_a_missing_namespace_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(f"{PREFIX}NAMESPACE")
    with pytest.raises(InvalidSettingsError, match="MWAA_OPERATOR_NAMESPACE: Field required"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("namespace", "Not_A_Label"),
        ("namespace", ""),
        ("pod_name", ""),
        ("lease_name", "a/b"),
        ("lease_duration", "0"),
        ("lease_duration", "soon"),
        ("renew_deadline", "-1"),
        ("retry_period", "nan"),
        ("workers", "0"),
        ("workers", "1001"),
        ("workers", "2.5"),
        ("account_concurrency", "0"),
        ("aws_rate", "0"),
        ("aws_rate", "inf"),
        ("aws_burst", "0"),
        ("aws_serverless_rate", "0"),
        ("kube_request_timeout", "0"),
        ("kube_request_timeout", "61"),
        ("drain_timeout", "-1"),
        ("http_bind_address", "8080"),
        ("http_bind_address", "host:http"),
        ("http_bind_address", "0.0.0.0:65536"),
        ("log_format", "xml"),
        ("log_level", "TRACE"),
        ("time_factor", "0"),
        ("time_factor", "0.5"),
        ("leader_election", "perhaps"),
        ("gateways", "some"),
        ("gateway_namespaces", "spark-a,Spark_B"),
        ("gateway_namespaces", "spark-a spark-b"),
        ("gateway_namespaces", "*"),
        ("gateway_namespaces", '["spark-a"'),
        ("gateway_namespaces", '["spark-a", 3]'),
        ("gateway_namespaces", "a" * 64),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(InvalidSettingsError, match=f"{PREFIX}{name.upper()}"):
        load(monkeypatch, **{name: value})


def test_all_wrong_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidSettingsError) as caught:
        load(monkeypatch, workers=0, log_level="TRACE")
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("lease_duration", "renew_deadline", "retry_period"), [(20, 20, 4), (30, 4.5, 4), (3, 4, 0.5), (30, 20, 17)]
)
def test_lease_times_that_leave_no_room_are_refused(
    monkeypatch: pytest.MonkeyPatch, lease_duration: float, renew_deadline: float, retry_period: float
) -> None:
    with pytest.raises(InvalidSettingsError, match=r"LEASE_DURATION .* must be longer than"):
        load(monkeypatch, lease_duration=lease_duration, renew_deadline=renew_deadline, retry_period=retry_period)


@pytest.mark.parametrize(
    ("lease", "aws", "kube", "renewal"), [((30, 20, 4), 12, 10, 5), ((3, 2, 0.5), 1.25, 1.25, 0.5)]
)
def test_a_mutation_always_fits_into_what_is_left_of_a_lease(
    monkeypatch: pytest.MonkeyPatch, lease: tuple[float, float, float], aws: float, kube: float, renewal: float
) -> None:
    duration, deadline, retry = lease
    settings = load(monkeypatch, lease_duration=duration, renew_deadline=deadline, retry_period=retry)
    times = (settings.aws_mutation_timeout, settings.kube_mutation_timeout, settings.lease_request_timeout)
    assert times == (aws, kube, renewal)
    assert max(times[:2]) < duration - retry


def test_the_time_factor_divides_every_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, time_factor=60).timings() == Timings().scaled(60)


@pytest.mark.parametrize(
    ("address", "host", "port"), [(":0", "", 0), ("127.0.0.1:9", "127.0.0.1", 9), ("[::1]:8080", "::1", 8080)]
)
def test_a_bind_address_has_a_host_and_a_port(
    monkeypatch: pytest.MonkeyPatch, address: str, host: str, port: int
) -> None:
    settings = load(monkeypatch, http_bind_address=address)
    assert (settings.http_host, settings.http_port) == (host, port)


class TestGatewayNamespaces:
    @pytest.mark.parametrize("unsaid", [None, "", " ", ",", "[]"], ids=repr)
    def test_gateways_are_looked_after_in_the_own_namespace_unless_others_are_named(
        self, monkeypatch: pytest.MonkeyPatch, unsaid: str | None
    ) -> None:
        settings = load(monkeypatch) if unsaid is None else load(monkeypatch, gateway_namespaces=unsaid)
        assert settings.gateway_namespaces == ("mwaa-system",)

    @pytest.mark.parametrize("said", ["spark-a,spark-b", " spark-a , spark-b,spark-a,", '["spark-a", "spark-b"]'])
    def test_they_are_named_with_commas_or_as_json(self, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
        assert load(monkeypatch, gateway_namespaces=said).gateway_namespaces == ("spark-a", "spark-b")

    def test_none_are_looked_after_when_gateways_are_switched_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert load(monkeypatch, gateways="false").gateway_namespaces == ()
        assert load(monkeypatch, gateways="false", gateway_namespaces="spark-a").gateway_namespaces == ()

    def test_the_name_that_is_none_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(InvalidSettingsError, match=r"^MWAA_OPERATOR_GATEWAY_NAMESPACES: 'Spark_B': "):
            load(monkeypatch, gateway_namespaces="spark-a,Spark_B")

    def test_a_namespace_of_our_own_that_is_wrong_is_told_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(InvalidSettingsError, match=r"^MWAA_OPERATOR_NAMESPACE: [^\n]*$"):
            load(monkeypatch, namespace="Not_A_Label")

    def test_a_file_has_them_as_a_list(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        file = tmp_path / "settings.yaml"
        file.write_text("gateway_namespaces: [spark-a, spark-b]\n")
        monkeypatch.setenv(CONFIG, str(file))
        assert load_settings().gateway_namespaces == ("spark-a", "spark-b")


class TestFile:
    def test_it_is_read_and_the_environment_wins(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        file = tmp_path / "settings.yaml"
        file.write_text("workers: 4\nlog_format: console\n")
        monkeypatch.setenv(CONFIG, str(file))
        settings = load(monkeypatch, workers=8)
        assert (settings.workers, settings.log_format) == (8, "console")

    def test_a_file_that_is_not_there_is_an_error(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv(CONFIG, str(tmp_path / "nothing.yaml"))
        with pytest.raises(InvalidSettingsError, match=CONFIG):
            load_settings()

    def test_an_unknown_key_is_an_error(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        file = tmp_path / "settings.yaml"
        file.write_text("wrokers: 4\n")
        monkeypatch.setenv(CONFIG, str(file))
        with pytest.raises(InvalidSettingsError, match="WROKERS"):
            load_settings()

    @pytest.mark.parametrize("content", ["- a\n- b\n", "{", "workers"], ids=["list", "broken", "text"])
    def test_a_file_that_is_no_mapping_is_an_error(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str
    ) -> None:
        file = tmp_path / "settings.yaml"
        file.write_text(content)
        monkeypatch.setenv(CONFIG, str(file))
        with pytest.raises(InvalidSettingsError):
            load_settings()

    def test_an_empty_file_sets_nothing(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        file = tmp_path / "settings.yaml"
        file.write_text("")
        monkeypatch.setenv(CONFIG, str(file))
        assert load_settings().workers == 32


def test_what_the_kubelet_sets_for_a_service_of_our_name_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    load(monkeypatch, service_host="10.0.0.7", port="tcp://10.0.0.7:8080", service_port="8080")


def test_settings_do_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)
    with pytest.raises(ValidationError, match="frozen"):
        settings.workers = 3  # type: ignore[misc]  # the point of the test


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
