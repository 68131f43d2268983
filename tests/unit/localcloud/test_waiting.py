"""Waiting ends with the first truthy answer, or with a message that says what was waited for."""

from __future__ import annotations

import pytest

from localcloud.ports import FIRST, LAST, free_ports
from localcloud.waiting import wait_until


def test_the_first_truthy_answer_is_returned() -> None:
    answers = iter([None, 0, "", "ready", "later"])
    assert wait_until(lambda: next(answers), within=10, what="it", pause=0) == "ready"


def test_it_looks_at_least_once() -> None:
    assert wait_until(lambda: "at once", within=0, what="it") == "at once"


def test_a_wait_in_vain_says_for_what_and_explains() -> None:
    with pytest.raises(TimeoutError, match=r"(?s)waited 0 s for the server\nits log"):
        wait_until(lambda: False, within=0, what="the server", explain=lambda: "its log")


def test_what_a_look_raises_ends_the_wait() -> None:
    def look() -> bool:
        raise LookupError("gone for good")

    with pytest.raises(LookupError):
        wait_until(look, within=10, what="it")


def test_free_ports_are_different_and_below_the_ephemeral_range() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(FIRST <= port < LAST for port in ports)
