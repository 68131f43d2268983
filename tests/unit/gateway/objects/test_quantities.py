"""CPU and memory in the API server's spelling: the same amount, and only one way to write it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.gateway.objects.quantities import amounts, cpu, memory
from mwaa_operator.gateway.serving import Limits, Requests

UNITS = {"Mi": 1, "Gi": 1024, "Ti": 1024**2, "Pi": 1024**3}


def in_mebibytes(text: str) -> int:
    found = re.fullmatch(r"([1-9][0-9]*)([MGTP]i)", text)
    assert found is not None
    return int(found[1]) * UNITS[found[2]]


@given(number=st.integers(1, 999_999), unit=st.sampled_from(("Mi", "Gi")))
def test_memory_is_the_same_amount_with_the_largest_unit(number: int, unit: str) -> None:
    found = memory(f"{number}{unit}")
    assert in_mebibytes(found) == number * UNITS[unit]
    assert int(found[:-2]) % 1024 or found.endswith("Pi")


@pytest.mark.parametrize(
    ("written", "canonical"), [("1000m", "1"), ("1500m", "1500m"), ("250m", "250m"), ("2", "2"), ("100000m", "100")]
)
def test_cpu_is_in_whole_cores_where_it_can_be(written: str, canonical: str) -> None:
    assert cpu(written) == canonical


@pytest.mark.parametrize(("written", "canonical"), [("1024Mi", "1Gi"), ("1536Mi", "1536Mi"), ("1048576Mi", "1Ti")])
def test_memory_as_the_api_server_writes_it(written: str, canonical: str) -> None:
    assert memory(written) == canonical


def test_no_limit_of_cpu_is_none() -> None:
    assert amounts(Limits()) == {"memory": "1Gi"}
    assert amounts(Requests()) == {"cpu": "250m", "memory": "1Gi"}
