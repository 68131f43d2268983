"""What BPG makes of the file is what the routes asked for: the simulator judges every queue of a rendered gateway."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given

from mwaa_operator.gateway.bpg.answer import Choice, Refusal
from mwaa_operator.gateway.bpg.bind import bind
from mwaa_operator.gateway.bpg.config import Config
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.bpg.request import Claims, probe
from mwaa_operator.gateway.bpg.simulate import simulate
from mwaa_operator.gateway.bpg.text import read
from mwaa_operator.gateway.render.file import Rendering, render
from mwaa_operator.gateway.render.scene import Candidate, ClusterView, Scene
from mwaa_operator.gateway.render.traffic import serving
from tests.support.spark import LABELS, examples
from tests.support.sparkscene import CA, RELAXED, VIEWS, gateway, route_sets, scene

PROFILES = (Profile.AWS_PIN, Profile.PRE_DW5)
IMAGES = [{"name": "spark", "types": ["Python"], "version": "3.5"}]


def config_of(rendering: Rendering, profile: Profile) -> Config:
    config = bind(read(rendering.text), profile=profile)
    assert isinstance(config, Config)
    return config


def shares(config: Config, queue: str, *, user: str = "u", token: bool = True) -> dict[str, Fraction]:
    """Return entry or error to probability, for a job that is well but for what the routes decide."""
    claims = Claims(queues=(queue,)) if token else None
    request = replace(probe(user=user, queue=queue, spark_version="3.5", queue_token=claims), type="Python")
    found: dict[str, Fraction] = {}
    for outcome in simulate(config, request).outcomes:
        match outcome.result:
            case Choice(id=id_):
                found[id_] = outcome.probability
            case Refusal(status=status, stage=stage):
                found[f"{status} {stage}"] = outcome.probability
    return found


@pytest.mark.parametrize("profile", PROFILES)
@RELAXED
@given(routes=route_sets())
def test_jobs_of_every_queue_go_where_its_route_says_with_its_weights(
    profile: Profile, routes: tuple[Candidate, ...]
) -> None:
    members = {"bpgProfile": profile.value, "images": IMAGES, "access": {"users": ["*"]}}
    rendering = render(scene(*routes, gateway=gateway(**members)))
    config = config_of(rendering, profile)
    for candidate in routes:
        if candidate.key in rendering.refused:
            continue
        spec = candidate.route.spec
        takes = serving(spec, clusters=VIEWS, last=frozenset())
        weights = {
            entry.id: entry.weight
            for entry in rendering.entries
            if entry.route == candidate.key and entry.target in takes
        }
        expected = {id_: Fraction(weight, sum(weights.values())) for id_, weight in weights.items()}
        for name in (spec.queue.name, *(f"{spec.queue.name}.{sub_queue}" for sub_queue in spec.queue.sub_queues)):
            found = shares(config, name)
            assert found == expected if expected else all(key.startswith("400 ") for key in found)


def example(name: str) -> tuple[Scene, Rendering]:
    gateways, routes = examples()
    gate = gateways[name]
    views = {
        cluster.name: ClusterView(f"https://{cluster.name}", CA, f"k8s:secret:gateways:{cluster.name}:token")
        for cluster in gate.spec.clusters
    }
    candidates = tuple(
        Candidate(route, LABELS[route.metadata.namespace])
        for route in routes.values()
        if route.spec.gateway_ref.name == name
    )
    seen = Scene(gateway=gate, candidates=candidates, clusters=views, keys=("key",))
    return seen, render(seen)


@pytest.mark.parametrize("profile", PROFILES)
def test_web_jobs_of_the_examples_are_split_seven_to_three_and_move_when_a_cluster_fails(profile: Profile) -> None:
    seen, rendering = example("general-gateway")
    assert rendering.refused == {}
    ids = {entry.target: entry.id for entry in rendering.entries if entry.route == "team-digital/digital-analytics"}
    split = {ids["analytics"]: Fraction(7, 10), ids["datascience"]: Fraction(3, 10)}
    user = "svc-mwaa-digital"
    assert shares(config_of(rendering, profile), "digital", user=user) == split
    failed = {**seen.clusters, "analytics": replace(seen.clusters["analytics"], healthy=False)}
    moved = config_of(render(replace(seen, clusters=failed)), profile)
    assert shares(moved, "digital", user=user) == {ids["datascience"]: Fraction(1)}
    assert shares(moved, "", user=user) == {ids["datascience"]: Fraction(1)}, "and so do jobs that name no queue"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("queue", ["clinical", "clinical.nightly", "clinical.adhoc"])
def test_patient_data_of_the_examples_ask_for_a_token_and_stay_where_they_are(profile: Profile, queue: str) -> None:
    seen, rendering = example("phi-gateway")
    user = "svc-mwaa-clinical"
    (entry,) = rendering.entries
    config = config_of(rendering, profile)
    assert shares(config, queue, user=user) == {entry.id: Fraction(1)}
    assert set(shares(config, queue, user=user, token=False)) == {"400 Queue"}
    assert set(shares(config, queue, user="svc-mwaa-digital")) == {"401 Authentication"}
    failed = {name: replace(view, healthy=False) for name, view in seen.clusters.items()}
    assert all(
        key.startswith("400 ")
        for key in shares(config_of(render(replace(seen, clusters=failed)), profile), queue, user=user)
    )
