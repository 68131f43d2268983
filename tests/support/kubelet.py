"""Pods, Deployments and Services for the kubelet stand-in, and a web server that shows what a container was given.

The server answers its pod's address on every path but `/ready` and `/live`, which answer 503 after a POST to them, and
`/environment`, `/arguments` and `/file?<path>`.
"""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from localcloud.controlplane import ControlPlane
from localcloud.kubelet.images import Image, Launch, Surroundings, program

WEB = """
import json, os, signal, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

broken = set()

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path, _, query = self.path.partition("?")
        shown = {"/environment": dict(os.environ), "/arguments": sys.argv[1:]}
        if path == "/file":
            body = open(query, "rb").read()
        else:
            body = json.dumps(shown.get(path, os.environ["POD_IP"])).encode()
        self.reply(503 if path in broken else 200, body)

    def do_POST(self):
        broken.symmetric_difference_update({self.path})
        self.reply(200, b"")

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

def stop(*_):
    print("asked to stop", flush=True)
    if "deaf" not in sys.argv:
        os._exit(0)

signal.signal(signal.SIGTERM, stop)
server = ThreadingHTTPServer((os.environ["POD_IP"], 8080), Handler)
print("serving", flush=True)
server.serve_forever()
"""

PORT = 8080


def web() -> Image:
    """Return an image of the web server; paths that begin with @ among its arguments become where they are mounted."""
    run = program(sys.executable, "-c", WEB)

    def launch(around: Surroundings) -> Launch:
        words = tuple(str(around.mounts.locate(w[1:])) if w.startswith("@") else w for w in around.command)
        return run(replace(around, command=words))

    return launch


def container(image: str = "web:1", **spec: Any) -> dict[str, Any]:
    """Return a container with one named port that is ready as soon as it answers."""
    ports = [{"name": "http", "containerPort": PORT}]
    readiness = {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 2, "failureThreshold": 1}
    return {"name": "web", "image": image, "ports": ports, "readinessProbe": readiness, **spec}


def pod(name: str, *containers: Mapping[str, Any], **spec: Any) -> dict[str, Any]:
    """Return a pod labelled `app: <name>` that ends quickly."""
    found = list(containers) or [container()]
    body = {"containers": found, "terminationGracePeriodSeconds": 20, **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}}, "spec": body}


def deployment(name: str, template: Mapping[str, Any], *, replicas: int = 2) -> dict[str, Any]:
    """Return a Deployment of a pod that loses none of its replicas while it rolls."""
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": template["spec"]},
        },
    }


def service(name: str, *, port: int = 80, target: str | int = "http", kind: str = "ClusterIP") -> dict[str, Any]:
    """Return a Service of the pods labelled `app: <name>`."""
    ports = [{"port": port, "targetPort": target}]
    spec = {"type": kind, "selector": {"app": name}, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


PATHS = {
    "Pod": "/api/v1/namespaces/{}/pods",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "Service": "/api/v1/namespaces/{}/services",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
}


def create(control_plane: ControlPlane, namespace: str, *bodies: Mapping[str, Any]) -> None:
    """Create objects of a namespace."""
    for body in bodies:
        answer = control_plane.api.post(PATHS[body["kind"]].format(namespace), body)
        assert answer.ok, answer.body


def read(control_plane: ControlPlane, namespace: str, name: str, kind: str = "Pod") -> dict[str, Any]:
    """Return an object as it is now; what the server says if there is none."""
    body: dict[str, Any] = control_plane.api.get(f"{PATHS[kind].format(namespace)}/{name}").body
    return body


def state_of(control_plane: ControlPlane, namespace: str, name: str) -> dict[str, Any]:
    """Return the status of a pod's first container; nothing before there is one."""
    found: Sequence[dict[str, Any]] = (
        read(control_plane, namespace, name).get("status", {}).get("containerStatuses", ())
    )
    return found[0] if found else {}


def waiting_for(control_plane: ControlPlane, namespace: str, name: str) -> tuple[str, str]:
    """Return why a pod's first container waits, and the message; empty texts while it does not."""
    why = state_of(control_plane, namespace, name).get("state", {}).get("waiting", {})
    return why.get("reason", ""), why.get("message", "")


def ask(url: str, *, post: bool = False) -> str:
    """Return what the web server answers; OSError where nothing does."""
    request = urllib.request.Request(url, method="POST" if post else "GET")  # noqa: S310 (loopback)
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (as above)
        return str(answer.read().decode())


def url_of(body: Mapping[str, Any], path: str = "/") -> str:
    """Return the URL of a pod's web server."""
    return f"http://{body['status']['podIP']}:{PORT}{path}"
