"""Hypothesis strategies for specs, drawn from a kind's own schema: good values, and values just beyond each limit.

Not drawn, because the API server mends them before it judges: null (dropped or defaulted) and integral floats.
"""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from mwaa_operator.api.schema import Schema

_CHARACTERS = st.characters(codec="utf-8", max_codepoint=0x24F)
"""Up to Latin Extended-B: what a letter is beyond differs with the Unicode version of Go, Rust and Python."""
_LONGEST = 1300
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.just(1.5) | st.text(_CHARACTERS, max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(_CHARACTERS, max_size=9), inner, max_size=2),
    max_leaves=6,
)
"""What a person may put where anything goes."""
_WRONG = st.sampled_from([7, "seven", True, [], {}, ["x"], {"x": "y"}])


@st.composite
def specs(draw: st.DrawFn, *, schema: Schema, base: dict[str, Any], fragments: list[dict[str, Any]]) -> dict[str, Any]:
    """Draw a spec: the base with a few known fragments laid over it and a few members drawn anew.

    Args:
        draw: Hypothesis'.
        schema: Of spec, as in the CRD.
        base: A valid spec.
        fragments: Members that are known to keep or break a rule; None removes a member.
    """
    spec = copy.deepcopy(base)
    for fragment in draw(st.lists(st.sampled_from(fragments), max_size=2)):
        spec |= copy.deepcopy(fragment)
    for name in draw(st.lists(st.sampled_from(sorted(schema["properties"])), max_size=2)):
        spec[name] = draw(values(schema["properties"][name]))
    if draw(st.integers(0, 19)) == 19:
        spec[draw(st.sampled_from(["surprise", "Region", "executionRoleARN"]))] = "x"
    return {name: value for name, value in spec.items() if value is not None}


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """Return values for one member: most of them valid, some beyond a limit, few of another type."""
    fitting = _fitting(schema)
    return st.integers(0, 19).flatmap(lambda dice: _WRONG if dice == 19 else fitting)


def _fitting(schema: Schema) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        wrong = st.just(4711) if schema["type"] == "integer" else st.just("nonsense")
        return st.sampled_from(schema["enum"]) | wrong
    match schema["type"]:
        case "string":
            return _strings(schema)
        case "integer":
            return st.integers(schema["minimum"] - 1, schema["maximum"] + 1)
        case "boolean":
            return st.booleans()
        case "array":
            least, most = schema.get("minItems", 0), min(schema["maxItems"], 4)
            return st.lists(values(schema["items"]), min_size=max(least - 1, 0), max_size=most + 1)
        case "object" if "x-kubernetes-preserve-unknown-fields" in schema:
            return _open(schema["maxProperties"])
        case "object" if "properties" in schema:
            return _objects(schema)
        case _:
            return st.dictionaries(st.text(_CHARACTERS, max_size=9), values(schema["additionalProperties"]), max_size=3)


def _open(most: int) -> st.SearchStrategy[dict[str, Any]]:
    few = st.dictionaries(st.text(_CHARACTERS, max_size=9), _JSON, max_size=2)
    return few | few | st.sampled_from((most, most + 1)).map(lambda count: {f"m{index}": 1 for index in range(count)})


def _strings(schema: Schema) -> st.SearchStrategy[str]:
    least, most = schema.get("minLength", 0), schema["maxLength"]
    lengths = {max(least - 1, 0), least, min(most, _LONGEST), min(most + 1, _LONGEST)}
    edges = st.sampled_from(sorted(lengths)).map(lambda length: "a" * length)
    free = st.text(_CHARACTERS, max_size=20)
    pattern = schema.get("pattern", "")
    if not pattern or r"\p" in pattern:
        return edges | free
    like = st.from_regex(pattern, alphabet=st.characters(codec="ascii"))
    return like | like | edges | free


def _objects(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    members = {name: values(member) for name, member in schema["properties"].items()}
    required = set(schema.get("required", ()))
    always = {name: strategy for name, strategy in members.items() if name in required}
    optional = {name: strategy for name, strategy in members.items() if name not in required}
    whole = st.fixed_dictionaries(always, optional=optional)
    lacking = st.fixed_dictionaries({}, optional=members)
    return whole | whole | lacking
