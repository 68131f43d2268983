"""How differences that are not sent are told in status and in a sentence. Pure."""

from __future__ import annotations

from typing import Any

from mwaa_operator.workflow.plan.comparison import Comparison, Difference
from mwaa_operator.workflow.plan.statuses import print_time
from mwaa_operator.workflow.status import PendingChange


def pending(c: Comparison) -> dict[str, Any]:
    """Return the members of status that show all differences."""
    changes = _grouped(c.differences)
    value = c.pending_hash
    same = c.s.status.pending_changes_hash == value
    return {
        "pending_changes": changes,
        "pending_changes_hash": value,
        "pending_since": c.s.status.pending_since if same else print_time(c.s),
    }


def _grouped(differences: tuple[Difference, ...]) -> list[PendingChange]:
    """Return the changes as status shows them: all tags are one."""
    tags = [item for item in differences if item.field.startswith("tags.")]
    others = [item.pending() for item in differences if not item.field.startswith("tags.")]
    if not tags:
        return others
    names = ", ".join(item.field.removeprefix("tags.") for item in tags)
    return [*others, PendingChange(field="tags", to=names[:256], effect="InPlace")]


def names_of(items: tuple[Difference, ...]) -> str:
    """Return the fields for a sentence, at most eight."""
    names = [item.field for item in items]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
