"""Whom AWS takes us for is asked once for each set of credentials, however many threads want to know."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from botocore.credentials import Credentials

from mwaa_operator.aws.identity import Identity
from mwaa_operator.aws.sts import CallerIdentity

ACCOUNT = "123456789012"
CALLER = CallerIdentity(account=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:user/operator")
THREADS = 8


def identity() -> Identity:
    return Identity(object(), Credentials("key", "secret"), account_id=ACCOUNT, assumed=False)


def test_threads_that_start_together_ask_once() -> None:
    subject, asked, begin = identity(), [], threading.Barrier(THREADS)

    def ask() -> CallerIdentity:
        asked.append(threading.current_thread())
        return CALLER

    def want(_: int) -> CallerIdentity:
        begin.wait(timeout=10.0)
        return subject.verified(ask)

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(want, range(THREADS))) == [CALLER] * THREADS
    assert len(asked) == 1


def test_a_fresh_look_asks_again() -> None:
    subject, asked = identity(), []

    def ask() -> CallerIdentity:
        asked.append(1)
        return CALLER

    subject.verified(ask)
    subject.verified(ask)
    assert len(asked) == 1
    subject.verified(ask, fresh=True)
    assert len(asked) == 2
