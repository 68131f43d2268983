"""Templates of ARNs: fixed text, what the workflow's place fills, and where an operator's arguments go. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

OPEN = "{}"
"""A part of an ARN that no argument tells, such as an id that AWS picks."""

PLACE = ("partition", "region", "account")


@dataclass(frozen=True)
class Placeholder:
    """Where an argument goes.

    Attributes:
        argument: Its name; a dotted path into nested arguments. Empty: nothing tells this part.
        shape: A key of `SHAPES`.
        optional: Whether the template also holds without the argument.
    """

    argument: str
    shape: str = "name"
    optional: bool = False


@dataclass(frozen=True)
class Template:
    """A parsed template; `parts` are literal texts, with the place's members still in braces, and placeholders."""

    text: str
    parts: tuple[str | Placeholder, ...]

    def head(self) -> str:
        """Return the literal text before the first placeholder."""
        return self.parts[0] if self.parts and isinstance(self.parts[0], str) else ""

    def arguments(self) -> frozenset[str]:
        """Return the arguments that fill it."""
        return frozenset(part.argument for part in self.parts if isinstance(part, Placeholder) and part.argument)


def parse_template(text: str) -> Template:
    """Return a template such as `s3:::{bucket:bucket}/{key:key?}`.

    A placeholder is `{argument}`, `{argument:shape}`, with `?` at its end if it may be left out, or `{}`. The text may
    leave out what most ARNs begin with: `glue:job/{job_name}` is of the workflow's Region and account, `s3:::…` is not.

    Raises:
        ValueError: The text has a brace that is none of these.
    """
    text = _whole(text)
    parts: list[str | Placeholder] = []
    literal, end = "", 0
    for match in _PLACEHOLDER.finditer(text):
        literal += text[end : match.start()]
        end = match.end()
        if match["argument"] in PLACE:
            literal += match[0]
            continue
        parts += [literal] if literal else []
        parts.append(Placeholder(match["argument"], match["shape"] or "name", bool(match["optional"])))
        literal = ""
    literal += text[end:]
    parts += [literal] if literal else []
    if any(brace in _without_place(part) for part in parts if isinstance(part, str) for brace in "{}"):
        raise ValueError(f"{text}: a brace is not part of a placeholder")
    return Template(text, tuple(parts))


def filled(text: str, place: Mapping[str, str]) -> str:
    """Return a literal part with partition, Region and account in their places."""
    for name in PLACE:
        text = text.replace(f"{{{name}}}", place[name])
    return text


def _whole(text: str) -> str:
    if text.startswith(("arn:", "{")):
        return text
    if text.startswith("s3:::"):
        return f"arn:{{partition}}:{text}"
    service, _, resource = text.partition(":")
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


def _without_place(text: str) -> str:
    return filled(text, dict.fromkeys(PLACE, ""))


_PLACEHOLDER = re.compile(r"\{(?P<argument>[A-Za-z0-9_.]*)(:(?P<shape>[a-z0-9]+))?(?P<optional>\?)?\}")
