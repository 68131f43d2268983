"""What the calls of a pass told, in the status that it leaves behind."""

from __future__ import annotations

from typing import Any

from mwaa_operator.workflow.facts import Facts, Sent, closed, notices
from mwaa_operator.workflow.fit import MAX_BYTES, size
from tests.support.workflows import ARN, VERSION, live, situation

SENT = Sent(
    arn=ARN,
    version="n" * 32,
    definition={"Bucket": "definitions", "ObjectKey": "new.yaml", "VersionId": "s3v"},
    definition_digest="ab" * 32,
)
BEFORE: dict[str, Any] = {
    "observedGeneration": 3,
    "conditions": [],
    "version": VERSION,
    "ownVersions": [VERSION],
    "definition": {"bucket": "old", "key": "old.yaml", "digest": "0", "checkedDigest": "1", "warnings": 2},
    "code": {"bucket": "old", "key": "main.py"},
}


def after(facts: Facts, status: dict[str, Any] = BEFORE) -> dict[str, Any]:
    return closed(situation(live(), status=BEFORE), status, facts)


def test_without_facts_the_plan_has_the_last_word() -> None:
    assert after(Facts()) is BEFORE


def test_what_aws_took_replaces_what_was_live_and_keeps_what_was_checked() -> None:
    status = after(Facts(sent=SENT))
    assert status["definition"] == {
        "bucket": "definitions",
        "key": "new.yaml",
        "versionId": "s3v",
        "digest": "ab" * 32,
        "checkedDigest": "1",
        "warnings": 2,
    }
    assert (status["workflowArn"], status["version"]) == (ARN, "n" * 32)
    assert status["ownVersions"] == [VERSION, "n" * 32]
    assert "code" not in status
    assert status["observedGeneration"] == 3


def test_somebody_elses_file_has_no_digest_of_ours() -> None:
    sent = Sent(ARN, "", {"Bucket": "team", "ObjectKey": "a"}, code={"Bucket": "team", "ObjectKey": "b"})
    status = after(Facts(sent=sent))
    assert "digest" not in status["definition"]
    assert status["code"] == {"bucket": "team", "key": "b"}
    assert (status["version"], status["ownVersions"]) == (VERSION, [VERSION])


def test_a_version_is_ours_once_and_fifty_are_remembered() -> None:
    status = BEFORE | {"ownVersions": [f"{number:032}" for number in range(50)]}
    own = after(Facts(sent=SENT), status)["ownVersions"]
    assert (len(own), own[0], own[-1]) == (50, f"{1:032}", "n" * 32)
    again = BEFORE | {"ownVersions": ["n" * 32, VERSION]}
    assert after(Facts(sent=SENT), again)["ownVersions"] == [VERSION, "n" * 32]


def test_the_warnings_of_aws_are_kept_short_and_the_status_small() -> None:
    sent = Sent(ARN, "", SENT.definition, warnings=("w" * 1000,) * 40)
    status = after(Facts(sent=sent))
    assert [len(text) for text in status["definition"]["serviceWarnings"]] == [256] * 10
    large = BEFORE | {"lastRun": {"runId": "r", "failedTasks": failures(10, 512)}}
    assert size(after(Facts(sent=sent), large)) <= MAX_BYTES


def failures(number: int, length: int) -> list[dict[str, Any]]:
    return [{"taskId": f"t{index}", "message": "ü" * length, "logStream": "s" * length} for index in range(number)]


def test_warnings_are_told_once_for_each_text() -> None:
    facts = Facts(sent=Sent(ARN, "", SENT.definition, warnings=("owner is ignored", "x" * 999)))
    (notice,) = notices(situation(live()), facts)
    assert (notice.reason, "owner is ignored" in notice.note) == ("DefinitionWarnings", True)
    status = closed(situation(live()), BEFORE, facts)
    assert notices(situation(live(), status=status), facts) == ()
    assert notices(situation(live()), Facts(sent=SENT)) == ()


def test_a_run_that_aws_took_stands_in_status() -> None:
    run = {"token": "monday"}
    s = situation(live(), spec={"run": run}, status=BEFORE)
    status = closed(s, BEFORE, Facts(run={"RunId": "run1", "Status": "STARTING"}))
    assert (status["run"]["runId"], status["run"]["state"]) == ("run1", "STARTING")
    assert len(status["handledRunTokens"]) == 1
    assert "operation" not in status
