"""The story of the gateways: the company of AWS's post on MWAA, BPG and EMR on EKS, as manifests; each checks itself.

Jobs flow, a cluster fails and heals, a weight is shifted, a bad route is set aside, a cluster is drained, a gateway
goes. Which names stand for what is in examples/spark.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from typing import Any

from localcloud.demo.board import Board
from localcloud.demo.company import FLAW, teams
from localcloud.demo.looking import WITHIN, Cast, ChapterFailedError, message, ready, reason
from localcloud.demo.rows import GATEWAY_NAMESPACE, GATEWAYS, ROUTES, Body
from localcloud.demo.stage import EXAMPLES, Stage
from localcloud.demo.users import ENDLESS, User
from localcloud.sparkclusters import ANALYTICS
from localcloud.waiting import wait_until

DIGITAL, CLINICAL, SCIENCE = (
    "team-digital/digital-analytics",
    "team-clinical/clinical-insights",
    "team-science/data-science-sandbox",
)
BATCH, STREAMS = "team-science/science-batch", "team-science/science-streams"
GENERAL, PHI = "general-gateway", "phi-gateway"
JOBS = 20
OWNED = "deployments,pods,services,serviceaccounts,secrets,networkpolicies,poddisruptionbudgets,roles,rolebindings"


def create(stage: Stage, board: Board) -> None:
    """AWS's post on Spark behind Batch Processing Gateway, as manifests: two gateways, three teams, jobs that flow."""
    gateways, routes = Cast(stage, GATEWAYS), Cast(stage, ROUTES)
    furnish(stage)
    for name in (PHI, GENERAL):
        gateways.until(name, ready)
    for name in (CLINICAL, DIGITAL, SCIENCE):
        routes.until(name, ready)
    board.say("both gateways run: patient data (PHI) have one of their own, with one cluster")
    board.show("kubectl get sgw -A", stage.kubectl("get", "sgw", "-A"))
    board.show("kubectl get sjr -A", stage.kubectl("get", "sjr", "-A"))
    patient, sandbox = clinical(stage), science(stage)
    begun = [(user, user.submit()) for user in (patient, sandbox, digital(stage))]
    board.say(f"{JOBS} jobs of digital went to {spread(digital(stage), routes.until(DIGITAL, ready))}")
    for user, job in begun:
        user.await_state(job)
    board.say("a job of each of the three teams has completed")
    answer = refused(User(patient.address, patient.name, patient.queue))
    board.say(f"clinical's brought the token that the operator wrote beside the route; without it BPG says: {answer}")


def failure(stage: Stage, board: Board) -> None:
    """A cluster fails: jobs of digital go to the other one, patient data stay where they may be; it heals."""
    routes = Cast(stage, ROUTES)
    with stage.spark.down(ANALYTICS):
        board.say(f"{ANALYTICS} does not answer any more")
        body = routes.until(DIGITAL, lambda body: split(body) == "datascience=1")
        board.say(f"digital goes on: {spread(digital(stage), body)}; its status says {reason(body, 'TargetsHealthy')}")
        body = routes.until(CLINICAL, lambda body: reason(body) == "NoHealthyTarget")
        board.say(f"clinical names no other cluster, and gets none: {message(body)}")
        routes.until(CLINICAL, lambda body: not split(body))
        answer = refused(clinical(stage))
        board.say(f"its jobs are refused at once, because its failover.onAllUnhealthy is Reject; BPG says: {answer}")
    board.say(f"{ANALYTICS} is back; it has to stay well for a while (failover.recoverAfter)")
    routes.until(DIGITAL, lambda body: ready(body) and split(body) == "analytics=7/10 datascience=3/10")
    routes.until(CLINICAL, lambda body: ready(body) and split(body) == "analytics=1")
    clinical(stage).submit()
    board.say("digital shares again, 7 to 3, and clinical takes jobs")


def weights(stage: Stage, board: Board) -> None:
    """A weight is shifted: the status says the exact shares, and the jobs follow."""
    routes = Cast(stage, ROUTES)
    targets = list((stage.get(ROUTES, DIGITAL) or {})["spec"]["targets"])
    shares = {"analytics": 45, "datascience": 5}
    routes.patch(DIGITAL, {"targets": [target | {"weight": shares[target["name"]]} for target in targets]})
    body = routes.until(DIGITAL, lambda body: ready(body) and split(body) == "analytics=9/10 datascience=1/10")
    board.say(f"weights 45 and 5: status.split says the exact shares, {split(body)}")
    board.say(f"{JOBS} jobs went to {spread(digital(stage), body)}")


