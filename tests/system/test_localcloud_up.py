"""`python -m localcloud up` by hand: what it prints works, and every way to end it leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from localcloud.toolchain import ensure_tools
from tests.support.wait import eventually
from tests.system.test_household import is_gone

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def up() -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Start it and yield the process with what it exports."""
    command = [sys.executable, "-m", "localcloud", "up"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            while "Running" not in (line := process.stderr.readline()):
                assert line, "it ended before it was up"
            exported: dict[str, str] = {}
            while "AWS_EC2_METADATA_DISABLED" not in exported:
                name, _, value = process.stdout.readline().removeprefix("export ").strip().partition("=")
                exported[name] = value
            yield process, exported
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -9)], ids=["ctrl-c", "term", "kill"]
)
def test_what_it_prints_works_and_its_end_leaves_nothing(number: signal.Signals, code: int) -> None:
    with up() as (process, exported):
        kubeconfig = Path(exported["KUBECONFIG"])
        command = [ensure_tools()["kubectl"], "--kubeconfig", str(kubeconfig), "get", "namespaces"]
        assert "kube-system" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert exported["AWS_ENDPOINT_URL_MWAA"].startswith("http://127.0.0.1:")
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        assert process.wait(20) == code
    eventually(lambda: all(is_gone(child.pid) for child in children), within=15)
    eventually(lambda: not kubeconfig.parent.exists(), within=15)
