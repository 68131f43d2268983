"""What `mwaa-operator validate` is given: definitions as files, and those in manifests of ServerlessWorkflows.

It reads files only. What a manifest leaves to a cluster or to S3 is not looked for there: the person is told to name
the definition itself.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mwaa_operator.cli.errors import USAGE, CliError

if TYPE_CHECKING:
    from mwaa_operator.workflow.api import ServerlessWorkflow

_MANIFEST = re.compile(rb"^(apiVersion|kind):[ \t]", re.M)


@dataclass(frozen=True)
class Given:
    """A definition to judge.

    Attributes:
        file: As it was named.
        data: The definition's bytes, as they would be uploaded.
        workflow: Namespace and name of the ServerlessWorkflow that it stands in; empty for a file that is a definition.
        code_file: Name of the code that goes with it.
        strict: Whether its manifest says `validation: Strict`.
    """

    file: str
    data: bytes
    workflow: str = ""
    code_file: str | None = None
    strict: bool = False

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"{self.file} {self.workflow}" if self.workflow else self.file


def read(file: Path) -> list[Given]:
    """Return the definitions of a file: itself, or those of the manifests in it.

    Raises:
        CliError: It cannot be read, or is a manifest that holds no definition.
    """
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise CliError(f"{file}: {error.strerror}", next_step="name a file that you can read", code=USAGE) from error
    if {b"apiVersion", b"kind"} <= set(_MANIFEST.findall(data)):
        return list(_in_manifests(file, data))
    return [Given(str(file), data)]


def _in_manifests(file: Path, data: bytes) -> Iterator[Given]:
    bodies = _documents(file, data)
    texts = {
        (_namespace(body), body["metadata"]["name"]): body.get("data") or {}
        for body in bodies
        if body.get("kind") == "ConfigMap"
    }
    workflows = [body for body in bodies if body.get("kind") == "ServerlessWorkflow"]
    if not workflows:
        raise CliError(
            f"{file}: this is a Kubernetes manifest without a ServerlessWorkflow",
            next_step="name a definition, or a manifest of a ServerlessWorkflow",
            code=USAGE,
        )
    for body in workflows:
        yield _in_manifest(file, _workflow(file, body), texts)


def _documents(file: Path, data: bytes) -> list[dict[str, Any]]:
    import yaml

    try:
        bodies = [body for body in yaml.safe_load_all(data) if body is not None]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CliError(f"{file}: {error}", next_step="correct the manifest", code=USAGE) from error
    for body in bodies:
        meta = body.get("metadata") if isinstance(body, dict) else None
        if not isinstance(meta, dict) or not isinstance(meta.get("name"), str):
            text = f"{file}: a document in it is no manifest"
            raise CliError(text, next_step="give every document kind and metadata.name", code=USAGE)
    return bodies


def _namespace(body: dict[str, Any]) -> str:
    return str(body["metadata"].get("namespace") or "default")


def _workflow(file: Path, body: dict[str, Any]) -> ServerlessWorkflow:
    from pydantic import ValidationError

    from mwaa_operator.workflow.api import ServerlessWorkflow

    whole = body | {"metadata": body["metadata"] | {"namespace": _namespace(body)}, "status": {}}
    try:
        return ServerlessWorkflow.model_validate(whole)
    except ValidationError as error:
        faults = "\n".join(f"  {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        text = f"{file}: ServerlessWorkflow {body['metadata']['name']} is not valid:\n{faults}"
        raise CliError(text, next_step="correct these fields", code=USAGE) from error


def _in_manifest(file: Path, workflow: ServerlessWorkflow, texts: dict[tuple[str, str], dict[str, str]]) -> Given:
    from mwaa_operator.workflow.definition.canonical import canonical

    spec, meta = workflow.spec, workflow.metadata
    shown, definition = f"{meta.namespace}/{meta.name}", spec.definition
    source: Any = None
    if definition is not None and definition.config_map_key_ref is not None:
        reference = definition.config_map_key_ref
        source = texts.get((meta.namespace, reference.name), {}).get(reference.key)
    elif definition is not None:
        source = definition.inline if definition.inline is not None else definition.yaml
    if source is None:
        raise CliError(
            f"{file}: the definition of ServerlessWorkflow {shown} is not in this file",
            next_step="name the definition itself, or put its ConfigMap into the same file",
            code=USAGE,
        )
    try:
        data = canonical(source)
    except ValueError as error:
        raise CliError(f"{file}: {shown}: {error}", next_step="make it flatter", code=USAGE) from error
    return Given(str(file), data, shown, _code_file(workflow), spec.validation == "Strict")


def _code_file(workflow: ServerlessWorkflow) -> str | None:
    code = workflow.spec.code
    if code is None:
        return None
    if code.config_map_key_ref is not None:
        return code.config_map_key_ref.key
    return code.s3.key.rpartition("/")[2] if code.s3 is not None else None