def bad_route(stage: Stage, board: Board) -> None:
    """A bad route: two routes come at once, BPG does not start with one of them; it is found, and the other goes on."""
    routes = Cast(stage, ROUTES)
    made = [new_route(BATCH, {}), new_route(STREAMS, {"job": {"env": [{"name": FLAW, "value": "on"}]}})]
    stage.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": made}))
    board.say("the new file is tried in a pod that no client reaches; if it fails there, parts of the change are tried")
    body = routes.until(STREAMS, lambda body: reason(body) == "SetAside")
    board.say(f"science-streams is to blame: {message(body)}")
    routes.until(BATCH, ready)
    User(address(stage, GENERAL), "svc-mwaa-science", "science-batch").submit()
    board.say("science-batch is Ready and takes jobs; no pod that clients reach ever saw the bad file")
    routes.patch(STREAMS, {"job": {"env": []}})
    routes.until(STREAMS, ready)
    board.say("its team takes the variable out, and science-streams is Ready")


def maintenance(stage: Stage, board: Board) -> None:
    """Maintenance: a cluster is drained for all routes of a gateway, and a job that runs there keeps its status."""
    gateways, routes, user = Cast(stage, GATEWAYS), Cast(stage, ROUTES), digital(stage)
    stage.spark.remove_ended()
    job = submit_to("analytics", user, routes.until(DIGITAL, ready))
    set_state(stage, "analytics", "Drain")
    routes.until(DIGITAL, lambda body: split(body) == "datascience=1")
    body = gateways.until(GENERAL, lambda body: ready(body) and draining(body) == 1)
    where = spread(user, routes.until(DIGITAL, ready))
    board.say(f"the platform team sets its state to Drain: new jobs go to {where}")
    if user.state(job) != "RUNNING":
        raise ChapterFailedError(f"job {job} was to run on, but its state is {user.state(job)}")
    board.say(f"a job that was sent there before is still RUNNING; status.entries counts {draining(body)}")
    user.end(job)
    gateways.until(GENERAL, lambda body: draining(body) == 0)
    board.say(
        "it has ended, status.entries counts none: the maintenance can begin; afterwards the state is Active again"
    )
    set_state(stage, "analytics", "Active")
    routes.until(DIGITAL, lambda body: ready(body) and split(body) == "analytics=9/10 datascience=1/10")


def deletion(stage: Stage, board: Board) -> None:
    """Deletion: a gateway waits for its routes, a route for its jobs, and then nothing of them is left."""
    gateways, routes, patient = Cast(stage, GATEWAYS), Cast(stage, ROUTES), clinical(stage)
    job = patient.submit(**ENDLESS)
    stage.kubectl("delete", "sgw", PHI, "-n", GATEWAY_NAMESPACE, "--wait=false")
    body = gateways.until(PHI, lambda body: reason(body) == "InUse")
    board.say(f"phi-gateway serves on: {message(body)}")
    namespace, name = ROUTES.place(CLINICAL)
    stage.kubectl("delete", "sjr", name, "-n", namespace, "--wait=false")
    body = routes.until(CLINICAL, lambda body: (body["status"].get("drain") or {}).get("jobs") == 1)
    board.say("clinical-insights takes no new jobs, and waits for the one that runs")
    patient.end(job)
    routes.gone(CLINICAL)
    gateways.gone(PHI)
    await_nothing_left(stage)
    board.say("it has ended, and all is gone: route and gateway, pods, keys, tokens; general-gateway serves on")
    digital(stage).submit()


def furnish(stage: Stage) -> None:
    """Do what a platform team does once: namespaces, a token of the cluster that gives none by itself, manifests."""
    stage.kubectl("apply", "-f", "-", stdin=teams())
    secret = ("create", "secret", "generic", "datascience-token", "-n", GATEWAY_NAMESPACE)
    stage.kubectl(*secret, f"--from-literal=token={stage.spark.token()}")
    stage.kubectl("apply", "-f", str(EXAMPLES / "spark"))
    # Windows keep the time of the world: the story is not to be another one on Sundays.
    edit_gateway(stage, PHI, {"op": "remove", "path": "/spec/clusters/0/maintenanceWindows"})


def edit_gateway(stage: Stage, name: str, *changes: dict[str, Any]) -> None:
    """Edit a gateway by a JSON patch, which can change one cluster alone."""
    command = ("patch", "sgw", name, "-n", GATEWAY_NAMESPACE, "--type=json", "-p", json.dumps(changes))
    stage.kubectl(*command)


