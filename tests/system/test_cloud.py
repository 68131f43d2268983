"""The composed cloud: what it exports leads the AWS SDK to the simulated AWS, plain and over TLS."""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config

from localcloud.cloud import LocalCloud


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_the_exported_variables_lead_to_the_simulated_aws(tls: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalCloud(tls=tls) as cloud:
        for name, value in cloud.env.items():
            monkeypatch.setenv(name, value)
        assert cloud.aws.url.startswith("https://" if tls else "http://")
        session = boto3.Session()
        once = Config(retries={"total_max_attempts": 1})
        for service in ("mwaa", "sts"):
            client = session.client(service, config=once)
            answer = client.list_environments() if service == "mwaa" else client.get_caller_identity()
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
            client.close()
        assert "kube-system" in cloud.control_plane.kubectl("get", "namespaces")
