"""Reasons are members of one enum per kind and place: none is spelt out, none is left over, each is explained.

That the committed reference shows them is tested with the other generated files.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import botocore.session
import pytest

from mwaa_operator.api.docs import render
from mwaa_operator.api.reasons import meanings
from mwaa_operator.api.resource import Definition
from mwaa_operator.api.verdict import PROGRESSING, PROGRESSING_WITH_RETRY
from mwaa_operator.environment.reasons import DetailReason, Reason, camel
from mwaa_operator.kinds import DEFINITIONS
from mwaa_operator.route.reasons import DetailReason as RouteReason
from tests.support.kinds import EVERY_DEFINITION
from tests.support.reasons import literals, members_used

CODE = Path(__file__).parents[3] / "operator" / "mwaa_operator"
SOURCES = {
    str(path.relative_to(CODE)): path.read_text("utf-8")
    for pattern in (
        "environment/**/*.py",
        "workflow/*.py",
        "workflow/plan/**/*.py",
        "account/**/*.py",
        "gateway/**/*.py",
        "route/**/*.py",
        "api/invalid.py",
    )
    for path in sorted(CODE.glob(pattern))
    if path.name != "reasons.py"
}
STATES: list[str] = (
    botocore.session.get_session().get_service_model("mwaa").shape_for("EnvironmentStatus").metadata["enum"]
)
OF_AIRFLOW: set[str] = {RouteReason.CONNECTION_REFUSED}
"""Words of a route that whoever writes its connections into Airflow says."""
TABLES = [
    pytest.param(definition, table.words, id=f"{definition.info.kind} {table.title}")
    for definition in EVERY_DEFINITION
    for table in definition.reasons
]

PLANTED = (
    'Verdict("False", "Nonsense", text)',
    'Verdict("False", Reason.CREATING, text, synced_reason="Nonsense")',
    'Verdict(ready="False", reason="Nonsense", message=text)',
    'Verdict("False", Reason.CREATING if at_work else "Nonsense", text)',
    'Verdict("False", f"Non{sense}", text)',
    'statuses.Verdict("False", known or "Nonsense", text)',
    '_Verdict(False, Reason.IN_USE, text, stalled="Nonsense")',
    'Notice(reason="Nonsense", note=text)',
    'Notice("Nonsense", text)',
    'condition(READY, "False", "Nonsense", text)',
    'blocked(s, "Nonsense", text)',
    'raise Wait("Nonsense", text)',
    'reason = "Nonsense" if at_work else Reason.CREATING',
    'stalled_reason: str = "Nonsense"',
    'item["reason"] = "Nonsense"',
    'item | {"reason": "Nonsense"}',
    'words = {FailureKind.QUOTA: "Nonsense"}',
    'reason = words.get(kind, "Nonsense")',
)
ALLOWED = (
    'Verdict("False", Reason.CREATING, "It says Nonsense.", reconciling=True)',
    'Notice(reason=reason, note="Nonsense", action="Nonsense", type="Warning")',
    'condition("Ready", "False", camel(state), "Nonsense")',
    'reason = Reason.CREATING if state == "CREATING" else Reason.UPDATING',
    'reason: str = ""',
)


@pytest.mark.parametrize("path", SOURCES)
def test_no_reason_is_spelt_out(path: str) -> None:
    assert literals(SOURCES[path]) == []


@pytest.mark.parametrize("code", PLANTED)
def test_a_reason_that_is_spelt_out_is_found(code: str) -> None:
    assert len(literals(f"\n{code}\n")) == 1
    assert literals(f"\n{code}\n")[0].startswith("2: ")


@pytest.mark.parametrize("code", ALLOWED)
def test_other_literals_are_left_alone(code: str) -> None:
    assert literals(code) == []


@pytest.mark.parametrize(("definition", "words"), [row for row in TABLES if row.values[0] in DEFINITIONS])
def test_every_reason_is_used(definition: Definition, words: type[StrEnum]) -> None:
    room = definition.model.__module__.split(".")[-2]
    named = {name for text in SOURCES.values() for name in members_used(text, words.__name__, words.__module__)}
    derived: set[str] = {camel(state) for state in ("", *STATES)} if room == "environment" else set()
    if "verdict.summary" in "".join(text for path, text in SOURCES.items() if path.startswith(room)):
        derived |= {PROGRESSING, PROGRESSING_WITH_RETRY}
    derived |= OF_AIRFLOW if room == "route" else set()
    assert [member.name for member in words if member.name not in named and member.value not in derived] == []


def test_a_member_counts_as_used_only_under_its_own_enum() -> None:
    code = "Verdict('False', Reason.CREATING, f'{DetailReason.DELETED}')"
    assert members_used(code, "Reason") == {"CREATING"}
    assert members_used(code, "DetailReason") == {"DELETED"}


def test_an_enum_is_known_by_where_it_is_from_and_not_by_its_name() -> None:
    code = "from a.reasons import Reason\nfrom b.reasons import Reason as Other\nReason.ONE\nOther.TWO"
    assert members_used(code, "Reason", "a.reasons") == {"ONE"}
    assert members_used(code, "Reason", "b.reasons") == {"TWO"}


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_aws_is_explained(state: str) -> None:
    assert camel(state) in {*Reason, *DetailReason}


def test_a_state_that_nobody_knows_has_a_reason_all_the_same() -> None:
    assert camel("DOING_SOMETHING_NEW") == "DoingSomethingNew"


@pytest.mark.parametrize(("definition", "words"), TABLES)
def test_every_reason_is_a_camelcase_word_with_a_sentence_in_the_reference(
    definition: Definition, words: type[StrEnum]
) -> None:
    assert words.__doc__
    for word, text in meanings(words).items():
        assert re.fullmatch(r"([A-Z][a-z]+|CRD)+", word)
        assert text.endswith(".")
        assert f"| `{word}` | {text} |" in render(definition)


class Silent(StrEnum):
    """One member says nothing."""

    TOLD = "Told"
    """It does."""
    SILENT = "Silent"
    OTHER = "Other"
    """It does."""


def test_a_reason_without_a_text_is_told_by_name() -> None:
    with pytest.raises(LookupError, match=r"Silent: write below SILENT what"):
        meanings(Silent)
