"""Redaction: no spelling of a registered secret and no form that AWS hands out survives; ordinary lines do."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from mwaa_operator.telemetry.redaction import SHORTEST, STARS, Redactor

SECRET = 'p&ss "wörd"\\with/everything='
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhaXJmbG93In0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
SESSION_TOKEN = "IQoJb3JpZ2luX2VjEHoaCXVzLWVhc3QtMSJHMEUCIQDx" + "A1b2" * 40 + "=="


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


SPELLINGS: list[tuple[str, Callable[[str], str]]] = [
    ("as it is", str),
    ("in JSON", json.dumps),
    ("in JSON that is not ASCII", lambda value: json.dumps(value, ensure_ascii=False)),
    ("in a Python literal", repr),
    ("in a URL", lambda value: f"https://host/?q={quote(value, safe='')}"),
    ("in the data of a Secret", lambda value: base64.b64encode(value.encode()).decode()),
    ("inside a sentence", lambda value: f"cannot connect with {value}: refused"),
]


@pytest.mark.parametrize(("how", "spell"), SPELLINGS, ids=[row[0] for row in SPELLINGS])
def test_a_registered_secret_is_hidden_in_every_spelling(
    redactor: Redactor, how: str, spell: Callable[[str], str]
) -> None:
    redactor.register(SECRET)
    text = redactor.text(f"before {spell(SECRET)} after")
    assert STARS in text
    assert spell(SECRET).strip("\"'=") not in text
    assert (text[:6], text[-5:]) == ("before", "after")


def test_each_line_of_a_key_is_hidden(redactor: Redactor) -> None:
    lines = ["MIIEvQIBADANBgkqhkiG9w0BAQ", "abcdefghijklmnopqrstuvwxyz0123"]
    redactor.register("\n".join(lines))
    assert redactor.text(f"bad line: {lines[1]}") == f"bad line: {STARS}"


def test_of_two_secrets_the_longer_one_is_hidden_whole(redactor: Redactor) -> None:
    redactor.register("correct-horse")
    redactor.register("correct-horse-battery")
    assert redactor.text("correct-horse-battery correct-horse") == f"{STARS} {STARS}"


def test_short_values_are_left_alone(redactor: Redactor) -> None:
    redactor.register("admin")
    assert redactor.text("the admin logged in") == "the admin logged in"


def test_the_secret_registered_longest_ago_is_forgotten_first() -> None:
    redactor = Redactor(capacity=2)
    for value in ("first-secret", "second-secret", "first-secret", "third-secret"):
        redactor.register(value)
    assert redactor.text("first-secret second-secret third-secret") == f"{STARS} second-secret {STARS}"


def test_forgetting_one_secret_does_not_uncover_another_with_the_same_spelling() -> None:
    redactor = Redactor(capacity=1)
    redactor.register("first line\nthe-same-line-of-two-secrets")
    redactor.register("second line\nthe-same-line-of-two-secrets")
    assert redactor.text("the-same-line-of-two-secrets") == STARS
    redactor.register("another-secret")
    assert redactor.text("the-same-line-of-two-secrets") == "the-same-line-of-two-secrets"
    assert len(redactor._spellings) == len({s[:SHORTEST] for s in redactor._known["another-secret"]})


@settings(deadline=None)
@given(
    secrets=st.lists(st.text(min_size=SHORTEST, max_size=40), min_size=1, max_size=5),
    parts=st.lists(st.one_of(st.integers(0, 4), st.text(max_size=20)), max_size=8),
)
def test_no_registered_secret_survives_in_any_text(secrets: list[str], parts: list[int | str]) -> None:
    redactor = Redactor()
    for secret in secrets:
        redactor.register(secret)
    text = "".join(part if isinstance(part, str) else f" {secrets[part % len(secrets)]} " for part in parts)
    cleaned = redactor.text(text)
    assert not any(secret in cleaned for secret in secrets if secret not in STARS)


FORMS: list[tuple[str, str, str]] = [
    ("an access key id", "key AKIAIOSFODNN7EXAMPLE used", "IOSFODNN7EXAMPLE"),
    ("a temporary key id", "ASIAY34FZKBOKMUTVV7A", "Y34FZKBOKMUTVV7A"),
    ("a secret access key", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI"),
    ("credentials in JSON", '{"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG"}', "wJalrXUtnFEMI"),
    ("credentials in escaped JSON", '{\\"SecretAccessKey\\": \\"wJalrXUtnFEMI/K7MDENG\\"}', "wJalrXUtnFEMI"),
    ("credentials in a Python dict", "{'SessionToken': 'abcdefghijklmnop'}", "abcdefghijklmnop"),
    ("a session token", f"token {SESSION_TOKEN} expired", SESSION_TOKEN[10:60]),
    (
        "a presigned URL",
        "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026"
        "&X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024&x=1",
        "fe5f80f77d5fa3beca",
    ),
    ("a presigned URL of old", "https://b/k?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=vjbyPxybdZaNm", "vjbyPxybdZ"),
    (
        "an authorization header",
        "Authorization: AWS4-HMAC-SHA256 Credential=x, Signature=34b48302e7b5fa45",
        "34b48302e7b",
    ),
    ("a bearer token", "{'Authorization': 'Bearer abcdef0123456789'}", "abcdef0123456789"),
    ("a JSON web token", f"got {JWT} from the server", JWT[20:50]),
    ("a CLI token of MWAA", '{"CliToken": "abcDEF123.x-y_z", "WebServerHostname": "h"}', "abcDEF123"),
    ("a web login of MWAA", "https://h.airflow.amazonaws.com/aws_mwaa/aws-console-sso?login=true#tok3n-v4lue", "tok3n"),
    ("an Airflow connection", "postgres://airflow:s3cr3t-w0rd@db.internal:5432/x", "s3cr3t-w0rd"),
    ("a URL with a password alone", "redis://:s3cr3t-w0rd@cache:6379/0", "s3cr3t-w0rd"),
    ("a cookie", "Set-Cookie: session=abcdef0123; Path=/", "abcdef0123"),
    ("a password in a text", "login failed, password=hunter2!", "hunter2"),
    ("a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"),
    ("half of a private key", "-----BEGIN PRIVATE KEY-----\\nMIIEow", "MIIEow"),
]


@pytest.mark.parametrize(("what", "text", "secret"), FORMS, ids=[row[0] for row in FORMS])
def test_what_aws_hands_out_is_recognised_by_its_form(redactor: Redactor, what: str, text: str, secret: str) -> None:
    assert secret in text
    cleaned = redactor.text(text)
    assert secret not in cleaned
    assert STARS in cleaned


ORDINARY = [
    "arn:aws:airflow:eu-central-1:123456789012:environment/analytics",
    "https://airflow.eu-central-1.amazonaws.com/environments/analytics?x=1",
    "s3://bucket/dags/plugins.zip#v1",
    "the role arn:aws:iam::123456789012:role/mwaa-execution cannot be assumed",
    "1a410efbd13591db07496601ebc7a059dd55cfe9",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "the Secret default/airflow-metadata has no key `password`",
    "reconcile.failed",
    "token bucket of mwaa in eu-west-1 is empty",
    "",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_lines_stay_as_they_are(redactor: Redactor, text: str) -> None:
    redactor.register("something-else-entirely")
    assert redactor.text(text) == text


SECRET_FIELDS = [
    "password",
    "db_password",
    "secretAccessKey",
    "aws_session_token",
    "Authorization",
    "private_key",
    "token",
]
HARMLESS_FIELDS = ["secretRef", "secret_name", "tokens_left", "key", "keys", "kind", "passes"]


@pytest.mark.parametrize("name", SECRET_FIELDS)
def test_fields_whose_names_say_so_are_hidden_whatever_they_hold(redactor: Redactor, name: str) -> None:
    assert redactor.value({name: "x"}) == {name: STARS}
    assert redactor.value({"deep": [{name: ["x", {"y": "z"}]}]}) == {"deep": [{name: STARS}]}
    assert redactor.value({name: None}) == {name: None}


@pytest.mark.parametrize("name", HARMLESS_FIELDS)
def test_other_fields_are_shown(redactor: Redactor, name: str) -> None:
    assert redactor.value({name: "x"}) == {name: "x"}


def test_values_become_plain_json(redactor: Redactor) -> None:
    found = redactor.value(
        {
            "set": {1},
            "tuple": (True, None, 1.5),
            "nan": float("nan"),
            "secret": 5,
            "held": SecretStr("hunter2hunter2"),
            3: b"bytes",
            "error": ValueError("x"),
        }
    )
    assert json.loads(json.dumps(found, allow_nan=False)) == {
        "set": [1],
        "tuple": [True, None, 1.5],
        "nan": "nan",
        "secret": 5,
        "held": STARS,
        "3": "b'bytes'",
        "error": "x",
    }


def test_what_contains_itself_ends_somewhere(redactor: Redactor) -> None:
    loop: dict[str, object] = {}
    loop["again"] = loop
    assert json.dumps(redactor.value(loop))
