"""Traces as data: which frames, which causes, and nothing of what variables held."""

from __future__ import annotations

import pytest

from mwaa_operator.telemetry.traces import MAX_FRAMES, summary, trace


def raised(function: object, *args: object) -> BaseException:
    assert callable(function)
    with pytest.raises(BaseException) as caught:  # noqa: PT011  the test says which
        function(*args)
    return caught.value


def deep(levels: int) -> None:
    if levels:
        deep(levels - 1)
    raise RuntimeError("bottom")


def caused() -> None:
    secret = "hunter2"
    try:
        raise KeyError(len(secret))
    except KeyError as error:
        raise OSError("outer") from error


def during() -> None:
    try:
        raise KeyError("first")
    except KeyError:
        raise OSError("second")  # noqa: B904  on purpose


def hidden() -> None:
    try:
        raise KeyError("first")
    except KeyError:
        raise OSError("second") from None


def grouped() -> None:
    raise ExceptionGroup("several", [ValueError("a"), TypeError("b")])


@pytest.mark.parametrize(
    ("error", "text"), [(OSError("no"), "OSError: no"), (OSError(), "OSError"), (KeyError("x"), "KeyError: 'x'")]
)
def test_a_summary_is_type_and_text(error: BaseException, text: str) -> None:
    assert summary(error) == text


def test_a_frame_is_a_short_path_a_line_and_a_function() -> None:
    lines = trace(raised(caused))
    assert any(line.startswith("telemetry/test_traces.py:") and line.endswith(" caused") for line in lines)
    assert not any("hunter2" in line for line in lines)


def test_paths_begin_at_the_package() -> None:
    from mwaa_operator.engine.leadership import LeaseTimes

    assert any(
        line.startswith("mwaa_operator/engine/leadership.py:") for line in trace(raised(lambda: LeaseTimes(1, 2, 3)))
    )


def test_causes_follow_what_they_caused() -> None:
    assert "caused by KeyError: 7" in trace(raised(caused))
    assert "caused by KeyError: 'first'" in trace(raised(during))
    assert not any(line.startswith("caused by") for line in trace(raised(hidden)))


def test_members_of_a_group_are_listed() -> None:
    lines = trace(raised(grouped))
    assert "with ValueError: a" in lines
    assert "with TypeError: b" in lines


def test_of_a_long_stack_the_middle_is_left_out() -> None:
    lines = trace(raised(deep, 200))
    assert len(lines) == MAX_FRAMES + 1
    assert sum("frames …" in line for line in lines) == 1


def test_causes_that_form_a_circle_end() -> None:
    first, second = OSError("a"), OSError("b")
    first.__cause__, second.__cause__ = second, first
    assert trace(first) == ["caused by OSError: b"]


def test_an_exception_that_was_never_raised_has_no_frames() -> None:
    assert trace(OSError("x")) == []
