"""Refusals of Amazon MWAA Serverless with their texts and members.

Few texts are known from the live service; clients must match codes, members and key words only. Codes and members are
the service model's. Nothing here decides when a text is due.
"""

from __future__ import annotations

from collections.abc import Iterable

from localcloud.aws.mwaa.texts import Refusal

SERVICE_CODE = "airflow-serverless"
MESSAGE_LIMIT = 2048
FIELDS_TOLD = 20

Field = tuple[str, str]
"""Name of a member, and what is wrong with it."""


def invalid(message: str, fields: Iterable[Field] = (), *, reason: str = "fieldValidationFailed") -> Refusal:
    """Return a ValidationException; `reason` as the model's ValidationExceptionReason."""
    told = tuple({"Name": name, "Message": text[:MESSAGE_LIMIT]} for name, text in fields)[:FIELDS_TOLD]
    members: tuple[tuple[str, object], ...] = (("Reason", reason),)
    return Refusal(
        "ValidationException", message[:MESSAGE_LIMIT], members=(*members, ("FieldList", told)) if told else members
    )


def field_invalid(name: str, text: str) -> Refusal:
    """One member is wrong."""
    return invalid(f"{name}: {text}", [(name, text)])


def failed_validation(problems: list[str]) -> Refusal:
    """Members that break the service model's limits."""
    count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
    fields = [(_member_of(problem), problem) for problem in problems]
    return invalid(count + "; ".join(problems), fields)


def bad_definition(fields: list[Field]) -> Refusal:
    """The definition is readable, but not a workflow."""
    return invalid(f"Workflow definition validation failed: {fields[0][1]}", fields)


def unparsable(detail: str) -> Refusal:
    """The definition is no YAML."""
    text = f"Unable to parse the workflow definition as YAML: {detail}"
    return invalid(text, [("DefinitionS3Location", text)], reason="cannotParse")


def workflow_not_found(identifier: str) -> Refusal:
    """No workflow of that ARN."""
    return _not_found("Workflow", identifier)


def version_not_found(version: str) -> Refusal:
    """No such version."""
    return _not_found("WorkflowVersion", version)


def run_not_found(run: str) -> Refusal:
    """No such run."""
    return _not_found("WorkflowRun", run)


def task_not_found(instance: str) -> Refusal:
    """No such task instance."""
    return _not_found("TaskInstance", instance)


def name_in_use(name: str, identifier: str) -> Refusal:
    """A create of a name that is taken; `identifier` is `<name>-<suffix>` of who has it."""
    return conflict(f"A workflow with the name {name} already exists.", identifier)


def conflict(message: str, identifier: str, kind: str = "Workflow") -> Refusal:
    """The resource is in a state that does not allow this."""
    return Refusal("ConflictException", message, members=(("ResourceId", identifier), ("ResourceType", kind)))


def token_reused(token: str) -> Refusal:
    """A client token that came with other parameters before."""
    return conflict(
        "The client token was already used for a request with different parameters.", token, kind="ClientToken"
    )


def quota(what: str, limit: int, code: str, identifier: str, kind: str = "Workflow") -> Refusal:
    """One too many; the codes are placeholders, because the service's are not known."""
    return Refusal(
        "ServiceQuotaExceededException",
        f"You have reached the limit of {limit} {what} (service quota {code}).",
        members=(
            ("ResourceId", identifier),
            ("ResourceType", kind),
            ("ServiceCode", SERVICE_CODE),
            ("QuotaCode", code),
        ),
    )


def not_allowed(principal: str, action: str, resource: str) -> Refusal:
    """IAM's refusal of an action that a call needs besides its own."""
    return Refusal(
        "AccessDeniedException", f"User: {principal} is not authorized to perform: {action} on resource: {resource}"
    )


def role_not_assumable(role_arn: str) -> Refusal:
    """The trust policy is wrong, or IAM has not told everybody about the role yet."""
    return field_invalid(
        "RoleArn",
        f"The service could not assume the role {role_arn}. Ensure that the role exists and that its trust policy "
        "allows airflow-serverless.amazonaws.com to assume it.",
    )


def unreadable(member: str, location: str, why: str) -> Refusal:
    """An object that cannot be read; `member` names the request's location."""
    return field_invalid(member, f"Unable to read {location}: {why}")


def _not_found(kind: str, identifier: str) -> Refusal:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()
    text = f"The {words} {identifier} was not found."
    return Refusal("ResourceNotFoundException", text, members=(("ResourceId", identifier), ("ResourceType", kind)))


def _member_of(problem: str) -> str:
    """Return the member that a problem of `shapes` is about: its path stands in quotes after `at`, or at the end."""
    path = problem.partition(" at '")[2] or problem.partition("'")[2]
    name = path.partition("'")[0]
    return name[:1].upper() + name[1:] if name else "Request"
