"""Files that manifests can express keep their routing, whatever they say; any file at all is imported or refused.

The proof of an import is not believed: a second implementation of BPG compares the file and what is rendered, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mwaa_operator.gateway.bpg.bind import bind
from mwaa_operator.gateway.bpg.profile import Profile
from mwaa_operator.gateway.bpg.text import read
from mwaa_operator.gateway.importing.convert import Imported, UnimportableError, convert
from mwaa_operator.gateway.importing.options import Options
from mwaa_operator.gateway.importing.proof import prove, rendered
from mwaa_operator.gateway.importing.source import READ_OF_CLUSTERS, READ_OF_QUEUES
from tests.support.bpg_by_hand import every_throw, submit
from tests.support.bpgimport import company, entry, file, imported, models

RELAXED = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
PROFILES = st.sampled_from([Profile.AWS_PIN, Profile.PRE_DW5])
NAMES = ("phi", "dev", "web_2")
USERS = ("u", "v", "w")


@st.composite
def expressible(draw: st.DrawFn) -> dict[str, Any]:
    """Return a file whose routing manifests can express.

    Versions are the same everywhere, a user has one home, which is served, and sub-queues are as their parents.
    """
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    users = iter(draw(st.permutations(USERS)))
    queues: list[dict[str, Any]] = []
    for name in names:
        secure = draw(st.sampled_from([True, False, None]))
        mine = [next(users)] if draw(st.booleans()) else []
        queues.append({"name": draw(st.sampled_from([name, name.upper()])), "secure": secure, "users": mine})
        queues += [{"name": f"{name}.night", "secure": secure}] if draw(st.booleans()) else []
    if (fallback := draw(st.sampled_from([None, True, False]))) is not None:
        queues.append({"name": "poc", "secure": fallback})
    versions = draw(st.sampled_from([["3.5"], ["3.4", "3.5"]]))
    served = st.lists(st.sampled_from([*names, "poc"]), unique=True)
    entries = [
        entry(
            f"c{index}",
            draw(st.sampled_from([0, 1, 2, 3, 90, 1000])),
            draw(served),
            sparkVersions=draw(st.sampled_from([versions, versions, versions, []])),
            masterUrl=f"https://{draw(st.sampled_from('xyz'))}",
            sparkApplicationNamespace=draw(st.sampled_from(["spark", "other"])),
            userTokenSOPS=draw(st.sampled_from(["k8s:secret::tokens:a", "k8s:secret::tokens:b", "a-token-as-it-is"])),
        )
        for index in range(draw(st.integers(1, 5)))
    ]
    homes = {name for item in entries for name in item["queues"]}
    queues = [item if item["name"].lower() in homes else item | {"users": []} for item in queues]
    return file(*entries, queues=draw(st.permutations(queues)))


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield users and jobs that tell two routings apart."""
    queues = [part for name in NAMES for part in (name, f"{name}.night", f"{name}.else", name.upper())]
    for queue in (*queues, "poc", "nowhere", None):
        for user in ("anybody",) if queue else ("anybody", *USERS):
            for token in (None, [*queues, "poc"]):
                for version in ("3.5", "3.4"):
                    yield user, {"type": "Java", "version": version, "queue": queue, "token": token}


JOBS = tuple(jobs())


def by_hand(body: dict[str, Any], user: str, job: dict[str, Any], *, old: bool) -> dict[tuple[str, str], Fraction]:
    """Return where a job comes to, by the second implementation."""
    throws = every_throw(lambda dice: submit(body, job, user, old=old, dice=dice))
    found: dict[tuple[str, str], Fraction] = {}
    for end, share in throws.items():
        if isinstance(end[1], str) and end[0] < len(body["sparkClusters"]):
            chosen = body["sparkClusters"][end[0]]
            place = (chosen["masterUrl"], chosen["sparkApplicationNamespace"])
            found[place] = found.get(place, Fraction(0)) + share
    return found


def with_images(body: dict[str, Any]) -> dict[str, Any]:
    """Return a file with an image for every job, because images are not routing."""
    images = [{"name": "i", "types": ["Java"], "version": version} for version in ("3.5", "3.4")]
    lists = [item | {"users": item.get("users") or []} for item in body["queues"]]
    return body | {"sparkImages": images, "queues": lists}


@RELAXED
@given(body=expressible(), profile=PROFILES)
def test_what_manifests_can_express_keeps_its_routing(body: dict[str, Any], profile: Profile) -> None:
    found = imported(body, profile=profile)
    assert found.differences == ()
    gateway, routes = models(found)
    after = json.loads(rendered(gateway, routes, Options(profile=profile)))
    for user, job in JOBS:
        old, new = (by_hand(with_images(item), user, job, old=profile is Profile.AWS_PIN) for item in (body, after))
        assert old == new, (user, job)


@RELAXED
@given(body=expressible(), profile=PROFILES, data=st.data())
def test_the_proof_finds_a_weight_that_is_another(body: dict[str, Any], profile: Profile, data: st.DataObject) -> None:
    """Unless it cannot be seen: the only target, or targets that share a place."""
    found = imported(body, profile=profile)
    gateway, routes = models(found)
    index = data.draw(st.integers(0, len(routes) - 1)) if routes else None
    if index is None:
        return
    route = routes[index]
    clusters = {cluster.name: cluster for cluster in gateway.spec.clusters}
    places = {
        (getattr(clusters[target.cluster].api_server, "url", ""), target.namespace)
        for target in route.spec.targets
        if target.weight
    }
    if len(places) < 2:
        return
    targets = [target.model_copy() for target in route.spec.targets]
    first = next(number for number, target in enumerate(targets) if target.weight)
    targets[first] = targets[first].model_copy(update={"weight": 0 if targets[first].weight > 1 else 999})
    changed = route.model_copy(update={"spec": route.spec.model_copy(update={"targets": targets})})
    others = (*routes[:index], changed, *routes[index + 1 :])
    config = bind(body, profile=profile)
    differences, _ = prove(config, gateway, others, Options(profile=profile))  # type: ignore[arg-type]  # it starts
    assert differences


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=6), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=5,
)
CLUSTER_MEMBERS = sorted(READ_OF_CLUSTERS)
QUEUE_MEMBERS = sorted(READ_OF_QUEUES)


@st.composite
def wild(draw: st.DrawFn) -> dict[str, Any]:
    """Return a good file in which anything may stand at a few places."""
    body = company()
    for _ in range(draw(st.integers(1, 4))):
        match draw(st.sampled_from(["cluster", "queue", "top"])):
            case "cluster":
                body["sparkClusters"][draw(st.integers(0, 1))][draw(st.sampled_from(CLUSTER_MEMBERS))] = draw(VALUES)
            case "queue":
                body["queues"][draw(st.integers(0, 3))][draw(st.sampled_from(QUEUE_MEMBERS))] = draw(VALUES)
            case _:
                top = draw(st.sampled_from(["allowedUsers", "sparkImages", "defaultSparkConf", "logging", "s3Bucket"]))
                body[top] = draw(VALUES)
    return body


@settings(RELAXED, max_examples=400)
@given(body=wild(), profile=PROFILES, data_class=st.sampled_from(["general", "phi"]))
def test_any_file_is_imported_or_refused(body: dict[str, Any], profile: Profile, data_class: str) -> None:
    try:
        found = imported(body, profile=profile, data_class=data_class)
    except UnimportableError:
        return
    assert isinstance(found, Imported)
    assert models(found)
    assert json.dumps(asdict(found), allow_nan=False)


@given(text=st.text())
def test_any_text_is_imported_or_refused(text: str) -> None:
    try:
        assert convert(text, Options()).compared
    except UnimportableError:
        assert bind(read(text), profile=Profile.AWS_PIN) is not None


def test_an_import_is_the_same_every_time() -> None:
    assert imported(company()) == imported(company())
