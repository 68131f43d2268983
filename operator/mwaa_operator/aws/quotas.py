"""Service Quotas as preflight needs it: how many environments an account may have.

It reads only. What the answers mean is decided by the rooms' pure modules, not here.
"""

from __future__ import annotations

from typing import ClassVar

from mwaa_operator.aws.port import Port

_SERVICE_CODE = "airflow"


class QuotasPort(Port):
    """Reads of account limits."""

    SERVICE: ClassVar[str] = "service-quotas"
    OPERATIONS: ClassVar[frozenset[str]] = frozenset({"ListServiceQuotas"})

    def mwaa_quotas(self) -> dict[str, float]:
        """Return the applied quotas of MWAA in the Region by their name.

        They are listed rather than asked for one by one, because AWS publishes their names and not their codes.
        """
        pages = self._call.pages("ListServiceQuotas", ServiceCode=_SERVICE_CODE)
        return {quota["QuotaName"]: float(quota["Value"]) for page in pages for quota in page.get("Quotas", [])}
