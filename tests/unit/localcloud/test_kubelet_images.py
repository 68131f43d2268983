"""Which image a name means, what a command becomes, and when the gateway's and the operator's programs start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from localcloud.gateway.profile import Profile
from localcloud.kubelet.gatewayimage import FLAGS, gateway_image
from localcloud.kubelet.images import Launch, Mounts, RefusedError, Surroundings, expand, find, program
from localcloud.kubelet.operatorimage import operator_image

KNOWN = {name: program(name) for name in ("registry/bpg", "registry/bpg:old", "registry/bpg/sub", "plain")}
JAVA = ("java", "-Xmx1g", *FLAGS, "-cp", "bpg.jar", "com.apple.spark.BPGApplication")
SERVE = ("server", "/etc/app/config.yaml")
MOUNTS = Mounts({"/etc/app": Path("/pod/file"), "/etc": Path("/pod/etc"), "/tmp": Path("/pod/tmp")}, Path("/pod/root"))


def around(*command: str, env: Mapping[str, str] | None = None) -> Surroundings:
    return Surroundings(command, env or {}, MOUNTS, "127.0.9.1", {}, {})


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("registry/bpg", "registry/bpg"),
        ("registry/bpg:1", "registry/bpg"),
        ("registry/bpg@sha256:00", "registry/bpg"),
        ("registry/bpg:old", "registry/bpg:old"),
        ("registry/bpg/sub:1", "registry/bpg/sub"),
        ("registry/bpg/other:1", "registry/bpg"),
        ("registry/bpg-broken:1", None),
        ("bpg:1", None),
        ("plainer", None),
    ],
)
def test_a_name_means_the_longest_image_that_it_begins_with(name: str, known: str | None) -> None:
    found = find(KNOWN, name)
    assert found is (KNOWN[known] if known else None)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("--host=$(HOST)", "--host=h"),
        ("$(HOST)$(PORT)", "h1"),
        ("$(NONE)", "$(NONE)"),
        ("$$(HOST)", "$(HOST)"),
        ("$HOST", "$HOST"),
        ("100$", "100$"),
    ],
)
def test_references_in_a_command_are_replaced_as_the_kubelet_does(word: str, expected: str) -> None:
    assert expand([word], {"HOST": "h", "PORT": "1"}) == (expected,)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/etc/app/config.yaml", "/pod/file/config.yaml"),
        ("/etc/app", "/pod/file"),
        ("/etc/application", "/pod/etc/application"),
        ("/tmp/x/y", "/pod/tmp/x/y"),
        ("/var/x", "/pod/root/var/x"),
        ("var/x", "/pod/root/var/x"),
    ],
)
def test_a_path_is_where_the_nearest_mount_is(path: str, place: str) -> None:
    assert MOUNTS.locate(path) == Path(place)


@pytest.mark.parametrize(
    "command",
    [
        (*JAVA, *SERVE),
        ("/usr/bin/java", *JAVA[1:], *SERVE),
        ("sh", "-c", f"exec {' '.join((*JAVA, *SERVE))}"),
        ("/bin/bash", "-ec", " ".join((*JAVA, *SERVE))),
    ],
    ids=["java", "by path", "by a shell", "by a strict shell"],
)
@pytest.mark.parametrize("profile", list(Profile))
def test_the_gateway_serves_the_mounted_file_on_the_pods_address(command: tuple[str, ...], profile: Profile) -> None:
    launch = gateway_image(profile)(around(*command))
    assert launch.argv[1:5] == ("-m", "localcloud.gateway", "server", "/pod/file/config.yaml")
    assert launch.argv[5:] == ("--profile", profile.value, "--host", "127.0.9.1")


def test_flags_may_come_from_javas_own_variable() -> None:
    env = {"JAVA_TOOL_OPTIONS": " ".join(FLAGS)}
    assert gateway_image(Profile.AWS_PIN)(around("java", "-cp", "x", "Main", *SERVE, env=env)).argv


@pytest.mark.parametrize(
    ("command", "env", "why"),
    [
        ((), {}, "it has none"),
        (("entrypoint.sh", *SERVE), {}, "does not become java"),
        ((*(word for word in JAVA if word != FLAGS[0]), *SERVE), {}, f"not told {FLAGS[0]}"),
        ((*(word for word in JAVA if word != FLAGS[1]), *SERVE), {}, f"not told {FLAGS[1]}"),
        (("java", "-cp", "x", "Main", *SERVE, *FLAGS), {}, "java is not told"),
        (JAVA, {}, "no `server <file>`"),
        ((*JAVA, "server"), {}, "not followed by a file"),
        ((*JAVA, *SERVE), {"KUBERNETES_AUTH_TOKEN": "x"}, "KUBERNETES_AUTH_TOKEN is set"),
    ],
)
def test_a_gateway_that_is_started_wrongly_is_refused(command: tuple[str, ...], env: dict[str, str], why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        gateway_image(Profile.AWS_PIN)(around(*command, env=env))


@pytest.mark.parametrize(("bound", "expected"), [("", "8080"), (":9000", "9000"), ("0.0.0.0:9001", "9001")])
def test_the_operator_listens_on_the_pods_address_at_the_charts_port(bound: str, expected: str) -> None:
    env = {"MWAA_OPERATOR_HTTP_BIND_ADDRESS": bound, "KUBECONFIG": "/k"}
    launch = operator_image(around("mwaa-operator", "run", env=env))
    assert launch.argv[1:] == ("-m", "mwaa_operator", "run")
    assert launch.env["MWAA_OPERATOR_HTTP_BIND_ADDRESS"] == f"127.0.9.1:{expected}"
    assert launch.env["KUBECONFIG"] == "/k"


def test_what_is_secret_in_a_launch_is_not_shown() -> None:
    assert "hidden" not in repr(Launch(("x",), {"PASSWORD": "hidden"}))
    assert "hidden" not in repr(around("x", env={"PASSWORD": "hidden"}))
