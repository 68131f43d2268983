"""Child processes that cannot outlive this one, and the directory that they write to.

Why not subprocess alone: a test run that is killed must leave neither processes nor files behind. A `Household` starts
children on a leash (leash.py) and has its directory removed by a keeper (keeper.py) when this process ends in whatever
way. It knows no program by name. Linux only.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType

HERE = Path(__file__).parent


class ProcessFailedError(RuntimeError):
    """A child ended that should have been running; the message carries the end of its log."""


class Process:
    """One running child. Its standard output and error go to `log`."""

    def __init__(self, name: str, popen: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.log = log
        self._popen = popen

    @property
    def pid(self) -> int:
        """The process id, also after the child has ended."""
        return self._popen.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while the child runs."""
        return self._popen.poll()

    def check(self) -> None:
        """Raise ProcessFailedError with the log's tail if the child has ended."""
        if self.returncode is not None:
            raise ProcessFailedError(
                f"{self.name} ended with code {self.returncode}; the end of {self.log}:\n{self.tail()}"
            )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; one that has ended already is left alone."""
        self._popen.send_signal(number)

    def pause(self) -> None:
        """Stop the child's clock (SIGSTOP)."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused child go on (SIGCONT)."""
        self.signal(signal.SIGCONT)

    def kill(self) -> int:
        """End the child with SIGKILL and return its code (-9 unless it was quicker)."""
        self._popen.kill()
        return self._popen.wait()

    def stop(self, within: float = 15.0) -> int:
        """Ask with SIGTERM, wait `within` seconds, then SIGKILL. Return the exit code (-9: it did not listen)."""
        self.resume()
        self._popen.terminate()
        try:
            return self._popen.wait(within)
        except subprocess.TimeoutExpired:
            return self.kill()

    def wait(self, within: float) -> int:
        """Wait for the child's own end and return its code.

        Raises:
            TimeoutError: it still runs after `within` seconds.
        """
        try:
            return self._popen.wait(within)
        except subprocess.TimeoutExpired as late:
            raise TimeoutError(
                f"{self.name} still runs after {within:g} s; the end of its log:\n{self.tail()}"
            ) from late

    def tail(self, lines: int = 25) -> str:
        """Return the last lines of the log."""
        with suppress(FileNotFoundError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return "(no log)"


class Household:
    """A directory and the children at work in it; both end with the `with` block or with this process.

    Args:
        directory: kept if given; otherwise a temporary one is made and removed at the end.
    """

    def __init__(self, directory: Path | None = None) -> None:
        if sys.platform != "linux":
            raise RuntimeError("localcloud needs Linux: only there does the kernel end children with their parent")
        self._temporary = directory is None
        self.directory = (
            Path(tempfile.mkdtemp(prefix="mwaa-localcloud-")) if directory is None else directory.absolute()
        )
        self.directory.mkdir(parents=True, exist_ok=True)
        self._processes: list[Process] = []
        # For the kernel a child's parent is the *thread* that started it: one thread starts them all, and lasts.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="household")
        self._keeper = self._hire_keeper() if self._temporary else None

    def start(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str] | None = None, log: Path | None = None
    ) -> Process:
        """Start a child on the leash.

        Args:
            name: for messages and for the log's name.
            command: program and arguments.
            env: the child's whole environment; None passes this process' one on.
            log: file that output is appended to; default `<name>.log` in the directory.

        Raises:
            ProcessFailedError: there is no such program.
        """
        path = log or self.directory / f"{name}.log"
        process = Process(name, self._starter.submit(_leashed, command, env, path).result(), path)
        self._processes.append(process)
        return process

    def close(self) -> None:
        """Kill what still runs and remove a temporary directory. May be called again."""
        for process in reversed(self._processes):
            process.kill()
        self._processes.clear()
        self._starter.shutdown()
        if self._temporary:
            shutil.rmtree(self.directory, ignore_errors=True)
        if self._keeper is not None:
            self._keeper.communicate()

    def __enter__(self) -> Household:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _hire_keeper(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(HERE / "keeper.py"), str(self.directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def _leashed(command: Sequence[str], env: Mapping[str, str] | None, log: Path) -> subprocess.Popen[bytes]:
    """Start the leash and return when it has become the program: from then on the child dies with this thread."""
    reading, writing = os.pipe()
    leash = [sys.executable, "-I", "-S", str(HERE / "leash.py"), str(os.getpid()), str(writing)]
    with open(reading, "rb") as said, log.open("ab") as out:
        try:
            popen = subprocess.Popen(
                [*leash, *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                pass_fds=[writing],
                # Ctrl-C in a terminal goes to its whole group; children are ended by us, in order.
                start_new_session=True,
            )
        finally:
            os.close(writing)
        if complaint := said.read():
            popen.wait()
            raise ProcessFailedError(complaint.decode())
    return popen
