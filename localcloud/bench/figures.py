"""What is measured of the operator's process, of AWS and of the API server, and how it is printed."""

from __future__ import annotations

import json
import os
import re
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1024.0
METRIC = re.compile(r"^(\w+)(?:\{(.*)\})? ([0-9.e+-]+)$", re.MULTILINE)
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Figures:
    """The figures of one run; totals, times in seconds. `created` is when the last write of the driver was answered.

    `driver_cpu` is what the simulated AWS and the driver used, `machine_cpu` everything that runs on this machine.
    """

    objects: int
    service: str
    created: float
    ready: float
    cpu: float
    peak_mib: float
    threads: int
    aws: dict[str, int] = field(default_factory=dict)
    requests: dict[str, float] = field(default_factory=dict)
    status_writes: float = 0.0
    driver_cpu: float = 0.0
    machine_cpu: float = 0.0

    @property
    def writes(self) -> float:
        """Writes to the API server."""
        return sum(self.requests.get(method, 0.0) for method in WRITES)

    def cells(self) -> list[str]:
        """Return the row of the closing table."""
        count = max(self.objects, 1)
        calls = sum(number for name, number in self.aws.items() if name.startswith(f"{self.service}:"))
        return [
            str(self.objects),
            f"{self.created:.1f}",
            f"{self.ready:.1f}",
            f"{self.cpu:.1f}",
            f"{1000 * self.cpu / count:.1f}",
            f"{self.peak_mib:.0f}",
            str(self.threads),
            f"{calls / count:.2f}",
            f"{self.writes / count:.2f}",
            f"{self.status_writes / count:.2f}",
        ]

    def lines(self, *, reference: float | None = None) -> str:
        """Return the details of the run, beside the seconds that a bare client needs."""
        beside = "" if reference is None else f" ({self.ready / reference:.2f} of the bare client)"
        aws = ", ".join(f"{name} {number / self.objects:.2f}" for name, number in sorted(self.aws.items()))
        kube = ", ".join(f"{name} {number / self.objects:.2f}" for name, number in sorted(self.requests.items()))
        return (
            f"  created in {self.created:.1f} s, all Ready after {self.ready:.1f} s{beside}\n"
            f"  AWS calls per object: {aws}\n  API-server requests per object: {kube}\n"
            f"  CPU seconds: operator {self.cpu:.1f}, simulated AWS and driver {self.driver_cpu:.1f}, "
            f"the API server, etcd and whatever else runs here {self.machine_cpu - self.cpu - self.driver_cpu:.1f}"
        )


def profile(samples: Path, *, most: int = 25) -> str:
    """Return where a sampled process stood when it did not wait, the most frequent places first."""
    counts: dict[str, int] = json.loads(samples.read_text())
    total = sum(counts.values()) or 1
    often = sorted(counts.items(), key=lambda item: -item[1])[:most]
    lines = [f"  {100 * count / total:5.1f} %  {place}" for place, count in often]
    return "\n".join([f"  Busy time by the innermost function of the operator ({total} samples):", *lines])


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_cpu_seconds() -> float:
    """Return the CPU time that all processes of this machine have used (proc(5), stat: user, nice, system)."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return sum(int(value) for value in fields[1:4]) / os.sysconf("SC_CLK_TCK")


def memory_mib(pid: int, what: str) -> float:
    """Return VmHWM (peak) or VmRSS (now) of a process in MiB (proc(5), status)."""
    return _status(pid, what) / MIB


def threads(pid: int) -> int:
    """Return how many threads a process has."""
    return int(_status(pid, "Threads"))


def metrics(url: str) -> dict[tuple[str, str], float]:
    """Return what /metrics says: (name, labels as printed) to value."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10.0) as answer:  # noqa: S310  an address of our own
        text = answer.read().decode()
    return {(name, labels): float(value) for name, labels, value in METRIC.findall(text)}


def summed(found: dict[tuple[str, str], float], name: str, label: str) -> dict[str, float]:
    """Return a metric summed by the values of one label."""
    sums: dict[str, float] = {}
    for (metric, labels), value in found.items():
        if metric == name and (match := re.search(rf'{label}="([^"]*)"', labels)):
            sums[match[1]] = sums.get(match[1], 0.0) + value
    return sums


def _status(pid: int, what: str) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(f"{what}:"))
    return float(line.split()[1])
