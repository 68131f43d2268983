"""No secret of a file is ever in what an import gives: canaries at every place where one can stand."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from mwaa_operator.gateway.importing.convert import UnimportableError
from mwaa_operator.gateway.importing.hidden import Hidden
from tests.support.bpgimport import entry, file, imported

CANARY = "canary-4f1c"


def everything(found: Any) -> str:
    return json.dumps(asdict(found))


def poisoned() -> dict[str, Any]:
    """Return a file with a canary wherever a person might write a secret."""
    env = [{"name": "DB_PASSWORD", "value": f"{CANARY}-env"}, {"name": "URL", "value": f"jdbc:x://u:{CANARY}-url@h/d"}]
    conf = {
        "spark.hadoop.fs.s3a.secret.key": f"{CANARY}-conf",
        "spark.hadoop.fs.s3a.access.key": f"{CANARY}-access",
        "spark.copy": f"{CANARY}-token-plain",
    }
    body = file(
        entry(
            "a",
            1,
            ["q"],
            userTokenSOPS=f"{CANARY}-token-plain",
            sparkConf=conf,
            driver={"env": env},
            executor={"env": env},
            sparkServiceAccount=f"{CANARY}-token-plain",
        ),
        entry("b", 1, ["q"], userTokenSOPS=f"plaintext:{CANARY}-token-prefixed"),
        queues=[{"name": "q", "users": [f"{CANARY}-key-1"]}, {"name": f"{CANARY}-key-1"}],
        defaultSparkConf=conf,
        fixedSparkConf=conf,
        queueTokenSOPS={"secrets": [f"{CANARY}-key-1", f"{CANARY}-key-2"]},
        dbStorageSOPS={
            "connectionString": f"jdbc:mysql://h/bpg?user=x&password={CANARY}-connection",
            "user": "bpg",
            "password": f"{CANARY}-db",
        },
        logging={"appenders": [{"type": "tcp", "keyStorePassword": f"{CANARY}-appender"}]},
        sops={"kms": f"{CANARY}-sops"},
    )
    body["s3Folder"] = f"{CANARY}-key-2"
    return body | {f"{CANARY}-key-1": 1}


@pytest.mark.parametrize("profile", ["aws-pin", "pre-dw5"])
def test_no_canary_gets_out(profile: str) -> None:
    from mwaa_operator.gateway.bpg.profile import Profile

    found = imported(poisoned(), profile=Profile(profile))
    assert CANARY in json.dumps(poisoned())
    assert CANARY not in everything(found)


def test_what_was_left_out_is_told_at_its_place() -> None:
    pointers = {note.pointer for note in imported(poisoned()).notes}
    assert {
        "/sparkClusters/0/userTokenSOPS",
        "/sparkClusters/0/sparkConf/spark.hadoop.fs.s3a.secret.key",
        "/sparkClusters/0/driver/env/0",
        "/sparkClusters/0/executor/env/1",
        "/defaultSparkConf/spark.hadoop.fs.s3a.access.key",
        "/dbStorageSOPS/connectionString",
        "/dbStorageSOPS/password",
        "/logging/appenders/0/keyStorePassword",
        "/queueTokenSOPS",
    } <= pointers


def test_references_stay() -> None:
    found = imported(
        file(
            entry("a", 1, ["q"], sparkConf={"spark.kubernetes.driver.secrets.keys": "/etc/keys"}),
            queues=[{"name": "q"}],
            dbStorageSOPS={"user": "bpg", "password": "k8s:secret:far:database:password"},
        )
    )
    database = {"user": "bpg", "password": "k8s:secret:spark-gateways:database:password"}
    assert found.gateway["spec"]["extraConfig"] == {"dbStorageSOPS": database}
    assert found.routes[0]["spec"]["job"]["sparkConf"] == {"spark.kubernetes.driver.secrets.keys": "/etc/keys"}


@pytest.mark.parametrize("text", [f"userTokenSOPS: 12:3{CANARY}\n x", "a: 1:30.5", f"sparkClusters: '{CANARY}'"])
def test_a_file_that_cannot_be_read_is_refused_without_its_values(text: str) -> None:
    with pytest.raises(UnimportableError) as caught:
        imported(text)
    assert CANARY not in str(caught.value)
    assert "1:30.5" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("spark.sql.shuffle.partitions", "200", False),
        ("spark.hadoop.fs.s3a.secret.key", "x", True),
        ("spark.app.token", "", False),
        ("API_KEY", "x", True),
        ("spark.eventLog.dir", "s3://user:word@bucket", True),
        ("options", "a=1;password=x", True),
        ("spark.kubernetes.driver.secretKeyRef.A", "name:key", False),
        ("TOKEN_FILE", "/var/run/token", False),
        ("spark.keys", "-----BEGIN RSA PRIVATE KEY-----", True),
        ("spark.copy", "the key abcdef here", True),
    ],
)
def test_names_and_values_that_look_like_secrets(name: str, value: str, secret: bool) -> None:
    assert Hidden(frozenset({"abcdef"})).is_secret(name, value) is secret
