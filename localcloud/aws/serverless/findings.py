"""What the service finds wrong with a definition, and the refusal that this becomes.

Shared by the modules that read definitions; it reads none itself.
"""

from __future__ import annotations

from localcloud.aws.mwaa.texts import Refusal
from localcloud.aws.serverless.texts import Field, bad_definition, unparsable


class Findings:
    """Collects problems and warnings while a definition is read."""

    def __init__(self) -> None:
        self.problems: list[Field] = []
        self.warnings: list[str] = []

    def problem(self, place: str, text: str) -> None:
        """Note something wrong; `place` is a path like `tasks.load.retries`."""
        self.problems.append((place, text))

    def ignored(self, owner: str, names: list[str]) -> None:
        """Note members that the service drops (user guide: "ignored attributes")."""
        if names:
            self.warnings.append(f"{owner}ignored attributes: {', '.join(sorted(names))}")


class Malformed(Exception):  # noqa: N818  what the author wrote, not what went wrong here
    """The definition is refused."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal

    @staticmethod
    def of(findings: Findings) -> Malformed:
        """Return the refusal that tells all findings."""
        return Malformed(bad_definition(findings.problems))

    @staticmethod
    def unreadable(detail: str) -> Malformed:
        """Return the refusal of something that is no YAML."""
        return Malformed(unparsable(detail))
