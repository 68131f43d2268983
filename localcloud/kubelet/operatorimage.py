"""The operator's image: its program from this tree, with the chart's command and environment.

It never imports the operator; the program is started as the launcher starts it.
"""

from __future__ import annotations

from localcloud.kubelet.images import Launch, Surroundings, machine
from localcloud.launcher import PROGRAMS, ROOT

BIND = "MWAA_OPERATOR_HTTP_BIND_ADDRESS"
PORT = "8080"


def operator_image(around: Surroundings) -> Launch:
    """Run the operator; it listens on the pod's address alone, at the port that the chart says."""
    name, *rest = around.command or tuple(PROGRAMS)[:1]
    port = around.env.get(BIND, "").rpartition(":")[2] or PORT
    own = {BIND: f"{around.ip}:{port}", "PYTHONPATH": str(ROOT / "operator"), "HOME": str(around.mounts.root)}
    return Launch((*PROGRAMS.get(name, (name,)), *rest), {**machine(), **around.env, **own})
