"""Children and temporary files end with their parent, however it ends. Control plane and operator rely on it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from localcloud.process import Household, ProcessFailedError
from tests.support.wait import eventually

ROOT = Path(__file__).parent.parent.parent

PARENT = """
import sys
from localcloud.process import Household
with Household() as household:
    child = household.start("child", [sys.executable, "-c", "import signal; signal.pause()"])
    print(child.pid, household.directory, flush=True)
    sys.stdin.read()
"""

ENDLESS = [sys.executable, "-c", "import signal; signal.pause()"]


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("paused", [False, True], ids=["running child", "paused child"])
def test_a_killed_parent_leaves_neither_processes_nor_files(paused: bool) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent:
        pid, directory = parent.stdout.readline().split(maxsplit=1)
        child = psutil.Process(int(pid))
        keepers = [process for process in psutil.Process(parent.pid).children() if process.pid != child.pid]
        if paused:
            child.suspend()
        assert Path(directory.strip()).is_dir()
        parent.kill()
    eventually(lambda: is_gone(child.pid), within=10)
    eventually(lambda: not Path(directory.strip()).exists(), within=10)
    assert len(keepers) == 1
    eventually(lambda: is_gone(keepers[0].pid), within=10)


def test_an_orderly_end_leaves_nothing_either() -> None:
    with Household() as household:
        child = household.start("child", ENDLESS)
        assert child.returncode is None
    assert is_gone(child.pid)
    assert not household.directory.exists()


def test_a_named_directory_is_kept(tmp_path: Path) -> None:
    with Household(tmp_path / "kept") as household:
        household.start("child", ENDLESS)
    assert (tmp_path / "kept" / "child.log").exists()


def test_a_child_is_stopped_by_sigterm_even_while_paused(tmp_path: Path) -> None:
    program = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); print('up', flush=True)"
    with Household(tmp_path) as household:
        child = household.start("child", [sys.executable, "-c", f"{program}; signal.pause()"])
        eventually(lambda: "up" in child.tail(), within=10)
        child.pause()
        assert child.stop(within=10) == 7


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    program = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)"
    with Household(tmp_path) as household:
        child = household.start("child", [sys.executable, "-c", f"{program}\nwhile True: signal.pause()"])
        eventually(lambda: "up" in child.tail(), within=10)
        assert child.stop(within=0.2) == -9


def test_an_unexpected_end_is_reported_with_the_end_of_the_log(tmp_path: Path) -> None:
    with Household(tmp_path) as household:
        child = household.start("child", [sys.executable, "-c", "raise SystemExit('no more disk')"])
        assert child.wait(10) == 1
        with pytest.raises(ProcessFailedError, match=r"(?s)child ended with code 1.*no more disk") as raised:
            child.check()
        assert str(tmp_path / "child.log") in str(raised.value)


def test_a_program_that_does_not_exist_is_reported_at_once(tmp_path: Path) -> None:
    with Household(tmp_path) as household, pytest.raises(ProcessFailedError, match="no-such-program: No such file"):
        household.start("child", ["no-such-program"])


def test_waiting_for_an_end_that_does_not_come_times_out(tmp_path: Path) -> None:
    with Household(tmp_path) as household, pytest.raises(TimeoutError, match="still runs"):
        household.start("child", ENDLESS).wait(0.1)
