"""Texts of AWS and botocore made fit for a status: stable, without request ids, and without what was sent.

Two kinds of texts quote the request and could carry a secret option value: botocore's own parameter report and AWS's
"failed to satisfy constraint". Both are rebuilt from the names in them; nothing of a value is ever copied. Pure.
"""

from __future__ import annotations

import re

MAX_MESSAGE = 900
CUT = "…"
"""How a text ends that was longer."""
MAX_READ = 8192
"""Characters of a text that are looked at: AWS's own texts are shorter, a proxy's page may be of any size."""

_SERVICE_TAIL = re.compile(r"\s*\((?:Service|SDK Attempt Count|Request ID|RequestId):[^()]*\)", re.IGNORECASE)
_REQUEST_ID = re.compile(r"[,;.]?\s*\b(?:extended )?request[\s_-]?id\b\s*[:=]?\s*[\w/+=-]{6,}", re.IGNORECASE)
_ENCODED = re.compile(r"\s*Encoded authorization failure message:.*", re.IGNORECASE | re.DOTALL)
# A refused signature comes with the string to sign, session token included.
_CANONICAL = re.compile(r"\s*The (?:Canonical String|String-to-Sign)\b.*", re.IGNORECASE | re.DOTALL)
_TIME = re.compile(r"\b(?:\d{8}T\d{6}Z|\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)")
_QUERY = re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]*")
_USERINFO = re.compile(r"(https?://)[^/\s@]+@")
_MARKUP = re.compile(r"<\s*(?:!doctype|html|head|body)\b", re.IGNORECASE)
_SPACE = re.compile(r"\s+")

_CONSTRAINT = re.compile(
    r"at '([\w.\[\]-]{1,200})' failed to satisfy constraint:? ?"
    r"((?:Member|Map key|Map value) must .{1,300}?)(?=; Value |[;.]?\s*$)",
    re.DOTALL,
)
_REPORT_LINES = (
    re.compile(r'^((?:Missing required|Unknown) parameter in [\w.\[\]-]+: "[\w-]+")'),
    re.compile(r"^(Invalid (?:type|value|length) for (?:document )?parameter [\w.\[\]-]+)"),
)


def scrub(text: str) -> str:
    """Return an AWS text without request ids, times, query strings and signing details, on one line, bounded."""
    text = _SPACE.sub(" ", text[:MAX_READ]).strip()
    if _MARKUP.search(text):
        return "the answer was a web page, not an answer of AWS; a proxy or load balancer may stand in between"
    if "failed to satisfy constraint" in text:
        return constraint_report(text)
    for pattern in (_ENCODED, _CANONICAL, _SERVICE_TAIL, _REQUEST_ID):
        text = pattern.sub("", text)
    text = _QUERY.sub(r"\1", _USERINFO.sub(r"\1", _TIME.sub("<time>", text)))
    return bounded(text.strip())


def constraint_report(text: str) -> str:
    """Return which members broke which constraint, rebuilt so that no value of the request is in it."""
    found = [f"{path}: {rule.strip()}" for path, rule in _CONSTRAINT.findall(text)]
    return bounded("; ".join(found) or "a member failed to satisfy a constraint of the API")


def parameter_report(report: str) -> str:
    """Return botocore's parameter validation report without the values that it quotes."""
    lines = report.splitlines()
    found = [match.group(1) for line in lines for pattern in _REPORT_LINES if (match := pattern.match(line))]
    return bounded("; ".join(found) or "a parameter has the wrong form")


def bounded(text: str, most: int = MAX_MESSAGE) -> str:
    """Return `text` cut to so many characters."""
    return text if len(text) <= most else text[: most - 1] + CUT
