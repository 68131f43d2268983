"""Service Quotas for MWAA.

moto lacks ListServiceQuotas and knows no quota of the service `airflow`. Names and values follow the MWAA user guide;
the quota codes are placeholders, so nothing may rely on them: look quotas up by name.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from localcloud.aws.moto.apicall import ApiCall
from localcloud.aws.moto.replies import ApiError

SERVICE_CODE = "airflow"

QUOTAS = {
    "L-ENVIRONMENTS": ("Environments per account per Region", 10.0),
    "L-WORKERS": ("Workers per environment", 25.0),
    "L-WEBSERVERS": ("Web servers per environment", 5.0),
    "L-SCHEDULERS": ("Schedulers per environment", 5.0),
}
"""Quota code to name and default value (MWAA user guide, service quotas)."""


class Quotas:
    """The applied quota values by account; what was not set has the service's default."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._applied: dict[tuple[str, str], float] = {}

    def set(self, account: str, quota_code: str, value: float) -> None:
        """Apply a quota to an account, in every Region."""
        with self._lock:
            self._applied[account, quota_code] = value

    def value(self, account: str, quota_code: str) -> float:
        """Return the value that holds for an account."""
        with self._lock:
            return self._applied.get((account, quota_code), QUOTAS[quota_code][1])

    def get_service_quota(self, call: ApiCall) -> Mapping[str, Any]:
        """Answer GetServiceQuota for `airflow`."""
        code = call.params["QuotaCode"]
        if call.params["ServiceCode"] != SERVICE_CODE or code not in QUOTAS:
            raise ApiError("NoSuchResourceException", f"The request failed because the quota {code} does not exist.")
        return {"Quota": self._quota(call, code)}

    def list_service_quotas(self, call: ApiCall) -> Mapping[str, Any]:
        """Answer ListServiceQuotas for `airflow`, all in one page."""
        if call.params["ServiceCode"] != SERVICE_CODE:
            raise ApiError("NoSuchResourceException", f"The service {call.params['ServiceCode']} does not exist here.")
        return {"Quotas": [self._quota(call, code) for code in QUOTAS]}

    def _quota(self, call: ApiCall, code: str) -> Mapping[str, Any]:
        return {
            "ServiceCode": SERVICE_CODE,
            "ServiceName": "Amazon Managed Workflows for Apache Airflow",
            "QuotaArn": f"arn:aws:servicequotas:{call.region}:{call.account}:{SERVICE_CODE}/{code}",
            "QuotaCode": code,
            "QuotaName": QUOTAS[code][0],
            "Value": self.value(call.account, code),
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }
