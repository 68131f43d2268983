"""A revision as a Secret and back: nothing is lost, nothing that we did not write is believed, and it always fits."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import random
import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.gateway.names import REVISION_LABEL
from mwaa_operator.gateway.objects.secrets import (
    ENTRIES,
    MAX_SECRET,
    MAX_UNPACKED,
    ROUTES,
    TEMPLATE,
    read_revision,
    revision_secret,
)
from mwaa_operator.gateway.objects.template import template_digest
from mwaa_operator.gateway.render.file import MAX_BYTES, RenderedEntry
from mwaa_operator.gateway.revision import Revision, revision_name
from mwaa_operator.gateway.status import MAX_ENTRIES
from tests.support.gatewayobjects import full_gateway, stored_gateway, template_of
from tests.support.sparkscene import RELAXED

GATEWAY = stored_gateway()
TEMPLATE_OF_PODS = template_of(GATEWAY)
DIGEST = template_digest(TEMPLATE_OF_PODS)
PRIVATE = "a-key-that-signs-tokens"

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_ENTRY = st.builds(
    RenderedEntry, _TEXT, _TEXT, _TEXT, route=_TEXT, target=_TEXT, cluster=_TEXT, weight=st.integers(0, 1000)
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_SPEC = st.dictionaries(_TEXT, _JSON, max_size=4)


def revision(text: str = f'{{"key": "{PRIVATE}"}}', entries: tuple[RenderedEntry, ...] = ()) -> Revision:
    return Revision(revision_name(text, DIGEST), text, entries)


def secret(kept: Revision, routes: dict[str, dict[str, Any]] | None = None) -> dict[str, Any]:
    return revision_secret(GATEWAY, kept, template=TEMPLATE_OF_PODS, routes=routes or {})


def values(body: dict[str, Any]) -> dict[str, bytes]:
    return {key: base64.b64decode(value) for key, value in body["data"].items()}


def weight(body: dict[str, Any]) -> int:
    return sum(map(len, values(body).values()))


def noise(seed: int, count: int) -> str:
    """Return text that does not get smaller when it is packed."""
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=count))  # noqa: S311


@RELAXED
@given(text=_TEXT, entries=st.lists(_ENTRY, max_size=4), routes=st.dictionaries(_TEXT, _SPEC, max_size=4))
def test_a_revision_comes_back_as_it_was(
    text: str, entries: list[RenderedEntry], routes: dict[str, dict[str, Any]]
) -> None:
    kept = revision(text, tuple(entries))
    stored = read_revision(secret(kept, routes))
    assert stored.revision == kept
    assert stored.template == TEMPLATE_OF_PODS
    assert stored.routes == routes


@RELAXED
@given(routes=st.dictionaries(_TEXT, _SPEC, max_size=4), data=st.data())
def test_the_same_revision_has_the_same_bytes(routes: dict[str, dict[str, Any]], data: st.DataObject) -> None:
    turned = dict(data.draw(st.permutations(list(routes.items()))))
    assert secret(revision(), turned) == secret(revision(), routes)


def test_the_order_of_members_is_no_difference() -> None:
    one, other = {"suspend": True, "queue": {"name": "a", "default": True}}, {"queue": {"default": True, "name": "a"}}
    assert secret(revision(), {"data/a": one}) == secret(revision(), {"data/a": other | {"suspend": True}})
    turned = dict(reversed(TEMPLATE_OF_PODS.items()))
    assert revision_secret(GATEWAY, revision(), template=turned, routes={}) == secret(revision())


def test_the_secret_never_changes_and_says_what_it_is() -> None:
    body = secret(revision())
    assert body["immutable"] is True
    assert body["metadata"]["name"] == f"general.{revision().name}"
    assert body["metadata"]["labels"][REVISION_LABEL] == revision().name
    assert values(body)["app-config.yaml"] == revision().text.encode()
    assert sorted(body["data"]) == ["app-config.yaml", "entries.json.gz", "routes.json.gz", "template.json"]


def test_what_is_packed_is_gzip_without_a_time() -> None:
    packed = values(secret(revision(), {"data/a": {"suspend": True}}))[ROUTES]
    assert json.loads(gzip.decompress(packed)) == {"data/a": {"suspend": True}}
    assert packed[4:8] == b"\0\0\0\0"


def test_a_newer_operator_may_say_more_of_an_entry() -> None:
    body = secret(revision())
    more = gzip.compress(json.dumps([{"id": "a", "identity": "b", "mode": "Routed", "color": "red"}]).encode())
    body["data"][ENTRIES] = base64.b64encode(more).decode()
    assert read_revision(body).revision.entries == (RenderedEntry("a", "b", "Routed"),)


def put(key: str, value: bytes | str) -> Callable[[dict[str, Any]], Any]:
    data = value if isinstance(value, str) else base64.b64encode(value).decode()
    return lambda body: body["data"].update({key: data})


def packed(value: Any) -> bytes:
    return gzip.compress(json.dumps(value).encode())


OTHER_TEMPLATE = template_of(stored_gateway(image="evil"))
FORGERIES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no data": lambda body: body.pop("data"),
    "null data": lambda body: body.update(data=None),
    "no labels": lambda body: body["metadata"].pop("labels"),
    "another name": lambda body: body["metadata"].update(name="general.ffffffffffff"),
    "another gateway": lambda body: body["metadata"]["labels"].update({"mwaa-operator.io/gateway": "other"}),
    "another revision": lambda body: body["metadata"]["labels"].update({REVISION_LABEL: "ffffffffffff"}),
    "no file": lambda body: body["data"].pop("app-config.yaml"),
    "another file": put("app-config.yaml", b"{}"),
    "a file that is no text": put("app-config.yaml", b"\xff\xfe"),
    "no base64": put("app-config.yaml", "%"),
    "no entries": lambda body: body["data"].pop(ENTRIES),
    "entries that are not packed": put(ENTRIES, b"[]"),
    "entries cut off": put(ENTRIES, packed([])[:-9]),
    "entries that are no list": put(ENTRIES, packed({})),
    "an entry of nothing": put(ENTRIES, packed([{}])),
    "an entry of numbers": put(ENTRIES, packed([{"id": 1, "identity": "b", "mode": "Routed"}])),
    "a weight of letters": put(ENTRIES, packed([{"id": "a", "identity": "b", "mode": "Routed", "weight": "9"}])),
    "entries that fill the memory": put(ENTRIES, gzip.compress(b" " * (MAX_UNPACKED + 1) + b"[]")),
    "another template": put(TEMPLATE, json.dumps(OTHER_TEMPLATE).encode()),
    "a template that is none": put(TEMPLATE, b"[]"),
    "a template of nothing": put(TEMPLATE, b"{}"),
    "a template that is no JSON": put(TEMPLATE, PRIVATE.encode()),
    "a template without end": put(TEMPLATE, b'{"a":' * 100_000),
    "routes that are none": put(ROUTES, packed([])),
    "a route that is none": put(ROUTES, packed({"a": PRIVATE})),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_what_is_not_as_we_made_it_is_refused_by_its_name_and_never_told(
    forge: Callable[[dict[str, Any]], Any],
) -> None:
    body = copy.deepcopy(secret(revision()))
    forge(body)
    with pytest.raises(ValueError, match="does not hold the revision of its name") as told:
        read_revision(body)
    assert str(told.value) == f"Secret gateways/{body['metadata']['name']} does not hold the revision of its name"
    assert told.value.__cause__ is told.value.__context__ is None


def test_a_template_of_the_right_name_that_no_pod_can_be_made_of_is_refused() -> None:
    bare: dict[str, Any] = {"metadata": {}, "spec": {}}
    kept = Revision(revision_name("{}", template_digest(bare)), "{}", ())
    with pytest.raises(ValueError, match="does not hold"):
        read_revision(revision_secret(GATEWAY, kept, template=bare, routes={}))


def largest_entries() -> tuple[RenderedEntry, ...]:
    def entry(index: int) -> RenderedEntry:
        text = noise(index, 300)
        return RenderedEntry(text[:17], text[17:49], "Tombstone", text[49:176], text[176:239], text[239:300], 1000)

    return tuple(map(entry, range(MAX_ENTRIES)))


def test_the_largest_file_fits_with_all_that_its_entries_stand_for() -> None:
    gateway = full_gateway("g" * 63)
    template = template_of(gateway)
    template["spec"]["containers"][0]["image"] = noise(0, 512)
    text = noise(1, MAX_BYTES)
    kept = Revision(revision_name(text, template_digest(template)), text, largest_entries())
    body = revision_secret(gateway, kept, template=template, routes={})
    assert weight(body) <= MAX_SECRET
    assert read_revision(body).revision == kept


def test_routes_that_are_too_much_are_left_out_and_no_others() -> None:
    kept = revision(noise(1, MAX_BYTES))
    small = {f"data/route-{number:03}": {"queue": noise(number, 100)} for number in range(200)}
    large = {f"data/large-{number}": {"job": noise(number, 80_000 + number)} for number in range(3)}
    body = secret(kept, large | small)
    assert weight(body) <= MAX_SECRET
    stored = read_revision(body)
    assert stored.routes == small | {"data/large-0": large["data/large-0"]}


def test_routes_that_could_not_be_read_again_are_not_written() -> None:
    hollow = {f"data/{number}": {"job": "x" * (MAX_UNPACKED // 3)} for number in range(4)}
    assert read_revision(secret(revision(), hollow)).routes.keys() == {"data/0", "data/1"}