def set_state(stage: Stage, cluster: str, state: str) -> None:
    """Set the state of a cluster of general-gateway."""
    clusters = (stage.get(GATEWAYS, GENERAL) or {})["spec"]["clusters"]
    place = [item["name"] for item in clusters].index(cluster)
    edit_gateway(stage, GENERAL, {"op": "add", "path": f"/spec/clusters/{place}/state", "value": state})


def new_route(name: str, members: Body) -> Body:
    """Return a route of general-gateway with a queue of its name, as a team writes it."""
    namespace, short = ROUTES.place(name)
    target = {"cluster": "datascience", "namespace": "emr-science", "serviceAccount": "emr-science-driver"}
    spec = {
        "gatewayRef": {"name": GENERAL},
        "dataClass": "general",
        "queue": {"name": short},
        "access": {"secure": False},
        "sparkVersions": ["3.5"],
        "targets": [{"name": "datascience", **target, "weight": 100}],
        **members,
    }
    metadata = {"namespace": namespace, "name": short}
    return {"apiVersion": "mwaa-operator.io/v1alpha1", "kind": "SparkJobRoute", "metadata": metadata, "spec": spec}


def address(stage: Stage, gateway: str) -> str:
    """Return where clients reach a gateway on this machine."""
    return f"{stage.kubelet.address(GATEWAY_NAMESPACE, gateway)}/skatev2"


def digital(stage: Stage) -> User:
    """Return who sends the jobs of web analytics."""
    return User(address(stage, GENERAL), "svc-mwaa-digital", "digital")


def science(stage: Stage) -> User:
    """Return who sends the jobs of the sandbox."""
    return User(address(stage, GENERAL), "svc-mwaa-science", "science-sandbox")


def clinical(stage: Stage) -> User:
    """Return who sends the jobs about patients, with the token of their queue."""
    path = "/api/v1/namespaces/team-clinical/secrets/clinical-queue-token"
    data = stage.cloud.control_plane.api.get(path).body["data"]
    return User(address(stage, PHI), "svc-mwaa-clinical", "clinical", base64.b64decode(data["token"]).decode())


def split(body: Body) -> str:
    """Return the shares of a route's targets."""
    return str(body.get("status", {}).get("split", ""))


def entries(route: Body) -> dict[str, str]:
    """Return the targets of a route by their ids in BPG, with which the ids of their jobs begin."""
    return {item["entry"]: item["name"] for item in route["status"]["targets"] if "entry" in item}


def spread(user: User, route: Body) -> str:
    """Send jobs, and return how many went to which target, as words."""
    jobs = [user.submit() for _ in range(JOBS)]
    seen = Counter(entries(route)[job.partition("-")[0]] for job in jobs)
    return " and ".join(f"{name} ({number})" for name, number in sorted(seen.items()))


def submit_to(target: str, user: User, route: Body) -> str:
    """Send endless jobs until BPG draws a target, end the others, and return the one there."""
    others: list[str] = []
    while entries(route)[(job := user.submit(**ENDLESS)).partition("-")[0]] != target:
        others.append(job)
        if len(others) == JOBS:
            raise ChapterFailedError(f"of {JOBS} jobs none went to {target}, whose share is in {split(route)}")
    for other in others:
        user.end(other)
    user.await_state(job, "RUNNING")
    return job


def refused(user: User) -> str:
    """Send a job that must be refused, and return what BPG says."""
    status, answer = user.offer()
    if status != 400:
        raise ChapterFailedError(f"a job of {user.name} was to be refused, but was answered {status}: {answer}")
    return f"400 {answer['message'].partition(': ')[2]}"


def draining(gateway: Body) -> int | None:
    """Return how many jobs the entries have that drain; None: not counted."""
    counts = [item.get("jobs") for item in gateway["status"].get("entries", ()) if item["mode"] == "Draining"]
    return sum(counts) if counts and None not in counts else None


def await_nothing_left(stage: Stage) -> None:
    """Wait until nothing of phi-gateway and its route is in the cluster."""

    def left() -> str:
        label = f"mwaa-operator.io/gateway={PHI}"
        found = stage.kubectl("get", OWNED, "-n", GATEWAY_NAMESPACE, "-l", label, "-o", "name")
        return found + stage.kubectl("get", "secrets", "-n", "team-clinical", "-o", "name")

    try:
        wait_until(lambda: not left().strip(), within=WITHIN, what="all of phi-gateway to go", explain=left)
    except TimeoutError as error:
        raise ChapterFailedError(str(error)) from error
