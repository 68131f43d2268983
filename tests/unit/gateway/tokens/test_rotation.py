"""When keys come and go: a table of states, and what holds for any of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.gateway.tokens.rotation import LINGER, Key, planned, promised, ring
from tests.support.tokendesk import DAY, HOUR, START

ROTATION = 30 * DAY
SECOND = timedelta(seconds=1)


def key(version: int, *, age: timedelta = HOUR, until: timedelta | None = None) -> Key:
    """Return a key of this age whose last token ends at this time from now; None: it never signed."""
    signs = {} if until is None else {"signs_since": START - age, "until": START + until}
    return Key(version, f"key-{version}", START - age, **signs)


def plan(*keys: Key, after: int = 0) -> tuple[int, ...]:
    """Return the versions that should be there now."""
    found = planned(keys, rotation=ROTATION.total_seconds(), fresh="fresh", after=after, now=START)
    return tuple(key.version for key in found)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        pytest.param((), (1,), id="the first is made"),
        pytest.param((key(1),), (1,), id="a young one stays"),
        pytest.param((key(1, until=DAY),), (1,), id="a young one that signs stays"),
        pytest.param((key(1, age=ROTATION - SECOND, until=DAY),), (1,), id="nearly due is not due"),
        pytest.param((key(1, age=ROTATION, until=DAY),), (2, 1), id="one that is due gets a successor"),
        pytest.param((key(1, age=ROTATION, until=-LINGER),), (2,), id="one that is due and signs nothing goes at once"),
        pytest.param((key(2), key(1, age=ROTATION, until=DAY)), (2, 1), id="the old one stays while its tokens live"),
        pytest.param((key(2), key(1, age=ROTATION, until=-LINGER + SECOND)), (2, 1), id="and a little longer"),
        pytest.param((key(2), key(1, age=ROTATION, until=-LINGER)), (2,), id="and goes then"),
        pytest.param((key(1, age=ROTATION, until=DAY), key(2)), (2, 1), id="in any order"),
        pytest.param((key(2, age=ROTATION), key(1, age=2 * ROTATION, until=DAY)), (3, 1), id="one that never signed"),
        pytest.param((key(2, age=ROTATION, until=2 * DAY), key(1, age=2 * ROTATION, until=DAY)), (3, 2, 1), id="three"),
    ],
)
def test_keys_as_they_should_be(keys: tuple[Key, ...], wanted: tuple[int, ...]) -> None:
    assert plan(*keys) == wanted


def test_a_version_that_status_remembers_is_not_given_again_when_keys_are_lost() -> None:
    assert plan(after=7) == (8,)


def test_status_tells_which_key_signs_and_when_the_one_before_goes() -> None:
    first, second = key(1, until=DAY), key(2)
    assert ring((first,)).status.wire() == {"version": 1, "rotatedAt": "2026-11-21T11:00:00Z"}
    waiting = ring((second, first)).status
    assert (waiting.version, waiting.previous_until) == (1, None)
    signing = ring((*promised((second,), 2, until=START + 2 * DAY, now=START), first)).status
    assert signing.wire() == {
        "version": 2,
        "rotatedAt": "2026-11-21T12:00:00Z",
        "previousUntil": "2026-11-22T12:05:00Z",
    }


def test_the_newest_key_of_the_serving_file_signs() -> None:
    found = ring((key(2), key(1, until=DAY)))
    assert [getattr(found.signer(serving), "version", None) for serving in ({"key-1"}, {"key-1", "key-2"}, set())] == [
        1,
        2,
        None,
    ]


def test_no_value_shows() -> None:
    found = ring((key(2),))
    assert "key-2" not in f"{found!r} {key(2)!r} {found.signer({'key-2'})!r}"


_MOMENTS = st.one_of(st.none(), st.integers(-90, 90).map(lambda days: START + days * DAY))
_KEYS = st.lists(
    st.builds(Key, st.integers(1, 9), st.just("x"), _MOMENTS.map(lambda it: it or START), _MOMENTS, _MOMENTS),
    max_size=5,
    unique_by=lambda item: item.version,
)


@given(_KEYS, st.integers(0, 12))
def test_whatever_the_keys_are(keys: list[Key], after: int) -> None:
    found = planned(keys, rotation=ROTATION.total_seconds(), fresh="fresh", after=after, now=START)
    versions = [item.version for item in found]
    assert versions == sorted(set(versions), reverse=True)
    assert versions
    assert {item.version for item in keys if item.until is not None and item.until > START} <= set(versions)
    assert found[0].made_at + ROTATION > START
    assert planned(found, rotation=ROTATION.total_seconds(), fresh="other", after=after, now=START) == found


@given(_KEYS, st.integers(1, 9), _MOMENTS.map(lambda it: it or START))
def test_a_promise_is_never_shortened(keys: list[Key], version: int, until: object) -> None:
    after = promised(keys, version, until=until, now=START)  # type: ignore[arg-type]  # the strategy gives times
    for old, new in zip(keys, after, strict=True):
        if old.version == version:
            assert new.until is not None
            assert new.until >= until  # type: ignore[operator]  # likewise
            assert new.until >= (old.until or new.until)
        else:
            assert new == old
