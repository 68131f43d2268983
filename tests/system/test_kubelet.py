"""The kubelet stand-in with whole programs: the operator as its chart deploys it, and an end that leaves nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil

from localcloud.cloud import LocalCloud
from localcloud.kubelet.kubelet import Kubelet
from localcloud.kubelet.operatorimage import operator_image
from localcloud.kubelet.waits import pods_of, wait_ready, wait_rolled
from tests.support.wait import eventually
from tests.system.test_household import is_gone

ROOT = Path(__file__).parent.parent.parent
IMAGE = "operator.example/mwaa"

PARENT = """
import json, sys
from localcloud.controlplane import ControlPlane
from localcloud.kubelet.kubelet import Kubelet
from localcloud.kubelet.waits import wait_ready
from tests.support import kubelet as k

with ControlPlane() as control_plane, Kubelet(control_plane, {"web": k.web()}) as kubelet:
    k.create(control_plane, "default", k.pod("a"), k.pod("b"))
    wait_ready(control_plane, "default", count=2)
    pids = [kubelet.process("default", pod).pid for pod in ("a", "b")]
    files = [str(control_plane.directory), str(kubelet.log("default", "a"))]
    print(json.dumps([pids, files]), flush=True)
    sys.stdin.read()
"""


def test_the_charts_deployment_comes_up_ready_rolls_and_ends_in_order() -> None:
    with LocalCloud() as cloud, Kubelet(cloud.control_plane, {IMAGE: operator_image}, time_factor=20) as kubelet:
        launcher = cloud.launcher()
        launcher.install({"image": {"repository": IMAGE, "tag": "1"}, "replicas": 1})
        wait_rolled(cloud.control_plane, launcher.namespace, "mwaa-operator")
        (first,) = wait_ready(cloud.control_plane, launcher.namespace)
        process = kubelet.process(launcher.namespace, first["metadata"]["name"])
        launcher.install({"image": {"repository": IMAGE, "tag": "2"}, "replicas": 1})
        wait_rolled(cloud.control_plane, launcher.namespace, "mwaa-operator")
        assert process.wait(30) == 0
        launcher.uninstall()
        eventually(lambda: not pods_of(cloud.control_plane, launcher.namespace), within=30)


def test_a_killed_parent_leaves_no_pods_and_no_files() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent:
        pids, files = json.loads(parent.stdout.readline())
        assert all(psutil.pid_exists(pid) for pid in pids)
        assert all(Path(file).exists() for file in files)
        parent.kill()
    eventually(lambda: all(is_gone(pid) for pid in pids), within=10)
    eventually(lambda: not any(Path(file).exists() for file in files), within=15)
