"""The kubelet stand-in does to pods what a kubelet does, on the real control plane."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.controlplane import ControlPlane
from localcloud.kubelet.images import Image, program
from localcloud.kubelet.kubelet import Kubelet
from localcloud.kubelet.waits import is_ready, pods_of, wait_ready, wait_rolled
from tests.support import kubelet as k
from tests.support.wait import eventually

FACTOR = 20.0


@pytest.fixture(scope="module")
def images() -> dict[str, Image]:
    """What runs for which image; a test may add its own."""
    return {"web": k.web()}


@pytest.fixture(scope="module")
def kubelet(control_plane: ControlPlane, images: dict[str, Image]) -> Iterator[Kubelet]:
    with Kubelet(control_plane, images, time_factor=FACTOR) as running:
        yield running


def test_the_node_is_there_ready_and_beating(control_plane: ControlPlane, kubelet: Kubelet) -> None:
    node = control_plane.api.get("/api/v1/nodes/localcloud").body
    assert [one["status"] for one in node["status"]["conditions"] if one["type"] == "Ready"] == ["True"]
    eventually(lambda: "taints" not in control_plane.api.get("/api/v1/nodes/localcloud").body["spec"], within=5)
    lease = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/localcloud"
    eventually(lambda: control_plane.api.get(lease).ok, within=5)


def test_a_pod_runs_as_a_process_on_an_address_of_its_own(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    k.create(control_plane, namespace, k.pod("a"), k.pod("b"))
    pods = wait_ready(control_plane, namespace, count=2)
    assert {json.loads(k.ask(k.url_of(pod))) for pod in pods} == {pod["status"]["podIP"] for pod in pods}
    assert all(pod["spec"]["nodeName"] == "localcloud" and pod["status"]["phase"] == "Running" for pod in pods)
    assert len({pod["status"]["podIP"] for pod in pods}) == 2
    assert "serving" in kubelet.log(namespace, "a").read_text()


def test_a_deleted_pod_goes_when_its_process_has_ended(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    k.create(control_plane, namespace, k.pod("a"))
    wait_ready(control_plane, namespace)
    process = kubelet.process(namespace, "a")
    assert control_plane.api.delete(f"/api/v1/namespaces/{namespace}/pods/a").ok
    eventually(lambda: not pods_of(control_plane, namespace), within=15)
    assert process.returncode == 0
    assert "asked to stop" in kubelet.log(namespace, "a").read_text()


def test_a_program_that_does_not_listen_is_killed_when_its_grace_is_over(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    k.create(control_plane, namespace, k.pod("a", k.container(args=["deaf"]), terminationGracePeriodSeconds=1))
    wait_ready(control_plane, namespace)
    process = kubelet.process(namespace, "a")
    assert control_plane.api.delete(f"/api/v1/namespaces/{namespace}/pods/a").ok
    eventually(lambda: not pods_of(control_plane, namespace), within=15)
    assert process.returncode == -9
    assert "asked to stop" in kubelet.log(namespace, "a").read_text()


@pytest.mark.parametrize("hook", [{"sleep": {"seconds": 20}}, {"exec": {"command": ["sh", "-c", "sleep 20"]}}], ids=str)
def test_a_pod_that_goes_serves_until_its_hook_is_over(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str, hook: dict[str, object]
) -> None:
    k.create(control_plane, namespace, k.pod("a", k.container(lifecycle={"preStop": hook})))
    (pod,) = wait_ready(control_plane, namespace)
    assert control_plane.api.delete(f"/api/v1/namespaces/{namespace}/pods/a").ok
    assert k.ask(k.url_of(pod))
    assert "asked to stop" not in kubelet.log(namespace, "a").read_text()
    eventually(lambda: not pods_of(control_plane, namespace), within=15)


def test_a_pod_that_goes_gets_no_new_connections_while_another_one_stays(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    hook = {"preStop": {"exec": {"command": ["sleep", "80"]}}}
    k.create(control_plane, namespace, k.deployment("w", k.pod("w", k.container(lifecycle=hook))), k.service("w"))
    leaving, _ = wait_ready(control_plane, namespace, count=2)
    url, name = kubelet.address(namespace, "w"), leaving["metadata"]["name"]
    process = kubelet.process(namespace, name)
    assert control_plane.api.delete(f"/api/v1/namespaces/{namespace}/pods/{name}").ok
    eventually(lambda: leaving["status"]["podIP"] not in {json.loads(k.ask(url)) for _ in range(6)}, within=2)
    assert process.returncode is None


def test_a_hook_may_be_a_command_of_the_container(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    command = ["sh", "-c", "echo the address was $POD_IP"]
    k.create(control_plane, namespace, k.pod("a", k.container(lifecycle={"preStop": {"exec": {"command": command}}})))
    (pod,) = wait_ready(control_plane, namespace)
    assert control_plane.api.delete(f"/api/v1/namespaces/{namespace}/pods/a").ok
    eventually(lambda: not pods_of(control_plane, namespace), within=15)
    said = kubelet.log(namespace, "a").read_text()
    assert said.index(f"the address was {pod['status']['podIP']}") < said.index("asked to stop")


@pytest.mark.parametrize("patiently", [False, True], ids=["at once", "while it is asked to stop"])
def test_a_pod_removed_by_force_leaves_no_process(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str, patiently: bool
) -> None:
    k.create(control_plane, namespace, k.pod("a", k.container(args=["deaf"])))
    wait_ready(control_plane, namespace)
    process = kubelet.process(namespace, "a")
    path = f"/api/v1/namespaces/{namespace}/pods/a"
    if patiently:
        assert control_plane.api.delete(path).ok
        eventually(lambda: "asked to stop" in kubelet.log(namespace, "a").read_text(), within=10)
    assert control_plane.api.delete(f"{path}?gracePeriodSeconds=0").ok
    eventually(lambda: process.returncode == -9, within=10)


def test_a_killed_process_is_started_again_and_counted(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    k.create(control_plane, namespace, k.pod("a"))
    (before,) = wait_ready(control_plane, namespace)
    kubelet.kill(namespace, "a")
    eventually(lambda: k.state_of(control_plane, namespace, "a")["restartCount"] == 1, within=10)
    (after,) = wait_ready(control_plane, namespace)
    assert k.state_of(control_plane, namespace, "a")["lastState"]["terminated"]["exitCode"] == 137
    assert after["status"]["podIP"] == before["status"]["podIP"]


def test_a_program_that_keeps_failing_is_started_less_and_less_often(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    k.create(control_plane, namespace, k.pod("a"))
    wait_ready(control_plane, namespace)
    for _ in range(2):
        eventually(lambda: is_ready(k.read(control_plane, namespace, "a")), within=10)
        kubelet.kill(namespace, "a")
        eventually(lambda: not is_ready(k.read(control_plane, namespace, "a")), within=10)
    told = ("CrashLoopBackOff", "back-off 10s restarting failed container=web")
    eventually(lambda: k.waiting_for(control_plane, namespace, "a") == told, within=10)
    eventually(lambda: k.state_of(control_plane, namespace, "a")["restartCount"] == 2, within=10)


def test_an_unknown_image_keeps_the_pod_pending_and_says_so(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str, images: dict[str, Image]
) -> None:
    k.create(control_plane, namespace, k.pod("a", k.container(image="nowhere.example/late:1")))
    seen: set[str] = set()

    def both_were_told() -> bool:
        seen.add(k.waiting_for(control_plane, namespace, "a")[0])
        return {"ErrImagePull", "ImagePullBackOff"} <= seen

    eventually(both_were_told, within=10)
    assert "nowhere.example/late:1" in k.waiting_for(control_plane, namespace, "a")[1]
    assert k.read(control_plane, namespace, "a")["status"]["phase"] == "Pending"
    images["nowhere.example/late"] = k.web()
    wait_ready(control_plane, namespace)


def test_a_pod_waits_for_a_secret_that_is_missing(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    volume = {"name": "file", "secret": {"secretName": "later"}}
    mount = {"name": "file", "mountPath": "/etc/x"}
    k.create(control_plane, namespace, k.pod("a", k.container(volumeMounts=[mount]), volumes=[volume]))
    told = eventually(lambda: k.waiting_for(control_plane, namespace, "a")[1], within=10)
    assert told == 'secret "later" not found'
    k.create(control_plane, namespace, {"kind": "Secret", "metadata": {"name": "later"}})
    wait_ready(control_plane, namespace)


def test_an_environment_that_refers_to_nothing_is_a_config_error(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    env = [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "none", "key": "k"}}}]
    k.create(control_plane, namespace, k.pod("a", k.container(env=env)))
    eventually(lambda: k.waiting_for(control_plane, namespace, "a")[0] == "CreateContainerConfigError", within=10)


def test_a_container_finds_its_files_its_environment_and_its_arguments(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    secret = {"kind": "Secret", "metadata": {"name": "s"}, "stringData": {"key": "hidden", "other": "x"}}
    settings = {"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"key": "shown"}}
    k.create(control_plane, namespace, secret, settings)
    volumes = [
        {"name": "s", "secret": {"secretName": "s", "items": [{"key": "key", "path": "deep/file"}]}},
        {"name": "c", "configMap": {"name": "c"}},
        {"name": "tmp", "emptyDir": {}},
    ]
    mounts = [{"name": name, "mountPath": f"/etc/{name}"} for name in ("s", "c", "tmp")]
    env = [
        {"name": "MINE", "valueFrom": {"secretKeyRef": {"name": "s", "key": "key"}}},
        {"name": "ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
    ]
    words = ["@/etc/s/deep/file", "@/etc/c/key", "@/etc/tmp", "$(APP)", "@/etc/s/other"]
    spec = k.container(args=words, env=env, volumeMounts=mounts)
    k.create(control_plane, namespace, k.pod("a", spec, volumes=volumes))
    (pod,) = wait_ready(control_plane, namespace)
    *places, app, absent = json.loads(k.ask(k.url_of(pod, "/arguments")))
    assert [k.ask(k.url_of(pod, f"/file?{place}")) for place in places[:2]] == ["hidden", "shown"]
    assert app == "a"
    with pytest.raises(OSError, match=r"closed|reset|500|timed out"):
        k.ask(k.url_of(pod, f"/file?{absent}"))
    environment = json.loads(k.ask(k.url_of(pod, "/environment")))
    assert (environment["MINE"], environment["ADDRESS"]) == ("hidden", pod["status"]["podIP"])
    assert control_plane.url.endswith(
        f"{environment['KUBERNETES_SERVICE_HOST']}:{environment['KUBERNETES_SERVICE_PORT']}"
    )


def test_a_pods_token_carries_its_accounts_rights(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    account = f"--serviceaccount={namespace}:default"
    control_plane.kubectl("create", "rolebinding", "view", "-n", namespace, "--clusterrole=view", account)
    without = k.pod("b", automountServiceAccountToken=False)
    k.create(control_plane, namespace, k.pod("a"), without)
    pods = wait_ready(control_plane, namespace, count=2)
    environments = [json.loads(k.ask(k.url_of(pod, "/environment"))) for pod in pods]
    kubeconfig, none = (environment.get("KUBECONFIG") for environment in environments)
    assert none is None

    def can(verb: str) -> str:
        return control_plane.kubectl("auth", "can-i", verb, "pods", "-n", namespace, kubeconfig=Path(kubeconfig or ""))

    eventually(lambda: "yes" in can("list"), within=10)


def test_a_pod_that_is_not_ready_stays_and_gets_no_new_connections(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    k.create(control_plane, namespace, k.deployment("w", k.pod("w")), k.service("w"))
    first, second = wait_ready(control_plane, namespace, count=2)
    url = kubelet.address(namespace, "w")
    both = {first["status"]["podIP"], second["status"]["podIP"]}
    eventually(lambda: {json.loads(k.ask(url)) for _ in range(4)} == both, within=5)
    k.ask(k.url_of(first, "/ready"), post=True)
    name = first["metadata"]["name"]
    eventually(lambda: not is_ready(k.read(control_plane, namespace, name)), within=10)
    assert {json.loads(k.ask(url)) for _ in range(6)} == {second["status"]["podIP"]}
    assert k.state_of(control_plane, namespace, name)["restartCount"] == 0
    k.ask(k.url_of(first, "/ready"), post=True)
    eventually(lambda: {json.loads(k.ask(url)) for _ in range(4)} == both, within=10)


@pytest.mark.parametrize("probe", ["livenessProbe", "startupProbe"])
def test_a_program_that_fails_its_probe_is_started_again(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str, probe: str
) -> None:
    path = "/live" if probe == "livenessProbe" else "/ready"
    asks = {"httpGet": {"path": path, "port": 8080 if probe == "livenessProbe" else 9}, "periodSeconds": 1}
    spec = {**k.container(), probe: {**asks, "failureThreshold": 2}}
    k.create(control_plane, namespace, k.pod("a", spec))
    if probe == "livenessProbe":
        (pod,) = wait_ready(control_plane, namespace)
        k.ask(k.url_of(pod, "/live"), post=True)
    eventually(lambda: k.state_of(control_plane, namespace, "a").get("restartCount", 0) >= 1, within=15)
    assert k.state_of(control_plane, namespace, "a")["lastState"]["terminated"]["exitCode"] == 0


def test_a_paused_program_is_not_ready_until_it_goes_on(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    k.create(control_plane, namespace, k.pod("a"))
    wait_ready(control_plane, namespace)
    kubelet.pause(namespace, "a")
    eventually(lambda: not is_ready(k.read(control_plane, namespace, "a")), within=10)
    kubelet.resume(namespace, "a")
    wait_ready(control_plane, namespace)
    assert k.state_of(control_plane, namespace, "a")["restartCount"] == 0


def test_pods_that_are_run_once_end_as_their_program_did(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str, images: dict[str, Image]
) -> None:
    images["shell"] = program("sh", "-c")
    for name, script in (("good", "exit 0"), ("bad", "exit 3")):
        once = {"name": "c", "image": "shell", "command": [script]}
        k.create(control_plane, namespace, k.pod(name, once, restartPolicy="Never"))

    def phases() -> list[str]:
        return [k.read(control_plane, namespace, name)["status"]["phase"] for name in ("good", "bad")]

    eventually(lambda: phases() == ["Succeeded", "Failed"], within=10)
    assert k.state_of(control_plane, namespace, "bad")["state"]["terminated"]["exitCode"] == 3
    control_plane.kubectl("delete", "pod", "good", "bad", "-n", namespace)


def test_a_deployment_rolls_without_a_failed_request(
    control_plane: ControlPlane, kubelet: Kubelet, namespace: str
) -> None:
    hook = {"preStop": {"sleep": {"seconds": 4}}}
    k.create(control_plane, namespace, k.deployment("w", k.pod("w", k.container(lifecycle=hook))))
    k.create(control_plane, namespace, k.service("w", kind="LoadBalancer"))
    wait_rolled(control_plane, namespace, "w")
    url = kubelet.address(namespace, "w")
    before = {pod["status"]["podIP"] for pod in wait_ready(control_plane, namespace, count=2)}
    template = k.pod("w", k.container(image="web:2", lifecycle=hook))
    body = k.deployment("w", template)
    assert control_plane.api.put(f"/apis/apps/v1/namespaces/{namespace}/deployments/w", body).ok
    answered: set[str] = set()

    def only_new_ones_are_left() -> bool:
        answered.add(json.loads(k.ask(url)))
        return {pod["status"].get("podIP") for pod in pods_of(control_plane, namespace)}.isdisjoint(before)

    eventually(only_new_ones_are_left, within=30)
    wait_rolled(control_plane, namespace, "w")
    wait_ready(control_plane, namespace, count=2)
    assert before & answered
    assert {json.loads(k.ask(url)) for _ in range(4)}.isdisjoint(before)
    service = k.read(control_plane, namespace, "w", "Service")
    (ingress,) = service["status"]["loadBalancer"]["ingress"]
    assert url == f"http://{ingress['ip']}:80"


def test_it_goes_on_when_the_api_server_was_away(control_plane: ControlPlane, kubelet: Kubelet, namespace: str) -> None:
    k.create(control_plane, namespace, k.pod("a"))
    wait_ready(control_plane, namespace)
    control_plane.apiserver.kill()
    kubelet.kill(namespace, "a")
    control_plane.start_apiserver()
    eventually(lambda: k.state_of(control_plane, namespace, "a").get("restartCount") == 1, within=20)
    k.create(control_plane, namespace, k.pod("b"))
    wait_ready(control_plane, namespace, count=2)
